from lxml import etree

from odoo.tests import Form, freeze_time

from .common import NOW, RoomCase, at


@freeze_time(NOW)
class TestForm(RoomCase):
    """Reservations and services as they are typed, with what comes by itself."""

    def _form(self, user=None, **context):
        reservations = self.env["room.reservation"].with_user(user or self.booker)
        form = Form(reservations.with_context(**context))
        form.name = "Talk"
        form.start, form.stop = at(9), at(11)
        with form.space_ids.new() as room:
            room.space_id = self.room
        return form

    def test_booked_in_a_form(self):
        coffee = self._service("Coffee", price=2.5)
        form = self._form()
        form.participants = 8
        with form.line_ids.new() as line:
            line.service_id = coffee
            line.quantity = 8
        meeting = form.save()
        meeting.action_book()
        self.assertEqual(meeting.amount, 20)
        self.assertEqual(meeting.line_ids.state, "ordered")
        self.assertEqual(self._busy(self.room), [("09:00", "11:00")])

    def test_R17_default_quantity_is_filled_in(self):
        cake = self._service("Cake", default_quantity=5)
        form = self._form()
        with form.line_ids.new() as line:
            line.service_id = cake
            self.assertEqual(line.quantity, 5)

    def test_R19_participants_are_followed_until_typed(self):
        water = self._service("Water", prefill_participants=True, default_active=True)
        form = self._form()
        form.scenario_id = self.scenario
        form.participants = 8
        with form.line_ids.edit(0) as line:
            self.assertEqual((line.service_id, line.quantity), (water, 8))
        form.participants = 9
        with form.line_ids.edit(0) as line:
            self.assertEqual(line.quantity, 9)
            line.quantity = 4
        form.participants = 10
        with form.line_ids.edit(0) as line:
            self.assertEqual(line.quantity, 4)
        meeting = form.save()
        self.assertEqual(meeting.line_ids.quantity, 4)
        with Form(meeting) as again:
            again.participants = 11
        self.assertEqual(meeting.line_ids.quantity, 4)

    def test_R23_fixed_is_readonly(self):
        self._service(
            "Screen",
            not_editable=True,
            default_active=True,
            is_checkbox=True,
            default_quantity=1,
        )
        form = self._form()
        form.participants = 2
        with (
            form.line_ids.edit(0) as line,
            self.assertRaisesRegex(AssertionError, "readonly"),
        ):
            line.quantity = 2
        meeting = form.save()
        self.assertEqual(meeting.line_ids.source, "fixed")

    def test_R27_hidden_is_not_listed(self):
        porter = self._service(
            "Tell the porter",
            not_visible=True,
            default_active=True,
            is_checkbox=True,
            default_quantity=1,
        )
        self.room.service_ids = porter
        form = self._form()
        form.participants = 2
        self.assertEqual(len(form.line_ids), 0)
        meeting = form.save()
        self.assertFalse(meeting.line_ids)
        lines = self.env["room.service.line"].search(
            [("reservation_id", "=", meeting.id)]
        )
        self.assertEqual(lines.service_id, porter)

    def test_what_was_taken_off_does_not_come_again(self):
        self._service("Flowers", default_active=True)
        form = self._form()
        form.participants = 2
        form.line_ids.remove(0)
        form.participants = 3
        self.assertEqual(len(form.line_ids), 0)
        meeting = form.save()
        self.assertFalse(meeting.line_ids)

    def test_moved_by_an_hour(self):
        meeting = self._book()
        with Form(meeting) as form:
            form.start, form.stop = at(10), at(12)
        self.assertEqual(self._busy(self.room), [("10:00", "12:00")])

    def test_whole_days(self):
        form = self._form()
        form.start, form.stop = at(9, day=1), at(11, day=1)
        form.allday = True
        meeting = form.save()
        meeting.action_book()
        self.assertEqual((meeting.start, meeting.stop), (at(23), at(23, day=1)))

    def test_cancelled_is_readonly(self):
        meeting = self._book()
        meeting.action_cancel()
        with Form(meeting) as form, self.assertRaisesRegex(AssertionError, "readonly"):
            form.participants = 3

    def test_services_are_offered_for_chosen_rooms(self):
        form = self._form()
        self.assertFalse(form.has_many_rooms)
        with form.space_ids.new() as room:
            room.space_id = self.studio
        self.assertTrue(form.has_many_rooms)
        self.assertEqual(form.chosen_space_ids.ids, (self.room | self.studio).ids)

    def test_opened_from_a_room(self):
        action = self.room.with_user(self.booker).action_book_it()
        form = Form.from_action(self.env(user=self.booker), action)
        form.name = "Talk"
        meeting = form.save()
        self.assertEqual(meeting.space_ids.space_id, self.room)
        meeting.action_book()
        shown = self.room.with_user(self.booker).action_view_reservations()
        found = self.env["room.reservation"].search(shown["domain"])
        self.assertEqual(found, meeting)

    # === SERVICES === #

    def _service_form(self, service=None):
        services = service or self.env["room.service"]
        form = Form(services.with_user(self.chef))
        if not service:
            form.name = "Bells"
            form.group_id = self.kitchen
            form.activity_id = self.activity
        return form

    def test_R1_a_new_service_is_a_standard_one_and_the_form_edits_it_later(self):
        service = self._service_form().save()
        self.assertEqual(service.kind, "standard")
        form = self._service_form(service)
        form.name, form.price = "Church bells", 4
        form.save()
        self.assertEqual((service.name, service.price), ("Church bells", 4))
        arch = etree.fromstring(service.get_view(view_type="form")["arch"])
        fields = arch.xpath("//sheet//field[not(@invisible)]/@name")
        self.assertLess(fields.index("kind"), fields.index("group_id"))

    def test_R1_another_kind_has_what_is_its_own(self):
        form = self._service_form()
        form.kind = "co_booked"
        form.co_group_ids = self.kitchen
        fee = form.save()
        self.assertEqual((fee.kind, fee.co_group_ids), ("co_booked", self.kitchen))

    def test_R36_excluded_option_is_readonly(self):
        form = self._service_form()
        form.blocks_room = True
        with self.assertRaisesRegex(AssertionError, "readonly"):
            form.allow_provision = True
        form.blocks_room = False
        form.allow_provision = True
        with self.assertRaisesRegex(AssertionError, "readonly"):
            form.blocks_room = True
        self.assertTrue(form.save().allow_provision)

    def test_R33_mandatory_brings_its_options(self):
        form = self._service_form()
        form.price = 10
        form.mandatory = True
        self.assertTrue(form.is_checkbox and form.default_active and form.not_editable)
        service = form.save()
        self.assertEqual((service.price, service.default_quantity), (0, 1))

    def test_R12_booked_along_takes_off_what_was_ticked(self):
        service = self._service("Fee", is_checkbox=True, default_quantity=3)
        form = self._service_form(service)
        form.kind = "co_booked"
        form.co_group_ids = self.kitchen
        saved = form.save()
        self.assertFalse(saved.is_checkbox)
        self.assertFalse(saved.default_quantity)
        self.assertTrue(saved.not_editable)

    def test_limited_number_is_counted(self):
        form = self._service_form()
        form.is_unlimited = False
        form.max_quantity = 4
        with self.assertRaisesRegex(AssertionError, "readonly"):
            form.prefill_participants = True
        self.assertEqual(form.save().resource_id.capacity, 4)

    def test_buttons_of_sites_and_groups(self):
        floor = self.env["room.site"].create(
            {"name": "Attic", "parent_id": self.site.id}
        )
        attic = self._room("Attic", site_id=floor.id)
        shown = self.site.action_view_spaces()
        found = self.env["room.space"].search(shown["domain"])
        self.assertEqual(found, self.room | self.studio | attic)
        coffee = self._service("Coffee")
        meeting = self._book(lines=[(coffee, {})])
        for action in (self.kitchen.action_view_lines(), coffee.action_view_lines()):
            lines = self.env["room.service.line"].with_user(self.cook)
            self.assertEqual(lines.search(action["domain"]), meeting.line_ids)
        self.assertEqual(
            self.env["room.service"].search(
                self.kitchen.action_view_services()["domain"]
            ),
            coffee,
        )
