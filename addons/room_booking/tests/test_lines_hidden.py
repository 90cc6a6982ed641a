from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time

from .common import NOW
from .common_lines import LinesCase


@freeze_time(NOW)
class TestHiddenLines(LinesCase):
    """What is booked with a room without a word to who books it (R26 to R28, RE21)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.porters = cls._group("Porters", member_ids=[(6, 0, cls.colleague.ids)])
        cls.inform = cls._service(
            "Inform porter", group_id=cls.porters.id, scenario_ids=False,
            not_visible=True, is_checkbox=True, default_active=True,
            default_quantity=1, space_ids=cls.room.ids,
        )  # fmt: skip
        cls.coffee = cls._service("Coffee", price=2)

    def test_RE21_absent_for_the_booker(self):
        form = self._form()
        self._add(form, self.coffee)
        self.assertEqual(self._on_form(form), {"Coffee": 1})
        meeting = form.save()
        meeting.action_book()
        hidden = self._all(meeting).filtered(lambda line: line.source == "hidden")
        self.assertEqual(hidden.service_id, self.inform)
        self.assertEqual(hidden.state, "ordered")
        self.assertEqual(self._list(meeting), [("Coffee", 1, "ordered")])
        self.assertEqual(meeting.amount, 2)
        lines = self.env["room.service.line"].with_user(self.booker)
        self.assertEqual(lines.search([("reservation_id", "=", meeting.id)]).service_id,
                         self.coffee)  # fmt: skip
        self.assertFalse(lines.search([("service_id", "=", self.inform.id)]))
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            hidden.with_user(self.booker).read(["service_id"])
        with self.assertRaises(UserError):
            hidden.with_user(self.booker).write({"note": "Hello"})
        with self.assertRaises(UserError):
            hidden.with_user(self.booker).unlink()
        self.assertEqual(self._on_form(self._form(meeting)), {"Coffee": 1})
        self.assertNotIn("porter", "".join(meeting.message_ids.mapped("body")))

    def test_RE21_on_the_sheet_of_its_group(self):
        meeting = self._book()
        self.env.invalidate_all()
        sheet = self.env["room.service.line"].with_user(self.colleague)
        line = sheet.search([("group_id", "=", self.porters.id)])
        self.assertEqual(line.reservation_id.id, meeting.id)
        self.assertEqual(line.space_names, "Aula")
        self.assertEqual((line.amount, line.work_start), (0, meeting.start))
        others = self.env["room.service.line"].with_user(self.cook)
        self.assertFalse(others.search([("service_id", "=", self.inform.id)]))

    def test_R27_it_stays_whatever_the_booker_does(self):
        form = self._form()
        self._add(form, self.coffee)
        meeting = form.save()
        meeting.action_book()
        with self._form(meeting) as form:
            form.line_ids.remove(0)
            form.participants = 3
        for command in ((5, 0, 0), (6, 0, [])):
            self.env.invalidate_all()
            meeting.write({"line_ids": [command]})
        self.assertEqual(self._list(meeting), [])
        self.assertEqual(self._all(meeting).service_id, self.inform)
        meeting.space_ids.space_id = self.studio
        self.assertFalse(self._all(meeting))

    def test_R27_the_answer_to_a_save_does_not_tell(self):
        """The client gets what it saved in the same transaction."""
        fields = {
            "amount": {},
            "line_ids": {"fields": {"service_id": {"fields": {"display_name": {}}}}},
        }
        reservations = self.env["room.reservation"].with_user(self.booker)
        vals = self._draft().copy_data()[0]
        vals["line_ids"] = [(0, 0, {"service_id": self.coffee.id})]
        self.env.invalidate_all()
        [made] = reservations.web_save(vals, fields)
        self.assertEqual(self._names(made), ["Coffee"])
        meeting = reservations.browse(made["id"])
        meeting.action_book()
        [read] = meeting.web_read(fields)
        self.assertEqual(self._names(read), ["Coffee"])
        self.env.invalidate_all()
        [saved] = meeting.web_save({"participants": 3}, fields)
        self.assertEqual(self._names(saved), ["Coffee"])

    def _names(self, answer):
        lines = answer["line_ids"]
        return [line["service_id"]["display_name"] for line in lines]

    def test_R27_a_copy_does_not_tell(self):
        meeting = self._book(lines=[(self.coffee, {"quantity": 4})])
        self.env.invalidate_all()
        copy = meeting.copy()
        self.assertEqual(self._list(copy), [("Coffee", 4, "ordered")])
        self.assertEqual(self._all(copy).service_id, self.coffee | self.inform)

    def test_R27_the_form_of_the_room_manager(self):
        meeting = self._book()
        self.env.invalidate_all()
        form = Form(meeting.with_user(self.keeper), view=self.form)
        form.participants = 3
        form.save()
        self.assertEqual(self._all(meeting).service_id, self.inform)
