import inspect
import json
from contextlib import suppress
from datetime import datetime

from odoo.exceptions import ValidationError
from odoo.models import BaseModel
from odoo.service.model import call_kw
from odoo.tests import freeze_time, tagged

from ..exceptions import StaleChange
from .common import NOW, LedgerCase, at


class Undo(Exception):
    """Take back what was done."""


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestClients(LedgerCase):
    """What programs elsewhere are answered is JSON, and says which row is which."""

    def _row(self, thing, start=8, stop=10, **vals):
        times = {"start": str(at(start)), "stop": stop and str(at(stop))}
        return {"resource_id": thing.id, **times, **vals}

    def _fits(self, *rows):
        answer = self.Allocation.with_user(self.user).allocate_what_fits(list(rows))
        return json.loads(json.dumps(answer))

    def test_each_row_has_its_root_or_none(self):
        self._ask(self.room, at(9), at(11))
        answer = self._fits(
            self._row(self.chairs, quantity=4), self._row(self.room),
            self._row(self.studio),
        )  # fmt: skip
        first, refused, last = answer["ids"]
        self.assertIsNone(refused)
        roots = self.Allocation.browse([first, last])
        self.assertEqual(roots.resource_id, self.chairs | self.studio)
        [verdict] = answer["verdicts"]
        self.assertEqual((verdict["index"], verdict["code"]), (1, "taken"))
        self.assertEqual(verdict["stop"], str(at(10)))

    def test_groups_are_refused_whole(self):
        self._ask(self.room, at(9), at(11))
        answer = self._fits(
            self._row(self.chairs, group="lesson"),
            self._row(self.room, group="lesson"),
            self._row(self.chairs, group=""),
            self._row(self.room, group=""),
            self._row(self.studio, group=2),
        )
        self.assertEqual(
            [one is not None for one in answer["ids"]],
            [False, False, True, False, True],
        )
        self.assertEqual([one["index"] for one in answer["verdicts"]], [1, 3])

    def test_changes_that_fit(self):
        self._ask(self.room, at(10), at(11))
        first = self._ask(self.room, at(8), at(9))
        second = self._ask(self.studio, at(8), at(9))
        rows = (first | second).with_user(self.user)
        answer = rows.change_what_fits({"stop": str(at(11))}, {"stop": str(at(9))})
        self.assertEqual(answer["ids"], second.ids)
        self.assertEqual([one["index"] for one in answer["verdicts"]], [0])
        json.dumps(answer)
        with self.assertRaises(StaleChange):
            second.change_what_fits({"stop": at(12)}, {"stop": str(at(9))})

    def test_what_makes_no_sense_is_refused(self):
        for rows in ([{}], "x", [self._row(self.room, group=[1])]):
            with self.subTest(rows=rows), self.assertRaises(ValidationError):
                self.Allocation.allocate_what_fits(rows)

    def _calls(self):
        """Every public method with what a client sends: ``{method: (rows, body)}``.

        Each finds its rows as they were, and something open-ended.
        """
        hold = {"state": "hold", "hold_until": str(at(8))}
        row, wanted = self._row(self.studio, 14, 15), [self._row(self.room, 8, None)]
        held = self._ask(self.studio, at(8), at(9), **hold)
        seats = self._ask(self.chairs, at(8), at(10), quantity=4)
        away = self._ask(self.laptop, at(5), None).hand_out()
        other = self._thing("Camera", release="return")
        back = self._ask(other, at(5), at(8), teardown_minutes=60).hand_out()
        back.take_back()
        begun = self._ask(self._thing("Hall"), at(5), at(9))
        things = self.room | self.laptop | self.chairs
        times = {"start": str(at(6)), "stop": str(at(20))}
        criteria = {**times, "strip": list(times.values()), "only_free": False}
        seen = {"quantity": 4, "start": str(at(8)), "state": "reserved"}
        hours = self.env["resource.calendar"].create({"name": "Hours"})
        return {
            "allocate": (None, {"vals_list": [row]}),
            "allocate_what_fits": (None, {"vals_list": [row, *wanted]}),
            "check": (None, {"vals_list": wanted, "exclude_ids": held.ids}),
            "propose": (None, {"vals": row, "limit": "2"}),
            "confirm": (held, {}),
            "prolong": (held, {"until": str(at(9))}),
            "hold_again": (seats, {"until": str(at(7)), "kind": "check_in"}),
            "hand_out": (begun, {"at": str(at(6))}),
            "take_back": (away, {"at": str(at(6)), "quantity": 1, "ready": True}),
            "make_ready": (back, {}),
            "expect_back": (away, {"when": str(at(9))}),
            "close": (begun, {"at": str(at(6))}),
            "cancel": (seats, {"reason": "Rain"}),
            "reopen": (back, {"reason": "Not yet"}),
            "undo_hand_out": (away, {"reason": "Not yet"}),
            "change": (seats, {"vals": {"quantity": "5"}, "seen": seen}),
            "change_what_fits": (seats, {"vals": {"stop": str(at(11))}}),
            "check_change": (held, {"vals": {"resource_id": self.laptop.id}}),
            "reschedule": (seats, times),
            "extend": (seats, {"stop": None}),
            "shift": (seats, {"minutes": 30}),
            "reassign": (held, {"resource": other.id}),
            "resize": (seats, {"quantity": 2}),
            "split": (seats, {"quantity": 1}),
            "split_many": (seats, {"parts": [[1, 1]]}),
            "book_free": (None, {"vals_list": [row], "hold_hours": 1}),
            "booked_now": (None, {"allocation_ids": (held | away).ids}),
            "step": (held, {"step": "confirm"}),
            "free_quantity": (things, times),
            "busy": (things, times),
            "free_slots": (things, {**times, "minutes": 60}),
            "open_intervals": (hours, {**times, "tz": "UTC"}),
            "timetable": (things, {**times, "cells": list(times.values())}),
            "board_rows": (None, {"domain": [["id", "in", things.ids]]}),
            "board_hours": (things, times),
            "board_kinds": (None, {}),
            "board_changeable": (None, {}),
            "board_details": (held, {}),
            "board_preview": (held, {"vals": {"stop": str(at(12))}}),
            "board_book": (self.room, times),
            "board_print": (None, {"asked": times, "paper": "a3"}),
            "find_free": (None, {"criteria": criteria}),
            "find_kinds": (None, {}),
            "find_opening": (None, {}),
        }

    def test_every_answer_is_json(self):
        calls = self._calls()
        self.env.flush_all()
        for name, (rows, body) in calls.items():
            if rows is None:
                rows = self.env["resource.resource"]
                rows = rows if hasattr(rows, name) else self.Allocation
            with self.subTest(name), suppress(Undo), self.env.cr.savepoint():
                arguments = [rows.ids] if rows else []
                with self.enter_registry_test_mode():
                    answer = call_kw(rows.browse(), name, arguments, body)
                self.assertNotIn("9999", json.dumps(answer, default=self._moment))
                raise Undo
            self.env.invalidate_all()

    def _moment(self, value):
        """What Odoo writes into JSON as clients read it; else it would be a text."""
        self.assertIsInstance(value, datetime)
        return str(value)

    def test_every_public_method_is_tried(self):
        models = ("resource.allocation", "resource.resource", "resource.calendar")
        public = set()
        for model in map(self.registry.__getitem__, models):
            for cls in model.mro():
                if cls.__module__.startswith("odoo.addons.resource_allocation."):
                    public |= {
                        name
                        for name, member in vars(cls).items()
                        if inspect.isfunction(member)
                        and not name.startswith(("_", "action_"))
                        and not getattr(member, "_api_private", False)
                        and not hasattr(BaseModel, name)
                    }
        untried = public - self._calls().keys()
        # Odoo's own, for its forms; and what only boards with a basket answer.
        other = {"get_formview_id", "board_check", "board_order"}
        self.assertEqual(untried, other)
