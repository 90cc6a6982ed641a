from odoo import fields, models


class ProductTemplate(models.Model):
    """What is bought of some products is lent to people afterwards."""

    _inherit = "product.template"

    lending_type_id = fields.Many2one(
        "lending.type",
        string="Lent As",
        index="btree_not_null",
        help="Pieces that are bought become assets of this type. Empty: they are not "
        "lent.",
    )
