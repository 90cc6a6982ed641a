import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";
import {
    addItem,
    cell,
    choose,
    fill,
    newProject,
    NO_WINDOW,
    patient,
    press,
    quote,
    rentIs,
    row,
    scan,
    status,
    typed,
} from "./rental_tour_steps";

const { DateTime } = luxon;
const CUSTOMER = "Tourmaline Roads";
const tours = registry.category("web_tour.tours");

/** The lifts: a little less than eight days, so that no change of the clock matters. */
const start = () => DateTime.now().plus({ hours: 1 });
const stop = () => start().plus({ days: 8, hours: -2 });
/** The chairs: until later today. */
const evening = () => DateTime.now().plus({ hours: 5 });

/** A row of the return, from 1. */
const returned = (place) =>
    `.modal .o_field_widget[name='line_ids'] .o_data_row:nth-child(${place})`;

const openOrder = () => [
    { content: "Open the order", trigger: cell("partner_id", CUSTOMER), run: "click" },
];

/** The clerk: a quotation with two periods, an option on it, the reservation. */
tours.add("rental_quotation_tour", {
    url: "/odoo/rentals",
    steps: () =>
        patient(
            quote(CUSTOMER, start(), stop()),
            addItem("TL-12", 2, "1,200.00"),
            addItem("CH-FLD", 40, "240.00"),
            {
                content: "The chairs come back earlier: a period of their own",
                trigger: ".o_selected_row button[data-field='rental_stop']",
                run: "click",
            },
            {
                trigger: ".o_selected_row input[data-field='rental_stop']",
                run: `edit ${typed(evening())} && press Enter`,
            },
            rentIs("60.00"),
            newProject(CUSTOMER),
            {
                content: "Keep the items for the customer",
                trigger: "button[name='action_rental_option']",
                run: "click",
            },
            {
                content: "Until when is proposed",
                trigger: ".modal .o_field_widget[name='until'] :is(input, button)",
            },
            press("action_hold", "Keep them"),
            { trigger: status("Option") },
            {
                content: "Confirm: it is reserved",
                trigger: "button[name='action_confirm']:visible",
                run: "click",
            },
            { trigger: status("Reserved") }
        ),
});

/** The storekeeper: hands over what goes out today, takes back what comes. */
tours.add("rental_counter_tour", {
    url: "/odoo",
    steps: () =>
        patient(
            stepUtils.showAppsMenuItem(),
            {
                content: "The rental app opens on what goes out today",
                trigger:
                    ".o_app[data-menu-xmlid='equipment_rental.equipment_rental_menu_root']",
                run: "click",
            },
            { trigger: ".o_breadcrumb :contains('Going Out')" },
            {
                content: "Both lines of the order",
                trigger: `${row(CUSTOMER, "TL-12")} .o_list_record_selector input`,
                run: "click",
            },
            {
                trigger: `${row(CUSTOMER, "CH-FLD")} .o_list_record_selector input`,
                run: "click",
            },
            {
                content: "Hand over",
                trigger: ".o_control_panel button[name='action_rental_hand_over']",
                run: "click",
            },
            scan("TL-99-777"),
            {
                content: "A number of another order is told and changes nothing",
                trigger: ".o_notification:contains('TL-99-777 was not added')",
            },
            scan("TL-12-002"),
            {
                content: "Scanned is chosen",
                trigger: `.modal ${cell("hint", "TL-12")}:contains("1 of 2 reserved")`,
            },
            { trigger: `.modal ${cell("lot_ids", "TL-12")}`, run: "click" },
            choose(".modal .o_field_widget[name='lot_ids'] input", "TL-12-001"),
            {
                trigger:
                    ".modal .o_field_widget[name='lot_ids'] .o_tag:contains('TL-12-001')",
            },
            press("action_hand_over", "Hand over"),
            {
                content: "Nothing of the order is left to go out",
                trigger: `${NO_WINDOW} .o_list_view:not(:has(${row(CUSTOMER)}))`,
            },
            {
                content: "What comes back today",
                trigger: "[data-menu-xmlid='equipment_rental.equipment_rental_menu_today']",
                run: "click",
            },
            {
                trigger:
                    ".dropdown-item[data-menu-xmlid='equipment_rental.sale_order_line_menu_coming_back']",
                run: "click",
            },
            {
                content: "The chairs; the lifts have a week",
                trigger: `${row(CUSTOMER, "CH-FLD")} button[name='action_rental_take_back']`,
                run: "click",
            },
            {
                content: "One is damaged",
                trigger: `.modal ${row("CH-FLD")} button[name='action_split']`,
                run: "click",
            },
            {
                content: "It has a row of its own",
                trigger: `${returned(1)} td[name='quantity']:contains("39")`,
            },
            {
                trigger: `${returned(2)} td[name='condition_id']`,
                run: "click",
            },
            choose(`${returned(2)} .o_field_widget[name='condition_id'] input`, "Damaged"),
            {
                content: "The damage is charged",
                trigger: `.modal .o_field_widget[name='charge_ids'] ${row("Damage", "40.00")}`,
            },
            {
                trigger: `${returned(2)} .o_field_widget[name='remark'] input`,
                run: "edit Leg bent",
            },
            {
                trigger: `${returned(1)} td[name='quantity']`,
                run: "click",
            },
            {
                content: "The others are 24",
                trigger: `${returned(1)} .o_field_widget[name='quantity'] input`,
                run: "edit 24",
            },
            press("action_take_back", "Take back"),
            {
                content: "Fifteen are still out",
                trigger: `${NO_WINDOW} ${cell("rental_qty_out", CUSTOMER, "CH-FLD")}:contains("15")`,
            }
        ),
});

/** The clerk again: what is refused, then the deposit and the last return. */
tours.add("rental_refusal_tour", {
    url: "/odoo/rentals",
    steps: () =>
        patient(
            quote(
                "Tardy Works",
                start().plus({ days: 2 }),
                start().plus({ days: 4, hours: -2 })
            ),
            addItem("TL-12", 1, "200.00"),
            newProject("Tardy Works"),
            {
                content: "None is free, and the clerk sees it before she confirms",
                trigger: `${cell("rental_free", "TL-12")}:contains("0")`,
            },
            {
                content: "Confirm all the same",
                trigger: "button[name='action_confirm']:visible",
                run: "click",
            },
            {
                content: "Refused: who has it",
                trigger: `.o_conflict_dialog .o_verdict_holders li:contains("${CUSTOMER}")`,
            },
            {
                content: "Until when",
                trigger: ".o_conflict_dialog .o_verdict_holders li",
                run({ anchor }) {
                    const text = anchor.textContent;
                    // The tour that wrote the order may have run before midnight.
                    const days = [stop(), stop().minus({ hours: 1 })];
                    if (!days.some((day) => text.includes(day.toFormat("MMM d")))) {
                        throw new Error(`It does not say until when: ${text}`);
                    }
                },
            },
            {
                content: "What is free instead",
                trigger: ".o_conflict_dialog .o_verdict_proposals li:contains('TL-12')",
            },
            {
                content: "Think again",
                trigger: ".o_conflict_dialog footer .btn-primary",
                run: "click",
            },
            { content: "It is a quotation still", trigger: status("Quotation") },
            {
                content: "To the orders",
                trigger: ".breadcrumb-item.o_back_button a",
                run: "click",
            },
            openOrder(),
            { trigger: status("Partly back") },
            {
                content: "The customer leaves the deposit",
                trigger: "button[name='action_rental_deposit_receive']",
                run: "click",
            },
            {
                content: "For both lifts",
                trigger: ".modal .o_field_widget[name='amount'] input:value('600.00')",
            },
            press("action_receive", "Receive it"),
            {
                trigger: `${NO_WINDOW} .o_field_widget[name='rental_deposit_held']:contains("600.00")`,
            },
            {
                content: "The last items come back",
                trigger: ".o_statusbar_buttons button[name='action_rental_take_back']",
                run: "click",
            },
            fill("quantity", 16, "CH-FLD"),
            press("action_take_back", "One chair more than is out"),
            {
                content: "Refused",
                trigger: ".o_error_dialog:contains('only 15 are out')",
            },
            {
                trigger: ".o_error_dialog footer .btn-primary",
                run: "click",
            },
            { trigger: `body:not(:has(.o_error_dialog)) .modal ${row("CH-FLD")}` },
            fill("quantity", 15, "CH-FLD"),
            press("action_take_back", "What is really there"),
            { trigger: `${NO_WINDOW} ${status("Back, to settle")}` }
        ),
});

/** The accountant: the invoice, the customer's payment, the deposit back. */
tours.add("rental_settlement_tour", {
    url: "/odoo/rentals",
    steps: () =>
        patient(
            openOrder(),
            {
                content: "Invoice the rental",
                trigger: "button[name='action_rental_invoice']:visible",
                run: "click",
            },
            {
                trigger: ".o_form_view button[name='action_post']:visible",
                run: "click",
            },
            { trigger: ".o_arrow_button_current[data-value='posted']" },
            {
                content: "The customer pays, all but the damage",
                trigger: "button[name='action_register_payment']:visible",
                run: "click",
            },
            {
                trigger: ".modal .o_field_widget[name='amount'] input",
                run: "edit 1260",
            },
            press("action_create_payments", "Create the payment"),
            {
                content: "The damage is still open",
                trigger: `${NO_WINDOW} .o_field_widget[name='amount_residual']:contains("40.00"):not(:contains("1,"))`,
            },
            {
                content: "Back to the order",
                trigger: ".breadcrumb-item.o_back_button a",
                run: "click",
            },
            {
                content: "Settle the deposit",
                trigger: "button[name='action_rental_deposit_settle']:visible",
                run: "click",
            },
            {
                content: "The damage is kept",
                trigger:
                    ".modal .o_field_widget[name='amount_kept'] input:value('40.00')",
            },
            {
                content: "The rest is paid back",
                trigger:
                    ".modal .o_field_widget[name='amount_returned'] input:value('560.00')",
            },
            press("action_settle", "Settle"),
            { trigger: `${NO_WINDOW} ${status("Closed")}` }
        ),
});
