from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.resource_allocation.inputs import only_one, to_instant, to_text

STOCKS_OWN_PACE = timedelta(minutes=1)
"""So long after its goods moved stock may date a transfer."""
SIGNED_FIELDS = {"rental_note", "rental_person_id", "signature"}
"""What was signed, and by whom."""


class StockPicking(models.Model):
    """The goods side of a hand-over or a return: who, and when (C5, C10)."""

    _name = "stock.picking"
    _inherit = ["stock.picking", "resource.guarded.mixin"]

    rental_direction = fields.Selection(
        [
            ("out", "Hand-over"),
            ("back", "Return"),
            ("found", "Found again"),
            ("undo", "Undoing"),
        ],
        string="Rental Transfer",
        compute="_compute_rental_direction",
        store=True,
        index="btree_not_null",
    )
    rental_date = fields.Datetime(
        string="Goods Changed Hands",
        copy=False,
        help="Empty: when the transfer is done.",
    )
    rental_person_id = fields.Many2one(
        "res.partner",
        string="Taken or Brought by",
        copy=False,
        help="The person who took the items over or brought them back; may differ from "
        "the customer.",
    )
    rental_note = fields.Text(string="Remarks", copy=False)
    rental_swap_id = fields.Many2one(
        "stock.picking",
        string="Swapped for",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="The return of what this was handed over for, in one step: rent, fees and "
        "deposit go on.",
    )
    rental_summary = fields.Char(
        compute="_compute_rental_summary",
        string="Rented Items",
        help="What was handed over or came back, and in what condition.",
    )
    rental_recorded_at = fields.Datetime(
        string="Recorded",
        readonly=True,
        copy=False,
        help="When it was recorded, whenever the goods changed hands.",
    )
    rental_undoes_id = fields.Many2one(
        "stock.picking",
        string="Undoes",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="The hand-over or return that was a mistake.",
    )
    rental_undo_ids = fields.One2many(
        "stock.picking", "rental_undoes_id", string="Undone by", readonly=True
    )
    rental_void = fields.Char(
        compute="_compute_rental_void",
        string="Void",
        help="That it was a mistake and was undone: when, by whom and why.",
    )
    _rental_undone_once = models.UniqueIndex(
        "(rental_undoes_id) WHERE rental_undoes_id IS NOT NULL",
        "This hand-over or return was undone already.",
    )
    rental_photo_ids = fields.Many2many(
        "ir.attachment",
        string="Photos",
        compute="_compute_rental_photo_ids",
        help="How it looked when it changed hands.",
    )

    @api.model
    def _guarded_fields(self):
        """What the moves are, and what they were made for."""
        return super()._guarded_fields() | {
            "rental_direction", "rental_recorded_at", "rental_undoes_id",
            "rental_swap_id",
        }  # fmt: skip

    @api.depends("move_ids.rental_direction")
    def _compute_rental_direction(self):
        for picking in self:
            picking.rental_direction = picking.move_ids[:1].rental_direction

    def _compute_rental_summary(self):
        for picking in self:
            picking.rental_summary = picking._rental_moves()._rental_descriptions()

    @api.depends("rental_undo_ids")
    @api.depends_context("lang")
    def _compute_rental_void(self):
        for transfer in self:
            transfer.rental_void = transfer._say_void()

    @api.depends("move_ids.rental_photo_ids")
    def _compute_rental_photo_ids(self):
        for picking in self:
            picking.rental_photo_ids = picking.move_ids.rental_photo_ids

    def _rental_moves(self):
        """What moved the way of the transfer: not what was scrapped on it later."""
        return self.move_ids.filtered(
            lambda move: move.rental_direction == move.picking_id.rental_direction
        )

    @api.constrains("rental_date", "date_done", "rental_direction")
    def _check_rental_dates(self):
        """What is recorded has happened."""
        now = fields.Datetime.now()
        for transfer in self.filtered("rental_direction"):
            moment = max(
                filter(None, (transfer.rental_date, transfer.date_done)), default=now
            )
            if moment > now:
                raise ValidationError(transfer._too_early_message(moment))

    def _too_early_message(self, moment):
        """Say that the goods cannot have changed hands at ``moment`` (UTC) yet."""
        return self.env._(
            "%(order)s, %(transfer)s: %(date)s is yet to come. Enter when the goods "
            "really changed hands.",
            order=self.origin or self.sale_id.name or "",
            transfer=self.name,
            date=self.sudo().sale_id._rental_clock(moment),
        )

    def write(self, vals):
        """:raise UserError: for another date of what stands in the ledger, or other
        remarks than somebody signed.
        """
        if SIGNED_FIELDS & vals.keys():
            self._check_not_signed()
        for name in {"rental_date", "date_done"} & vals.keys():
            self._check_rental_date_kept(name, vals[name])
        return super().write(vals)

    def _check_not_signed(self):
        """Refuse to change what was signed.

        :raise UserError: for a hand-over or return that is done and signed.
        """
        for transfer in self.filtered("rental_direction"):
            if transfer.state == "done" and transfer.is_signed:
                raise UserError(
                    self.env._(
                        "%(transfer)s was signed by %(person)s and stays as it is. "
                        "Write what came up later below it, with Log note.",
                        transfer=transfer.name,
                        person=transfer.rental_person_id.name
                        or self.env._("the customer"),
                    )
                )

    def _check_rental_date_kept(self, name, value):
        """Refuse to date again what was done: without a date typed it is stock's own.

        Stock writes its own when the goods have moved already.
        """
        value = to_instant(self.env, value)
        for transfer in self.filtered("rental_direction"):
            said = transfer.rental_date or transfer.date_done
            counts = name == "rental_date" or not transfer.rental_date
            if transfer.state == "done" and said and counts and said != value:
                raise UserError(
                    self.env._(
                        "%(transfer)s: when the goods of %(order)s changed hands "
                        "stands in the ledger and is not rewritten.",
                        transfer=transfer.name,
                        order=transfer.origin or transfer.sale_id.name or "",
                    )
                )

    def _action_done(self):
        """What a hand-over costs and secures arises with it, however it was made."""
        done = super()._action_done()
        rentals = self.filtered("rental_direction")
        rentals._store({"rental_recorded_at": fields.Datetime.now()})
        self._rental_after_hand_over()
        self._rental_after_return()
        return done

    def _rental_after_return(self):
        """Tell the responsible what a return made in the stock app may cost (C11).

        At the counter it was proposed already: only there the date is known.
        """
        for transfer in self.filtered(
            lambda picking: (
                picking.rental_direction == "back" and not picking.rental_date
            )
        ):
            # Narrow sudo: whoever moves the goods need not read the order.
            moves = transfer.sudo().move_ids.filtered(lambda move: move.state == "done")
            pieces = [piece for move in moves for piece in move._rental_pieces()]
            for order, lines in moves.sale_line_id.grouped("order_id").items():
                items = [
                    (line, quantity, None)
                    for line, _lot, quantity in pieces
                    if line in lines
                ]
                order._ask_to_charge(
                    self.env._("Charge for the return %s?", transfer.name),
                    transfer.date_done,
                    items,
                )

    def _rental_after_hand_over(self):
        """Add the fees of a hand-over, ask for the deposit of what went out (C14).

        Not of what went out in a swap: with what it goes for, both were asked.
        """
        for transfer in self.filtered(lambda transfer: not transfer.rental_swap_id):
            # A return that is turned back hands out nothing new.
            moves = transfer.move_ids.filtered(
                lambda move: (
                    move.rental_direction == "out"
                    and move.state == "done"
                    and not move.origin_returned_move_id
                )
            )
            # Narrow sudo: a storekeeper may not write the order; both arise by the
            # company's own rules.
            pieces = [piece for move in moves.sudo() for piece in move._rental_pieces()]
            for order, lines in moves.sudo().sale_line_id.grouped("order_id").items():
                items = [
                    (line, sum(number for own, _lot, number in pieces if own == line))
                    for line in lines
                ]
                order._add_automatic_fees(
                    "hand_over",
                    transfer.rental_date or transfer.date_done,
                    [(line, quantity, None) for line, quantity in items],
                    transfer=transfer,
                )
                order._request_rental_deposit(transfer.sudo(), items)

    # === RENTAL TRANSFERS === #

    @api.model
    def _create_rental_transfers(self, direction, items, vals):
        """Move goods to customers or back, at once: a transfer per order and warehouse.

        What is lost goes from the customer to the place of losses, not to the stock.

        :param str direction: ``out``, ``back`` or, of what was lost, ``found``
        :param list items: ``[{"line", "quantity", "lots", …}]``; further keys are
            values of the stock move (``rental_condition_id``, ``rental_remark``).
        :param dict vals: values of the transfer (``rental_date``, …).
        :raise UserError: when the pieces are not where they should be.
        """
        groups = {}
        for item in items:
            key = (item["line"].order_id, item["line"].warehouse_id)
            groups.setdefault(key, []).append(item)
        transfers = self._insert(
            [
                {**self._prepare_rental_transfer(direction, *key), **vals}
                for key in groups
            ]
        )
        for transfer, group in zip(transfers, groups.values(), strict=True):
            transfer._add_rental_moves(direction, group)
        transfers._action_done()
        return transfers

    def _log_rental(self):
        """Tell in the order's history what was handed over or came back (C5, C10)."""
        for transfer in self:
            moves = transfer._rental_moves()
            lost = moves.filtered(lambda move: move._is_lost())
            kind = "swapped" if transfer.rental_swap_id else transfer.rental_direction
            kinds = {kind: moves - lost, "lost": lost}
            for kind, some in kinds.items():
                if some:
                    said = [some._say_moved(kind)]
                    if kind in ("found", "swapped"):
                        said.append(transfer.rental_note)
                    # Narrow sudo: a storekeeper may not write the order.
                    transfer.sale_id.sudo().message_post(
                        body=". ".join(filter(None, said))
                    )

    @api.model
    def _prepare_rental_transfer(self, direction, order, warehouse):
        """Values of the transfer. Override to add your own."""
        stock, away = warehouse.rental_stock_location_id, warehouse.rental_location_id
        source, target = (stock, away) if direction == "out" else (away, stock)
        out_type, in_type = warehouse.rent_out_type_id, warehouse.rent_in_type_id
        return {
            "picking_type_id": (out_type if direction == "out" else in_type).id,
            "location_id": source.id,
            "location_dest_id": target.id,
            "partner_id": order.partner_shipping_id.id,
            "origin": order.name,
            "company_id": order.company_id.id,
            "user_id": self.env.uid,
        }

    def _add_rental_moves(self, direction, items):
        """Moves for ``items``, picked: the very serial numbers, or what is there.

        :raise UserError: for a kit, whose parts the stock would move instead of it.
        """
        self.ensure_one()
        Move = self.env["stock.move"]
        moves = Move._insert(
            [self._prepare_rental_move(direction, dict(item)) for item in items]
        )
        moves._confirm_rental()
        moves._keep_photos()
        lots = [item["lots"] for item in items]
        moves._pick_rental(dict(zip(moves, lots, strict=True)))

    def _prepare_rental_move(self, direction, item):
        """Values of one move. Override to add your own."""
        line, quantity = item.pop("line"), item.pop("quantity")
        item.pop("lots")
        condition = self.env["rental.condition"].browse(item.get("rental_condition_id"))
        target = self.location_dest_id
        if direction == "back" and condition.is_lost:
            target = line._rental_loss_location()
        return {
            "picking_id": self.id,
            "picking_type_id": self.picking_type_id.id,
            "product_id": line.product_id.id,
            "product_uom_qty": quantity,
            "product_uom": line.product_id.uom_id.id,
            "location_id": self.location_id.id,
            "location_dest_id": target.id,
            "company_id": self.company_id.id,
            "origin": self.origin,
            "sale_line_id": line.id,
            "rental_direction": direction,
            **item,
        }

    # === UNDOING === #

    def action_rental_undo(self):
        """Open the window that undoes this hand-over or return (C5, C10).

        :raise AccessError: for anybody but clerks; from the next day on, managers.
        :raise UserError: for what cannot be undone, saying why.
        """
        only_one(self)._check_undo()
        return {
            "type": "ir.actions.act_window",
            "name": self._say_undo(),
            "res_model": "rental.undo",
            "view_mode": "form",
            "target": "new",
            "context": {"default_transfer_id": self.id},
        }

    def _rental_undo(self, reason):
        """Let this hand-over or return be none: goods, ledger, fees and deposit (C5).

        The transfer stays as it was, void; another one brings the goods back.

        :param str reason: kept with both, and in the order's history
        :return: the transfer that undoes this one
        :raise AccessError: see :meth:`action_rental_undo`.
        :raise UserError: for what cannot be undone, or without a reason.
        :raise AllocationConflict: a return, whose pieces others were promised since.
        """
        self.ensure_one()
        reason = to_text(self.env, reason)
        if not reason:
            raise UserError(
                self.env._("Say why it is undone: it stands in the order's history.")
            )
        rows = self._check_undo()
        order, moves = self.sale_id, self._rental_moves()
        # First the ledger, which says who has what is not there any more.
        if self.rental_direction == "out":
            moves.sale_line_id._rental_undo_hand_out(rows, reason)
        else:
            blocks = moves._rental_own_blocks()
            moves.sale_line_id._rental_undo_take_back(rows, blocks, reason)
        undo = self._undo_goods(reason)
        money = order._rental_undo_fees(self, undo) + order._rental_undo_deposit(self)
        order._rental_settle()
        for record in (self, undo, order):
            record.message_post(body=". ".join([self._say_undone(), reason, *money]))
        return undo

    def _check_undo(self):
        """The rows of the ledger that undoing this is about, if it can be undone."""
        self.env["sale.order"]._check_may_undo(self)
        self.check_access("write")
        self.sale_id.check_access("write")
        if problem := self._undo_problem():
            raise UserError(problem)
        return self._rental_moves().sale_line_id._rental_rows_moved(self)

    def _undo_problem(self):
        """Why this cannot be undone, in words, or False. Override to add your own."""
        what = {"transfer": self.name, "order": self.sale_id.name}
        if self.rental_undoes_id:
            return self.env._(
                "%(transfer)s undid a hand-over or a return of %(order)s already. If "
                "that was right all the same, hand over or take back again.",
                **what,
            )
        if self.rental_undo_ids:
            return self.env._("%(transfer)s of %(order)s was undone already.", **what)
        if self.rental_direction not in ("out", "back") or self.state != "done":
            return self.env._(
                "%s: only a hand-over or a return that took place can be undone.",
                self.name,
            )
        if self.rental_swap_id or self._rental_went_instead():
            return self.env._(
                "%(transfer)s belongs to a swap of %(order)s: swap back with “Swap”.",
                **what,
            )
        if any(move._is_lost() for move in self.move_ids):
            return self.env._(
                "%(transfer)s: something was lost with this return of %(order)s. Turn "
                "that back with “Found…” on the order.",
                **what,
            )
        # Narrow sudo: a yes or no about the order's own deposits.
        states = self.sudo().sale_id.rental_deposit_ids.mapped("state")
        if self.rental_direction == "back" and "settled" in states:
            return self.env._(
                "%(order)s: a deposit was settled, so the return %(transfer)s stands. "
                "An accountant can reverse the deposit's entries first.",
                **what,
            )
        return False

    def _undo_goods(self, reason):
        """Bring each piece back to where it came from: the transfer that did.

        :raise UserError: for what is not where this transfer left it.
        """
        moves = self._rental_moves().filtered("quantity")
        moves.move_line_ids._check_still_there()
        undo = self._insert([self._prepare_undo(reason)])
        turned = moves.browse()._insert([move._prepare_undo(undo) for move in moves])
        turned._confirm_rental()
        turned.move_line_ids.unlink()
        self.env["stock.move.line"].create(
            [
                line._prepare_undo(back)
                for move, back in zip(moves, turned, strict=True)
                for line in move.move_line_ids
            ]
        )
        turned.picked = True
        undo._action_done()
        return undo

    def _prepare_undo(self, reason):
        """Values of the transfer that undoes this one. Override to add your own."""
        return {
            "rental_undoes_id": self.id,
            "return_id": self.id,
            "picking_type_id": (
                self.picking_type_id.return_picking_type_id or self.picking_type_id
            ).id,
            "location_id": self.location_dest_id.id,
            "location_dest_id": self.location_id.id,
            "partner_id": self.partner_id.id,
            "origin": self.origin,
            "company_id": self.company_id.id,
            "user_id": self.env.uid,
            "rental_date": fields.Datetime.now(),
            "rental_note": reason,
        }

    def _is_moment(self, moment):
        """Whether the ledger's ``moment`` (UTC) is when these goods changed hands.

        Without a date typed, stock dates the transfer a little after its goods moved.
        """
        said = self._rental_moment()
        slack = timedelta() if self.rental_date else STOCKS_OWN_PACE
        return bool(moment) and timedelta() <= said - moment <= slack

    def _say_undo(self):
        """What undoing this is called."""
        values = {"transfer": self.name, "order": self.sale_id.name}
        if self.rental_direction == "out":
            return self.env._("Undo the hand-over %(transfer)s, %(order)s", **values)
        return self.env._("Undo the return %(transfer)s, %(order)s", **values)

    def _say_undone(self):
        """What was undone, for the history."""
        values = {
            "transfer": self.name,
            "what": self._rental_moves()._rental_descriptions(),
        }
        if self.rental_direction == "out":
            return self.env._("Hand-over %(transfer)s undone: %(what)s", **values)
        return self.env._("Return %(transfer)s undone: %(what)s", **values)

    def _say_void(self):
        """That this was undone, in the language of the environment, or False."""
        # Narrow sudo: accounts print what came back of an order they see.
        undo = self.sudo().rental_undo_ids
        return bool(undo) and self.env._(
            "Void: undone on %(date)s by %(user)s, %(reason)s",
            date=undo.sale_id._rental_when(undo.rental_date),
            user=undo.user_id.name,
            reason=undo.rental_note,
        )

    # === PAPERS === #

    def action_rental_print_return_protocol(self):
        """Print the protocol of these returns (C12).

        :raise UserError: for what is no return that took place.
        """
        if self.filtered(
            lambda transfer: (
                transfer.rental_direction != "back" or transfer.state != "done"
            )
        ):
            raise UserError(
                self.env._("Only what came back from a rental has a return protocol.")
            )
        report = self.env.ref("equipment_rental.action_report_return_protocol")
        return report.report_action(self)

    def _rental_moment(self):
        """When the goods changed hands, UTC."""
        self.ensure_one()
        return self.rental_date or self.date_done or self.create_date

    def _rental_order_key(self):
        """Sorts transfers in the order they took place."""
        return self._rental_moment(), self.id

    def _rental_paper_items(self):
        """What moved, in a row: *2 × Drill (D-1, D-2); 10 × Chair*."""
        self.ensure_one()
        texts = []
        for move in self._rental_moves().filtered("quantity"):
            lots = ", ".join(move.move_line_ids.lot_id.mapped("name"))
            # No-break spaces: the number stays with its item at the end of a row.
            text = f"{round(move.quantity)}\xa0×\xa0{move.product_id.name}"
            texts.append(f"{text} ({lots})" if lots else text)
        return "; ".join(texts)

    def _rental_paper_name(self):
        """What the protocol is called: *Return Protocol S00012, NRT-RENTIN-00001*.

        In the customer's language, as the protocol.
        """
        self.ensure_one()
        env = self.with_context(lang=self._rental_paper_lang()).env
        return env._(
            "Return Protocol %(order)s, %(transfer)s",
            order=self.sale_id.name or self.origin or "",
            transfer=(self.name or "").replace("/", "-"),
        )

    def _rental_paper_lang(self):
        """The language of the customer the items came back from."""
        order = self.sudo().sale_id
        return order._get_lang() if order else self._get_report_lang()

    def _rental_went_instead(self):
        """The hand-over of what this return was swapped for, if it was (P9)."""
        self.ensure_one()
        return self.search([("rental_swap_id", "=", self.id)], limit=1)
