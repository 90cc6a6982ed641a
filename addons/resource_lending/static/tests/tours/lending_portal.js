import { registry } from "@web/core/registry";

/** An employee without a login signs for what was handed out, through the link. */
registry.category("web_tour.tours").add("lending_portal_sign", {
    steps: () => [
        {
            content: "the page says that something is to sign",
            trigger: ".alert:contains('Please sign for what you got')",
        },
        {
            content: "open it",
            trigger: ".alert a:contains('Look and sign')",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "the terms are there to read",
            trigger: "section:contains('Handle with care')",
        },
        {
            content: "one item did not come",
            trigger: ".list-group-item:contains('PHN-017') summary",
            run: "click",
        },
        {
            content: "say why",
            trigger: ".list-group-item:contains('PHN-017') textarea",
            run: "edit It was not in the box",
        },
        {
            content: "decline it",
            trigger: ".list-group-item:contains('PHN-017') button:contains('Decline this item')",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "it is declined",
            trigger: ".list-group-item:contains('PHN-017') .badge:contains('Declined')",
        },
        {
            content: "sign with the name",
            trigger: "#sign .o_web_sign_auto_button, #sign .o_web_sign_name_input",
        },
        {
            content: "the signature is drawn from the name",
            trigger: "#sign .o_portal_sign_submit:enabled",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "thanked",
            trigger: ".alert:contains('you have signed')",
        },
        {
            content: "the rest is accepted",
            trigger: ".list-group-item:contains('LAP-001') .badge:contains('Accepted')",
        },
        {
            content: "back to what I have",
            trigger: "a:contains('My items')",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "nothing is left to sign",
            trigger: ".o_lending_portal:not(:has(.alert)) .list-group-item:contains('LAP-001')",
        },
    ],
});
