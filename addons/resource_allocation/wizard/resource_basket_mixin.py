"""Periods chosen on a planning board, on their way to become documents."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..inputs import only_one


class ResourceBasketMixin(models.AbstractModel):
    """The window that makes documents of the periods chosen on a board (C22).

    An app inherits it, and :class:`ResourceBasketLineMixin` for ``line_ids``, adds for
    whom it is, and makes its documents in :meth:`_make`. The model whose records are
    the rows names it in ``_board_basket``.
    """

    _name = "resource.basket.mixin"
    _description = "Periods Chosen on a Board"

    has_misfits = fields.Boolean(compute="_compute_has_misfits")

    @api.depends("line_ids.problem")
    def _compute_has_misfits(self):
        for basket in self:
            basket.has_misfits = any(basket.line_ids.mapped("problem"))

    def action_make(self):
        """Make documents of all periods, or of none.

        :raise UserError: something does not fit, each said in words.
        """
        only_one(self)
        if misfits := self.line_ids.filtered("problem"):
            raise UserError("\n\n".join(misfits.mapped("problem")))
        return self._make_of(self.line_ids)

    def action_make_what_fits(self):
        """Make documents of the periods that fit; the others stay on the board.

        :raise UserError: none fits.
        """
        only_one(self)
        fitting = self.line_ids.filtered(lambda line: not line.problem)
        if not fitting:
            raise UserError("\n\n".join(self.line_ids.mapped("problem")))
        return self._make_of(fitting)

    def _make_of(self, lines):
        if not lines:
            raise UserError(self.env._("Choose periods on the board first."))
        message, then = self._make(lines)
        infos = {"made": lines.mapped("entry"), "message": message, "then": then}
        return {"type": "ir.actions.act_window_close", "infos": infos}

    def _make(self, lines):
        """Make the documents of ``lines``, all or none, with the user's own rights.

        :return: what was made, in words, and the action that opens then, or False.
        :raise AllocationConflict: something was taken meanwhile.
        """
        raise NotImplementedError


class ResourceBasketLineMixin(models.AbstractModel):
    """One period of one row: what for, and how many pieces."""

    _name = "resource.basket.line.mixin"
    _description = "Period Chosen on a Board"

    entry = fields.Integer(readonly=True, help="Which of the board's selections it is.")
    resource_id = fields.Many2one(
        "resource.resource",
        string="Item",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    start = fields.Datetime(string="From", required=True)
    stop = fields.Datetime(string="Until", required=True)
    quantity = fields.Integer(default=1, required=True)
    problem = fields.Text(
        compute="_compute_problem",
        help="Why it does not fit, and what is free instead.",
    )

    @api.depends(
        "resource_id",
        "start",
        "stop",
        "quantity",
        "wizard_id.line_ids.resource_id",
        "wizard_id.line_ids.start",
        "wizard_id.line_ids.stop",
        "wizard_id.line_ids.quantity",
    )
    def _compute_problem(self):
        """What the ledger would say to each, and to those of one window together."""
        for basket, lines in self.grouped("wizard_id").items():
            said = (basket.line_ids | lines)._say_problems()
            for line in lines:
                line.problem = said.get(line, False)

    def _say_problems(self):
        """Why these, of one window, do not fit together: ``{line: in words}``."""
        said = {line: text for line in self if (text := line._say_nonsense())}
        sound = self.filtered(lambda line: line not in said)
        try:
            return said | sound._ask_ledger()
        except UserError:
            # One of them is nothing the ledger could be asked: which, each says alone.
            for line in sound:
                try:
                    said |= line._ask_ledger()
                except UserError as error:
                    said[line] = str(error)
            return said

    def _ask_ledger(self):
        asked = [line._prepare_asking() for line in self]
        verdicts = self.env["resource.board.mixin"]._board_verdicts(asked)
        return {self[verdict["index"]]: verdict["message"] for verdict in verdicts}

    def _say_nonsense(self):
        """Why this is no period that could be had at all, or None."""
        if not (self.start and self.stop and self.start < self.stop):
            return self.env._("%s: it must end after it starts.", self._say_what())
        if self.stop <= fields.Datetime.now():
            return self.env._(
                "%s: that time is over, choose a later one.", self._say_what()
            )
        if self.quantity < 1:
            return self.env._("%s: enter how many, at least 1.", self._say_what())
        return None

    def _say_what(self):
        return self.resource_id.display_name

    def _prepare_asking(self):
        """What the ledger is asked: see ``resource.allocation.check``."""
        return {
            "resource_id": self.resource_id.id,
            "start": self.start,
            "stop": self.stop,
            "quantity": self.quantity,
        }
