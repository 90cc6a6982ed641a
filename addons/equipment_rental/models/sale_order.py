from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import float_compare

AGREED = {
    "is_rental_order", "is_rental", "rental_start", "rental_stop", "rental_own_period",
    "rental_deposit",
}  # fmt: skip
"""Agreed with the customer, on the order and its lines: not the accountant's."""
CONFIRMING, BY_BUTTON = "rental_confirming", object()
"""In the context while the button confirms; no client can send an object."""


class SaleOrder(models.Model):
    """A rental order is a sale order: the contract with the tenant (C1, C4).

    What is promised, out and back stands in the ledger; the status is read from there.
    """

    _name = "sale.order"
    _inherit = ["sale.order", "resource.guarded.mixin"]

    is_rental_order = fields.Boolean(
        string="Rental Order",
        help="Rentable items on it are rented out; other lines sell.",
    )
    rental_start = fields.Datetime(
        string="Rental From",
        copy=False,
        help="For all lines without a period of their own.",
    )
    rental_stop = fields.Datetime(
        string="Rental Until",
        copy=False,
        help="The moment the items are due back. For all lines without a period of "
        "their own.",
    )
    rental_transfer_ids = fields.One2many(
        "stock.picking",
        "sale_id",
        string="Hand-overs and Returns",
        domain=[("rental_direction", "!=", False)],
        readonly=True,
    )

    _rental_period = models.Constraint(
        "CHECK (rental_start IS NULL OR rental_stop IS NULL"
        " OR rental_start < rental_stop)",
        "A rental must end after it starts.",
    )

    @api.model
    def _guarded_fields(self):
        """What follows from promises and deposits."""
        return super()._guarded_fields() | {
            "rental_status", "rental_hold_until",
            "rental_deposit_due", "rental_deposit_held",
        }  # fmt: skip

    # === COMPUTES === #

    def _compute_project_ids(self):
        """Accountants open orders, too; core asks for what only sellers may read."""
        if self.env.user.has_group("sales_team.group_sale_salesman"):
            return super()._compute_project_ids()
        # Narrow sudo: which projects there are; unreadable ones are left out below.
        done = super(SaleOrder, self.sudo())._compute_project_ids()
        for order in self:
            order.project_ids = order.project_ids._filtered_access("read")
            order.project_count = len(order.project_ids.filtered("active"))
        return done

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        """A rental that comes in confirmed is confirmed as with the button."""
        defaults = self.default_get(["is_rental_order", "state"])
        typed = [
            values.get("state") == "sale" and bool(values.get("is_rental_order"))
            for values in ({**defaults, **vals} for vals in vals_list)
        ]
        orders = super().create(
            [
                {**vals, "state": "draft"} if confirmed else vals
                for vals, confirmed in zip(vals_list, typed, strict=True)
            ]
        )
        orders._rental_confirm_as_typed(
            {
                order: vals.get("date_order")
                for order, vals, confirmed in zip(orders, vals_list, typed, strict=True)
                if confirmed
            }
        )
        return orders

    def write(self, vals):
        """Lines follow the order's period and project, in the ledger too.

        A rental quotation whose status is written is confirmed as with the button.
        """
        self._check_rental_seller(self, AGREED & vals.keys())
        if vals.get("state") == "sale" and (typed := self._rental_not_confirmed()):
            (self - typed).write(vals)
            typed.write({name: vals[name] for name in vals if name != "state"})
            typed._rental_confirm_as_typed(dict.fromkeys(typed, vals.get("date_order")))
            return True
        if "is_rental_order" in vals:
            self._check_rental_switch(vals["is_rental_order"])
        if {"rental_start", "rental_stop"} & vals.keys():
            self._check_rental_unlocked()
        if "order_line" in vals:
            # Its lines follow one after the other.
            lines = self.filtered("is_rental_order").order_line
            lines._rental_lock(self.env["rental.pool"])
        projects = (
            {order: order.project_id for order in self} if "project_id" in vals else {}
        )
        done = super().write(vals)
        for order, project in projects.items():
            order._move_analytic_distribution(project)
        if {"rental_start", "rental_stop"} & vals.keys():
            self.order_line._rental_follow()
        return done

    @api.model
    def _check_rental_seller(self, records, names):
        """Core lets accountants write orders; what is rented, and when, they read.

        :param records: orders, or lines
        :param names: fields to write that were agreed with the customer
        :raise AccessError: for somebody who neither sells nor rents out.
        """
        seller = "sales_team.group_sale_salesman"
        if names and not (self.env.su or self.env.user.has_group(seller)):
            raise AccessError(
                self.env._(
                    "%(record)s: only salespeople and rental clerks change "
                    "“%(field)s”. Ask one of them.",
                    record=records[:1].display_name,
                    field=records._fields[min(names)]._description_string(self.env),
                )
            )

    def _check_rental_switch(self, is_rental):
        """Refuse to turn a confirmed rental into a sale, or a sale into a rental."""
        changed = self.filtered(
            lambda order: order.state == "sale" and order.is_rental_order != is_rental
        )
        if changed:
            raise UserError(
                self.env._(
                    "%s is confirmed: a rental cannot become a sale any more, nor a "
                    "sale a rental.",
                    ", ".join(changed.mapped("name")),
                )
            )

    def _check_rental_unlocked(self):
        if locked := self.filtered(
            lambda order: order.locked and order.is_rental_order
        ):
            raise UserError(
                self.env._(
                    "%s is locked: unlock it before you change its period.",
                    ", ".join(locked.mapped("name")),
                )
            )

    def _move_analytic_distribution(self, project):
        """Put the new project where lines carry ``project``, the one before (C38).

        Core only fills in what is missing, so a line would stay with the old project.
        """
        if not self.is_rental_order:
            return
        # Narrow sudo: whoever writes the order need not see the projects' accounts.
        before = project.sudo()._get_analytic_distribution()
        after = self.project_id.sudo()._get_analytic_distribution()
        if before and before != after:
            self.order_line.filtered(
                lambda line: line.analytic_distribution == before
            ).analytic_distribution = after

    # === SENDING, CONFIRMING AND CANCELLING === #

    def action_quotation_send(self):
        """Send no offer that costs nothing because nobody gave the item a price."""
        rentals = self.filtered(
            lambda order: order.is_rental_order and order.state in ("draft", "sent")
        )
        rentals._check_rental_lines(rentals.order_line.filtered("is_rental"))
        return super().action_quotation_send()

    def _confirmation_error_message(self):
        if message := super()._confirmation_error_message():
            return message
        if not self.is_rental_order:
            return False
        clerk = "equipment_rental.equipment_rental_group_user"
        if not (self.env.su or self.env.user.has_group(clerk)):
            return self.env._("Only a rental clerk can confirm a rental order.")
        if not (self.project_id or self.env.su):
            return self.env._(
                "%s needs a project to book the rental on: choose one, or press "
                "“New project”.",
                self.name,
            )
        return self._rental_begun_problem() or self._rental_line_problem(
            self.order_line.filtered("is_rental")
        )

    def _rental_begun_problem(self):
        """What was handed over in an order that ended, in words, or False.

        It is this order's history: begun anew, its pieces would count as back already.
        """
        begun = self.order_line.filtered(
            lambda line: line.rental_qty_out or line.rental_qty_back
        )
        if not begun:
            return False
        return self.env._(
            "%(order)s: %(items)s was handed over already, so the order does not begin "
            "anew. Make a new one with Duplicate.",
            order=self.name,
            items=", ".join(begun.product_id.mapped("display_name")),
        )

    def action_draft(self):
        """:raise UserError: for an order of which something was handed over."""
        for order in self:
            if problem := order._rental_begun_problem():
                raise UserError(problem)
        return super().action_draft()

    def _check_rental_lines(self, lines):
        """:raise UserError: for the first of ``lines`` that cannot be promised."""
        if problem := self._rental_line_problem(lines):
            raise UserError(problem)

    def _rental_line_problem(self, lines):
        """What keeps these lines from being promised, in words, or False (C7, C8)."""
        for line in lines:
            item = line.product_id.display_name
            pieces = line._rental_pieces()
            if not line.rental_start or not line.rental_stop:
                return self.env._(
                    "%s: say from when until when it is rented, on the order or on the "
                    "line.",
                    item,
                )
            if pieces < 0 or float_compare(pieces, round(pieces), precision_digits=3):
                return self.env._("%s: only whole pieces can be rented.", item)
            if pieces and not line.price_unit and line.discount < 100:
                return self.env._(
                    "%s has no price: type one, or give the item a rental price. What "
                    "is free of charge gets a discount of 100 %%.",
                    item,
                )
        return False

    def _rental_not_confirmed(self):
        """Rental quotations among these that no button is confirming just now."""
        if self.env.context.get(CONFIRMING) is BY_BUTTON:
            return self.browse()
        return self.filtered(
            lambda order: order.is_rental_order and order.state in ("draft", "sent")
        )

    @api.model
    def _rental_confirm_as_typed(self, dates):
        """Confirm what came in as confirmed, by import or by a program (C36).

        Nobody is there to choose a project: who names none gets one of its own.

        :param dict dates: ``{order: its order date, where one was sent}``
        """
        if not (orders := self.browse().union(*dates)):
            return
        orders.filtered(lambda order: not order.project_id).action_rental_new_project()
        orders.action_confirm()
        for order, date in dates.items():
            if date:
                order.date_order = date

    def action_confirm(self):
        """Let :meth:`write` know that it is the button that writes the status."""
        orders = self.with_context(**{CONFIRMING: BY_BUTTON})
        return super(SaleOrder, orders).action_confirm()

    def _action_confirm(self):
        """Confirmed is reserved in the ledger: all lines, or none (C15)."""
        orders = self.filtered("is_rental_order")
        for order in orders:
            if not order.project_id:
                # A customer who signs or pays in the portal cannot choose one.
                order.action_rental_new_project()
            order._ensure_project_account()
        done = super()._action_confirm()
        for order in orders:
            order._add_reservation_fees()
        # Last, because the ledger locks what it promises until the commit.
        orders.order_line._rental_reserve()
        return done

    def _action_cancel(self):
        self.order_line._rental_release()
        return super()._action_cancel()

    def _ensure_project_account(self):
        """Every line carries the analytic account of the order's project (C38)."""
        # Narrow sudo: a clerk may not write projects, yet each rental is booked on one.
        project = self.project_id.sudo()
        if not project.account_id:
            project._create_analytic_account()
        lines = self.order_line.filtered(
            lambda line: not line.display_type and not line.analytic_distribution
        )
        lines.analytic_distribution = project._get_analytic_distribution()

    # === ACTIONS === #

    def action_rental_new_project(self):
        """Give the rental a project of its own, with an analytic account (C37)."""
        for order in self:
            order.check_access("write")
            # Narrow sudo: as above; the project belongs to this order alone.
            project = (
                self.env["project.project"]
                .sudo()
                .create(order._prepare_rental_project_vals())
            )
            order.project_id = project
            order._ensure_project_account()
        return True

    def _prepare_rental_project_vals(self):
        """Values of the rental's own project. Override to add your own."""
        return {
            "name": f"{self.name} {self.partner_id.display_name}",
            "partner_id": self.partner_id.id,
            "company_id": self.company_id.id,
            "user_id": self.user_id.id,
            "allow_billable": True,
            "privacy_visibility": "employees",
        }

    def action_rental_hand_over(self):
        """Hand over what is reserved: all of it or a part (C5, C13)."""
        return self.order_line.action_rental_hand_over()

    def action_rental_take_back(self):
        """Take back what is out: all of it or a part (C10, C13)."""
        return self.order_line.action_rental_take_back()

    def action_rental_invoice(self):
        """From the rental to the draft invoice with one button (C39, C40)."""
        invoices = self._create_invoices(final=True)
        return self.action_view_invoice(invoices=invoices)

    def action_rental_allocations(self):
        """Open what the ledger holds for these orders."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "equipment_rental.resource_allocation_action_rental"
        )
        action["domain"] = [
            ("res_model", "=", "sale.order.line"),
            ("res_id", "in", self.order_line.ids),
            ("root_id", "=", False),
        ]
        return action
