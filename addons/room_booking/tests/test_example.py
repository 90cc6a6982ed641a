from datetime import timedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import TransactionCase, freeze_time, tagged

from odoo.addons.mail.tests.common import mail_new_test_user
from odoo.addons.resource_allocation.core.moment import wall_time

from ..models.room_example import LIFE, ROLES, SOON
from ..models.room_reservation import RECEPTION
from .common import ADMIN, MANAGER

GROUPS = {
    "manager": ADMIN,
    "roommanager": MANAGER,
    "chef": MANAGER,
    "reception": RECEPTION,
}
"""The groups of those who live there; the others are employees."""

EXPECTED = {
    "resource.calendar": 7,
    "account.analytic.plan": 1,
    "account.analytic.account": 7,
    "room.activity": 9,
    "room.attribute": 6,
    "room.policy": 3,
    "room.site": 6,
    "room.space": 10,
    "room.layout": 11,
    "room.scenario": 4,
    "room.catering.type": 2,
    "room.service.category": 5,
    "room.service.group": 4,
    "room.service": 22,
}


class ExampleCase(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if cls.env.ref("__import__.example_site_canal", False):
            cls.skipTest(cls, "the example company is already here as demo data")
        cls.example = cls.env["room.example"]
        cls.imported = cls.example._load_catalogue()

    def _imported(self, model):
        return self.env[model].browse(self.imported[model])


class TestExample(ExampleCase):
    """The example company's files, imported by Odoo's own import."""

    def test_every_row_is_imported(self):
        self.assertEqual(
            {model: len(ids) for model, ids in self.imported.items()}, EXPECTED
        )

    def test_rooms_have_clock_and_hours_of_their_site(self):
        rooms = self._imported("room.space")
        self.assertEqual(set(rooms.mapped("tz")), {"Europe/Brussels", "Europe/Lisbon"})
        for room in rooms:
            self.assertEqual(room.resource_id.calendar_id, room.site_id.calendar_id)
        closing = rooms - self.example._ref("room", "hall")
        self.assertTrue(all(room.resource_calendar_id for room in closing))

    def test_nobody_is_kept_from_meeting_over_noon(self):
        noon = self._imported("room.site").calendar_id.attendance_ids.filtered(
            lambda one: one.hour_from < 12 < one.hour_to
        )
        self.assertEqual(noon, self._imported("room.site").calendar_id.attendance_ids)
        kitchen = self.example._ref("group", "kitchen").calendar_id.attendance_ids
        self.assertEqual(
            set(kitchen.mapped(lambda one: (one.hour_from, one.hour_to))),
            {(7, 12), (13, 17)},
        )

    def test_RS1_a_combination_consists_of_its_parts(self):
        both = self.example._ref("room", "quay_dock")
        self.assertEqual(
            both.resource_id.component_ids,
            self.example._ref("room", "quay").resource_id
            | self.example._ref("room", "dock").resource_id,
        )

    def test_RS4_everything_has_a_cost_centre(self):
        activities = self._imported("room.activity")
        for model in ("room.space", "room.service"):
            for record in self._imported(model):
                self.assertIn(record.activity_id, activities, record.name)
        centres = self._imported("account.analytic.account")
        self.assertLess(activities.account_id, centres, "some pay only")

    def test_services_of_every_kind(self):
        services = self._imported("room.service")
        for ticked in (
            "is_checkbox", "default_active", "not_editable", "not_visible", "mandatory",
            "prefill_participants", "allow_provision", "allow_outside", "blocks_room",
            "setup_per_quantity", "buffers_on_group", "own_calendar_id", "own_cutoff",
            "own_lead", "attachment", "co_group_ids", "catering_type_id", "space_ids",
        ):  # fmt: skip
            some = services.filtered(ticked)
            self.assertTrue(some and some < services, ticked)
        for field in ("kind", "catering", "collision_scope", "check_mode"):
            keys = {key for key, _label in services._fields[field].selection}
            self.assertEqual(set(services.mapped(field)), keys)
        laptop = self.example._ref("service", "laptop")
        self.assertEqual((laptop.resource_id.capacity, laptop.is_unlimited), (4, False))

    def test_the_template_can_be_opened(self):
        badges = self.example._ref("service", "badges")
        self.assertEqual(badges.attachment_name, "guest-list.csv")
        attached = self.env["ir.attachment"].search(
            [
                ("res_model", "=", badges._name),
                ("res_id", "=", badges.id),
                ("res_field", "=", "attachment"),
            ]
        )
        self.assertTrue(attached.raw.decode().startswith("Name;Company"))

    def test_importing_again_changes_nothing(self):
        hall = self.example._ref("room", "hall")
        hall.capacity = 1
        hours = self._imported("resource.calendar").attendance_ids
        self.assertEqual(self.example._load_catalogue(), self.imported)
        self.assertEqual(hall.capacity, 90)
        self.assertEqual(
            len(self._imported("resource.calendar").attendance_ids), len(hours)
        )


@tagged("post_install", "-at_install")
class TestExampleLife(ExampleCase):
    """What the example company meets for, whenever it is loaded."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        users = {role: cls._make_user(role) for role in ROLES}
        cls.env["ir.model.data"]._update_xmlids(
            [
                {"xml_id": xml_id, "record": users[role]}
                for role, xml_id in ROLES.items()
            ]
        )
        cls.example._load_people()

    @classmethod
    def _make_user(cls, role):
        """The demo users, where there is no demo data."""
        company = cls.env.company
        return mail_new_test_user(
            cls.env,
            login=f"example_{role}",
            groups=GROUPS.get(role, "base.group_user"),
            tz="Europe/Brussels",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )

    @freeze_time("2026-03-28 22:30:00")
    def test_on_a_saturday_before_midnight(self):
        """On the night before the clocks go forward."""
        self._check_life()

    @freeze_time("2026-03-29 01:30:00")
    def test_on_the_sunday_the_clocks_go_forward(self):
        self._check_life()

    @freeze_time("2026-10-25 00:30:00")
    def test_on_the_sunday_the_clocks_go_back(self):
        """In the hour that is there twice."""
        self._check_life()

    @freeze_time("2026-12-31 22:30:00")
    def test_on_the_last_day_of_the_year(self):
        """A Thursday, half past eleven."""
        self._check_life()

    @freeze_time("2026-01-05 23:10:00")
    def test_on_a_tuesday_after_midnight(self):
        """In UTC it is still Monday, and in Lisbon, too."""
        self._check_life()

    @freeze_time("2026-10-23 12:30:00")
    def test_on_a_friday_after_the_cut_off(self):
        """The weekend after it, the clocks go back."""
        self._check_life()

    def test_today(self):
        self._check_life()

    def _check_life(self):
        booked = self.example._load_life()
        self.env.flush_all()
        self.assertEqual(len(booked), len(LIFE))
        self.assertFalse(self.example._load_life(), "loaded twice")
        for meeting, reservation in zip(LIFE, booked, strict=True):
            self._check_meeting(meeting, reservation)
        self._check_month(booked)
        self._check_services(booked)
        self._check_ledger(booked)

    def _check_meeting(self, meeting, reservation):
        """When and by whom it was to be."""
        state = "requested" if meeting.asked else "confirmed"
        state = "cancelled" if meeting.cancelled else state
        self.assertEqual((reservation.name, reservation.state), (meeting.name, state))
        self.assertEqual(reservation.event_id.active, not meeting.cancelled)
        self.assertEqual(
            reservation.organizer_id, self.example._user(meeting.organizer)
        )
        if meeting.day >= SOON:
            self.assertEqual(reservation.booked_by_id, reservation.organizer_id)
        zone = reservation.space_ids.space_id._zone()
        start = wall_time(reservation.start, zone)
        stop = wall_time(reservation.stop, zone)
        self.assertLess(start.weekday(), 5)
        if meeting.start:
            self.assertEqual(f"{start:%H:%M}", meeting.start)
            self.assertEqual(f"{stop:%H:%M}", meeting.stop)
            self.assertEqual(start.date(), stop.date())
        else:
            self.assertEqual(stop - start, timedelta(days=1))

    def _check_month(self, booked):
        """Two weeks behind it, two before it, and something on the first of them."""
        now = fields.Datetime.now()
        past = booked.filtered(lambda one: one.stop < now)
        ahead = booked.filtered(lambda one: one.start > now + timedelta(days=1))
        self.assertGreater(len(past), 12)
        self.assertGreater(len(ahead), 12)
        self.assertLess(min(booked.mapped("start")), now - timedelta(days=12))
        self.assertGreater(max(booked.mapped("start")), now + timedelta(days=12))
        self.assertGreater(
            len(booked.filtered(lambda one: one.privacy == "private")), 2
        )
        self.assertEqual(len(booked.filtered("allday")), 1)

    def _check_services(self, booked):
        """Nothing is left out but what the kitchen does not bring over noon."""
        lines = booked._every_line()
        live = booked.filtered(lambda one: one.state == "confirmed")
        dropped = lines.filtered(lambda line: line.state == "dropped")
        talk = booked.filtered(lambda one: one.name.startswith("Lunch talk"))
        self.assertEqual(dropped.reservation_id, talk)
        self.assertEqual(
            dropped.service_id,
            self.example._ref("service", "coffee")
            | self.example._ref("service", "water"),
        )
        self.assertEqual(set((live.line_ids - dropped).mapped("state")), {"ordered"})
        sources = {key for key, _label in lines._fields["source"].selection}
        self.assertEqual(set(lines.mapped("source")), sources)
        self.assertTrue(all(live.filtered("line_ids").mapped("number")))
        kitchen = self.example._ref("group", "kitchen")
        for reservation in live:
            brought = reservation.line_ids.filtered(
                lambda line: line.group_id == kitchen and line.state != "dropped"
            )
            fees = brought.filtered(lambda line: line.source == "co_booked")
            self.assertEqual(len(fees), bool(brought), reservation.name)

    def _check_ledger(self, booked):
        """What is booked is promised, and the parts of what is booked together."""
        live = booked.filtered(lambda one: one.state == "confirmed")
        rows = self.env["resource.allocation"].search(
            [("res_model", "=", booked._name), ("root_id", "=", False)]
        )
        kept = rows.filtered("live")
        self.assertEqual(set(kept.mapped("res_id")), set(live.ids))
        self.assertEqual(len(kept), len(live._promises()))
        dock = self.example._ref("room", "dock").resource_id
        for reservation in live:
            if len(reservation.space_ids.space_id.part_ids) > 1:
                busy = dock.busy(reservation.start, reservation.stop)[dock.id]
                self.assertEqual(len(busy), 1, reservation.name)
