from odoo import fields, models
from odoo.tools import SQL


class RentalBilling(models.Model):
    """What each moment of a rental added to its bill, and when (C14).

    The reservation, each hand-over, change and return add records: the rent of what was
    handed over, what it changed by, fees, credit notes, down payments, the deposit
    asked for, received, kept and given back. Nothing is stored: rent comes from the
    goods moved, changes and fees from the order's lines, credits for good, advances and
    deposits from their journal entries. Amounts are without tax, in
    the order's currency; days are those of the rental's zone.
    """

    _name = "rental.billing"
    _description = "Billing of a Rental"
    _auto = False
    _order = "date, happened_at, kind desc, id"
    _depends = {
        "account.move": ["rental_credit_final"],
        "account.move.line": [
            "amount_currency",
            "date",
            "move_id",
            "parent_state",
            "price_subtotal",
            "rental_deposit_id",
            "rental_deposit_kind",
            "sale_line_ids",
        ],
        "rental.deposit": [
            "amount",
            "company_id",
            "currency_id",
            "date",
            "is_cancelled",
            "order_id",
            "transfer_id",
        ],
        "res.company": ["resource_calendar_id"],
        "resource.calendar": ["tz"],
        "sale.order.line": [
            "company_id",
            "currency_id",
            "is_downpayment",
            "is_rental",
            "order_id",
            "price_subtotal",
            "product_uom_id",
            "product_uom_qty",
            "rental_charge",
            "rental_moment",
            "rental_moment_date",
            "rental_transfer_id",
        ],
        "stock.move": [
            "date",
            "picking_id",
            "product_uom",
            "quantity",
            "rental_direction",
            "sale_line_id",
            "state",
        ],
        "stock.picking": ["rental_date", "rental_undoes_id", "rental_swap_id"],
        "uom.uom": ["factor"],
    }

    order_id = fields.Many2one("sale.order", string="Rental Order", readonly=True)
    date = fields.Date(readonly=True)
    happened_at = fields.Datetime(readonly=True)
    moment = fields.Selection(
        selection=lambda self: self.env["rental.fee"]._moments(),
        readonly=True,
    )
    kind = fields.Selection(
        [
            ("rent", "Rent"),
            ("change", "Change of rent"),
            ("fee", "Fee"),
            ("credit", "Credit note"),
            ("down_payment", "Down payment"),
            ("deposit", "Deposit"),
        ],
        readonly=True,
    )
    step = fields.Selection(
        [
            ("asked", "Deposit asked for"),
            ("received", "Deposit received"),
            ("kept", "Deposit kept for invoices"),
            ("returned", "Deposit given back"),
        ],
        readonly=True,
    )
    name = fields.Char(string="What", compute="_compute_name", compute_sudo=True)
    amount = fields.Monetary(
        readonly=True,
        aggregator=None,
        help="What the record says, without tax. Of a deposit, what was kept or given "
        "back is negative.",
    )
    amount_charged = fields.Monetary(
        string="Charged",
        readonly=True,
        help="Rent, what it changed by, and fees, less what was credited; without tax.",
    )
    amount_advance = fields.Monetary(
        string="In Advance",
        readonly=True,
        help="Down payments on invoices; a later invoice takes them off.",
    )
    deposit_asked = fields.Monetary(readonly=True)
    deposit_held = fields.Monetary(
        readonly=True, help="Received; negative: kept for invoices or given back."
    )
    currency_id = fields.Many2one("res.currency", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    line_id = fields.Many2one("sale.order.line", string="Order Line", readonly=True)
    move_id = fields.Many2one("stock.move", readonly=True)
    transfer_id = fields.Many2one("stock.picking", readonly=True)
    deposit_id = fields.Many2one("rental.deposit", readonly=True)

    def _compute_name(self):
        # Sudo by the field: who may see the bill may read what it is for; accountants
        # see no goods otherwise.
        steps = dict(self._fields["step"]._description_selection(self.env))
        for row in self:
            if row.kind == "rent":
                row.name = row.move_id._rental_description()
            elif row.kind == "credit":
                row.name = self.env._("Credited: %s", row.line_id.name)
            else:
                row.name = steps.get(row.step) or row.line_id.name

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT r.*,
                   coalesce(r.known_date, (r.happened_at AT TIME ZONE 'UTC' AT TIME ZONE
                            coalesce(c.tz, %(zone)s))::date) AS date,
                   CASE WHEN r.kind IN ('rent', 'change', 'fee', 'credit')
                        THEN r.amount ELSE 0 END AS amount_charged,
                   CASE WHEN r.kind = 'down_payment' THEN r.amount ELSE 0
                        END AS amount_advance,
                   CASE WHEN r.step = 'asked' THEN r.amount ELSE 0
                        END AS deposit_asked,
                   CASE WHEN r.kind = 'deposit' AND r.step <> 'asked'
                        THEN r.amount ELSE 0
                        END AS deposit_held
              FROM (%(rent)s UNION ALL %(fees)s UNION ALL %(credits)s UNION ALL
                    %(advances)s UNION ALL %(asked)s UNION ALL %(entries)s) r
              JOIN res_company y ON y.id = r.company_id
              LEFT JOIN resource_calendar c ON c.id = y.resource_calendar_id
            """,
            # As sale.order.line._get_rental_tz(): the company's zone, else one's own.
            zone=self.env.tz.zone,
            rent=self._query_rent(),
            fees=self._query_fees(),
            credits=self._query_credits(),
            advances=self._query_down_payments(),
            asked=self._query_deposits_asked(),
            entries=self._query_deposit_entries(),
        )

    def _query_rent(self):
        """The rent of what was handed over: each move's share of its line's.

        A hand-over that was undone was none; of what went out in a swap the rent of
        what came back goes on.
        """
        return SQL(
            """
            SELECT m.id::bigint * 6 AS id, l.order_id, 'hand_over' AS moment,
                   'rent' AS kind, NULL AS step, NULL::date AS known_date,
                   coalesce(p.rental_date, m.date) AS happened_at,
                   coalesce(l.price_subtotal * m.quantity * moved.factor
                            / nullif(l.product_uom_qty * ordered.factor, 0), 0)
                   AS amount, l.currency_id, l.company_id, l.id AS line_id,
                   m.id AS move_id, p.id AS transfer_id, NULL::int AS deposit_id
              FROM stock_move m
              JOIN sale_order_line l ON l.id = m.sale_line_id AND l.is_rental
              JOIN uom_uom moved ON moved.id = m.product_uom
              JOIN uom_uom ordered ON ordered.id = l.product_uom_id
              LEFT JOIN stock_picking p ON p.id = m.picking_id
             WHERE m.rental_direction = 'out' AND m.state = 'done'
               AND NOT EXISTS (SELECT FROM stock_picking u
                                WHERE u.rental_undoes_id = p.id)
               AND p.rental_swap_id IS NULL
            """
        )

    def _query_fees(self):
        """Fees, and what the rent changed by, when they arose."""
        return SQL(
            """
            SELECT l.id::bigint * 6 + 1, l.order_id, l.rental_moment,
                   CASE WHEN l.rental_charge IS NULL THEN 'fee' ELSE 'change' END,
                   NULL, NULL::date, l.rental_moment_date, l.price_subtotal,
                   l.currency_id, l.company_id, l.id, NULL::int, l.rental_transfer_id,
                   NULL::int
              FROM sale_order_line l
             WHERE l.rental_moment IS NOT NULL
            """
        )

    def _query_credits(self):
        """What credit notes gave back for good."""
        return SQL(
            """
            SELECT i.id::bigint * 6 + 5, l.order_id, 'change', 'credit', NULL, i.date,
                   i.create_date, -i.price_subtotal, l.currency_id, l.company_id, l.id,
                   NULL::int, NULL::int, NULL::int
              FROM account_move m
              JOIN account_move_line i ON i.move_id = m.id
              JOIN sale_order_line_invoice_rel r ON r.invoice_line_id = i.id
              JOIN sale_order_line l ON l.id = r.order_line_id
             WHERE m.rental_credit_final AND m.state = 'posted'
               AND l.is_downpayment IS NOT TRUE
            """
        )

    def _query_down_payments(self):
        """What was invoiced in advance; not what a later invoice takes off again."""
        return SQL(
            """
            SELECT i.id::bigint * 6 + 4, l.order_id, 'reservation', 'down_payment',
                   NULL, i.date, i.create_date, -i.amount_currency, l.currency_id,
                   l.company_id, l.id, NULL::int, NULL::int, NULL::int
              FROM sale_order_line l
              JOIN sale_order_line_invoice_rel r ON r.order_line_id = l.id
              JOIN account_move_line i ON i.id = r.invoice_line_id
             WHERE l.is_downpayment AND i.parent_state = 'posted'
               AND i.amount_currency < 0
            """
        )

    def _query_deposits_asked(self):
        return SQL(
            """
            SELECT d.id::bigint * 6 + 2, d.order_id, 'hand_over', 'deposit', 'asked',
                   d.date, coalesce(p.rental_date, d.create_date), d.amount,
                   d.currency_id, d.company_id, NULL::int, NULL::int, d.transfer_id,
                   d.id
              FROM rental_deposit d
              LEFT JOIN stock_picking p ON p.id = d.transfer_id
             WHERE d.is_cancelled IS NOT TRUE
            """
        )

    def _query_deposit_entries(self):
        """What was booked on the liability account: a credit is received."""
        return SQL(
            """
            SELECT e.id::bigint * 6 + 3, d.order_id,
                   CASE e.rental_deposit_kind WHEN 'received' THEN 'hand_over'
                        ELSE 'return' END, 'deposit', e.rental_deposit_kind, e.date,
                   e.create_date, -e.amount_currency, d.currency_id, d.company_id,
                   NULL::int, NULL::int, d.transfer_id, d.id
              FROM account_move_line e
              JOIN rental_deposit d ON d.id = e.rental_deposit_id
             WHERE e.parent_state = 'posted'
            """
        )
