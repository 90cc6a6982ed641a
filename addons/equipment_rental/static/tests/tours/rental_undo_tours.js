import { registry } from "@web/core/registry";
import { cell, NO_WINDOW, patient, press, row, status } from "./rental_tour_steps";

const CUSTOMER = "Lorelei Boats";
const tours = registry.category("web_tour.tours");

const UNDO = ".o_statusbar_buttons button[name='action_rental_undo']";
const REASON = ".modal .o_field_widget[name='reason'] input";

/** The clerk: the chairs were another customer's; then all of the hand-over was. */
tours.add("rental_undo_tour", {
    url: "/odoo/rentals",
    steps: () =>
        patient(
            {
                content: "Open the order",
                trigger: cell("partner_id", CUSTOMER),
                run: "click",
            },
            { trigger: status("Out") },
            { content: "Something went wrong", trigger: UNDO, run: "click" },
            {
                content: "The latest is proposed",
                trigger: ".modal .o_field_widget[name='what']:contains('3 × Chair')",
            },
            {
                content: "It was the one before",
                trigger: `.modal ${row("2 × Chair")} button[name='action_rental_undo']`,
                run: "click",
            },
            {
                content: "What will happen is said before",
                trigger:
                    ".modal:has(.o_field_widget[name='what']:contains('2 × Chair')) .o_field_widget[name='consequences']:contains('reserved as before')",
            },
            { trigger: REASON, run: "edit Wrong customer" },
            press("action_undo", "Undo it"),
            {
                content: "Three are out, two are reserved",
                trigger: `${NO_WINDOW} ${status("Partly out")}`,
            },
            {
                content: "The other one, too",
                trigger: UNDO,
                run: "click",
            },
            { trigger: REASON, run: "edit Wrong day" },
            press("action_undo", "Undo it"),
            {
                content: "Nothing is out any more",
                trigger: `${NO_WINDOW} ${status("Reserved")}`,
            },
            {
                content: "The history of the goods",
                trigger: ".o_notebook a[name='rental_transfers']",
                run: "click",
            },
            {
                content: "Both are void, and say why",
                trigger: row("Hand-over", "3 × Chair", "Void: undone on", "Wrong day"),
            },
            { trigger: row("Hand-over", "2 × Chair", "Void", "Wrong customer") },
            { trigger: row("Undoing", "2 × Chair", "Wrong customer") }
        ),
});
