import { Component, onWillStart, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { DateTimeInput } from "@web/core/datetime/datetime_input";
import { deserializeDateTime, serializeDateTime, toLocaleDateTimeString } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { Pager } from "@web/core/pager/pager";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";
import { useSetupAction } from "@web/search/action_hook";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { kindIcon } from "../fields/resource_kind";
import { formatPeriod, VerdictPanel } from "../verdict/verdict_panel";
import {
    busyOnStrip,
    inputFormat,
    nextHour,
    placeOnStrip,
    presets,
    stripBounds,
    stripScale,
} from "./find_free_time";

const { DateTime } = luxon;
const PAGE = 30;
/** Where the browser keeps the kind that was looked for last. */
const KIND_KEY = "resource_allocation.find_free.kind";

/** "What is free between … and …, how many, of which kind", and book it at once. */
export class FindFree extends Component {
    static template = "resource_allocation.FindFree";
    static components = { DateTimeInput, Layout, Pager, VerdictPanel };
    static props = { ...standardActionServiceProps };

    setup() {
        this.pageSize = PAGE;
        this.format = inputFormat();
        this.orm = useService("orm");
        this.action = useService("action");
        this.notification = useService("notification");
        this.keepLast = new KeepLast();
        this.state = useState(this.props.state?.found || this.initialState());
        this.debouncedSearch = useDebounced(() => this.search(), 250);
        useSetupAction({ getLocalState: () => ({ found: { ...this.state } }) });
        onWillStart(async () => {
            const opening = await this.orm.call("resource.resource", "find_opening", []);
            this.kinds = opening.kinds;
            if (!this.props.state?.found) {
                this.openOn(opening);
            }
            await this.refreshBooked();
            await this.search(this.state.offset);
        });
    }

    initialState() {
        return {
            ...nextHour(DateTime.local()),
            quantity: 1,
            kind: "",
            text: "",
            onlyFree: false,
            favorites: false,
            purpose: "",
            holdHours: 24,
            offset: 0,
            strip: [],
            result: { rows: [], total: 0, free_count: 0, complete: true },
            problem: "",
            refused: {},
            booked: [],
            busyRow: false,
        };
    }

    /** What was asked for: a period, a name; else a time and a kind that make sense. */
    openOn({ start, stop, kind }) {
        const { context, params } = this.props.action;
        const { find_start, find_stop } = context || {};
        this.state.text = params?.text || "";
        this.state.start = deserializeDateTime(find_start || start);
        this.state.stop = deserializeDateTime(find_start ? find_stop || find_start : stop);
        if (!find_start && !this.state.text) {
            const last = browser.localStorage.getItem(KIND_KEY);
            const isKnown = last === "" || this.kinds.some(([key]) => key === last);
            this.state.kind = isKnown ? last : kind;
        }
    }

    // SEARCH

    get criteria() {
        return {
            start: serializeDateTime(this.state.start),
            stop: serializeDateTime(this.state.stop),
            quantity: this.state.quantity,
            kind: this.state.kind,
            text: this.state.text,
            only_free: this.state.onlyFree,
            favorites: this.state.favorites,
            strip: this.stripBounds.map(serializeDateTime),
        };
    }

    get stripBounds() {
        return stripBounds(this.state.start, this.state.stop);
    }

    async search(offset = 0) {
        const { start, stop } = this.state;
        this.state.problem = "";
        if (!start || !stop || stop <= start) {
            this.state.problem = _t("The end must be after the start.");
            return;
        }
        this.state.offset = offset;
        this.state.refused = {};
        const strip = this.stripBounds;
        const result = await this.keepLast.add(
            this.orm.call("resource.resource", "find_free", [this.criteria, offset, PAGE])
        );
        Object.assign(this.state, { strip, result });
    }

    onStart(start) {
        if (!start) {
            return;
        }
        // Keep the length: who moves the start rarely wants a longer meeting.
        const length = this.state.stop.diff(this.state.start);
        this.state.start = start;
        this.state.stop = start.plus(length);
        this.search();
    }

    onStop(stop) {
        if (stop) {
            this.state.stop = stop;
            this.search();
        }
    }

    setPeriod(start, stop) {
        Object.assign(this.state, { start, stop });
        return this.search();
    }

    get presets() {
        return presets(DateTime.local());
    }

    onQuantity(ev) {
        this.state.quantity = Math.max(parseInt(ev.target.value) || 1, 1);
        this.search();
    }

    onKind(ev) {
        this.state.kind = ev.target.value;
        browser.localStorage.setItem(KIND_KEY, this.state.kind);
        this.search();
    }

    onText(ev) {
        this.state.text = ev.target.value;
        this.debouncedSearch();
    }

    onOnlyFree(ev) {
        this.state.onlyFree = ev.target.checked;
        this.search();
    }

    onFavorites(ev) {
        this.state.favorites = ev.target.checked;
        this.search();
    }

    // ROWS

    async toggleFavorite(row) {
        await this.orm.write("resource.resource", [row.id], { is_favorite: !row.is_favorite });
        row.is_favorite = !row.is_favorite;
    }

    icon(row) {
        return kindIcon(row.kind, row.release);
    }

    freeLabel(row) {
        if (row.kind === "pool") {
            return _t("%(free)s of %(all)s free", { free: row.free, all: row.capacity });
        }
        return row.enough ? _t("Free") : _t("Taken");
    }

    nextLabel(row) {
        return _t("Free %s", toLocaleDateTimeString(deserializeDateTime(row.next[0])));
    }

    strip(row) {
        const { start, stop, strip } = this.state;
        const wanted = placeOnStrip(strip, start, stop);
        const busy = busyOnStrip(strip, row).map((piece) => ({
            style: `${this.place(piece)} height: ${piece.height}%`,
            state: piece.state,
            title: `${this.stateLabel(piece.state)}: ${formatPeriod(piece.start, piece.stop)}`,
        }));
        return { busy, wanted: this.place(wanted) };
    }

    place({ left, width }) {
        return `left: ${left}%; width: ${width}%;`;
    }

    stateLabel(state) {
        const labels = {
            hold: _t("Hold"),
            reserved: _t("Reserved"),
            out: _t("Out"),
            late: _t("Late"),
            block: _t("Blocked"),
            teardown: _t("Being made ready"),
        };
        return labels[state] || _t("Busy");
    }

    get stripScale() {
        return stripScale(this.state.strip);
    }

    // BOOKING

    /** What a row would be asked for, in the period that is looked at. */
    asked(row) {
        return {
            resource_id: row.id,
            start: serializeDateTime(this.state.start),
            stop: serializeDateTime(this.state.stop),
            quantity: row.kind === "pool" ? this.state.quantity : 1,
        };
    }

    /** Promise a row, or what is asked instead; what is refused says so beside it. */
    async book(row, { asked = [this.asked(row)], hold = false }) {
        this.state.busyRow = row.id;
        const name = this.state.purpose || false;
        try {
            const { allocations, verdicts } = await this.orm.call(
                "resource.allocation",
                "book_free",
                [asked.map((values) => ({ ...values, name })), hold ? this.state.holdHours : 0]
            );
            if (!allocations.length) {
                this.state.refused[row.id] = verdicts;
                return;
            }
            this.state.booked.unshift(...allocations);
            await this.search(this.state.offset);
        } finally {
            this.state.busyRow = false;
        }
    }

    async explain(row) {
        if (this.state.refused[row.id]) {
            delete this.state.refused[row.id];
            return;
        }
        this.state.refused[row.id] = await this.orm.call("resource.allocation", "check", [
            [this.asked(row)],
        ]);
    }

    takeProposal(row, proposal) {
        const parts = proposal.parts.length ? proposal.parts : [proposal];
        const asked = parts.map(({ resource_id, start, stop, quantity }) => ({
            resource_id,
            start,
            stop: stop || false,
            quantity,
        }));
        return this.book(row, { asked });
    }

    takeNext(row) {
        this.setPeriod(...row.next.map((at) => deserializeDateTime(at)));
    }

    async step(allocation, step) {
        const changed = await this.orm.call("resource.allocation", "step", [
            [allocation.id],
            step,
        ]);
        Object.assign(allocation, changed);
        await this.search(this.state.offset);
    }

    /** After a look at the form of what was booked. */
    async refreshBooked() {
        const ids = this.state.booked.map(({ id }) => id);
        if (ids.length) {
            this.state.booked = await this.orm.call("resource.allocation", "booked_now", [ids]);
        }
    }

    open(model, id) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: model,
            res_id: id,
            views: [[false, "form"]],
        });
    }

    openResource(row) {
        return this.action.doAction("resource_allocation.resource_resource_action", {
            viewType: "form",
            props: { resId: row.id },
        });
    }
}

registry.category("actions").add("resource_allocation.find_free", FindFree);
