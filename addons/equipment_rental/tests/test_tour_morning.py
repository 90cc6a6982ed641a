from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, RecordCapturer, freeze_time, tagged

from .common import RentalFactory

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@tagged("post_install", "-at_install", "tour")
class MorningCase(RentalFactory, HttpCase):
    """A clerk, drills, tents and two customers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_rental()
        cls.customer.write({"name": "Lorelei Boats", "phone": "+49 6771 555 01 00"})
        cls.other.name = "Otto Fair"
        cls.clerk.tz = cls.env.company.resource_calendar_id.tz = "Etc/UTC"
        cls.now = fields.Datetime.now().replace(minute=0, second=0, microsecond=0)
        cls.units = cls.drill_lots.rental_resource_id

    def _tents(self):
        tent = self._make_item("Tour tent", day=10)
        self._put(tent, self.north, 20)
        return tent

    def _ordered(self, name, tent):
        """The order that comes of a tour."""
        with RecordCapturer(self.env["sale.order"]) as made:
            self.start_tour("/odoo", name, login="rental_clerk", timeout=180)
        [line] = made.records.order_line
        self.assertEqual(line.product_id, tent)
        return line


@tagged("post_install", "-at_install", "tour")
class TestTourMorning(MorningCase):
    """The dispatcher's morning at the board: what is late, and who waits for it."""

    def _late_and_waiting(self):
        """Of D-1 a rental that should be back, and one that should have gone out."""
        now = self.now
        with freeze_time(now - 3 * DAY):
            late = self._confirmed(
                (self.drill, 1), start=now - 3 * DAY, stop=now - 2 * HOUR
            )
            self._hand_over(late, lots=self.drill_lots[0])
            waiting = self._confirmed(
                (self.drill, 1),
                start=now - HOUR,
                stop=now + 2 * DAY,
                partner_id=self.other.id,
            )
            waiting.order_line._rental_rows("reserved").reassign(self.units[0].id)
        self.env.ref("resource_allocation.ir_cron_look_after").method_direct_trigger()
        self.env.invalidate_all()
        return late, waiting

    def test_C20_C21_late_one_is_extended_and_who_waits_gets_another_unit(self):
        late, waiting = self._late_and_waiting()
        self.assertTrue(waiting.rental_is_at_risk)
        self.assertEqual(late.amount_total, 300)
        self.start_tour(
            "/odoo", "rental_morning_tour", login="rental_clerk", timeout=180
        )
        self.env.invalidate_all()
        row = late.order_line._rental_rows("out")
        self.assertEqual(row.resource_id, self.units[0])
        self.assertEqual(row.stop, self.now + DAY)
        self.assertEqual(late.amount_total, 400)
        follows = waiting.order_line._rental_rows("reserved")
        self.assertEqual(follows.resource_id, self.units[1], "to the third, and back")
        self.assertFalse(waiting.rental_is_at_risk)

    def test_C21_C22_keyboard_alone(self):
        line = self._ordered("rental_keyboard_tour", self._tents())
        self.assertEqual(line.order_id.partner_id, self.other)
        self.assertEqual(line.rental_qty_held, 3)
        self.assertEqual(line.rental_stop - line.rental_start, 3 * DAY, "and undone")


@tagged("post_install", "-at_install", "tour")
class TestTourPhone(MorningCase):
    """The board in one hand."""

    browser_size = "390x844"
    touch_enabled = True

    def test_C21_C22_a_tap_chooses_and_is_ordered(self):
        line = self._ordered("rental_phone_tour", self._tents())
        self.assertEqual(line.order_id.partner_id, self.customer)
        self.assertEqual(line.order_id.rental_status, "reserved")
        self.assertEqual(line.product_uom_qty, 2)
        self.assertEqual(line.rental_stop - line.rental_start, DAY)
