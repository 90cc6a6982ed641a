import { after, beforeEach, describe, expect, test } from "@odoo/hoot";
import { click, drag, edit, press, select, queryAll, queryFirst, waitFor, waitForNone, waitUntil } from "@odoo/hoot-dom";
import { animationFrame, mockDate, mockTimeZone } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    defineModels,
    fields,
    getMockEnv,
    makeServerError,
    models,
    mountView,
    onRpc,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";
import { BoardContent } from "@resource_allocation/board/board_content";

const { DateTime } = luxon;

describe.current.tags("desktop");

/** A day has 96 cells of a quarter of an hour. */
const CELLS = 96;
const HOUR = 4;
const seconds = (hour) => DateTime.utc(2027, 3, 18, hour).toSeconds();
/** As many rows as names, told as columns. */
const columns = (names, ...rows) => Object.fromEntries(names.map((name) => [name, rows.map((row) => row[name])]));

class Thing extends models.Model {
    _name = "resource.resource";
    name = fields.Char();
    _views = { search: "<search/>" };
}

class Allocation extends models.Model {
    _name = "resource.allocation";
    name = fields.Char();
}

defineMailModels();
defineModels([Thing, Allocation]);

const ROW = ["id", "name", "resource", "kind", "units", "favorite"];
const ROOMS = ["Aula", "Studio"].map((name, at) => ({
    ...{ id: at + 1, name, resource: at + 1, kind: "single", units: 0, favorite: false },
}));
const TALK = {
    ...{ id: 7, root: 7, resource: 1, quantity: 1, state: "reserved", kind: "demand" },
    ...{ late: false, at_risk: false, res_model: null, res_id: null, label: "Talk" },
    ...{ start: seconds(12), taken_from: seconds(12), stop: seconds(14), taken_until: seconds(14) },
};

/** What comes back where nothing is reached. */
const offline = () => new Response("", { status: 502 });
const refuse = (message) => () => {
    throw makeServerError({ type: "ValidationError", message });
};
const verdict = (message) => ({ index: 0, message, holders: [], proposals: [] });

/** What the server says; a test changes what it is about. */
let server;

beforeEach(() => {
    mockTimeZone(0);
    mockDate("2027-03-18 09:00:00");
    const details = { contact: false, buttons: [] };
    server = { bars: [TALK], kinds: [], changeable: [false], details, isOfThings: true };
    const bars = (ids) => server.bars.filter((bar) => ids.includes(bar.resource));
    const none = { resource: [], capacity: [], load: [], held: [], out: [] };
    onRpc("board_rows", ({ args: [, , free] }) => {
        const rows = free ? ROOMS.slice(1) : ROOMS;
        server.free = free;
        const groups = [{ label: "", rows: [...rows.keys()] }];
        return { rows: columns(ROW, ...rows), groups, more: 0, of_things: server.isOfThings };
    });
    onRpc("board_details", () => server.details);
    onRpc("board_kinds", () => server.kinds);
    onRpc("board_changeable", () => server.changeable);
    onRpc("board_hours", ({ args: [ids] }) => ({ resource: ids, hours: ids.map(() => 0), kinds: [[[seconds(0), seconds(24)]]] }));
    onRpc("timetable", ({ args: [ids] }) => {
        if (server.isOffline) {
            return offline();
        }
        return { parts: { whole: [], part: [] }, loads: none, bars: columns(Object.keys(TALK), ...bars(ids)) };
    });
    for (const method of ["board_preview", "change", "board_check"]) {
        onRpc(method, ({ args, kwargs }) => {
            expect.step(method);
            return server[method](...args, kwargs);
        });
    }
});

const mountBoard = () =>
    mountView({ type: "resource_board", resModel: "resource.resource", arch: `<resource_board scale="day"/>` });

const BAR = ".o_board_bar";
const SAVE = ".modal .o_board_period_save";
const trackOf = (row) => `.o_board_line:eq(${row}) .o_board_track`;
/** Where the bar is drawn, in which row. */
const placeOfBar = () => {
    const bar = queryFirst(BAR);
    return [bar.closest(".o_board_line").getAttribute("aria-rowindex"), bar.getAttribute("style")];
};

/** Where a cell of a row is, for the mouse. */
function atCell(row, cell) {
    const { width } = queryFirst(trackOf(row)).getBoundingClientRect();
    return { position: { x: (width * (cell + 0.5)) / CELLS, y: 5 }, relative: true };
}

/** Take the bar just after one o'clock, and let it go at another hour, in a row. */
async function moveBar(hour, row = 0) {
    const { width } = queryFirst(BAR).getBoundingClientRect();
    const { moveTo, drop } = await drag(BAR, { position: { x: width / 2 + 3, y: 5 }, relative: true });
    await moveTo(trackOf(row), atCell(row, hour * HOUR));
    await animationFrame();
    await drop();
    await animationFrame();
}

/** Choose these hours of the second row. */
async function dragOver(first, last) {
    const { moveTo, drop } = await drag(trackOf(1), atCell(1, first * HOUR));
    await moveTo(trackOf(1), atCell(1, last * HOUR - 1));
    await drop();
}

/** The window says why not, cannot be saved, and all is as it was. */
async function expectRefused(words, ...asked) {
    const before = placeOfBar();
    await waitFor(`.modal:contains(${words})`);
    expect(SAVE).not.toBeEnabled();
    await press("Enter");
    await click(".modal .btn:contains(Cancel)");
    await waitForNone(".modal");
    expect.verifySteps(asked);
    expect(".o_board_moved").toHaveCount(0);
    expect(placeOfBar()).toEqual(before);
    expect(queryFirst(".o_board_scroll")).toBeFocused();
}

/** The board is as good as before: a move that fits is made. */
async function expectUsable() {
    server.board_preview = () => ({ verdicts: [], notes: [] });
    const seen = { start: "2027-03-18 12:00:00", stop: "2027-03-18 14:00:00", resource_id: 1 };
    server.change = (ids, vals, kwargs) => {
        expect(vals).toEqual({ start: "2027-03-18 16:00:00", stop: "2027-03-18 18:00:00" });
        expect(kwargs.seen).toEqual(seen);
        server.bars = [{ ...TALK, start: seconds(16), taken_from: seconds(16), stop: seconds(18), taken_until: seconds(18) }];
        return ids;
    };
    const [, before] = placeOfBar();
    await moveBar(17);
    await waitFor(`${SAVE}:enabled`);
    await click(SAVE);
    await waitForNone(".modal");
    await waitFor(".o_board_undo:enabled");
    await waitUntil(() => placeOfBar()[1] !== before);
    expect.verifySteps(["board_preview", "change"]);
    // And back: only if it is still as it was left.
    server.change = (ids, vals, kwargs) => {
        expect(vals).toEqual({ start: seen.start, stop: seen.stop });
        expect(kwargs.seen).toEqual({ start: "2027-03-18 16:00:00", stop: "2027-03-18 18:00:00" });
        server.bars = [TALK];
        return ids;
    };
    await click(".o_board_undo");
    await waitUntil(() => placeOfBar()[1] === before);
    expect.verifySteps(["change"]);
}

test("C21 a move into the past is refused before anybody is asked", async () => {
    await mountBoard();
    await waitFor(BAR);
    await moveBar(6);
    await expectRefused("That time is over");
    await expectUsable();
});

for (const words of ["Aula is closed then", "6 wanted, 5 free", "Taken by Lecture"]) {
    test(`C21 a move that does not fit is refused: ${words}`, async () => {
        server.board_preview = () => ({ verdicts: [verdict(words)], notes: [] });
        await mountBoard();
        await waitFor(BAR);
        await moveBar(18);
        await expectRefused(words, "board_preview");
        await expectUsable();
    });
}

test("C21 what the server refuses of another row is said in words", async () => {
    server.board_preview = ([ids], vals, seen) => {
        expect([ids, vals.resource_id, seen.resource_id]).toEqual([7, 2, 1]);
        return refuse("Studio is of another company")();
    };
    await mountBoard();
    await waitFor(BAR);
    await moveBar(13, 1);
    await expectRefused("Studio is of another company", "board_preview");
});

test("C21 what was changed meanwhile is refused when it is saved, and the window stays", async () => {
    server.board_preview = () => ({ verdicts: [], notes: ["S1: 200 instead of 100."] });
    server.change = refuse("Talk was changed meanwhile: Stop");
    await mountBoard();
    await waitFor(BAR);
    await moveBar(18);
    await waitFor(".modal:contains(S1: 200 instead of 100.)");
    expect.errors(1);
    await click(`${SAVE}:enabled`);
    await waitFor(".modal:contains(Talk was changed meanwhile)");
    expect.verifyErrors(["changed meanwhile"]);
    expect.verifySteps(["board_preview", "change"]);
    expect(".o_board_undo").toHaveCount(0);
});

test("offline nothing is written, it is said, and the board is usable after", async () => {
    server.board_preview = offline;
    await mountBoard();
    await waitFor(BAR);
    const before = placeOfBar();
    expect.errors(1);
    await moveBar(18);
    await animationFrame();
    expect.verifyErrors(["Connection"]);
    expect.verifySteps(["board_preview"]);
    expect(SAVE).not.toBeEnabled();
    await click(".modal .btn:contains(Cancel)");
    await waitForNone(".modal");
    expect(placeOfBar()).toEqual(before);
    await expectUsable();
});

test("offline when it is saved, the window stays to be saved again", async () => {
    server.board_preview = () => ({ verdicts: [], notes: [] });
    server.change = offline;
    await mountBoard();
    await waitFor(BAR);
    await moveBar(18);
    await waitFor(`${SAVE}:enabled`);
    expect.errors(1);
    await click(SAVE);
    await animationFrame();
    expect.verifyErrors(["Connection"]);
    expect(".o_board_undo").toHaveCount(0);
    server.change = ([ids]) => ids;
    await click(`${SAVE}:enabled`);
    await waitForNone(".modal");
    expect.verifySteps(["board_preview", "change", "change"]);
    await waitFor(".o_board_undo:enabled");
});

test("who only looks sees the board, and drags nothing", async () => {
    server.changeable = [];
    await mountBoard();
    await waitFor(BAR);
    expect(".o_board_movable").toHaveCount(0);
    await moveBar(18);
    expect(".modal").toHaveCount(0);
    expect(".o_board_moved").toHaveCount(0);
    // Over free time: what is known of the row, and nothing to be chosen.
    await dragOver(15, 17);
    await waitFor(".o_board_panel:contains(Studio)");
    expect(".modal, .o_board_basket, .o_board_move").toHaveCount(0);
    expect.verifySteps([]);
});

test("C21 a period that does not fit does not come into the basket", async () => {
    server.kinds = [["reservation", "Reservation"]];
    server.board_check = () => [verdict("Studio is closed then")];
    await mountBoard();
    await waitFor(BAR);
    await dragOver(15, 17);
    await waitFor(".modal:contains(Studio is closed then)");
    expect(SAVE).not.toBeEnabled();
    await click(".modal .btn:contains(Cancel)");
    await waitForNone(".modal");
    expect(".o_board_basket, .o_board_entry").toHaveCount(0);
    expect.verifySteps(["board_check"]);
});

test("C22 periods of one basket compete, each is told what is in its own way", async () => {
    server.kinds = [["reservation", "Reservation"]];
    const asked = [];
    server.board_check = (entries) => {
        asked.push(entries.map(({ resource, start }) => [resource, start]));
        // The first of two is refused, and each window asks last of its own.
        return entries.length > 1 ? [verdict("Not this one")] : [];
    };
    await mountBoard();
    await waitFor(BAR);
    const choose = async (hour) => {
        await dragOver(hour, hour + 1);
        await waitFor(`${SAVE}:enabled`);
        await click(SAVE);
        await waitForNone(".modal");
    };
    await choose(15);
    await choose(17);
    const [first, second] = [15, 17].map((hour) => [2, `2027-03-18 ${hour}:00:00`]);
    // Opened again, the first is asked after the second.
    await click(".o_board_chosen:first");
    await waitFor(".modal:contains(Free)");
    expect(asked).toEqual([[first], [first, second], [second, first]]);
    await click(".o_board_period_remove");
    await waitUntil(() => queryAll(".o_board_chosen").length === 1);
    expect.verifySteps(["board_check", "board_check", "board_check"]);
});

test("what could not be asked for offline is asked for again", async () => {
    server.isOffline = true;
    expect.errors(1);
    await mountBoard();
    await animationFrame();
    expect.verifyErrors(["Connection"]);
    expect(BAR).toHaveCount(0);
    server.isOffline = false;
    await click(".o_board_scroll");
    await press("ArrowDown");
    await waitFor(BAR);
});

test("the list has the same rows, periods and deeds, to read", async () => {
    server.kinds = [["reservation", "Reservation"]];
    server.board_check = () => [];
    await mountBoard();
    await waitFor(BAR);
    await click(".o_board_as_list");
    await waitFor(".o_board_list_line:first .o_board_list_bar:contains(Talk):contains(Reserved)");
    expect(".o_board_scroll").toHaveCount(0);
    expect(".o_board_list_line:last").toHaveText(/Studio\s+Free/);
    await click(".o_board_list_choose:last");
    await waitFor(`${SAVE}:enabled`);
    await click(SAVE);
    await waitFor(".o_board_list_line:last .o_board_list_entry:contains(1 × Reservation)");
    expect.verifySteps(["board_check"]);
    await click(".o_board_as_list");
    await waitFor(".o_board_entry");
});

test("C22 what is chosen on somebody's row stays on that row", async () => {
    // Two have the same thing.
    ROOMS[1].resource = 1;
    after(() => (ROOMS[1].resource = 2));
    server.kinds = [["reservation", "Reservation"]];
    server.isOfThings = false;
    server.bars = [];
    server.board_check = ([entry]) => {
        expect([entry.row, entry.resource]).toEqual([2, 1]);
        return [];
    };
    await mountBoard();
    await waitFor(trackOf(1));
    await dragOver(15, 17);
    await waitFor(`${SAVE}:enabled`);
    expect(".o_board_period_item").toHaveCount(0);
    await click(SAVE);
    await waitFor(".o_board_line:eq(1) .o_board_entry");
    expect(".o_board_entry").toHaveCount(1);
    expect.verifySteps(["board_check"]);
});

test("the list says free only of what is known to be free", async () => {
    onRpc("board_hours", ({ args: [ids] }) => ({ resource: ids, hours: ids.map((id) => id - 1), kinds: [[[seconds(0), seconds(24)]], []] }));
    server.bars = [];
    await mountBoard();
    await waitFor(trackOf(1));
    await click(".o_board_as_list");
    await waitFor(".o_board_list_line:eq(0):contains(Free)");
    expect(".o_board_list_line:eq(1)").toHaveText(/Closed/);
    await select("year", { target: "select[aria-label=Scale]" });
    await animationFrame();
    await animationFrame();
    // Of a whole no load is told, and its bars were not asked for.
    expect(".o_board_list_line:eq(0)").not.toHaveText(/Free/);
});

test("C3 the panel has whom to call, what can be done, and Escape leaves it", async () => {
    server.details = {
        contact: { id: 1, name: "Berg", phone: "+47 1", email: "" },
        buttons: [["action_hand_out", "Hand out"]],
    };
    onRpc("action_hand_out", ({ args: [ids] }) => {
        expect.step(`out ${ids}`);
        server.details = { contact: false, buttons: [["action_take_back", "Take back"]] };
        server.bars = [{ ...TALK, state: "out" }];
        return false;
    });
    await mountBoard();
    await waitFor(BAR);
    await click(BAR);
    await waitFor(".o_board_contact:contains(Berg) a[href='tel:+47 1']");
    expect(".o_board_panel").toBeFocused();
    expect(".o_board_contact .fa-envelope").toHaveCount(0);
    await click(".o_board_details .btn:contains(Hand out)");
    await waitFor(".o_board_details .btn:contains(Take back)");
    await waitFor(".o_board_panel .o_board_panel_bar:first:contains(In use)");
    expect.verifySteps(["out 7"]);
    await press("Escape");
    await waitForNone(".o_board_panel");
    expect(".o_board_scroll").toBeFocused();
});

test("a bar is copied as a period of its own", async () => {
    server.kinds = [["reservation", "Reservation"]];
    server.bars = [{ ...TALK, quantity: 3 }];
    server.board_check = ([entry]) => {
        const { start, stop, quantity, resource } = entry;
        expect([start, stop, quantity, resource]).toEqual(["2027-03-18 12:00:00", "2027-03-18 14:00:00", 3, 1]);
        return [verdict("Taken by Talk")];
    };
    await mountBoard();
    await waitFor(BAR);
    await click(BAR);
    await waitFor(".o_board_copy");
    await click(".o_board_copy");
    await waitFor(".modal:contains(Taken by Talk)");
    expect.verifySteps(["board_check"]);
});

test("rows are narrowed to what is free when it is needed, and all come back", async () => {
    await mountBoard();
    await waitFor(BAR);
    await click(".o_board_free");
    await waitFor(".o_board_free_window");
    await click("#o_board_free_length");
    await edit("25");
    await select("hours", { target: ".o_board_free_window select" });
    await animationFrame();
    expect(".o_board_free_show").not.toBeEnabled();
    expect(".o_board_free_window").toHaveText(/longer than the whole time/);
    await click("#o_board_free_length");
    await edit("2");
    await click(".o_board_free_quantity");
    await edit("3");
    await animationFrame();
    await click(".o_board_free_show");
    await waitFor(".o_board_narrowed:contains(3 pieces free for 2 hours)");
    // From the next hour on: what is over is free for nobody.
    const told = { start: "2027-03-18 10:00:00", stop: "2027-03-19 00:00:00", minutes: 120, quantity: 3 };
    expect(server.free).toEqual(told);
    expect(".o_board_line").toHaveCount(1);
    // What somebody else does changes which these are.
    server.free = "not asked";
    await click(".o_board_later");
    await click(".o_board_earlier");
    getMockEnv().services.bus_service.trigger("BUS:RECONNECT");
    await waitUntil(() => server.free !== "not asked");
    expect(server.free).toEqual(told);
    await click(".o_board_all");
    await waitUntil(() => queryAll(".o_board_line").length === 2);
    expect(server.free).toBe(null);
    expect(".o_board_narrowed").toHaveCount(0);
});

test("where one reads from right to left, time runs that way, for mouse and keys", async () => {
    server.board_preview = () => ({ verdicts: [], notes: [] });
    await mountBoard();
    await waitFor(BAR);
    queryFirst(".o_board_scroll").style.direction = "rtl";
    const track = queryFirst(trackOf(0)).getBoundingClientRect();
    const { right } = queryFirst(BAR).getBoundingClientRect();
    // Twelve of twenty-four hours from the right.
    expect(Math.round(track.right - right)).toBe(Math.round(track.width / 2));
    queryFirst(".o_board_scroll").focus();
    await press("Home");
    await press("ArrowLeft");
    await animationFrame();
    const cursor = queryFirst(".o_board_cursor").getBoundingClientRect();
    expect(Math.round(track.right - cursor.right)).toBe(Math.round(track.width / CELLS));
    // Its left end is when it ends.
    const bar = queryFirst(".o_board_bar_core");
    const { moveTo, drop } = await drag(bar, { position: { x: 2, y: 5 }, relative: true });
    await moveTo(trackOf(0), atCell(0, CELLS - 16 * HOUR));
    await drop();
    await waitFor(`${SAVE}:enabled`);
    const [from, until] = queryAll(".o_board_period input").map(({ value }) => value);
    expect(from).toInclude("12:00");
    expect(until).toMatch(/(16|04):00/);
    expect.verifySteps(["board_preview"]);
});

test("what is printed is what is shown", async () => {
    onRpc("board_print", ({ args: [asked, paper] }) => {
        const { title, start, stop, cells, bars, free, unfolded } = asked;
        expect.step(paper);
        expect(title).toMatch(/March 18, 2027|Mar 18, 2027/);
        expect([start, stop]).toEqual(["2027-03-18 00:00:00", "2027-03-19 00:00:00"]);
        expect([cells.length, bars, free, unfolded]).toEqual([CELLS + 1, true, null, []]);
        return { type: "ir.actions.act_window_close" };
    });
    await mountBoard();
    await waitFor(BAR);
    await click(".o_board_print");
    await waitFor(".o-dropdown-item:contains(A3)");
    await click(".o-dropdown-item:contains(A3)");
    await animationFrame();
    expect.verifySteps(["a3"]);
});

test("what stands on lines is not drawn anew where only the cursor moves", async () => {
    let drawn = 0;
    patchWithCleanup(BoardContent.prototype, {
        barStyle(bar) {
            drawn++;
            return super.barStyle(bar);
        },
    });
    await mountBoard();
    await waitFor(BAR);
    const before = drawn;
    queryFirst(".o_board_scroll").focus();
    await press("ArrowRight");
    await animationFrame();
    await waitFor(".o_board_cursor");
    expect(drawn).toBe(before);
    // A change is: others are seen.
    server.bars = [{ ...TALK, label: "Lecture" }];
    await click(".o_board_later");
    await click(".o_board_earlier");
    await waitFor(`${BAR}:contains(Lecture)`);
    expect(drawn).toBeGreaterThan(before);
});
