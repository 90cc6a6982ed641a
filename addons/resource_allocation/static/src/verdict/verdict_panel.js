import { Component } from "@odoo/owl";

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
        takeLabel: { type: String, optional: true },
    };

    headline(verdict) {
        return (verdict.message || "").split("\n")[0];
    }
}
