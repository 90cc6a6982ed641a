import { dragOver, moveBar, press, pressOnPage } from "@resource_allocation/../tests/tours/board_helpers";
import { rpc } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";

/** Five weeks, a cell for each day. */
const CELLS = 35;
const patient = (...steps) => steps.map((step) => ({ timeout: 50000, ...step }));
const line = (name, more = "") => `.o_board_line:contains('${name}')${more}`;
/** What a bar is of, and when, as the board has it. */
const titleOf = (name) =>
    [...document.querySelectorAll(".o_board_line")]
        .find((one) => one.textContent.includes(name))
        .querySelector(".o_board_bar").title;
let before = "";

/** The dispatcher's morning: choose on two rows, make both, move one, take it back. */
registry.category("web_tour.tours").add("lending_board_tour", {
    url: "/odoo/lending-board",
    steps: () =>
        patient(
            {
                content: "The first is chosen with the mouse",
                trigger: line("Board drill", " .o_board_track"),
                run: ({ anchor }) => dragOver(anchor, 14, 16, CELLS),
            },
            {
                content: "It is free; into the basket",
                trigger: ".modal:contains('Board drill') .o_board_period_save:enabled",
                run: "click",
            },
            {
                content: "The second by keyboard, on the next row, from there on",
                trigger: `body:not(:has(.modal)) ${line("Board drill", " .o_board_entry")}`,
                run: () => {
                    const board = document.querySelector(".o_board_scroll");
                    press(board, "ArrowDown", "ArrowRight", "Shift+ArrowRight", "Enter");
                },
            },
            {
                content: "Enter is Add",
                trigger: ".modal:contains('Board saw'):has(.o_board_period_save:enabled)",
                run: () => {
                    const input = document.querySelector(".modal .o_board_period input");
                    input.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
                },
            },
            {
                content: "Both wait in the basket; F8 makes them",
                trigger: "body:not(:has(.modal)) .o_board_basket:has(.o_board_chosen:contains('Board saw')):contains('Board drill')",
                run: () => pressOnPage("F8"),
            },
            {
                content: "For whom",
                trigger: ".modal .o_field_widget[name='employee_id'] input",
                run: "edit OTT",
            },
            {
                content: "For OTT",
                trigger: ".o-autocomplete--dropdown-item:contains('OTT')",
                run: "click",
            },
            {
                content: "The window says so before",
                trigger: ".modal .o_field_widget[name='summary']:contains('OTT: Board drill')",
            },
            { content: "Reserve", trigger: ".modal button[name='action_make']", run: "click" },
            {
                content: "Said, and the basket is empty",
                trigger: ".o_resource_board:not(:has(.o_board_basket))",
            },
            {
                content: "They stand there; one is moved to another thing, a day later",
                trigger: line("Board drill", " .o_board_movable.o_board_look_reserved"),
                run: ({ anchor }) => {
                    before = titleOf("Board drill");
                    moveBar(anchor, 1, 2, CELLS);
                },
            },
            {
                content: "What it would come to is asked first",
                trigger: ".modal:contains('OTT') .o_board_period_item",
            },
            { content: "Move it", trigger: ".modal .o_board_period_save:enabled", run: "click" },
            {
                content: "It is there, and not here",
                trigger: `body:not(:has(.modal)) .o_resource_board:has(${line("Board tent", " .o_board_bar")}):not(:has(${line("Board drill", " .o_board_bar")}))`,
            },
            { content: "Undo", trigger: ".o_board_undo:enabled", run: "click" },
            {
                content: "As it was",
                trigger: line("Board drill", " .o_board_bar"),
                run: () => {
                    if (titleOf("Board drill") !== before) {
                        throw new Error(`${titleOf("Board drill")} was ${before}`);
                    }
                },
            },
            {
                content: "Somebody else extends it while it is held here",
                trigger: line("Board drill", " .o_board_movable"),
                run: async ({ anchor }) => {
                    const root = Number(anchor.dataset.root);
                    await rpc("/web/dataset/call_kw/resource.allocation/extend", {
                        model: "resource.allocation",
                        method: "extend",
                        args: [[root], "2099-01-01 00:00:00"],
                        kwargs: {},
                    });
                    moveBar(anchor, 1, 0, CELLS);
                },
            },
            {
                content: "What is no longer so is refused, and says what changed",
                trigger: ".o_error_dialog:contains('Stop'), .modal:contains('changed meanwhile')",
            }
        ),
});

/** By person: what OTT has; the same thing once more, for the same person. */
registry.category("web_tour.tours").add("lending_people_tour", {
    url: "/odoo/lending-people",
    steps: () =>
        patient(
            {
                content: "The person, and below what he has",
                trigger: `.o_resource_board:has(.o_board_group:contains('OTT')) ${line("Board drill", " .o_board_bar")}`,
            },
            {
                content: "A free time on that row",
                trigger: line("Board drill", " .o_board_track"),
                run: ({ anchor }) => dragOver(anchor, 30, 32, CELLS),
            },
            {
                content: "It is free; into the basket",
                trigger: ".modal:contains('Board drill') .o_board_period_save:enabled",
                run: "click",
            },
            {
                content: "Make it",
                trigger: "body:not(:has(.modal)) .o_board_basket:contains('Board drill')",
                run: () => pressOnPage("F8"),
            },
            {
                content: "For that person",
                trigger: ".modal .o_field_widget[name='summary']:contains('OTT: Board drill')",
            },
            { content: "Reserve", trigger: ".modal button[name='action_make']", run: "click" },
            {
                content: "Said, and the basket is empty",
                trigger: ".o_resource_board:not(:has(.o_board_basket))",
            }
        ),
});
