from collections import defaultdict

from odoo import api, models
from odoo.tools import split_every

STEP = 100
"""Digests that are written, stamped and committed together."""


class LendingReminder(models.AbstractModel):
    """Reminds people of what they have to bring back: one message a day and person.

    What was mentioned is stamped on its row in the transaction that queues the message,
    so that a run that is cut off goes on where it stopped and nobody hears twice.
    """

    _name = "lending.reminder"
    _description = "Lending Reminder"

    @api.model
    def _cron_remind(self):
        """Send today's digests, then tell managers what stays away, in steps."""
        plan = [("digest", key, ids) for key, ids in self._plan_digests().items()] + [
            ("escalation", key, ids) for key, ids in self._plan_escalations().items()
        ]
        left = len(plan)
        self.env["ir.cron"]._commit_progress(remaining=left)
        for step in split_every(STEP, plan, list):
            for kind, send in (
                ("digest", self._send_digests),
                ("escalation", self._send_escalations),
            ):
                todo = {key: ids for what, key, ids in step if what == kind}
                if todo:
                    send(todo)
            left -= len(step)
            self.env.invalidate_all()
            progress = self.env["ir.cron"]._commit_progress
            if not progress(len(step), remaining=left):
                return

    # === WHO IS TO BE TOLD WHAT === #

    @api.model
    def _plan_digests(self):
        """``{partner id: (own loan ids, loan ids of those they answer for)}`` for those
        with a reason to be written to today."""
        mentions, due, told = defaultdict(lambda: ([], [])), set(), set()
        for loan in self._candidates():
            if not loan._is_to_mention():
                continue
            lasts = loan._told_on(), loan.sponsor_reminded_on
            people = loan._reminder_partners()
            for place, (partner, last) in enumerate(zip(people, lasts, strict=True)):
                if not partner:
                    continue
                mentions[partner.id][place].append(loan.id)
                if loan._is_reminder_due(last):
                    due.add(partner.id)
                if self._stamp_of(loan, place) == loan._reminder_today():
                    told.add(partner.id)
        return {key: mentions[key] for key in sorted(due - told)}

    @api.model
    def _stamp_of(self, loan, place):
        return loan.sponsor_reminded_on if place else loan.last_reminded_on

    @api.model
    def _plan_escalations(self):
        """``{partner id of the manager: loan ids}``."""
        plan = defaultdict(list)
        for loan in self._candidates():
            if loan._is_escalation_due():
                manager = loan._manager_partner().filtered("email")
                if manager:
                    plan[manager.id].append(loan.id)
        return dict(sorted(plan.items()))

    @api.model
    def _candidates(self):
        """Rows to look at, piece by piece: never all of them in memory."""
        Loan = self.env["lending.loan"]
        domain = Loan._domain_to_remind() & Loan._domain_due_within_notice()
        for ids in split_every(1000, Loan.search(domain, order="id").ids):
            yield from Loan.browse(ids)
            self.env.invalidate_all()

    # === WRITING === #

    @api.model
    def _send_digests(self, plan):
        """Queue one message for each of these people and stamp what it names."""
        ids = {id_ for own, others in plan.values() for id_ in (*own, *others)}
        still = self._still_out(ids)
        digests = {}
        for key, (own, others) in plan.items():
            own, others = still & still.browse(own), still & still.browse(others)
            if own or others:
                digests[key] = self._digest(own, others)
        self._send("mail_template_digest", digests)
        for name, place in (
            ("last_reminded_on", "own"),
            ("sponsor_reminded_on", "others"),
        ):
            told = self._union(digest[place] for digest in digests.values())
            self._stamp(told, name)

    @api.model
    def _send_escalations(self, plan):
        """Queue one message for each manager and stamp what it names."""
        still = self._still_out({id_ for ids in plan.values() for id_ in ids})
        digests = {}
        for key, ids in plan.items():
            if loans := still & still.browse(ids):
                digests[key] = self._digest(loans[:0], loans)
        self._send("mail_template_escalation", digests)
        self._stamp(
            self._union(digest["others"] for digest in digests.values()),
            "escalated_on",
        )

    @api.model
    def _still_out(self, ids):
        """Of rows planned before, those that are still out and at nobody else's hands
        in this moment: what is being taken back is nobody's to remind."""
        Loan = self.env["lending.loan"]
        free = Loan.browse(sorted(ids)).try_lock_for_update()
        return free.filtered_domain(Loan._domain_to_remind())

    @api.model
    def _digest(self, own, others):
        """What a message names; the most urgent first."""
        rows = own | others
        return {
            "own": own.sorted(lambda loan: (loan._deadline(), loan.id)),
            "others": others.sorted(lambda loan: (loan._deadline(), loan.id)),
            "company": rows[0].company_id,
            "count": len(rows),
            "url": own[0]._portal_url() if own else False,
        }

    @api.model
    def _union(self, groups):
        loans = self.env["lending.loan"]
        return loans.browse({id_ for group in groups for id_ in group._ids})

    @api.model
    def _stamp(self, loans, name):
        for today, group in loans.grouped(lambda one: one._reminder_today()).items():
            group._store({name: today})

    @api.model
    def _send(self, template, digests):
        """Queue the messages; in the language of each, without a trace on contacts."""
        if not digests:
            return
        template = self.env.ref(f"resource_lending.{template}")
        template.with_context(lending_digests=digests).send_mail_batch(
            list(digests),
            email_values={"model": False, "res_id": False},
        )
