import { Component } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { standardErrorDialogProps } from "@web/core/errors/error_dialogs";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { VerdictPanel } from "./verdict_panel";

/** Shown wherever a promise is refused: in forms, calendars and other apps. */
export class ConflictDialog extends Component {
    static template = "resource_allocation.ConflictDialog";
    static components = { Dialog, VerdictPanel };
    static props = { ...standardErrorDialogProps };

    setup() {
        this.action = useService("action");
    }

    get verdicts() {
        return this.props.data?.context?.verdicts || [];
    }

    /** Without details: headline first, then who and what instead. */
    get paragraphs() {
        const message = this.props.data?.arguments?.[0] || this.props.message || "";
        return message.split("\n").filter(Boolean);
    }

    async findFree() {
        this.props.close();
        const [verdict] = this.verdicts;
        await this.action.doAction("resource_allocation.resource_allocation_find_action", {
            additionalContext: verdict
                ? { find_start: verdict.start, find_stop: verdict.stop }
                : {},
        });
    }
}

registry
    .category("error_dialogs")
    .add("odoo.addons.resource_allocation.exceptions.AllocationConflict", ConflictDialog);
