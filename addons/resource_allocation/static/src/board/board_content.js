import { Component } from "@odoo/owl";

import { LOOKS, barInWords, boxStyle, loadInWords } from "./board_looks";

/** Bars with less have no room for their icon, in px. */
const NARROW = 16;

/**
 * What stands on one line: closed hours, and bars or the load of a pool.
 *
 * A component of its own, so that lines that stay are not drawn anew while one scrolls.
 */
export class BoardContent extends Component {
    static template = "resource_allocation.BoardContent";
    static props = {
        line: Object,
        content: Object,
        /** How wide the track is, in px. */
        width: Number,
        /** `(ev, line, bar)`, as `click`: what is done with a bar. */
        take: Function,
        open: Function,
    };

    setup() {
        this.looks = LOOKS;
        this.boxStyle = boxStyle;
        this.barTitle = barInWords;
        this.loadTitle = loadInWords;
    }

    barStyle({ taken, lane, lanes }) {
        return `${boxStyle(taken)} top: ${(lane / lanes) * 100}%; height: ${100 / lanes}%;`;
    }

    /** What is the thing's, between its buffers. */
    coreStyle({ taken, place }) {
        const share = (value) => (taken.width ? (value / taken.width) * 100 : 100);
        return boxStyle({ left: share(place.left - taken.left), width: share(place.width) });
    }

    /** Whether a bar has room for icon and label; what is wrong makes itself room. */
    hasRoom({ taken, look, at_risk }) {
        return at_risk || look === "late" || (taken.width / 100) * this.props.width >= NARROW;
    }

    /** What the bar is for; what the row says already is not said again. */
    labelOf({ label }) {
        const { name } = this.props.line;
        return label.startsWith(name) ? label.slice(name.length).replace(/^[:,\s]+/, "") || label : label;
    }
}
