from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.resource_allocation.inputs import only_one, to_day, to_whole


class LendingCard(models.Model):
    """What was acquired together: one fixed asset, or a number of equal small ones.

    Each piece is an asset with a code of its own and is lent by itself (D21); a fixed
    card is one piece, though it may be a set of units (D19, D20). Who has a piece is
    read from the one table of custody wherever it was entered, so neither the front
    of the card nor its list of pieces can tell anything else (LC4).
    """

    _name = "lending.card"
    _description = "Asset Card"
    _inherit = ["resource.guarded.mixin", "mail.thread"]
    _order = "code desc, id desc"
    _rec_names_search = ["name", "code"]
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True)
    code = fields.Char(string="Number", copy=False, readonly=True, index="trigram")
    kind = fields.Selection(
        [("small", "Small assets"), ("fixed", "Fixed asset")],
        required=True,
        default="small",
        help="Small assets: any number of equal pieces, each with its own code. Fixed "
        "asset: one thing or one set, with its depreciation.",
    )
    active = fields.Boolean(default=True)
    type_id = fields.Many2one(
        "lending.type", required=True, ondelete="restrict", index=True
    )
    category_id = fields.Many2one(related="type_id.category_id", store=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    place_id = fields.Many2one(
        "lending.place",
        check_company=True,
        index="btree_not_null",
        help="Where new pieces lie.",
    )
    quantity = fields.Integer(
        required=True,
        default=1,
        tracking=True,
        help="Raising it makes further pieces. It can be lowered until something has "
        "happened to one of them.",
    )
    asset_ids = fields.One2many(
        "lending.asset",
        "card_id",
        string="Pieces",
        context={"active_test": False},
        readonly=True,
    )
    sole_asset_id = fields.Many2one(
        "lending.asset", string="Piece", compute="_compute_sole_asset_id"
    )

    acquisition_date = fields.Date(string="Acquired on")
    acquisition_method = fields.Selection(
        [("purchase", "Purchase"), ("lease", "Lease")],
        string="Acquired by",
        default="purchase",
    )
    supplier_id = fields.Many2one(
        "res.partner", check_company=True, index="btree_not_null"
    )
    currency_id = fields.Many2one(
        related="company_id.currency_id",
        groups="resource_lending.lending_group_officer",
    )
    cost = fields.Monetary(
        groups="resource_lending.lending_group_officer",
        help="Fixed asset: of all its units. Small assets: of one piece.",
    )
    accumulated_depreciation = fields.Monetary(
        string="Accumulated depreciation",
        groups="resource_lending.lending_group_officer",
        help="Written down so far, of all units still there.",
    )
    book_value = fields.Monetary(
        compute="_compute_book_value",
        groups="resource_lending.lending_group_officer",
    )
    units = fields.Integer(
        default=1,
        tracking=True,
        help="Units of a set still there: chairs of a row, shelves of a rack. Part of "
        "them can be written off.",
    )
    write_off_ids = fields.One2many(
        "lending.card.write.off", "card_id", string="Written off in part", readonly=True
    )

    _code_unique = models.UniqueIndex(
        "(code, company_id)", "Another card of the company has this number."
    )
    _amounts_make_sense = models.Constraint(
        "CHECK (units >= 1 AND cost >= 0 AND accumulated_depreciation >= 0"
        " AND accumulated_depreciation <= cost)",
        "A card has at least one unit, and depreciation lies between zero and the "
        "cost.",
    )

    @api.depends("asset_ids")
    def _compute_sole_asset_id(self):
        for card in self:
            pieces = card.asset_ids
            card.sole_asset_id = pieces if len(pieces) == 1 else False

    @api.depends("cost", "accumulated_depreciation")
    def _compute_book_value(self):
        for card in self:
            card.book_value = card.cost - card.accumulated_depreciation

    @api.depends("name", "code")
    def _compute_display_name(self):
        for card in self:
            card.display_name = f"{card.name} ({card.code})" if card.code else card.name

    @api.constrains("kind", "quantity", "units")
    def _check_quantity(self):
        for card in self:
            if card.quantity < 1:
                raise ValidationError(
                    self.env._("%s: a card has at least one piece.", card.display_name)
                )
            if card.kind == "fixed" and card.quantity != 1:
                raise ValidationError(
                    self.env._(
                        "%s: a fixed asset is one piece, its quantity stays 1. Enter "
                        "units for a set, or make a card of small assets.",
                        card.display_name,
                    )
                )
            if card.kind == "small" and card.units != 1:
                raise ValidationError(
                    self.env._(
                        "%s: units belong to fixed assets. Raise the quantity of a "
                        "card of small assets instead.",
                        card.display_name,
                    )
                )

    @api.model
    def _guarded_fields(self):
        """What follows from the type."""
        return super()._guarded_fields() | {"category_id"}

    @api.model_create_multi
    def create(self, vals_list):
        """Number the cards and make their pieces (D21)."""
        sequence = self.env["ir.sequence"]
        numbered = [
            {**vals, "code": vals.get("code") or sequence.next_by_code("lending.card")}
            for vals in vals_list
        ]
        cards = super().create(numbered)
        cards._make_pieces()
        return cards

    def write(self, vals):
        """Make further pieces when the quantity is raised (D21, D22).

        :raise UserError: it is lowered though something happened to a piece.
        """
        if "quantity" not in vals:
            return super().write(vals)
        lowered = self.filtered(lambda card: card.quantity > vals["quantity"])
        lowered._check_may_lower()
        done = super().write(vals)
        # Also refused for who may not delete things: what is lowered never was used.
        lowered._drop_pieces()
        (self - lowered)._make_pieces()
        return done

    def _check_may_lower(self):
        pieces = self.asset_ids
        # Whatever happened counts, also what this officer may not read.
        used = (
            self.env["lending.event"]
            .sudo()
            .search([("asset_id", "in", pieces.ids)], limit=1)
            .asset_id
            or self.env["lending.loan"]
            .sudo()
            .search([("asset_id", "in", pieces.ids)], limit=1)
            .asset_id
        )
        if used:
            raise UserError(
                self.env._(
                    "The quantity of %(card)s cannot be lowered: %(piece)s has a "
                    "history already. Write off the pieces that are gone.",
                    card=used.card_id.display_name,
                    piece=used.display_name,
                )
            )

    def _drop_pieces(self):
        """Delete the pieces above the quantity; nothing ever happened to them."""
        for card in self:
            surplus = card.asset_ids.sorted("id")[card.quantity :]
            # Officers may not delete things; these are a mistake in counting.
            surplus.sudo()._store({"card_id": False})
            surplus.sudo().unlink()

    def _make_pieces(self):
        """Create the pieces that the quantity asks for, in one batch."""
        self.env["lending.asset"]._insert(
            [vals for card in self for vals in card._prepare_pieces_vals()]
        )

    def _prepare_pieces_vals(self):
        """Values of the pieces still to be made; codes count on (D21)."""
        self.ensure_one()
        missing = self.quantity - len(self.asset_ids)
        number = self._last_piece_number()
        return [
            {
                "name": self.name,
                "code": f"{self.code}-{number + index:03d}",
                "card_id": self.id,
                "type_id": self.type_id.id,
                "place_id": self.place_id.id,
                "company_id": self.company_id.id,
                "acquisition_date": self.acquisition_date,
                "acquisition_method": self.acquisition_method,
                "supplier_id": self.supplier_id.id,
                "value": self.cost,
            }
            for index in range(1, missing + 1)
        ]

    def _last_piece_number(self):
        tails = [code.rpartition("-")[2] for code in self.asset_ids.mapped("code")]
        return max((int(tail) for tail in tails if tail.isdigit()), default=0)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        self._check_may_lower()

    def unlink(self):
        """Take the pieces along, as long as nothing happened to them."""
        pieces = self.asset_ids
        done = super().unlink()
        pieces.unlink()
        return done

    # === WRITE-OFF IN PART === #

    def write_off_part(self, units, date):
        """Write off some units of a set, with their share of the depreciation (D20).

        :param int units: how many, fewer than are still there.
        :param date date: local day, today or before.
        :return: the write-off, ``lending.card.write.off``.
        :raise UserError: not a set, more than is there, or in the future.
        """
        only_one(self)
        units, date = to_whole(self.env, units), to_day(self.env, date)
        return self.env["lending.card.write.off"].create(
            {"card_id": self.id, "units": units, "date": date}
        )

    def _post_write_off(self, values):
        """Override to post what was written off in part.

        :param dict values: ``write_off_id``, ``date``, ``units``, ``share``, and in the
            card's currency ``cost``, ``accumulated_depreciation``, ``loss``.
        """

    def action_write_off_part(self):
        """Ask how many units are gone."""
        only_one(self)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Write off in part"),
            "res_model": "lending.card.write.off",
            "view_mode": "form",
            "target": "new",
            "context": {"default_card_id": self.id},
        }

    def action_view_pieces(self):
        """Show the pieces, also those written off."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "resource_lending.lending_asset_action"
        )
        return {
            **action,
            "domain": [("card_id", "in", self.ids)],
            "context": {"active_test": False},
        }
