import { registry } from "@web/core/registry";

/**
 * Load the employee's card anew after a take-over. Its emptied row cannot be saved, so
 * the card is left without saving; the usual reload would insist on the row.
 */
async function reloadCard(env, action) {
    const { currentController } = env.services.action;
    await env.services.action.doAction(
        {
            type: "ir.actions.act_window",
            res_model: "hr.employee",
            res_id: action.params.employee_id,
            views: [[false, "form"]],
        },
        {
            forceLeave: true,
            // Only the form is replaced: the list it was opened from stays behind it.
            index: currentController.config.breadcrumbs.length - 1,
        }
    );
}

registry.category("actions").add("lending_reload_card", reloadCard);
