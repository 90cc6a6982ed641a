import { deserializeDateTime, serializeDateTime } from "@web/core/l10n/dates";

/** How many deeds can be taken back. */
const LAST = 10;

/** An entry as the server takes it, and the state of the screen. */
export const entryToSend = ({ key, start, stop, ...entry }) => ({
    ...entry,
    start: serializeDateTime(start),
    stop: serializeDateTime(stop),
});

/**
 * The periods that were chosen and have become no documents yet (C21–C22).
 *
 * Each has `key`, `row`, `resource`, `name`, `start`, `stop` (DateTime), `quantity` and
 * `kind`. They go with the board when another screen is opened from it.
 */
export class BoardBasket {
    constructor(entries = []) {
        this.number = 0;
        this.kind = null;
        this.entries = [];
        for (const { start, stop, ...entry } of entries) {
            this.add({ ...entry, start: deserializeDateTime(start), stop: deserializeDateTime(stop) });
        }
    }

    get size() {
        return this.entries.length;
    }

    /** Put an entry in, or another one in its place. What kind it is is proposed next. */
    add(entry) {
        this.kind = entry.kind;
        const at = this.entries.findIndex(({ key }) => key === entry.key);
        if (at < 0) {
            this.entries.push({ ...entry, key: ++this.number });
        } else {
            this.entries[at] = entry;
        }
        return this.entries.at(at).key;
    }

    remove(keys) {
        this.entries = this.entries.filter(({ key }) => !keys.includes(key));
    }

    /** The entries on one line of the board. */
    of({ resource }) {
        return resource ? this.entries.filter((entry) => entry.resource === resource) : [];
    }

    export() {
        return this.entries.map(entryToSend);
    }
}

/** The last deeds on a board, each with its way back. */
export class BoardHistory {
    deeds = [];

    get last() {
        return this.deeds.at(-1);
    }

    add(label, undo) {
        this.deeds = [...this.deeds, { label, undo }].slice(-LAST);
    }

    /** Take the last deed back; it stays where it cannot be. */
    async undo() {
        const deed = this.last;
        if (deed) {
            await deed.undo();
            this.deeds = this.deeds.filter((one) => one !== deed);
        }
    }
}
