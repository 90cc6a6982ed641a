import { describe, expect, test } from "@odoo/hoot";
import { mockDate } from "@odoo/hoot-mock";
import { allowTranslations, patchWithCleanup } from "@web/../tests/web_test_helpers";
import { localization } from "@web/core/l10n/localization";
import { freeInWords } from "@resource_allocation/board/board_free";
import { inWords } from "@resource_allocation/board/board_looks";
import { BoardModel } from "@resource_allocation/board/board_model";

const { DateTime } = luxon;

describe.current.tags("headless");

/** A board of one day of March 2027, without a server. */
function makeBoard(kept = {}, orm = {}) {
    allowTranslations();
    patchWithCleanup(localization, { weekStart: 1, timeFormat: "HH:mm:ss" });
    const params = { resModel: "resource.resource", scale: "day", ...kept };
    const model = new BoardModel({}, params, { orm });
    model.setPeriod({ anchor: DateTime.utc(2027, 3, 18, 9) });
    return model;
}

const seconds = (hour) => DateTime.utc(2027, 3, 18, hour).toSeconds();

test("groups with the same name are told apart", () => {
    const model = makeBoard();
    model.rows = [
        { id: 1, resource: 1 },
        { id: 2, resource: 2 },
    ];
    model.groups = [
        { label: "Main", rows: [0] },
        { label: "Main", rows: [0, 1] },
    ];
    model.setLines();
    expect(new Set(model.lines.map(({ key }) => key)).size).toBe(5);
    model.toggleGroup({ label: "Main" });
    expect(model.lines.map(({ type }) => type)).toEqual(["group", "group"]);
});

test("what has no end says so, and is drawn to the end", () => {
    const model = makeBoard();
    const bar = { start: seconds(6), taken_from: seconds(6), stop: null, taken_until: null };
    const shown = model.toBar({ ...bar, kind: "demand", state: "out" });
    expect(shown.words).toInclude("on");
    expect(shown.words).not.toInclude("–");
    expect(shown.taken).toEqual({ left: 25, width: 75 });
    expect(shown.look).toBe("out");
    const ended = model.toBar({ ...bar, stop: seconds(12), taken_until: seconds(12) });
    expect(ended.words).toInclude("–");
});

test("a pool's equal neighbours are one, empty ones none, too many stand out", () => {
    const model = makeBoard();
    const taken = Array(96).fill(0).fill(2, 8, 16).fill(5, 16, 20);
    const none = Array(96).fill(0);
    const { cells, limit } = model.toLoad({ capacity: 4, load: taken, held: none, out: none });
    expect(cells.map(({ taken: one }) => one)).toEqual([2, 5]);
    expect(cells.map(({ isOver }) => isOver)).toEqual([false, true]);
    expect(cells[1].height).toBeGreaterThan(limit);
});

test("C20 of a pool's load options and what is out are told apart", () => {
    const model = makeBoard();
    const fill = (value, from, until) => Array(96).fill(0).fill(value, from, until);
    const load = { capacity: 8, load: fill(4, 8, 16), held: fill(1, 12, 16), out: fill(2, 8, 16) };
    const { cells } = model.toLoad(load);
    expect(cells.map(({ held, out }) => [held, out])).toEqual([
        [0, 2],
        [1, 2],
    ]);
    expect(cells.map(({ heldShare }) => heldShare)).toEqual([0, 25]);
    expect(cells[0].outShare).toBe(50);
});

test("what belongs to parts stands on the whole, once", () => {
    const model = makeBoard();
    const names = ["root", "resource", "taken_from", "taken_until", "start", "stop", "state"];
    const row = (root, resource, hour) => {
        const [from, until] = [seconds(hour), seconds(hour + 1)];
        return [root, resource, from, until, from, until, "reserved"];
    };
    // Booked whole, with its parts; and a part by itself.
    const rows = [row(1, 9, 8), row(1, 10, 8), row(1, 11, 8), row(2, 10, 12)];
    const bars = Object.fromEntries(names.map((name, at) => [name, rows.map((one) => one[at])]));
    const told = {
        bars,
        parts: { whole: [9, 9], part: [10, 11] },
        loads: { resource: [], capacity: [], load: [], held: [], out: [] },
    };
    model.keep([9, 10], told, null);
    const shown = model.contents.get(9).bars;
    expect(shown.map(({ root, isPart }) => [root, Boolean(isPart)])).toEqual([
        [1, false],
        [2, true],
    ]);
    expect(model.contents.get(10).bars.length).toBe(2);
});

test("a cell later is a day of the calendar in a month, and real time in a day", () => {
    const model = makeBoard();
    model.setPeriod({ scale: "month" });
    const before = DateTime.fromISO("2027-03-27T09:00", { zone: "Europe/Oslo" });
    expect(model.shift(before, 1).toISO()).toBe("2027-03-28T09:00:00.000+02:00");
    model.setPeriod({ scale: "week" });
    const night = DateTime.fromISO("2027-03-28T01:00", { zone: "Europe/Oslo" });
    expect(model.shift(night, 1).hour).toBe(3);
});

test("a place on the line is the cell that is drawn there, also after a clock change", () => {
    const model = makeBoard();
    const anchor = DateTime.fromObject({ year: 2027, month: 3, day: 22 }, { zone: "Europe/Oslo" });
    model.setPeriod({ scale: "month", anchor });
    model.edges.slice(0, -1).forEach((edge, cell) => {
        const { left, width } = model.place(edge.toMillis(), model.edges[cell + 1].toMillis());
        for (const part of [0.001, 0.5, 0.999]) {
            expect(model.cellAt((left + width * part) / 100)).toBe(cell);
        }
    });
    // Beyond both ends it is the first, and the last.
    expect(model.cellAt(-0.1)).toBe(0);
    expect(model.cellAt(1)).toBe(34);
    expect(model.cellAt(1.1)).toBe(34);
});

test("bars are moved by who may, and not what is over, a part or a fact", () => {
    const model = makeBoard();
    const times = { start: seconds(6), stop: seconds(8), taken_from: seconds(6), taken_until: seconds(8) };
    const bar = { ...times, id: 1, root: 1, kind: "demand", state: "reserved", res_model: null };
    const isMovable = (changes) => model.toBar({ ...bar, ...changes }).isMovable;
    expect(isMovable({})).toBe(false);
    model.changeable = new Set([false, "bike.trip"]);
    expect(isMovable({})).toBe(true);
    expect(isMovable({ res_model: "bike.trip" })).toBe(true);
    expect(isMovable({ res_model: "other" })).toBe(false);
    for (const state of ["teardown", "late", "done"]) {
        expect(isMovable({ state })).toBe(false);
    }
    expect(isMovable({ kind: "block" })).toBe(false);
    expect(isMovable({ root: 2 })).toBe(false);
});

test("what is shown is asked again, also for a part of a whole", () => {
    const model = makeBoard();
    model.asked.add(9);
    model.keep([9], { parts: { whole: [9], part: [10] }, loads: { resource: [] } }, null);
    expect(model.isShown([11])).toBe(false);
    expect(model.isShown([11, 10])).toBe(true);
    const shown = model.contents.get(9);
    model.refresh();
    expect(model.asked.size).toBe(0);
    expect(model.contents.get(9)).toBe(shown);
});

test("what narrows the rows, and what is unfolded, is kept beside another screen", async () => {
    const asked = [];
    const rows = { id: [1], resource: [1], name: ["Bikes"], units: [2] };
    const orm = {
        call: (_model, method, args) => {
            asked.push([method, args]);
            return Promise.resolve(
                method === "board_rows" ? { rows, groups: [{ label: "", rows: [0] }], more: 0 } : []
            );
        },
    };
    const model = makeBoard({}, orm);
    await model.load({ domain: [["id", "=", 1]], groupBy: [], context: {} });
    await model.toggleUnits({ resource: 1 });
    const [start, stop] = [DateTime.utc(2027, 3, 18, 9), DateTime.utc(2027, 3, 18, 12)];
    await model.setFree({ start, stop, minutes: 60, quantity: 2 });
    const told = { start: "2027-03-18 09:00:00", stop: "2027-03-18 12:00:00", minutes: 60, quantity: 2 };
    expect(asked.filter(([method]) => method === "board_rows").map(([, args]) => args)).toInclude([
        [["id", "=", 1]],
        [],
        told,
    ]);
    const kept = model.exportState();
    expect(kept.free).toEqual(told);
    expect(kept.unfolded).toEqual([1]);
    const again = makeBoard(kept, orm);
    await again.load({ domain: [], groupBy: [], context: {} });
    expect(again.free.stop.toMillis()).toBe(stop.toMillis());
    expect(again.lines.map(({ type }) => type)).toEqual(["row", "unit"]);
    expect(again.toPrint("Board").free).toEqual(told);
    await again.setFree(null);
    const [, last] = asked.findLast(([method, args]) => method === "board_rows" && args.length === 3);
    expect(last).toEqual([[], [], null]);
});

test("a moment of another year says of which", () => {
    mockDate("2027-03-18 10:20:00", 0);
    makeBoard();
    const said = (from, until) => inWords(from.toMillis(), until && until.toMillis());
    expect(said(DateTime.utc(2025, 12, 28, 23), null)).toInclude("2025");
    const days = said(DateTime.utc(2027, 12, 31, 23), DateTime.utc(2028, 1, 1, 2));
    expect(days).toInclude("2028");
    expect(days).not.toInclude("2027");
    expect(said(DateTime.utc(2027, 3, 18, 9), DateTime.utc(2027, 3, 18, 11))).not.toInclude("2027");
});

test("a free time is looked for in words that say how many and how long", () => {
    makeBoard();
    const [start, stop] = [DateTime.utc(2027, 3, 18, 9), DateTime.utc(2027, 3, 20, 9)];
    const said = (minutes, quantity) => freeInWords({ start, stop, minutes, quantity });
    expect(said(0, 1)).toMatch(/^Free: .*18.*20/);
    expect(said(90, 3)).toMatch(/^3 pieces free for 1.5 hours: /);
    expect(said(2880, 1)).toMatch(/^Free for 2 days: /);
});

test("where no time was pointed at, the next hour is proposed, or the morning", () => {
    mockDate("2027-03-18 10:20:00", 0);
    const model = makeBoard();
    const said = () => model.proposed().map((moment) => moment.toUTC().toFormat("d HH:mm"));
    model.setPeriod({ anchor: DateTime.now() });
    expect(said()).toEqual(["18 11:00", "18 12:00"]);
    model.turn(1);
    expect(said()).toEqual(["19 09:00", "19 10:00"]);
    model.setPeriod({ scale: "month", anchor: DateTime.now() });
    expect(said()).toEqual(["19 00:00", "20 00:00"]);
});
