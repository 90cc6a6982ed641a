import { _t } from "@web/core/l10n/translation";

/** How a bar looks: a word and an icon besides colour and pattern, for who sees neither. */
export const LOOKS = {
    hold: { label: _t("Held"), icon: "fa-hourglass-half" },
    reserved: { label: _t("Reserved"), icon: "fa-bookmark-o" },
    out: { label: _t("In use"), icon: "fa-sign-out" },
    late: { label: _t("Late"), icon: "fa-clock-o" },
    teardown: { label: _t("Made ready"), icon: "fa-refresh" },
    block: { label: _t("Blocked"), icon: "fa-ban" },
};

const DAY = { weekday: "short", day: "numeric", month: "short" };
const TIME = { hour: "2-digit", minute: "2-digit" };

/** A moment in words, with its year where that is another than this one. */
function momentInWords(moment) {
    const isThisYear = moment.hasSame(luxon.DateTime.now(), "year");
    const year = isThisYear ? {} : { year: "numeric" };
    return moment.toLocaleString({ ...DAY, ...year, ...TIME });
}

/** A period in words; of the same day the day is said once; without an end, since when. */
export function inWords(from, until) {
    const first = luxon.DateTime.fromMillis(from);
    if (until === null) {
        return _t("from %s on", momentInWords(first));
    }
    const last = luxon.DateTime.fromMillis(until);
    const isSameDay = first.hasSame(last, "day");
    const end = isSameDay ? last.toLocaleString(TIME) : momentInWords(last);
    return `${momentInWords(first)} – ${end}`;
}

/** How much of something is taken, and of that in use and held. */
export function loadInWords({ taken, held, out }, { capacity }) {
    const words = [_t("%(taken)s of %(capacity)s taken", { taken, capacity })];
    if (out) {
        words.push(_t("%s in use", out));
    }
    if (held) {
        words.push(_t("%s held", held));
    }
    return words.join(", ");
}

/** A bar in words, as its title and for who hears it. */
export function barInWords(bar) {
    const words = [bar.label, LOOKS[bar.look].label, bar.words];
    if (bar.quantity > 1) {
        words.push(_t("%s pieces", bar.quantity));
    }
    if (bar.late && bar.look !== "late") {
        words.push(_t("late"));
    }
    if (bar.at_risk) {
        words.push(_t("at risk"));
    }
    return words.join(", ");
}

/** A place on the line, from where the reader begins: times run as the language is read. */
export function boxStyle({ left, width }) {
    return `inset-inline-start: ${left}%; width: ${width}%;`;
}
