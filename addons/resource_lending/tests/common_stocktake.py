"""Stock-takes that several test files make."""

from odoo.tests import Form

from .common import LendingCommon


class StocktakeCommon(LendingCommon):
    """Things with OTT (laptop), in the store (phone, pool laptop), and people."""

    def _sheet(self, user=None, **values):
        """A sheet as somebody fills in the form; people and places as records."""
        Stocktake = self.env["lending.stocktake"].with_user(user or self.officer)
        with Form(Stocktake) as form:
            for name, value in values.items():
                if name.endswith("_ids"):
                    for record in value:
                        form[name].add(record)
                else:
                    form[name] = value
        return form.record

    def _filled(self, user=None, **values):
        sheet = self._sheet(user, **values)
        sheet.action_fill()
        return sheet

    def _line(self, sheet, asset):
        return sheet.line_ids.filtered(lambda line: line.asset_id == asset)

    def _results(self, sheet):
        """``{code: result}``."""
        return {line.asset_id.code: line.result for line in sheet.line_ids}

    def _confirm(self, sheet):
        sheet.with_user(self.administrator).action_confirm()
