import { click, edit, press } from "@odoo/hoot-dom";
import { registry } from "@web/core/registry";
import { NO_WINDOW, patient, status, typed } from "./rental_tour_steps";

const { DateTime } = luxon;
const tours = registry.category("web_tour.tours");
/** Five weeks, a cell for each day. */
const CELLS = 35;
const LATE = "Lorelei Boats";
const WAITING = "Otto Fair";
/** The row of a unit, and what is on it. */
const unit = (code, more = "") => `.o_board_unit:contains('${code}')${more}`;
/** What somebody has of it, which looks so. */
const bar = (code, who, look = "") => unit(code, ` .o_board_bar${look}[title*='${who}']`);
const panel = (...words) =>
    `.o_board_panel .o_board_panel_bar${words.map((word) => `:contains('${word}')`).join("")}`;
const save = { content: "Move it", trigger: ".modal .o_board_period_save:enabled", run: "click" };

const unfold = [
    {
        content: "The units of the drills",
        trigger: ".o_board_line:contains('Drill') button[title='Show its units']",
        run: "click",
    },
    { trigger: unit("D-3") },
];

/** Choose another row for a bar in its window. */
const toUnit = (code) => ({
    content: `On ${code} instead`,
    trigger: ".modal .o_board_period_item",
    run({ anchor, select }) {
        const one = [...anchor.options].find(({ text }) => text.includes(code));
        return select(one.value, anchor);
    },
});

const endTomorrow = {
    content: "Until tomorrow",
    trigger: ".modal .o_board_period label:contains('Until') input",
    run: `edit ${typed(DateTime.utc().startOf("hour").plus({ days: 1 }))} && press Tab`,
};

/** A drill is not back, and somebody waits for it: who, what, and what instead. */
tours.add("rental_morning_tour", {
    url: "/odoo/rental-board",
    steps: () =>
        patient(
            unfold,
            {
                content: "One is late, told by colour, icon and word",
                trigger: `${bar("D-1", LATE, ".o_board_look_late[title*='Late']")} .fa-clock-o`,
                run: "click",
            },
            { content: "Whose it is, at hand", trigger: panel(LATE, "Late") },
            {
                content: "And the number to call",
                trigger: ".o_board_contact a[href='tel:+49 6771 555 01 00']",
            },
            {
                content: "Its document, too",
                trigger: `${panel(LATE, "Late")} button:contains('Open')`,
                run: "click",
            },
            { content: "The whole order", trigger: `${status("Late")}, ${status("Out")}` },
            { content: "Back", trigger: ".breadcrumb-item a", run: "click" },
            { content: "To what was unfolded", trigger: unit("D-3") },
            {
                content: "Who waits for it is at risk",
                trigger: bar("D-1", WAITING, ".o_board_risk[title*='at risk']"),
            },
            {
                content: "What is out",
                trigger: bar("D-1", LATE, ".o_board_look_out"),
                run: "click",
            },
            {
                content: "Its end can be moved",
                trigger: `${panel(LATE, "In use")} .o_board_move`,
                run: "click",
            },
            endTomorrow,
            {
                content: "Not while somebody waits for it: who is said",
                trigger: `.modal .o_verdict:contains('${WAITING}')`,
            },
            { content: "Not yet", trigger: ".modal .btn:contains('Cancel')", run: "click" },
            {
                content: "Who waits",
                trigger: `${NO_WINDOW} ${bar("D-1", WAITING, ".o_board_risk")}`,
                run: "click",
            },
            {
                content: "Gets another",
                trigger: `${panel(WAITING, "At risk")} .o_board_move`,
                run: "click",
            },
            toUnit("D-2"),
            save,
            {
                content: "It stands there, and nothing is at risk any more",
                trigger: `${NO_WINDOW} .o_resource_board:not(:has(.o_board_risk)) ${bar("D-2", WAITING)}`,
            },
            {
                content: "Now the late one",
                trigger: bar("D-1", LATE, ".o_board_look_out"),
                run: "click",
            },
            { trigger: `${panel(LATE, "In use")} .o_board_move`, run: "click" },
            endTomorrow,
            {
                content: "A day more costs a hundred more",
                trigger: ".modal .o_board_period:contains('400.00'):contains('instead of'):contains('300.00')",
            },
            save,
            {
                content: "It is not late any more",
                trigger: `${NO_WINDOW} ${unit("D-1", ":not(:has(.o_board_look_late))")}`,
            },
            {
                content: "Another unit still",
                trigger: bar("D-2", WAITING),
                run: "click",
            },
            { trigger: `${panel(WAITING)} .o_board_move`, run: "click" },
            toUnit("D-3"),
            save,
            { trigger: `${NO_WINDOW} ${bar("D-3", WAITING)}` },
            { content: "No: as it was", trigger: ".o_board_undo:enabled", run: "click" },
            { trigger: bar("D-2", WAITING) },
            {
                content: "Once",
                trigger: `.o_resource_board:not(:has(${unit("D-3", " .o_board_bar")}))`,
            }
        ),
});

const line = (name, more = "") => `.o_board_line:contains('${name}')${more}`;

/** Of one row, on the phone: a finger moves the days until this one is in sight, and taps. */
async function tap(track, cell) {
    const board = track.closest(".o_board_scroll");
    board.scrollLeft = (track.offsetWidth * cell) / CELLS - 60;
    const x = (track.offsetWidth * (cell + 0.5)) / CELLS;
    await click(track, { position: { x, y: 10 }, relative: true });
}

/** On the way: a day is tapped, and ordered. */
tours.add("rental_phone_tour", {
    url: "/odoo/rental-board",
    steps: () =>
        patient(
            {
                content: "It begins with a list of today",
                trigger: ".o_board_list_line:contains('Tour tent'):contains('Free') .o_board_list_choose",
                run: "click",
            },
            {
                content: "Of which a time can be chosen",
                trigger: ".modal:contains('Tour tent') .o_board_period_save:enabled",
            },
            { content: "Another day", trigger: ".modal .btn:contains('Cancel')", run: "click" },
            {
                content: "By looking at it",
                trigger: `${NO_WINDOW} .o_board_as_list`,
                run: "click",
            },
            {
                content: "Of five weeks",
                trigger: ".o_resource_board select[aria-label='Scale']",
                run: "select month",
            },
            {
                content: "Tap a day",
                trigger: line("Tour tent", " .o_board_track"),
                run: ({ anchor }) => tap(anchor, 20),
            },
            {
                content: "Two of them",
                trigger: ".modal:contains('Tour tent') .o_board_period_quantity",
                run: "edit 2",
            },
            {
                content: "Reserved",
                trigger: ".modal .o_board_period_kind",
                run: "select reservation",
            },
            { content: "Add", trigger: ".modal .o_board_period_save:enabled", run: "click" },
            {
                content: "It is not too small to be tapped again",
                trigger: `${NO_WINDOW} ${line("Tour tent", " .o_board_entry")}`,
                run: "click",
            },
            {
                content: "That is what it is",
                trigger: ".modal .o_board_period_quantity:value('2')",
            },
            { content: "As it is", trigger: ".modal .btn:contains('Cancel')", run: "click" },
            { content: "Create", trigger: `${NO_WINDOW} .o_board_order`, run: "click" },
            {
                content: "For whom",
                trigger: ".modal .o_field_widget[name='partner_id'] input",
                run: "click",
            },
            { trigger: `.modal .o_kanban_record:contains('${LATE}')`, run: "click" },
            {
                content: "It says what will be made",
                trigger: `.modal .o_field_widget[name='summary']:contains('${LATE}')`,
            },
            { trigger: ".modal button[name='action_make']", run: "click" },
            {
                content: "It is made, and stands there",
                trigger: `.o_resource_board:not(:has(.o_board_basket)) ${line("Tour tent", " .o_board_load")}`,
            },
            { content: "In words", trigger: ".o_board_as_list", run: "click" },
            {
                trigger: `.o_board_list_line:contains('2 of 20 taken') .o_board_list_bar:contains('${LATE}')`,
            }
        ),
});

const BOARD = ".o_board_scroll";

/** Leave this and go to that with Tab, as everybody does who has no mouse. */
async function tabTo(selector) {
    await press("Tab");
    const found = document.querySelector(selector);
    if (found.tabIndex < 0 || found.disabled) {
        throw new Error(`Tab never comes to ${selector}`);
    }
    found.focus();
}

/** Press these, one after the other; several at once are a list. */
async function type(...keys) {
    for (const key of keys) {
        await press(key);
    }
}

const times = (count, key) => Array(count).fill(key);
const noMouse = (ev) => {
    throw new Error(`Without a mouse there is no ${ev.type}`);
};

/** Without a mouse: choose, order, move, undo. */
tours.add("rental_keyboard_tour", {
    url: "/odoo/rental-board",
    steps: () =>
        patient(
            {
                content: "To the board, to its last row, two weeks on, three days",
                trigger: line("Tour tent"),
                async run() {
                    for (const name of ["pointerdown", "mousedown", "touchstart"]) {
                        window.addEventListener(name, noMouse, true);
                    }
                    await tabTo(BOARD);
                    const far = document.querySelectorAll(".o_board_line").length;
                    await type(...times(far, "ArrowDown"), "Home", ...times(14, "ArrowRight"));
                    await type(...times(2, ["Shift", "ArrowRight"]), "Enter");
                },
            },
            {
                content: "Not yet",
                trigger: ".modal:contains('Tour tent') .o_board_period_save:enabled",
                run: () => press("Escape"),
            },
            {
                content: "Nothing was chosen; the same days again",
                trigger: `${NO_WINDOW} .o_resource_board:not(:has(.o_board_basket)) ${BOARD}:focus`,
                run: () => press("Enter"),
            },
            {
                content: "Three of them",
                trigger: ".modal:contains('Tour tent') .o_board_period_save:enabled",
                async run() {
                    await tabTo(".o_board_period_quantity");
                    await edit("3");
                },
            },
            {
                content: "They are free",
                trigger: ".modal:contains('Free') .o_board_period_save:enabled",
                run: () => press("Enter"),
            },
            {
                content: "F8",
                trigger: `${NO_WINDOW} ${line("Tour tent", " .o_board_entry:contains('3 × Option')")}`,
                run: () => press("F8"),
            },
            {
                content: "For whom",
                trigger: ".modal .o_field_widget[name='partner_id'] input",
                async run() {
                    await tabTo(".o_field_widget[name='partner_id'] input");
                    await edit(WAITING);
                },
            },
            {
                content: "Them",
                trigger: `.o-autocomplete--dropdown-item:contains('${WAITING}')`,
                run: () => press("Enter"),
            },
            {
                content: "It says what will be made",
                trigger: `.modal .o_field_widget[name='summary']:contains('${WAITING}')`,
                async run() {
                    await tabTo("button[name='action_make']");
                    await press("Enter");
                },
            },
            {
                content: "It is there; what is it?",
                trigger: `.o_resource_board:not(:has(.o_board_basket)) ${line("Tour tent", " .o_board_load_held")}`,
                async run() {
                    await tabTo(BOARD);
                    await type("ArrowLeft", "Enter");
                },
            },
            {
                content: "Make it shorter",
                trigger: panel(WAITING, "Held"),
                async run() {
                    await tabTo(".o_board_move");
                    await press("Enter");
                },
            },
            {
                content: "By a day",
                trigger: ".modal .o_board_period label:contains('Until') input",
                async run({ anchor }) {
                    await tabTo(".o_board_period label:last-of-type input");
                    const until = DateTime.fromFormat(anchor.value, "MM/dd/yyyy hh:mm a");
                    await edit(typed(until.minus({ days: 1 })));
                    await press("Tab");
                },
            },
            {
                content: "The price says so",
                trigger: ".modal .o_board_period:contains('instead of')",
                async run() {
                    await tabTo(".o_board_period_save");
                    await press("Enter");
                },
            },
            {
                content: "And back",
                trigger: `${NO_WINDOW} .o_board_undo:enabled`,
                run: () => press(["Control", "z"]),
            },
            { content: "It is", trigger: ".o_board_undo:disabled" }
        ),
});
