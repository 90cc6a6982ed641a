import { dragOver, pressOnPage } from "@resource_allocation/../tests/tours/board_helpers";
import { registry } from "@web/core/registry";

/** Five weeks, a cell for each day. */
const CELLS = 35;
const patient = (...steps) => steps.flat().map((step) => ({ timeout: 50000, ...step }));
const line = (name, more = "") => `.o_board_line:contains('${name}')${more}`;

/** Drag over days of a row, say what it is to be and how many, and add it. */
const choose = (name, first, last, kind, quantity) => [
    {
        content: `Drag over ${name}`,
        trigger: `body:not(:has(.modal)) ${line(name, " .o_board_track")}`,
        run: ({ anchor }) => dragOver(anchor, first, last, CELLS),
    },
    {
        content: `As ${kind}`,
        trigger: `.modal:contains('${name}') .o_board_period_kind`,
        run: `select ${kind}`,
    },
    {
        content: `${quantity} pieces`,
        trigger: ".modal .o_board_period_quantity",
        run: `edit ${quantity}`,
    },
    { content: "Add", trigger: ".modal .o_board_period_save:enabled", run: "click" },
];

const customer = (field, name) => [
    { content: "Look for them", trigger: `${field} input`, run: `edit ${name}` },
    {
        content: `Choose ${name}`,
        trigger: `.o-autocomplete--dropdown-item:contains('${name}')`,
        run: "click",
    },
];

/** C21–C22: rows are dragged over, F8; reservations and options, of two tenants. */
registry.category("web_tour.tours").add("rental_board_tour", {
    url: "/odoo/rental-board",
    steps: () =>
        patient(
            choose("Tour bench", 14, 16, "reservation", 5),
            choose("Tour tent", 14, 15, "reservation", 1),
            choose("Tour bench", 20, 21, "option", 3),
            choose("Tour tent", 20, 21, "option", 1),
            {
                content: "What was said stands on the time axis",
                trigger: `body:not(:has(.modal)) ${line("Tour bench", " .o_board_entry:contains('5 × Reservation')")}`,
            },
            {
                content: "F8",
                trigger: ".o_board_basket:has(.o_board_chosen:nth-of-type(5))",
                run: () => pressOnPage("F8"),
            },
            customer(".modal .o_field_widget[name='partner_id']", "Lorelei Boats"),
            {
                content: "The last row is for somebody else",
                trigger: ".modal .o_data_row:eq(3) .o_data_cell[name='partner_id']",
                run: "click",
            },
            customer(
                ".modal .o_data_row:eq(3) .o_field_widget[name='partner_id']",
                "Otto Fair"
            ),
            {
                content: "It says before what will be made",
                trigger: ".modal .o_field_widget[name='summary']:contains('Otto Fair')",
            },
            { content: "Create", trigger: ".modal button[name='action_make']", run: "click" },
            {
                content: "Nothing is left to be made, and the load has both",
                trigger: `.o_resource_board:not(:has(.o_board_basket)) ${line("Tour bench", " .o_board_load_held")}`,
            }
        ),
});
