import { Component, useState } from "@odoo/owl";
import { DateTimeInput } from "@web/core/datetime/datetime_input";
import { Dialog } from "@web/core/dialog/dialog";
import { deserializeDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { RPCError } from "@web/core/network/rpc";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";

import { inputFormat } from "../find_free/find_free_time";
import { VerdictPanel } from "../verdict/verdict_panel";

const SAME = "yyyy-MM-dd HH:mm";

/** What the server refuses in words, as a verdict among others. */
function asAnswer(error) {
    if (!(error instanceof RPCError)) {
        throw error;
    }
    const message = error.data?.message || error.message;
    return { verdicts: [{ message, holders: [], proposals: [], isRefusal: true }], notes: [] };
}

/**
 * The small window of one period (C21): from when until when, of what, how many and what
 * for. It asks `check` of whatever is entered, and saves only what nothing speaks against.
 *
 * What is dragged on the board can be typed here as well.
 */
export class BoardPeriod extends Component {
    static template = "resource_allocation.BoardPeriod";
    static components = { DateTimeInput, Dialog, VerdictPanel };
    static props = {
        close: Function,
        title: String,
        saveLabel: String,
        /** `start` and `stop` as DateTime, `quantity`, `kind`, `resource`. */
        draft: Object,
        kinds: { type: Array, optional: true },
        /** `[[resource, name], …]` to choose another of; without them it is fixed. */
        resources: { type: Array, optional: true },
        hasQuantity: { type: Boolean, optional: true },
        /** Whether it may have no end. */
        mayBeOpen: { type: Boolean, optional: true },
        /** Of a draft: `{ verdicts, notes }`. */
        check: Function,
        save: Function,
        remove: { type: Function, optional: true },
    };

    setup() {
        this.orm = useService("orm");
        this.keepLast = new KeepLast();
        this.takeLabel = _t("Take this");
        this.format = inputFormat();
        this.state = useState({ ...this.props.draft, answer: null, isSaving: false });
        this.asking = this.ask();
    }

    get draft() {
        const { start, stop, quantity, kind, resource } = this.state;
        return { start, stop, quantity, kind, resource };
    }

    /** What of the period itself cannot be, before anybody is asked. */
    get nonsense() {
        const { start, stop, quantity } = this.state;
        if (!start || !(stop || this.props.mayBeOpen)) {
            return _t("Say from when until when.");
        }
        if (stop && start >= stop) {
            return _t("It must end after it starts.");
        }
        if (stop && stop <= luxon.DateTime.now()) {
            return _t("That time is over: choose a later one.");
        }
        if (!(Number.isInteger(quantity) && quantity > 0)) {
            return _t("Enter how many, at least 1.");
        }
        return "";
    }

    get maySave() {
        const { answer, isSaving } = this.state;
        return !isSaving && !this.nonsense && answer && !answer.verdicts.length;
    }

    set(values) {
        for (const name of ["start", "stop"]) {
            // Seconds are not shown: who looks at a time does not change it.
            const before = this.props.draft[name];
            if (before && values[name]?.toFormat(SAME) === before.toFormat(SAME)) {
                values[name] = before;
            }
        }
        Object.assign(this.state, values);
        this.asking = this.ask();
        return this.asking;
    }

    setNumber(name, ev) {
        return this.set({ [name]: Number(ev.target.value) });
    }

    async ask() {
        this.state.answer = null;
        if (!this.nonsense) {
            const asked = this.props.check(this.draft).catch(asAnswer);
            this.state.answer = await this.keepLast.add(asked);
        }
    }

    takeProposal({ resource_id, start, stop }) {
        return this.set({
            start: deserializeDateTime(start),
            stop: stop ? deserializeDateTime(stop) : null,
            resource: resource_id,
        });
    }

    /** Whether a proposal can be taken here: of this thing, or one that can be chosen. */
    mayTake({ resource_id, parts }) {
        const known = [this.state.resource, ...(this.props.resources || []).map(([one]) => one)];
        return !parts?.length && known.includes(resource_id);
    }

    async save() {
        // Enter right after the last digit.
        await this.asking;
        if (this.maySave) {
            this.state.isSaving = true;
            try {
                await this.props.save(this.draft);
                this.props.close();
            } finally {
                this.state.isSaving = false;
            }
        }
    }

    remove() {
        this.props.remove();
        this.props.close();
    }

    onKeydown(ev) {
        // A button does what it says.
        if (ev.key === "Enter" && ev.target.tagName !== "BUTTON") {
            ev.preventDefault();
            this.save();
        }
    }
}
