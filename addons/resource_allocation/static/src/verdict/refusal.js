import { odooExceptionTitleMap, WarningDialog } from "@web/core/errors/error_dialogs";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

/**
 * Show a refusal of ours as one: the web client takes exceptions that it does not know
 * for faults of the program, whatever they inherit from.
 *
 * @param {string} exception its full name in Python
 * @param {string} title
 */
export function showRefusal(exception, title) {
    odooExceptionTitleMap.set(exception, title);
    registry.category("error_dialogs").add(exception, WarningDialog);
}

showRefusal("odoo.addons.resource_allocation.exceptions.StaleChange", _t("Changed meanwhile"));
showRefusal("odoo.addons.resource_allocation.exceptions.LedgerBusy", _t("Too many at once"));
