import { Component, onWillStart, useState } from "@odoo/owl";
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
        onWillStart(async () => {
            this.state.bars = await this.props.model.whatIsOn(this.props.line);
        });
    }

    /** As the row is by now: the line that opened the panel is a former one. */
    get isFavorite() {
        return this.props.model.lines.find(({ key }) => key === this.props.line.key)?.favorite;
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
