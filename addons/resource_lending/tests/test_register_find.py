import csv

from odoo.exceptions import UserError
from odoo.tests import HttpCase, freeze_time, tagged
from odoo.tools import mute_logger
from odoo.tools.misc import file_open

from .common import LendingCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-03-02 09:00:00")
class TestRegisterFind(LendingCommon):
    """Scanning, labels and import."""

    def _find(self, text, user=None):
        return (
            self.env["lending.asset"]
            .with_user(user or self.officer)
            ._find_by_code(text)
        )

    def test_L19_a_scan_finds_the_thing(self):
        self.laptop.write({"barcode": "4006381333931", "serial_no": "PF2K81"})
        for text in (
            "LAP-001",
            " lap-001\n",
            "4006381333931",
            "pf2k81",
            "https://lend.example.com/lending/scan/LAP-001",
            "http://elsewhere/lending/scan/LAP-001?db=x",
            self.laptop._scan_url(),
        ):
            with self.subTest(text):
                self.assertEqual(self._find(text), self.laptop)
        for text in ("", None, "LAP", "%", "https://lend.example.com/odoo/LAP-001"):
            with self.subTest(text):
                self.assertFalse(self._find(text))

    def test_L19_the_search_box_understands_a_scanned_label(self):
        assets = self.env["lending.asset"].with_user(self.officer)

        def found(text):
            return assets.search([("scan_text", "ilike", text)])

        self.laptop.write({"barcode": "4006381333931", "serial_no": "PF2K81"})
        for text in (self.laptop._scan_url(), "4006381333931", "f2k8", "LAP-0"):
            with self.subTest(text):
                self.assertEqual(found(text), self.laptop)
        self.assertEqual(found("laptop"), self.laptop | self.shared)

    def test_L19_a_code_with_signs_survives_the_label(self):
        odd = self._thing("Odd", "A/B 7?ü#1")
        self.assertNotIn(" ", odd._scan_url())
        self.assertEqual(self._find(odd._scan_url()), odd)

    def test_L19_a_code_goes_before_a_serial_number(self):
        self.phone.serial_no = "LAP-001"
        self.assertEqual(self._find("LAP-001"), self.laptop)

    def test_L19_a_serial_number_of_several_things_is_not_guessed(self):
        self.laptop.serial_no = self.shared.serial_no = "S-1"
        with self.assertRaisesRegex(UserError, "POOL-1"):
            self._find("S-1")

    def test_L19_a_scan_shows_nobody_what_he_may_not_see(self):
        self.assertFalse(self._find("LAP-001", self.kari_user))
        self._hand_out(self.laptop, self.kari)
        self.assertEqual(self._find("LAP-001", self.kari_user), self.laptop)

    def test_L19_a_scan_in_the_list_opens_the_thing_or_says_what_to_do(self):
        assets = self.env["lending.asset"].with_user(self.officer)
        action = assets.action_open_scanned("LAP-001")
        self.assertEqual(action["res_id"], self.laptop.id)
        with self.assertRaisesRegex(UserError, "“LAP-9”. Scan the label again"):
            assets.action_open_scanned("LAP-9")

    def test_L18_labels_of_other_things_are_not_taken(self):
        self.laptop.code = "LAP-002"
        self.assertEqual(self.laptop.barcode, "LAP-001")
        self.assertEqual(self._find("LAP-001"), self.laptop)

    def test_L19_labels_are_printed_in_sheets(self):
        things = self.env["lending.asset"].create(
            [{"name": f"Thing {i}", "type_id": self.type.id} for i in range(25)]
        )
        html, kind = (
            self.env["ir.actions.report"]
            .with_user(self.officer)
            ._render_qweb_html("resource_lending.report_lending_label", things.ids)
        )
        html = html.decode()
        self.assertEqual(kind, "html")
        self.assertEqual(html.count("o_lending_labels"), 2)
        self.assertEqual(html.count("data:image/png;base64"), 25)
        for thing in things:
            self.assertIn(thing.code, html)

    # === IMPORT === #

    def _import(self, rows, user=None):
        names = [
            "name",
            "code",
            "type_id",
            "loan_ids/employee_id",
            "loan_ids/date_from",
            "loan_ids/date_to",
        ]
        assets = self.env["lending.asset"].with_user(user or self.officer)
        return assets.load(names, rows)

    def _messages(self, result):
        return " ".join(message["message"] for message in result["messages"])

    def test_L18_import_with_holders(self):
        result = self._import(
            [
                ["Laptop A", "I-1", "Laptop 14", "OTT", "2026-01-01", ""],
                ["Laptop B", "I-2", "Laptop 14", "", "", ""],
            ]
        )
        self.assertFalse(result["messages"])
        first, second = self.env["lending.asset"].browse(result["ids"])
        self.assertEqual(first.employee_ids.ids, self.ott.ids)
        self.assertEqual((first.status, second.status), ("handed_out", "in_stock"))
        self.assertEqual(len(self._live_allocations(first)), 1)

    def test_L18_import_refuses_overlapping_rows_and_imports_nothing(self):
        result = self._import(
            [
                ["Laptop A", "I-1", "Laptop 14", "OTT", "2026-01-01", "2026-03-31"],
                ["", "", "", "MARI", "2026-01-01", ""],
            ]
        )
        self.assertIn("OTT", self._messages(result))
        self.assertFalse(result["ids"])
        self.assertFalse(self._find("I-1"))

    def test_L18_import_refuses_a_code_twice(self):
        with mute_logger("odoo.sql_db"):
            result = self._import([["Copy", "LAP-001", "Laptop 14", "", "", ""]])
        self.assertIn("has this code", self._messages(result))

    def test_L18_the_import_screen_offers_a_template_it_understands(self):
        template = self.env["lending.asset"].get_import_templates()[0]["template"]
        kind = self.env["lending.type"]
        for name in ("ThinkPad T14", "Key of the workshop"):
            kind.create({"name": name, "category_id": self.category.id})
        for name in ("Store room", "Key cabinet"):
            self.env["lending.place"].create({"name": name})
        self.env["hr.employee"].create({"name": "Kari Nordmann"})
        self.env["res.partner"].create({"name": "Hardware Ltd"})
        with file_open(template.removeprefix("/"), "r") as file:
            labels, *rows = csv.reader(file)
        assets = self.env["lending.asset"].with_user(self.officer)
        result = assets.load([self._field_named(label) for label in labels], rows)
        self.assertFalse(result["messages"])
        laptop = self._find("A-1001")
        self.assertEqual(laptop.holder_name, "Kari Nordmann")
        self.assertEqual((laptop.value, laptop.acquisition_method), (1200, "purchase"))

    def _field_named(self, label):
        """The path of the field that the import screen finds for a heading."""
        model, path = self.env["lending.asset"], []
        for part in label.split("/"):
            (name,) = (
                name
                for name, field in model._fields.items()
                if field.string == part and not field.readonly
            )
            path.append(name)
            model = self.env.get(model._fields[name].comodel_name)
        return "/".join(path)


@tagged("post_install", "-at_install")
class TestScanRoute(HttpCase, LendingCommon):
    def _scan(self, code, login):
        self.authenticate(login, login)
        return self.url_open(f"/lending/scan/{code}", allow_redirects=False)

    def test_L19_a_label_leads_to_the_thing(self):
        page = self._scan("LAP-001", "officer")
        self.assertEqual(page.status_code, 303)
        self.assertTrue(
            page.headers["Location"].endswith(f"/odoo/lending-assets/{self.laptop.id}")
        )

    def test_L19_a_label_tells_strangers_nothing(self):
        self.assertEqual(self._scan("LAP-001", "kari").status_code, 404)
        self.assertEqual(self._scan("LAP-999", "officer").status_code, 404)
        self.logout()
        page = self.url_open("/lending/scan/LAP-001", allow_redirects=False)
        self.assertIn("/web/login", page.headers["Location"])
