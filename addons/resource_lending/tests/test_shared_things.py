from lxml import etree

from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import LendingCommon

ELSEWHERE = "Another company"


@tagged("post_install", "-at_install")
class TestSharedThings(LendingCommon):
    """A thing of no company that one company lent, as seen in another one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.branch = cls.env["res.company"].create({"name": "Branch"})
        cls.branch_officer = new_test_user(
            cls.env,
            "branch_officer",
            groups="resource_lending.lending_group_officer",
            company_id=cls.branch.id,
            company_ids=[Command.set(cls.branch.ids)],
        )
        cls.trailer = cls._thing(
            "Trailer", "TRL-1", company_id=False, place_id=False, type_id=cls.type.id
        )

    def _rows(self, records, view_type):
        """All that a view of these records shows, read as the client does."""
        records.invalidate_model()
        arch = etree.fromstring(records.get_view(view_type=view_type)["arch"])
        return records.web_read(self._asked_for(arch, records))

    def _asked_for(self, node, records):
        """The fields in ``node``, with those of the lists inside of them."""
        outer = node if node.tag == "field" else None
        asked = {}
        for field in node.iter("field"):
            if next(field.iterancestors("field"), None) is outer and field is not outer:
                name = field.get("name")
                asked[name] = {}
                if comodel := records._fields[name].comodel_name:
                    inner = self._asked_for(field, self.env[comodel])
                    asked[name] = {"fields": {"display_name": {}, **inner}}
        return asked

    def test_lists_show_that_it_is_away_and_not_who_has_it(self):
        self._hand_out(self.trailer, self.ott)
        self._type(self.trailer, self.boss, "2024-01-01", role="responsible")
        trailer = self.trailer.with_user(self.branch_officer)
        for view_type in ("list", "kanban", "form"):
            with self.subTest(view=view_type):
                (row,) = self._rows(trailer, view_type)
                self.assertEqual(row["holder_name"], ELSEWHERE)
                for name in ("OTT", "Boss"):
                    self.assertNotIn(name, str(row))
        self.assertEqual(trailer.status, "handed_out")
        self.assertEqual(trailer.responsible_name, ELSEWHERE)
        self.assertFalse(trailer.user_loan_ids | trailer.loan_ids)
        self.assertFalse(trailer.employee_ids)

    def test_who_works_in_both_companies_sees_the_name_where_it_is_theirs(self):
        self._hand_out(self.trailer, self.ott)
        self.officer.company_ids += self.branch
        trailer = self.trailer.with_user(self.officer)
        for companies, name in (
            (self.company, "OTT"),
            (self.branch, ELSEWHERE),
            (self.branch | self.company, "OTT"),
        ):
            seen = trailer.with_context(allowed_company_ids=companies.ids)
            self.assertEqual(seen.holder_name, name)

    def test_stocktake_lists_it_without_the_name(self):
        self._hand_out(self.trailer, self.ott)
        Stocktake = self.env["lending.stocktake"].with_user(self.branch_officer)
        sheet = Stocktake.create({"type_ids": self.type.ids})
        sheet.action_fill()
        self.assertEqual(sheet.line_ids.asset_id, self.trailer)
        for view_type in ("list", "form"):
            (row,) = self._rows(sheet.line_ids, view_type)
            self.assertEqual(row["holder_name"], ELSEWHERE)
            self.assertNotIn("OTT", str(row))
        own = self._loans().browse(sheet.line_ids.loan_ids.ids)
        self.assertFalse(own)
