/**
 * Opens actions one after another in every view they have, and says what went wrong in
 * which. Driven by resource_allocation/tests/screens.py.
 */

import { App } from "@odoo/owl";
import { rpc, rpcBus } from "@web/core/network/rpc";
import { user } from "@web/core/user";

export const SUCCESS_SIGNAL = "all screens are well";
// Milliseconds until a screen counts as hung.
const PATIENCE = 40000;
const ROWS = ".o_data_row, .o_group_header, .o_kanban_record:not(.o_kanban_ghost)";
const SAMPLE = ".o_view_sample_data, .o_view_nocontent";
const LISTS = ["list", "kanban"];

const pending = new Set();
const problems = new Set();
let screen = "";
let failure = null;
let giveUp = () => {};

function note(problem) {
    problems.add(`${screen}: ${String(problem).trim()}`);
}

/** Note an error and end the work on this screen, which may never be drawn. */
function fail(error) {
    note(describe(error));
    giveUp(error);
}

/** Whatever an error is called by, with the server's traceback where it has one. */
function describe(error) {
    const cause = error?.cause ? `\n${describe(error.cause)}` : "";
    return (error?.data?.debug || error?.stack || String(error)) + cause;
}

/** Take over every way in which a client can fail; returns how to give them back. */
function watch() {
    const { error } = console;
    console.error = (...what) => note(what.map(describe).join(" "));
    const onError = (ev) => {
        // Neither Odoo's dialog nor the browser's own report: it is noted here.
        ev.preventDefault();
        ev.stopImmediatePropagation();
        fail(ev.reason || ev.error || ev.message);
    };
    const onRequest = ({ detail }) => pending.add(detail.data.id);
    const onResponse = ({ detail }) => {
        pending.delete(detail.data.id);
        if (detail.error) {
            fail(detail.error);
        }
    };
    window.addEventListener("error", onError, true);
    window.addEventListener("unhandledrejection", onError, true);
    rpcBus.addEventListener("RPC:REQUEST", onRequest);
    rpcBus.addEventListener("RPC:RESPONSE", onResponse);
    return () => (console.error = error);
}

/** Wait until no request runs and nothing is left to be drawn. */
async function settle() {
    for (let calm = 0; calm < 2; ) {
        await new Promise((resolve) => setTimeout(() => requestAnimationFrame(resolve), 10));
        const drawing = [...App.apps].some((app) => app.scheduler.tasks.size);
        calm = pending.size || drawing ? 0 : calm + 1;
        if (failure) {
            throw failure;
        }
    }
    const dialog = document.querySelector(".o_error_dialog");
    if (dialog) {
        note(dialog.innerText);
    }
}

async function click(selector) {
    const target = document.querySelector(selector);
    target?.click();
    await settle();
    return Boolean(target);
}

/** One screen: what fails in it is noted; whether it opened. */
async function open(name, work) {
    screen = name;
    console.log(`Opening ${screen}`);
    failure = null;
    const failed = new Promise((_resolve, reject) => {
        giveUp = (error) => reject((failure ||= error));
    });
    const timer = setTimeout(giveUp, PATIENCE, new Error("it does not come to rest"));
    try {
        await Promise.race([work().then(settle), failed]);
        return true;
    } catch (error) {
        note(describe(error));
        return false;
    } finally {
        clearTimeout(timer);
        odoo.__WOWL_DEBUG__.root.env.services.dialog.closeAll();
    }
}

class Walk {
    constructor({ who, actions, filled }) {
        this.who = who;
        this.actions = actions;
        this.filled = filled;
        this.services = odoo.__WOWL_DEBUG__.root.env.services;
        this.screens = 0;
    }

    async run() {
        for (const id of this.actions) {
            await this.runAction(await rpc("/web/action/load", { action_id: id }));
        }
    }

    async runAction(action) {
        const name = `${this.who}, ${action.xml_id || action.name}`;
        const types = (action.views || []).map(([, type]) => type);
        const first = this.firstOf(types, action.mobile_view_mode);
        const opened = await open(`${name} ${first}`, async () => {
            await this.start(action);
            await settle();
            await this.use(first, action);
        });
        this.screens++;
        for (const type of action.target === "new" ? [] : types) {
            if (![first, "search"].includes(type)) {
                await open(`${name} ${type}`, () => this.turnTo(type, action, opened));
                this.screens++;
            }
        }
    }

    /** The view that the client opens by itself: on a phone the cards, if there are. */
    firstOf(types, ofPhone) {
        const isPhone = odoo.__WOWL_DEBUG__.root.env.isSmall && types[0] !== "form";
        return isPhone && types.includes(ofPhone) ? ofPhone : types[0];
    }

    get current() {
        return this.services.action.currentController;
    }

    start(action, options = {}) {
        return this.services.action.doAction(
            { ...action },
            { clearBreadcrumbs: true, ...options }
        );
    }

    /** Turn to another view, as the buttons at the top and a click on a row do. */
    async turnTo(type, action, opened) {
        if (opened) {
            const props = type === "form" ? { resId: await this.findRecord() } : {};
            if (type === "form" && !props.resId && !(await this.mayBeginOne())) {
                return;
            }
            await this.services.action.switchView(type, props);
        } else {
            await this.start({ ...action, mobile_view_mode: type }, { viewType: type });
        }
        await settle();
        await this.use(type, action);
    }

    /** Whether there is a new form: where lists are filled, the lack was told already. */
    async mayBeginOne() {
        const { res_model } = this.current.action;
        return !this.filled && user.checkAccessRight(res_model, "create");
    }

    async findRecord() {
        const { res_model, domain, context } = this.current.action;
        const options = { context, limit: 1 };
        const [id] = await this.services.orm.search(res_model, domain, options);
        return id;
    }

    /** Unfold, add, turn the pages: what is only drawn once somebody asks for it. */
    async use(type, action) {
        if (LISTS.includes(type) && this.filled && !this.hasRows()) {
            await this.start({ ...action, context: "{}" });
            await this.services.action.switchView(type);
            await settle();
            if (!this.hasRows()) {
                note("it shows no record: the test makes none");
            }
        }
        await click(".o_group_header");
        if (await click(".o_kanban_quick_add")) {
            await this.addCard();
        }
        for (const tab of document.querySelectorAll(".o_notebook .nav-link:not(.active)")) {
            tab.click();
            await settle();
        }
    }

    /** Type a name into the card that "+" opened, and add it. */
    async addCard() {
        const input = document.querySelector(".o_kanban_quick_create input[type=text]");
        if (input) {
            input.value = "Card of a test";
            input.dispatchEvent(new Event("input", { bubbles: true }));
            input.dispatchEvent(new Event("change", { bubbles: true }));
        }
        await click(".o_kanban_quick_create .o_kanban_add");
    }

    hasRows() {
        return document.querySelector(ROWS) && !document.querySelector(SAMPLE);
    }
}

/**
 * @param {object} plan
 * @param {string} plan.who whose session it is, for the report
 * @param {number[]} plan.actions their ids
 * @param {boolean} plan.filled whether every list has to show a record
 */
export async function walk(plan) {
    const release = watch();
    const tour = new Walk(plan);
    const began = Date.now();
    await tour.run();
    release();
    if (problems.size) {
        console.error([...problems].join("\n\n"));
        return;
    }
    console.log(`${tour.screens} screens in ${Date.now() - began} ms`);
    console.log(SUCCESS_SIGNAL);
}
