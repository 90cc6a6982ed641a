from odoo import fields
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .common import CLERK, RentalFactory

STOREKEEPER = "equipment_rental.equipment_rental_group_storekeeper"
ACCOUNTANT = "equipment_rental.equipment_rental_group_accountant"


@tagged("post_install", "-at_install", "tour")
class TestTour(RentalFactory, HttpCase):
    """The whole way of a rental in the web client, by those whose work it is.

    On the imported catalogue and two lifts of its own. After each of them the records
    say what happened: the ledger, the goods, the order, the money.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not cls.env.ref("__import__.example_warehouse_north", False):
            cls.env["rental.example"]._load_catalogue()
            cls.env.cr.precommit.run()
            # Nobody else sees these rows to count them; without, PostgreSQL may plan
            # core's search for an item as if there were none, and take minutes.
            cls.env.cr.execute("ANALYZE")
        if not cls.env.company.chart_template:
            cls.env["account.chart.template"].try_loading(
                "generic_coa", company=cls.env.company
            )
        zone = cls._zone_of_noon()
        cls.env.company.resource_calendar_id.tz = zone
        for login, name, group in (
            ("tour_clerk", "Clara Clerk", CLERK),
            ("tour_storekeeper", "Stan Storekeeper", STOREKEEPER),
            ("tour_accountant", "Ada Accountant", ACCOUNTANT),
        ):
            new_test_user(cls.env, login, group, name=name, tz=zone)
        cls.customer, cls.other = cls.env["res.partner"].create(
            [{"name": "Tourmaline Roads"}, {"name": "Tardy Works"}]
        )
        cls._stock_items()

    @staticmethod
    def _zone_of_noon():
        """A time zone where it is about noon: what leaves soon leaves today."""
        ahead = 12 - fields.Datetime.now().hour
        # The names of these zones say it the other way round.
        return f"Etc/GMT{-ahead:+d}" if ahead else "Etc/GMT"

    @classmethod
    def _stock_items(cls):
        """Lifts of its own: no other order has them. The chairs are imported."""
        cls.lift = cls._make_item(
            "Towable lift 12 m",
            default_code="TL-12",
            tracking="serial",
            day=100,
            week=500,
            rental_deposit=300,
        )
        names = ["TL-12-001", "TL-12-002"]
        cls.north = cls.env.ref("__import__.example_warehouse_north")
        cls.lifts = cls._put(cls.lift, cls.north, lots=names)
        cls.chair = cls.env["product.product"].search([("default_code", "=", "CH-FLD")])
        cls.chair.write({"taxes_id": [Command.clear()], "rental_deposit": 0})
        cls.damage = cls.env.ref("equipment_rental.rental_fee_damage")
        cls.damage.write({"basis": "piece", "amount": 40})
        cls.damage.product_id.taxes_id = [Command.clear()]
        cls.damaged = cls.env.ref("equipment_rental.rental_condition_damaged")
        cls.damaged.fee_id = cls.damage

    def test_C13_C39_from_the_quotation_to_the_settled_deposit(self):
        self.start_tour(
            "/odoo/rentals", "rental_quotation_tour", login="tour_clerk", timeout=180
        )
        self._check_reserved()
        self.start_tour(
            "/odoo", "rental_counter_tour", login="tour_storekeeper", timeout=180
        )
        self._check_partly_back()
        with mute_logger("odoo.http"):
            self.start_tour(
                "/odoo/rentals", "rental_refusal_tour", login="tour_clerk", timeout=180
            )
        self._check_refused()
        self._check_back()
        self.start_tour(
            "/odoo/rentals",
            "rental_settlement_tour",
            login="tour_accountant",
            timeout=180,
        )
        self._check_settled()

    def _order_of(self, customer):
        return self.env["sale.order"].search([("partner_id", "=", customer.id)])

    def _check_reserved(self):
        """The quotation with its option has become one reservation of each line."""
        self.order = order = self._order_of(self.customer).ensure_one()
        self.assertEqual((order.state, order.rental_status), ("sale", "reserved"))
        self.assertTrue(order.project_id.account_id)
        self.lifts_line, self.chairs_line = lifts, chairs = order.order_line
        self.assertRecordValues(
            order.order_line,
            [
                {
                    "product_id": self.lift.id,
                    "price_unit": 500 + 100,
                    "rental_own_period": False,
                    "rental_qty_held": 0,
                    "rental_qty_reserved": 2,
                },
                {
                    "product_id": self.chair.id,
                    "price_unit": 1.5,
                    "rental_own_period": True,
                    "rental_qty_held": 0,
                    "rental_qty_reserved": 40,
                },
            ],
        )
        self.assertEqual(lifts.rental_stop, order.rental_stop)
        self.assertLess(chairs.rental_stop, lifts.rental_stop)
        self.assertFalse(order.picking_ids, "goods move at the hand-over")
        said = " ".join(order.message_ids.mapped("body"))
        self.assertIn("Option until", said)

    def _check_partly_back(self):
        """Two lifts and 40 chairs went out, 25 chairs came back, one of them bent."""
        order = self.order
        self.assertEqual(order.rental_status, "part_back")
        out, back = order.rental_transfer_ids.sorted("id")
        self.assertRecordValues(
            out | back,
            [
                {"rental_direction": "out", "state": "done"},
                {"rental_direction": "back", "state": "done"},
            ],
        )
        self.assertEqual(out.create_uid.login, "tour_storekeeper")
        self.assertEqual(out.move_line_ids.lot_id, self.lifts)
        self.assertEqual(self.lifts.location_id, self.north.rental_location_id)
        self.assertEqual(
            self.lifts_line._rental_rows("out").resource_id,
            self.lifts.rental_resource_id,
        )
        self.assertEqual(self.chairs_line.rental_qty_out, 15)
        self.assertEqual(self.chairs_line.rental_qty_back, 25)
        damaged = back.move_ids.filtered("rental_remark")
        self.assertRecordValues(
            damaged,
            [
                {
                    "quantity": 1,
                    "rental_remark": "Leg bent",
                    "rental_condition_id": self.damaged.id,
                }
            ],
        )
        self.assertRecordValues(
            order.order_line.filtered("rental_fee_id"),
            [
                {
                    "rental_fee_id": self.damage.id,
                    "price_unit": 40,
                    "rental_moment": "return",
                    "rental_transfer_id": back.id,
                    "rental_origin_line_id": self.chairs_line.id,
                }
            ],
        )
        self.assertRecordValues(
            order.rental_deposit_ids,
            [{"state": "draft", "amount": 600, "transfer_id": out.id}],
        )
        self.assertFalse(order.invoice_ids)

    def _check_refused(self):
        """Of the second order nothing is promised, moved or booked."""
        order = self._order_of(self.other).ensure_one()
        self.assertEqual((order.state, order.rental_status), ("draft", "quote"))
        self.assertFalse(order.order_line.rental_allocation_ids)
        self.assertFalse(order.picking_ids)
        self.assertFalse(order.rental_deposit_ids)
        self.assertFalse(order.activity_ids)

    def _check_back(self):
        """All is back, in one more return; the refused one left no trace."""
        order = self.order
        self.assertEqual(order.rental_status, "back")
        self.assertEqual(
            order.rental_transfer_ids.sorted("id").mapped("rental_direction"),
            ["out", "back", "back"],
        )
        self.assertEqual(order.picking_ids, order.rental_transfer_ids)
        self.assertEqual(set(order.picking_ids.mapped("state")), {"done"})
        self.assertEqual(self.chairs_line.rental_qty_back, 40)
        self.assertEqual(self.lifts_line.rental_qty_back, 2)
        self.assertEqual(
            set(order.order_line.rental_allocation_ids.mapped("state")), {"done"}
        )
        self.assertEqual(self.lifts.location_id, self.north.rental_stock_location_id)
        self.assertRecordValues(
            order.rental_deposit_ids,
            [{"state": "held", "amount_held": 600, "amount_due": 0}],
        )

    def _check_settled(self):
        """Paid and closed; the income is the rent and the damage, no deposit in it."""
        order = self.order
        self.assertEqual(order.rental_status, "closed")
        invoice = order.invoice_ids.ensure_one()
        self.assertEqual(invoice.create_uid.login, "tour_accountant")
        self.assertEqual(
            (invoice.state, invoice.amount_total, invoice.amount_residual),
            ("posted", 1300, 0),
        )
        project = {str(order.project_id.account_id.id): 100}
        fee = order.order_line.filtered("rental_fee_id")
        self.assertRecordValues(
            invoice.invoice_line_ids.sorted("sequence"),
            [
                {
                    "sale_line_ids": line.ids,
                    "quantity": quantity,
                    "credit": amount,
                    "analytic_distribution": project,
                }
                for line, quantity, amount in (
                    (self.lifts_line, 2, 1200),
                    (self.chairs_line, 40, 60),
                    (fee, 1, 40),
                )
            ],
        )
        deposit = order.rental_deposit_ids
        self.assertRecordValues(
            deposit,
            [
                {
                    "state": "settled",
                    "amount_received": 600,
                    "amount_kept": 40,
                    "amount_returned": 560,
                    "amount_held": 0,
                }
            ],
        )
        self.assertTrue(all(deposit.line_ids.mapped("reconciled")))
        self._check_books(order, invoice)

    def _check_books(self, order, invoice):
        """What the customer's entries come to, by type of account."""
        balances = {}
        for item in self.env["account.move.line"].search(
            [
                ("partner_id", "=", self.customer.id),
                ("parent_state", "=", "posted"),
            ]
        ):
            kind = item.account_id.account_type
            balances[kind] = balances.get(kind, 0) + item.balance
        income = balances.pop("income")
        self.assertEqual(income, -1300)
        self.assertEqual(balances.pop("asset_receivable"), 0)
        self.assertEqual(balances.pop("liability_current"), 0)
        self.assertEqual(sum(balances.values()), 1300, "it is in the bank")
