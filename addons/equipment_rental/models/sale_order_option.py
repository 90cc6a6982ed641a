"""Options: a quotation that keeps its items until some time (C18, C19)."""

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_datetime, plaintext2html

from odoo.addons.resource_allocation.inputs import only_one


class SaleOrder(models.Model):
    _inherit = "sale.order"

    rental_hold_until = fields.Datetime(
        string="Option Until",
        readonly=True,
        copy=False,
        help="Until then the items are kept for the customer. Then the option lapses "
        "by itself and costs nothing.",
    )

    def _rental_follow_option(self, changed):
        """Note until when these orders keep items, as the ledger tells it was changed.

        The order's own word, so that what the ledger lost otherwise is found.

        :param changed: rows of these orders' lines
        """
        holds = changed.filtered(lambda row: row.state == "hold").grouped("res_id")
        for order in self:
            told = [row for line in order.order_line.ids for row in holds.get(line, ())]
            if not told and order.order_line._rental_rows("hold"):
                continue
            until = min((row.hold_until for row in told), default=False)
            if until != order.rental_hold_until:
                order._store({"rental_hold_until": until})

    def _has_option(self):
        """Whether this quotation keeps items right now."""
        self.ensure_one()
        until = self.rental_hold_until
        return (
            self.state in ("draft", "sent")
            and bool(until)
            and until > fields.Datetime.now()
        )

    def _rental_place_option(self, until):
        """Keep the items of these quotations until ``until`` (UTC), all or none (C18).

        An option that runs or lapsed is prolonged.

        :raise UserError: not a quotation any more, nothing to rent, or a time that
            is over or after the rental starts.
        :raise AllocationConflict: says who has it, when, and what is free.
        """
        for order in self:
            lines = order.order_line.filtered("is_rental")
            if problem := order._rental_option_problem(lines, until):
                raise UserError(problem)
            lines._rental_hold(until)
            order.message_post(
                body=self.env._("Option until %s", order._rental_clock(until))
            )

    def _rental_option_problem(self, lines, until):
        """What keeps this order's lines from being held until then, or False."""
        if self.state not in ("draft", "sent"):
            return self.env._("%s is not a quotation any more.", self.name)
        if not lines:
            return self.env._("%s: there is no item to rent on it yet.", self.name)
        if problem := self._rental_line_problem(lines):
            return problem
        if until <= fields.Datetime.now():
            return self.env._("The option would be over already: choose a later time.")
        if until > min(lines.mapped("rental_start")):
            return self.env._(
                "An option cannot run longer than until the rental starts."
            )
        return False

    def _rental_clock(self, moment):
        """``moment`` (UTC) as the clock on the rental's wall says it."""
        zone = self.order_line[:1]._get_rental_tz()
        return format_datetime(self.env, moment, tz=zone, dt_format="short")

    def action_rental_option(self):
        """Ask until when the items are kept, then keep them (C18)."""
        only_one(self)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Option"),
            "res_model": "rental.option",
            "view_mode": "form",
            "target": "new",
            "context": {"default_order_id": self.id},
        }

    def action_rental_option_release(self):
        """Give up the option: the items are free for others, at no cost."""
        lines = self.filtered(lambda order: order.state in ("draft", "sent")).order_line
        lines._rental_give_up(lines._rental_rows("hold", "expired"))

    def write(self, vals):
        """Whoever is responsible now is told what becomes of the promises."""
        done = super().write(vals)
        if "user_id" in vals:
            self._rental_follow_responsible()
        return done

    def _rental_responsible(self):
        """Who answers for the order: its salesperson, else who acts or made it.

        Never a customer who confirms it, nor a job; nobody where there is only these.
        """
        self.ensure_one()
        users = self.user_id + self.env.user + self.sudo().create_uid
        return users._first_responsible()

    def _rental_remind(self, summary, note="", kind="mail.mail_activity_data_todo"):
        """Leave whoever answers for the order something to do.

        :param str note: plain text: people's words may stand in it
        """
        self.ensure_one()
        # Narrow sudo: one activity on this order, also by those who may not write it.
        self.sudo().activity_schedule(
            kind,
            summary=summary,
            note=plaintext2html(note),
            user_id=self._rental_responsible().id or self.env.uid,
        )

    def _rental_follow_responsible(self):
        """Name today's responsible in the ledger."""
        # Narrow sudo: whoever may change the responsible changes no promise.
        orders = self.filtered("is_rental_order").sudo()
        for user, theirs in orders.grouped(
            lambda order: order._rental_responsible()
        ).items():
            rows = theirs.order_line._rental_rows("hold", "reserved", "out")
            (rows | rows.leaf_ids).write({"user_id": user.id})

    def unlink(self):
        """A deleted quotation keeps nothing; PostgreSQL deletes its lines."""
        self.action_rental_option_release()
        return super().unlink()
