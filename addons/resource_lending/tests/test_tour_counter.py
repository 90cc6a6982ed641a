from odoo.tests import HttpCase, tagged

from .common_counter import CounterCommon


@tagged("post_install", "-at_install", "tour")
class TestTourCounter(CounterCommon, HttpCase):
    """The storekeeper in the web client; after each step the records are asked."""

    def test_L2_L3_L7_L11_L12_reserve_hand_out_recall_return(self):
        kari = self.env["hr.employee"].create(
            {"name": "Tour Kari", "work_email": "tour.kari@example.com"}
        )
        one = self._thing("Tour phone", "TOUR-1")
        two = self._thing("Tour tablet", "TOUR-2")
        things = one | two

        self._walk("/odoo/lending-assets", "lending_counter_reserve")
        loans = self.env["lending.loan"].search([("asset_id", "in", things.ids)])
        self.assertEqual(set(loans.mapped("state")), {"reserved"})
        self.assertEqual(loans.employee_id, kari)
        self.assertEqual(set(loans.mapped("pickup_place")), {"Reception, 1st floor"})
        notice = self.env["lending.notice"].search([("loan_ids", "in", loans.ids)])
        self.assertEqual((notice.kind, notice.loan_ids), ("reserved", loans))

        self._walk("/odoo/lending-hand-out", "lending_counter_hand_out")
        self.assertEqual(set(loans.mapped("state")), {"out"})
        self.assertEqual(len(loans.handover_id), 1)
        self.assertEqual(loans.handover_id.user_id, self.officer)
        self.assertEqual(set(things.mapped("status")), {"handed_out"})

        self._walk("/odoo/lending", "lending_counter_recall")
        self.assertTrue(all(loans.mapped("recall_by")), loans.mapped("recall_by"))
        self.assertEqual(set(loans.mapped("recall_message")), {"new phone is here"})

        self._walk("/odoo/lending-take-back", "lending_counter_take_back")
        self.assertEqual(set(loans.mapped("state")), {"closed"})
        self.assertEqual((one.status, two.status), ("in_stock", "outdated"))
        self.assertEqual(loans.return_handover_id.direction, "back")

    def _walk(self, url, tour):
        self.start_tour(url, tour, login=self.officer.login, timeout=180)
        self.env.invalidate_all()
