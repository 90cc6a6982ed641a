import { browser } from "@web/core/browser/browser";
import { deserializeDateTime, serializeDateTime } from "@web/core/l10n/dates";
import { ConnectionLostError } from "@web/core/network/rpc";

/** How many deeds can be taken back. */
const LAST = 10;

/** An entry as the server takes it, and as it is kept. */
export const entryToSend = ({ key, start, stop, ...entry }) => ({
    ...entry,
    start: serializeDateTime(start),
    stop: serializeDateTime(stop),
});

/**
 * The periods that were chosen and have become no documents yet (C21–C22).
 *
 * Each has `key`, `row`, `resource`, `name`, `isPool`, `start`, `stop` (DateTime),
 * `quantity` and `kind`. They are kept in the browser's tab under the name of the basket,
 * so that they are there again after another screen, or when the page was loaded anew.
 */
export class BoardBasket {
    constructor(name) {
        this.name = name;
        this.number = 0;
        this.kind = null;
        this.entries = [];
        const kept = JSON.parse(browser.sessionStorage.getItem(name) || "[]");
        for (const { start, stop, ...entry } of kept) {
            this.add({ ...entry, start: deserializeDateTime(start), stop: deserializeDateTime(stop) });
        }
    }

    get size() {
        return this.entries.length;
    }

    /** Put an entry in, or another one in its place. What kind it is is proposed next. */
    add(entry) {
        this.kind = entry.kind;
        const key = entry.key || ++this.number;
        const at = this.entries.findIndex((one) => one.key === key);
        this.entries.splice(at < 0 ? this.size : at, at < 0 ? 0 : 1, { ...entry, key });
        this.keep();
        return key;
    }

    remove(keys) {
        this.entries = this.entries.filter(({ key }) => !keys.includes(key));
        this.keep();
    }

    keep() {
        browser.sessionStorage.setItem(this.name, JSON.stringify(this.export()));
    }

    /** The entries on one line of the board. */
    of({ row, resource }) {
        return this.entries.filter((entry) => entry.row === row && entry.resource === resource);
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

    /** Note a deed; `keys` are the entries of the basket it is about. */
    add(label, undo, keys = []) {
        this.deeds = [...this.deeds, { label, undo, keys }].slice(-LAST);
    }

    /** Forget what was done with entries that have become documents. */
    forget(gone) {
        this.deeds = this.deeds.filter(({ keys }) => !keys.some((key) => gone.includes(key)));
    }

    /** Take the last deed back. What is refused is no more; offline it stays. */
    async undo() {
        const deed = this.last;
        this.deeds = this.deeds.slice(0, -1);
        try {
            await deed?.undo();
        } catch (error) {
            if (error instanceof ConnectionLostError) {
                this.deeds = [...this.deeds, deed];
            }
            throw error;
        }
    }
}
