import { Component, onMounted, onWillUpdateProps, useEffect, useRef, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";

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
        mayChoose: Boolean,
        copy: Function,
        act: Function,
    };

    setup() {
        this.looks = LOOKS;
        this.nothing = _t("Nothing.");
        this.nothingElse = _t("Nothing else.");
        this.orm = useService("orm");
        this.keepLast = new KeepLast();
        this.rootRef = useRef("root");
        this.state = useState({ bars: null, details: null });
        onMounted(() => {
            // Read out, and left with Escape.
            this.rootRef.el.focus();
            this.load(this.props);
        });
        useEffect(
            () => {
                // A button that was pressed may be gone, and the focus with it.
                if (document.activeElement === document.body) {
                    this.rootRef.el.focus();
                }
            },
            () => [this.state.details]
        );
        onWillUpdateProps((props) => {
            const isOther = props.bar?.root !== this.props.bar?.root;
            if (isOther || props.version !== this.props.version) {
                this.load(props);
            }
        });
    }

    async load({ line, bar }) {
        if (bar?.root !== this.props.bar?.root) {
            this.state.details = null;
        }
        const details = bar && this.orm.call("resource.allocation", "board_details", [[bar.root]]);
        // Of what was pressed last, also when it is answered first.
        [this.state.bars, this.state.details] = await this.keepLast.add(
            Promise.all([this.props.model.whatIsOn(line), details])
        );
    }

    onKeydown(ev) {
        if (ev.key === "Escape") {
            ev.stopPropagation();
            this.props.close();
        }
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
