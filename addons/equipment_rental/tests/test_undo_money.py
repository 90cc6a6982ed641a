"""What a hand-over or a return brought about in money goes with it when undone."""

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, tagged

from .common import NOW, at
from .common_money import MoneyCommon


@freeze_time(NOW)
@tagged("post_install", "-at_install")
class TestUndoMoney(MoneyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["rental.fee"].search([]).active = False
        cls.service.taxes_id = False
        cls.drill.taxes_id = False
        cls.delivery = cls._make_fee("Delivery", "hand_over", 40, automatic=True)
        cls.damage = cls._make_fee("Damage", "return", 80)
        cls.damaged = cls.env.ref("equipment_rental.rental_condition_damaged")
        cls.damaged.fee_id = cls.damage

    @classmethod
    def _make_fee(cls, name, moment, amount, **vals):
        return cls.env["rental.fee"].create(
            {
                "name": name,
                "product_id": cls.service.id,
                "moment": moment,
                "amount": amount,
                **vals,
            }
        )

    def _latest(self, order):
        return order.rental_transfer_ids.sorted("id")[-1:]

    def _open(self, order):
        """The form of *Undo* for the latest hand-over or return."""
        action = order.with_user(self.clerk).action_rental_undo()
        window = self.env[action["res_model"]].with_user(self.clerk)
        return Form(window.with_context(**action["context"]))

    def _undo(self, order):
        form = self._open(order)
        form.reason = "Wrong customer"
        form.save().action_undo()
        self.env.flush_all()
        self.env.invalidate_all()

    def _fees(self, order):
        lines = order.sudo().order_line.filtered("rental_fee_id").sorted("id")
        return lines.mapped("price_subtotal")

    def _billing(self, order, *kinds):
        order.invalidate_recordset(["rental_billing_ids"])
        rows = order.with_user(self.clerk).rental_billing_ids
        return [row.amount for row in rows if row.kind in kinds]

    def _charged(self, order):
        order.invalidate_recordset(["rental_billing_ids"])
        return sum(
            order.with_user(self.clerk).rental_billing_ids.mapped("amount_charged")
        )

    def _invoiced(self, order):
        """Invoices less credit notes, posted, without tax."""
        moves = order.sudo().invoice_ids.filtered(lambda move: move.state == "posted")
        return sum(moves.mapped("amount_untaxed_signed"))

    def _damage(self, order):
        """Take all back damaged; the fee is proposed and charged."""
        form = Form(self._window(order.action_rental_take_back()))
        for number in range(len(form.line_ids)):
            with form.line_ids.edit(number) as row:
                row.condition_id = self.damaged
        form.save().action_take_back()

    def test_C5_C14_hand_over_undone_costs_nothing(self):
        """Fee and request go; done again, each is there once, and so is the rent."""
        order = self._out(2)
        self.assertEqual((self._fees(order), order.rental_deposit_due), ([40], 300))
        form = self._open(order)
        for text in (
            "in stock again, and reserved as before.",
            "Not charged any more: Delivery, $ 40.00.",
            "The deposit of $ 300.00 is not asked for any more.",
        ):
            self.assertIn(text, form.consequences.replace("\xa0", " "))
        self._undo(order)
        self.assertEqual((self._fees(order), order.rental_deposit_due), ([], 0))
        self.assertFalse(self._billing(order, "rent", "fee", "deposit"))
        said = self._latest(order).message_ids.mapped("body")
        self.assertIn("Not charged any more: Delivery", " ".join(said))
        self._hand_over(order)
        self.assertEqual((self._fees(order), order.rental_deposit_due), ([40], 300))
        self.assertEqual(self._billing(order, "rent"), [800])
        self.assertEqual(self._billing(order, "fee"), [40])
        self.assertEqual(self._billing(order, "deposit"), [300])

    def test_C5_C9_deposit_that_was_received_stays(self):
        """And is not asked for again; what nobody paid yet is still to be collected."""
        order = self._out(2)
        self._receive(order, 100)
        self.assertIn("was received and stays", self._open(order).consequences)
        self._undo(order)
        self.assertEqual(
            (order.rental_deposit_held, order.rental_deposit_due), (100, 200)
        )
        self._hand_over(order)
        self.assertEqual(
            (order.rental_deposit_held, order.rental_deposit_due), (100, 200)
        )

    def test_C5_C14_invoiced_before_it_was_undone(self):
        """The rent stands, the fee is credited; redone, invoices are the billing."""
        order = self._out(2)
        self._post_invoice(order)
        self.assertEqual(self._invoiced(order), 840)
        self.assertIn(
            "The rent is on an invoice and stands", self._open(order).consequences
        )
        self._undo(order)
        self.assertEqual(self._fees(order), [40, -40])
        self.assertEqual(self._charged(order), 0)
        self._hand_over(order)
        self.assertEqual(self._fees(order), [40, -40, 40])
        self._take_back(order)
        self._post_invoice(order)
        self.assertEqual(self._invoiced(order), self._charged(order))
        self.assertEqual(self._invoiced(order), 840)

    def test_C10_C11_return_undone_and_its_damage(self):
        """The fee goes, and arises with the real return."""
        order = self._out(1)
        self._damage(order)
        self.assertEqual(self._fees(order), [40, 80])
        self.assertEqual(order.rental_status, "back")
        self._undo(order)
        self.assertEqual(self._fees(order), [40])
        self.assertEqual(order.rental_status, "out")
        self.assertEqual(self._charged(order), 440)

    def test_C10_C11_invoiced_damage_is_credited(self):
        """By a line of its own, in the language of the customer; nothing is twice."""
        self.env["res.lang"]._activate_lang("cs_CZ")
        self.damage.with_context(lang="cs_CZ").name = "Poškození"
        order = self._out(1)
        self.customer.lang = "cs_CZ"
        self._post_invoice(order)
        self._damage(order)
        self._post_invoice(order)
        self.assertEqual(self._invoiced(order), 520)
        self.assertEqual(order.rental_status, "back")
        self.assertIn("Credited with the next invoice", self._open(order).consequences)
        self._undo(order)
        fee = order.order_line.filtered("rental_takes_off_id")
        self.assertIn("Poškození", fee.name)
        self.assertEqual((fee.price_subtotal, fee.rental_moment), (-80, "return"))
        credit = self._post_invoice(order)
        self.assertEqual((credit.move_type, credit.amount_untaxed), ("out_refund", 80))
        self.assertEqual((self._invoiced(order), self._charged(order)), (440, 440))
        self._undo_of_undone_is_quiet(order)

    def _undo_of_undone_is_quiet(self, order):
        """The next return costs what it costs, and the first is not credited again."""
        self._take_back(order)
        self.assertEqual(order.invoice_status, "invoiced")
        self._undo(order)
        self.assertEqual(self._fees(order), [40, 80, -80])

    def test_C10_C11_damage_on_a_draft_invoice(self):
        """A draft may have been seen: the credit stands beside it."""
        order = self._out(1)
        self._damage(order)
        draft = order.with_user(self.accountant)._create_invoices()
        self._undo(order)
        self.assertEqual(self._fees(order), [40, 80, -80])
        draft.sudo().unlink()
        self._post_invoice(order)
        self.assertEqual((self._invoiced(order), self._charged(order)), (440, 440))

    def test_C10_C9_return_stands_once_the_deposit_was_settled(self):
        order = self._out(1)
        self._receive(order)
        self._take_back(order)
        self._post_invoice(order)
        self._pay_back(order)
        self.assertEqual(order.rental_status, "closed")
        with self.assertRaisesRegex(UserError, "a deposit was settled"):
            self._open(order)

    def test_C10_closed_order_is_out_again(self):
        order = self._out(1)
        order.sudo().rental_deposit_ids.unlink()
        self._take_back(order)
        self._post_invoice(order)
        self.assertEqual(order.rental_status, "closed")
        self._undo(order)
        self.assertEqual(order.rental_status, "out")

    def test_C5_C9_extension_of_what_never_left(self):
        """Extended while it was out: the line says it all again, and by the rates."""
        order = self._confirmed((self.drill, 1), start=at(0), stop=at(2))
        self._hand_over(order)
        order.rental_stop = at(7)
        charge = order.order_line.filtered("rental_charge")
        self.assertEqual(charge.price_subtotal, 300)
        self._undo(order)
        line = order.order_line
        self.assertEqual((len(line), line.price_unit), (1, 500))
        self.assertEqual(line.rental_charged_stop, at(7))
        self._hand_over(order)
        self.assertEqual(self._charged(order), 540)

    def test_C5_C9_extension_at_a_typed_price_of_what_never_left(self):
        """The line would not follow: what was charged for the longer time stays."""
        order = self._confirmed((self.drill, 1), start=at(0), stop=at(2))
        order.order_line.price_unit = 100
        self._hand_over(order)
        order.rental_stop = at(7)
        charge = order.order_line.filtered("rental_charge")
        self.assertEqual(charge.price_subtotal, 150)
        self._undo(order)
        rent = order.order_line.filtered("is_rental")
        self.assertEqual(rent.price_subtotal + charge.price_subtotal, 250)

    def test_C10_return_undone_after_the_rest_was_extended(self):
        """What is out again is due, and charged, as the rest of its line."""
        order = self._confirmed((self.chair, 5), start=at(0), stop=at(2))
        self._hand_over(order)
        self._take_back(order, quantity=2)
        order.rental_stop = at(7)
        self._undo(order)
        rows = order.order_line[0]._rental_rows("out")
        self.assertEqual(set(rows.mapped("stop")), {at(7)})
        pieces = order.order_line.filtered("rental_charge").mapped("product_uom_qty")
        self.assertEqual(sum(pieces), 5)

    def test_C11_credited_as_it_was_typed_on_a_locked_order(self):
        """At its discount and with its taxes."""
        order = self._out(1)
        self._damage(order)
        fee = order.order_line.filtered(lambda line: line.rental_fee_id == self.damage)
        fee.discount = 25
        fee.tax_ids = [Command.set(self.tax_sale_a.ids)]
        self._post_invoice(order)
        order.sudo().locked = True
        self._undo(order)
        taken = order.order_line.filtered("rental_takes_off_id")
        self.assertEqual((taken.price_subtotal, taken.discount), (-60, 25))
        self.assertEqual(taken.tax_ids, fee.tax_ids)
