"""The example company lives, relative to today, by what users press."""

from datetime import datetime, time, timedelta
from typing import NamedTuple

from pytz import timezone, utc

from odoo import api, fields, models
from odoo.fields import Command

OPENS, CLOSES = 8, 17
"""The hours of the counter, by its clock."""


class Rental(NamedTuple):
    """A rental of the example company, and how far it has come."""

    fate: str  # the method ``_live_…`` that brings it there
    customer: str
    warehouse: str
    first: int  # days from today; a day on a weekend moves away from today
    last: int
    items: dict  # {item: pieces}
    project: str = ""  # of the customer; else it brings its own


LIFE = (
    Rental("closed", "eastham", "harbour", -12, -8, {"lt_009": 2, "wc_std": 2}, "fair"),
    Rental("back", "granite", "north", -20, -6, {"sl_080": 2, "tw_060": 1}, "bridge"),
    Rental("late", "hollis", "north", -5, -1, {"dr_005": 2, "vc_035": 1}, "mill"),
    Rental("out", "granite", "north", -1, 12, {"ge_060": 1, "cab_025": 8}, "bridge"),
    Rental("out", "alder", "north", -2, 3, {"ex_017": 1, "pl_080": 1}, "quarry"),
    Rental("unpaid", "carter", "north", -6, 1, {"ex_050": 1, "du_010": 2}),
    Rental("due_today", "juniper", "north", -3, 0, {"ex_008": 1, "bk_aug": 1}),
    Rental(
        "part_out", "eastham", "harbour", -1, 4, {"wc_std": 6, "flr_01": 80}, "fair"
    ),
    Rental("part_back", "dovecote", "harbour", -4, 1, {"ch_fld": 120, "tb_180": 20}),
    Rental("reserved", "brightwell", "north", 0, 4, {"ld_009": 3, "ho_250": 1}),
    Rental("reserved", "granite", "north", 5, 12, {"sl_080": 2, "ge_020": 1}, "bridge"),
    Rental("short", "ivory", "harbour", 7, 9, {"mic_wl": 8, "st_020": 16}, "openair"),
    Rental(
        "option", "ivory", "harbour", 14, 16, {"pa_1000": 2, "tr_300": 8}, "openair"
    ),
    Rental("lapsed", "dovecote", "harbour", 8, 10, {"tn_060": 2, "bn_set": 30}),
    Rental("cancelled", "brightwell", "north", 9, 11, {"sf_100": 2, "tw_060": 2}),
    Rental("quote", "fennel", "harbour", 8, 10, {"gr_gas": 3, "fr_600": 2}),
    Rental("sent", "alder", "north", 6, 20, {"ex_027": 1, "rl_150": 1}, "quarry"),
)
"""What the example company has behind it, on, and before it."""


class RentalExample(models.AbstractModel):
    """What goes on in the example company."""

    _inherit = "rental.example"

    @api.model
    def _load_life(self):
        """Let the example company live: each by the button, as who presses it.

        :return: ``{fate: rental orders}``
        """
        orders = {}
        for rental in LIFE:
            order = self._as("clerk")["sale.order"].create(self._prepare_order(rental))
            getattr(self, f"_live_{rental.fate}")(order)
            if order.date_order > order.rental_start:
                order.date_order = order.rental_start - timedelta(days=2)
            orders[rental.fate] = orders.get(rental.fate, order.browse()) | order
        return orders

    @api.model
    def _prepare_order(self, rental):
        project = rental.project and self._ref("project", rental.project).id
        return {
            "is_rental_order": True,
            "partner_id": self._ref("customer", rental.customer).id,
            "warehouse_id": self._ref("warehouse", rental.warehouse).id,
            "project_id": project or False,
            "rental_start": self._working_time(rental.first, OPENS),
            "rental_stop": self._working_time(rental.last, CLOSES),
            "order_line": [
                Command.create(
                    {
                        "product_id": self._ref("item", item).product_variant_id.id,
                        "product_uom_qty": pieces,
                    }
                )
                for item, pieces in rental.items.items()
            ],
        }

    # === WHO AND WHEN === #

    @api.model
    def _as(self, role):
        """The environment of the demo user with that role, if there are demo users."""
        user = self.env.ref(f"equipment_rental.user_{role}", raise_if_not_found=False)
        return self.env(user=user, su=False) if user else self.env

    @api.model
    def _zone(self):
        """The clock on the wall of the company, as rents count by it."""
        return timezone(self.env.company.resource_calendar_id.tz or self.env.tz.zone)

    @api.model
    def _wall_clock(self):
        """Now, by the company's clock."""
        return utc.localize(fields.Datetime.now()).astimezone(self._zone())

    @api.model
    def _day(self, days):
        """The date so many days from today, by the company's clock."""
        return self._wall_clock().date() + timedelta(days=days)

    @api.model
    def _time(self, days, hour):
        """That hour of the day so many days from today, in UTC."""
        return self._to_utc(datetime.combine(self._day(days), time(hour)))

    @api.model
    def _to_utc(self, wall):
        return self._zone().localize(wall).astimezone(utc).replace(tzinfo=None)

    @api.model
    def _working_time(self, days, hour):
        """As :meth:`_time` on a working day; today only what is still to come."""
        if not days:
            return max(self._time(0, hour), self._later_today())
        away = 1 if days > 0 else -1
        while self._day(days).weekday() > 4:
            days += away
        return self._time(days, hour)

    @api.model
    def _later_today(self):
        """In an hour or two, yet before midnight."""
        wall = self._wall_clock().replace(tzinfo=None)
        later = wall.replace(minute=0, second=0) + timedelta(hours=2)
        midnight = wall.replace(hour=23, minute=59, second=0)
        return self._to_utc(min(later, midnight))

    # === WHAT HAPPENS TO AN ORDER === #

    @api.model
    def _live_quote(self, order):
        """It waits for the customer."""

    @api.model
    def _live_sent(self, order):
        order.action_quotation_sent()

    @api.model
    def _live_option(self, order):
        """Kept until tomorrow: about to lapse."""
        action = order.action_rental_option()
        window = order.env[action["res_model"]].with_context(**action["context"])
        window.create({"until": self._time(1, CLOSES)}).action_hold()

    @api.model
    def _live_lapsed(self, order):
        """Nobody decided, so since yesterday it is free for others."""
        self._live_option(order)
        # Only the clock does this, and no button turns it back. The notice follows
        # when the ledger's job runs.
        options = order.order_line.rental_allocation_ids.sudo()
        options._store({"hold_until": self._time(-1, CLOSES)})
        options._expire_stale()
        options.modified(["state"])

    @api.model
    def _live_reserved(self, order):
        if not order.project_id:
            order.action_rental_new_project()
        order.action_confirm()

    @api.model
    def _live_cancelled(self, order):
        """Cancelled at the fee of the fees' list."""
        self._live_reserved(order)
        action = order.action_rental_cancel()
        window = order.env[action["res_model"]].with_context(**action["context"])
        window.create({"reason": "The roof waits until spring."}).action_cancel()

    @api.model
    def _live_short(self, order):
        """Two pieces of what is promised were dropped."""
        self._live_reserved(order)
        line = order.order_line[0]
        self._as("storekeeper")["stock.scrap"].create(
            {
                "product_id": line.product_id.id,
                "scrap_qty": 2,
                "location_id": line.warehouse_id.lot_stock_id.id,
            }
        ).action_validate()

    @api.model
    def _live_unpaid(self, order):
        """Out, the deposit is still to collect."""
        self._live_reserved(order)
        self._hand_over(order)

    @api.model
    def _live_out(self, order):
        self._live_unpaid(order)
        self._receive_deposit(order)

    _live_late = _live_due_today = _live_out

    @api.model
    def _live_part_out(self, order):
        self._live_reserved(order)
        self._hand_over(order, share=2)
        self._receive_deposit(order)

    @api.model
    def _live_part_back(self, order):
        """Half of it is back since yesterday, some of that to be cleaned."""
        self._live_out(order)
        window = self._opened(order, order.action_rental_take_back())
        window.date = self._working_time(-1, CLOSES - 1)
        for row in window.line_ids:
            row.quantity = row.quantity_out // 2
        window.line_ids[-1].action_split()
        dirty = window.line_ids[-1]
        window.line_ids[-2].quantity -= 4
        dirty.write({"quantity": 4, "condition_id": self._condition("dirty").id})
        window._refresh_charges()
        window.action_take_back()

    @api.model
    def _live_back(self, order):
        """All is back in time; rent and deposit are still to settle."""
        self._live_out(order)
        window = self._opened(order, order.action_rental_take_back())
        window.date = order.rental_stop
        window.action_take_back()

    @api.model
    def _live_closed(self, order):
        """Back with a damage: the deposit pays it, the rest is given back."""
        self._live_out(order)
        window = self._opened(order, order.action_rental_take_back())
        window.date = order.rental_stop
        window.line_ids[0].condition_id = self._condition("damaged")
        window._refresh_charges()
        window.charge_ids.write({"name": "Damage: lamp head broken", "amount": 380})
        window.action_take_back()
        # Without a chart of accounts there is nothing to post an invoice on.
        if order.company_id.chart_template:
            damage = order.order_line.filtered("rental_fee_id").price_total
            self._settle(order.with_env(self._as("accountant")), damage)

    # === AT THE COUNTER === #

    @api.model
    def _hand_over(self, order, share=1):
        """Hand over all that is reserved, or the first ``1 / share`` of each line."""
        order = order.with_env(self._as("storekeeper"))
        window = self._opened(order, order.action_rental_hand_over())
        window.date = order.rental_start
        for row in window.line_ids:
            row.quantity = row.quantity_reserved // share
            if row.tracking == "serial":
                row.lot_ids = row.available_lot_ids[: row.quantity_reserved // share]
        window.action_hand_over()

    @api.model
    def _receive_deposit(self, order):
        if order.rental_deposit_due and order.company_id.chart_template:
            window = self._opened(order, order.action_rental_deposit_receive())
            window.date = order.rental_start.date()
            window.action_receive()

    @api.model
    def _settle(self, order, by_deposit):
        """Invoice the order; the customer pays all but what the deposit pays."""
        day = order.rental_stop.date() + timedelta(days=1)
        invoice = self._opened(order, order.action_rental_invoice())
        invoice.invoice_date = day
        invoice.action_post()
        action = invoice.action_register_payment()
        window = order.env[action["res_model"]].with_context(**action["context"])
        payment = {
            "payment_date": day,
            "amount": invoice.amount_residual - by_deposit,
        }
        window.create(payment).action_create_payments()
        window = self._opened(order, order.action_rental_deposit_settle())
        window.date = day
        window.action_settle()

    @api.model
    def _opened(self, order, action):
        """What a button has opened."""
        return order.env[action["res_model"]].browse(action["res_id"])

    @api.model
    def _condition(self, name):
        return self.env.ref(f"equipment_rental.rental_condition_{name}")
