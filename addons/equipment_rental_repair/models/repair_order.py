from odoo import api, fields, models
from odoo.tools import plaintext2html

OPEN_STATES = ("draft", "confirmed", "under_repair")


class RepairOrder(models.Model):
    """The repair of what came back broken: until it is done, nobody can rent that."""

    _name = "repair.order"
    _inherit = ["repair.order", "resource.guarded.mixin"]

    rental_block_id = fields.Many2one(
        "resource.allocation",
        string="Out of Service",
        readonly=True,
        copy=False,
        index="btree_not_null",
        groups="resource_allocation.resource_allocation_group_user",
        help="Keeps it from being rented until the repair is done.",
    )

    @api.model
    def _guarded_fields(self):
        """The block arises with the return."""
        return super()._guarded_fields() | {"rental_block_id"}

    # === PROPOSED === #

    @api.model
    def _propose_rental_repairs(self, taken):
        """A new repair of each unit, or of the pieces of each move, that came back so.

        A repair of the unit that is still open goes on instead.

        :param list taken: ``[(move, serial number or none, pieces, block)]``
        """
        # Narrow sudo: whoever takes back need not plan repairs or see the ledger; what
        # is proposed follows from the condition he stated.
        repairs = self.sudo()
        lots = repairs.env["stock.lot"].union(*(lot for _move, lot, *_rest in taken))
        known = repairs.search(
            [("lot_id", "in", lots.ids), ("state", "in", OPEN_STATES)], order="id"
        )
        repair_of = {repair.lot_id: repair for repair in known}
        new = []
        for move, lot, pieces, block in taken:
            if repair := repair_of.get(lot):
                repair._store({"rental_block_id": block.id})
                repair.message_post(body=block.name)
            else:
                new.append(self._prepare_rental_repair(move, lot, pieces, block))
        repairs._insert(new)

    @api.model
    def _prepare_rental_repair(self, move, lot, pieces, block):
        """Values of the repair of what ``move`` brought back. Override to add your own.

        For no customer: the thing is the company's own, and what he pays for it stands
        on the rental order. Where it lies it stays.
        """
        place = move.location_dest_id
        vals = {
            "product_id": move.product_id.id,
            "product_qty": pieces,
            "product_uom": move.product_id.uom_id.id,
            "lot_id": lot.id,
            "picking_id": move.picking_id.id,
            "company_id": move.company_id.id,
            "product_location_src_id": place.id,
            "product_location_dest_id": place.id,
            "partner_id": False,
            "user_id": False,
            "internal_notes": plaintext2html(block.name),
            "rental_block_id": block.id,
        }
        if kind := place.warehouse_id.repair_type_id:
            vals["picking_type_id"] = kind.id
        return vals

    # === DONE, OR NOT === #

    def action_repair_done(self):
        """Let what is repaired be rented again (C10)."""
        done = super().action_repair_done()
        # Narrow sudo: blocks are a resource manager's matter; whoever ended the repair
        # has stated the fact.
        self.sudo().rental_block_id.filtered("live").close()
        return done

    def action_repair_cancel(self):
        """Tell whoever answers for it that something stays out of service."""
        given_up = self.filtered(lambda repair: repair.state != "cancel")
        done = super().action_repair_cancel()
        given_up._rental_tell_given_up()
        return done

    def unlink(self):
        """Tell whoever answers for it that something stays out of service."""
        self.check_access("unlink")
        # The others are cancelled first, or were.
        self.filtered(lambda repair: repair.state == "draft")._rental_tell_given_up()
        return super().unlink()

    def _rental_tell_given_up(self):
        """A to-do on the order that brought it back, while it is out of service."""
        # Narrow sudo: one activity on the order, whoever gives the repair up.
        for repair in self.sudo():
            order = repair.picking_id.sale_id
            if order and repair.rental_block_id.live:
                order._rental_remind(
                    self.env._(
                        "%(item)s is out of service, and its repair %(repair)s was "
                        "given up: put it back into service, or scrap it.",
                        item=(repair.lot_id or repair.product_id).display_name,
                        repair=repair.name,
                    )
                )

    @api.model
    def _rental_not_needed(self, blocks):
        """Withdraw what was proposed for ``blocks``, which somebody lifted by hand.

        A repair that somebody took up goes on, and is told.
        """
        # Narrow sudo: as for the proposal.
        repairs = self.sudo().search(
            [("rental_block_id", "in", blocks.ids), ("state", "in", OPEN_STATES)]
        )
        for repair in repairs:
            repair.message_post(
                body=self.env._(
                    "%s was put back into service.",
                    (repair.lot_id or repair.product_id).display_name,
                )
            )
        repairs.filtered(
            lambda repair: repair.state == "draft" and not repair.move_ids
        ).action_repair_cancel()
