import { registry } from "@web/core/registry";

/** How long a step waits for its state, in ms: a busy machine is no failure. */
const PATIENCE = 50000;

const row = (word) => `.o_field_widget[name="line_ids"] .o_data_row:contains("${word}")`;

const result = (word, text) => ({
    content: `${word}: ${text}`,
    trigger: `${row(word)} td[name="result"]:contains("${text}")`,
});

/** A hand scanner: keys as fast as it types, into no field. */
const scan = (code, told) => [
    {
        content: `Scan ${code}`,
        trigger: ".o_lending_stocktake_scan",
        run() {
            for (const key of [...code, "Enter"]) {
                document.body.dispatchEvent(
                    new KeyboardEvent("keydown", { key, bubbles: true })
                );
            }
        },
    },
    { trigger: `.o_lending_scanned:first:contains("${told}")` },
];

registry.category("web_tour.tours").add("lending_stocktake_tour", {
    url: "/odoo/lending-stock-takes",
    steps: () =>
        [
            {
                content: "A new stock-take",
                trigger: ".o_list_button_add",
                run: "click",
            },
            {
                content: "Of tour drills only",
                trigger: ".o_field_widget[name='type_ids'] input",
                run: "edit Tour drill",
            },
            {
                trigger: ".o-autocomplete--dropdown-item a:contains('Tour drill')",
                run: "click",
            },
            {
                trigger: ".o_field_widget[name='type_ids'] .o_tag:contains('Tour drill')",
            },
            {
                content: "List what should be there",
                trigger: "button[name='action_fill']:contains('Fill')",
                run: "click",
            },
            {
                trigger:
                    ".o_field_widget[name='progress_text']:contains('0 of 3 counted')",
            },
            scan("TOUR-PLACE", "Now counting in Tour store"),
            { trigger: ".o_lending_where:contains('Tour store')" },
            scan("TDR-1", "found"),
            result("Tour drill 1", "Found"),
            scan("TSW-1", "not on this sheet: added"),
            result("Tour saw", "Unexpected"),
            scan("NOBODY-9", "Nothing has the number NOBODY-9"),
            {
                content: "Type a code instead",
                trigger: ".o_lending_stocktake_scan input",
                run: "edit TDR-2",
            },
            {
                trigger: ".o_lending_stocktake_scan button:contains('Count')",
                run: "click",
            },
            result("Tour drill 2", "Found"),
            {
                trigger:
                    ".o_field_widget[name='progress_text']:contains('3 of 4 counted')",
            },
            {
                content: "Close the count",
                trigger: "button[name='action_confirm']",
                run: "click",
            },
            { trigger: ".modal button:contains('Ok')", run: "click" },
            {
                content: "It is locked",
                trigger: ".o_statusbar_status .o_arrow_button_current:contains('Confirmed')",
            },
            { trigger: ".o_form_view:not(:has(.o_lending_stocktake_scan))" },
            result("Tour drill 3", "Missing"),
            {
                content: "Look at what is missing",
                trigger: "button[name='action_view_lines']:contains('Missing')",
                run: "click",
            },
            {
                trigger: ".o_list_view .o_data_row:contains('Tour drill 3')",
            },
            {
                content: "Nothing else is",
                trigger: ".o_list_view:not(:has(.o_data_row:contains('Tour drill 1')))",
            },
        ]
            .flat()
            .map((step) => ({ timeout: PATIENCE, ...step })),
});
