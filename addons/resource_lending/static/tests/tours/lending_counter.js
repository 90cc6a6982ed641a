import { registry } from "@web/core/registry";

const { DateTime } = luxon;
const tours = registry.category("web_tour.tours");

/** How long a step waits for its state, in ms: a busy machine is no failure. */
const PATIENCE = 50000;
const patient = (...steps) =>
    steps.flat().map((step) => ({ timeout: PATIENCE, ...step }));

const PERSON = "Tour Kari";
const row = (text) => `.o_data_row:contains("${text}")`;
const field = (name) => `.o_field_widget[name="${name}"]`;
const FOUND = ".o-autocomplete--dropdown-item a";
const NO_WINDOW = "body:not(:has(.modal))";

const tick = (text) => [
    {
        content: `Choose ${text}`,
        trigger: `${row(text)} .o_list_record_selector input`,
        run: "click",
    },
    { trigger: `.o_data_row_selected:contains("${text}")` },
];

const press = (name, content) => ({
    content,
    trigger: `button[name="${name}"]:visible`,
    run: "click",
});

/** A hand scanner: keys as fast as it types, into no field. */
const scan = (code, shown) => [
    {
        content: `Scan ${code}`,
        trigger: `.o_form_view ${field("line_ids")}`,
        run() {
            document.activeElement?.blur();
            for (const key of [...code, "Enter"]) {
                document.body.dispatchEvent(
                    new KeyboardEvent("keydown", { key, bubbles: true })
                );
            }
        },
    },
    { content: `${shown} is on the list`, trigger: `${field("line_ids")} ${row(shown)}` },
];

const state = (label) => ({
    content: `It is ${label}`,
    trigger: `.o_statusbar_status .o_arrow_button_current:contains("${label}")`,
});

/** The page opens on cards; many are chosen in a list. */
const AS_LIST = [
    { trigger: ".o_switch_view.o_list", run: "click" },
    { trigger: ".o_list_view" },
];

const NEW = { content: "A new one", trigger: ".o_list_button_add", run: "click" };

/** Both things for one person, with where to collect them. */
tours.add("lending_counter_reserve", {
    steps: () =>
        patient(
            AS_LIST,
            tick("TOUR-1"),
            tick("TOUR-2"),
            press("action_reserve", "Reserve both"),
            {
                content: "For whom",
                trigger: `.modal ${field("employee_id")} input`,
                run: `edit ${PERSON}`,
            },
            { trigger: `${FOUND}:contains("${PERSON}")`, run: "click" },
            {
                content: "Where to collect",
                trigger: `.modal ${field("pickup_place")} input`,
                run: "edit Reception, 1st floor",
            },
            {
                content: "Reserve",
                trigger: '.modal footer button[name="action_reserve"]',
                run: "click",
            },
            { trigger: NO_WINDOW },
            { trigger: `${row("TOUR-2")}:contains("Reserved")` }
        ),
});

/** The person stands at the counter. */
tours.add("lending_counter_hand_out", {
    steps: () =>
        patient(
            NEW,
            scan("TOUR-1", "TOUR-1"),
            {
                content: "The reservation says who gets it",
                trigger: `${field("employee_id")} input:value("${PERSON}")`,
            },
            scan("TOUR-2", "TOUR-2"),
            press("confirm", "Hand out"),
            state("Done")
        ),
});

tours.add("lending_counter_recall", {
    steps: () =>
        patient(
            tick("TOUR-1"),
            tick("TOUR-2"),
            press("action_recall", "Recall both"),
            {
                content: "Until when",
                trigger: `.modal ${field("recall_by")} button, .modal ${field("recall_by")} input`,
                run: "click",
            },
            {
                trigger: `.modal ${field("recall_by")} input`,
                run: `edit ${DateTime.now().plus({ days: 4 }).toFormat("MM/dd/yyyy 12:00:00")} && press Enter`,
            },
            {
                content: "Why",
                trigger: `.modal ${field("message")} textarea`,
                run: "edit new phone is here",
            },
            {
                content: "Recall",
                trigger: '.modal footer button[name="action_recall"]',
                run: "click",
            },
            { trigger: NO_WINDOW }
        ),
});

tours.add("lending_counter_take_back", {
    steps: () =>
        patient(
            NEW,
            scan("TOUR-1", "TOUR-1"),
            scan("TOUR-2", "TOUR-2"),
            {
                content: "The second one is broken",
                trigger: `${field("line_ids")} ${row("TOUR-2")} td[name="outcome"]`,
                run: "click",
            },
            {
                trigger: `.o_selected_row ${field("outcome")} input`,
                run: "click",
            },
            {
                trigger: '.o_select_menu_item:contains("Outdated")',
                run: "click",
            },
            {
                trigger: `.o_selected_row ${field("outcome")} input:value("Outdated")`,
            },
            {
                content: "Take both back",
                trigger: 'button[name="confirm"]:visible',
                run: "click",
            },
            state("Done")
        ),
});
