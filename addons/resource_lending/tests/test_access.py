from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import LendingCommon

OPERATIONS = {"c": "create", "r": "read", "w": "write", "u": "unlink"}
ALL, NONE = "crwu", ""
PERSONAS = ("employee", "hr_officer", "officer", "administrator", "portal")
MATRIX = {
    # What everybody needs to read the name of a thing; who sets it up.
    "lending.category": ("r", "r", "r", ALL, NONE),
    "lending.type": ("r", "r", "r", ALL, NONE),
    "lending.hr.type": ("r", "r", "r", ALL, NONE),
    "lending.place": ("r", "r", "crw", ALL, NONE),
    # The register: own things only, by its rules.
    "lending.asset": ("r", "r", "crw", ALL, NONE),
    "lending.card": (NONE, "r", "crw", ALL, NONE),
    "lending.card.write.off": (NONE, NONE, "r", "cr", NONE),
    "lending.inspection": (NONE, NONE, "crw", ALL, NONE),
    # Custody: own and the team's rows, by its rules; history is nobody's to write.
    "lending.loan": ("r", "r", ALL, ALL, NONE),
    "lending.event": (NONE, "r", "r", "r", NONE),
    "lending.custody.report": ("r", "r", "r", "r", NONE),
    "lending.as.of": (ALL, ALL, ALL, ALL, NONE),
    "lending.notice": (NONE, NONE, "r", "r", NONE),
    # Documents.
    "lending.handover": ("r", "r", ALL, ALL, NONE),
    "lending.handover.line": ("r", "r", ALL, ALL, NONE),
    "lending.change": (NONE, "r", ALL, ALL, NONE),
    "lending.change.line": (NONE, "r", ALL, ALL, NONE),
    "lending.stocktake": (NONE, NONE, ALL, ALL, NONE),
    "lending.stocktake.line": (NONE, NONE, ALL, ALL, NONE),
    # People.
    "lending.departure": ("r", "rw", "rw", "rw", NONE),
    "lending.kit": (NONE, "r", "r", ALL, NONE),
    "lending.kit.line": (NONE, "r", "r", ALL, NONE),
    "lending.request": ("crw", "crw", "crw", ALL, NONE),
    # Windows.
    "lending.kit.reserve": (NONE, ALL, ALL, ALL, NONE),
    "lending.kit.reserve.line": (NONE, ALL, ALL, ALL, NONE),
    "lending.request.refuse": (ALL, ALL, ALL, ALL, NONE),
    **dict.fromkeys(
        (
            "lending.basket", "lending.basket.line", "lending.correct",
            "lending.extend", "lending.recall", "lending.reserve", "lending.return",
            "lending.return.line", "lending.sign", "lending.take.over",
            "lending.transfer",
        ),
        (NONE, NONE, ALL, ALL, NONE),
    ),
}  # fmt: skip
VALUES = {"lending.asset": ("value",), "lending.card": ("cost", "book_value")}
WHO_HAS_IT = ("holder_name", "responsible_name", "employee_ids", "user_loan_ids")


@tagged("post_install", "-at_install")
class TestAccess(LendingCommon):
    """Who may do what: every persona, every model, every operation."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portal = new_test_user(cls.env, "portal_one", groups="base.group_portal")
        cls.employee = cls.kari_user

    def test_every_model_persona_and_operation(self):
        for model, allowed in MATRIX.items():
            for persona, letters in zip(PERSONAS, allowed, strict=True):
                records = self.env[model].with_user(getattr(self, persona))
                has = "".join(
                    letter
                    for letter, operation in OPERATIONS.items()
                    if records.has_access(operation)
                )
                with self.subTest(model=model, persona=persona):
                    self.assertEqual(set(has), set(letters))

    def test_the_table_names_every_model(self):
        own = self.env["ir.model.data"].search(
            [("module", "=", "resource_lending"), ("model", "=", "ir.model")]
        )
        models = self.env["ir.model"].browse(own.mapped("res_id")).mapped("model")
        concrete = {
            name
            for name in models
            if name.startswith("lending.") and not self.env[name]._abstract
        }
        self.assertEqual(concrete, MATRIX.keys())

    def test_D41_values_are_for_those_who_need_them(self):
        for model, names in VALUES.items():
            for persona in ("employee", "hr_officer", "boss_user"):
                known = self.env[model].with_user(getattr(self, persona))
                shown = known.fields_get(names) if known.has_access("read") else {}
                with self.subTest(model=model, persona=persona):
                    self.assertFalse(shown)
            self.assertTrue(self.env[model].with_user(self.officer).fields_get(names))

    def test_who_has_it_is_no_news_for_former_holders(self):
        asset = self.env["lending.asset"]
        self.assertFalse(asset.with_user(self.employee).fields_get(WHO_HAS_IT))
        self.assertEqual(
            set(asset.with_user(self.officer).fields_get(WHO_HAS_IT)), set(WHO_HAS_IT)
        )
        loan = self._type(self.laptop, self.kari, "2024-01-01")
        self._type(self.laptop, self.ott, "2024-05-10")
        mine = loan.with_user(self.employee)
        self.assertFalse(mine.fields_get(["ended_by_id", "allocation_id"]))
        with self.assertRaises(AccessError):
            mine.read(["ended_by_id"])

    def test_no_model_method_is_open_to_strangers(self):
        loan = self._hand_out(self.laptop, self.ott)
        for persona in ("employee", "boss_user", "ott_user", "hr_officer", "portal"):
            as_persona = loan.with_user(getattr(self, persona))
            for call in (
                lambda one: one.take_back(),
                lambda one: one.recall("2099-01-01 00:00:00"),
                lambda one: one.extend("2099-01-01"),
                lambda one: one.transfer({"employee_id": self.mari.id}),
                lambda one: one.correct({"employee_id": self.mari.id}, "why"),
                lambda one: one.unlink(),
                lambda one: one.write({"note": "x"}),
            ):
                with self.subTest(persona=persona), self.assertRaises(AccessError):
                    call(as_persona)
        with self.assertRaises(AccessError):
            self._hand_out(self.phone, self.ott, user=self.hr_officer)

    def test_companies_are_kept_apart(self):
        other = self.env["res.company"].create({"name": "Other"})
        theirs = self._thing("Theirs", "T-1", company_id=other.id)
        loan = (
            self._loans(self.env.ref("base.user_admin"))
            .sudo()
            .hand_out_directly([{"asset_id": theirs.id, "employee_id": self.ott.id}])
        )
        self.assertEqual(loan.company_id, other)
        with self.assertRaises(AccessError):
            theirs.with_user(self.officer).read(["name"])
        self.assertFalse(self._loans().search([("id", "=", loan.id)]))
        self.assertTrue(self._loans(self.ott_user).search([("id", "=", loan.id)]))

    def test_nothing_is_forged_by_officers(self):
        """States, instants and conditions follow; nobody types them."""
        loan = self._hand_out(self.laptop, self.ott)
        asset = self.laptop.with_user(self.officer)
        for vals in (
            {"condition": "written_off"},
            {"status": "in_stock"},
            {"written_off_on": "2024-01-01"},
            {"active": False},
        ):
            with self.subTest(vals), self.assertRaises(UserError):
                asset.write(vals)
        with self.assertRaises(UserError):
            asset.create({"name": "X", "type_id": self.type.id, "condition": "lost"})
        for extra in ({"allocation_id": 1}, {"outcome": "lost"}, {"custody": True}):
            with self.subTest(extra), self.assertRaises(UserError):
                self._reserve(self.phone, self.ott, **extra)
        with self.assertRaises(UserError):
            loan.transfer({"employee_id": self.mari.id, "asset_id": self.phone.id})

    def test_a_refusal_tells_strangers_nothing(self):
        self._type(self.laptop, self.ott, "2024-01-01")
        for persona in (self.employee, self.portal):
            with self.assertRaises(AccessError):
                self._type(self.laptop, self.kari, "2023-01-01", user=persona)
