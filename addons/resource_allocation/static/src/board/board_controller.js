import { Component, onWillUnmount, useExternalListener, useRef, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { deserializeDateTime, serializeDate, serializeDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { useBus, useService } from "@web/core/utils/hooks";
import { useModel } from "@web/model/model";
import { useSetupAction } from "@web/search/action_hook";
import { CogMenu } from "@web/search/cog_menu/cog_menu";
import { Layout } from "@web/search/layout";
import { SearchBar } from "@web/search/search_bar/search_bar";
import { useSearchBarToggler } from "@web/search/search_bar/search_bar_toggler";
import { ActionHelper } from "@web/views/action_helper";
import { standardViewProps } from "@web/views/standard_view_props";

import { nextHour } from "../find_free/find_free_time";
import { BoardHistory, entryToSend } from "./board_basket";
import { BoardFree, freeInWords } from "./board_free";
import { SCALES } from "./board_geometry";
import { LOOKS, inWords } from "./board_looks";
import { BoardList } from "./board_list";
import { BoardPanel } from "./board_panel";
import { BoardPeriod } from "./board_period";

const { DateTime } = luxon;
/** Of others' changes a board asks again at most once in so many milliseconds. */
const PAUSE = 2000;
const MINUTE = 60000;
const CHANNEL = "resource_board";
const CHANGED = "resource_board/changed";

export class BoardController extends Component {
    static template = "resource_allocation.BoardController";
    static components = {
        ActionHelper,
        BoardList,
        BoardPanel,
        CogMenu,
        Dropdown,
        DropdownItem,
        Layout,
        SearchBar,
    };
    static props = { ...standardViewProps, Model: Function, Renderer: Function, archInfo: Object };

    setup() {
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.notification = useService("notification");
        this.orm = useService("orm");
        this.ui = useService("ui");
        this.rootRef = useRef("root");
        this.state = useState({ panel: null });
        const { resModel, archInfo, state } = this.props;
        // A phone has no room for a grid: a list of the day, until one wants it.
        const first = this.ui.isSmall ? { scale: "day", isList: true } : { scale: archInfo.scale };
        const kept = { ...first, ...state?.board };
        this.model = useModel(this.props.Model, { resModel, ...kept });
        useBus(this.model.bus, "update", () => this.render());
        useSetupAction({
            rootRef: this.rootRef,
            getLocalState: () => ({ board: this.model.exportState() }),
        });
        this.searchBarToggler = useSearchBarToggler();
        this.history = useState(new BoardHistory());
        useExternalListener(window, "keydown", (ev) => this.onKeydown(ev));
        this.listen();
        this.scales = SCALES;
        this.looks = LOOKS;
    }

    // === OTHERS' CHANGES === //

    /** Hear of what others change, and ask for it with one's own rights. */
    listen() {
        const bus = useService("bus_service");
        let pending = null;
        let refreshed = 0;
        const onChanged = ({ resources }) => {
            // What became free is a row that is not shown yet.
            const isOurs = this.model.free || this.model.isShown(resources);
            if (pending === null && isOurs) {
                const wait = Math.max(refreshed + PAUSE - Date.now(), 0);
                pending = browser.setTimeout(() => {
                    [pending, refreshed] = [null, Date.now()];
                    this.model.refresh();
                }, wait);
            }
        };
        // What time brings, lateness and lapsed options, nobody tells.
        const clock = browser.setInterval(() => document.hidden || this.model.refresh(), MINUTE);
        const onReconnect = () => this.model.refresh();
        bus.addChannel(CHANNEL);
        bus.subscribe(CHANGED, onChanged);
        bus.addEventListener("BUS:RECONNECT", onReconnect);
        onWillUnmount(() => {
            browser.clearTimeout(pending);
            browser.clearInterval(clock);
            bus.removeEventListener("BUS:RECONNECT", onReconnect);
            bus.unsubscribe(CHANGED, onChanged);
            bus.deleteChannel(CHANNEL);
        });
    }

    // === PERIOD === //

    get title() {
        const { start, stop } = this.model.period;
        const last = stop.minus({ milliseconds: 1 });
        const whole = { day: "numeric", month: "short", year: "numeric" };
        if (start.hasSame(last, "day")) {
            return start.toLocaleString({ weekday: "long", ...whole });
        }
        return luxon.Interval.fromDateTimes(start, last).toLocaleString(whole);
    }

    get day() {
        return serializeDate(this.model.period.start);
    }

    setDay(value) {
        const anchor = DateTime.fromISO(value);
        if (anchor.isValid) {
            this.model.setPeriod({ anchor });
        }
    }

    setScale(scale) {
        // Of a longer period what is now, else its beginning.
        const { start, stop } = this.model.period;
        const now = DateTime.now();
        const anchor = now >= start && now < stop ? now : start;
        this.model.setPeriod({ scale, anchor });
    }

    /** Show when a row is free next for as long as one choice takes: an hour, or a day. */
    async toNextFree({ resource, name }) {
        const { model } = this;
        const since = DateTime.max(nextHour(DateTime.now()).start, model.period.start);
        const span = [since, since.plus({ months: 3 })].map(serializeDateTime);
        const ask = (minutes) =>
            this.orm.call("resource.resource", "free_slots", [[resource], ...span, minutes]);
        const isHours = ["day", "week"].includes(model.scale);
        let [first] = isHours ? [] : (await ask(24 * 60))[resource];
        // What has opening hours is never free for a whole day.
        first ||= (await ask(60))[resource][0];
        if (!first) {
            return this.notification.add(_t("%s: nothing is free within three months.", name), {
                type: "warning",
            });
        }
        const anchor = deserializeDateTime(first[0]);
        model.setPeriod({ anchor });
        this.notification.add(
            _t("%(name)s: free %(period)s.", {
                name,
                period: inWords(anchor.toMillis(), deserializeDateTime(first[1]).toMillis()),
            }),
            { type: "info" }
        );
    }

    // === WHAT IS SHOWN === //

    get freeWords() {
        return freeInWords(this.model.free);
    }

    /** Narrow the rows to what is free when it is needed. */
    openFree() {
        const { start: first, stop } = this.model.period;
        const { start: next } = nextHour(DateTime.now());
        // What is over is free for nobody.
        const start = next < stop ? DateTime.max(first, next) : first;
        this.dialog.add(BoardFree, {
            free: this.model.free || { start, stop, minutes: 0, quantity: 1 },
            save: (free) => this.model.setFree(free),
        });
    }

    /** Print the rows and the period that are shown: `a4`, `a3` or `xlsx`. */
    async print(paper) {
        const args = [this.model.toPrint(`${this.env.config.getDisplayName()} · ${this.title}`), paper];
        const { context, resModel } = this.props;
        const action = await this.orm.call(resModel, "board_print", args, { context });
        await this.action.doAction(action);
    }

    toToday() {
        this.model.setPeriod({ anchor: DateTime.now() });
    }

    // === WHAT IS OPENED === //

    /** Row and bar of the panel as they are by now; of a bar that is gone only the row. */
    get panel() {
        const { line: former, bar } = this.state.panel;
        const line = this.model.lines.find(({ key }) => key === former.key) || former;
        const bars = this.model.contents.get(line.resource)?.bars;
        const same = bar && bars ? bars.filter((one) => one.id === bar.id) : [];
        // What was handed out meanwhile is another bar of the same promise.
        const here = same.find(({ state }) => state === bar.state);
        const now = here || same.find(({ state }) => state !== "late");
        return { line, bar: bar && bars ? now : bar };
    }

    openBar(line, bar) {
        this.state.panel = { line, bar };
    }

    openLine(line) {
        this.state.panel = { line };
    }

    /** As its app opens it: not every document is best read by itself. */
    async openDocument({ res_model, res_id }) {
        const action = await this.orm.call(res_model, "get_formview_action", [[res_id]]);
        return this.action.doAction(action);
    }

    openRecord(line) {
        const model = line.type === "unit" ? "resource.resource" : this.props.resModel;
        this.openForm(model, line.id);
    }

    openForm(res_model, res_id) {
        const views = [[false, "form"]];
        return this.action.doAction({ type: "ir.actions.act_window", res_model, res_id, views });
    }

    // === PERIODS CHOSEN === //

    /** Whether a period of a row can become something here. */
    get mayChoose() {
        return this.props.archInfo.mayBook || this.mayCollect;
    }

    get mayCollect() {
        return Boolean(this.model.kinds?.length);
    }

    /** Book a period of a row at once, or put it into the basket, as its app does. */
    async choose(line, start, stop, quantity = 1) {
        if (this.mayCollect) {
            const kind = this.model.basket.kind || this.model.kinds[0][0];
            const { row, resource, name } = line;
            const isPool = line.kind === "pool";
            return this.openEntry({ row, resource, name, isPool, start, stop, kind, quantity });
        }
        const span = [start, stop].map(serializeDateTime);
        const action = await this.orm.call(this.props.resModel, "board_book", [[line.row], ...span], {
            context: this.props.context,
        });
        if (action) {
            await this.action.doAction(action);
        } else {
            this.openLine(line);
        }
    }

    openEntry(entry) {
        const isNew = !entry.key;
        this.openPeriod({
            title: entry.name,
            saveLabel: isNew ? _t("Add") : _t("Change"),
            draft: entry,
            kinds: this.model.kinds,
            hasQuantity: entry.isPool,
            // What is somebody's row is not another's by another thing.
            ...(this.model.isOfThings ? { resources: this.model.things(entry.isPool) } : {}),
            check: (draft) => this.checkEntry(this.placed({ ...entry, ...draft })),
            save: (draft) => this.keepEntry(this.placed({ ...entry, ...draft })),
            ...(isNew ? {} : { remove: () => this.removeEntries([entry.key]) }),
        });
    }

    /** An entry on the row of what it is of, which may be another than it was. */
    placed(entry) {
        const { row, name } = (this.model.isOfThings && this.model.lineOf(entry.resource)) || entry;
        return { ...entry, row, name };
    }

    /** Open the window of a period, and come back to the board. */
    openPeriod(props) {
        this.dialog.add(BoardPeriod, props, { onClose: () => this.toBoard() });
    }

    toBoard() {
        this.rootRef.el?.querySelector(".o_board_scroll, .o_board_list")?.focus();
    }

    closePanel() {
        this.state.panel = null;
        this.toBoard();
    }

    /** Choose the period of a bar once more, as a start for another one. */
    copy({ row, resource, name, kind }, bar) {
        const [start, stop] = [bar.start, bar.stop].map(DateTime.fromSeconds);
        return this.choose({ row, resource, name, kind }, start, stop, bar.quantity);
    }

    /** Do one thing with a bar's row, as on its own form. */
    async act(bar, method) {
        const action = await this.orm.call("resource.allocation", method, [[bar.root]]);
        if (action) {
            await this.action.doAction(action, { onClose: () => this.model.refresh() });
        }
        this.model.refresh();
    }

    /** What the ledger says to an entry, the others of the basket granted. */
    async checkEntry(entry) {
        const others = this.model.basket.entries.filter(({ key }) => key !== entry.key);
        const asked = [...others, entry].map(entryToSend);
        const said = await this.orm.call(this.props.resModel, "board_check", [asked]);
        return { verdicts: said.filter(({ index }) => index === others.length), notes: [] };
    }

    keepEntry(entry) {
        const { basket } = this.model;
        const before = basket.entries.find(({ key }) => key === entry.key);
        const key = basket.add(entry);
        this.history.add(
            _t("Selection of %s", entry.name),
            () => (before ? basket.add(before) : basket.remove([key])),
            [key]
        );
        this.model.notify();
    }

    async toggleFavorite(line) {
        const is_favorite = !line.favorite;
        await this.orm.write("resource.resource", [line.resource], { is_favorite });
        this.model.setFavorite(line, is_favorite);
    }

    removeEntries(keys) {
        const { basket } = this.model;
        const gone = basket.entries.filter(({ key }) => keys.includes(key));
        basket.remove(keys);
        const names = gone.map(({ name }) => name).join(", ");
        const undo = () => gone.forEach((entry) => basket.add(entry));
        this.history.add(_t("Selection of %s", names), undo, keys);
        this.model.notify();
    }

    entryWords(entry) {
        const { name, start, stop, quantity } = entry;
        return _t("%(name)s, %(period)s: %(quantity)s × %(kind)s", {
            name,
            period: inWords(start.toMillis(), stop.toMillis()),
            quantity,
            kind: this.model.kindOf(entry),
        });
    }

    /** Open the window that makes documents of all that was chosen (C22). */
    async order() {
        const { basket } = this.model;
        if (!basket.size || this.isOrdering) {
            return;
        }
        this.isOrdering = true;
        try {
            const asked = [...basket.entries];
            const args = [basket.export()];
            const { context, resModel } = this.props;
            const action = await this.orm.call(resModel, "board_order", args, { context });
            await this.action.doAction(action, {
                onClose: (infos) => infos?.made && this.onOrdered(asked, infos),
            });
        } finally {
            this.isOrdering = false;
        }
    }

    async onOrdered(asked, { made, message, then }) {
        const keys = made.map((at) => asked[at].key);
        this.model.basket.remove(keys);
        // What is a document now is taken back there.
        this.history.forget(keys);
        this.model.refresh();
        this.notification.add(message, { type: "success", sticky: true });
        if (then) {
            await this.action.doAction(then, { onClose: () => this.model.refresh() });
        }
    }

    // === CHANGES === //

    /**
     * Ask what a move of a bar comes to, and make it when the user says so.
     *
     * @param {Object} draft `start`, `stop` (null: no end) and `resource`, as they would be
     */
    openChange(bar, draft = {}) {
        const seen = this.valuesOf(bar);
        const moment = (value) => (value ? deserializeDateTime(value) : null);
        const now = { start: moment(seen.start), stop: moment(seen.stop), resource: bar.resource };
        const things = this.model.things(false);
        this.openPeriod({
            title: bar.label,
            saveLabel: _t("Move"),
            draft: { ...now, quantity: bar.quantity, ...draft },
            ...(things.some(([one]) => one === bar.resource) ? { resources: things } : {}),
            mayBeOpen: bar.stop === null,
            check: (wanted) => this.previewChange(bar, this.changesOf(seen, wanted), seen),
            save: (wanted) => this.change(bar, this.changesOf(seen, wanted), seen),
        });
    }

    /** What a bar is of, as the ledger has it and as this user saw it. */
    valuesOf({ start, stop, resource }) {
        const instant = (seconds) =>
            seconds === null ? false : serializeDateTime(DateTime.fromSeconds(seconds));
        return { start: instant(start), stop: instant(stop), resource_id: resource };
    }

    /** Only what is another: the rest stays as it is by now. */
    changesOf(seen, { start, stop, resource }) {
        const wanted = {
            start: serializeDateTime(start),
            stop: stop ? serializeDateTime(stop) : false,
            resource_id: resource,
        };
        return Object.fromEntries(Object.entries(wanted).filter(([name, one]) => seen[name] !== one));
    }

    async previewChange(bar, vals, seen) {
        if (!Object.keys(vals).length) {
            return { verdicts: [], notes: [_t("Nothing changes.")] };
        }
        return this.orm.call("resource.allocation", "board_preview", [[bar.root], vals, seen]);
    }

    async change(bar, vals, seen) {
        if (!Object.keys(vals).length) {
            return;
        }
        await this.orm.call("resource.allocation", "change", [[bar.root], vals], { seen });
        const back = Object.fromEntries(Object.keys(vals).map((name) => [name, seen[name]]));
        this.history.add(_t("Move of %s", bar.label), () =>
            this.orm.call("resource.allocation", "change", [[bar.root], back], { seen: vals })
        );
        this.model.refresh();
    }

    async undo() {
        try {
            await this.history.undo();
        } finally {
            this.model.refresh();
        }
    }

    // === KEYBOARD === //

    onKeydown(ev) {
        // Windows on top of the board have keys of their own.
        if (this.ui.activeElement !== document || ev.repeat) {
            return;
        }
        const isTyping = ev.target.closest?.("input, textarea");
        if (ev.key === "F8" && this.model.basket.size) {
            ev.preventDefault();
            this.order();
        } else if (ev.key === "z" && (ev.ctrlKey || ev.metaKey) && !isTyping && this.history.last) {
            ev.preventDefault();
            this.undo();
        }
    }
}
