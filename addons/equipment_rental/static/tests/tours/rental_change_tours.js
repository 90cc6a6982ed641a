import { registry } from "@web/core/registry";
import { cell, NO_WINDOW, patient, row, status, typed } from "./rental_tour_steps";

const { DateTime } = luxon;

const CUSTOMER = "Lorelei Boats";
const tours = registry.category("web_tour.tours");

/** The clerk: an invoiced rental gets a week longer, and that is invoiced, too. */
tours.add("rental_change_tour", {
    url: "/odoo/rentals",
    steps: () =>
        patient(
            {
                content: "Open the order",
                trigger: cell("partner_id", CUSTOMER),
                run: "click",
            },
            { trigger: status("Out") },
            {
                content: "Ask for another period",
                trigger: ".o_statusbar_buttons button[name='action_rental_change']",
                run: "click",
            },
            { trigger: ".modal [data-field='rental_stop']", run: "click" },
            {
                content: "A week longer",
                trigger: ".modal input[data-field='rental_stop']",
                run: ({ edit, anchor }) =>
                    edit(typed(DateTime.now().startOf("hour").plus({ days: 8 })), anchor),
            },
            {
                content: "Leave the field",
                trigger: ".modal .o_field_widget[name='reason'] input",
                run: "edit The quay is late",
            },
            {
                content: "What it costs is seen before",
                trigger: `.modal ${row("Drill", "400.00", "900.00", "500.00")}`,
            },
            {
                content: "Give it the new period",
                trigger: ".modal button[name='action_apply']",
                run: "click",
            },
            {
                content: "The difference is a line of its own",
                trigger: `${NO_WINDOW} ${row("Extended from", "500.00")}`,
            },
            {
                content: "Invoice it",
                trigger: ".o_statusbar_buttons button[name='action_rental_invoice']",
                run: "click",
            },
            {
                content: "Only the extension is on the invoice",
                trigger: `.o_form_view .o_field_widget[name='invoice_line_ids'] ${row("Extended from", "500.00")}`,
            }
        ),
});
