from contextlib import contextmanager

from psycopg2.errors import CheckViolation, NotNullViolation

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form
from odoo.tools import mute_logger

from .common_service import LABELS, ServiceCase


class TestServiceOptions(ServiceCase):
    """Options of a service, rule by rule, as who keeps its group types them."""

    def _form(self, service=None, user=None):
        services = service or self.env["room.service"]
        form = Form(services.with_user(user or self.chef), view=self.form)
        if not service:
            form.name, form.group_id = "Coffee", self.kitchen
            form.activity_id = self.activity
        return form

    def _ticked(self, *letters):
        """A form of a new service with these ticked, one after the other."""
        form = self._form()
        for one in letters:
            self._tick(form, one)
        return form

    def _assert_excluded(self, one, other):
        """Refused in both orders of typing, by import, at create and at write."""
        for letters in ((one, other), (other, one)):
            with self.subTest(typed=letters):
                with self.assertRaises(ValidationError) as caught:
                    self._ticked(*letters).save()
                self._assert_named(caught.exception, one, other)
        with self.subTest("import"):
            answer = self._load({one, other})
            self.assertFalse(answer["ids"])
            self._assert_named(answer["messages"][0]["message"], one, other)
        services = self.env["room.service"].with_user(self.chef)
        vals = {"name": "A", "group_id": self.kitchen.id}
        vals |= {"activity_id": self.activity.id, **self._values({one, other})}
        with self.subTest("create"), self.assertRaises(ValidationError) as caught:
            services.create(vals)
        self._assert_named(caught.exception, one, other)
        service = self._service("Half", **self._values({one}))
        with self.subTest("write"), self.assertRaises(ValidationError) as caught:
            service.with_user(self.chef).write(self._values({one, other}))
        self._assert_named(caught.exception, one, other)

    def _assert_named(self, refusal, *letters):
        for one in letters:
            self.assertIn(f"“{LABELS[one]}”", str(refusal))

    @contextmanager
    def _refusing(self, words):
        with self.assertRaises(ValidationError) as caught:
            yield
        self.assertIn(words, str(caught.exception))

    # === WHAT IT IS CALLED, AND WHERE IT IS OFFERED === #

    def test_R2_R3_R5_named_with_category_and_occasions(self):
        drinks = self.env["room.service.category"].create({"name": "Drinks"})
        other = self.env["room.scenario"].create({"name": "Workshop"})
        form = self._form()
        form.category_id = drinks
        form.scenario_ids.add(self.scenario)
        service = form.save()
        self.assertEqual(service.category_id, drinks)
        self.assertEqual(service.scenario_ids, self.scenario)
        with self._form(service) as form:
            form.name = "Tea"
            form.scenario_ids.add(other)
        self.assertEqual(service.name, "Tea")
        self.assertEqual(service.scenario_ids, self.scenario | other)

    def test_R3_a_service_has_a_name(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(NotNullViolation):
            self._service(False)

    def test_R4_catering_one_all_or_none(self):
        buffet = self.env["room.catering.type"].create({"name": "Buffet"})
        form = self._form()
        form.catering = "one"
        form.catering_type_id = buffet
        service = form.save()
        self.assertEqual(service.catering_type_id, buffet)
        with self._refusing("catering type"):
            service.catering_type_id = False
        with self._refusing("catering type"):
            service.catering = "all"
        service.write({"catering": "all", "catering_type_id": False})
        service.catering = "none"

    def test_R4_another_choice_in_the_form_forgets_the_type(self):
        buffet = self.env["room.catering.type"].create({"name": "Buffet"})
        for catering in ("all", "none"):
            with self.subTest(catering=catering):
                form = self._form()
                form.catering = "one"
                form.catering_type_id = buffet
                form.catering = catering
                self.assertFalse(form.save().catering_type_id)

    def test_R7_managers_keep_their_groups_and_no_others(self):
        other = self._group("Technicians", manager_ids=[(6, 0, self.keeper.ids)])
        beamer = self._service("Beamer", group_id=other.id)
        coffee = self._service("Coffee", scenario_ids=False)
        with self._form(coffee) as form:
            form.scenario_ids.add(self.scenario)
        self.assertEqual(coffee.scenario_ids, self.scenario)
        mine = beamer.with_user(self.chef)
        self.assertEqual(mine.name, "Beamer")
        with self.assertRaises(AccessError):
            mine.write({"scenario_ids": False})
        with self.assertRaises(AccessError):
            mine.unlink()
        with self.assertRaises(AccessError):
            coffee.with_user(self.chef).copy({"group_id": other.id})
        with self.assertRaises(AccessError):
            other.with_user(self.chef).write({"cutoff_time": 3})
        self.kitchen.with_user(self.chef).write({"has_cutoff": True})

    def test_R7_a_service_is_not_moved_into_a_group_of_others(self):
        other = self._group("Technicians", manager_ids=[(6, 0, self.keeper.ids)])
        coffee = self._service("Coffee")
        with self.assertRaises(AccessError):
            coffee.with_user(self.chef).write({"group_id": other.id})
        coffee.with_user(self.admin).write({"group_id": other.id})
        self.assertEqual(coffee.group_id, other)

    def test_R7_managers_keep_rooms_of_their_sites_and_no_others(self):
        site = self.env["room.site"].create(
            {"name": "Paris", "tz": "Europe/Paris", "manager_ids": self.chef.ids}
        )
        floor = self.env["room.site"].create({"name": "1", "parent_id": site.id})
        above = self._room("Above", site_id=floor.id)
        above.with_user(self.chef).write({"capacity": 7})
        self.room.with_user(self.keeper).write({"capacity": 11})
        for room, user in ((self.room, self.chef), (above, self.keeper)):
            with self.subTest(room=room.name), self.assertRaises(AccessError):
                room.with_user(user).write({"capacity": 3})
        with self.assertRaises(AccessError):
            above.with_user(self.chef).write({"site_id": self.site.id})

    def test_R7_employees_keep_nothing(self):
        coffee = self._service("Coffee")
        for user in (self.booker, self.cook):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                coffee.with_user(user).write({"scenario_ids": False})

    def test_R8_catering_or_not(self):
        buffet = self.env["room.catering.type"].create({"name": "Buffet"})
        typed = {"catering": "one", "catering_type_id": buffet.id}
        self.assertFalse(self._service("Pens").is_catering)
        self.assertTrue(self._service("Soup", **typed).is_catering)
        self.assertFalse(self._service("Soup", **typed, is_catering=False).is_catering)
        settings = self.env["res.config.settings"].create({})
        settings.group_room_catering_types = True
        settings.execute()
        self.assertTrue(self._service("Pens").is_catering)
        self.assertFalse(self._service("Pens", is_catering=False).is_catering)

    # === HOW IT IS ORDERED === #

    def test_R10_R11_booked_along_is_fixed_and_active(self):
        service = self._ticked("CB").save()
        self.assertEqual(self._stored(service), {"CB", "NE", "D"})
        self.assertEqual(service.co_group_ids, self.kitchen)
        with self._refusing("Cannot be changed"):
            service.not_editable = False

    def test_R10_booked_along_says_with_whose_services(self):
        with self._refusing("with whose services"):
            self._service(
                "Fee", **{**self._values({"CB", "NE", "D"}), "co_group_ids": []}
            )

    def test_R12_booked_along_takes_off_all_else(self):
        every = ("MAX", "DAY", "DV", "PP", "C", "NV", "M", "PT")
        for letters in every:
            with self.subTest(letters):
                service = self._ticked(letters, "CB").save()
                self.assertEqual(self._stored(service), {"CB", "NE", "D"})
                service = self._ticked("CB", letters).save()
                self.assertEqual(self._stored(service), {"CB", "NE", "D"})
                with self.assertRaises(ValidationError) as caught:
                    service.write(self._values({"CB", "NE", "D", letters}))
                self._assert_named(caught.exception, "CB", letters)

    def test_R14_limited_excludes(self):
        for letters in ("PP", "NV", "PT"):
            self._assert_excluded("MAX", letters)
        for letters in ("D", "NE"):
            with self.subTest(letters), self.assertRaises(ValidationError) as caught:
                self._ticked("MAX", letters).save()
            self._assert_named(caught.exception, "MAX", letters)

    def test_RA1_mandatory_may_be_limited(self):
        for letters in (("M", "MAX"), ("MAX", "M")):
            service = self._ticked(*letters).save()
            self.assertEqual(self._stored(service), {"M", "MAX", "C", "D", "NE", "DV"})
        with self.assertRaises(ValidationError) as caught:
            service.write({"mandatory": False})
        self._assert_named(caught.exception, "MAX", "NE")

    def test_R17_R18_default_of_what_is_fixed(self):
        form = self._ticked("NE")
        self.assertEqual(form.default_quantity, 1)
        form.default_quantity = 6
        service = form.save()
        self.assertEqual(service.default_quantity, 6)
        with self._form(service) as form:
            form.name = "Water"
        self.assertEqual(service.default_quantity, 6)

    def test_R20_prefilled_is_active(self):
        form = self._ticked("PP")
        self.assertTrue(form.default_active)
        form.default_active = False
        self.assertTrue(form.default_active)
        with self._refusing("On the list by itself"):
            self._service("Cake", prefill_participants=True)

    def test_R21_RA3_prefilled_excludes(self):
        for letters in ("DV", "C", "NE", "NV", "M", "MAX"):
            with self.subTest(letters), self.assertRaises(ValidationError) as caught:
                self._ticked("PP", letters).save()
            self._assert_named(caught.exception, "PP", letters)

    def test_R23_R24_fixed_brings_along(self):
        form = self._ticked("NE")
        self.assertTrue(form.is_checkbox)
        self.assertTrue(form.default_active)
        form.default_quantity = 0
        self.assertEqual(form.default_quantity, 1)
        for name in ("is_checkbox", "default_active", "default_quantity"):
            vals = {**self._values({"NE", "C", "D", "DV"}), name: False}
            with self.subTest(name), self.assertRaises(ValidationError) as caught:
                self._service("Water", **vals)
            self._assert_named(caught.exception, "NE")

    def test_R26_R28_hidden_brings_along_and_is_free(self):
        form = self._form()
        form.price = 3
        form.setup_minutes = form.teardown_minutes = 10
        form.not_visible = True
        service = form.save()
        self.assertEqual(self._stored(service), {"NV", "C", "D", "DV"})
        self._assert_free(service)

    def test_R31_R33_mandatory_brings_along_and_is_free(self):
        form = self._form()
        form.default_quantity = 4
        form.price = 3
        form.setup_minutes = form.teardown_minutes = 10
        form.mandatory = True
        service = form.save()
        self.assertEqual(self._stored(service), {"M", "C", "D", "NE", "DV"})
        self._assert_free(service)

    def _assert_free(self, service):
        self.assertEqual(service.default_quantity, 1)
        for name in ("price", "setup_minutes", "teardown_minutes"):
            with self.subTest(name):
                self.assertEqual(service[name], 0)
                with self._refusing("costs nothing"):
                    service.write({name: 5})
                [message] = self._load(self._stored(service), **{name: 5})["messages"]
                self.assertIn("costs nothing", message["message"])
        with self._refusing("there is one"):
            service.default_quantity = 2

    def test_RE22_R36_provision_and_blocking(self):
        self._assert_excluded("PT", "BR")

    def test_RE22_R49_per_piece_and_blocking(self):
        self._assert_excluded("XQ", "BR")

    def test_R48_per_piece_multiplies_the_setup(self):
        service = self._service("Chairs", setup_minutes=5, setup_per_quantity=True)
        self.assertEqual(service._setup(12), 60)
        service.setup_per_quantity = False
        self.assertEqual(service._setup(12), 5)

    def test_RA7_R74_outside_and_blocking(self):
        self._assert_excluded("OUT", "BR")
        service = self._ticked("OUT", "PT").save()
        self.assertEqual(self._stored(service), {"OUT", "PT"})

    def test_RS3_built_in_is_yes_or_no_and_one(self):
        form = self._form()
        form.kind = "equipment"
        self.assertTrue(form.is_checkbox)
        self.assertEqual(form.default_quantity, 1)
        with self._refusing("built into a room"):
            form.save()
        for letters in ("NE", "NV", "M"):
            with self.subTest(letters):
                form = self._ticked(letters)
                form.kind = "equipment"
                form.default_quantity = 3
                self.assertEqual(form.default_quantity, 1)
                service = form.save()
                self.assertEqual(service.kind, "equipment")
                with self._form(service) as form:
                    form.name = "Screen"
                with self.assertRaises(ValidationError):
                    service.default_quantity = 2
                with self.assertRaises(ValidationError):
                    service.is_checkbox = False
        [message] = self._load({"C", "DV"}, kind="equipment")["messages"]
        self.assertIn("built into a room", message["message"])

    # === NUMBERS, PAPERS === #

    def test_numbers_are_zero_or_more(self):
        for name in (
            "default_quantity", "price", "setup_minutes", "teardown_minutes",
            "use_minutes", "lock_hours", "lead_minutes",
        ):  # fmt: skip
            with self.subTest(name), mute_logger("odoo.sql_db"):
                with self.assertRaises(CheckViolation):
                    self._service("Coffee", **{name: -1})
                service = self._service("Coffee")
                with self.assertRaises(CheckViolation):
                    service.write({name: -1})
                answer = self._load({}, **{name: -1})
                self.assertFalse(answer["ids"])
                self.assertIn("zero or more", answer["messages"][0]["message"])

    def test_R13_the_number_is_zero_or_more(self):
        with mute_logger("odoo.sql_db"):
            [message] = self._load({"MAX"}, max_quantity=-2)["messages"]
        self.assertIn("zero or more", message["message"])
        laptop = self._service("Laptop", is_unlimited=False, max_quantity=2)
        with self._refusing("zero or more"):
            laptop.max_quantity = -1

    def test_R75_the_booker_opens_the_attachment(self):
        service = self._service(
            "Lunch", attachment=b"bWVudQ==", attachment_name="menu.txt"
        )
        mine = service.with_user(self.booker)
        self.assertEqual(mine.attachment, b"bWVudQ==")
        self.assertEqual(mine.attachment_name, "menu.txt")
        with self.assertRaises(AccessError):
            mine.attachment = False

    def test_R76_R77_article_number(self):
        form = self._form()
        form.article_number = "4711"
        service = form.save()
        self.assertEqual(service.article_number, "4711")
        found = self.env["room.service"].name_search("4711")
        self.assertIn(service.id, [one for one, _name in found])
