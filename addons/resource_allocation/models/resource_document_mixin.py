"""What makes promises: a document, and its say in what happens to them."""

from odoo import api, models
from odoo.exceptions import UserError

from .resource_allocation import STEPS, UNDER_THE_DOOR, Door


class ResourceDocumentMixin(models.AbstractModel):
    """A document that makes promises in the ledger: the one door to their rows.

    Only such models may stand in a row's ``res_model``. Its own methods reach its rows
    through :meth:`_ledger`. Whoever else wants to change one (a list, a calendar, an
    import, RPC, another app) is sent here: first :meth:`_allocation_check` whether the
    user may, then :meth:`_allocation_do`, which does it or refuses. What came of it the
    document is told by :meth:`_allocation_changed`, :meth:`_allocation_expired` and
    :meth:`_allocation_at_risk`, whoever did it, also time or a fact.
    """

    _name = "resource.document.mixin"
    _description = "Document That Makes Promises"

    @api.model
    def _ledger(self, rows=None):
        """The ledger, or these rows of it, with the door of this kind of document open.

        For the document's own methods, which have checked what they do.
        """
        rows = self.env["resource.allocation"] if rows is None else rows
        return rows.with_env(self.env).with_context(
            **{UNDER_THE_DOOR: Door(self._name)}
        )

    # === ASKED BEFORE === #

    @api.model
    def _allocation_steps(self):
        """The ledger's methods that others may use on rows of this kind.

        Override to keep some to the document. ``write`` stands for purpose, person and
        responsible.
        """
        return STEPS

    def _allocation_check(self, step, rows):
        """Refuse where the user may not take this step on rows of these documents.

        Override to let people do what they may not write: a storekeeper hands over.

        :raise AccessError: without the right to change the document.
        """
        self.check_access("write")

    def _allocation_do(self, step, rows, *args, **kwargs):
        """Take the step, which was asked of the ledger; return the rows it returns.

        Override where more belongs to it: a rental's hand-over is a transfer.

        :raise UserError: for a step that is only taken on the document itself.
        """
        if step not in self._allocation_steps():
            label = self._allocation_labels().get(rows[:1].res_id)
            raise UserError(
                self.env._(
                    "%(row)s belongs to %(document)s: do this there.",
                    row=rows[:1].display_name,
                    document=label or self.env._("another document"),
                )
            )
        return getattr(self._ledger(rows), step)(*args, **kwargs)

    # === TOLD AFTER === #

    def _allocation_changed(self, changes):
        """React to what changed, once for each method of the ledger, in sudo.

        :param dict changes: ``{row: {field: value before}}``, of state, period, thing,
            quantity and risk, whatever changed them; before a new row all are None
        """

    def _allocation_expired(self, rows):
        """React to holds that lapsed, once, in the owner's company and language (C19).

        By default each row's responsible is told.
        """
        rows._notify_lapse()

    def _allocation_at_risk(self, rows):
        """React to promises that a fact left without a place, in sudo.

        By default each row's responsible gets an activity: on the document where it
        can have one, else on the row.
        """
        rows._schedule_risk_activities()

    # === CALLED === #

    def _allocation_labels(self):
        """What to call these documents for this user: ``{id: name}``.

        Without those that the user may not read; to them the ledger says *busy*.
        """
        readable = self.exists()._filtered_access("read")
        return {document.id: document.display_name for document in readable}
