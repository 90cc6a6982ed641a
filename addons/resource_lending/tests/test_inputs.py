import base64
import math
import struct
import zlib

from odoo.exceptions import UserError
from odoo.http import Request
from odoo.tests import HttpCase, freeze_time, tagged

from .common import LendingCommon

NO_TIMES = ["soon", "2024-02-30", "9999-12-31 23:59:59", "0001-01-01", 7, [1], {"a": 1},
            "\x00", "\ud800", math.inf, True]  # fmt: skip
NO_TEXTS = ["\x00", "\ud800", 5, {"a": 1}]
NO_IDS = ["x", 1.5, math.nan, 2**31, [1], {}]


def bomb(side):
    """A PNG of a few bytes that unfolds to ``side`` × ``side`` pixels."""

    def chunk(kind, data):
        checksum = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + checksum

    header = struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0)
    body = (
        chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + body).decode()


@tagged("post_install", "-at_install")
@freeze_time("2024-05-20 10:00:00")
class TestInputs(LendingCommon):
    """Bad input is refused in words, whichever method it is sent to."""

    def _refuses(self, method, *args, **kwargs):
        with self.assertRaises(UserError, msg=f"{method.__name__} {args} {kwargs}"):
            method(*args, **kwargs)

    def test_reserving(self):
        good = {"asset_id": self.laptop.id, "employee_id": self.ott.id}
        for method in (self._loans().reserve, self._loans().hand_out_directly):
            for rows in (5, "x", [5], [None], [[]], {"a": 1}):
                self._refuses(method, rows)
            for name in ("asset_id", "employee_id"):
                for value in NO_IDS:
                    self._refuses(method, [{**good, name: value}])
            for value in NO_TIMES:
                self._refuses(method, [{**good, "due_date": value}])
            self._refuses(method, [{**good, "note": "\x00"}])
        for value in NO_TIMES:
            self._refuses(self._loans().reserve, [{**good, "start_at": value}])
            self._refuses(self._loans().hand_out_directly, [good], value)

    def test_what_is_out(self):
        loan = self._hand_out(self.laptop, self.ott)
        for value in NO_TIMES:
            for method in (loan.recall, loan.extend, loan.take_back):
                self._refuses(method, value)
            self._refuses(loan.transfer, {"employee_id": self.mari.id}, value)
            self._refuses(loan.correct, {"start_at": value}, "Why")
        for value in NO_TEXTS:
            self._refuses(loan.correct, {"employee_id": self.mari.id}, value)
            self._refuses(loan.take_back, note=value)
        for value in ("x", [1], {}, 5, math.nan):
            self._refuses(loan.take_back, outcome=value)
        for value in NO_IDS:
            self._refuses(loan.transfer, {"employee_id": value})
        for vals in (5, "x", [1]):
            self._refuses(loan.transfer, vals)
            self._refuses(loan.correct, vals, "Why")
        self._refuses((loan | loan.browse()).browse().correct, {}, "Why")
        self.assertEqual(loan.state, "out")

    def test_typing_and_writing_off(self):
        good = {"asset_id": self.laptop.id, "employee_id": self.ott.id}
        loans = self._loans()
        for value in NO_TIMES:
            self._refuses(loans.take_over, good, value)
            self._refuses(self.phone.with_user(self.administrator).write_off, value)
        for vals in (5, "x", [1]):
            self._refuses(loans.take_over, vals, "2024-05-01")
        row = self._type(self.laptop, self.ott, "2024-05-01")
        for value in NO_TIMES:
            self._refuses(row.write, {"date_from": value})
        self._refuses(row.write, {"date_from": False})

    def test_nobody_of_a_company_that_is_not_the_users(self):
        """Whoever reads the row would learn the name from the number."""
        there = self.env["res.company"].create({"name": "There"})
        stranger = self.env["hr.employee"].create(
            {"name": "Stranger", "company_id": there.id}
        )
        good = {"asset_id": self.laptop.id, "employee_id": stranger.id}
        self._refuses(self._loans().reserve, [good])
        self._refuses(self._loans().hand_out_directly, [good])
        self._refuses(self._loans().take_over, good, "2024-05-01")
        loan = self._hand_out(self.phone, self.ott)
        self._refuses(loan.transfer, {"employee_id": stranger.id})
        self._refuses(loan.correct, {"employee_id": stranger.id}, "Why")

    def test_late_or_not_late_is_everything(self):
        late = self._hand_out(self.laptop, self.ott, due_date="2024-05-21")
        fine = self._hand_out(self.phone, self.ott)
        with freeze_time("2024-06-01 10:00:00"):
            for name in ("is_late", "is_my_team", "is_mine"):
                found = self._loans().search([(name, "in", [True, False])])
                self.assertLessEqual(late | fine, found, name)
            self.assertEqual(self._loans().search([("is_late", "=", True)]), late)

    def test_things_that_nobody_has(self):
        self._hand_out(self.laptop, self.ott)
        Asset = self.env["lending.asset"].with_user(self.officer)
        free = Asset.search([("employee_ids", "in", [False])])
        self.assertIn(self.phone, free)
        self.assertNotIn(self.laptop, free)
        found = Asset.search([("employee_ids", "in", [False, self.ott.id])])
        self.assertLessEqual(self.laptop | self.phone, found)

    def test_a_signature_that_unfolds_to_gigabytes(self):
        handover = self.env["lending.handover"].create({"employee_id": self.ott.id})
        window = self.env["lending.sign"].with_user(self.officer)
        for picture in (bomb(20_000), bomb(4_000), "no picture"):
            vals = {"handover_id": handover.id, "signature": picture}
            self._refuses(window.create, vals)


@tagged("post_install", "-at_install")
class TestPages(HttpCase):
    """Our routes answer anything with a page or a refusal."""

    def test_a_label_that_is_none(self):
        self.authenticate("admin", "admin")
        for code in ("%00", "a%00b", "%ED%A0%80", "none"):
            self.assertEqual(self.url_open(f"/lending/scan/{code}").status_code, 404)

    def test_names_of_our_own_arguments(self):
        self.authenticate("admin", "admin")
        for query in ("person=1", "token=1&page=x", "error=1&said=x&now=1&values=1"):
            page = self.url_open(f"/my/resources?{query}")
            self.assertEqual(page.status_code, 200, query)

    def test_forms_with_fields_missing(self):
        self.authenticate("admin", "admin")
        for form in ({}, {"kind": "other", "holder_id": "1"}, {"line_id": "x"},
                     {"kind": "employee", "holder_id": "x"}):  # fmt: skip
            data = {**form, "csrf_token": Request.csrf_token(self)}
            page = self.url_open("/my/resources/confirm", data=data)
            self.assertLess(page.status_code, 500, form)
