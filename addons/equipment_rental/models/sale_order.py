from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import float_compare, format_datetime, plaintext2html

from odoo.addons.resource_allocation.inputs import only_one, yes_or_no

AGREED = {
    "is_rental_order", "is_rental", "rental_start", "rental_stop", "rental_deposit",
}  # fmt: skip
"""Agreed with the customer, on the order and its lines: not the accountant's."""
CONFIRMING, BY_BUTTON = "rental_confirming", object()
"""In the context while the button confirms; no client can send an object."""
CLERK = "equipment_rental.equipment_rental_group_user"
MANAGER = "equipment_rental.equipment_rental_group_manager"
WHO = f"{CLERK},equipment_rental.equipment_rental_group_accountant"
"""Who reads what a rental is paid and billed."""


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
    rental_status = fields.Selection(
        [
            ("quote", "Quotation"),
            ("option", "Option"),
            ("reserved", "Reserved"),
            ("part_out", "Partly out"),
            ("out", "Out"),
            ("part_back", "Partly back"),
            ("back", "Back, to settle"),
            ("closed", "Closed"),
            ("cancelled", "Cancelled"),
        ],
        compute="_compute_rental_status",
        store=True,
        index="btree_not_null",
        group_expand=True,
        help="From what the lines have reserved, out and back.",
    )
    rental_can_hand_over = fields.Boolean(compute="_compute_rental_can")
    rental_can_take_back = fields.Boolean(compute="_compute_rental_can")
    rental_has_returns = fields.Boolean(compute="_compute_rental_can")
    rental_is_late = fields.Boolean(
        string="Late",
        compute="_compute_rental_is_late",
        search="_search_rental_is_late",
        help="Something should be back and is not.",
    )
    rental_is_at_risk = fields.Boolean(
        string="At Risk",
        compute="_compute_rental_is_at_risk",
        compute_sudo=True,
        search="_search_rental_is_at_risk",
        help="Something promised no longer fits: pieces are missing, blocked or late.",
    )
    rental_situation = fields.Selection(
        selection=lambda self: [
            *self._fields["rental_status"].selection,
            ("late", self.env._("Late")),
            ("unfetched", self.env._("Not fetched")),
        ],
        compute="_compute_rental_situation",
        string="Situation",
        help="The rental status; or late, or that the time of something is over that "
        "was never handed over.",
    )
    rental_next_date = fields.Datetime(
        string="Next Due",
        compute="_compute_rental_next_date",
        help="When the next hand-over or return is due.",
    )
    rental_hold_until = fields.Datetime(
        string="Option Until",
        readonly=True,
        copy=False,
        help="Until then the items are kept for the customer. Then the option lapses "
        "by itself and costs nothing.",
    )
    rental_billing_ids = fields.One2many(
        "rental.billing", "order_id", string="Billing", readonly=True, groups=WHO
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
        Whoever is responsible now is told what becomes of the promises.
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
            self.order_line._note_own_period()
            self.order_line._rental_follow()
        if "user_id" in vals:
            self._rental_follow_responsible()
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
        done = super().action_draft()
        self._rental_forget_terms()
        self._rental_forget_proposed()
        return done

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

    def _rental_name_each_other(self, other):
        """Link the order and the quotation of a customer that are made together (C22).

        In both histories, and as each other's source.
        """
        for one, two in ((self, other), (other, self)):
            one.origin = two.name
            one.message_post(
                body=self.env._("Made together with %s", two._get_html_link())
            )

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

    # === STATUS === #

    @api.depends(
        "state",
        "invoice_status",
        "order_line.is_rental",
        "order_line.rental_qty_held",
        "order_line.rental_qty_reserved",
        "order_line.rental_qty_out",
        "order_line.rental_qty_back",
        "order_line.product_uom_qty",
        "order_line.qty_delivered",
        "order_line.move_ids.state",
        "rental_deposit_ids.state",
    )
    def _compute_rental_status(self):
        for order in self:
            lines = order.order_line.filtered("is_rental")
            order.rental_status = lines and order._status_of(
                *(
                    sum(lines.mapped(name))
                    for name in (
                        "rental_qty_held",
                        "rental_qty_reserved",
                        "rental_qty_out",
                        "rental_qty_back",
                    )
                )
            )

    def _status_of(self, held, reserved, out, back):
        """The rental status of an order with so many pieces held, …, back."""
        if self.state == "cancel":
            return "cancelled"
        if self.state != "sale":
            return "option" if held else "quote"
        if reserved and out:
            return "part_out"
        if reserved or out:
            return "part_back" if back else ("reserved" if reserved else "out")
        if back:
            return "closed" if self._rental_is_settled() else "back"
        return "cancelled"

    def _rental_is_settled(self):
        """Whether nothing is left to invoice, deliver or pay back.

        Override to ask for more.
        """
        # Narrow sudo: the status is the same whoever makes it change.
        deposits = self.sudo().rental_deposit_ids
        return (
            self.invoice_status == "invoiced"
            and not self.order_line._sold_to_deliver()
            and not deposits.filtered(lambda one: one.state in ("draft", "held"))
        )

    @api.depends(
        "order_line.rental_qty_reserved",
        "order_line.rental_qty_out",
        "order_line.rental_qty_back",
        "rental_transfer_ids.rental_swap_id",
    )
    def _compute_rental_can(self):
        for order in self:
            lines = order.order_line
            order.rental_can_hand_over = any(lines.mapped("rental_qty_reserved"))
            order.rental_can_take_back = any(lines.mapped("rental_qty_out"))
            # Narrow sudo: a yes or no; sales and accounts see no transfers otherwise.
            swaps = order.sudo().rental_transfer_ids.rental_swap_id
            back = any(lines.mapped("rental_qty_back"))
            order.rental_has_returns = back or bool(swaps)

    @api.depends("order_line.rental_is_late")
    def _compute_rental_is_late(self):
        for order in self:
            order.rental_is_late = any(order.order_line.mapped("rental_is_late"))

    @api.depends("order_line.rental_allocation_ids.at_risk")
    def _compute_rental_is_at_risk(self):
        for order in self:
            rows = order.order_line.rental_allocation_ids
            order.rental_is_at_risk = any(rows.mapped("at_risk"))

    def _search_rental_is_at_risk(self, operator, value):
        if operator != "in":
            return NotImplemented
        # Narrow sudo: whoever reads the order may know that it is at risk.
        rows = self.env["resource.allocation"].sudo()
        at_risk = rows.search(
            [("at_risk", "=", True), ("res_model", "=", "sale.order.line")]
        )
        return yes_or_no(Domain("order_line", "in", at_risk.mapped("res_id")), value)

    @api.depends(
        "rental_status",
        "rental_is_late",
        "order_line.rental_qty_reserved",
        "order_line.rental_stop",
    )
    def _compute_rental_situation(self):
        now = fields.Datetime.now()
        for order in self:
            left = order.order_line.filtered("rental_qty_reserved")
            over = any(stop and stop <= now for stop in left.mapped("rental_stop"))
            seen = "late" if order.rental_is_late else over and "unfetched"
            order.rental_situation = seen or order.rental_status

    def _search_rental_is_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        late = self.env["sale.order.line"]._search(
            [("rental_qty_out", ">", 0), ("rental_stop", "<=", fields.Datetime.now())]
        )
        orders = self.env["sale.order"].search([("order_line", "in", late)])
        return yes_or_no(Domain("id", "in", orders.ids), value)

    @api.depends(
        "order_line.rental_qty_reserved",
        "order_line.rental_qty_out",
        "order_line.rental_start",
        "order_line.rental_stop",
    )
    def _compute_rental_next_date(self):
        for order in self:
            lines = order.order_line
            starts = lines.filtered("rental_qty_reserved").mapped("rental_start")
            stops = lines.filtered("rental_qty_out").mapped("rental_stop")
            order.rental_next_date = min(filter(None, starts + stops), default=False)

    # === OPTIONS === #

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

    def _rental_part_with(self, lines):
        """Reserve some of this quotation's options in the customer's order (C22).

        :raise UserError: money was asked or received for the quotation.
        """
        self.ensure_one()
        # Narrow sudo: a yes or no, for clerks who see no invoices.
        if self.rental_deposit_held or self.sudo().invoice_ids:
            raise UserError(
                self.env._(
                    "%s: money was asked or received for all of it, so it is confirmed "
                    "as a whole.",
                    self.name,
                )
            )
        if not self.project_id:
            self.action_rental_new_project()
        order = self._rental_order_to_join() or self._rental_order_like_this(lines)
        items = ", ".join(lines.product_id.mapped("display_name"))
        lines._rental_move_to(order)
        if order.state == "sale":
            lines._rental_reserve()
        else:
            order.action_confirm()
        for one, two in ((self, order), (order, self)):
            one.message_post(
                body=self.env._(
                    "%(items)s: reserved, and moved from %(quotation)s to %(order)s.",
                    items=items,
                    quotation=self.name if one == self else two._get_html_link(),
                    order=order.name if one == order else two._get_html_link(),
                )
            )

    def _rental_order_to_join(self):
        """The latest running order that lines of this quotation can move to, or none.

        For the same customer and project, and of the same money and taxes, or prices
        would not be what was offered.
        """
        same = ("partner_id", "project_id", "company_id", "currency_id")
        same += ("fiscal_position_id", "partner_invoice_id")
        domain = Domain.AND([(name, "=", self[name].id)] for name in same)
        domain &= Domain("state", "=", "sale") & Domain("locked", "=", False)
        running = ("reserved", "part_out", "out", "part_back")
        domain &= Domain("rental_status", "in", running)
        return self.search(domain, order="id desc", limit=1)

    def _rental_order_like_this(self, lines):
        """A new order with the head of this quotation, for ``lines`` of it."""
        return self.copy(
            {
                "order_line": [],
                "project_id": self.project_id.id,
                "rental_start": min(lines.mapped("rental_start")),
                "rental_stop": max(lines.mapped("rental_stop")),
                "client_order_ref": self.client_order_ref,
                "origin": self.name,
            }
        )

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

    # === PORTAL === #

    def _rental_tell_unconfirmed(self, problem):
        """Tell the responsible that the customer confirmed, and why it did not work.

        :param problem: the refusal
        """
        self.ensure_one()
        self._rental_remind(
            self.env._("Confirmed by the customer, but not reserved"),
            str(problem),
            "mail.mail_activity_data_warning",
        )

    def _rental_taken_text(self, conflict):
        """What the customer may know of a conflict: the items, not who has them."""
        resources = self.env["resource.resource"].browse(
            [verdict.resource_id for verdict in conflict.verdicts]
        )
        items = ", ".join(resources.sudo().mapped("name"))
        return self.env._(
            "Not free in that period any more: %s. We will get back to you.", items
        )

    # === CANCELLING === #

    def _rental_reserved_items(self):
        """What is reserved and not handed over: ``[(rental line, whole pieces)]``."""
        return [
            (line, line.rental_qty_reserved)
            for line in self.order_line
            if line.rental_qty_reserved
        ]

    def _rental_cancellation_fee(self, moment):
        """The fee for cancelling at ``moment`` (UTC), or none (C17).

        Of the fees whose days before the start have begun, the one with the fewest.
        """
        self.ensure_one()
        Fee = self.env["rental.fee"]
        items = self._rental_reserved_items()
        if not items:
            return Fee
        start = min(line.rental_start for line, _pieces in items)
        days_left = (start - moment).total_seconds() / (24 * 60 * 60)
        fees = Fee.search(Fee._domain_for(self.company_id, "cancellation"))
        fitting = fees.filtered(lambda fee: days_left < fee.days_before)
        return fitting.sorted("days_before")[:1]

    def _rental_cancel(self, reason, fee=None, amount=0.0):
        """Give up what is reserved, at a fee or without (C17).

        With a fee, or where something was handed over, sold or invoiced, the order
        stays confirmed with what is left of it, so that core's invoicing invoices that,
        and credits what was invoiced before.

        :param float amount: the fee without tax, in the order's currency
        :raise UserError: when nothing is reserved.
        """
        self.ensure_one()
        items = self._rental_reserved_items()
        if not items:
            raise UserError(
                self.env._(
                    "%s: nothing is reserved that could be cancelled. What is out has "
                    "to come back first.",
                    self.name,
                )
            )
        # As core does with all of an order: a draft would still bill what is given up.
        drafts = self.invoice_ids.filtered(lambda invoice: invoice.state == "draft")
        # Narrow sudo: they are this order's, and their payments are not the clerk's.
        drafts.sudo().button_cancel()
        if amount:
            self._add_rental_fee(fee, amount, "cancellation", fields.Datetime.now())
        for line, _pieces in items:
            line._rental_keep(line.rental_qty_out + line.rental_qty_back)
        said = self.with_context(lang=self._get_lang()).env._("Reservation cancelled")
        given_up = self.order_line.browse([line.id for line, _pieces in items])
        given_up.filtered(
            lambda line: not line.product_uom_qty
        )._rental_drop_corrections(said)
        self.message_post(
            body=self.env._(
                "Reservation cancelled: %s", reason or self.env._("no reason")
            )
        )
        lines = self.order_line
        if not any(line.product_uom_qty or line._is_on_invoice() for line in lines):
            self._action_cancel()
        elif self.rental_status == "cancelled":
            # No more than the fee is left of it.
            self._waive_rental_deposits()

    def _action_cancel(self):
        """Core cancels at once what is only reserved; not what was begun or billed.

        What was asked and never received is asked no longer.

        :raise UserError: saying how it is ended instead.
        """
        for order in self.filtered("is_rental_order"):
            order._check_rental_ends_by_itself()
        self.order_line._rental_release()
        done = super()._action_cancel()
        self._waive_rental_deposits()
        return done

    def _check_rental_ends_by_itself(self):
        lines = self.order_line.filtered("is_rental")
        if any(lines.mapped("rental_qty_back")) and self.state == "sale":
            raise UserError(
                self.env._(
                    "%s: something was handed over and is back. What it cost remains: "
                    "cancel what is still reserved with “Cancel Reservation”, and "
                    "credit what is given back on its invoice.",
                    self.name,
                )
            )
        # Drafts are cancelled with the order.
        # Narrow sudo: a yes or no, for clerks who see no invoices.
        if "posted" in self.sudo().order_line.invoice_lines.mapped("parent_state"):
            raise UserError(
                self.env._(
                    "%s is on an invoice. Press “Cancel Reservation”, then “Invoice”: "
                    "that makes the credit note.",
                    self.name,
                )
            )

    def action_rental_cancel(self):
        """Ask why a reservation is cancelled and at what fee (C17)."""
        only_one(self)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Cancel Reservation"),
            "res_model": "rental.cancellation",
            "view_mode": "form",
            "target": "new",
            "context": {"default_order_id": self.id},
        }
