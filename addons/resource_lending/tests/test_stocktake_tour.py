from odoo.tests import HttpCase, tagged

from .common import LendingCommon


@tagged("post_install", "-at_install", "tour")
class TestStocktakeTour(LendingCommon, HttpCase):
    """A stock-take in the web client: one thing is missing, one is unexpected."""

    def test_LW2_LW3_count_by_scanning(self):
        store = self.env["lending.place"].create(
            {"name": "Tour store", "barcode": "TOUR-PLACE"}
        )
        drills, saws = self.env["lending.type"].create(
            [
                {"name": name, "category_id": self.category.id}
                for name in ("Tour drill", "Tour bandsaw")
            ]
        )
        things = self.env["lending.asset"].create(
            [
                {
                    "name": name,
                    "code": code,
                    "type_id": type_.id,
                    "place_id": store.id,
                }
                for name, code, type_ in (
                    ("Tour drill 1", "TDR-1", drills),
                    ("Tour drill 2", "TDR-2", drills),
                    ("Tour drill 3", "TDR-3", drills),
                    ("Tour saw", "TSW-1", saws),
                )
            ]
        )
        self.start_tour(
            "/odoo/lending-stock-takes",
            "lending_stocktake_tour",
            login=self.administrator.login,
            timeout=300,
        )
        lines = self.env["lending.stocktake.line"].search(
            [("asset_id", "in", things.ids)]
        )
        self.assertEqual(
            {line.asset_id.code: line.result for line in lines},
            {
                "TDR-1": "found",
                "TDR-2": "found",
                "TDR-3": "missing",
                "TSW-1": "unexpected",
            },
        )
        self.assertEqual(lines.stocktake_id.state, "done")
        self.assertEqual(lines.filtered("found_place_id").found_place_id, store)
