from odoo import api, models


class LendingLoan(models.Model):
    """A row of the board of people's things: what somebody has, or is promised."""

    _name = "lending.loan"
    _inherit = ["lending.loan", "resource.board.mixin"]
    _board_basket = "lending.basket"
    _board_of_things = False

    def _board_distinct(self):
        """Each thing once for each holder: of his assignments the first."""
        first = {}
        for loan in super()._board_distinct().sorted("start_at"):
            first.setdefault((loan._holder(), loan.asset_id), loan.id)
        # By what they are called, as things are looked for.
        return self.browse(first.values()).sorted("display_name")

    def _board_resources(self):
        """The thing's. In narrow sudo: who may not read a thing sees its name."""
        return {
            loan: loan.asset_id.sudo().resource_id.with_env(self.env) for loan in self
        }

    @api.model
    def _board_entry(self, entry, row, resource, kinds):
        """What is chosen on a person's row is for that person."""
        values = super()._board_entry(entry, row, resource, kinds)
        return {**values, "employee_id": row.employee_id.id}

    def _domain_on_board(self):
        star = "asset_id.resource_id.is_favorite"
        return ["|", ("id", "in", self.ids), (star, "=", True)]
