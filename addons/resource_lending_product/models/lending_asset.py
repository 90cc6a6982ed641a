from odoo import fields, models


class LendingAsset(models.Model):
    _inherit = "lending.asset"

    product_id = fields.Many2one(
        "product.product",
        ondelete="set null",
        index="btree_not_null",
        check_company=True,
        help="What was bought.",
    )
