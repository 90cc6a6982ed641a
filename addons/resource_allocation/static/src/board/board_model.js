import { deserializeDateTime, serializeDateTime } from "@web/core/l10n/dates";
import { localization } from "@web/core/l10n/localization";
import { groupBy } from "@web/core/utils/arrays";
import { KeepLast } from "@web/core/utils/concurrency";
import { user } from "@web/core/user";
import { Model } from "@web/model/model";

import { nextHour } from "../find_free/find_free_time";
import { BoardBasket } from "./board_basket";
import { SCALES, closedIn, edgesOf, inLanes, periodOf, placeOf, ticksOf, turn } from "./board_geometry";
import { inWords } from "./board_looks";

const { DateTime } = luxon;
/** How many rows are asked for at once, at most. */
const CHUNK = 80;

const rowsOf = (columns) => {
    const names = Object.keys(columns);
    return columns[names[0]].map((_first, at) =>
        Object.fromEntries(names.map((name) => [name, columns[name][at]]))
    );
};

/** The filter for free rows as the server takes it, and as it is kept. */
const asTold = (free) => ({
    ...free,
    start: serializeDateTime(free.start),
    stop: serializeDateTime(free.stop),
});
const withMoments = (free) => ({
    ...free,
    start: deserializeDateTime(free.start),
    stop: deserializeDateTime(free.stop),
});

/**
 * The rows of a board and what stands on them in one period.
 *
 * Rows come with the search, all at once; what stands on them only where it is seen.
 */
export class BoardModel extends Model {
    setup({ resModel, scale, anchor, folded, unfolded, free, isList }) {
        this.resModel = resModel;
        this.basket = new BoardBasket(`resource_board/${user.userId}/${resModel}`);
        this.kinds = null;
        this.changeable = new Set();
        this.scale = scale;
        this.anchor = anchor ? deserializeDateTime(anchor) : DateTime.now();
        this.folded = new Set(folded);
        /** Units of the pools that are unfolded, by pool. */
        this.unfolded = new Map((unfolded || []).map((pool) => [pool, []]));
        this.free = free ? withMoments(free) : null;
        this.isList = Boolean(isList);
        this.keepLast = new KeepLast();
        /** Counts what has changed on the board, for what shows it elsewhere. */
        this.version = 0;
        /** Counts what views were told. */
        this.revision = 0;
        this.groups = [];
        this.rows = [];
        this.lines = [];
        this.setPeriod();
    }

    notify() {
        this.revision++;
        super.notify();
    }

    exportState() {
        const { scale, folded, unfolded, isList } = this;
        return {
            scale,
            isList,
            anchor: serializeDateTime(this.anchor),
            folded: [...folded],
            unfolded: [...unfolded.keys()],
            free: this.free && asTold(this.free),
        };
    }

    async load(searched) {
        this.searched = searched;
        await this.loadRows();
        this.forget();
        this.setLines();
    }

    async loadRows() {
        const { domain, groupBy, context } = this.searched;
        this.context = context;
        const args = [domain, groupBy || [], this.free && asTold(this.free)];
        const [answer, units] = await this.keepLast.add(
            Promise.all([
                this.orm.call(this.resModel, "board_rows", args, { context }),
                Promise.all([...this.unfolded.keys()].map((pool) => this.loadUnits(pool))),
                this.kinds || this.loadRights(),
            ])
        );
        this.rows = rowsOf(answer.rows);
        this.groups = answer.groups;
        this.more = answer.more;
        this.isOfThings = answer.of_things;
        this.unfolded = new Map(units);
    }

    /**
     * Show only rows that are free, or all again. What is refused changes nothing.
     *
     * @param {Object|null} free `start` and `stop` (DateTime), `minutes` (0: all the
     *   time), `quantity`
     */
    async setFree(free) {
        const before = this.free;
        this.free = free;
        try {
            await this.load(this.searched);
        } catch (error) {
            this.free = before;
            throw error;
        }
    }

    setList(isList) {
        this.isList = isList;
        this.notify();
    }

    /** What periods may become here, and which bars this user may move. */
    async loadRights() {
        const [kinds, changeable] = await Promise.all([
            this.orm.call(this.resModel, "board_kinds", [], { context: this.context }),
            this.orm.call("resource.allocation", "board_changeable", []),
        ]);
        this.kinds = kinds;
        this.changeable = new Set(changeable);
    }

    /** What an entry is to become, in words. */
    kindOf({ kind }) {
        return this.kinds.find(([one]) => one === kind)?.[1];
    }

    // === ROWS === //

    setLines() {
        const lines = [];
        // Groups may have equal names: what tells them apart is their place.
        this.groups.forEach(({ label, rows }, place) => {
            const isFolded = this.folded.has(label);
            if (label) {
                lines.push({ type: "group", key: `${place}`, label, isFolded, count: rows.length });
            }
            for (const at of isFolded ? [] : rows) {
                const row = this.rows[at];
                const ofRow = { row: row.id, key: `${place}/${row.id}` };
                lines.push({ ...row, ...ofRow, type: "row" });
                for (const unit of this.unfolded.get(row.resource) || []) {
                    lines.push({ ...unit, ...ofRow, type: "unit", key: `${ofRow.key}/${unit.id}` });
                }
            }
        });
        this.lines = lines;
        this.notify();
    }

    toggleGroup({ label }) {
        if (!this.folded.delete(label)) {
            this.folded.add(label);
        }
        this.setLines();
    }

    setFavorite({ resource }, favorite) {
        const units = [...this.unfolded.values()].flat();
        for (const row of [...this.rows, ...units].filter((one) => one.resource === resource)) {
            row.favorite = favorite;
        }
        this.setLines();
    }

    async toggleUnits({ resource }) {
        if (!this.unfolded.delete(resource)) {
            this.unfolded.set(...(await this.loadUnits(resource)));
        }
        this.setLines();
    }

    async loadUnits(pool) {
        const domain = [["pool_id", "=", pool]];
        const { rows } = await this.orm.call("resource.resource", "board_rows", [domain]);
        return [pool, rowsOf(rows)];
    }

    // === PERIOD === //

    setPeriod({ scale = this.scale, anchor = this.anchor } = {}) {
        Object.assign(this, { scale, anchor });
        const weekStart = localization.weekStart || 1;
        this.period = periodOf(scale, anchor, weekStart);
        this.edges = edgesOf(this.period, SCALES[scale].cell, weekStart);
        this.minor = ticksOf(this.period, SCALES[scale].minor, weekStart);
        this.major = ticksOf(this.period, SCALES[scale].major, weekStart);
        this.forget();
        this.notify();
    }

    turn(count) {
        this.setPeriod({ anchor: turn(this.scale, this.period.start, count) });
    }

    /** Which cell a moment is in, by its place on the line (0 to 1). */
    cellAt(share) {
        const { start, stop } = this.period;
        const moment = start.toMillis() + share * (stop.toMillis() - start.toMillis());
        const after = this.edges.findIndex((edge) => edge.toMillis() > moment);
        return after < 0 ? this.edges.length - 2 : Math.max(after - 1, 0);
    }

    /** A moment that many cells later, days as the calendar counts them. */
    shift(moment, cells) {
        const [[unit, length]] = Object.entries(SCALES[this.scale].cell);
        return moment.plus({ [unit]: length * cells });
    }

    /** What is proposed where no time was pointed at: what comes next in this period. */
    proposed() {
        const { start, stop } = this.period;
        const { start: next } = nextHour(DateTime.now());
        const isHours = ["day", "week"].includes(this.scale);
        const isNow = next >= start && next < stop;
        const morning = start.plus({ hours: isHours ? 9 : 0 });
        const from = isNow ? (isHours ? next : next.startOf("day").plus({ days: 1 })) : morning;
        return [from, from.plus(isHours ? { hours: 1 } : { days: 1 })];
    }

    /** What is to be printed: all that is shown, as `board_print` takes it. */
    toPrint(title) {
        const { domain, groupBy } = this.searched;
        const { start, stop } = this.period;
        return {
            title,
            // Its hours are by this clock, whatever the user's profile says.
            zone: start.zoneName,
            domain,
            groupby: groupBy || [],
            free: this.free && asTold(this.free),
            folded: [...this.folded],
            unfolded: [...this.unfolded.keys()],
            start: serializeDateTime(start),
            stop: serializeDateTime(stop),
            cells: this.edges.map(serializeDateTime),
            bars: SCALES[this.scale].bars,
            major: this.major,
            minor: this.minor,
        };
    }

    lineOf(resource) {
        return this.lines.find((line) => line.resource === resource);
    }

    /** What can be had instead, of what stands here: pools or things, `[[id, name], …]`. */
    things(isPool) {
        const alike = this.lines.filter(
            ({ resource, kind }) => resource && (kind === "pool") === isPool
        );
        return [...new Map(alike.map(({ resource, name }) => [resource, name]))];
    }

    place(from, until) {
        return placeOf(this.period, from, until);
    }

    // === WHAT STANDS ON THE ROWS === //

    /** Ask again for all that is seen; what was there stays until the answer comes. */
    async refresh() {
        if (this.free) {
            // Which rows are free is another by now.
            await this.loadRows();
            this.setLines();
        }
        this.asked = new Set();
        this.version++;
        this.notify();
    }

    /** Whether any of these resources, or a whole of it, is seen. */
    isShown(resources) {
        return resources.some((one) => this.asked.has(one) || this.parts.has(one));
    }

    forget() {
        this.contents = new Map();
        this.asked = new Set();
        this.parts = new Set();
        /** Of each resource the number of the newest question that was answered. */
        this.answered = new Map();
        this.generation = (this.generation || 0) + 1;
    }

    /**
     * Ask for what stands on these lines, once.
     *
     * One question at a time: who scrolls on meanwhile changes what the next is about.
     */
    async show(lines) {
        this.wanted = new Set(lines.map((line) => line.resource).filter(Boolean));
        const { generation } = this;
        if (this.asking === generation) {
            return;
        }
        this.asking = generation;
        try {
            for (let ids; generation === this.generation && (ids = this.unasked).length; ) {
                await this.askOnce(ids);
            }
        } finally {
            if (this.asking === generation) {
                this.asking = null;
            }
        }
    }

    /** Of what is wanted and was not asked for, as much as is asked for at once. */
    get unasked() {
        return [...this.wanted].filter((one) => !this.asked.has(one)).slice(0, CHUNK);
    }

    async askOnce(ids) {
        const { asked } = this;
        ids.forEach((one) => asked.add(one));
        try {
            await this.ask(ids);
        } catch (error) {
            // Offline: to be asked again.
            ids.forEach((one) => asked.delete(one));
            throw error;
        }
    }

    async ask(ids) {
        const { generation, period, scale } = this;
        this.number = (this.number || 0) + 1;
        const { number } = this;
        const { bars } = SCALES[scale];
        const span = [period.start, period.stop].map(serializeDateTime);
        const cells = this.edges.map(serializeDateTime);
        const call = (method, args) => this.orm.call("resource.resource", method, [ids, ...args]);
        const [told, opened] = await Promise.all([
            call("timetable", [...span, cells, bars]),
            bars ? call("board_hours", span) : null,
        ]);
        if (generation === this.generation) {
            const fresh = ids.filter((one) => (this.answered.get(one) || 0) < number);
            fresh.forEach((one) => this.answered.set(one, number));
            this.keep(fresh, told, opened);
            this.notify();
        }
    }

    keep(ids, told, opened) {
        const parts = groupBy(rowsOf(told.parts), "whole");
        told.parts.part.forEach((part) => this.parts.add(part));
        const bars = groupBy(told.bars ? rowsOf(told.bars) : [], "resource");
        const loads = groupBy(rowsOf(told.loads), "resource");
        const hours = new Map(
            opened?.resource.map((one, at) => [one, opened.kinds[opened.hours[at]]])
        );
        for (const id of ids) {
            const own = (bars[id] || []).map((bar) => this.toBar(bar));
            const roots = new Set(own.map((bar) => bar.root));
            const ofParts = (parts[id] || [])
                .flatMap(({ part }) => bars[part] || [])
                .filter((bar) => !roots.has(bar.root))
                .map((bar) => ({ ...this.toBar(bar), isPart: true, isMovable: false }));
            const all = [...own, ...ofParts].sort((one, other) => one.from - other.from);
            this.contents.set(id, {
                bars: inLanes(all),
                load: this.toLoad(loads[id]?.[0]),
                closed: hours.has(id) ? closedIn(this.period, hours.get(id)) : [],
            });
        }
    }

    /** What runs on a line now and comes within three months, in order. */
    async whatIsOn({ resource }) {
        if (!resource) {
            return [];
        }
        const now = DateTime.now();
        const span = [now, now.plus({ months: 3 })].map(serializeDateTime);
        const { bars, parts } = await this.orm.call("resource.resource", "timetable", [[resource], ...span]);
        const mine = new Set([resource, ...rowsOf(parts).map(({ part }) => part)]);
        const found = rowsOf(bars).filter((bar) => mine.has(bar.resource));
        const once = new Map(found.map((bar) => [`${bar.root}/${bar.state}`, this.toBar(bar)]));
        return [...once.values()].sort((one, other) => one.from - other.from);
    }

    toBar(bar) {
        const end = this.period.stop.toMillis();
        const inMs = (seconds) => (seconds === null ? end : seconds * 1000);
        const [from, until] = [inMs(bar.taken_from), inMs(bar.taken_until)];
        const [start, stop] = [Math.max(inMs(bar.start), from), Math.min(inMs(bar.stop), until)];
        // Of what is late or made ready the whole bar is beyond the promise.
        const inner = stop > start ? [start, stop] : [from, until];
        return {
            ...bar,
            from,
            until,
            words: inWords(from, bar.taken_until === null ? null : until),
            taken: this.place(from, until),
            place: this.place(...inner),
            look: this.look(bar),
            // What is ready, late, a part or a block is not moved by itself.
            isMovable:
                bar.id === bar.root &&
                ["demand", "group"].includes(bar.kind) &&
                ["hold", "reserved", "out"].includes(bar.state) &&
                this.changeable.has(bar.res_model || false),
        };
    }

    /** How a bar looks: one word for colour, pattern and icon. */
    look({ kind, state }) {
        return kind === "block" ? "block" : state;
    }

    toLoad(load) {
        if (!load) {
            return null;
        }
        // Some room above, or a full one looks as if it were cut.
        const most = Math.max(load.capacity, ...load.load, 1) * 1.15;
        return {
            limit: (load.capacity / most) * 100,
            ...load,
            cells: this.inRuns(load).map(({ taken, held, out, first, last }) => ({
                ...{ taken, held, out },
                height: (taken / most) * 100,
                // Shares of the column: what is out below, options on top.
                outShare: (Math.min(out, taken) / taken) * 100,
                heldShare: (Math.min(held, taken - out) / taken) * 100,
                isOver: taken > load.capacity,
                ...this.place(this.edges[first].toMillis(), this.edges[last + 1].toMillis()),
            })),
        };
    }

    /** Neighbours with the same load as one, those without any left out. */
    inRuns({ load, held, out }) {
        const runs = [];
        load.forEach((taken, at) => {
            const before = runs.at(-1);
            const cell = { taken, held: held[at], out: out[at], first: at, last: at };
            const isSame = ["taken", "held", "out"].every((name) => before?.[name] === cell[name]);
            if (isSame) {
                before.last = at;
            } else {
                runs.push(cell);
            }
        });
        return runs.filter(({ taken }) => taken);
    }

    /** What stands on a line in one cell, as bars and load. */
    inCell(line, cell) {
        const content = this.contents.get(line.resource);
        const [from, until] = [this.edges[cell].toMillis(), this.edges[cell + 1].toMillis()];
        return {
            bars: (content?.bars || []).filter((bar) => bar.from < until && bar.until > from),
            entries: this.basket.of(line).filter(
                (entry) => entry.start.toMillis() < until && entry.stop.toMillis() > from
            ),
            load: content?.load && {
                capacity: content.load.capacity,
                taken: content.load.load[cell],
                held: content.load.held[cell],
                out: content.load.out[cell],
            },
        };
    }
}
