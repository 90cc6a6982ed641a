from odoo.exceptions import UserError
from odoo.tests import freeze_time

from .common import NOW, at
from .common_lines import LinesCase


@freeze_time(NOW)
class TestBookedAlong(LinesCase):
    """A fee that others bring along, once (R10, RA9, RE19)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.coffee = cls._service("Coffee")
        cls.cake = cls._service("Cake")
        cls.technicians = cls._group("Technicians")
        cls.beamer = cls._service("Beamer", group_id=cls.technicians.id)
        cls.fee = cls._fee("Delivery", cls.kitchen)

    @classmethod
    def _fee(cls, name, groups, **vals):
        return cls._service(
            name, kind="co_booked", co_group_ids=groups.ids, not_editable=True,
            default_active=True, scenario_ids=False, price=5, **vals,
        )  # fmt: skip

    def _fees(self, meeting):
        found = self._list(meeting)
        return [one[:2] for one in found if one[2] == "co_booked"]

    def test_RE19_one_line_with_its_cause(self):
        form = self._form()
        self._add(form, self.coffee)
        self._add(form, self.cake)
        self.assertEqual(self._on_form(form), {"Coffee": 1, "Cake": 1, "Delivery": 1})
        meeting = form.save()
        meeting.action_book()
        self.assertEqual(self._fees(meeting), [("Delivery", 1)])
        self.assertEqual(meeting.amount, 5)

    def test_RE19_none_without(self):
        meeting = self._book(lines=[(self.beamer, {})])
        self.assertEqual(self._fees(meeting), [])

    def test_RA9_goes_with_its_last_cause(self):
        meeting = self._book(
            lines=[(self.coffee, {"quantity": 8}), (self.cake, {}), (self.beamer, {})]
        )
        lines = {line.service_id: line for line in meeting.line_ids}
        lines[self.cake].unlink()
        self.assertEqual(self._fees(meeting), [("Delivery", 1)])
        form = self._form(meeting)
        row = list(self._on_form(form)).index("Coffee")
        form.line_ids.remove(row)
        self.assertEqual(self._on_form(form), {"Beamer": 1})
        form.save()
        self.assertEqual(self._list(meeting), [("Beamer", 1, "ordered")])
        meeting.write({"line_ids": [(0, 0, {"service_id": self.cake.id})]})
        self.assertEqual(self._fees(meeting), [("Delivery", 1)])

    def test_RA9_fees_do_not_bring_fees(self):
        porters = self._group("Porters")
        self._fee("Carrying", porters)
        self._fee("Lift", self.kitchen, group_id=porters.id)
        meeting = self._book(lines=[(self.coffee, {})])
        self.assertEqual(self._fees(meeting), [("Delivery", 1), ("Lift", 1)])

    def test_RA9_what_comes_by_itself_brings_it_too(self):
        self._service("Water", default_active=True)
        meeting = self._book()
        self.assertEqual(self._fees(meeting), [("Delivery", 1)])
        meeting.line_ids.filtered(lambda line: line.source == "default").unlink()
        self.assertEqual(self._fees(meeting), [])

    def test_RA9_none_for_what_could_not_be_had(self):
        self._service("Water", default_active=True)
        meeting = self._book(at(20), at(21))
        booked = meeting.line_ids.filtered(lambda line: line.state == "ordered")
        self.assertFalse(booked)
        self.assertEqual(meeting.amount, 0)

    def test_R11_is_neither_changed_nor_taken_off(self):
        meeting = self._book(lines=[(self.coffee, {})])
        fee = meeting.line_ids.filtered(lambda line: line.source == "co_booked")
        for vals in ({"quantity": 2}, {"wanted_start": at(10)}):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                fee.write(vals)
        with self.assertRaises(UserError):
            fee.unlink()
        form = self._form(meeting)
        form.line_ids.remove(list(self._on_form(form)).index("Delivery"))
        self.assertEqual(self._on_form(form), {"Coffee": 1, "Delivery": 1})
        form.save()
        self.assertEqual(self._fees(meeting), [("Delivery", 1)])

    def test_RA9_typed_by_hand_it_is_one_all_the_same(self):
        meeting = self._book(lines=[(self.coffee, {}), (self.fee, {"quantity": 3})])
        self.assertEqual(self._fees(meeting), [("Delivery", 1)])
        other = self._book(rooms=self.studio, lines=[(self.fee, {})])
        self.assertEqual(self._list(other), [])

    def test_RA9_of_an_archived_fee_none_comes(self):
        self.fee.active = False
        meeting = self._book(lines=[(self.coffee, {})])
        self.assertEqual(self._fees(meeting), [])

    def test_RA9_those_of_another_company_do_not_come(self):
        other = self.env["res.company"].create({"name": "Other"})
        crew = self._group("Crew", company_id=other.id)
        self._fee("Abroad", self.kitchen, group_id=crew.id)
        meeting = self._book(lines=[(self.coffee, {})])
        self.assertEqual(self._fees(meeting), [("Delivery", 1)])
