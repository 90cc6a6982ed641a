from odoo import fields
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import LendingBooksCommon


@tagged("post_install", "-at_install")
class TestBill(LendingBooksCommon):
    """Posted vendor bills make assets, once."""

    def _bill(self, *lines, move_type="in_invoice", **vals):
        """A draft by the accountant; ``lines`` are (product, quantity, price)."""
        return (
            self.env["account.move"]
            .with_user(self.accountant)
            .create(
                {
                    "move_type": move_type,
                    "partner_id": self.partner_a.id,
                    "invoice_date": "2026-03-02",
                    "invoice_line_ids": [
                        Command.create(
                            {
                                "product_id": product.id,
                                "quantity": quantity,
                                "price_unit": price,
                                "tax_ids": [Command.set(self.tax_purchase_a.ids)],
                                **(more[0] if more else {}),
                            }
                        )
                        for product, quantity, price, *more in lines
                    ],
                    **vals,
                }
            )
        )

    def _assets(self, bill):
        return (
            self.env["lending.asset"]
            .with_context(active_test=False)
            .search([("bill_id", "=", bill.id)], order="id")
        )

    def _said(self, record):
        return " ".join(record.sudo().message_ids.mapped("body"))

    def test_one_piece_becomes_an_asset(self):
        """Price without tax, day and vendor of the bill; both know each other."""
        bill = self._bill((self.headset, 1, 120), (self.paper, 5, 3))
        self.assertFalse(self._assets(bill))
        bill.action_post()
        asset = self._assets(bill)
        self.assertEqual(len(asset), 1)
        self.assertEqual(asset.name, "Headset H1")
        self.assertEqual(asset.type_id, self.type)
        self.assertEqual(asset.value, 120)
        self.assertEqual(asset.acquisition_date, fields.Date.to_date("2026-03-02"))
        self.assertEqual(asset.acquisition_method, "purchase")
        self.assertEqual(asset.supplier_id, self.partner_a)
        self.assertEqual(asset.product_id, self.headset)
        self.assertFalse(asset.card_id)
        self.assertEqual(asset.action_view_bill()["res_id"], bill.id)
        self.assertIn(asset.display_name, self._said(bill))
        self.assertEqual(bill.amount_untaxed, 135)

    def test_several_pieces_become_a_card(self):
        bill = self._bill((self.headset, 3, 50))
        bill.action_post()
        assets = self._assets(bill)
        self.assertEqual(len(assets), 3)
        card = assets.card_id
        self.assertEqual((card.kind, card.quantity, card.cost), ("small", 3, 50))
        self.assertEqual(assets.mapped("value"), [50] * 3)
        bill = bill.with_user(self.env.user)
        self.assertEqual(bill.lending_asset_count, 3)
        action = bill.action_view_lending_assets()
        self.assertEqual(self.env["lending.asset"].search(action["domain"]), assets)

    def test_foreign_currency_and_discount(self):
        """The value is what the books say of one piece, in the company's currency."""
        bill = self._bill(
            (self.headset, 2, 100, {"discount": 10}),
            currency_id=self.setup_other_currency("EUR").id,
        )
        bill.action_post()
        line = bill.invoice_line_ids
        self.assertNotEqual(line.balance, 180)
        self.assertEqual(self._assets(bill)[:1].value, line.balance / 2)

    def test_posting_again_makes_nothing_twice(self):
        bill = self._bill((self.headset, 3, 50))
        bill.action_post()
        assets = self._assets(bill)
        bill.button_draft()
        self.assertEqual(self._assets(bill), assets)
        bill.action_post()
        self.assertEqual(self._assets(bill), assets)
        bill.button_draft()
        bill.invoice_line_ids.quantity = 4
        bill.action_post()
        more = self._assets(bill)
        self.assertEqual(len(more), 4)
        self.assertEqual(more.card_id, assets.card_id)
        self.assertEqual(more.card_id.quantity, 4)

    def test_line_typed_again_keeps_its_pieces(self):
        bill = self._bill((self.headset, 2, 50))
        bill.action_post()
        assets = self._assets(bill)
        bill.button_draft()
        line = {"product_id": self.headset.id, "quantity": 2, "price_unit": 55}
        bill.invoice_line_ids = [Command.clear(), Command.create(line)]
        bill.action_post()
        self.assertEqual(self._assets(bill), assets)
        self.assertEqual(assets.bill_line_id, bill.invoice_line_ids)

    def test_lower_quantity_deletes_nothing(self):
        bill = self._bill((self.headset, 3, 50))
        bill.action_post()
        bill.button_draft()
        bill.invoice_line_ids.quantity = 2
        bill.action_post()
        self.assertEqual(len(self._assets(bill)), 3)
        self.assertIn("Write off", self._said(bill))

    def test_written_off_pieces_are_not_made_again(self):
        bill = self._bill((self.headset, 1, 50))
        bill.action_post()
        asset = self._assets(bill)
        asset.with_user(self.administrator).write_off("2026-03-02")
        bill.button_draft()
        bill.action_post()
        self.assertEqual(self._assets(bill), asset)

    def test_chosen_type_and_no_type(self):
        """What is no product of Lending can be lent all the same, and the reverse."""
        chair = {"product_id": False, "name": "Chair\nred"}
        bill = self._bill(
            (self.paper, 1, 80, {**chair, "lending_type_id": self.type.id}),
            (self.headset, 1, 50, {"lending_type_id": False}),
        )
        bill.action_post()
        self.assertEqual(self._assets(bill).mapped("name"), ["Chair"])

    def test_form_offers_the_products_type(self):
        """The accountant sees as what it is lent, and may choose otherwise."""
        view = Form(
            self.env["account.move"]
            .with_user(self.accountant)
            .with_context(default_move_type="in_invoice")
        )
        view.partner_id = self.partner_a
        view.invoice_date = fields.Date.to_date("2026-03-02")
        with view.invoice_line_ids.new() as line:
            line.product_id = self.headset
            self.assertEqual(line.lending_type_id, self.type)
        with view.invoice_line_ids.new() as line:
            line.product_id = self.paper
            self.assertFalse(line.lending_type_id)

    def test_quantity_that_makes_no_pieces(self):
        bill = self._bill((self.headset, 2.5, 50), (self.headset, 5000, 1))
        bill.action_post()
        self.assertEqual(bill.state, "posted")
        self.assertFalse(self._assets(bill))
        self.assertIn("2.5", self._said(bill))
        self.assertIn("5000", self._said(bill))

    def test_packs_are_counted_in_pieces(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        bill = self._bill((self.headset, 1, 120, {"product_uom_id": dozen.id}))
        bill.action_post()
        assets = self._assets(bill)
        self.assertEqual(len(assets), 12)
        self.assertEqual(assets[0].value, 10)

    def test_credit_note_warns_and_deletes_nothing(self):
        bill = self._bill((self.headset, 1, 50))
        bill.action_post()
        refund = bill._reverse_moves([{"invoice_date": "2026-03-03"}])
        refund.action_post()
        asset = self._assets(bill)
        self.assertEqual(asset.status, "in_stock")
        self.assertFalse(self._assets(refund))
        for record in (asset, bill):
            self.assertIn(refund.name, self._said(record))

    def test_cancelled_and_deleted_bills_warn(self):
        bill = self._bill((self.headset, 1, 50))
        bill.action_post()
        asset = self._assets(bill)
        bill.button_draft()
        bill.button_cancel()
        self.assertIn("cancelled", self._said(asset))
        bill.with_context(force_delete=True).unlink()
        self.assertTrue(asset.exists())
        self.assertFalse(asset.bill_id)
        self.assertIn("deleted", self._said(asset))

    def test_sales_make_nothing(self):
        invoice = self._bill((self.headset, 1, 50), move_type="out_invoice")
        invoice.action_post()
        self.assertFalse(invoice.invoice_line_ids.lending_type_id)
        self.assertFalse(self._assets(invoice))

    def test_purchase_receipt_counts_as_bill(self):
        receipt = self._bill((self.headset, 1, 50), move_type="in_receipt")
        receipt.action_post()
        self.assertEqual(len(self._assets(receipt)), 1)

    def test_officer_sees_no_bill_details(self):
        """Who keeps the assets reads them, without any right on the books."""
        bill = self._bill((self.headset, 1, 50))
        bill.action_post()
        asset = self._assets(bill).with_user(self.officer)
        self.assertEqual(asset.value, 50)
        self.assertNotIn("bill_id", asset.fields_get())
