import { registry } from "@web/core/registry";
import { cell, choose, NO_WINDOW, patient, press, row, status } from "./rental_tour_steps";

const CUSTOMER = "Lorelei Boats";
const tours = registry.category("web_tour.tours");

/** The clerk: a lift fell into the river; later the divers bring it up. */
tours.add("rental_lost_tour", {
    url: "/odoo/rentals",
    steps: () =>
        patient(
            {
                content: "Open the order",
                trigger: cell("partner_id", CUSTOMER),
                run: "click",
            },
            {
                content: "It does not come back",
                trigger: ".o_statusbar_buttons button[name='action_rental_take_back']",
                run: "click",
            },
            { trigger: `.modal ${cell("condition_id", "D-1")}`, run: "click" },
            choose(".modal .o_field_widget[name='condition_id'] input", "Lost"),
            {
                content: "Its value less a quarter is charged",
                trigger: `.modal .o_field_widget[name='charge_ids'] ${row("Replacement", "900.00")}`,
            },
            {
                trigger: ".modal .o_field_widget[name='remark'] input",
                run: "edit Fell into the river",
            },
            press("action_take_back", "Take back what is lost"),
            {
                content: "The order waits for nothing any more",
                trigger: `${NO_WINDOW} ${status("Back, to settle")}`,
            },
            { trigger: row("Replacement", "900.00") },
            {
                content: "It turned up",
                trigger: ".o_statusbar_buttons button[name='action_rental_found']",
                run: "click",
            },
            {
                content: "What was charged is taken off",
                trigger: `.modal ${cell("credit", "D-1")}:contains("900.00")`,
            },
            {
                content: "Where and how",
                trigger: ".modal .o_field_widget[name='note'] textarea",
                run: "edit The divers brought it up",
            },
            press("action_found", "Found"),
            {
                content: "Nothing is lost any more, and the history says why",
                trigger: `${NO_WINDOW} .o_form_view:not(:has(button[name='action_rental_found'])) .o-mail-Message:contains("The divers brought it up")`,
            }
        ),
});
