from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import LendingCommon

FEW = 5


@tagged("post_install", "-at_install")
class TestCustodyQueries(LendingCommon):
    """Each action takes the same queries for few things as for twice as many."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.codes = iter(range(1000))

    def _things(self, count):
        return self.env["lending.asset"].create(
            [
                {"name": "Drill", "code": f"D-{next(self.codes)}", "type_id": kind.id}
                for kind in (self.type for _ in range(count))
            ]
        )

    def _wishes(self, things, **vals):
        people = (self.ott, self.mari, self.kari)
        return [
            {"asset_id": thing.id, "employee_id": people[place % 3].id, **vals}
            for place, thing in enumerate(things)
        ]

    def _out(self, things, **vals):
        return self._loans().hand_out_directly(self._wishes(things, **vals))

    def _reserved(self, things):
        return self._loans().reserve(self._wishes(things))

    def _check_constant(self, prepare, work):
        """``work(prepare(things))`` of few and of twice as many things."""
        # More than once: the first fill what stays cached between requests.
        counts = [
            (self._count(prepare, work, FEW), self._count(prepare, work, 2 * FEW))
            for _turn in range(3)
        ]
        few, many = map(min, zip(*counts, strict=True))
        self.assertEqual(few, many)

    def _count(self, prepare, work, count):
        known = prepare(self._things(count))
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        work(known)
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def test_L4_reserve_takes_constant_queries(self):
        self._check_constant(
            lambda things: things,
            lambda things: self._loans().reserve(self._wishes(things)),
        )

    def test_L7_hand_out_takes_constant_queries(self):
        self._check_constant(self._reserved, lambda loans: loans.hand_out())

    def test_L10_direct_hand_out_takes_constant_queries(self):
        due = fields.Date.today() + timedelta(days=10)
        self._check_constant(
            lambda things: things, lambda things: self._out(things, due_date=due)
        )

    def test_L11_recall_takes_constant_queries(self):
        by = fields.Datetime.now() + timedelta(days=3)
        self._check_constant(self._out, lambda loans: loans.recall(by, "please"))

    def test_L10_extend_takes_constant_queries(self):
        day = fields.Date.today() + timedelta(days=30)
        self._check_constant(self._out, lambda loans: loans.extend(day))

    def test_L12_take_back_takes_constant_queries(self):
        self._check_constant(self._out, lambda loans: loans.take_back())

    def test_L13_take_back_as_lost_takes_constant_queries(self):
        self._check_constant(self._out, lambda loans: loans.take_back(outcome="lost"))

    def test_L20_cancel_takes_constant_queries(self):
        self._check_constant(self._reserved, lambda loans: loans.cancel("no need"))

    def test_LC3_transfer_takes_constant_queries(self):
        vals = {"employee_id": self.boss.id}
        self._check_constant(self._out, lambda loans: loans.transfer(vals))

    def test_D10_taking_over_takes_constant_queries(self):
        day = fields.Date.today()

        def type_former(things):
            first = fields.Date.subtract(day, days=30)
            self._loans().create(self._wishes(things, date_from=first))
            return things

        def take_over(things):
            typing = self._loans().with_context(lending_take_over=True)
            typing.create(self._wishes(things, date_from=day))

        self._check_constant(type_former, take_over)

    def test_D39_who_has_what_takes_one_query(self):
        self._out(self._things(FEW))
        Loan = self._loans().sudo()
        domain = Loan._domain_held_on(fields.Date.today())
        with self.assertQueryCount(1):
            Loan.search_fetch(domain, ["asset_id", "employee_id"])
