from odoo import api, fields, models
from odoo.exceptions import UserError

TURNED = {"out": "back", "back": "out"}


class StockMove(models.Model):
    """A move out to a customer or back moves the ledger in the same transaction.

    The direction stands on the move, never derived from a location: so sales, rentals
    and returns of one order do not mix.
    """

    _name = "stock.move"
    _inherit = ["stock.move", "resource.guarded.mixin"]

    rental_direction = fields.Selection(
        [("out", "Handed over"), ("back", "Brought back")],
        copy=False,
        readonly=True,
        index="btree_not_null",
    )
    rental_condition_id = fields.Many2one(
        "rental.condition", string="Condition", copy=False, index="btree_not_null"
    )
    rental_remark = fields.Char(string="Remark on Condition", copy=False)

    @api.model
    def _guarded_fields(self):
        """Which way a rental goes decides on the ledger."""
        return super()._guarded_fields() | {"rental_direction"}

    @api.model_create_multi
    def create(self, vals_list):
        """What is made of a rental move is one too, also in the stock app."""
        moves = super().create(vals_list)
        for move in moves:
            if not move.rental_direction and (direction := move._made_of_rental()):
                move._store({"rental_direction": direction})
        return moves

    def _made_of_rental(self):
        """The way it goes: a return turns back, the rest of a transfer goes along."""
        if origin := self.origin_returned_move_id:
            return TURNED.get(origin.rental_direction)
        return self.sale_line_id.is_rental and self.picking_id.rental_direction

    def _action_done(self, cancel_backorder=False):
        done = super()._action_done(cancel_backorder=cancel_backorder)
        done._check_rental_in_one_place()
        # First the ledger, then the fleet: a unit that is back may go to another pool.
        for direction in ("out", "back"):
            moves = done.filtered(lambda move, d=direction: move.rental_direction == d)
            moves._rental_move_ledger(direction)
        self.env["rental.pool"]._sync_pending()
        done._rental_take_out_of_service()
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

    def _rental_move_ledger(self, direction):
        """Hand out or take back in the ledger what these moves moved (C5, C10).

        :raise UserError: more out than reserved, more back than out.
        """
        by_time = self.grouped(lambda move: move.picking_id.rental_date or move.date)
        for moment, moves in by_time.items():
            pieces = [piece for move in moves for piece in move._rental_pieces()]
            lines = moves.sale_line_id
            if direction == "out":
                lines._rental_hand_out(pieces, moment)
            else:
                lines._rental_take_back(pieces, moment)

    def _rental_take_out_of_service(self):
        """Block in the ledger what came back in no condition to be rented (C10).

        From its return on, until somebody puts it back into service. What did not come
        back into a fleet is not rented out anyway.
        """
        # Narrow sudo: blocks are a resource manager's matter; whoever took it back has
        # stated the fact.
        moves = self.sudo().filtered(
            lambda move: (
                move.rental_direction == "back"
                and move.rental_condition_id.out_of_service
            )
        )
        if not moves:
            return
        pool_of = self.env["rental.pool"].sudo()._pools_of_moves(moves)
        self.env["resource.allocation"].sudo().allocate(
            [
                move._prepare_rental_block(resource, quantity)
                for move in moves
                for _line, lot, quantity in move._rental_pieces()
                if (
                    resource := lot.rental_resource_id
                    if lot
                    else pool_of[move].resource_id
                ).active
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
            "start": self.picking_id.rental_date or self.date,
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

    # === PICKING === #

    def _pick_rental(self, lots_of):
        """Pick exactly these serial numbers, and of the rest what is there.

        :param dict lots_of: the serial numbers of each move; none for loose pieces
        :raise UserError: for a unit that is not in the place its move starts from, or
            for fewer pieces there than asked for.
        """
        loose = self.filtered(lambda move: not lots_of[move])
        (self - loose)._pick_rental_lots(lots_of)
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
                lambda lot, m=move: not m._starts_from(place_of.get(lot))
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

    def _starts_from(self, place):
        """Whether ``place`` is where the move starts from, or a part of it."""
        home = self.location_id.parent_path
        return bool(place) and place.parent_path.startswith(home)
