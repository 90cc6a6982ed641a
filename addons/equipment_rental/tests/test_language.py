from unittest.mock import patch

from odoo.tests import freeze_time
from odoo.tools.translate import code_translations

from .common import NOW, at
from .test_documents import CONTRACT, PROTOCOL, RESERVATION, PaperCommon

CZECH = {
    "Rental from %(start)s until %(stop)s": "Pronájem od %(start)s do %(stop)s",
    "%(fee)s: %(item)s, days late: %(days)s": "%(fee)s: %(item)s, zpoždění: %(days)s",
    "%(times)s × %(length)s %(price)s": "%(times)s krát %(length)s za %(price)s",
    "day": "den",
    "Rental Contract %s": "Smlouva o nájmu %s",
    "Return Protocol %(order)s, %(transfer)s": "Protokol %(order)s, %(transfer)s",
}
QUOTATION = "sale.action_report_saleorder"
SLIP = "stock.action_report_delivery"


@freeze_time(NOW)
class TestLanguage(PaperCommon):
    """What a customer reads is in the language he has when it is printed (C12, C16)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("cs_CZ")
        key = ("equipment_rental", "cs_CZ")
        cls.startClassPatcher(
            patch.dict(code_translations.python_translations, {key: CZECH})
        )
        czech = {"lang": "cs_CZ"}
        cls.drill.description_sale = "With a case\nand two batteries"
        cls.drill.with_context(**czech).write(
            {"name": "Vrtačka", "description_sale": "V kufru"}
        )
        cls.late = cls._fee(
            "Late return", "return", basis="late_day", amount=100, automatic=True
        )
        cls.late.with_context(**czech).name = "Pozdní vrácení"
        cls.env.company.invoice_terms = "<p>Pay at once.</p>"
        cls.env.company.update_field_translations(
            "invoice_terms", {"cs_CZ": {"Pay at once.": "Plaťte ihned."}}
        )
        cls.env["ir.config_parameter"].set_param("account.use_invoice_terms", True)
        cls.customer.lang = "en_US"

    def assertCzech(self, paper):
        self.assertIn("Vrtačka", paper)
        for english in ("Drill", "batteries", "Rental from", "3/2/26", "Pay at once"):
            self.assertNotIn(english, paper)

    def _out_then_czech(self):
        order = self._confirmed((self.drill, 2), start=at(0))
        self._hand_over(order, lots=self.drill_lots[:2])
        self.customer.lang = "cs_CZ"
        return order

    def test_C12_contract_and_its_name(self):
        order = self._out_then_czech()
        paper = self._paper(CONTRACT, order)[0]
        self.assertCzech(paper)
        self.assertNotIn("Pronájem od", paper, "the period stands beside it, once")
        self.assertIn("V kufru", paper)
        self.assertIn("4 krát den za", paper)
        self.assertIn("Plaťte ihned.", paper)
        self.assertEqual(order._rental_paper_name(), f"Smlouva o nájmu {order.name}")

    def test_C16_reservation_contract_and_back_again(self):
        """A language that was left leaves nothing behind, either way."""
        self.customer.lang = "cs_CZ"
        order = self._confirmed((self.drill, 2))
        self.customer.lang = "en_US"
        paper = self._paper(RESERVATION, order)[0]
        self.assertIn("With a case", paper)
        for czech in ("Vrtačka", "kufru", "Pronájem", "krát", "Plaťte"):
            self.assertNotIn(czech, paper)

    def test_C12_what_a_person_wrote_stays(self):
        order = self._confirmed((self.drill, 1), start=at(0))
        line = order.order_line
        line.name = f"{line.name}\nDrill bits: ask Dan"
        self.customer.lang = "cs_CZ"
        said = line.with_context(lang="cs_CZ")._rental_said()
        self.assertEqual(
            said.split("\n")[::3], ["Vrtačka", "Drill bits: ask Dan"], said
        )

    def test_C12_quotation_and_delivery_slip(self):
        order = self._order((self.drill, 2))
        self.customer.lang = "cs_CZ"
        paper = self._paper(QUOTATION, order)[0]
        self.assertCzech(paper)
        self.assertIn("Pronájem od", paper)
        order.action_confirm()
        self._hand_over(order, lots=self.drill_lots[:2], when=at(0))
        self.customer.lang = "en_US"
        transfers = order.sudo().rental_transfer_ids
        slip = self._paper(SLIP, transfers, self.env.user)[0]
        self.assertIn("Drill", slip)
        self.assertNotIn("Vrtačka", slip)

    def test_C12_sale_without_rental_reads_as_core_has_it(self):
        order = self._order((self.drill, 2), is_rental_order=False)
        self.customer.lang = "cs_CZ"
        self.assertIn("Drill", self._paper(QUOTATION, order)[0])

    def test_C11_C12_protocol_with_a_fee_for_lateness(self):
        order = self._confirmed((self.drill, 1), start=at(0))
        self._hand_over(order, lots=self.drill_lots[:1])
        with freeze_time(at(6)):
            self._take_back(order, when=at(6))
        fee = order.order_line - order.order_line.filtered("is_rental")
        self.assertEqual(fee.name, "Late return: Drill, days late: 2")
        self.customer.lang = "cs_CZ"
        back = self._back(order)
        paper = self._paper(PROTOCOL, back)[0]
        self.assertCzech(paper)
        self.assertIn("Pozdní vrácení: Vrtačka, zpoždění: 2", paper)
        self.assertIn("Protokol", back._rental_paper_name())
        self.assertIn("Pozdní vrácení: Vrtačka", self._paper(CONTRACT, order)[0])

    def test_C39_invoice_lines(self):
        order = self._out_then_czech()
        [line] = order.order_line
        self.assertIn("Drill", line.name, "what is stored is as it was agreed")
        name = line._prepare_invoice_line()["name"]
        self.assertCzech(name)
        self.assertIn("Pronájem od", name)
        self.assertEqual(name.count("Vrtačka"), 1)
        address = self.env["res.partner"].create(
            {"name": "Books", "parent_id": self.customer.id, "lang": "en_US"}
        )
        order.partner_invoice_id = address
        self.assertIn("Drill", line._prepare_invoice_line()["name"])

    def test_languages_cost_as_many_queries_for_many_lines_as_for_one(self):
        items = [
            self._make_item(f"Thing {number}", day=number, week=5)
            for number in range(1, 9)
        ]
        for item in items:
            self._put(item, self.north, 9)

        def queries(number):
            order = self._confirmed(*((item, 1) for item in items[:number]))
            self.env.flush_all()
            self.env.invalidate_all()
            lines = order.with_context(lang="cs_CZ").order_line
            before = self.env.cr.sql_log_count
            for line in lines:
                line._rental_said()
                line._rental_breakdown_said()
            return self.env.cr.sql_log_count - before

        queries(1)
        self.assertLessEqual(queries(7), queries(1))
