import { registry } from "@web/core/registry";

const row = (name) => `.o_find_free_row[data-name="${name}"]`;

/** A booking user's day: find, hold, confirm, hand out, take back; then a refusal. */
registry.category("web_tour.tours").add("resource_allocation_find_free_tour", {
    url: "/odoo/find-free",
    steps: () => [
        {
            content: "Of all kinds",
            trigger: "#find_free_kind",
            run: "selectByLabel Everything",
        },
        {
            content: "Look for the laptop",
            trigger: "#find_free_text",
            run: "edit Tour laptop",
        },
        {
            content: "Only what matches is left",
            trigger: ".o_find_free_rows:not(:has([data-name='Tour room']))",
        },
        {
            content: "Say what for",
            trigger: "#find_free_purpose",
            run: "edit Site visit",
        },
        {
            content: "Hold it",
            trigger: `${row("Tour laptop")} .o_find_free_hold`,
            run: "click",
        },
        {
            content: "It is held for a while and taken for others",
            trigger: `.o_find_free_booked:contains("Hold"):contains("Site visit")`,
        },
        {
            trigger: `${row("Tour laptop")} .badge:contains("Taken")`,
        },
        {
            content: "Open what was booked",
            trigger: ".o_find_free_open",
            run: "click",
        },
        {
            content: "Confirm",
            trigger: "button[name='action_confirm']",
            run: "click",
        },
        {
            content: "It is reserved",
            trigger: ".o_arrow_button_current:contains('Reserved')",
        },
        {
            content: "Hand out",
            trigger: "button[name='action_hand_out']:visible",
            run: "click",
        },
        {
            content: "It is out",
            trigger: ".o_arrow_button_current:contains('Out')",
        },
        {
            content: "Take back",
            trigger: "button[name='action_take_back']:visible",
            run: "click",
        },
        {
            content: "It is done",
            trigger: ".o_arrow_button_current:contains('Done')",
        },
        {
            content: "Back to the search",
            trigger: ".breadcrumb-item a:contains('Find what is free')",
            run: "click",
        },
        {
            content: "The search knows what became of it",
            trigger: ".o_find_free_booked:contains('Done')",
        },
        {
            content: "Now a room that somebody has",
            trigger: "#find_free_text",
            run: "edit Tour room",
        },
        {
            content: "Who has it?",
            trigger: `${row("Tour room")} .o_find_free_why`,
            run: "click",
        },
        {
            content: "Who, when, and what is free instead",
            trigger: `.o_verdict:contains("Board meeting") .o_verdict_proposals:contains("Tour annex")`,
        },
        {
            content: "Take the other room",
            trigger: `.o_verdict_proposals li:contains("Tour annex") .o_verdict_take`,
            run: "click",
        },
        {
            content: "Reserved instead",
            trigger: ".o_find_free_booked:contains('Reserved'):contains('Tour annex')",
        },
    ],
});

/** Typing over what is taken, past the hint: refused with who, when, what instead. */
registry.category("web_tour.tours").add("resource_allocation_conflict_tour", {
    url: "/odoo/allocations/new",
    steps: () => [
        {
            content: "The same room, the same hour",
            trigger: ".o_field_widget[name='resource_id'] input",
            run: "edit Tour room",
        },
        {
            trigger: ".ui-autocomplete a:contains('Tour room')",
            run: "click",
        },
        {
            content: "A hint, before anything is saved",
            trigger: ".o_allocation_refusal:contains('Board meeting')",
        },
        {
            content: "Insist",
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            content: "Refused in words",
            trigger: ".o_conflict_dialog .o_verdict_holders:contains('Board meeting')",
        },
        {
            trigger: ".o_conflict_dialog .o_verdict_proposals:contains('Tour annex')",
        },
        {
            content: "Change it",
            trigger: ".o_conflict_dialog .modal-footer .btn-primary",
            run: "click",
        },
        {
            content: "Nothing was saved; the form is still there",
            trigger: "body:not(:has(.o_conflict_dialog)) .o_form_button_cancel",
            run: "click",
        },
        {
            trigger: "body:not(:has(.o_form_dirty))",
        },
    ],
});

/** A block took the room's time: move the promise to another room. */
registry.category("web_tour.tours").add("resource_allocation_relocate_tour", {
    url: "/odoo/allocations-at-risk",
    steps: () => [
        {
            content: "Relocate what is at risk",
            trigger: ".o_data_row:contains('Tour room') button[name='action_relocate']",
            run: "click",
        },
        {
            content: "It says what is in the way",
            trigger: ".modal .o_data_row:contains('Burst pipe')",
        },
        {
            content: "Choose the other room",
            trigger: ".o_relocation_choice label:contains('Tour annex') input",
            run: "click",
        },
        {
            content: "Move it there",
            trigger: ".modal .o_data_row button[name='action_apply']",
            run: "click",
        },
        {
            content: "Moved",
            trigger: ".modal .o_data_row .badge:contains('Moved')",
        },
        {
            trigger: ".modal button[special='cancel'], .modal .modal-footer .btn-secondary",
            run: "click",
        },
        {
            content: "Nothing is left at risk",
            trigger: "body:not(:has(.modal)) .o_view_nocontent_smiling_face",
        },
    ],
});
