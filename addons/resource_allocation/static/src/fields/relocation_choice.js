import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { _t } from "@web/core/l10n/translation";
import { Component } from "@odoo/owl";

/** Choose one of the ways out that the ledger proposes for a promise at risk. */
export class RelocationChoice extends Component {
    static template = "resource_allocation.RelocationChoice";
    static props = { ...standardFieldProps };

    get proposals() {
        return this.props.record.data.proposals || [];
    }

    get value() {
        return this.props.record.data[this.props.name];
    }

    get groupName() {
        return `relocation_${this.props.record.id}`;
    }

    choose(index) {
        this.props.record.update({ [this.props.name]: index });
    }
}

registry.category("fields").add("relocation_choice", {
    component: RelocationChoice,
    displayName: _t("Choice of another place"),
    supportedTypes: ["integer"],
    fieldDependencies: [
        { name: "proposals", type: "json" },
        { name: "done", type: "boolean" },
    ],
});
