from odoo.tests import freeze_time, tagged

from .common import NOW, at
from .common_money import BooksCommon


@freeze_time(NOW)
@tagged("post_install", "-at_install")
class TestStockValue(BooksCommon):
    """Renting out is no sale: the goods stay the company's, at their value.

    With perpetual valuation, where core books the cost of goods with the invoice.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk.group_ids += cls.env.ref("account.group_account_invoice")

    def _perpetual(self, method, **vals):
        """An item of which 6 cost 10 and 4 cost 20, so the average is 14."""
        category = self.env["product.category"].create(
            {
                "name": method,
                "property_cost_method": method,
                "property_valuation": "real_time",
            }
        )
        item = self._make_item(
            f"Mixer {method}",
            day=50,
            categ_id=category.id,
            property_account_income_id=self.company_data["default_account_revenue"].id,
            **vals,
        )
        for pieces, cost in ((6, 10), (4, 20)):
            self._receive(item, pieces, cost)
        return item

    def _receive(self, item, pieces, cost):
        move = self.env["stock.move"].create(
            {
                "product_id": item.id,
                "product_uom_qty": pieces,
                "location_id": self.env.ref("stock.stock_location_suppliers").id,
                "location_dest_id": self.north.lot_stock_id.id,
                "picking_type_id": self.north.in_type_id.id,
            }
        )
        move._action_confirm()
        move.quantity = pieces
        move.picked = True
        move.value_manual = pieces * cost
        move._action_done()
        self.env.invalidate_all()

    def _value(self, item):
        item.invalidate_recordset()
        return item.standard_price, item.total_value

    def _cost_lines(self, invoice):
        return invoice.line_ids.filtered(lambda line: line.display_type == "cogs")

    def _posted_invoice(self, order):
        order.action_rental_invoice()
        invoice = order.invoice_ids.sudo().filtered(lambda move: move.state == "draft")
        invoice.action_post()
        return invoice

    def test_C35_hand_over_and_return_move_no_value(self):
        """Standard cost, average cost and first in first out: value, cost, entries."""
        for method in ("standard", "average", "fifo"):
            with self.subTest(method):
                item = self._perpetual(method)
                if method == "standard":
                    item.standard_price = 14
                before = self._value(item)
                self.assertEqual(before[1], 140)
                entries = self.env["account.move"].search_count([])
                order = self._confirmed((item, 7), start=at(0))
                self._hand_over(order)
                self.assertEqual(self._value(item), before)
                moves = order.rental_transfer_ids.move_ids
                self.assertFalse(moves.filtered("is_out"), "not a valued move")
                self._take_back(order, quantity=3)
                self._take_back(order)
                self.assertEqual(self._value(item), before)
                self.assertEqual(self.env["account.move"].search_count([]), entries)

    def test_C39_invoice_of_the_rent_has_no_cost_of_goods(self):
        """Core would book 7 × 14 as sold, and the mixers would be gone by the books.

        Also of what is invoiced in advance, before anything moved.
        """
        item = self._perpetual("average")
        for handed_over in (False, True):
            with self.subTest(handed_over=handed_over):
                order = self._confirmed((item, 3), start=at(0))
                if handed_over:
                    self._hand_over(order)
                invoice = self._posted_invoice(order)
                self.assertFalse(self._cost_lines(invoice))
                self.assertEqual(invoice.amount_untaxed, 3 * 4 * 50)
                self.assertEqual(self._value(item), (14, 140))

    def test_C39_cost_of_what_was_sold_is_booked_beside_the_rent(self):
        """The same item rented and sold in one order: only the sale costs goods."""
        item = self._perpetual("average")
        order = self._confirmed((item, 5), (item, 2, {"is_rental": False}), start=at(0))
        rent, sale = order.order_line
        self._hand_over(order)
        delivery = sale.move_ids
        delivery.quantity = 2
        delivery.picked = True
        delivery.picking_id.button_validate()
        invoice = self._posted_invoice(order)
        costs = self._cost_lines(invoice)
        self.assertEqual(sorted(costs.mapped("balance")), [-28, 28])
        self.assertEqual(
            costs.cogs_origin_id,
            invoice.invoice_line_ids.filtered(lambda line: line.sale_line_ids == sale),
        )
        self.assertEqual(self._value(item), (14, 112), "8 of them, 5 of those out")
        self._take_back(order)
        self.assertEqual(self._value(item), (14, 112))
        self.assertEqual((rent.qty_invoiced, sale.qty_invoiced), (5, 2))

    def test_C35_lost_while_out_is_a_loss(self):
        """What a count finds missing with customers leaves the books."""
        item = self._perpetual("average")
        order = self._confirmed((item, 5), start=at(0))
        self._hand_over(order)
        quant = self.env["stock.quant"].search(
            [
                ("location_id", "=", self.north.rental_location_id.id),
                ("product_id", "=", item.id),
            ]
        )
        quant.with_context(inventory_mode=True).inventory_quantity = 4
        quant.action_apply_inventory()
        self.assertEqual(self._value(item), (14, 126))
