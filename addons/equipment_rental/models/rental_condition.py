from odoo import api, fields, models

WHO_READ_FEES = (
    "sales_team.group_sale_salesman,"
    "equipment_rental.equipment_rental_group_storekeeper,"
    "equipment_rental.equipment_rental_group_accountant"
)
"""Those who may read the fees themselves."""


class RentalCondition(models.Model):
    """In what condition something came back (C10), e.g. *Good* or *Damaged*."""

    _name = "rental.condition"
    _description = "Condition on Return"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    needs_attention = fields.Boolean(
        help="Somebody has to look at it: clean, repair, or charge the customer."
    )
    out_of_service = fields.Boolean(
        help="What comes back so is blocked until somebody puts it back into service."
    )
    is_lost = fields.Boolean(
        string="Lost",
        help="It does not come back: it leaves the stock and the fleet, and the order "
        "waits for it no more.",
    )
    fee_id = fields.Many2one(
        "rental.fee",
        ondelete="restrict",
        index="btree_not_null",
        domain="[('moment', '=', 'return'), ('basis', '!=', 'late_day')]",
        groups=WHO_READ_FEES,
        help="Proposed for what comes back in this condition.",
    )

    _name_unique = models.UniqueIndex("(name)", "There is already such a condition.")

    @api.model
    def _proposed(self):
        """The first one; nothing is taken for lost unless somebody says so."""
        return self.search([("is_lost", "=", False)], limit=1)

    @api.model
    def _meaning_lost(self):
        """The first that means it, for what is lost without a word."""
        return self.search([("is_lost", "=", True)], limit=1)
