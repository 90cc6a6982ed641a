from datetime import timedelta
from io import BytesIO

from lxml import html

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import HttpCase, freeze_time, new_test_user, tagged
from odoo.tools.pdf import PdfFileReader

from .common import NOW, RentalCommon, RentalFactory, at

CONTRACT = "equipment_rental.action_report_rental_contract"
RESERVATION = "equipment_rental.action_report_reservation_contract"
PROTOCOL = "equipment_rental.action_report_return_protocol"
KEEPER = "equipment_rental.equipment_rental_group_storekeeper"
ACCOUNTANT = "equipment_rental.equipment_rental_group_accountant"
ARTICLE = "//div[contains(concat(' ', @class, ' '), ' article ')]"
PIXEL = (
    b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4//8/AAX+Av4N70a4AAAA"
    b"AElFTkSuQmCC"
)


class PaperCommon(RentalCommon):
    """Prints as a clerk who is far away; all times are the counter's, in Prague."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk.tz = "America/New_York"
        cls.env["rental.fee"].search([]).active = False
        cls.driver = cls.env["res.partner"].create({"name": "Dan Driver"})
        cls.customer.write({"street": "Industrial Estate 7", "city": "Brno"})
        cls.drill.write({"replacement_value": 1290, "rental_deposit": 150})
        cls.service = cls.env["product.product"].create(
            {"name": "Rental extras", "type": "service", "invoice_policy": "order"}
        )

    @classmethod
    def _fee(cls, name, moment, **vals):
        return cls.env["rental.fee"].create(
            {"name": name, "moment": moment, "product_id": cls.service.id, **vals}
        )

    def _paper(self, report, records, user=None):
        """The printed papers, one text each, with single spaces."""
        Report = self.env["ir.actions.report"].with_user(user or self.clerk)
        page = Report._render_qweb_html(report, records.ids)[0]
        return [
            " ".join(" ".join(paper.itertext()).split())
            for paper in html.fromstring(page).xpath(ARTICLE)
        ]

    def _printed(self, action):
        """The report and the records a button prints."""
        return action["report_name"], action["context"]["active_ids"]

    def _back(self, order):
        return order.rental_transfer_ids.filtered(
            lambda transfer: transfer.rental_direction == "back"
        ).sorted("id")

    def assertAllIn(self, parts, text):
        for part in parts:
            with self.subTest(part=part):
                self.assertIn(part, text)


@freeze_time(NOW)
class TestDocuments(PaperCommon):
    """The papers a rental is agreed, handed over and returned by (C12, C16)."""

    # === WHICH PAPER === #

    def test_C12_C16_button_prints_what_is_agreed_so_far(self):
        contract = "equipment_rental.report_rental_contract"
        reservation = "equipment_rental.report_reservation_contract"
        order = self._order((self.chair, 10), start=at(0))
        printed = self._printed(order.action_rental_print_contract())
        self.assertEqual(printed, ("sale.report_saleorder", order.ids))
        order.action_confirm()
        printed = self._printed(order.action_rental_print_contract())
        self.assertEqual(printed, (reservation, order.ids))
        self._hand_over(order, quantity=4)
        printed = self._printed(order.action_rental_print_contract())
        self.assertEqual(printed, (contract, order.ids))
        self._hand_over(order)
        self._take_back(order)
        printed = self._printed(order.action_rental_print_contract())
        self.assertEqual(printed, (contract, order.ids))

    def test_C16_several_orders_each_print_their_own_paper(self):
        reserved = self._confirmed((self.chair, 5), start=at(0))
        out = self._confirmed((self.chair, 5), start=at(0))
        self._hand_over(out)
        action = (reserved | out).action_rental_print_contract()
        self.assertEqual(action["context"]["active_ids"], (reserved | out).ids)
        papers = self._paper(action["report_name"], reserved | out)
        self.assertIn(f"Reservation Contract {reserved.name}", papers[0])
        self.assertIn(f"Rental Contract {out.name}", papers[1])

    def test_C12_quotations_are_printed_on_their_own(self):
        quotation = self._order((self.chair, 5))
        reserved = self._confirmed((self.chair, 5))
        with self.assertRaisesRegex(UserError, quotation.name):
            (quotation | reserved).action_rental_print_contract()

    def test_C16_reservation_contract_can_be_printed_again(self):
        order = self._confirmed((self.drill, 1), start=at(0))
        self._hand_over(order)
        paper = self._paper(RESERVATION, order)[0]
        self.assertIn(f"Reservation Contract {order.name}", paper)
        self.assertNotIn("Taken over by", paper)

    def test_C12_print_menu_offers_what_there_is(self):
        Report = self.env["ir.actions.report"]
        contract, reservation, protocol = map(
            self.env.ref, (CONTRACT, RESERVATION, PROTOCOL)
        )
        papers = contract | reservation
        quotation = self._order((self.chair, 5))
        order = self._confirmed((self.chair, 5), start=at(0))
        sale = self._order((self.chair, 1), is_rental_order=False)

        def offered(records, reports=papers):
            found = reports.get_valid_action_reports(records._name, records.ids)
            return Report.browse(found)

        self.assertFalse(offered(quotation | sale))
        self.assertEqual(offered(order), reservation)
        self._hand_over(order)
        self.assertEqual(offered(order), papers)
        self.assertFalse(offered(order.rental_transfer_ids, protocol))
        self._take_back(order)
        self.assertEqual(offered(self._back(order), protocol), protocol)

    def test_C12_file_names_are_readable(self):
        order = self._confirmed((self.chair, 5), start=at(0))
        self.assertEqual(
            order._rental_paper_name(), f"Reservation Contract {order.name}"
        )
        self._hand_over(order)
        self._take_back(order)
        back = self._back(order)
        back.name = "NRT/RENTIN/00007"
        self.assertEqual(
            back._rental_paper_name(), f"Return Protocol {order.name}, NRT-RENTIN-00007"
        )

    # === THE RESERVATION CONTRACT === #

    def test_C16_reservation_contract_says_what_is_agreed(self):
        order = self._confirmed((self.drill, 2), (self.chair, 10))
        paper = self._paper(RESERVATION, order)[0]
        self.assertAllIn(
            [
                f"Reservation Contract {order.name}",
                self.env.company.name,
                "Alder Builders Industrial Estate 7 Brno",
                order.sudo().project_id.name,
                # 08:00 UTC in Prague
                "Mar 3, 2026 9:00 AM",
                "Mar 6, 2026 9:00 AM",
                "Drill",
                "Chair",
                "North Yard",
                "3 × day $ 100.00",
                "$ 1,290.00",
                "$ 600.00",
                "$ 650.00",
                "let to nobody else for the period from Mar 3, 2026 9:00 AM until "
                "Mar 6, 2026 9:00 AM . Cancelling it costs nothing.",
            ],
            paper,
        )

    def test_C9_C16_deposit_stands_apart_from_the_total(self):
        order = self._confirmed((self.drill, 2))
        paper = self._paper(RESERVATION, order)[0]
        self.assertIn("Deposit $ 300.00 , not part of the total", paper)
        self.assertIn("Total $ 600.00", paper)

    def test_C17_reservation_contract_lists_what_cancelling_costs(self):
        self._fee(
            "Storno", "cancellation", basis="rent_percent", amount=30, days_before=14
        )
        self._fee("Storno", "cancellation", amount=80, days_before=2)
        order = self._confirmed((self.drill, 2))
        paper = self._paper(RESERVATION, order)[0]
        self.assertIn(
            "Storno: cancelled fewer than 14 days before the start 30 % of the rent "
            "Storno: cancelled fewer than 2 days before the start $ 80.00",
            paper,
        )
        self.assertNotIn("costs nothing", paper)

    def test_C17_a_lump_sum_stands_in_the_currency_of_the_fee(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        fee = self._fee("Storno", "cancellation", amount=80, days_before=2)
        fee.currency_id = euro
        self.assertEqual(fee._describe_amount(), "80.00\xa0€")

    def test_C18_option_says_until_when_and_that_it_costs_nothing(self):
        self._fee("Storno", "cancellation", amount=80, days_before=2)
        order = self._order((self.drill, 2))
        window = self.env["rental.option"].with_user(self.clerk)
        window = window.with_context(**order.action_rental_option()["context"])
        window.create({"until": at(0, 12)}).action_hold()
        report = order.action_rental_print_contract()["report_name"]
        paper = self._paper(report, order)[0]
        self.assertIn(f"Option {order.name}", paper)
        self.assertIn("until Mar 2, 2026 1:00 PM", paper)
        self.assertIn("costs nothing", paper)
        self.assertNotIn("Storno", paper)

    def test_C8_lines_with_periods_of_their_own(self):
        order = self._confirmed(
            (self.drill, 1),
            (self.chair, 5, {"rental_start": at(2), "rental_stop": at(3, 9)}),
        )
        paper = self._paper(RESERVATION, order)[0]
        self.assertIn("Mar 3, 2026 9:00 AM Mar 6, 2026 9:00 AM North Yard", paper)
        self.assertIn("Mar 4, 2026 9:00 AM Mar 5, 2026 10:00 AM North Yard", paper)
        self.assertIn("to nobody else for the periods named below. Cancelling", paper)

    def test_C12_sales_sections_and_notes(self):
        """What is sold stands apart; a heading goes with each part that it heads."""
        screws = self.env["product.product"].create(
            {"name": "Screws", "type": "consu", "list_price": 7, "taxes_id": False}
        )
        order = self._order(
            (self.drill, 1), (screws, 2), start=at(1), note="Only for indoor use."
        )
        order.order_line[0].sequence = 20
        order.order_line[1].sequence = 40
        for sequence, kind, name in (
            (15, "line_section", "Ground floor"),
            (45, "line_note", "Screws are not taken back."),
        ):
            order.order_line = [
                Command.create(
                    {"sequence": sequence, "display_type": kind, "name": name}
                )
            ]
        order.invalidate_recordset(["order_line"])
        order.action_confirm()
        groups = self._said_in("rental_contract", order)["groups"]
        self.assertEqual(groups["rent"].mapped("name")[0], "Ground floor")
        self.assertEqual(
            groups["sale"].mapped("name"),
            ["Ground floor", "Screws", "Screws are not taken back."],
        )
        paper = self._paper(RESERVATION, order)[0]
        self.assertAllIn(["Sold items", "$ 14.00", "Only for indoor use."], paper)

    # === THE RENTAL CONTRACT === #

    def test_C5_C12_contract_says_who_took_over_what_and_when(self):
        order = self._confirmed((self.drill, 3), (self.chair, 10), start=at(0))
        for lots, quantity, hour in ((self.drill_lots[:2], 4, 8), (None, None, 10)):
            window = self._window(order.action_rental_hand_over())
            window.write({"date": at(0, hour), "person_id": self.driver.id})
            for line in window.line_ids:
                if line.tracking == "serial":
                    line.lot_ids = lots or line.available_lot_ids
                else:
                    line.quantity = quantity or line.quantity_reserved
            with freeze_time(at(0, hour)):
                window.action_hand_over()
        first, second = order.rental_transfer_ids.sorted("id")
        (first | second).signature = PIXEL
        paper = self._paper(CONTRACT, order)[0]
        self.assertAllIn(
            [
                f"Rental Contract {order.name}",
                "Serial numbers: D-1, D-2, D-3",
                f"Mar 2, 2026 9:00 AM North Yard {first.name} "
                "2 × Drill (D-1, D-2); 4 × Chair Dan Driver",
                f"Mar 2, 2026 11:00 AM North Yard {second.name} "
                "1 × Drill (D-3); 6 × Chair Dan Driver",
            ],
            paper,
        )
        Report = self.env["ir.actions.report"].with_user(self.clerk)
        page = Report._render_qweb_html(CONTRACT, order.ids)[0]
        self.assertEqual(page.count(b'o_rental_signature"'), 2)

    def test_C11_contract_lists_what_a_return_may_cost_and_what_was_charged(self):
        late = self._fee(
            "Late return",
            "return",
            basis="late_day",
            amount=100,
            automatic=True,
            grace_minutes=60,
        )
        self._fee("Never proposed", "return", amount=5)
        order = self._confirmed((self.drill, 1), start=at(0))
        self._hand_over(order)
        paper = self._paper(CONTRACT, order)[0]
        self.assertIn(
            "Late return 100 % of a day's rent for each started day, free up to 60 min",
            paper,
        )
        self.assertNotIn("Never proposed", paper)
        order._add_rental_fee(late, 40, "return", at(1))
        paper = self._paper(CONTRACT, order)[0]
        self.assertIn("Late return Return , Mar 3, 2026 9:00 AM", paper)
        self.assertIn("$ 40.00", paper)

    def test_C12_in_the_customers_language(self):
        self.env["res.lang"]._activate_lang("cs_CZ")
        self.drill.with_context(lang="cs_CZ").name = "Vrtačka"
        self.customer.lang = "cs_CZ"
        order = self._confirmed((self.drill, 2), start=at(0))
        self._hand_over(order, lots=self.drill_lots[:2])
        paper = self._paper(CONTRACT, order)[0]
        self.assertAllIn(
            ["2. 3. 2026 9:00", "2 × Vrtačka (D-1, D-2)", "100,00", "1 290,00"], paper
        )
        self.assertNotIn("100.00", paper)

    # === THE RETURN PROTOCOL === #

    def test_C10_C12_protocol_says_what_came_back_and_how(self):
        cleaning = self._fee("Cleaning", "return")
        damaged = self.env.ref("equipment_rental.rental_condition_damaged")
        order = self._confirmed((self.drill, 2), (self.chair, 10), start=at(0))
        self._hand_over(order, lots=self.drill_lots[:2])
        late = order.order_line[0].rental_stop + timedelta(days=1, hours=2, minutes=5)
        with freeze_time(late):
            window = self._window(order.action_rental_take_back())
            window.person_id = self.driver
            window.line_ids.filtered(
                lambda row: row.lot_id == self.drill_lots[1]
            ).unlink()
            for row in window.line_ids:
                if row.lot_id:
                    row.write({"condition_id": damaged.id, "remark": "cable torn"})
                else:
                    row.quantity = 4
            window.action_take_back()
            back = self._back(order)
            order._add_rental_fee(cleaning, 300, "return", late, transfer=back)
        paper = self._paper(PROTOCOL, back)[0]
        self.assertAllIn(
            [
                f"Return Protocol {order.name}",
                "Came back Mar 7, 2026 11:05 AM",
                "Brought by Dan Driver",
                "Taken back at North Yard",
                "Drill D-1 1 Mar 6, 2026 9:00 AM late by 1 d 2 h Damaged cable torn",
                "Chair 4 Mar 6, 2026 9:00 AM late by 1 d 2 h",
                "Drill D-2 1 Mar 6, 2026 9:00 AM Chair 6 Mar 6, 2026 9:00 AM",
                "Cleaning $ 300.00",
            ],
            paper,
        )

    def test_C12_protocol_in_time_and_all_back(self):
        order = self._confirmed((self.chair, 10), start=at(0))
        self._hand_over(order)
        self._take_back(order)
        paper = self._paper(PROTOCOL, self._back(order))[0]
        self.assertIn("in time", paper)
        self.assertNotIn("late by", paper)
        self.assertIn("Nothing of this order is out any more.", paper)

    def test_C12_protocol_printed_later_says_what_was_out_then(self):
        order = self._confirmed((self.chair, 10), start=at(0))
        self._hand_over(order)
        self._take_back(order, quantity=3)
        with freeze_time(at(0, 10)):
            self._take_back(order, when=at(0, 10))
        first, second = self._back(order)
        papers = self._paper(PROTOCOL, first | second)
        self.assertIn("Still out after this return Pieces Due Chair 7", papers[0])
        self.assertIn("Nothing of this order is out", papers[1])

    def test_C12_button_prints_all_returns(self):
        order = self._confirmed((self.chair, 10), start=at(0))
        self._hand_over(order)
        with self.assertRaisesRegex(UserError, "nothing came back yet"):
            order.action_rental_print_return_protocol()
        self._take_back(order, quantity=3)
        with freeze_time(at(0, 10)):
            self._take_back(order, when=at(0, 10))
        report, ids = self._printed(order.action_rental_print_return_protocol())
        self.assertEqual(report, "equipment_rental.report_return_protocol")
        self.assertEqual(ids, self._back(order).ids)
        out = order.rental_transfer_ids - self._back(order)
        with self.assertRaisesRegex(UserError, "Only what came back"):
            out.action_rental_print_return_protocol()

    # === WHO === #

    def test_C12_who_may_print(self):
        order = self._confirmed((self.drill, 1), start=at(0))
        self._hand_over(order, lots=self.drill_lots[0])
        self._take_back(order)
        keeper = new_test_user(self.env, "d_keeper", KEEPER)
        accountant = new_test_user(self.env, "d_accountant", ACCOUNTANT)
        for user in (self.clerk, keeper, accountant):
            with self.subTest(who=user.login):
                self.env.invalidate_all()
                self.assertIn("D-1", self._paper(CONTRACT, order, user)[0])
                back = self._back(order)
                self.assertIn("D-1", self._paper(PROTOCOL, back, user)[0])

    def test_C12_who_may_not_print(self):
        order = self._confirmed((self.drill, 1), start=at(0))
        self._hand_over(order)
        self._take_back(order)
        portal = new_test_user(self.env, "d_portal", "base.group_portal")
        order.message_subscribe(portal.partner_id.ids)
        order.partner_id = portal.partner_id
        employee = new_test_user(self.env, "d_employee", "base.group_user")
        for user in (portal, employee):
            with self.subTest(who=user.login):
                self.env.invalidate_all()
                for paper, record in (
                    ("rental_contract", order),
                    ("return_protocol", self._back(order)),
                ):
                    with self.assertRaises(AccessError):
                        self._said_in(paper, record, user)


@freeze_time(NOW)
@tagged("post_install", "-at_install")
class TestDocumentsPdf(RentalFactory, HttpCase):
    """The papers on paper, with wkhtmltopdf."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_rental()

    def test_C12_forty_lines_on_paper(self):
        Report = self.env["ir.actions.report"].with_context(force_report_rendering=True)
        if Report.get_wkhtmltopdf_state() == "install":
            self.skipTest("wkhtmltopdf is not installed")
        lines = [(self.chair, 1, {"name": f"Chair {n}"}) for n in range(40)]
        order = self._confirmed(*lines, start=at(0))
        self._hand_over(order)
        self._take_back(order)
        back = order.rental_transfer_ids.filtered(
            lambda transfer: transfer.rental_direction == "back"
        )
        for report, records in ((CONTRACT, order), (PROTOCOL, back)):
            with self.subTest(report=report):
                pdf, kind = Report.with_user(self.clerk)._render_qweb_pdf(
                    report, records.ids
                )
                self.assertEqual((kind, pdf[:4]), ("pdf", b"%PDF"))
                pages = PdfFileReader(BytesIO(pdf)).getNumPages()
                self.assertIn(pages, (2, 3, 4), "dense, and nothing runs away")
