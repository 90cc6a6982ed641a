import { deserializeDateTime } from "@web/core/l10n/dates";
import { localization } from "@web/core/l10n/localization";
import { _t } from "@web/core/l10n/translation";

const STRIP_DAYS = 7;

/** How a moment is typed: to the minute, as the user's language writes it. */
export function inputFormat() {
    return `${localization.dateFormat} ${localization.timeFormat.replace(/[:.]ss/, "")}`;
}

/** The next full hour, for an hour: what most people want first. */
export function nextHour(now) {
    const start = now.plus({ hours: 1 }).startOf("hour");
    return { start, stop: start.plus({ hours: 1 }) };
}

/** Periods that are asked for often, none of them over. */
export function presets(now) {
    const day = now.startOf("day");
    const monday = day.startOf("week").plus({ weeks: 1 });
    return [
        { label: _t("Next hour"), ...nextHour(now) },
        {
            label: _t("Tomorrow"),
            start: day.plus({ days: 1, hours: 9 }),
            stop: day.plus({ days: 1, hours: 17 }),
        },
        {
            label: _t("Weekend"),
            start: day.startOf("week").plus({ days: 4, hours: 16 }),
            stop: monday.plus({ hours: 9 }),
        },
        {
            label: _t("Next week"),
            start: monday.plus({ hours: 8 }),
            stop: monday.plus({ days: 4, hours: 18 }),
        },
    ].filter(({ stop }) => stop > now);
}

/** The days around the period that the strips show, at most a week. */
export function stripBounds(start, stop) {
    const since = start.startOf("day");
    const days = Math.ceil(stop.diff(since, "days").days);
    return [since, since.plus({ days: Math.min(Math.max(days, 1), STRIP_DAYS) })];
}

/** Labels above the strips: days, or hours of a single one. */
export function stripScale([since, until]) {
    const hourly = until.diff(since, "days").days <= 1;
    const labels = [];
    const step = hourly ? { hours: 3 } : { days: 1 };
    for (let at = since; at < until; at = at.plus(step)) {
        labels.push(at.toFormat(hourly ? "HH:mm" : "ccc d LLL"));
    }
    return labels;
}

/** Where a period lies on the strip, in percent of its length; a sliver at least. */
export function placeOnStrip([since, until], start, stop) {
    const whole = until - since;
    const left = Math.max(start - since, 0) / whole;
    const right = Math.min(stop - since, whole) / whole;
    return { left: left * 100, width: Math.max(right - left, 0.004) * 100 };
}

/** What is busy of a row as pieces of the strip; of a pool as high as its share. */
export function busyOnStrip(strip, { busy, kind, capacity }) {
    return busy
        .filter(([, , , state]) => state !== "supply")
        .map(([start, stop, quantity, state]) => {
            const from = deserializeDateTime(start);
            const to = stop ? deserializeDateTime(stop) : strip[1];
            const share = kind === "pool" ? quantity / Math.max(capacity, 1) : 1;
            const height = Math.min(Math.max(share * 100, 15), 100);
            return { ...placeOnStrip(strip, from, to), height, state, start, stop };
        });
}
