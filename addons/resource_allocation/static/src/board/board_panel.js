import { Component, onMounted, onWillUpdateProps, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";

import { LOOKS } from "./board_looks";

/**
 * What is known of a row (C3: its state now, what runs, what comes, options), and of the
 * bar that was chosen on it.
 */
export class BoardPanel extends Component {
    static template = "resource_allocation.BoardPanel";
    static props = {
        model: Object,
        line: Object,
        version: Number,
        bar: { type: Object, optional: true },
        close: Function,
        openDocument: Function,
        openRecord: Function,
        openChange: Function,
        toggleFavorite: Function,
        toNextFree: Function,
    };

    setup() {
        this.looks = LOOKS;
        this.nothing = _t("Nothing.");
        this.nothingElse = _t("Nothing else.");
        this.state = useState({ bars: null });
        onMounted(() => this.load(this.props.line));
        onWillUpdateProps(({ line, version }) => {
            if (version !== this.props.version) {
                this.load(line);
            }
        });
    }

    async load(line) {
        this.state.bars = await this.props.model.whatIsOn(line);
    }

    get sections() {
        const now = Date.now();
        const { bar: chosen } = this.props;
        const isChosen = (bar) => bar.id === chosen?.id && bar.state === chosen.state;
        const bars = this.state.bars.filter((bar) => !isChosen(bar));
        const isHeld = (bar) => bar.look === "hold";
        return {
            running: bars.filter((bar) => !isHeld(bar) && bar.from <= now),
            coming: bars.filter((bar) => !isHeld(bar) && bar.from > now),
            held: bars.filter(isHeld),
        };
    }
}
