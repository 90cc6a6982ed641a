import { Component, useState } from "@odoo/owl";
import { DateTimeInput } from "@web/core/datetime/datetime_input";
import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";

import { inputFormat } from "../find_free/find_free_time";
import { inWords } from "./board_looks";

const MINUTES = { hours: 60, days: 24 * 60 };

/** What rows a board is narrowed to, in words. */
export function freeInWords({ start, stop, minutes, quantity }) {
    const period = inWords(start.toMillis(), stop.toMillis());
    const pieces = quantity > 1 ? _t("%s pieces free", quantity) : _t("Free");
    if (!minutes) {
        return _t("%(pieces)s: %(period)s", { pieces, period });
    }
    const unit = minutes % MINUTES.days ? "hours" : "days";
    const length = luxon.Duration.fromObject({ [unit]: minutes / MINUTES[unit] }).toHuman();
    return _t("%(pieces)s for %(length)s: %(period)s", { pieces, length, period });
}

/** The small window that narrows a board to the rows that are free when they are needed. */
export class BoardFree extends Component {
    static template = "resource_allocation.BoardFree";
    static components = { DateTimeInput, Dialog };
    static props = { close: Function, free: Object, save: Function };

    setup() {
        const { start, stop, minutes, quantity } = this.props.free;
        const unit = minutes && minutes % MINUTES.days ? "hours" : "days";
        this.format = inputFormat();
        this.state = useState({ start, stop, quantity, unit, length: minutes / MINUTES[unit] || "" });
    }

    get minutes() {
        return Number(this.state.length) * MINUTES[this.state.unit];
    }

    get nonsense() {
        const { start, stop, quantity } = this.state;
        if (!start || !stop || start >= stop) {
            return _t("It must end after it starts.");
        }
        if (!Number.isInteger(this.minutes) || this.minutes < 0) {
            return _t("Say for how long, or leave that empty for the whole time.");
        }
        if (this.minutes > stop.diff(start).as("minutes")) {
            return _t("That is longer than the whole time.");
        }
        if (stop > start.plus({ years: 1 })) {
            return _t("Look for a year at most.");
        }
        return Number.isInteger(quantity) && quantity > 0 ? "" : _t("Enter how many, at least 1.");
    }

    setQuantity(ev) {
        this.state.quantity = Number(ev.target.value);
    }

    async save() {
        if (!this.nonsense) {
            const { start, stop, quantity } = this.state;
            await this.props.save({ start, stop, quantity, minutes: this.minutes });
            this.props.close();
        }
    }

    onKeydown(ev) {
        // A button does what it says.
        if (ev.key === "Enter" && ev.target.tagName !== "BUTTON") {
            ev.preventDefault();
            ev.target.blur();
            this.save();
        }
    }
}
