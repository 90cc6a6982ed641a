from odoo.tests import freeze_time, tagged

from .common_stocktake import StocktakeCommon


@tagged("post_install", "-at_install")
@freeze_time("2024-05-09 10:00:00")
class TestStocktakeSize(StocktakeCommon):
    """A large stock-take asks the database as often as a small one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.few_type, cls.many_type = (cls.type.copy({"name": name}) for name in "AB")
        for type_, number in ((cls.few_type, 20), (cls.many_type, 1100)):
            things = cls.env["lending.asset"].create(
                [
                    {
                        "name": f"Thing {index}",
                        "code": f"{type_.name}-{index:04}",
                        "type_id": type_.id,
                        "place_id": cls.store.id,
                    }
                    for index in range(number)
                ]
            )
            held = things[: number // 2]
            cls.env["lending.loan"].with_user(cls.officer).create(
                [
                    {
                        "asset_id": thing.id,
                        "employee_id": cls.ott.id,
                        "date_from": "2024-01-01",
                    }
                    for thing in held
                ]
            )

    def _queries(self, work):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        work()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def test_more_than_1000_rows_with_constant_queries(self):
        few, many = (
            self._sheet(type_ids=one) for one in (self.few_type, self.many_type)
        )
        small = self._queries(few.action_fill)
        large = self._queries(many.action_fill)
        self.assertEqual((len(few.line_ids), len(many.line_ids)), (20, 1100))
        self.assertEqual(many.line_ids[:1].holder_name, "OTT")
        # Rows are inserted and read in batches of 1,000.
        self.assertLessEqual(large, small + 12)
        self.assertLess(large, 60)
        small = self._queries(lambda: few.line_ids.write({"counted": "1"}))
        large = self._queries(lambda: many.line_ids.write({"counted": "1"}))
        self.assertLessEqual(large, small + 12)
        small = self._queries(lambda: self._confirm(few))
        large = self._queries(lambda: self._confirm(many))
        self.assertEqual(many.found_count, 1100)
        self.assertLessEqual(large, small + 12)
