from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import email_normalize, format_datetime
from odoo.tools.misc import clean_context


class RentalBasket(models.TransientModel):
    """Periods chosen on the fleet's board become orders, all or none (C22).

    Each customer gets one order of what is reserved or taken at once, and one quotation
    of what is on option: both name each other and are booked on one project.
    """

    _name = "rental.basket"
    _description = "Rent What Was Chosen"
    _inherit = ["resource.basket.mixin"]

    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        help="Of all rows without a customer of their own.",
    )
    new_name = fields.Char(
        string="New Customer", help="The name of a customer whom you do not have yet."
    )
    new_email = fields.Char(string="E-mail")
    new_phone = fields.Char(string="Phone")
    project_id = fields.Many2one(
        "project.project",
        domain=[("allow_billable", "=", True), ("is_template", "=", False)],
        help="What the orders are booked on. Empty: each order gets a new one.",
    )
    company_id = fields.Many2one("res.company", compute="_compute_company_id")
    until = fields.Datetime(
        string="Options Until",
        compute="_compute_until",
        store=True,
        readonly=False,
        help="Then an option lapses by itself and its items are free for others.",
    )
    has_options = fields.Boolean(compute="_compute_has_options")
    line_ids = fields.One2many("rental.basket.line", "wizard_id", string="Items")
    misfits = fields.Text(
        string="What Does Not Fit",
        compute="_compute_misfits",
        help="Why, and what is free instead.",
    )
    summary = fields.Text(
        string="What Will Be Made", compute="_compute_summary", help="Of what fits."
    )

    @api.depends("line_ids.pool_id")
    def _compute_company_id(self):
        for basket in self:
            companies = basket.line_ids.pool_id.company_id
            basket.company_id = companies[:1] or self.env.company

    @api.depends("line_ids.kind")
    def _compute_has_options(self):
        for basket in self:
            basket.has_options = "option" in basket.line_ids.mapped("kind")

    @api.depends("line_ids.kind", "line_ids.start")
    def _compute_until(self):
        """As long as the company's options run, yet not into the rental.

        Once, when the first option is chosen: what was typed stays.
        """
        for basket in self:
            options = basket.line_ids.filtered(lambda line: line.kind == "option")
            if options and not basket.until:
                starts = options.mapped("start")
                basket.until = basket.company_id._rental_option_end(starts)

    @api.depends("line_ids.problem")
    def _compute_misfits(self):
        for basket in self:
            basket.misfits = "\n\n".join(
                filter(None, basket.line_ids.mapped("problem"))
            )

    @api.depends(
        "partner_id",
        "new_name",
        "until",
        "line_ids.problem",
        "line_ids.partner_id",
        "line_ids.kind",
        "line_ids.quantity",
        "line_ids.resource_id",
    )
    def _compute_summary(self):
        for basket in self:
            fitting = basket.line_ids.filtered(lambda line: not line.problem)
            basket.summary = "\n".join(
                sentence
                for tenant, both in basket._by_tenant(fitting).items()
                for sentence in basket._say_plan(tenant, *both)
            )

    def _say_plan(self, tenant, firm, options):
        """What will be made for one customer, sentence by sentence."""
        name = tenant.display_name or self.new_name or self.env._("The customer")
        said = []
        if firm:
            said.append(
                self.env._(
                    "%(customer)s: one order, reserved: %(items)s.",
                    customer=name,
                    items=firm._say_items(),
                )
            )
        if rentals := firm.filtered(lambda line: line.kind == "rental"):
            said.append(self.env._("To hand over now: %s.", rentals._say_items()))
        if options:
            said.append(
                self.env._(
                    "%(customer)s: one quotation, an option until %(until)s: "
                    "%(items)s.",
                    customer=name,
                    until=self._say_until(),
                    items=options._say_items(),
                )
            )
        if firm and options:
            said.append(
                self.env._("Both name each other and are booked on the same project.")
            )
        return said

    def _say_until(self):
        if not self.until:
            return self.env._("a time to be chosen")
        return format_datetime(self.env, self.until, dt_format="short")

    # === MAKING THEM === #

    def _by_tenant(self, lines):
        """Which of ``lines`` become which document.

        :return: ``{customer: (what is reserved, options)}``, in their order; a customer
            who is still to be entered is empty
        """
        return {
            tenant: (
                some.filtered(lambda line: line.kind != "option"),
                some.filtered(lambda line: line.kind == "option"),
            )
            for tenant, some in lines.grouped(lambda line: line._tenant()).items()
        }

    def _make(self, lines):
        """Write the orders and quotations, then promise: see the mixin.

        :raise UserError: nobody to rent to, no end of the options, or what
            confirming an order refuses.
        """
        tenants = self._by_tenant(lines)
        self._check_entered(tenants)
        nobody = self.env["res.partner"]
        new = self._make_tenant() if nobody in tenants else nobody
        made = {}
        for tenant, (firm, options) in tenants.items():
            made |= self._write_down(tenant or new, firm, options)
        # Each asks the ledger: locked in one step, no two windows wait for each other.
        # Narrow sudo: the pool of a unit may not be the user's to see; it is locked.
        things = lines.resource_id.sudo().expand_all()
        self.env["resource.allocation"].lock_resources(things)
        items = {}
        for order, some in made.items():
            items |= self._promise(order, some)
        return self._say_made(made), self._open_hand_over(made, items)

    def _check_entered(self, tenants):
        """:raise UserError: for what is missing in the window's head, or too much."""
        entered = self.new_name or self.new_email or self.new_phone
        waiting = self.env["res.partner"] in tenants
        if waiting and not (self.new_name or "").strip():
            raise UserError(
                self.env._("Choose the customer, or enter the name of a new one.")
            )
        if entered and not waiting:
            raise UserError(
                self.env._(
                    "Nothing is for the new customer “%s”: empty the other customer, "
                    "or what you entered of the new one.",
                    self.new_name or self.new_email or self.new_phone,
                )
            )
        if not self.until and any(options for _firm, options in tenants.values()):
            raise UserError(self.env._("Say until when the options are kept."))

    def _make_tenant(self):
        """The new customer, as a contact that all companies share.

        :raise UserError: for no e-mail address, or that of a contact the user may read.
        """
        email = email_normalize(self.new_email)
        if self.new_email and not email:
            raise UserError(
                self.env._("“%s” is no e-mail address: correct it.", self.new_email)
            )
        Partner = self.env["res.partner"]
        if email and (
            known := Partner.search([("email_normalized", "=", email)], limit=1)
        ):
            raise UserError(
                self.env._(
                    "%(known)s has the e-mail address %(email)s: choose them as the "
                    "customer, or enter another address.",
                    known=known.display_name,
                    email=email,
                )
            )
        # Narrow sudo: core lets few make contacts; a clerk writes down whom she serves,
        # and nothing else of the contact comes from the client.
        env = self.env(su=True, context=clean_context(self.env.context))
        made = Partner.with_env(env).create(
            {
                "name": self.new_name.strip(),
                "email": email,
                "phone": (self.new_phone or "").strip(),
            }
        )
        return made.with_env(self.env)

    def _write_down(self, tenant, firm, options):
        """The order and the quotation of one customer: ``{order: lines}``."""
        Order = self.env["sale.order"].with_company(self.company_id)
        made = {
            Order.create(self._prepare_order(tenant, lines)): lines
            for lines in (firm, options)
            if lines
        }
        if firm:
            order, *quotation = made
            if not order.project_id:
                order.action_rental_new_project()
            for other in quotation:
                other.project_id = order.project_id
                order._rental_name_each_other(other)
        return made

    def _prepare_order(self, tenant, lines):
        """Values of an order, or quotation, of these. Override to add your own."""
        starts, stops = lines.mapped("start"), lines.mapped("stop")
        pool = lines[0].pool_id
        return {
            "is_rental_order": True,
            "partner_id": tenant.id,
            "company_id": pool.company_id.id,
            "warehouse_id": pool.warehouse_id.id,
            "project_id": self.project_id.id,
            "rental_start": min(starts),
            "rental_stop": max(stops),
            "order_line": [Command.create(line._prepare_item()) for line in lines],
        }

    def _imagine_order(self, tenant, lines):
        """The order as it would be, written nowhere: for its prices and objections."""
        values = self._prepare_order(tenant, lines)
        company = lines.pool_id.company_id[:1]
        if not tenant:
            # As of any customer of whom nothing is known yet.
            anybody = self.env["res.partner"].with_company(company).new()
            values["pricelist_id"] = anybody.property_product_pricelist.id
        return self.env["sale.order"].with_company(company).new(values)

    def _promise(self, order, lines):
        """Reserve what is firm, hold what is not: ``{line: its order line}``."""
        items = dict(zip(lines, order.order_line.sorted("id"), strict=True))
        if lines[0].kind == "option":
            order._rental_place_option(self.until)
        else:
            order.action_confirm()
        for line, item in items.items():
            if line._is_unit():
                item._rental_rows("hold", "reserved").reassign(line.resource_id.id)
        return items

    def _say_made(self, made):
        """Which documents there are now, in words."""
        said = []
        for order, lines in made.items():
            names = {"order": order.name, "customer": order.partner_id.display_name}
            said.append(
                self.env._(
                    "%(order)s for %(customer)s: option until %(until)s.",
                    until=self._say_until(),
                    **names,
                )
                if lines[0].kind == "option"
                else self.env._("%(order)s for %(customer)s: reserved.", **names)
            )
        if others := self._to_hand_over(made)[1:]:
            said.append(
                self.env._(
                    "Still to be handed over, from the order: %s.",
                    ", ".join(order.name for order in others),
                )
            )
        return " ".join(said)

    def _to_hand_over(self, made):
        return [
            order for order, lines in made.items() if "rental" in lines.mapped("kind")
        ]

    def _open_hand_over(self, made, items):
        """The window that hands over the first customer's rentals, or False."""
        for order in self._to_hand_over(made)[:1]:
            rentals = made[order].filtered(lambda line: line.kind == "rental")
            going = order.order_line.browse([items[line].id for line in rentals])
            return going.action_rental_hand_over()
        return False


class RentalBasketLine(models.TransientModel):
    """Pieces of a fleet, or one unit, chosen for a period."""

    _name = "rental.basket.line"
    _description = "Item Chosen on the Board"
    _inherit = ["resource.basket.line.mixin"]
    _order = "entry, id"

    wizard_id = fields.Many2one(
        "rental.basket", required=True, ondelete="cascade", index=True
    )
    kind = fields.Selection(
        [("option", "Option"), ("reservation", "Reservation"), ("rental", "Rental")],
        required=True,
        default="reservation",
        help="An option keeps it until a time, a reservation until the customer comes; "
        "a rental is handed over at once.",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Other Customer",
        help="Whom this row is for, if not for the customer above.",
    )
    pool_id = fields.Many2one("rental.pool", string="Fleet", compute="_compute_pool_id")
    currency_id = fields.Many2one("res.currency", compute="_compute_price")
    price = fields.Monetary(
        compute="_compute_price",
        help="What it will cost the customer, without taxes that come on top.",
    )
    refusal = fields.Char(compute="_compute_price", string="Why Not in an Order")

    @api.depends("resource_id")
    def _compute_pool_id(self):
        # Narrow sudo: which fleet a unit is of is nobody's secret.
        fleet_of = {
            line: line.resource_id.sudo().pool_id or line.resource_id for line in self
        }
        ids = [fleet.id for fleet in fleet_of.values()]
        pools = self.env["rental.pool"].search([("resource_id", "in", ids)])
        by_fleet = {pool.resource_id.id: pool for pool in pools}
        for line, fleet in fleet_of.items():
            line.pool_id = by_fleet.get(fleet.id)

    @api.depends(
        "pool_id",
        "start",
        "stop",
        "quantity",
        "partner_id",
        "wizard_id.partner_id",
    )
    def _compute_price(self):
        """By the order as it would be, with the customer's price list and taxes."""
        self.price = 0
        self.refusal = False
        self.currency_id = self.env.company.currency_id
        ready = self.filtered(
            lambda line: (
                line.pool_id and line.start and line.stop and line.start < line.stop
            )
        )
        groups = ready.grouped(
            lambda line: (line.wizard_id, line._tenant(), line.pool_id.company_id)
        )
        for (basket, tenant, _company), lines in groups.items():
            order = basket._imagine_order(tenant, lines)
            for line, item in zip(lines, order.order_line, strict=True):
                line.currency_id = order.currency_id
                line.price = item.price_subtotal
                line.refusal = order._rental_line_problem(item)

    @api.depends("kind", "refusal", "wizard_id.until", "wizard_id.company_id")
    def _compute_problem(self):
        return super()._compute_problem()

    def _tenant(self):
        """Whom it is for: one's own customer, or that of all; empty: a new one."""
        return self.partner_id or self.wizard_id.partner_id

    def _is_unit(self):
        """Whether one serial number was chosen, not any piece of the fleet."""
        # Narrow sudo: which fleet a unit is of is nobody's secret.
        return bool(self.resource_id.sudo().pool_id)

    def _prepare_item(self):
        """Values of the order line. Override to add your own."""
        return {
            "product_id": self.pool_id.product_id.id,
            "product_uom_qty": self.quantity,
            "warehouse_id": self.pool_id.warehouse_id.id,
            "rental_start": self.start,
            "rental_stop": self.stop,
        }

    def _prepare_asking(self):
        """The very unit that was chosen, not another of its fleet."""
        return {**super()._prepare_asking(), "pinned": self._is_unit()}

    # === IN WORDS === #

    def _say_items(self):
        return ", ".join(f"{line.quantity} × {line._say_what()}" for line in self)

    def _say_nonsense(self):
        if not self.pool_id:
            return self.env._("%s is not rented out.", self._say_what())
        return (
            super()._say_nonsense()
            or self._say_not_together()
            or self._say_not_now()
            or self.refusal
            or None
        )

    def _say_not_together(self):
        """Why it cannot be on one order with the others, or as many of it, or None."""
        company = self.wizard_id.company_id
        if company and self.pool_id.company_id != company:
            return self.env._(
                "%(item)s is of %(company)s, the others are of %(other)s: rent it in "
                "a window of its own.",
                item=self._say_what(),
                company=self.pool_id.company_id.name,
                other=company.name,
            )
        if self._is_unit() and self.quantity > 1:
            return self.env._(
                "%s is one piece. Choose the row of the item for more.",
                self._say_what(),
            )
        return None

    def _say_not_now(self):
        """Why it begins at the wrong time for what it is, or None."""
        now, until = fields.Datetime.now(), self.wizard_id.until
        if self.kind == "option" and self.start <= now:
            return self.env._(
                "%s: an option ends before the rental starts, and this has begun: "
                "choose reservation or rental.",
                self._say_what(),
            )
        if self.kind == "option" and until and until > self.start:
            return self.env._(
                "%s: an option cannot run longer than until the rental starts. Choose "
                "an earlier “Options Until”.",
                self._say_what(),
            )
        if self.kind == "rental" and self._day_of(self.start) > self._day_of(now):
            return self.env._(
                "%s: a rental is handed over now, and this begins later: choose "
                "reservation.",
                self._say_what(),
            )
        return None

    def _day_of(self, moment):
        """The day of a moment (UTC) by the clock that counts the rental's days."""
        zone = self.pool_id.company_id.resource_calendar_id.tz or self.env.tz.zone
        return fields.Datetime.context_timestamp(
            self.with_context(tz=zone), moment
        ).date()
