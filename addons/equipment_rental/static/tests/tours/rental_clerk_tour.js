import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

const { DateTime } = luxon;
const moment = (days) => DateTime.now().plus({ days }).toFormat("MM/dd/yyyy HH:mm");
const status = (text) => `.o_field_widget[name="rental_status"]:contains("${text}")`;
const line = (item) =>
    `.o_field_widget[name="order_line"] .o_data_row:contains("${item}")`;

const ITEM = ".o_selected_row .o_field_widget[name='product_template_id'] input";
const FOUND = ".o-autocomplete--dropdown-item a";

/**
 * Type an item's code into the new line and choose it.
 *
 * The line before may still be computing; its answer can empty the new line's field
 * while a fast typist is at it. A person types again, and so does the tour.
 */
function addItem(code, quantity) {
    return [
        {
            content: `Add a line for ${code}`,
            trigger: ".o_field_x2many_list_row_add :contains('Add a product')",
            run: "click",
        },
        {
            trigger: ITEM,
            timeout: 40000,
            async run({ edit, waitFor }) {
                for (let tries = 0; tries < 5; tries++) {
                    try {
                        await edit(code, ITEM);
                        const found = `${FOUND}:contains("${code}")`;
                        return await waitFor(found, { timeout: 5000 });
                    } catch {
                        console.log(`Typing ${code} again`);
                    }
                }
            },
        },
        {
            trigger: `${FOUND}:contains("${code}")`,
            run: "click",
        },
        {
            trigger: ".o_selected_row .o_field_widget[name='product_uom_qty'] input",
            run: `edit ${quantity}`,
        },
    ];
}

registry.category("web_tour.tours").add("rental_clerk_tour", {
    url: "/odoo",
    steps: () => [
        stepUtils.showAppsMenuItem(),
        {
            content: "Open the rental app",
            trigger:
                ".o_app[data-menu-xmlid='equipment_rental.equipment_rental_menu_root']",
            run: "click",
        },
        {
            content: "Write a quotation",
            trigger: ".o_list_button_add",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name='partner_id'] input",
            run: "edit Granite Civil",
        },
        {
            trigger: ".o-autocomplete--dropdown-item:contains('Granite Civil')",
            run: "click",
        },
        {
            content: "For eight days from now",
            trigger: ".o_group input[data-field='rental_start']",
            run: `edit ${moment(0)} && press Enter`,
        },
        {
            trigger: ".o_group input[data-field='rental_stop']",
            run: `edit ${moment(8)} && press Enter`,
        },
        ...addItem("EX-017", 1),
        ...addItem("CH-FLD", 40),
        {
            content: "The rent is the cheapest combination",
            trigger: ".o_field_widget[name='tax_totals']",
        },
        {
            content: "Book it on a project of its own",
            trigger: "button[name='action_rental_new_project']",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name='project_id'] input:value('Granite Civil')",
        },
        {
            content: "Confirm: it is reserved",
            trigger: "button[name='action_confirm']:visible",
            run: "click",
        },
        { trigger: status("Reserved") },
        {
            content: "Hand over",
            trigger: "button[name='action_rental_hand_over'].btn-primary",
            run: "click",
        },
        {
            trigger: ".modal .o_data_row:contains('EX-017') td[name='lot_ids']",
            run: "click",
        },
        {
            content: "Type the serial number",
            trigger: ".modal .o_field_widget[name='lot_ids'] input",
            run: "edit EX-017-002",
        },
        {
            trigger: ".o-autocomplete--dropdown-item:contains('EX-017-002')",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name='lot_ids'] .o_tag:contains('EX-017-002')",
        },
        {
            trigger: ".modal button[name='action_hand_over']",
            run: "click",
        },
        { trigger: status("Out") },
        {
            content: "25 chairs come back",
            trigger: `${line("CH-FLD")} button[name="action_rental_take_back"]`,
            run: "click",
        },
        {
            trigger: ".modal .o_data_row:contains('CH-FLD') td[name='quantity']",
            run: "click",
        },
        {
            trigger: ".modal .o_selected_row .o_field_widget[name='quantity'] input",
            run: "edit 25",
        },
        {
            trigger: ".modal button[name='action_take_back']",
            run: "click",
        },
        { trigger: status("Partly back") },
        {
            content: "Then all the rest",
            trigger: ".o_statusbar_buttons button[name='action_rental_take_back']",
            run: "click",
        },
        {
            trigger: ".modal .o_data_row:contains('EX-017-002')",
        },
        {
            trigger: ".modal button[name='action_take_back']",
            run: "click",
        },
        { trigger: `${status("Back")}:not(:contains("Partly"))` },
        {
            content: "Send the invoice",
            trigger: "button[name='action_rental_invoice']",
            run: "click",
        },
        {
            trigger: ".o_form_view button[name='action_post']:visible",
            run: "click",
        },
        {
            content: "It is posted",
            trigger: ".o_arrow_button_current[data-value='posted']",
        },
    ],
});
