import csv
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Command
from odoo.tools import file_open

FILES = (
    "product.category",
    "stock.warehouse",
    "product.template",
    "res.partner",
    "stock.lot",
    "stock.quant",
)
"""The files of the example company, in the order they are imported."""

RENTALS = (
    # customer, warehouse, first day and last day from today, what happens, items
    ("alder", "north", -2, 3, "out", {"ex_017": 1, "pl_080": 1, "fen_035": 20}),
    ("carter", "north", -6, 1, "out", {"ex_050": 1, "du_010": 2, "rm_060": 1}),
    ("hollis", "north", -5, -1, "out", {"dr_005": 2, "vc_035": 1}),
    ("dovecote", "harbour", -3, 1, "part_back", {"ch_fld": 120, "tb_180": 20}),
    ("eastham", "harbour", -12, -8, "invoiced", {"lt_009": 2, "fen_035": 40}),
    ("granite", "north", 5, 12, "reserved", {"sl_080": 2, "ge_020": 1}),
    ("ivory", "harbour", 6, 9, "reserved", {"pa_1000": 2, "prj_7k": 1, "st_020": 16}),
    ("fennel", "harbour", 8, 10, "quote", {"gr_gas": 3, "fr_600": 2}),
)
"""What the example company has on: some of it running, one late, some to come."""


class RentalExample(models.AbstractModel):
    """The example company: the catalogue in ``demo/example``, and some of its life."""

    _name = "rental.example"
    _description = "Rental Example Company"

    @api.model
    def _load_catalogue(self):
        """Import the catalogue the way a user does, by Odoo's own import.

        The records become the user's own: uninstalling the addon leaves them.

        :return: ``{model: ids}`` of what was imported.
        :raise ValueError: with the import's own messages when a file does not fit.
        """
        imported = {}
        for model in FILES:
            with file_open(f"equipment_rental/demo/example/{model}.csv") as text:
                header, *rows = csv.reader(text)
            result = self.env[model].load(header, rows)
            if not result["ids"]:
                problems = "\n".join(msg["message"] for msg in result["messages"])
                raise ValueError(f"{model}.csv was not imported:\n{problems}")
            imported[model] = result["ids"]
        return imported

    @api.model
    def _load_life(self):
        """Let the example company live, relative to today, by what users press."""
        today = fields.Datetime.now().replace(hour=7, minute=0, second=0)
        clerk = self.env.ref("equipment_rental.user_clerk", raise_if_not_found=False)
        for customer, warehouse, first, last, fate, items in RENTALS:
            order = self.env["sale.order"].create(
                {
                    "is_rental_order": True,
                    "partner_id": self._ref("customer", customer).id,
                    "warehouse_id": self._ref("warehouse", warehouse).id,
                    "user_id": clerk.id if clerk else self.env.uid,
                    "rental_start": today + timedelta(days=first),
                    "rental_stop": today + timedelta(days=last, hours=9),
                    "order_line": [
                        Command.create(
                            {
                                "product_id": self._ref(
                                    "item", item
                                ).product_variant_id.id,
                                "product_uom_qty": quantity,
                            }
                        )
                        for item, quantity in items.items()
                    ],
                }
            )
            self._live(order, fate)

    @api.model
    def _live(self, order, fate):
        """Bring ``order`` as far as ``fate`` says."""
        if fate == "quote":
            return
        order.action_rental_new_project()
        order.action_confirm()
        if fate == "reserved":
            return
        self._hand_over(order)
        if fate == "part_back":
            self._take_back(order, fields.Datetime.now(), part=True)
        elif fate == "invoiced":
            self._take_back(order, order.rental_stop)
            # Without a chart of accounts there is nothing to post an invoice on.
            if order.company_id.chart_template:
                order._create_invoices().action_post()

    @api.model
    def _hand_over(self, order):
        window = self._opened(order.action_rental_hand_over())
        window.date = order.rental_start
        for line in window.line_ids:
            if line.tracking == "serial":
                line.lot_ids = line.available_lot_ids[: line.quantity_reserved]
        window.action_hand_over()

    @api.model
    def _take_back(self, order, moment, part=False):
        window = self._opened(order.action_rental_take_back())
        window.date = moment
        if part:
            for line in window.line_ids:
                line.quantity = line.quantity_out // 2
        window.action_take_back()

    @api.model
    def _opened(self, action):
        return self.env[action["res_model"]].browse(action["res_id"])

    @api.model
    def _ref(self, kind, name):
        return self.env.ref(f"__import__.example_{kind}_{name}")
