import { Component, useEffect, useState } from "@odoo/owl";

import { SCALES } from "./board_geometry";
import { LOOKS, inWords, loadInWords } from "./board_looks";

/** How many lines are listed before one asks for more. */
const PAGE = 40;

/**
 * The board as a list: the same rows, periods and deeds, for a phone, and for whoever
 * would rather read than look.
 */
export class BoardList extends Component {
    static template = "resource_allocation.BoardList";
    static props = {
        model: Object,
        revision: Number,
        mayChoose: Boolean,
        openBar: Function,
        openLine: Function,
        openEntry: Function,
        choose: Function,
    };

    setup() {
        this.looks = LOOKS;
        this.state = useState({ most: PAGE });
        useEffect(() => {
            this.props.model.show(this.lines);
        });
    }

    get lines() {
        return this.props.model.lines.slice(0, this.state.most);
    }

    get isMore() {
        return this.props.model.lines.length > this.state.most;
    }

    more() {
        this.state.most += PAGE;
    }

    contentOf({ resource }) {
        return this.props.model.contents.get(resource);
    }

    /** Of a pool the most that is taken, else nothing. */
    loadOf({ load }) {
        if (!load?.cells.length) {
            return "";
        }
        const most = (name) => Math.max(...load.cells.map((cell) => cell[name]));
        return loadInWords({ taken: most("taken"), held: most("held"), out: most("out") }, load);
    }

    /** Whether nothing stands on it, where that is known: a whole has no load. */
    isFree({ bars, load }) {
        const { scale } = this.props.model;
        const isKnown = load ? load.capacity > 0 : SCALES[scale].bars;
        return isKnown && !bars.length && !load?.cells.length;
    }

    /** Whether it is closed all the time that is shown. */
    isClosed({ closed }) {
        return closed.some(({ width }) => width > 99.99);
    }

    entriesOf(line) {
        return this.props.model.basket.of(line);
    }

    entryWords(entry) {
        const period = inWords(entry.start.toMillis(), entry.stop.toMillis());
        return `${entry.quantity} × ${this.props.model.kindOf(entry)}, ${period}`;
    }
}
