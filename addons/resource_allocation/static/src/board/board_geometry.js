/** Where things stand on a board: by instant, labels by the clock on the wall. */

import { localization } from "@web/core/l10n/localization";
import { _t } from "@web/core/l10n/translation";

/** A full hour as the user's language writes it, in few letters. */
const hourOf = (moment) =>
    moment.toFormat(/h/.test(localization.timeFormat || "") ? "h a" : "HH:mm");
/** A week's number is that of its middle, whichever day it begins with. */
const weekOf = (moment) =>
    `${_t("W%s", moment.plus({ days: 3 }).weekNumber)} · ${moment.toFormat("d LLL")}`;
const formatted = (format) => (moment) => moment.toFormat(format);

/**
 * What each scale shows: `range` from an anchor on, `cell` is the smallest piece that is
 * chosen, at least `width` px wide, `minor` and `major` are the two lines of the head.
 * Of a scale without `bars` only loads are drawn: bars would be too small to be told apart.
 */
export const SCALES = {
    day: {
        title: _t("Day"),
        range: { days: 1 },
        cell: { minutes: 15 },
        width: 10,
        minor: { step: { hours: 1 }, format: hourOf },
        major: { step: { days: 1 }, format: formatted("cccc, d LLLL") },
        bars: true,
    },
    week: {
        title: _t("Week"),
        range: { weeks: 1 },
        cell: { hours: 1 },
        width: 6,
        minor: { step: { hours: 6 }, format: formatted("H") },
        major: { step: { days: 1 }, format: formatted("ccc d") },
        bars: true,
    },
    month: {
        title: _t("Month"),
        range: { weeks: 5 },
        cell: { days: 1 },
        width: 26,
        minor: { step: { days: 1 }, format: formatted("d") },
        major: { step: { weeks: 1 }, format: weekOf },
        bars: true,
    },
    quarter: {
        title: _t("Quarter"),
        range: { weeks: 13 },
        cell: { days: 1 },
        width: 9,
        minor: { step: { weeks: 1 }, format: formatted("d") },
        major: { step: { months: 1 }, format: formatted("LLLL") },
        bars: true,
    },
    year: {
        title: _t("Year"),
        range: { months: 12 },
        cell: { weeks: 1 },
        width: 16,
        minor: { step: { months: 1 }, format: formatted("LLL") },
        major: { step: { months: 3 }, format: formatted("'Q'q") },
        bars: false,
    },
};

const UNITS = { days: "day", weeks: "week", months: "month" };

/** The unit that a step begins with: what is shorter than a day begins with its day. */
const unitOf = (step) => {
    const [name, count] = Object.entries(step)[0];
    return name === "months" && count === 3 ? "quarter" : UNITS[name] || "day";
};

/**
 * When the unit with this moment begins, of a week with the day that weeks begin with.
 *
 * @param {number} weekStart 1 is Monday
 */
function beginOf(moment, unit, weekStart) {
    if (unit !== "week") {
        return moment.startOf(unit);
    }
    const back = (moment.weekday - weekStart + 7) % 7;
    return moment.startOf("day").minus({ days: back });
}

/** What a scale shows: from the beginning of the moment's day, week or month on. */
export function periodOf(scale, moment, weekStart = 1) {
    const { range } = SCALES[scale];
    const start = beginOf(moment, unitOf(range), weekStart);
    return { start, stop: start.plus(range) };
}

/** The moment that is one range later, or earlier for a negative `count`. */
export function turn(scale, moment, count) {
    const [[unit, length]] = Object.entries(SCALES[scale].range);
    return moment.plus({ [unit]: length * count });
}

/**
 * Where pieces of a period begin, and where the last one ends.
 *
 * Hours and minutes are real time, so the days of a clock change have 23 and 25 hours;
 * days and longer ones are the calendar's. The first and last piece may be cut.
 */
export function edgesOf({ start, stop }, step, weekStart = 1) {
    const [[unit, length]] = Object.entries(step);
    const first = unit in UNITS ? beginOf(start, unitOf(step), weekStart) : start;
    const edges = [start];
    for (let number = 1; ; number++) {
        const edge = first.plus({ [unit]: length * number });
        if (edge >= stop) {
            return [...edges, stop];
        }
        if (edge > start) {
            edges.push(edge);
        }
    }
}

/** Of a piece of time, as far as the period shows it, its place in per cent. */
export function placeOf({ start, stop }, from, until) {
    const [first, last] = [start.toMillis(), stop.toMillis()];
    const share = (value) => ((Math.min(Math.max(value, first), last) - first) / (last - first)) * 100;
    const left = share(from);
    return { left, width: share(until ?? last) - left };
}

/** The labels of one line of the head. */
export function ticksOf(period, { step, format }, weekStart = 1) {
    const edges = edgesOf(period, step, weekStart);
    return edges.slice(0, -1).map((edge, at) => ({
        label: format(edge),
        ...placeOf(period, edge.toMillis(), edges[at + 1].toMillis()),
    }));
}

/**
 * Bars side by side where they overlap: each gets its `lane` and how many `lanes` there
 * are where it stands. They come in the order in which they begin.
 */
export function inLanes(bars) {
    const placed = [];
    let cluster = [];
    let ends = [];
    const close = () => {
        for (const bar of cluster) {
            bar.lanes = ends.length;
        }
        placed.push(...cluster);
        [cluster, ends] = [[], []];
    };
    for (const bar of bars) {
        if (cluster.length && bar.from >= Math.max(...ends)) {
            close();
        }
        let lane = ends.findIndex((end) => end <= bar.from);
        lane = lane < 0 ? ends.length : lane;
        ends[lane] = bar.until;
        cluster.push({ ...bar, lane });
    }
    close();
    return placed;
}

/** What lies between open hours, as places of the period. */
export function closedIn(period, hours) {
    const closed = [];
    let since = period.start.toMillis();
    for (const [from, until] of [...hours, [period.stop.toMillis() / 1000]]) {
        if (from * 1000 > since) {
            closed.push(placeOf(period, since, from * 1000));
        }
        since = Math.max(since, (until ?? from) * 1000);
    }
    return closed;
}
