import { _t } from "@web/core/l10n/translation";
import { showRefusal } from "@resource_allocation/verdict/refusal";

showRefusal("odoo.addons.room_booking.exceptions.BookingRefused", _t("Not booked"));
