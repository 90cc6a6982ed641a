/** What the tours of a rental have in common. */

/** How long a step waits for its state, in ms: a busy machine is no failure. */
const PATIENCE = 50000;

export const patient = (...steps) =>
    steps.flat().map((step) => ({ timeout: PATIENCE, ...step }));

export const status = (text) =>
    `.o_form_view .o_field_widget[name="rental_status"]:contains("${text}")`;

export const row = (...words) =>
    `.o_data_row${words.map((word) => `:contains("${word}")`).join("")}`;

export const cell = (name, ...words) => `${row(...words)} td[name="${name}"]`;

/** Nothing is open over the page any more. */
export const NO_WINDOW = "body:not(:has(.modal))";

const FOUND = ".o-autocomplete--dropdown-item a";

/**
 * Type into a field that searches, and choose what it finds.
 *
 * An answer of the server may empty the field while a fast typist is at it. A person
 * types again, and so does the tour.
 */
export function choose(field, text) {
    const found = `${FOUND}:contains("${text}")`;
    return [
        {
            content: `Look for ${text}`,
            trigger: field,
            async run({ edit, waitFor }) {
                for (let tries = 0; tries < 6; tries++) {
                    try {
                        await edit(text, field);
                        return await waitFor(found, { timeout: 6000 });
                    } catch {
                        console.log(`Typing ${text} again`);
                    }
                }
            },
        },
        { content: `Choose ${text}`, trigger: found, run: "click" },
    ];
}

/** A date and time as somebody types it. */
export const typed = (moment) => moment.toFormat("MM/dd/yyyy HH:mm");

/** New rental quotation from the list: customer and period. */
export function quote(customer, start, stop) {
    return [
        { content: "Write a quotation", trigger: ".o_list_button_add", run: "click" },
        choose(".o_field_widget[name='partner_id'] input", customer),
        {
            content: "From",
            trigger: ".o_group input[data-field='rental_start']",
            run: `edit ${typed(start)} && press Enter`,
        },
        {
            content: "Until",
            trigger: ".o_group input[data-field='rental_stop']",
            run: `edit ${typed(stop)} && press Enter`,
        },
    ].flat();
}

/** The rent of the line that is being written, without tax. */
export const rentIs = (rent) => ({
    content: `Together ${rent}`,
    trigger: `.o_selected_row td[name="price_subtotal"]:contains("${rent}")`,
});

/** One line more, for the period of the order; its rent shows that it is complete. */
export function addItem(code, quantity, rent) {
    return [
        {
            content: `Add a line for ${code}`,
            trigger: ".o_field_x2many_list_row_add :contains('Add a product')",
            run: "click",
        },
        ...choose(
            ".o_selected_row .o_field_widget[name='product_template_id'] input",
            code
        ),
        {
            content: "The item is there",
            trigger:
                ".o_selected_row td[name='price_subtotal']:not(:contains(/^\\D*0[.]00\\D*$/))",
        },
        {
            content: `${quantity} of it`,
            trigger: ".o_selected_row .o_field_widget[name='product_uom_qty'] input",
            run: `edit ${quantity} && press Tab`,
        },
        rentIs(rent),
    ];
}

/** Everything stands on a project; this rental gets one of its own. */
export function newProject(customer) {
    return [
        {
            content: "Book it on a project of its own",
            trigger: "button[name='action_rental_new_project']",
            run: "click",
        },
        {
            trigger: `.o_field_widget[name='project_id'] input:value('${customer}')`,
        },
    ];
}

/** Type a value into a cell of a list in a window. */
export function fill(name, value, ...words) {
    return [
        { trigger: `.modal ${cell(name, ...words)}`, run: "click" },
        {
            content: `${name}: ${value}`,
            // Of that row: the one before keeps its field until the server answers.
            trigger: `.modal ${row(...words)} .o_field_widget[name='${name}'] input`,
            run: `edit ${value}`,
        },
    ];
}

/** A hand scanner: keys as fast as it types, into no field. */
export function scan(code) {
    return {
        content: `Scan ${code}`,
        trigger: ".modal .o_field_widget[name='line_ids'] .o_data_row",
        run() {
            for (const key of [...code, "Enter"]) {
                document.body.dispatchEvent(
                    new KeyboardEvent("keydown", { key, bubbles: true })
                );
            }
        },
    };
}

export const press = (name, content) => ({
    content,
    trigger: `.modal footer button[name='${name}']`,
    run: "click",
});
