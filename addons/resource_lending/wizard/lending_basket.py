from odoo import api, fields, models
from odoo.exceptions import UserError


class LendingBasket(models.TransientModel):
    """Makes reservations of the periods chosen on the planning board (C22, L4)."""

    _name = "lending.basket"
    _description = "Reserve What Was Chosen"
    _inherit = ["lending.holder.mixin", "resource.basket.mixin"]

    line_ids = fields.One2many("lending.basket.line", "wizard_id", string="Items")
    due_date = fields.Date(compute="_compute_due_date")
    pickup_place = fields.Char(
        string="Collect at", help="For example: Reception, 1st floor. May stay empty."
    )
    note = fields.Text(string="Remarks")
    summary = fields.Text(compute="_compute_summary", string="Will Be Made")

    @api.depends("line_ids.stop")
    def _compute_due_date(self):
        """The last of all; each item has its own."""
        for basket in self:
            stops = [stop for stop in basket.line_ids.mapped("stop") if stop]
            basket.due_date = max(stops, default=False)

    @api.depends("line_ids.employee_id", "line_ids.kind", "holder_name")
    def _compute_summary(self):
        for basket in self:
            basket.summary = "\n".join(
                self.env._(
                    "%(holder)s: %(items)s.",
                    holder=holder or self.env._("Nobody yet"),
                    items=", ".join(line._say_what() for line in lines),
                )
                for holder, lines in basket.line_ids.grouped(
                    lambda line: line._holder_name()
                ).items()
            )

    def _make(self, lines):
        """Reserve all, for each person; open the hand-over of what is for now.

        :raise UserError: nobody is chosen, lost or outdated.
        :raise AllocationConflict: taken meanwhile.
        """
        assets = lines._assets()
        loans = self.env["lending.loan"].reserve(
            [line._prepare_loan(assets[line]) for line in lines]
        )
        now = loans.browse(
            loan.id
            for line, loan in zip(lines, loans, strict=True)
            if line.kind == "hand_out"
        )
        message = self.env._(
            "Reserved: %s.",
            ", ".join(
                self.env._(
                    "%(item)s for %(holder)s",
                    item=loan.asset_id.display_name,
                    holder=loan.holder_name,
                )
                for loan in loans
            ),
        )
        return message, now.action_hand_out() if now else False


class LendingBasketLine(models.TransientModel):
    """One thing for one period, for whom the window says or for somebody else."""

    _name = "lending.basket.line"
    _description = "Item to Reserve"
    _inherit = ["resource.basket.line.mixin"]

    wizard_id = fields.Many2one(
        "lending.basket", required=True, ondelete="cascade", index=True
    )
    kind = fields.Selection(
        [("reservation", "Reservation"), ("hand_out", "Hand out at once")],
        required=True,
        default="reservation",
    )
    employee_id = fields.Many2one(
        "hr.employee",
        string="For Another",
        help="Empty: for whom all of it is.",
    )

    def _assets(self):
        """The thing of each of these: ``{line: asset}``.

        :raise UserError: for one that is not lent any more.
        """
        found = self.env["lending.asset"].search(
            [("resource_id", "in", self.resource_id.ids)]
        )
        by_resource = {asset.resource_id: asset for asset in found}
        for line in self:
            if line.resource_id not in by_resource:
                raise UserError(
                    self.env._("%s is not lent any more.", line._say_what())
                )
        return {line: by_resource[line.resource_id] for line in self}

    def _holder_name(self):
        return self.employee_id.name or self.wizard_id.holder_name

    def _prepare_loan(self, asset):
        """Values of the reservation: see ``lending.loan.reserve``.

        :raise UserError: nobody is chosen.
        """
        basket = self.wizard_id
        if self.employee_id:
            holder = {"employee_id": self.employee_id.id}
        else:
            holder = basket._holder_vals()
        return {
            **holder,
            "asset_id": asset.id,
            "start_at": self.start,
            "due_at": self.stop,
            # What is to be had at once is not to be collected at an hour.
            "pickup_at": self.start > fields.Datetime.now() and self.start,
            "pickup_place": basket.pickup_place,
            "note": basket.note,
        }
