from psycopg2.errors import CheckViolation

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time
from odoo.tools import mute_logger

from odoo.addons.resource_allocation.exceptions import AllocationConflict

from ..exceptions import BookingRefused
from .common import NOW, at
from .common_lines import LinesCase


@freeze_time(NOW)
class TestLines(LinesCase):
    """What a booker orders, and finds on the list."""

    # === ORDERED === #

    def test_R6_RE23_without_an_occasion_it_cannot_be_ordered(self):
        tea = self._service("Tea", scenario_ids=False)
        other = self.env["room.scenario"].create({"name": "Workshop"})
        coffee = self._service("Coffee", scenario_ids=other.ids)
        for service in (tea, coffee):
            with self.subTest(service.name):
                with self.assertRaises(BookingRefused) as caught:
                    self._book(lines=[(service, {})])
                self._refused(caught.exception, "no_scenario")
                self.assertIn(service.name, str(caught.exception))
        meeting = self._book(scenario_id=other.id, lines=[(coffee, {})])
        with self.assertRaises(BookingRefused) as caught:
            meeting.write({"line_ids": [(0, 0, {"service_id": tea.id})]})
        self._refused(caught.exception, "no_scenario")
        with self.assertRaises(BookingRefused) as caught:
            self.env["room.service.line"].with_user(self.booker).create(
                {"reservation_id": meeting.id, "service_id": tea.id}
            )
        self._refused(caught.exception, "no_scenario")
        with self.assertRaises(BookingRefused) as caught:
            meeting.write({"scenario_id": self.scenario.id})
        self._refused(caught.exception, "no_scenario")

    def test_R6_without_an_occasion_of_its_own_nothing_can_be_ordered(self):
        coffee = self._service("Coffee")
        with self.assertRaises(BookingRefused) as caught:
            self._book(scenario_id=False, lines=[(coffee, {})])
        self._refused(caught.exception, "no_scenario")

    def test_R13_R15_limited_or_as_many_as_wanted(self):
        coffee = self._service("Coffee")
        laptop = self._service("Laptop", is_unlimited=False, max_quantity=4)
        self._book(lines=[(coffee, {"quantity": 900}), (laptop, {"quantity": 4})])
        with self.assertRaises(AllocationConflict):
            self._book(rooms=self.studio, lines=[(laptop, {})])
        self._book(rooms=self.studio, lines=[(coffee, {"quantity": 900})])

    def test_R17_the_default_is_filled_in(self):
        cola = self._service("Cola", default_quantity=6, price=2)
        coffee = self._service("Coffee", default_quantity=3)
        water = self._service("Water")
        form = self._form()
        self.assertEqual(self._add(form, cola), 6)
        self.assertEqual(self._add(form, water), 1)
        with form.line_ids.new() as line:
            line.service_id = cola
            line.service_id = coffee
            self.assertEqual(line.quantity, 3)
        meeting = form.save()
        self.assertEqual(
            self._list(meeting),
            [("Coffee", 3, "ordered"), ("Cola", 6, "ordered"), ("Water", 1, "ordered")],
        )
        self.assertEqual(meeting.amount, 12)
        self.assertEqual(self._draft(lines=[(cola, {})]).line_ids.quantity, 6)
        with form.line_ids.edit(0) as line:
            line.quantity = 8
        form.save()
        meeting.action_book()
        self.assertIn(("Cola", 8, "ordered"), self._list(meeting))

    def test_R22_yes_or_no_is_one(self):
        screen = self._service("Screen", is_checkbox=True)
        with self.assertRaises(BookingRefused) as caught:
            self._book(lines=[(screen, {"quantity": 2})])
        self._refused(caught.exception, "yes_no")
        meeting = self._book(lines=[(screen, {})])
        with self.assertRaises(BookingRefused) as caught:
            meeting.line_ids.write({"quantity": 2})
        self._refused(caught.exception, "yes_no")

    def test_R22_yes_or_no_stays_so_on_the_list(self):
        self._service("Screen", is_checkbox=True, default_active=True)
        meeting = self._book()
        with self.assertRaises(BookingRefused) as caught:
            meeting.line_ids.write({"quantity": 5})
        self._refused(caught.exception, "yes_no")

    def test_R22_yes_or_no_with_a_default_is_that_many(self):
        crate = self._service("Crate", is_checkbox=True, default_quantity=3)
        meeting = self._book(lines=[(crate, {})])
        self.assertEqual(self._list(meeting), [("Crate", 3, "ordered")])
        with self.assertRaises(BookingRefused) as caught:
            meeting.line_ids.write({"quantity": 2})
        self._refused(caught.exception, "yes_no")

    def test_quantities_are_one_or_more(self):
        coffee = self._service("Coffee")
        for quantity in (0, -2):
            with (
                self.subTest(quantity),
                mute_logger("odoo.sql_db"),
                self.assertRaises(CheckViolation),
            ):
                self._book(lines=[(coffee, {"quantity": quantity})])

    # === AS MANY AS PARTICIPANTS === #

    def test_R19_RA3_follows_participants_in_the_form(self):
        self._service("Cake", prefill_participants=True, default_active=True, price=2)
        form = self._form(participants=12)
        self.assertEqual(self._on_form(form), {"Cake": 12})
        form.participants = 11
        self.assertEqual(self._on_form(form), {"Cake": 11})
        form.guaranteed_participants = 9
        self.assertEqual(self._on_form(form), {"Cake": 9})
        meeting = form.save()
        self.assertEqual(self._list(meeting), [("Cake", 9, "prefilled")])
        self.assertEqual(meeting.amount, 18)
        with self._form(meeting) as form:
            form.guaranteed_participants = 0
        self.assertEqual(self._list(meeting), [("Cake", 11, "prefilled")])

    def test_R19_RA3_follows_participants_by_rpc(self):
        self._service("Cake", prefill_participants=True, default_active=True, price=2)
        meeting = self._book(rooms=self.studio, participants=12)
        self.assertEqual(self._list(meeting), [("Cake", 12, "prefilled")])
        meeting.participants = 13
        self.assertEqual(self._list(meeting), [("Cake", 13, "prefilled")])
        meeting.guaranteed_participants = 10
        self.assertEqual(self._list(meeting), [("Cake", 10, "prefilled")])
        meeting.participants = 14
        self.assertEqual(self._list(meeting), [("Cake", 10, "prefilled")])
        self.assertEqual(meeting.amount, 20)

    def test_RA3_what_was_typed_stays(self):
        self._service("Cake", prefill_participants=True, default_active=True)
        form = self._form(rooms=self.studio, participants=12)
        with form.line_ids.edit(0) as line:
            line.quantity = 5
        form.participants = 13
        self.assertEqual(self._on_form(form), {"Cake": 5})
        meeting = form.save()
        self.assertEqual(self._list(meeting), [("Cake", 5, "prefilled")])
        meeting.action_book()
        with self._form(meeting) as form:
            form.participants = 14
        self.assertEqual(self._list(meeting), [("Cake", 5, "prefilled")])
        other = self._book(participants=8)
        other.line_ids.quantity = 3
        other.participants = 9
        self.assertEqual(self._list(other), [("Cake", 3, "prefilled")])

    def test_RA3_a_form_that_is_saved_unchanged_still_follows(self):
        self._service("Cake", prefill_participants=True, default_active=True)
        meeting = self._form(participants=8).save()
        with self._form(meeting) as form:
            form.name = "Other talk"
        meeting.participants = 9
        self.assertEqual(self._list(meeting), [("Cake", 9, "prefilled")])

    def test_RA3_a_form_that_followed_still_follows(self):
        self._service("Cake", prefill_participants=True, default_active=True)
        meeting = self._form(participants=8).save()
        with self._form(meeting) as form:
            form.participants = 9
        meeting.participants = 10
        self.assertEqual(self._list(meeting), [("Cake", 10, "prefilled")])

    # === ON THE LIST BY ITSELF === #

    def test_R29_listed_and_taken_off_for_good(self):
        self._service("Water", default_active=True, default_quantity=2)
        self._service("Cake", prefill_participants=True, default_active=True)
        form = self._form()
        self.assertEqual(self._on_form(form), {"Water": 2, "Cake": 1})
        self._remove(form, "Water")
        form.participants = 7
        self.assertEqual(self._on_form(form), {"Cake": 7})
        meeting = form.save()
        meeting.action_book()
        self.assertEqual(self._list(meeting), [("Cake", 7, "prefilled")])
        self._all(meeting).with_user(self.booker).unlink()
        meeting.participants = 6
        self.assertEqual(self._list(meeting), [])
        with self._form(meeting) as form:
            form.participants = 5
        self.assertEqual(self._list(meeting), [])

    def test_R29_comes_with_another_room(self):
        water = self._service("Water", default_active=True, scenario_ids=False)
        juice = self._service("Juice", default_active=True, scenario_ids=False)
        self.room.service_ids = water
        self.studio.service_ids = juice
        meeting = self._book()
        self.assertEqual(self._list(meeting), [("Water", 1, "default")])
        meeting.line_ids.unlink()
        meeting.write({"space_ids": [(0, 0, {"space_id": self.studio.id})]})
        self.assertEqual(self._list(meeting), [("Juice", 1, "default")])
        aula = meeting.space_ids.filtered(lambda one: one.space_id == self.room)
        meeting.write({"space_ids": [(2, aula.id, 0)]})
        self.assertEqual(self._list(meeting), [("Juice", 1, "default")])
        meeting.space_ids.space_id = self.room
        self.assertEqual(self._list(meeting), [("Water", 1, "default")])

    def test_R29_another_quantity_stays(self):
        self._service("Water", default_active=True, default_quantity=2)
        meeting = self._book()
        meeting.line_ids.quantity = 4
        meeting.participants = 6
        self.assertEqual(self._list(meeting), [("Water", 4, "default")])

    def test_RA10_what_is_not_to_be_had_is_left_out_with_a_word(self):
        self._service("Water", default_active=True)
        meeting = self._draft(at(20), at(21))
        told = meeting.action_book()
        self.assertEqual(meeting.state, "confirmed")
        self.assertEqual(meeting.line_ids.state, "dropped")
        self.assertIn("Water", told["params"]["message"])
        self.assertIn("Water", "".join(meeting.message_ids.mapped("body")))

    # === ALWAYS BOOKED === #

    def _fixed(self, name="Water", **vals):
        return self._service(
            name, not_editable=True, is_checkbox=True, default_active=True,
            **{"default_quantity": 3, **vals},
        )  # fmt: skip

    def test_R18_R23_fixed_is_not_changed_by_form(self):
        self._fixed(price=2)
        form = self._form()
        self.assertEqual(self._on_form(form), {"Water": 3})
        meeting = form.save()
        meeting.action_book()
        self.assertEqual(self._list(meeting), [("Water", 3, "fixed")])
        self.assertEqual(meeting.amount, 6)
        form = self._form(meeting)
        with form.line_ids.edit(0) as line:
            line.quantity = 4
        self.assertEqual(self._on_form(form), {"Water": 3})
        form.save()
        self.assertEqual(self._list(meeting), [("Water", 3, "fixed")])
        form = self._form(meeting)
        form.line_ids.remove(0)
        self.assertEqual(self._on_form(form), {"Water": 3})
        form.save()
        self.assertEqual(self._list(meeting), [("Water", 3, "fixed")])
        with self._form(meeting) as form:
            form.participants = 4
        self.assertEqual(self._list(meeting), [("Water", 3, "fixed")])

    def test_R18_default_that_changed_since_follows_the_next_change(self):
        """Saving the form is not refused for what the booker did not type."""
        water = self._fixed()
        meeting = self._book()
        water.default_quantity = 5
        with self._form(meeting) as form:
            form.participants = 4
        self.assertEqual(self._list(meeting), [("Water", 5, "fixed")])

    def test_R18_R23_fixed_is_not_changed_by_rpc(self):
        water, juice = self._fixed(), self._service("Juice")
        for meeting in (self._draft(), self._book()):
            line = meeting.line_ids
            later = {"wanted_start": at(10)}
            for vals in ({"quantity": 1}, {"service_id": juice.id}, later):
                with self.subTest(meeting.state, vals=vals):
                    with self.assertRaises(BookingRefused) as refused:
                        line.write(vals)
                    self.assertEqual(refused.exception.refusals[0].code, "fixed")
                    with self.assertRaises(BookingRefused):
                        meeting.write({"line_ids": [(1, line.id, vals)]})
            for command in ((2, line.id, 0), (3, line.id, 0), (5, 0, 0), (6, 0, [])):
                with (
                    self.subTest(meeting.state, command=command),
                    self.assertRaises(UserError),
                ):
                    meeting.write({"line_ids": [command]})
            with self.assertRaises(UserError):
                line.unlink()
            with self.assertRaises(AccessError):
                line.write({"source": "ordered"})
            self.assertEqual(self._list(meeting), [("Water", 3, "fixed")])
        other = self._draft(lines=[(water, {"quantity": 9})], rooms=self.studio)
        self.assertEqual(self._list(other), [("Water", 3, "fixed")])

    def test_R18_fixed_is_not_changed_on_the_way(self):
        """A line of another service does not become one that is fixed."""
        water, juice = self._fixed(), self._service("Juice")
        meeting = self._book(lines=[(juice, {"quantity": 7})])
        ordered = meeting.line_ids.filtered(lambda line: line.service_id == juice)
        ordered.write({"service_id": water.id})
        self.assertEqual(self._list(meeting), [("Water", 3, "fixed")])

    # === CATERING TYPES === #

    def test_R25_RE17_fixed_of_another_catering_is_not_booked(self):
        buffet, snack = self.env["room.catering.type"].create(
            [{"name": "Buffet"}, {"name": "Snack"}]
        )
        typed = {"catering": "one", "catering_type_id": buffet.id}
        self._fixed("Water", **typed)
        self._fixed("Glasses")
        self._fixed("Napkins", catering="all")
        always = [("Glasses", 3, "fixed"), ("Napkins", 3, "fixed")]
        meeting = self._book(catering_type_id=snack.id)
        self.assertEqual(self._list(meeting), always)
        meeting.catering_type_id = buffet
        self.assertEqual(self._list(meeting), [*always, ("Water", 3, "fixed")])
        with self._form(meeting) as form:
            form.catering_type_id = self.env["room.catering.type"]
            self.assertEqual(self._on_form(form), {"Glasses": 3, "Napkins": 3})
        self.assertEqual(self._list(meeting), always)

    def test_R25_of_another_catering_is_not_ordered(self):
        buffet, snack = self.env["room.catering.type"].create(
            [{"name": "Buffet"}, {"name": "Snack"}]
        )
        soup = self._service("Soup", catering="one", catering_type_id=buffet.id)
        for catering in (snack, snack.browse()):
            with self.assertRaises(BookingRefused) as caught:
                self._book(lines=[(soup, {})], catering_type_id=catering.id)
            self._refused(caught.exception, "catering")
        meeting = self._book(lines=[(soup, {})], catering_type_id=buffet.id)
        with self.assertRaises(BookingRefused) as caught:
            meeting.catering_type_id = snack
        self._refused(caught.exception, "catering")

    # === MANDATORY === #

    def _mandatory(self, name="Cleaning", **vals):
        return self._service(
            name, mandatory=True, not_editable=True, is_checkbox=True,
            default_active=True, default_quantity=1, scenario_ids=False, **vals,
        )  # fmt: skip

    def test_R30_R31_mandatory_with_each_room(self):
        self._mandatory(space_ids=(self.room | self.studio).ids)
        form = self._form(rooms=self.room | self.studio)
        self.assertEqual(len(form.line_ids), 2)
        meeting = form.save()
        meeting.action_book()
        lines = self._all(meeting)
        self.assertEqual(lines.space_id, self.room | self.studio)
        self.assertEqual(lines.mapped("source"), ["mandatory"] * 2)
        self.assertEqual(meeting.amount, 0)
        mine = lines.with_user(self.booker)
        with self.assertRaises(UserError):
            mine[0].quantity = 2
        with self.assertRaises(UserError):
            mine[0].unlink()
        studio = meeting.space_ids.filtered(lambda one: one.space_id == self.studio)
        studio.unlink()
        self.assertEqual(self._all(meeting).space_id, self.room)

    def test_R30_RA8_not_with_other_rooms(self):
        self._mandatory(space_ids=self.studio.ids)
        meeting = self._book()
        self.assertEqual(self._list(meeting), [])
        meeting.space_ids.space_id = self.studio
        self.assertEqual(self._list(meeting), [("Cleaning", 1, "mandatory")])

    def test_R32_RE18_mandatory_that_is_not_to_be_had(self):
        self._mandatory(
            space_ids=(self.room | self.studio).ids, is_unlimited=False, max_quantity=1
        )
        self._book()
        with self.assertRaises(AllocationConflict) as caught:
            self._book(rooms=self.studio)
        self.assertIn("Cleaning is mandatory", str(caught.exception))
        with self.assertRaises(BookingRefused) as caught:
            self._book(at(20), at(21))
        self._refused(caught.exception, "mandatory")
        self.assertIn("Cleaning is mandatory", str(caught.exception))

    # === PRICE === #

    def test_RA14_price_is_for_each(self):
        self._service("Water", default_active=True, default_quantity=2, price=3)
        self._service("Cake", prefill_participants=True, default_active=True, price=5)
        fee = {"kind": "co_booked", "not_editable": True, "default_active": True}
        self._service("Fee", **fee, co_group_ids=self.kitchen.ids, price=7)
        self._mandatory(space_ids=self.room.ids)
        meeting = self._book(participants=4)
        prices = {line.service_id.name: line.amount for line in self._all(meeting)}
        self.assertEqual(prices, {"Water": 6, "Cake": 20, "Fee": 7, "Cleaning": 0})
        self.assertEqual(meeting.amount, 33)
