import json
from ast import literal_eval

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user, tagged

from odoo.addons.http_routing.tests.common import MockRequest

from ..exceptions import AllocationConflict, StaleChange
from .common import NOW, LedgerCase, at


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestBoard(LedgerCase):
    """Rows of a board: what is found, in groups, with what belongs to it."""

    def _rows(self, domain, groupby=(), user=None):
        model = self.env["resource.resource"].with_user(user or self.env.user)
        return model.board_rows(domain, groupby)

    def test_rows_are_what_the_search_finds(self):
        pool, units = self._pool_with_units()
        told = self._rows([("id", "in", (pool | self.room).ids)])
        rows = dict(zip(told["rows"]["id"], told["rows"]["kind"], strict=True))
        self.assertEqual(rows, {pool.id: "pool", self.room.id: "single"})
        at_pool = told["rows"]["id"].index(pool.id)
        self.assertEqual(told["rows"]["units"][at_pool], len(units))
        self.assertEqual(told["rows"]["name"][at_pool], pool.display_name)
        self.assertEqual(told["groups"], [{"label": "", "rows": [0, 1]}])
        self.assertEqual(told["more"], 0)

    def test_rows_come_in_the_groups_of_the_search(self):
        pool, units = self._pool_with_units()
        found = self._rows(
            [("id", "in", [pool.id, *(one.id for one in units)])],
            ["pool_id", "exclusive"],
        )
        labels = [group["label"] for group in found["groups"]]
        self.assertEqual(set(labels), {f"{pool.display_name} › Yes", "– › No"})
        named = {
            group["label"]: {found["rows"]["id"][at] for at in group["rows"]}
            for group in found["groups"]
        }
        self.assertEqual(named["– › No"], set(pool.ids))
        self.assertEqual(named[f"{pool.display_name} › Yes"], {one.id for one in units})

    def test_unknown_field_is_refused_in_words(self):
        for name in ("nonsense", "name.nonsense", "", "create"):
            with (
                self.subTest(name),
                self.assertRaisesRegex(ValidationError, "grouped by fields"),
            ):
                self._rows([], [name])

    def test_what_is_no_domain_is_refused_in_words(self):
        for domain in (2, "nonsense", [2], [("nonsense", "=", 1)], [("id", "?", 1)]):
            with self.subTest(domain), self.assertRaises(ValidationError):
                self._rows(domain)

    def test_more_than_two_years_are_refused_in_words(self):
        for stop in (at(0, 800), None):
            with (
                self.subTest(stop),
                self.assertRaisesRegex(ValidationError, "two years"),
            ):
                self.room.timetable(at(0), stop)
        with self.assertRaisesRegex(ValidationError, "year"):
            self.room.board_hours(at(0), at(0, 800))

    def test_equal_hours_are_told_once(self):
        told = (self.room | self.laptop).board_hours(at(0), at(2))
        self.assertEqual(told["resource"], (self.room | self.laptop).ids)
        self.assertEqual(len(told["kinds"]), len(set(told["hours"])))
        for resource, kind in zip(told["resource"], told["hours"], strict=True):
            thing = self.env["resource.resource"].browse(resource)
            hours = thing.open_intervals(at(0), at(2))[resource]
            self.assertEqual(len(told["kinds"][kind]), len(hours))

    def test_rows_cost_the_same_however_many(self):
        many = self.env["resource.resource"].create(
            [
                {"name": f"Row {number}", "resource_type": "material", "bookable": True}
                for number in range(40)
            ]
        )

        def queries(things):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._rows([("id", "in", things.ids)], ["exclusive"], user=self.user)
            return self.env.cr.sql_log_count - before

        queries(many)
        self.assertEqual(queries(many[:5]), queries(many))
        self.assertLessEqual(queries(many), 8)

    def test_view_knows_only_what_it_can_do(self):
        def board(attributes, model="resource.resource", inside=""):
            arch = f"<resource_board {attributes}>{inside}</resource_board>"
            view = {"name": "Board", "model": model, "arch": arch}
            return self.env["ir.ui.view"].create(view)

        self.assertEqual(board('scale="day" book="1"').type, "resource_board")
        for refused in (
            {"attributes": 'colour="red"'},
            {"attributes": 'scale="century"'},
            {"attributes": "", "inside": "<field name='name'/>"},
            {"attributes": "", "model": "res.partner"},
        ):
            with self.subTest(refused), self.assertRaises(ValidationError):
                board(**refused)

    # === NARROWED TO WHAT IS FREE === #

    WINDOW = {"start": str(at(9)), "stop": str(at(12)), "minutes": 0, "quantity": 1}

    def _free(self, things, **free):
        free = {name: free.get(name, value) for name, value in self.WINDOW.items()}
        domain = [("id", "in", things.ids)]
        model = self.env["resource.resource"].with_user(self.user)
        return set(model.board_rows(domain, [], free)["rows"]["id"])

    def test_only_rows_that_are_free_the_whole_time(self):
        both = self.room | self.studio
        self.assertEqual(self._free(both), set(both.ids))
        self._ask(self.room, at(11), at(14))
        self.assertEqual(self._free(both), set(self.studio.ids))

    def test_only_rows_that_are_free_for_long_enough(self):
        self._ask(self.room, at(10), at(11))
        self.assertEqual(self._free(self.room, minutes=60), set(self.room.ids))
        self.assertEqual(self._free(self.room, minutes=61), set())
        # At the edge of the window, too.
        late = {"start": str(at(11)), "stop": str(at(12))}
        self.assertEqual(self._free(self.room, minutes=60, **late), set(self.room.ids))

    def test_only_rows_with_enough_pieces(self):
        pool, units = self._pool_with_units()
        self._ask(units[0], at(9), at(10))
        many = len(units)
        self.assertEqual(self._free(pool, quantity=many), set())
        self.assertEqual(self._free(pool, quantity=many - 1), set(pool.ids))
        self.assertEqual(self._free(pool, quantity=many, minutes=120), set(pool.ids))
        self.assertEqual(self._free(pool, quantity=many, minutes=121), set())

    def test_of_a_single_thing_there_is_one_however_long(self):
        for minutes in (0, 60):
            self.assertEqual(self._free(self.room, quantity=2, minutes=minutes), set())

    def test_what_is_closed_is_not_free(self):
        calendar = self.env["resource.calendar"].create({"name": "40", "tz": "UTC"})
        self.studio.write({"calendar_id": calendar.id, "hours_enforced": True})
        sunday = {"start": str(at(9, 6)), "stop": str(at(12, 6))}
        both = self.room | self.studio
        for minutes in (0, 60):
            found = self._free(both, minutes=minutes, **sunday)
            self.assertEqual(found, set(self.room.ids))
        # By the clock of the studio, an hour ahead of UTC, until noon.
        morning = {"stop": str(at(11))}
        self.assertEqual(self._free(self.studio, **morning), set(self.studio.ids))
        self.assertEqual(self._free(self.studio), set())

    def test_what_is_asked_to_be_free_makes_sense_or_is_refused(self):
        for wrong in (
            {"stop": None},
            {"start": None},
            {"stop": str(at(8))},
            {"stop": str(at(0, 500))},
            {"minutes": -1},
            {"quantity": -1},
            {"minutes": "long"},
        ):
            with self.subTest(wrong), self.assertRaises(ValidationError):
                self._free(self.room, **wrong)

    def test_free_rows_cost_the_same_however_many(self):
        many = self.env["resource.resource"].create(
            [
                {"name": f"Row {number}", "resource_type": "material", "bookable": True}
                for number in range(40)
            ]
        )

        def queries(things, minutes):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._free(things, minutes=minutes)
            return self.env.cr.sql_log_count - before

        for minutes in (0, 60):
            queries(many, minutes)
            self.assertEqual(queries(many[:5], minutes), queries(many, minutes))

    # === THE PANEL === #

    def test_C3_panel_knows_whom_to_call_and_what_can_be_done(self):
        customer = self.env["res.partner"].create(
            {"name": "Berg", "phone": "+47 1", "email": "berg@example.com"}
        )
        row = self._ask(self.room, at(9), at(11), partner_id=customer.id)
        told = row.with_user(self.user).board_details()
        self.assertEqual(told["contact"]["phone"], "+47 1")
        methods = [method for method, _label in told["buttons"]]
        self.assertIn("action_hand_out", methods)
        self.assertNotIn("action_take_back", methods)
        row.hand_out()
        told = row.with_user(self.user).board_details()
        methods = [method for method, _label in told["buttons"]]
        self.assertIn("action_take_back", methods)

    def test_C3_who_reads_neither_row_nor_document_is_told_of_nobody(self):
        customer = self.env["res.partner"].create({"name": "Berg"})
        row = self._ask(self.room, at(9), at(11), partner_id=customer.id)
        told = row.with_user(self.employee).board_details()
        self.assertEqual(told, {"contact": False, "buttons": []})

    # === MOVING === #

    def _bar(self):
        row = self._ask(self.room, at(9), at(11))
        seen = {"start": at(9), "stop": at(11), "resource_id": self.room.id}
        return row.with_user(self.user), seen

    def _preview(self, row, *asked):
        """As a request does, which has committed what is there before."""
        with self.enter_registry_test_mode():
            return row.board_preview(*asked)

    def test_preview_says_what_would_be_refused_and_moves_nothing(self):
        row, seen = self._bar()
        self._ask(self.room, at(12), at(14))
        told = self._preview(row, {"stop": at(13)}, seen)
        self.assertEqual([one["code"] for one in told["verdicts"]], ["taken"])
        self.assertEqual(self._preview(row, {"stop": at(12)}, seen)["verdicts"], [])
        self._is_as_seen(row, seen)

    def test_preview_leaves_nothing_that_waits_for_the_commit(self):
        row, seen = self._bar()
        self._told()
        self._preview(row, {"start": at(15), "stop": at(17)}, seen)
        self.assertEqual(self._told(), [])
        row.change({"start": at(15), "stop": at(17)}, seen=seen)
        self.assertEqual(self._told(), [set(self.room.ids)])

    def test_preview_of_what_is_another_by_now_says_what_changed(self):
        row, seen = self._bar()
        row.change({"stop": at(10)})
        with self.assertRaisesRegex(StaleChange, "Stop"):
            self._preview(row, {"start": at(8)}, seen)

    def test_preview_of_what_is_another_by_now_says_so_first(self):
        row, seen = self._bar()
        self._ask(self.room, at(12), at(14))
        row.change({"stop": at(10)})
        with self.assertRaisesRegex(StaleChange, "Stop"):
            self._preview(row, {"stop": at(13)}, seen)

    def test_who_only_looks_moves_nothing(self):
        row, seen = self._bar()
        ledger = self.env["resource.allocation"]
        self.assertIn(False, ledger.with_user(self.user).board_changeable())
        # Documents of theirs, as meetings, they may move; no rows without one.
        self.assertNotIn(False, ledger.with_user(self.employee).board_changeable())
        row = row.with_user(self.employee)
        for ask in self._asks(row):
            with self.assertRaises(AccessError):
                ask({"start": at(8)}, seen)
        self._is_as_seen(row.with_user(self.user), seen)

    def _is_as_seen(self, row, seen):
        """As the database has it: a preview has a cache of its own."""
        row.invalidate_recordset()
        self.assertEqual((row.start, row.stop), (seen["start"], seen["stop"]))
        self.assertEqual(row.resource_id.id, seen["resource_id"])

    def _asks(self, row):
        """What a board asks about a move, and what it does then."""
        return (
            lambda vals, seen: self._preview(row, vals, seen),
            lambda vals, seen: row.change(vals, seen=seen),
        )

    def _moves_refused(self, row, seen, vals, code):
        """What is said before is what happens then, and nothing is written."""
        with self.subTest(vals):
            [verdict] = self._preview(row, vals, seen)["verdicts"]
            self.assertEqual(verdict["code"], code)
            with self.assertRaises(AllocationConflict) as refused:
                row.change(vals, seen=seen)
            self.assertEqual(refused.exception.verdicts[0].code, code)
            self._is_as_seen(row, seen)
            return verdict["message"]

    def test_C21_move_to_where_it_is_closed_is_refused(self):
        calendar = self.env["resource.calendar"].create({"name": "40", "tz": "UTC"})
        self.studio.write({"calendar_id": calendar.id, "hours_enforced": True})
        row, seen = self._bar()
        there = {"resource_id": self.studio.id}
        for day, hour in ((5, 9), (0, 20)):
            period = {"start": at(hour, day), "stop": at(hour + 1, day)}
            message = self._moves_refused(row, seen, {**there, **period}, "closed")
            self.assertIn("closed", message)
        row.change({**there, "start": at(9, 4), "stop": at(11, 4)}, seen=seen)

    def test_C21_move_over_what_there_is_is_refused(self):
        row = self._ask(self.chairs, at(9), at(11), quantity=6)
        self._ask(self.chairs, at(12), at(14), quantity=5)
        seen = {"start": at(9), "stop": at(11), "resource_id": self.chairs.id}
        message = self._moves_refused(row, seen, {"stop": at(13)}, "capacity")
        self.assertIn("6 wanted, 5 free", message)
        row.change({"stop": at(12)}, seen=seen)

    def test_C21_move_to_another_companys_row_is_refused(self):
        row, seen = self._bar()
        theirs = self._thing("Theirs", company_id=self.other_company.id)
        for ask in self._asks(row):
            with self.assertRaisesRegex(AccessError, "company"):
                ask({"resource_id": theirs.id}, seen)
        self._is_as_seen(row, seen)
        # Who works for both sees both; a promise stays in its company all the same.
        both = [self.company.id, self.other_company.id]
        self.user.company_ids = [Command.set(both)]
        row = row.with_context(allowed_company_ids=both)
        with self.assertRaisesRegex(UserError, "company"):
            row.change({"resource_id": theirs.id}, seen=seen)
        self._is_as_seen(row, seen)

    def test_C21_move_of_what_cannot_be_moved_is_refused_in_words(self):
        row, seen = self._bar()
        for vals, looked_at in (
            ({"nonsense": 1}, seen),
            ({"state": "done"}, seen),
            ({"name": "Mine"}, seen),
            ({}, {"nonsense": 1}),
        ):
            for ask in self._asks(row):
                with (
                    self.subTest((vals, looked_at)),
                    self.assertRaisesRegex(ValidationError, "Not to be changed: "),
                ):
                    ask(vals, looked_at)
        self._is_as_seen(row, seen)

    # === OTHERS' CHANGES === #

    def _told(self):
        """Which things boards are told since the last time, by each commit."""
        with self.enter_registry_test_mode():
            self.env.cr.postcommit.run()
        bus = self.env["bus.bus"].search([])
        messages = [json.loads(one) for one in bus.mapped("message")]
        bus.unlink()
        return [
            set(one["payload"]["resources"])
            for one in messages
            if one["type"] == "resource_board/changed"
        ]

    def test_boards_are_told_once_which_things_to_ask_again(self):
        row, _seen = self._bar()
        self._told()
        row.change({"resource_id": self.studio.id})
        row.change({"stop": at(12)})
        self.assertEqual(self._told(), [set((self.room | self.studio).ids)])
        self.assertEqual(self._told(), [])

    def test_of_a_unit_its_pool_is_told_as_well(self):
        pool, units = self._pool_with_units()
        self._ask(units[0], at(9), at(11))
        self.assertEqual(self._told(), [{pool.id, units[0].id}])

    def test_only_employees_listen(self):
        def channels(user):
            socket = self.env["ir.websocket"].with_user(user)
            with MockRequest(socket.env):
                return socket._build_bus_channel_list(["resource_board"])

        wanted = self.env["resource.allocation"]._board_channel()
        self.assertIn(wanted, channels(self.employee))
        portal = new_test_user(self.env, "visitor", groups="base.group_portal")
        self.assertNotIn("resource_board", map(str, channels(portal)))
        self.assertNotIn(str(wanted), map(str, channels(portal)))

    # === ROWS CHOSEN === #

    def test_C23_board_shows_what_was_chosen_in_the_list_and_the_favourites(self):
        things = self.env["resource.resource"].with_user(self.user)
        (things.browse(self.studio.id)).is_favorite = True
        action = things.browse(self.room.id).action_show_on_board()
        self.assertEqual(action["views"][0][1], "resource_board")
        mine = self._default_search(self.user, action)
        found = things.board_rows(literal_eval(mine["domain"]))["rows"]
        self.assertEqual(set(found["id"]), {self.room.id, self.studio.id})
        at_studio = found["id"].index(self.studio.id)
        self.assertEqual(found["favorite"][at_studio], True)
        self.assertEqual(found["favorite"][1 - at_studio], False)
        # Chosen anew, it is another choice and no second one.
        things.browse(self.laptop.id).action_show_on_board()
        mine = self._default_search(self.user, action)
        found = things.board_rows(literal_eval(mine["domain"]))["rows"]
        self.assertEqual(set(found["id"]), {self.laptop.id, self.studio.id})
        # Others see what they see.
        self.assertFalse(self._default_search(self.employee, action))

    def _default_search(self, user, action):
        filters = self.env["ir.filters"].with_user(user)
        found = filters.get_filters("resource.resource", action["id"])
        default = [one for one in found if one["is_default"]]
        self.assertLessEqual(len(default), 1)
        return default and default[0]
