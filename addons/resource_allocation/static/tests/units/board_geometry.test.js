import { describe, expect, test } from "@odoo/hoot";
import { allowTranslations } from "@web/../tests/web_test_helpers";
import {
    SCALES,
    closedIn,
    edgesOf,
    inLanes,
    periodOf,
    placeOf,
    ticksOf,
    turn,
} from "@resource_allocation/board/board_geometry";

const { DateTime } = luxon;

/** A moment of March 2027 in Berlin, where the clock goes forward on Sunday the 28th. */
const at = (day, hour = 0, minute = 0) =>
    DateTime.fromObject({ year: 2027, month: 3, day, hour, minute }, { zone: "Europe/Berlin" });
const iso = (...moments) => moments.map((one) => one.toISO().slice(0, 16));

describe.current.tags("headless");

test("each scale begins with its own unit", () => {
    const starts = Object.keys(SCALES).map((scale) => iso(periodOf(scale, at(18, 15)).start)[0]);
    expect(starts).toEqual([
        "2027-03-18T00:00",
        "2027-03-15T00:00",
        "2027-03-15T00:00",
        "2027-03-15T00:00",
        "2027-03-01T00:00",
    ]);
});

test("weeks begin with the day that the language says", () => {
    expect(iso(periodOf("week", at(18), 7).start)).toEqual(["2027-03-14T00:00"]);
    expect(iso(periodOf("week", at(14), 1).start)).toEqual(["2027-03-08T00:00"]);
    expect(iso(periodOf("week", at(14), 7).start)).toEqual(["2027-03-14T00:00"]);
});

test("turned forth and back it is where it was", () => {
    for (const scale of Object.keys(SCALES)) {
        const { start, stop } = periodOf(scale, at(18));
        const later = periodOf(scale, turn(scale, start, 1));
        expect(iso(later.start)).toEqual(iso(stop));
        expect(iso(periodOf(scale, turn(scale, later.start, -1)).start)).toEqual(iso(start));
    }
});

test("a day of the clock change has 23 hours, and a day's cell its true width", () => {
    const day = periodOf("day", at(28));
    expect(edgesOf(day, { hours: 1 }).length).toBe(24);
    const week = periodOf("week", at(28));
    const edges = edgesOf(week, { days: 1 });
    expect(edges.length).toBe(8);
    const [saturday, sunday] = [5, 6].map(
        (number) => placeOf(week, edges[number].toMillis(), edges[number + 1].toMillis()).width
    );
    expect(sunday / saturday).toBeCloseTo(23 / 24, { margin: 1e-6 });
});

test("a day of the clock going back has 25 hours, the same width each, one said twice", () => {
    const autumn = DateTime.fromObject({ year: 2027, month: 10, day: 31 }, { zone: "Europe/Berlin" });
    const day = periodOf("day", autumn);
    const ticks = ticksOf(day, { step: { hours: 1 }, format: (edge) => edge.toFormat("H") });
    expect(ticks.length).toBe(25);
    expect(ticks.slice(1, 5).map(({ label }) => label)).toEqual(["1", "2", "2", "3"]);
    for (const { width } of ticks) {
        expect(width).toBeCloseTo(4, { margin: 1e-6 });
    }
    // Noon is thirteen hours after midnight.
    const noon = autumn.set({ hour: 12 }).toMillis();
    expect(placeOf(day, noon, noon).left).toBeCloseTo((13 / 25) * 100, { margin: 1e-6 });
    const week = periodOf("week", autumn);
    expect(edgesOf(week, { days: 1 }).map(({ hour }) => hour)).toEqual(Array(8).fill(0));
    expect(edgesOf(week, { hours: 1 }).length).toBe(7 * 24 + 1 + 1);
    expect(iso(periodOf("week", turn("week", week.start, 1)).start)).toEqual(["2027-11-01T00:00"]);
});

test("a piece that began before is cut, one beyond is not shown", () => {
    const day = periodOf("day", at(18));
    const before = placeOf(day, at(17).toMillis(), at(18, 6).toMillis());
    expect(before).toEqual({ left: 0, width: 25 });
    expect(placeOf(day, at(18, 12).toMillis(), null)).toEqual({ left: 50, width: 50 });
    expect(placeOf(day, at(20).toMillis(), at(21).toMillis()).width).toBe(0);
});

test("months in a year of weeks stand at their own days", () => {
    const year = periodOf("year", at(18));
    const ticks = ticksOf(year, SCALES.year.minor);
    expect(ticks.length).toBe(12);
    expect(ticks[0].left).toBe(0);
    expect(ticks.at(-1).left + ticks.at(-1).width).toBeCloseTo(100, { margin: 1e-6 });
    expect(edgesOf(year, { weeks: 1 }).length).toBe(54);
});

test("the head names weeks by their middle, months and quarters by their beginning", () => {
    allowTranslations();
    const labels = (scale, line, moment, weekStart) =>
        ticksOf(periodOf(scale, moment, weekStart), SCALES[scale][line], weekStart).map(({ label }) => label);
    // The Sunday before belongs to the week that begins with it, where weeks do.
    expect(labels("month", "major", at(14), 7)[0]).toInclude("11");
    expect(labels("month", "major", at(15), 1)[0]).toInclude("11");
    const quarters = labels("year", "major", at(18));
    expect(quarters).toEqual(["Q1", "Q2", "Q3", "Q4", "Q1"]);
    const months = ticksOf(periodOf("quarter", at(18)), SCALES.quarter.major);
    expect(months.length).toBe(4);
    // What is cut at the beginning is as wide as what is left of it.
    expect(months[0].width).toBeCloseTo(((17 * 24 - 1) / (91 * 24 - 1)) * 100, { margin: 1e-6 });
});

test("what overlaps stands side by side, what touches does not", () => {
    const bar = (from, until) => ({ from, until });
    const lanes = (...bars) => inLanes(bars).map(({ lane, lanes: all }) => `${lane}/${all}`);
    expect(lanes(bar(1, 2), bar(2, 3))).toEqual(["0/1", "0/1"]);
    expect(lanes(bar(1, 4), bar(2, 3), bar(3, 5), bar(5, 6))).toEqual(["0/2", "1/2", "1/2", "0/1"]);
    expect(lanes(bar(1, 9), bar(2, 9), bar(3, 9))).toEqual(["0/3", "1/3", "2/3"]);
    expect(lanes()).toEqual([]);
});

test("closed is what lies between the hours", () => {
    const day = periodOf("day", at(18));
    const seconds = (hour) => at(18).plus({ hours: hour }).toMillis() / 1000;
    expect(closedIn(day, [])).toEqual([{ left: 0, width: 100 }]);
    expect(closedIn(day, [[seconds(0), at(19).toMillis() / 1000]])).toEqual([]);
    expect(closedIn(day, [[seconds(6), seconds(12)], [seconds(18), at(19).toMillis() / 1000]])).toEqual([
        { left: 0, width: 25 },
        { left: 50, width: 25 },
    ]);
    // One within another closes nothing.
    expect(closedIn(day, [[seconds(0), seconds(18)], [seconds(6), seconds(12)]])).toEqual([
        { left: 75, width: 25 },
    ]);
    // What has begun before is cut.
    expect(closedIn(day, [[seconds(-6), seconds(12)]])).toEqual([{ left: 50, width: 50 }]);
});
