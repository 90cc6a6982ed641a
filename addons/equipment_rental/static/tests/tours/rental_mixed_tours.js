import { registry } from "@web/core/registry";
import { cell, NO_WINDOW, patient, press, row, status } from "./rental_tour_steps";

const CUSTOMER = "Lorelei Boats";
const tours = registry.category("web_tour.tours");

const button = (name) => `.o_statusbar_buttons button[name='${name}']`;

/** The clerk: chairs are rented and boxes sold; the order waits for both. */
tours.add("rental_mixed_tour", {
    url: "/odoo/rentals",
    steps: () =>
        patient(
            {
                content: "Open the order",
                trigger: cell("partner_id", CUSTOMER),
                run: "click",
            },
            {
                content: "Hand over what is rented",
                trigger: button("action_rental_hand_over"),
                run: "click",
            },
            {
                content: "The window says what is sold with it, and does not move it",
                trigger: ".modal .alert:contains('2 × Box')",
            },
            {
                trigger: ".modal .o_field_widget[name='line_ids']:not(:contains('Box'))",
            },
            press("action_hand_over", "Hand over the chairs"),
            {
                content: "It is out",
                trigger: `${NO_WINDOW} ${status("Out")}`,
            },
            {
                content: "Take it back",
                trigger: button("action_rental_take_back"),
                run: "click",
            },
            {
                content: "The boxes are still to be delivered",
                trigger: ".modal .alert:contains('2 × Box')",
            },
            press("action_take_back", "Take the chairs back"),
            {
                content: "Not over: something is sold and not delivered",
                trigger: `${NO_WINDOW} ${status("Back, to settle")}`,
            },
            { trigger: row("Box") }
        ),
});
