import { registry } from "@web/core/registry";

/** A row of who has what is typed in the list of all assignments. */

const PATIENCE = 50000;

const choose = (field, name) => [
    {
        trigger: `.o_field_widget[name='${field}'] input`,
        run: `edit ${name}`,
        timeout: PATIENCE,
    },
    {
        trigger: `.o-autocomplete--dropdown-item:contains('${name}')`,
        run: "click",
        timeout: PATIENCE,
    },
];

registry.category("web_tour.tours").add("lending_type_assignment", {
    steps: () => [
        { trigger: ".o_list_button_add", run: "click", timeout: PATIENCE },
        ...choose("asset_id", "Tour drill"),
        ...choose("employee_id", "MARI"),
        { trigger: "[data-field='date_from']", run: "click" },
        {
            trigger: "input[data-field='date_from']",
            run: "edit 05/06/2024 && press Enter",
        },
        { trigger: ".o_form_button_save", run: "click" },
        { trigger: ".o_statusbar_status :contains('Handed out')", timeout: PATIENCE },
    ],
});
