import { describe, expect, test } from "@odoo/hoot";
import { ConnectionLostError } from "@web/core/network/rpc";
import { BoardBasket, BoardHistory } from "@resource_allocation/board/board_basket";

const { DateTime } = luxon;

describe.current.tags("headless");

const entry = (resource, hour = 8, more = {}) => ({
    row: 1,
    resource,
    name: "Drill",
    start: DateTime.utc(2027, 3, 18, hour),
    stop: DateTime.utc(2027, 3, 18, hour + 1),
    quantity: 1,
    kind: "option",
    ...more,
});

test("each selection is one, on its own row, and can be changed and taken out", () => {
    const basket = new BoardBasket("drills");
    const first = basket.add(entry(7));
    const second = basket.add(entry(7, 10, { kind: "rental" }));
    basket.add(entry(8));
    expect(basket.of({ row: 1, resource: 7 }).map(({ key }) => key)).toEqual([first, second]);
    expect(basket.of({ row: 2, resource: 7 })).toEqual([]);
    expect(basket.kind).toBe("option");
    basket.add({ ...basket.entries[0], quantity: 3 });
    expect(basket.entries.map(({ quantity }) => quantity)).toEqual([3, 1, 1]);
    basket.remove([second]);
    expect(basket.size).toBe(2);
    // A number is not given twice: an undo would take out another.
    expect(basket.add(entry(9))).not.toBe(second);
});

test("nothing of a selection is lost by another screen, or when the page is loaded anew", () => {
    const basket = new BoardBasket("drills");
    basket.add(entry(7, 8, { quantity: 4, kind: "rental" }));
    const gone = basket.add(entry(8));
    basket.remove([gone]);
    const again = new BoardBasket("drills");
    const [{ start, stop, quantity, kind, row, resource }] = again.entries;
    expect(again.size).toBe(1);
    expect(start.toMillis()).toBe(entry(7).start.toMillis());
    expect(stop.toMillis()).toBe(entry(7).stop.toMillis());
    expect([quantity, kind, row, resource]).toEqual([4, "rental", 1, 7]);
    expect(again.export()[0].start).toBe("2027-03-18 08:00:00");
    // Another user, or another board, has one of its own.
    expect(new BoardBasket("rooms").size).toBe(0);
});

test("the last ten deeds are taken back, the last one first", async () => {
    const history = new BoardHistory();
    const undone = [];
    for (let number = 1; number <= 12; number++) {
        history.add(`deed ${number}`, () => undone.push(number));
    }
    while (history.last) {
        await history.undo();
    }
    await history.undo();
    expect(undone).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3]);
});

test("what was taken out comes back as it was, and goes again", () => {
    const basket = new BoardBasket("drills");
    const key = basket.add(entry(7, 8, { quantity: 4 }));
    const [gone] = basket.entries;
    basket.remove([key]);
    expect(basket.add(gone)).toBe(key);
    expect(basket.entries[0].quantity).toBe(4);
    basket.remove([key]);
    expect(basket.size).toBe(0);
});

test("a deed that is refused is no more, and offline it stays", async () => {
    const history = new BoardHistory();
    history.add("earlier", () => {});
    history.add("refused", () => Promise.reject(new Error("changed meanwhile")));
    await expect(history.undo()).rejects.toThrow();
    expect(history.last.label).toBe("earlier");
    history.add("offline", () => Promise.reject(new ConnectionLostError("/")));
    await expect(history.undo()).rejects.toThrow();
    expect(history.last.label).toBe("offline");
});

test("what has become a document is not taken back here, what was moved is", () => {
    const history = new BoardHistory();
    history.add("first", () => {}, [1]);
    history.add("move", () => {});
    history.add("second", () => {}, [2]);
    history.forget([2, 3]);
    expect(history.deeds.map(({ label }) => label)).toEqual(["first", "move"]);
});
