import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

const tours = registry.category("web_tour.tours");

/** How long a step waits for its state, in ms: a busy machine is no failure. */
const PATIENCE = 50000;
const patient = (...steps) =>
    steps.flat().map((step) => ({ timeout: PATIENCE, ...step }));

const menu = (name) => `[data-menu-xmlid='resource_lending.lending_menu_${name}']`;
const rows = (name) => `.o_field_widget[name='${name}'] .o_data_row`;
const NO_WINDOW = "body:not(:has(.modal))";

const openPage = () => ({
    content: "Open the page Assets",
    trigger: ".o_notebook_headers a[name='lending']",
    run: "click",
});

const openMenu = (section, entry) => [
    stepUtils.showAppsMenuItem(),
    { content: "Open lending", trigger: `.o_app${menu("root")}`, run: "click" },
    { trigger: `.o_menu_sections ${menu(section)}`, run: "click" },
    { trigger: `.dropdown-item${menu(entry)}`, run: "click" },
];

/** On the card of somebody else: refused with the holder's name (D13). */
const giveLaptop = () => [
    {
        content: "Give something that another has",
        trigger: ".o_field_widget[name='lending_loan_ids'] .o_field_x2many_list_row_add a",
        run: "click",
    },
    {
        trigger: ".o_selected_row .o_field_widget[name='asset_id'] input",
        run: "edit Tour laptop",
    },
    {
        trigger: ".o-autocomplete--dropdown-item a:contains('Tour laptop')",
        run: "click",
    },
    {
        content: "The refusal names the person (D13)",
        trigger: ".modal :contains('assigned to user OTT')",
    },
];

/** An HR officer: what is held now, on a past day, and a take-over (LT8). */
tours.add("lending_hr_card", {
    steps: () =>
        patient(
            openPage(),
            { trigger: `${rows("lending_loan_ids")}:contains('Tour phone')` },
            { trigger: `${rows("lending_held_ids")}:contains('Tour phone')` },
            {
                content: "What was it in March?",
                trigger: ".o_field_widget[name='lending_as_of'] :is(input, button)",
                run: "click",
            },
            {
                trigger: ".o_field_widget[name='lending_as_of'] input",
                run: "edit 03/15/2024 && press Enter",
            },
            { trigger: `${rows("lending_held_ids")}:contains('Tour key')` },
            {
                content: "The phone came later",
                trigger: `.o_field_widget[name='lending_held_ids']:not(:has(.o_data_row:contains('Tour phone')))`,
            },
            giveLaptop(),
            { trigger: ".modal button:contains('Close')", run: "click" },
            { trigger: NO_WINDOW },
            {
                content: "The row was emptied",
                trigger: ".o_selected_row .o_field_widget[name='asset_id'] input",
                run({ anchor }) {
                    if (anchor.value) {
                        throw new Error(`still there: ${anchor.value}`);
                    }
                },
            },
            { trigger: ".o_form_button_cancel", run: "click" },
            openPage(),
            giveLaptop(),
            {
                trigger: ".modal button:contains('Take over from OTT')",
                run: "click",
            },
            {
                content: "The window says what becomes of the former row",
                trigger: ".modal .o_field_widget[name='summary']:contains('OTT')",
            },
            { trigger: ".modal button[name='action_take_over']", run: "click" },
            { trigger: NO_WINDOW },
            {
                content: "The card was loaded anew",
                trigger: "button[name='action_lending_items']:contains('2')",
            },
            openPage(),
            { trigger: `${rows("lending_loan_ids")}:contains('Tour laptop')` },
            { trigger: ".o_breadcrumb:contains('Employees')" }
        ),
});

/** HR registers a departure; three items are asked back. */
tours.add("lending_departure", {
    steps: () =>
        patient(
            {
                content: "Archive the employee",
                trigger: ".o_cp_action_menus button:has(.fa-cog)",
                run: "click",
            },
            { trigger: ".o-dropdown-item:contains('Archive')", run: "click" },
            {
                content: "The window lists what is still held",
                trigger: `.modal ${rows("lending_loan_ids")}:contains('Tour laptop')`,
            },
            { trigger: `.modal ${rows("lending_loan_ids")}:nth-child(3)` },
            {
                trigger: ".modal .o_field_widget[name='lending_method'] input[data-value='shipment']",
                run: "click",
            },
            { trigger: ".modal button[name='action_register_departure']", run: "click" },
            { trigger: NO_WINDOW },
            {
                content: "The red badge counts",
                trigger: ".o_lending_to_return:contains('3')",
            },
            openMenu("assignments", "departure"),
            { trigger: ".o_data_row:contains('MARI'):contains('3')" },
            {
                trigger: ".o_data_row:contains('MARI') td[name='deadline']",
                run: "click",
            },
            { trigger: `${rows("loan_ids")}:contains('Tour laptop')` },
            { trigger: ".o_form_view .badge:contains('3 items to return')" }
        ),
});

/** A manager: the team's things, and a request to agree to. */
tours.add("lending_manager", {
    steps: () =>
        patient(
            openMenu("mine", "my_team"),
            {
                content: "The people below",
                trigger: ".o_group_header:contains('OTT')",
                run: "click",
            },
            { trigger: ".o_data_row:contains('Tour laptop')" },
            {
                content: "No colleague's",
                trigger: ".o_list_view:not(:has(.o_group_header:contains('Kari')))",
            },
            { trigger: `.o_menu_sections ${menu("requests")}`, run: "click" },
            { trigger: `.dropdown-item${menu("request_approve")}`, run: "click" },
            {
                trigger: ".o_kanban_record:contains('OTT') button[name='action_approve']",
                run: "click",
            },
            {
                content: "Nothing left to decide",
                trigger: ".o_kanban_view:not(:has(button[name='action_approve']))",
            }
        ),
});
