import { Component } from "@odoo/owl";
import { deserializeDateTime, toLocaleDateTimeString } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";

/** A period as people read it; one within a day names the day once. */
export function formatPeriod(start, stop) {
    const from = deserializeDateTime(start);
    const first = toLocaleDateTimeString(from);
    if (!stop) {
        return _t("from %s on", first);
    }
    const to = deserializeDateTime(stop);
    const showDate = !from.hasSame(to, "day");
    return `${first} – ${toLocaleDateTimeString(to, { showDate })}`;
}

/**
 * Why the ledger refuses, who holds what is wanted, and what is free instead.
 *
 * `take(proposal, verdict)` is called when the user picks a proposal; without it they
 * are only listed.
 */
export class VerdictPanel extends Component {
    static template = "resource_allocation.VerdictPanel";
    static props = {
        verdicts: Array,
        take: { type: Function, optional: true },
        /** Of a proposal: whether it can be taken here; without it each can. */
        mayTake: { type: Function, optional: true },
        takeLabel: { type: String, optional: true },
    };

    isToTake(proposal) {
        const { take, mayTake } = this.props;
        return Boolean(take) && (!mayTake || mayTake(proposal));
    }

    period({ start, stop }) {
        return formatPeriod(start, stop);
    }

    headline(verdict) {
        return (verdict.message || "").split("\n")[0];
    }
}
