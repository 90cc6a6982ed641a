import { describe, expect, test } from "@odoo/hoot";
import {
    busyOnStrip,
    nextHour,
    placeOnStrip,
    presets,
    stripBounds,
    stripScale,
} from "@resource_allocation/find_free/find_free_time";

const { DateTime } = luxon;

/** An instant of March 2027 in UTC; the first is a Monday. */
const at = (day, hour, minute = 0) => DateTime.utc(2027, 3, day, hour, minute);
const iso = (...instants) => instants.map((one) => one.toISO().slice(0, 16));

describe.current.tags("headless");

test("the next hour is a full one", () => {
    for (const minute of [0, 1, 59]) {
        const { start, stop } = nextHour(at(1, 9, minute));
        expect(iso(start, stop)).toEqual(["2027-03-01T10:00", "2027-03-01T11:00"]);
    }
});

test("presets are ahead, in the order of the clock", () => {
    const periods = (now) => presets(now).map(({ start, stop }) => iso(start, stop));
    expect(periods(at(3, 9, 30))).toEqual([
        ["2027-03-03T10:00", "2027-03-03T11:00"],
        ["2027-03-04T09:00", "2027-03-04T17:00"],
        ["2027-03-05T16:00", "2027-03-08T09:00"],
        ["2027-03-08T08:00", "2027-03-12T18:00"],
    ]);
    // Late on Sunday the weekend is not yet over, tomorrow is the next week.
    const sunday = periods(at(7, 22));
    expect(sunday[1]).toEqual(["2027-03-08T09:00", "2027-03-08T17:00"]);
    expect(sunday[2]).toEqual(["2027-03-05T16:00", "2027-03-08T09:00"]);
});

test("the strip shows whole days, one at least and a week at most", () => {
    const days = (start, stop) => iso(...stripBounds(start, stop));
    expect(days(at(1, 9), at(1, 10))).toEqual(["2027-03-01T00:00", "2027-03-02T00:00"]);
    expect(days(at(1, 9), at(2, 0))).toEqual(["2027-03-01T00:00", "2027-03-02T00:00"]);
    expect(days(at(1, 22), at(2, 1))).toEqual(["2027-03-01T00:00", "2027-03-03T00:00"]);
    expect(days(at(1, 9), at(31, 9))).toEqual(["2027-03-01T00:00", "2027-03-08T00:00"]);
});

test("the scale has hours for one day, else days", () => {
    expect(stripScale([at(1, 0), at(2, 0)])).toEqual([
        "00:00", "03:00", "06:00", "09:00", "12:00", "15:00", "18:00", "21:00",
    ]);
    expect(stripScale([at(1, 0), at(4, 0)])).toEqual(["Mon 1 Mar", "Tue 2 Mar", "Wed 3 Mar"]);
});

test("a period lies within the strip, and is never too thin to see", () => {
    const strip = [at(1, 0), at(2, 0)];
    expect(placeOnStrip(strip, at(1, 6), at(1, 12))).toEqual({ left: 25, width: 25 });
    expect(placeOnStrip(strip, at(1, 18), at(9, 0))).toEqual({ left: 75, width: 25 });
    expect(placeOnStrip(strip, DateTime.utc(2027, 2, 1), at(1, 12))).toEqual({ left: 0, width: 50 });
    expect(placeOnStrip(strip, at(1, 12), at(1, 12, 1)).width).toBe(0.4);
});

test("what is busy: open ends reach the edge, pools are as high as their share", () => {
    const strip = [at(1, 0), at(2, 0)];
    const busy = [
        ["2027-03-01 06:00:00", "2027-03-01 12:00:00", 4, "reserved"],
        ["2027-03-01 12:00:00", false, 1, "out"],
        ["2027-03-01 00:00:00", "2027-03-02 00:00:00", 5, "supply"],
    ];
    const shown = (row) =>
        busyOnStrip(strip, { busy, ...row }).map(({ left, width, height, state }) => [
            left,
            width,
            height,
            state,
        ]);
    expect(shown({ kind: "single", capacity: 1 })).toEqual([
        [25, 25, 100, "reserved"],
        [50, 50, 100, "out"],
    ]);
    expect(shown({ kind: "pool", capacity: 10 })).toEqual([
        [25, 25, 40, "reserved"],
        [50, 50, 15, "out"],
    ]);
    expect(shown({ kind: "pool", capacity: 0 })[0][2]).toBe(100);
});
