import { Component, onMounted, onWillRender, useEffect, useExternalListener, useRef, useState } from "@odoo/owl";
import { useVirtualGrid } from "@web/core/virtual_grid_hook";
import { _t } from "@web/core/l10n/translation";

import { SCALES } from "./board_geometry";
import { BoardContent } from "./board_content";
import { barInWords, boxStyle, inWords, loadInWords } from "./board_looks";

/** Height of each line in px, as in the style sheet. */
const LINE = 40;
const PAGE = 10;
/** How many lines are asked for together. */
const BLOCK = 20;
/** How many bars, or columns of loads, are drawn for lines that are not in sight as well. */
const MOST_DRAWN = 600;
/** How near to its end a bar is taken there, in px. */
const EDGE = 7;
/** How many cells one click takes: an hour, or a day. */
const CLICK = { day: 4 };

/**
 * The grid: resources down, time across.
 *
 * Only lines in sight are drawn. A cursor of one cell goes with the arrow keys; what it
 * stands on is read out.
 */
export class BoardRenderer extends Component {
    static template = "resource_allocation.BoardRenderer";
    static components = { BoardContent };
    static props = {
        model: Object,
        /** Counts what was told of the model, which is the same object all the time. */
        revision: Number,
        mayChoose: Boolean,
        openBar: Function,
        openLine: Function,
        openEntry: Function,
        openChange: Function,
        choose: Function,
    };

    setup() {
        this.scrollRef = useRef("scroll");
        this.state = useState({
            line: 0,
            cell: 0,
            anchor: null,
            drag: null,
            move: null,
            isFocused: false,
        });
        this.grid = useVirtualGrid({ scrollableRef: this.scrollRef, bufferCoef: 0.5 });
        onWillRender(() => {
            if (this.lines !== this.props.model.lines) {
                this.lines = this.props.model.lines;
                this.grid.setRowsHeights(this.lines.map(() => LINE));
            }
        });
        useEffect(() => {
            this.props.model.show(this.near);
        });
        onMounted(() => this.showNow());
        useExternalListener(window, "pointermove", (ev) => this.onMove(ev));
        useExternalListener(window, "pointerup", () => {
            this.endDrag();
            this.endMove();
        });
        useExternalListener(window, "pointercancel", () => this.letGo());
        this.boxStyle = boxStyle;
        // The same ones each time: lines that stay are not drawn anew.
        this.takeBar = this.onBarPointerdown.bind(this);
        this.openBar = this.onBarClick.bind(this);
    }

    // === WHAT IS DRAWN === //

    get height() {
        return this.lines.length * LINE;
    }

    get trackWidth() {
        const { edges, scale } = this.props.model;
        return (edges.length - 1) * SCALES[scale].width;
    }

    /** How wide it is drawn, in px. */
    get drawnWidth() {
        return Math.max(this.trackWidth, this.scrollRef.el?.clientWidth || 0);
    }

    get shown() {
        const [first, last] = this.grid.rowsIndexes || [];
        if (first === undefined) {
            return [];
        }
        const shown = this.lines
            .slice(first, last + 1)
            .map((line, at) => ({ line, at: first + at, top: (first + at) * LINE }));
        this.fill(shown);
        return shown;
    }

    /** Draw what stands on lines in sight; of those beyond as much as keeps the page small. */
    fill(shown) {
        const { scrollTop = 0, clientHeight = 0 } = this.scrollRef.el || {};
        const away = ({ top }) => Math.abs(top + LINE / 2 - scrollTop - clientHeight / 2);
        let drawn = 0;
        for (const one of [...shown].sort((one, other) => away(one) - away(other))) {
            const content = this.contentOf(one.line);
            drawn += content ? (content.load?.cells || content.bars).length : 0;
            if (drawn <= MOST_DRAWN || away(one) < clientHeight / 2 + LINE) {
                one.content = content;
            }
        }
    }

    /** What is asked for: whole blocks, so that not every line is a question. */
    get near() {
        const [first, last] = this.grid.rowsIndexes || [];
        if (first === undefined) {
            return [];
        }
        const begin = first - (first % BLOCK);
        return this.lines.slice(begin, last - (last % BLOCK) + BLOCK);
    }

    get now() {
        const { left, width } = this.props.model.place(Date.now(), Date.now());
        return width || (left > 0 && left < 100) ? left : null;
    }

    /** Whether times run from right to left. */
    get isRtl() {
        return getComputedStyle(this.scrollRef.el).direction === "rtl";
    }

    /** How far it is scrolled to later times, in px. */
    get later() {
        return Math.abs(this.scrollRef.el.scrollLeft);
    }

    set later(value) {
        // From right to left it counts below zero.
        this.scrollRef.el.scrollLeft = this.isRtl ? -value : value;
    }

    /** Begin with what is now, where not all fits. */
    showNow() {
        const { el } = this.scrollRef;
        const names = el.querySelector(".o_board_corner").offsetWidth;
        const track = el.querySelector(".o_board_body").offsetWidth - names;
        const sight = el.clientWidth - names;
        this.later = Math.max(0, ((this.now || 0) / 100) * track - sight / 3);
    }

    contentOf(line) {
        return this.props.model.contents.get(line.resource);
    }

    // === THE CURSOR === //

    /** Where the cursor is: on the board, also after that has become smaller. */
    get cursor() {
        const { line, cell } = this.state;
        return { line: Math.min(line, this.lines.length - 1), cell: Math.min(cell, this.lastCell) };
    }

    get lastCell() {
        return this.props.model.edges.length - 2;
    }

    /** Another one for each cell: what is under the cursor is read out when it moves. */
    get cursorId() {
        const { line, cell } = this.cursor;
        return `o_board_cell_${line}_${cell}`;
    }

    get chosen() {
        const { cell } = this.cursor;
        const anchor = this.state.anchor === null ? null : Math.min(this.state.anchor, this.lastCell);
        return anchor === null ? [cell, cell] : [Math.min(anchor, cell), Math.max(anchor, cell)];
    }

    cells(first, last) {
        const { edges } = this.props.model;
        return [edges[first], edges[last + 1]];
    }

    cellStyle([first, last]) {
        const [from, until] = this.cells(first, last);
        return boxStyle(this.props.model.place(from.toMillis(), until.toMillis()));
    }

    get cursorWords() {
        const line = this.lines[this.cursor.line];
        if (line.type === "group") {
            return line.label;
        }
        const [from, until] = this.cells(...this.chosen);
        const { bars, entries, load } = this.props.model.inCell(line, this.cursor.cell);
        const what = bars.map((bar) => barInWords(bar));
        what.push(...entries.map((entry) => this.entryTitle(entry)));
        if (load?.taken) {
            what.push(loadInWords(load, load));
        }
        const words = what.length ? what.join("; ") : _t("free");
        return `${line.name}, ${inWords(from.toMillis(), until.toMillis())}: ${words}`;
    }

    onKeydown(ev) {
        const last = this.lastCell;
        const right = this.isRtl ? -1 : 1;
        const moves = {
            ArrowUp: () => this.goTo(-1, 0),
            ArrowDown: () => this.goTo(1, 0),
            ArrowLeft: () => this.goTo(0, -right, ev.shiftKey),
            ArrowRight: () => this.goTo(0, right, ev.shiftKey),
            PageUp: () => this.goTo(-PAGE, 0),
            PageDown: () => this.goTo(PAGE, 0),
            Home: () => this.goTo(0, -last, ev.shiftKey),
            End: () => this.goTo(0, last, ev.shiftKey),
            Enter: () => this.act(),
            " ": () => this.act(),
            Escape: () => this.letGo(),
        };
        const isOther = ev.altKey || ev.ctrlKey || ev.metaKey || ev.target.closest("button");
        if (moves[ev.key] && !isOther && this.lines.length) {
            ev.preventDefault();
            ev.stopPropagation();
            moves[ev.key]();
        }
    }

    goTo(lines, cells, isSelecting = false) {
        const { state } = this;
        const { line, cell } = this.cursor;
        const keep = (value, most) => Math.max(0, Math.min(value, most));
        if (!isSelecting) {
            state.anchor = null;
        } else if (state.anchor === null) {
            state.anchor = cell;
        }
        state.line = keep(line + lines, this.lines.length - 1);
        state.cell = keep(cell + cells, this.lastCell);
        this.reveal();
    }

    /** Scroll to the cursor, beside what stays in place. */
    reveal() {
        const { el } = this.scrollRef;
        const head = el.querySelector(".o_board_head");
        const names = el.querySelector(".o_board_corner").offsetWidth;
        const top = this.state.line * LINE;
        const room = el.clientHeight - head.offsetHeight;
        el.scrollTop = Math.min(top, Math.max(el.scrollTop, top + LINE - room));
        const [from, until] = this.cells(this.state.cell, this.state.cell);
        const place = this.props.model.place(from.toMillis(), until.toMillis());
        const track = el.querySelector(".o_board_body").offsetWidth - names;
        const [left, right] = [place.left, place.left + place.width].map((one) => (one / 100) * track);
        const width = el.clientWidth - names;
        this.later = Math.min(left, Math.max(this.later, right - width));
    }

    /** Open what the cursor stands on, or book what is chosen. */
    act() {
        const { line: at, cell } = this.cursor;
        const line = this.lines[at];
        if (line.type === "group") {
            return this.props.model.toggleGroup(line);
        }
        const { bars, entries } = this.props.model.inCell(line, cell);
        if (this.state.anchor === null && entries.length) {
            return this.props.openEntry(entries[0]);
        }
        if (this.state.anchor === null && bars.length) {
            return this.props.openBar(line, bars[0]);
        }
        return this.choose(line, ...this.chosen);
    }

    choose(line, first, last) {
        if (this.props.mayChoose && line.resource && line.type !== "group") {
            this.props.choose(line, ...this.cells(first, last));
        } else {
            this.props.openLine(line);
        }
    }

    // === THE MOUSE === //

    cellUnder(ev, track) {
        const { left, right, width } = track.getBoundingClientRect();
        const along = this.isRtl ? right - ev.clientX : ev.clientX - left;
        return this.props.model.cellAt(along / width);
    }

    /** A mouse drags over cells; a finger scrolls, and chooses where it taps. */
    onPointerdown(ev, line, at) {
        this.isMouse = ev.pointerType === "mouse";
        const isTaken = ev.target.closest(".o_board_bar, .o_board_entry");
        if (ev.button || isTaken || line.type === "group") {
            return;
        }
        const cell = this.cellUnder(ev, ev.currentTarget);
        Object.assign(this.state, { line: at, cell, anchor: null });
        if (this.isMouse) {
            this.state.drag = { line, track: ev.currentTarget };
        }
    }

    onPointermove(ev) {
        const { drag } = this.state;
        const cell = drag && this.cellUnder(ev, drag.track);
        if (drag && cell !== this.state.cell) {
            this.state.anchor ??= this.state.cell;
            this.state.cell = cell;
        }
    }

    endDrag() {
        const { drag, anchor } = this.state;
        this.state.drag = null;
        if (drag && anchor === null) {
            this.chooseHere(drag.line);
        } else if (drag) {
            const chosen = this.chosen;
            this.state.anchor = null;
            this.choose(drag.line, ...chosen);
        }
    }

    onClick(ev, line) {
        // A mouse's click comes after it was let go, which has chosen.
        const isTaken = ev.target.closest(".o_board_bar, .o_board_entry");
        if (!this.isMouse && !isTaken && line.type !== "group") {
            this.chooseHere(line);
        }
    }

    /** Choose as much as one click takes, from the cursor on. */
    chooseHere(line) {
        const { cell } = this.cursor;
        const last = cell + (CLICK[this.props.model.scale] || 1) - 1;
        this.choose(line, cell, Math.min(last, this.lastCell));
    }

    // === MOVING A BAR === //

    /** A mouse takes a bar, at an end to make it longer or shorter. */
    onBarPointerdown(ev, line, bar) {
        this.hasMoved = false;
        if (ev.button || ev.pointerType !== "mouse" || !bar.isMovable) {
            return;
        }
        const track = ev.currentTarget.closest(".o_board_track");
        const cell = this.cellUnder(ev, track);
        const edge = this.edgeUnder(ev, ev.currentTarget.firstElementChild);
        // What is out left when it left, from where it left: only its end moves.
        const part = bar.look === "out" && edge !== "stop" ? "end" : edge;
        const { key, resource } = line;
        this.state.move = { bar, track, part, from: { cell, key }, cell, key, resource };
    }

    letGo() {
        Object.assign(this.state, { anchor: null, drag: null, move: null });
    }

    edgeUnder(ev, core) {
        const { left, right, width } = core.getBoundingClientRect();
        const reach = Math.min(EDGE, width / 4);
        const [atLeft, atRight] = this.isRtl ? ["stop", "start"] : ["start", "stop"];
        if (ev.clientX > right - reach) {
            return atRight;
        }
        return ev.clientX < left + reach ? atLeft : "whole";
    }

    onMove(ev) {
        const { move } = this.state;
        if (!move) {
            return;
        }
        const { from, part, track, bar } = move;
        const cell = this.cellUnder(ev, track);
        let { key } = from;
        let { resource } = bar;
        if (part === "whole") {
            const top = track.closest(".o_board_body").getBoundingClientRect().top;
            const under = this.lines[Math.floor((ev.clientY - top) / LINE)];
            if (this.isPlaceFor(under)) {
                ({ key, resource } = under);
            }
        }
        if (cell !== move.cell || key !== move.key) {
            this.hasMoved = true;
            Object.assign(move, { cell, key, resource });
        }
    }

    isPlaceFor(line) {
        return Boolean(line?.resource) && line.type !== "group" && line.kind !== "pool";
    }

    /** The period and thing that a bar has where it is held now. */
    get moved() {
        const { bar, cell, key, resource, from, part } = this.state.move;
        const { DateTime } = luxon;
        const { edges } = this.props.model;
        const start = DateTime.fromSeconds(bar.start);
        const stop = bar.stop === null ? null : DateTime.fromSeconds(bar.stop);
        const later = (moment) => moment && this.props.model.shift(moment, cell - from.cell);
        const periods = {
            whole: { start: later(start), stop: later(stop) },
            start: { start: edges[cell], stop },
            stop: { start, stop: edges[cell + 1] },
            end: { start, stop: later(stop) },
        };
        return { ...periods[part], resource: key === from.key ? bar.resource : resource };
    }

    movedStyle() {
        const { start, stop } = this.moved;
        const until = stop || this.props.model.period.stop;
        return boxStyle(this.props.model.place(start.toMillis(), until.toMillis()));
    }

    endMove() {
        const { move } = this.state;
        if (!move) {
            return;
        }
        const { moved } = this;
        this.state.move = null;
        if (move.cell !== move.from.cell || move.key !== move.from.key) {
            this.props.openChange(move.bar, moved);
        }
    }

    onBarClick(line, bar) {
        // A bar that was moved and let go is not opened as well.
        if (!this.hasMoved) {
            this.props.openBar(line, bar);
        }
        this.hasMoved = false;
    }

    // === PERIODS CHOSEN === //

    entriesOf(line) {
        return this.props.model.basket.of(line);
    }

    entryStyle({ start, stop }) {
        return boxStyle(this.props.model.place(start.toMillis(), stop.toMillis()));
    }

    entryLabel(entry) {
        const label = this.props.model.kindOf(entry);
        return entry.quantity > 1 ? `${entry.quantity} × ${label}` : label;
    }

    entryTitle(entry) {
        const period = inWords(entry.start.toMillis(), entry.stop.toMillis());
        return _t("chosen: %(what)s, %(period)s", { what: this.entryLabel(entry), period });
    }
}
