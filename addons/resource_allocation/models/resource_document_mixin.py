"""What makes promises: a document, and its say in what happens to them."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..core.truth import differences
from .resource_allocation import CORRECTIONS, FACTS, MOVES, UNDER_THE_DOOR, Door

LIVE_ROOTS = [("live", "=", True), ("root_id", "=", False)]


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
    _compared = False
    """Whether it says what it expects of the ledger (``_expected_allocations``)."""

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

    def _allocation_approve(self, asked):
        """Refuse promises that these documents have no business with.

        Asked for whatever their own methods promise or change, whoever acts. By
        default that needs the user's own rights on the ledger. Override to let people
        ask who have none, employees and customers: the ledger then does what is
        approved and checks nothing but this, so compare resource, period and quantity
        with the document, and the document with what the *user* may read.

        :param list asked: ``(document, values)`` of each row as it would be, among them
            ``resource_id``, ``start``, ``stop`` (UTC), ``quantity``, ``kind``
        :raise AccessError: naming what is refused.
        """
        ledger = self.env["resource.allocation"]
        ledger.check_access("create")
        wanted = self.env["resource.resource"].browse(
            {vals["resource_id"] for _document, vals in asked}
        )
        wanted.check_access("read")
        facts = {vals["resource_id"] for _doc, vals in asked if vals["kind"] in FACTS}
        if facts:
            ledger._check_responsible(
                wanted.browse(facts), self.env._("record blocks and extra supply")
            )

    @api.model
    def _allocation_steps(self):
        """The ledger's methods that others may use on rows of this kind, of ``STEPS``.

        None by default. Override to offer those that the document agrees with, or does
        itself. ``change`` stands for all that moves a row, ``write`` for its purpose
        and responsible.
        """
        return frozenset()

    def _allocation_check(self, step, rows):
        """Refuse where the user may not take this step on rows of these documents.

        The user's own rights count, whatever acts in sudo. Override to let people do
        what they may not write: a storekeeper hands over.

        :raise AccessError: without the right to change the document; for corrections
            but by a resource manager.
        """
        self.check_access("write")
        if step in CORRECTIONS:
            rows._check_manager(self.env._("correct what was already done"))

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

    @api.model
    def _check_only_moved(self, rows, wanted):
        """Refuse a ``change`` of what the document alone decides: buffers and holds.

        For documents that follow a change of their rows, which else would drop it.

        :param list wanted: a dictionary for each row
        :raise UserError: naming the row.
        """
        for row, vals in zip(rows, wanted, strict=True):
            if vals.keys() - MOVES - {"pinned"}:
                raise UserError(
                    self.env._(
                        "%s: only period, thing and quantity are changed here, the "
                        "rest follows from its document.",
                        row.display_name,
                    )
                )

    def _allocation_takes(self, resources):
        """Which of these resources could stand in rows of these documents instead.

        All, unless overridden. Others are not offered to relocate to.
        """
        return resources

    # === WHO ANSWERS FOR IT === #

    def _allocation_responsible(self):
        """Whom the rows of this document name as responsible, or nobody.

        Who acts; where a job or somebody from outside does, who made the document.
        Override where the document names somebody.
        """
        self.ensure_one()
        return (self.env.user + self.sudo().create_uid)._first_responsible()

    @api.model
    def _allocation_waits(self):
        """Whether what was never collected is promised until the documents give it up.

        Unless overridden the ledger ends it, some days after its time, and tells them.
        """
        return False

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

    def unlink(self):
        """Keep documents that live promises or facts belong to.

        :raise UserError: naming one; end or cancel these first.
        """
        self.check_access("unlink")
        self._check_nothing_lives()
        return super().unlink()

    def _check_nothing_lives(self):
        # Sudo: rows count whoever may read them.
        rows = self.env["resource.allocation"].sudo()
        live = rows.search(
            [
                ("res_model", "=", self._name),
                ("res_id", "in", self.ids),
                ("live", "=", True),
            ],
            limit=1,
        )
        if live:
            raise UserError(
                self.env._(
                    "%s still takes something for itself: cancel or end that first.",
                    self.browse(live.res_id).display_name,
                )
            )

    # === COMPARED === #

    @api.model
    def _domain_expecting(self):
        """Documents that should have something in the ledger. Override to say which.

        Those that have something there are compared as well.
        """
        return Domain.FALSE

    def _expected_allocations(self):
        """What the ledger should have of these now: ``{id: [Expected]}``, in sudo.

        Override, with ``_compared = True``, to let a job compare every night.
        """
        return {}

    def _repair_allocations(self):
        """Bring the ledger in line with these documents, with the user's own rights.

        Override with the method that makes the ledger follow your documents.

        :raise UserError: this kind of document has none.
        """
        raise UserError(self.env._("Look into the documents and correct them there."))

    @api.model
    def _ids_to_compare(self):
        """Documents that expect something, or have something in the ledger."""
        live = self.env["resource.allocation"]._read_group(
            [("res_model", "=", self._name), *LIVE_ROOTS], ["res_id"]
        )
        every = self.with_context(active_test=False)
        return {one for (one,) in live} | set(every._search(self._domain_expecting()))

    def _live_rows(self):
        """All that lives in the ledger of these documents, in sudo."""
        rows = self.env["resource.allocation"].sudo()
        return rows.search(
            [("res_model", "=", self._name), ("res_id", "in", self.ids), *LIVE_ROOTS]
        )

    def _differences(self):
        """How the ledger differs from these: ``{id: (missing, surplus)}``, in sudo."""
        expected = self.exists()._expected_allocations()
        now = fields.Datetime.now()
        found = self._live_rows()._as_expected(expected, now).items()
        every = {**dict.fromkeys(self.ids, []), **dict(found)}
        return {
            document: sides
            for document, there in every.items()
            if any(sides := differences(expected.get(document, []), there, now))
        }

    # === CALLED === #

    def _allocation_worth(self):
        """What these documents come to: ``{name: (amount, currency)}``, or in words.

        Override where a change of the ledger's rows changes a price, or a status:
        whoever moves one on the planning board reads the difference before it is saved.
        """
        return {}

    def _allocation_contacts(self):
        """Whom to call about these documents: ``{id: partner}``, for who reads them.

        Override to name who is at hand on the planning board.
        """
        return {}

    def _allocation_labels(self):
        """What to call these documents for this user: ``{id: name}``.

        Without those that the user may not read; to them the ledger says *busy*.
        """
        readable = self.exists()._filtered_access("read")
        return {document.id: document.display_name for document in readable}
