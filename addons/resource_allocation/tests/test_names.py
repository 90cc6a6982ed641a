from odoo.tests import freeze_time

from .common import NOW, LedgerCase, at


@freeze_time(NOW)
class TestNames(LedgerCase):
    """Things of one name are told apart by what is on their label."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.phones = cls._phone("S-0041") | cls._phone("S-0042")
        cls.phone, cls.other_phone = cls.phones

    @classmethod
    def _phone(cls, code):
        return cls._thing("Smartphone", code=code, release="return")

    def test_name_and_code(self):
        self.assertEqual(self.phone.display_name, "Smartphone (S-0041)")
        self.assertEqual(self.room.display_name, "Aula")
        self.phone.code = "S-1"
        self.assertEqual(self.phone.display_name, "Smartphone (S-1)")
        self.assertFalse(self.phone.copy().code)

    def test_found_by_code(self):
        Resource = self.env["resource.resource"].with_user(self.user)
        [(found, label)] = Resource.name_search("S-0042")
        self.assertEqual((found, label), (self.other_phone.id, "Smartphone (S-0042)"))
        found = Resource.find_free({"start": at(8), "stop": at(9), "text": "0042"})
        self.assertEqual([row["id"] for row in found["rows"]], [self.other_phone.id])
        params = self.phone.action_find_free()["params"]
        self.assertEqual(params, {"text": "S-0041"})

    def test_allocations_say_which(self):
        row = self._ask(self.phone, at(8), at(9), name="Field trip")
        self.assertEqual(row.display_name, "Smartphone (S-0041): Field trip")
        self.assertEqual(row._client_values()[0]["resource"], "Smartphone (S-0041)")
        self.phone.code = "S-1"
        self.assertEqual(row.display_name, "Smartphone (S-1): Field trip")

    def test_verdicts_and_proposals_say_which(self):
        self._ask(self.phone, at(8), at(9))
        verdict = self._refused(self.phone, at(8), at(9))
        self.assertIn("Smartphone (S-0041) is taken", verdict.message)
        self.assertIn("Smartphone (S-0042), ", verdict.message)

    def test_names_of_many_in_as_many_queries_as_of_one(self):
        for count in (1, 2):
            self.env.flush_all()
            self.env.invalidate_all()
            with self.assertQueryCount(1):
                self.phones[:count].mapped("display_name")
