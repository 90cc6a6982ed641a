import { registry } from "@web/core/registry";
import { cell, NO_WINDOW, patient, press, scan, status } from "./rental_tour_steps";

const CUSTOMER = "Lorelei Boats";
const tours = registry.category("web_tour.tours");

/** At the counter: one of two drills smells; the customer takes another one. */
tours.add("rental_swap_tour", {
    url: "/odoo/rentals",
    steps: () =>
        patient(
            {
                content: "Open the order",
                trigger: cell("partner_id", CUSTOMER),
                run: "click",
            },
            {
                content: "Swap something",
                trigger: ".o_statusbar_buttons button[name='action_rental_swap']",
                run: "click",
            },
            scan("D-2"),
            {
                content: "The first one that is free is proposed",
                trigger: `.modal ${cell("other_lot_id", "D-2")}:contains("D-3")`,
            },
            scan("D-4"),
            {
                content: "What was scanned goes out instead",
                trigger: `.modal ${cell("other_lot_id", "D-2")}:contains("D-4")`,
            },
            {
                content: "Why",
                trigger: ".modal .o_field_widget[name='note'] textarea",
                run: "edit Motor smells",
            },
            press("action_swap", "Swap"),
            {
                content: "The order goes on, and its history says why",
                trigger: `${NO_WINDOW} ${status("Out")}`,
            },
            { trigger: ".o-mail-Message:contains('Motor smells')" }
        ),
});
