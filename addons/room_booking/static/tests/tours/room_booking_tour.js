import { dragOver, press } from "@resource_allocation/../tests/tours/board_helpers";
import { registry } from "@web/core/registry";

const { DateTime } = luxon;
const tours = registry.category("web_tour.tours");
/** How long a step waits for its state, in ms: a busy machine is no failure. */
const PATIENCE = 50000;

const patient = (...steps) =>
    steps.flat().map((step) => ({ timeout: PATIENCE, ...step }));

const status = (text) => `.o_arrow_button_current:contains("${text}")`;
const line = (...words) =>
    `.o_field_widget[name='line_ids'] .o_data_row${words
        .map((word) => `:contains("${word}")`)
        .join("")}`;
const typed = (moment) => moment.toFormat("MM/dd/yyyy HH:mm");
/** Tomorrow at so many o'clock of the booker, who has the browser's clock. */
const tomorrow = (hour) => DateTime.now().plus({ days: 1 }).set({ hour, minute: 0 });

function choose(field, text) {
    const found = `.o-autocomplete--dropdown-item a:contains("${text}")`;
    return [
        { content: `Look for ${text}`, trigger: field, run: `edit ${text}` },
        { content: `Choose ${text}`, trigger: found, run: "click", isName: true },
    ];
}

/** Refuse a way that needs more clicks than `most`, besides names and numbers. */
function inClicks(most, ...steps) {
    const found = steps.flat().filter(({ run, isName }) => run === "click" && !isName);
    if (found.length > most) {
        throw new Error(`${found.length} clicks to book, ${most} are enough`);
    }
    return steps.flat().map(({ isName, ...step }) => step);
}

/** Type one end of the period: it is a button until it is chosen. */
const moment = (name, value) => [
    { trigger: `button[data-field='${name}']`, run: "click" },
    {
        content: `${name}: ${typed(value)}`,
        trigger: `input[data-field='${name}']`,
        run: `edit ${typed(value)} && press Enter`,
    },
];

const when = (start, stop) => [...moment("start", start), ...moment("stop", stop)];

/** Add a service; its row is the one so far down the list. */
function order(service, place) {
    const row = `.o_field_widget[name='line_ids'] .o_data_row:nth-child(${place}).o_selected_row`;
    return [
        {
            content: `Add ${service}`,
            trigger: ".o_field_widget[name='line_ids'] .o_field_x2many_list_row_add a",
            run: "click",
        },
        ...choose(`${row} [name='service_id'] input`, service),
    ];
}

/** A room with coffee and rolls for 12, on behalf of somebody; then an hour later. */
tours.add("room_booking_tour", {
    url: "/odoo/my-room-bookings?view_type=list",
    steps: () =>
        patient(
            inClicks(
                8,
                { content: "New", trigger: ".o_list_button_add", run: "click" },
                {
                    content: "What is it?",
                    trigger: ".o_field_widget[name='name'] input, [name='name'] textarea",
                    run: "edit Tour of the house",
                },
                {
                    content: "Which room?",
                    trigger:
                        ".o_field_widget[name='space_ids'] .o_field_x2many_list_row_add a",
                    run: "click",
                },
                choose(".o_selected_row [name='space_id'] input", "Tour room"),
                when(tomorrow(10), tomorrow(11)),
                {
                    content: "How many come?",
                    trigger: ".o_field_widget[name='participants'] input",
                    run: "edit 12",
                },
                choose("[name='organizer_id'] input", "room_colleague"),
                order("Rolls", 2),
                {
                    content: "As many as are filled in",
                    trigger: ".o_selected_row [name='quantity'] input:value('6')",
                    run: "edit 12",
                },
                order("Coffee", 3),
                {
                    content: "Water follows the participants",
                    trigger: line("Water", "12"),
                },
                {
                    content: "Book all of it",
                    trigger: "button[name='action_book']",
                    run: "click",
                }
            ),
            { content: "It is booked", trigger: status("Booked") },
            { content: "The rolls, too", trigger: line("Rolls", "12", "Ordered") },
            { content: "And the coffee", trigger: line("Coffee", "Ordered") },
            when(tomorrow(11), tomorrow(12)),
            {
                content: "Save",
                trigger: ".o_form_button_save",
                run: "click",
            },
            { content: "It is saved", trigger: ".o_form_saved, .o_form_view:not(:has(.o_form_status_indicator_buttons:not(.invisible)))" },
            { content: "Booked still", trigger: status("Booked") }
        ),
});

/** What is refused is said in words, and nothing is lost. */
tours.add("room_booking_refused_tour", {
    url: "/odoo/my-room-bookings?view_type=list",
    steps: () =>
        patient(
            { content: "New", trigger: ".o_list_button_add", run: "click" },
            {
                content: "What is it?",
                trigger: ".o_field_widget[name='name'] input, [name='name'] textarea",
                run: "edit Nowhere",
            },
            { content: "Book it", trigger: "button[name='action_book']", run: "click" },
            {
                content: "A room is missing",
                trigger: ".modal:contains('Not booked') .modal-body:contains('Choose a room')",
            },
            { content: "Close", trigger: ".modal .o-default-button", run: "click" },
            {
                content: "It is there",
                trigger: `body:not(:has(.modal)) ${status("Draft")}`,
            }
        ),
});

const confirmed = { trigger: ".modal-footer .btn-primary", run: "click" };

/** Two ask for one room: the second one gets it, the first one is told. */
tours.add("room_booking_approval_tour", {
    url: "/odoo/room-requests?view_type=list",
    steps: () =>
        patient(
            {
                content: "Open the request",
                trigger: ".o_data_row:contains('Second wish') .o_data_cell",
                run: "click",
            },
            {
                content: "It says who else asks",
                trigger: ".alert:contains('First wish')",
            },
            {
                content: "Approve it",
                trigger: "button[name='action_approve_alone']",
                run: "click",
            },
            confirmed,
            { content: "It is booked", trigger: status("Booked") }
        ),
});

/** On the phone, in front of the room: somebody came, and they are done early. */
tours.add("room_booking_phone_tour", {
    url: "/odoo/my-room-bookings",
    steps: () =>
        patient(
            {
                content: "Open the meeting",
                trigger: ".o_kanban_record:contains('Stand-up')",
                run: "click",
            },
            {
                content: "We are here",
                trigger: "button[name='check_in']",
                run: "click",
            },
            { content: "In use", trigger: "button[name='end']", run: "click" },
            confirmed,
            { content: "Over", trigger: ".o_statusbar_status:contains('Over')" }
        ),
});

/** From the board: a free time of a room is clicked, and booked. */
tours.add("room_booking_board_tour", {
    url: "/odoo/room-board",
    steps: () =>
        patient(
            {
                content: "What somebody else has is there",
                trigger: ".o_board_line:contains('Board tour room') .o_board_bar[title*='Talk']",
                run: "click",
            },
            {
                content: "Who has it, and when",
                trigger: ".o_board_panel:contains('Board tour room') .o_board_panel_bar:contains('Talk')",
            },
            { content: "Close", trigger: ".o_board_panel .btn-close", run: "click" },
            {
                content: "The cursor at the end of the day",
                trigger: ".o_board_scroll",
                run: ({ anchor }) => press(anchor, "End"),
            },
            {
                content: "A longer period has fewer cells",
                trigger: ".o_resource_board select",
                run: "select month",
            },
            {
                content: "The cursor is there still",
                trigger: ".o_resource_board:has(.o_board_tick:contains('W')) .o_board_cursor",
            },
            {
                content: "A day again",
                trigger: ".o_resource_board select",
                run: "select day",
            },
            {
                content: "Go to the next day",
                trigger: ".o_resource_board:not(:has(.o_board_panel)) .o_board_later",
                run: "click",
            },
            {
                content: "Nothing is there yet",
                trigger: ".o_board_line:contains('Board tour room'):not(:has(.o_board_bar))",
            },
            {
                content: "Drag over an hour",
                trigger: ".o_board_line:contains('Board tour room') .o_board_track",
                run: ({ anchor }) => dragOver(anchor, 40, 43, 96),
            },
            {
                content: "The room is there",
                trigger: ".o_field_widget[name='space_ids'] .o_data_row:contains('Board tour room')",
            },
            { content: "Not this time", trigger: ".breadcrumb-item a", run: "click" },
            {
                content: "By the keyboard: down from the site's line, at ten, for half an hour",
                trigger: ".o_board_scroll",
                run: ({ anchor }) => {
                    const names = [...document.querySelectorAll(".o_board_line")];
                    const row = names.findIndex((one) => one.textContent.includes("Board tour room"));
                    press(anchor, "PageUp", "PageUp", "Home");
                    press(anchor, ...Array(row).fill("ArrowDown"));
                    press(anchor, ...Array(40).fill("ArrowRight"));
                    press(anchor, "Shift+ArrowRight", "Enter");
                },
            },
            {
                content: "The room is there",
                trigger: ".o_field_widget[name='space_ids'] .o_data_row:contains('Board tour room')",
            },
            {
                content: "What is it?",
                trigger: ".o_field_widget[name='name'] input, [name='name'] textarea",
                run: "edit From the board",
            },
            { content: "Book it", trigger: "button[name='action_book']", run: "click" },
            { content: "It is booked", trigger: status("Booked") },
            { content: "Back", trigger: ".breadcrumb-item a", run: "click" },
            {
                content: "It stands on the board, where one left it",
                trigger: ".o_board_line:contains('Board tour room') .o_board_bar[title*='From the board']",
                run: "click",
            },
            {
                content: "It is one's own: to be moved",
                trigger: ".o_board_panel .o_board_move",
                run: "click",
            },
            {
                content: "To the other room, which is free",
                trigger: ".modal .o_board_period_item:has(option:contains('Board tour hall'))",
                run: "selectByLabel Board tour hall",
            },
            { content: "Move it", trigger: ".modal .o_board_period_save:enabled", run: "click" },
            {
                content: "It is there, and not here",
                trigger: "body:not(:has(.modal)) .o_board_line:contains('Board tour hall') .o_board_bar[title*='From the board']",
            },
            { content: "Undo", trigger: ".o_board_undo:enabled", run: "click" },
            {
                content: "As it was",
                trigger: ".o_board_line:contains('Board tour room') .o_board_bar[title*='From the board']",
            }
        ),
});
