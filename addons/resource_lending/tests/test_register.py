from psycopg2.errors import RestrictViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from .common import LendingCommon

COMMON_CATEGORIES = (
    "key",
    "access_card",
    "computer",
    "phone",
    "tool",
    "vehicle",
    "fuel_card",
    "software_code",
)


@tagged("post_install", "-at_install")
@freeze_time("2026-03-02 09:00:00")
class TestRegister(LendingCommon):
    """Categories, types and things, as the administrator and the storekeeper make
    them."""

    def test_L15_category_then_type_then_thing(self):
        things = self.env["lending.asset"].with_user(self.officer)
        needed = "type_id is a required field"
        with self.assertRaisesRegex(AssertionError, needed), Form(things) as form:
            form.name = "Thing of no type"
        types = self.env["lending.type"].with_user(self.administrator)
        needed = "category_id is a required field"
        with self.assertRaisesRegex(AssertionError, needed), Form(types) as form:
            form.name = "Type of no category"
        with Form(things) as form:
            form.name = "Thing"
            form.type_id = self.type
        self.assertEqual(form.record.category_id, self.category)
        with mute_logger("odoo.sql_db"), self.assertRaises(RestrictViolation):
            self.category.unlink()
        self.assertTrue(self.category.exists())

    def test_L16_common_categories_are_there_and_more_can_be_made(self):
        shipped = self.env["lending.category"]
        for name in COMMON_CATEGORIES:
            shipped |= self.env.ref(f"resource_lending.category_{name}")
        self.assertEqual(len(shipped), 8)
        with Form(
            self.env["lending.category"].with_user(self.administrator)
        ) as category:
            category.name = "Projectors"
            category.loan_days = 7
        self.assertEqual(category.record.loan_days, 7)
        with self.assertRaises(AccessError):
            self.env["lending.category"].with_user(self.officer).create({"name": "X"})

    def test_L16_category_counts_the_versions_of_its_terms(self):
        category = self.category.with_user(self.administrator)
        category.terms = "<p>Handle with care.</p>"
        self.assertEqual(category.terms_version, 2)
        category.name = "Computers, renamed"
        category.terms = "<p>Handle with care.</p>"
        self.assertEqual(category.terms_version, 2)
        with self.assertRaises(AccessError):
            self.category.with_user(self.ott_user).read(["terms"])

    def test_L17_type_under_its_category(self):
        phones = self.env.ref("resource_lending.category_phone")
        with Form(self.env["lending.type"].with_user(self.administrator)) as form:
            form.name = "iPhone 12"
            form.category_id = phones
        self.assertIn(form.record, phones.type_ids)
        self.assertEqual(phones.type_count, 1)

    def test_L18_fields_of_a_thing(self):
        supplier = self.env["res.partner"].create({"name": "Hardware Ltd"})
        with Form(self.env["lending.asset"].with_user(self.officer)) as form:
            form.name = "PHN-018"
            form.type_id = self.type
            form.place_id = self.store
            form.description = "With a case"
            form.serial_no = "SN 4711"
            form.value = 899
            form.acquisition_date = "2026-01-15"
            form.acquisition_method = "lease"
            form.lease_end = "2028-01-14"
            form.supplier_id = supplier
            form.warranty_end = "2028-01-14"
        phone = form.record
        self.assertEqual(phone.status, "in_stock")
        self.assertEqual(phone.place_id, self.store)
        self.assertEqual(phone.value, 899)
        self.assertEqual(phone.acquisition_method, "lease")
        self.assertTrue(phone.code)
        self.assertEqual(phone.barcode, phone.code)

    def test_L18_dates_that_cannot_be(self):
        for field in ("lease_end", "warranty_end"):
            with self.assertRaisesRegex(ValidationError, "LAP-001"):
                self.laptop.write(
                    {"acquisition_date": "2026-01-15", field: "2026-01-14"}
                )

    def test_L18_value_is_hidden_from_the_holder_and_hr(self):
        self._type(self.laptop, self.ott, "2026-01-01")
        for user in (self.ott_user, self.hr_officer):
            laptop = self.laptop.with_user(user)
            self.assertEqual(laptop.read(["name"])[0]["name"], "Laptop")
            with self.assertRaises(AccessError):
                laptop.read(["value"])

    def test_L19_who_may_see_a_thing_can_open_it(self):
        self._type(self.laptop, self.ott, "2026-01-01")
        card = self.env["lending.card"].create(
            {"name": "Mouse", "type_id": self.type.id}
        )
        with Form(self.laptop.with_user(self.ott_user)) as form:
            self.assertEqual(form.status, "handed_out")
            self.assertNotIn("holder_name", form._view["fields"])
        for user in (self.hr_officer, self.officer, self.administrator):
            with Form(self.laptop.with_user(user)) as form:
                self.assertEqual(form.holder_name, "OTT")
            with Form(card.with_user(user)) as form:
                self.assertEqual(form.quantity, 1)
        with self.assertRaises(AccessError):
            self.laptop.with_user(self.kari_user).read(["name"])

    def test_L19_history_and_files_of_a_thing(self):
        self._hand_out(self.laptop, self.ott)
        laptop = self.laptop.with_user(self.officer)
        receipt = self.env["ir.attachment"].with_user(self.officer)
        receipt.create(
            {
                "name": "receipt.pdf",
                "raw": b"paid",
                "res_model": "lending.asset",
                "res_id": laptop.id,
            }
        )
        with Form(laptop) as form:
            self.assertEqual(len(form.loan_ids), 1)
            self.assertIn("hand_out", laptop.event_ids.mapped("kind"))
            self.assertEqual(form.holder_name, "OTT")
        files = laptop.env["ir.attachment"].search(
            [("res_model", "=", "lending.asset"), ("res_id", "=", laptop.id)]
        )
        self.assertEqual(files.mapped("name"), ["receipt.pdf"])

    def test_D28_other_things_than_assets_are_tied_to_people(self):
        """Door cards, keys, fuel cards and software codes are things like others."""
        for name in ("key", "access_card", "fuel_card", "software_code"):
            kind = self.env["lending.type"].create(
                {
                    "name": name,
                    "category_id": self.env.ref(f"resource_lending.category_{name}").id,
                    "hr_type_id": self.env.ref(f"resource_lending.hr_type_{name}").id,
                }
            )
            thing = self._thing(name, f"X-{name}", type_id=kind.id)
            row = self._type(thing, self.mari, "2026-01-01", card="employee")
            self.assertEqual(row.hr_type_id.name, kind.hr_type_id.name)
            self.assertEqual(thing.employee_ids.ids, self.mari.ids)

    def test_D30_personnel_types_need_not_match_categories(self):
        vehicles = self.env.ref("resource_lending.category_vehicle")
        other = self.env["lending.type"].create(
            {
                "name": "Van",
                "category_id": vehicles.id,
                "hr_type_id": self.hr_type.id,
            }
        )
        self.assertEqual(
            self.hr_type.type_ids.category_id, self.category | other.category_id
        )

    def test_D31_each_class_has_one_personnel_type_or_none(self):
        with Form(self.env["lending.type"].with_user(self.administrator)) as form:
            form.name = "Cars"
            form.category_id = self.category
        cars = form.record
        self.assertFalse(cars.hr_type_id)
        with Form(cars) as form:
            form.hr_type_id = self.hr_type
        self.assertEqual(cars.hr_type_id, self.hr_type)

    def test_D32_user_on_the_asset_card_takes_the_type_of_the_class(self):
        other = self.env["lending.hr.type"].create({"name": "Other"})
        with (
            Form(self.laptop.with_user(self.officer)) as form,
            form.loan_ids.new() as row,
        ):
            row.employee_id = self.ott
            row.date_from = "2026-01-01"
        self.assertEqual(self.laptop.loan_ids.hr_type_id, self.hr_type)
        with (
            Form(self.phone.with_user(self.officer)) as form,
            form.loan_ids.new() as row,
        ):
            row.employee_id = self.ott
            row.date_from = "2026-01-01"
            row.hr_type_id = other
        self.assertEqual(self.phone.loan_ids.hr_type_id, other)

    def test_D16_D17_heading_of_the_tab_follows_the_setting(self):
        def heading():
            arch = self.env["lending.asset"].get_view(view_type="form")["arch"]
            return arch.partition('name="loan_ids"')[2].partition('name="employee_id"')[
                2
            ][:60]

        self.assertIn('string="User"', heading())
        self.company.lending_relation = "responsible"
        self.assertIn('string="Responsible"', heading())

    def test_L13_columns_of_the_board_follow_the_life_of_a_thing(self):
        self.phone.with_user(self.officer).process("lost")
        assets = self.env["lending.asset"].with_context(read_group_expand=True)
        groups = assets.formatted_read_group(
            [("id", "in", (self.phone | self.laptop).ids)], ["status"], ["__count"]
        )
        self.assertEqual(
            [group["status"] for group in groups],
            ["in_stock", "reserved", "handed_out", "lost"],
        )

    def test_places_lie_in_each_other_but_not_in_themselves(self):
        shelf = self.env["lending.place"].create(
            {"name": "Shelf 1", "parent_id": self.store.id}
        )
        self.assertEqual(shelf.complete_name, "Store / Shelf 1")
        self.laptop.place_id = shelf
        action = self.store.action_view_assets()
        self.assertIn(self.laptop, self.env["lending.asset"].search(action["domain"]))
        with self.assertRaises(UserError):
            self.store.parent_id = shelf
