from odoo import api, models


class RentalContract(models.AbstractModel):
    """What an order has agreed so far: option, reservation, rental (C12, C16)."""

    _name = "report.equipment_rental.report_rental_contract"
    _inherit = ["rental.paper.mixin"]
    _description = "Rental Contract"
    _prints = "sale.order"

    @api.model
    def _paper_lang(self, record):
        return record._get_lang()

    @api.model
    def _paper_kind(self, order):
        """The contract that the order's state asks for; of a quotation, its draft."""
        kind = order._rental_paper_kind()
        return "reservation" if kind == "quotation" else kind

    @api.model
    def _paper(self, record):
        """:raise AccessError: for who may not read the order."""
        kind = self._paper_kind(record)
        hand_overs = record._rental_transfers_done("out", void=True)
        # Narrow sudo: the paper shows one order, which the user may read, also to those
        # who otherwise see no transfers, deposits or projects.
        order = record.sudo()
        groups = self._groups(order)
        rent = groups["rent"].filtered(lambda line: not line.display_type)
        return {
            "o": order,
            "kind": kind,
            "title": record._rental_paper_name(kind),
            "groups": groups,
            "period": self._common_period(rent),
            "place": len(rent.warehouse_id) == 1 and rent.warehouse_id,
            "mixed_taxes": self._has_mixed_taxes(order),
            "hand_overs": hand_overs if kind == "contract" else hand_overs.browse(),
            "terms": self._terms(record, kind),
        }

    @api.model
    def _groups(self, order):
        """The lines by what they are: ``{"rent": …, "change": …, …}``.

        A section heads each group that has lines of it; a note follows its line.
        """
        groups = dict.fromkeys(
            ("rent", "change", "sale", "fee"), order.order_line.browse()
        )
        heading, group = order.order_line.browse(), "rent"
        for line in order._get_order_lines_to_report():
            if line.display_type == "line_section":
                heading = line
            elif line.display_type == "line_subsection":
                heading = heading[:1] + line
            elif line.display_type or line._stands_in_rental_paper():
                group = group if line.display_type else line._rental_paper_group()
                groups[group] += heading - groups[group] + line
        return groups

    @api.model
    def _common_period(self, lines):
        """``(start, stop)`` in UTC when all ``lines`` share it, else None."""
        periods = {(line.rental_start, line.rental_stop) for line in lines}
        return periods.pop() if len(periods) == 1 else None

    @api.model
    def _has_mixed_taxes(self, order):
        lines = order.order_line.filtered(lambda line: not line.display_type)
        return len({line.tax_ids for line in lines}) > 1

    @api.model
    def _terms(self, order, kind):
        """Fees the paper announces: for cancelling (C17), then for what comes back."""
        moments = {"reservation": "cancellation", "contract": "return"}
        Fee = order.env["rental.fee"]
        if kind not in moments:
            return Fee
        moment = moments[kind]
        fees = Fee.search(Fee._domain_for(order.company_id, moment))
        if moment == "cancellation":
            return fees.sorted("days_before", reverse=True)
        Condition = order.env["rental.condition"]
        charged = Condition.search([("fee_id", "!=", False)]).fee_id
        return fees.filtered(lambda fee: fee.automatic or fee in charged)


class ReservationContract(models.AbstractModel):
    """The reservation contract, printed again after the hand-over (C16)."""

    _name = "report.equipment_rental.report_reservation_contract"
    _inherit = ["report.equipment_rental.report_rental_contract"]
    _description = "Reservation Contract"

    @api.model
    def _paper_kind(self, order):
        kind = super()._paper_kind(order)
        return "reservation" if kind == "contract" else kind
