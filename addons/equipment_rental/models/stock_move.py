from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError

TURNED = {"out": "back", "back": "out"}
SIGNED_FIELDS = {"rental_condition_id", "rental_remark"}
"""What somebody signed for, besides the goods."""


class StockMove(models.Model):
    """A move out to a customer or back moves the ledger in the same transaction.

    The direction stands on the move, never derived from a location: so sales, rentals
    and returns of one order do not mix.
    """

    _name = "stock.move"
    _inherit = ["stock.move", "resource.guarded.mixin"]

    rental_direction = fields.Selection(
        [
            ("out", "Handed over"),
            ("back", "Brought back"),
            ("found", "Found again"),
            ("undo", "Undone"),
        ],
        copy=False,
        readonly=True,
        index="btree_not_null",
    )
    rental_condition_id = fields.Many2one(
        "rental.condition", string="Condition", copy=False, index="btree_not_null"
    )
    rental_remark = fields.Char(string="Remark on Condition", copy=False)
    rental_photo_ids = fields.Many2many(
        "ir.attachment",
        "stock_move_rental_photo_rel",
        string="Photos",
        readonly=True,
        copy=False,
        help="How it looked when it changed hands.",
    )

    @api.model
    def _guarded_fields(self):
        """Which way a rental goes decides on the ledger; photos come with a window."""
        return super()._guarded_fields() | {"rental_direction", "rental_photo_ids"}

    @api.model_create_multi
    def create(self, vals_list):
        """What is made of a rental move is one too, also in the stock app."""
        moves = super().create(vals_list)
        for move in moves.filtered(lambda move: not move.rental_direction):
            move._check_origin_stands()
            if direction := move._made_of_rental():
                move._store({"rental_direction": direction})
        return moves

    def write(self, vals):
        """:raise UserError: for another condition than somebody signed for."""
        if SIGNED_FIELDS & vals.keys():
            self.picking_id._check_not_signed()
        return super().write(vals)

    def _made_of_rental(self):
        """The way it goes: a return turns back, the rest of a transfer goes along."""
        if origin := self.origin_returned_move_id:
            return TURNED.get(origin.rental_direction)
        return self.sale_line_id.is_rental and self.picking_id.rental_direction

    def _check_origin_stands(self):
        """:raise UserError: for a return of what was undone, or of what undid it."""
        transfer = self.origin_returned_move_id.picking_id
        if transfer.rental_undoes_id or transfer.rental_undo_ids:
            raise UserError(
                self.env._(
                    "%(transfer)s was undone, or undid something: nothing of it is "
                    "left to return. Hand over or take back in %(order)s.",
                    transfer=transfer.name,
                    order=transfer.sale_id.name or transfer.origin,
                )
            )

    def _rental_standing(self, *directions):
        """Those of these that took place, one of these ways, and were not undone."""
        return self.filtered(
            lambda move: (
                move.rental_direction in directions
                and move.state == "done"
                and not move.picking_id.rental_undo_ids
            )
        )

    def _action_done(self, cancel_backorder=False):
        lost = self._rental_take_as_lost()
        done = super()._action_done(cancel_backorder=cancel_backorder)
        done._check_rental_in_one_place()
        # First the ledger, then the fleet: a unit that is back may go to another pool.
        # What is found was ended in the ledger when it was lost; who undoes told it.
        for direction in ("out", "back"):
            moves = done.filtered(lambda move, d=direction: move.rental_direction == d)
            moves._rental_move_ledger(direction)
        self.env["rental.pool"]._sync_pending()
        done._rental_take_out_of_service()
        (done & lost)._rental_tell_lost()
        return done

    def _check_rental_in_one_place(self):
        """:raise UserError: a serial number came into a fleet and is in one already."""
        lines = self.move_line_ids.filtered(
            lambda line: (
                line.product_id.rent_ok
                and line.product_id.tracking == "serial"
                and line.location_dest_id.usage == "internal"
            )
        )
        if lines.lot_id:
            self.env["rental.pool"]._check_in_one_place(
                {line.lot_id: line.location_dest_id for line in lines if line.lot_id}
            )

    def _prepare_merge_moves_distinct_fields(self):
        return [
            *super()._prepare_merge_moves_distinct_fields(),
            "rental_direction",
            "rental_condition_id",
            "rental_remark",
        ]

    def _keep_photos(self):
        """Let the photos of these moves belong to their transfers.

        :raise UserError: for a file that is no photo.
        """
        for transfer, moves in self.grouped("picking_id").items():
            moves.rental_photo_ids._become_rental_photos(transfer)

    def _rental_move_ledger(self, direction):
        """Hand out or take back in the ledger what these moves moved (C5, C10).

        :raise UserError: more out than reserved, more back than out.
        """
        groups = self.grouped(lambda move: (move._rental_moment(), move._is_lost()))
        for (moment, lost), moves in groups.items():
            pieces = [piece for move in moves for piece in move._rental_pieces()]
            lines = moves.sale_line_id
            if direction == "out":
                lines._rental_hand_out(pieces, moment)
            else:
                # Nobody cleans what is lost.
                lines._rental_take_back(pieces, moment, ready=lost)

    def _rental_moment(self):
        """When the goods changed hands, UTC."""
        self.ensure_one()
        return self.picking_id.rental_date or self.date

    def _rental_take_out_of_service(self):
        """Block in the ledger what came back in no condition to be rented (C10).

        From its return on, until somebody puts it back into service. What did not come
        back into a fleet is not rented out anyway. Override to do more about it.

        :return: ``[(move, serial number or none, pieces, block)]``, in sudo
        """
        # Narrow sudo: blocks are a resource manager's matter; whoever took it back has
        # stated the fact.
        moves = self.sudo().filtered(
            lambda move: (
                move.rental_direction in ("back", "found")
                and move.rental_condition_id.out_of_service
            )
        )
        if not moves:
            return []
        pool_of = self.env["rental.pool"].sudo()._pools_of_moves(moves)
        pieces = [
            (move, lot, quantity, resource)
            for move in moves
            for _line, lot, quantity in move._rental_pieces()
            if (
                resource := lot.rental_resource_id if lot else pool_of[move].resource_id
            ).active
        ]
        blocks = (
            self.env["resource.allocation"]
            .sudo()
            .allocate(
                [
                    move._prepare_rental_block(resource, quantity)
                    for move, _lot, quantity, resource in pieces
                ]
            )
        )
        for (move, *_piece), block in zip(pieces, blocks, strict=True):
            block._store({"rental_blocked_by_id": move.id})
        return [
            (move, lot, quantity, block)
            for (move, lot, quantity, _unit), block in zip(pieces, blocks, strict=True)
        ]

    def _rental_own_blocks(self):
        """The blocks that these returns made, as far as nobody ended them since."""
        # Narrow sudo: as they were made.
        blocks = self.env["resource.allocation"].sudo()
        return blocks.search(
            [
                ("rental_blocked_by_id", "in", self.ids),
                ("root_id", "=", False),
                ("live", "=", True),
                ("stop", "=", False),
            ]
        )

    def _prepare_rental_block(self, resource, quantity):
        """Values of the block of so many pieces. Override to add your own.

        It hangs on no document: so the ledger's managers can lift it there, too.
        """
        self.ensure_one()
        order = self.sale_line_id.order_id
        why = [self.rental_condition_id.name, self.rental_remark]
        return {
            "kind": "block",
            "resource_id": resource.id,
            "quantity": quantity,
            "start": self._rental_moment(),
            "name": f"{': '.join(filter(None, why))} ({order.name})",
            "user_id": order._rental_responsible().id,
            "company_id": order.company_id.id,
        }

    def _rental_pieces(self):
        """What moved: ``[(order line, serial number or none, whole pieces)]``."""
        self.ensure_one()
        line = self.sale_line_id
        if not line.is_rental:
            raise UserError(
                self.env._(
                    "%s is a rental transfer without a rental line of an order.",
                    self.display_name,
                )
            )
        if self.product_id.tracking == "serial":
            return [(line, lot, 1) for lot in self.move_line_ids.lot_id]
        unit = self.product_id.uom_id
        pieces = self.product_uom._compute_quantity(self.quantity, unit)
        return [(line, self.env["stock.lot"], round(pieces))]

    def _rental_description(self):
        """What moved, in a few words: *2 × Drill (D-1, D-2): Damaged, cable torn*."""
        self.ensure_one()
        text = f"{round(self.quantity)} × {self.product_id.name}"
        if lots := self.move_line_ids.lot_id:
            text += f" ({', '.join(lots.mapped('name'))})"
        remarks = [self.rental_condition_id.name, self.rental_remark]
        return ": ".join(filter(None, [text, ", ".join(filter(None, remarks))]))

    def _rental_descriptions(self):
        """What these moved, in a row."""
        return ", ".join(move._rental_description() for move in self)

    def _say_moved(self, kind):
        """What these moved, for the order's history."""
        what = self._rental_descriptions()
        swapped = self.picking_id.rental_swap_id.move_ids._rental_descriptions()
        texts = {
            "out": self.env._("Handed over: %s", what),
            "back": self.env._("Came back: %s", what),
            "lost": self.env._("Lost: %s", what),
            "found": self.env._("Found again: %s", what),
            "swapped": self.env._(
                "Swapped: %(old)s for %(new)s", old=swapped, new=what
            ),
        }
        return texts[kind]

    # === UNDOING === #

    def _prepare_undo(self, undo):
        """Values of the move that undoes this one. Override to add your own."""
        self.ensure_one()
        return {
            "picking_id": undo.id,
            "picking_type_id": undo.picking_type_id.id,
            "product_id": self.product_id.id,
            "product_uom_qty": self.quantity,
            "product_uom": self.product_uom.id,
            "location_id": self.location_dest_id.id,
            "location_dest_id": self.location_id.id,
            "company_id": self.company_id.id,
            "origin": self.origin,
            "sale_line_id": self.sale_line_id.id,
            "origin_returned_move_id": self.id,
            "rental_direction": "undo",
        }

    # === LOST === #

    def _is_lost(self):
        """Whether a customer had it and it never came back (C10)."""
        self.ensure_one()
        lost = self.location_dest_id.usage == "inventory"
        return self.rental_direction == "back" and lost

    def _still_lost(self):
        """What of a loss nobody found yet: ``{serial number or none: pieces}``."""
        self.ensure_one()
        left = defaultdict(int)
        for _line, lot, pieces in self._rental_pieces():
            left[lot] += pieces
        found = self.returned_move_ids.filtered(
            lambda move: move.rental_direction == "found" and move.state == "done"
        )
        for move in found:
            for _line, lot, pieces in move._rental_pieces():
                left[lot] -= pieces
        return {lot: pieces for lot, pieces in left.items() if pieces > 0}

    def _rental_take_as_lost(self):
        """Let what is scrapped or counted away at the customers' be lost there (C10).

        Else the order would wait for it for ever. A serial number says whose it was; of
        other pieces nobody can tell when several have some out.

        :return: those of these moves that are losses now
        :raise UserError: says who has some out, and what to do.
        """
        lost = self.browse()
        kind = self.env["rental.condition"]._meaning_lost()
        for moves, rows, spare in self._rental_taken_away():
            pieces = sum(move._pieces_to_move() for move in moves)
            if pieces <= spare:
                continue
            lines = set(rows.mapped("res_id"))
            if spare > 0 or len(lines) > 1 or pieces > sum(rows.mapped("quantity")):
                raise UserError(moves._say_where_to_lose(rows))
            moves._store(
                {
                    "rental_direction": "back",
                    "sale_line_id": lines.pop(),
                    "rental_condition_id": kind.id,
                }
            )
            lost |= moves
        return lost

    def _rental_taken_away(self):
        """What leaves the places of customers' things for good, and who has it.

        :return: ``[(moves, rows of the ledger, pieces that no row has)]``
        """
        moves = self.filtered(
            lambda move: (
                not move.rental_direction
                and move.state not in ("done", "cancel")
                and move.location_dest_id.usage == "inventory"
                and move.location_id.usage == "internal"
                and not move.location_id.warehouse_id
            )
        )
        if not moves:
            return []
        # Narrow sudo: who has it is told by the user's own rights.
        pools = self.env["rental.pool"].sudo()
        pool_of = pools._pools_of_moves(moves, "location_id")
        found = []
        for pool, some in moves.grouped(lambda move: pool_of[move]).items():
            by_unit = some.filtered("lot_ids") if pool.tracking == "serial" else []
            for move in by_unit:
                units = move.lot_ids.sudo().rental_resource_id
                rows = units._rows_out()
                found.append((move, rows, len(move.lot_ids) - len(rows)))
            if loose := some - some.browse([move.id for move in by_unit]):
                rows = pool.resource_id._rows_out()
                spare = pool._read_away().get(pool, 0) - sum(rows.mapped("quantity"))
                found.append((loose, rows, spare))
        return [(moves, rows, spare) for moves, rows, spare in found if rows]

    def _pieces_to_move(self):
        """Pieces this moves, in the item's own unit."""
        unit = self.product_id.uom_id
        return round(self.product_uom._compute_quantity(self.quantity, unit))

    def _say_where_to_lose(self, rows):
        """In words that these things are with customers, and how to end that."""
        return self.env._(
            "%(item)s: out with %(who)s. Say in the order what is lost, with Take Back "
            "and the condition for it.",
            item=self.product_id.display_name,
            who=", ".join(dict.fromkeys(rows.holder_labels().values())),
        )

    def _rental_tell_lost(self):
        """Tell the orders, and who is to charge for it: nobody did so far."""
        # Narrow sudo: whoever moves the goods need not read the order.
        by_order = self.sudo().grouped(lambda move: move.sale_line_id.order_id)
        for order, moves in by_order.items():
            order.message_post(body=moves._say_moved("lost"))
            order._ask_to_charge(
                self.env._("Charge for what was lost?"),
                fields.Datetime.now(),
                [
                    (line, pieces, move.rental_condition_id)
                    for move in moves
                    for line, _lot, pieces in move._rental_pieces()
                ],
            )

    # === PICKING === #

    def _confirm_rental(self):
        """Confirm these, each by itself.

        :raise UserError: for a kit, whose parts the stock would move instead of it.
        """
        items = {move: move.product_id for move in self}
        confirmed = self._action_confirm(merge=False)
        for move, item in items.items():
            if move not in confirmed:
                raise UserError(
                    self.env._(
                        "%s became a kit: the stock would move its parts instead of "
                        "it. Archive its bill of materials, then do this again.",
                        item.display_name,
                    )
                )

    def _pick_rental(self, lots_of):
        """Pick exactly these serial numbers, and of the rest what is there.

        :param dict lots_of: the serial numbers of each move; none for loose pieces
        :raise UserError: for a unit that is not in the place its move starts from, or
            for fewer pieces there than asked for.
        """
        found = self.filtered(lambda move: move.rental_direction == "found")
        found._pick_found(lots_of)
        loose = (self - found).filtered(lambda move: not lots_of[move])
        (self - found - loose)._pick_rental_lots(lots_of)
        loose._action_assign()
        for move in loose:
            if move.quantity < move.product_uom_qty:
                raise UserError(
                    self.env._(
                        "Only %(there)s of %(item)s are in %(place)s, not %(wanted)s.",
                        item=move.product_id.display_name,
                        there=round(move.quantity),
                        place=move.location_id.display_name,
                        wanted=round(move.product_uom_qty),
                    )
                )
        self.picked = True

    def _pick_rental_lots(self, lots_of):
        """Move exactly these serial numbers: ``{move: lots}``."""
        lots = self.env["stock.lot"].union(*(lots_of[move] for move in self))
        quants = self.env["stock.quant"].search(
            [
                ("lot_id", "in", lots.ids),
                ("location_id", "child_of", self.location_id.ids),
                ("quantity", ">", 0),
            ]
        )
        place_of = {quant.lot_id: quant.location_id for quant in quants}
        vals_list = []
        for move in self:
            missing = lots_of[move].filtered(
                lambda lot, m=move: (
                    lot not in place_of or not place_of[lot]._child_of(m.location_id)
                )
            )
            if missing:
                raise UserError(
                    self.env._(
                        "%(units)s is not in %(place)s.",
                        units=", ".join(missing.mapped("display_name")),
                        place=move.location_id.display_name,
                    )
                )
            vals_list += [
                {
                    **move._prepare_move_line_vals(quantity=0),
                    "lot_id": lot.id,
                    "location_id": place_of[lot].id,
                    "quantity": 1,
                }
                for lot in lots_of[move]
            ]
        self.env["stock.move.line"].create(vals_list)

    def _pick_found(self, lots_of):
        """Move these serial numbers, other pieces with the lots they went as.

        From where they are by the books: the place of losses is no shelf, and what it
        has of a number depends on how that was first counted in. So stock itself has
        picked already what has no numbers.
        """
        vals_list = []
        for move in self:
            if lots := dict.fromkeys(lots_of[move], 1) or move._lots_found():
                move.move_line_ids.unlink()
                vals = move._prepare_move_line_vals(quantity=0)
                vals_list += [
                    {**vals, "lot_id": lot.id, "quantity": pieces}
                    for lot, pieces in lots.items()
                ]
        self.env["stock.move.line"].create(vals_list)

    def _lots_found(self):
        """Of which lots these pieces are, the first lost first: ``{lot: quantity}``."""
        self.ensure_one()
        loss, wanted = self.origin_returned_move_id, self.product_uom_qty
        lots = {}
        for lot in loss.move_line_ids.lot_id:
            gone, found = (
                sum(line.quantity for line in moves.move_line_ids if line.lot_id == lot)
                for moves in (loss, loss.returned_move_ids - self)
            )
            left = gone - found
            if taken := min(wanted, left):
                lots[lot] = taken
                wanted -= taken
        return lots
