import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

/** Who had what on a date: through the menus, the date box, the list. */

const tours = registry.category("web_tour.tours");
const PATIENCE = 50000;

const patient = (...steps) =>
    steps.flat().map((step) => ({ timeout: PATIENCE, ...step }));

const menu = (name) => `[data-menu-xmlid='resource_lending.lending_menu_${name}']`;

const title = (text) => `.o_breadcrumb :contains('${text}')`;

const row = (...words) =>
    `.o_data_row${words.map((word) => `:contains("${word}")`).join("")}`;

const openDateBox = () => [
    stepUtils.showAppsMenuItem(),
    { content: "Open lending", trigger: `.o_app${menu("root")}`, run: "click" },
    { trigger: `.o_menu_sections ${menu("reports")}`, run: "click" },
    { trigger: `.dropdown-item${menu("report_as_of")}`, run: "click" },
];

const chooseDate = (date) => [
    {
        content: "Today is proposed",
        // A button, until it has the focus.
        trigger: ".modal [data-field='date']",
        run: "click",
    },
    {
        content: `Choose ${date}`,
        trigger: ".modal input[data-field='date']",
        run: `edit ${date} && press Enter`,
    },
];

const show = () => [
    { trigger: ".modal button[name='action_open']", run: "click" },
    { trigger: "body:not(:has(.modal))" },
];

tours.add("lending_as_of_hr", {
    steps: () =>
        patient(
            openDateBox(),
            chooseDate("04/15/2024"),
            {
                content: "The list of employees",
                trigger: ".modal .o_field_widget[name='subject'] input[data-value='employees']",
                run: "click",
            },
            show(),
            { trigger: title("Employee list as of 04/15/2024") },
            { trigger: ".o_group_header:contains('Workshop')" },
            { trigger: row("Tour laptop", "OTT") },
            {
                content: "Another date, from the list itself",
                trigger: "button[name='action_choose_date']",
                run: "click",
            },
            chooseDate("06/01/2024"),
            show(),
            { trigger: title("Employee list as of 06/01/2024") },
            {
                content: "By then it was another's; open the assignment",
                trigger: `${row("Tour laptop", "MARI")} td[name='asset_id']`,
                run: "click",
            },
            { trigger: ".o_form_view .o_field_widget[name='holder_name']:contains('MARI')" }
        ),
});

tours.add("lending_as_of_manager", {
    steps: () =>
        patient(
            openDateBox(),
            chooseDate("04/15/2024"),
            show(),
            { trigger: title("Asset list as of 04/15/2024") },
            { trigger: row("Tour laptop", "OTT") },
            {
                content: "A colleague's things are nobody's business",
                trigger: ".o_list_view:not(:has(.o_data_row:contains('Kari')))",
            }
        ),
});
