"""What programs elsewhere ask for, answered in what JSON can carry."""

from odoo import api, models

from ..inputs import to_values_list


class ResourceAllocation(models.Model):
    _inherit = "resource.allocation"

    @api.model
    def allocate_what_fits(self, vals_list):
        """As :meth:`allocate` with ``report``, answered in plain values.

        :return: ``ids`` has the root of each row that was asked, None where it was
            refused; ``verdicts`` are those of :meth:`check`.
        """
        vals_list = to_values_list(self, vals_list)
        roots, verdicts = self.allocate(vals_list, on_conflict="report")
        groups = [vals.get("group") or None for vals in vals_list]
        rows = {verdict.index for verdict in verdicts}
        refused = {groups[row] for row in rows} - {None}
        made = iter(roots.ids)
        return {
            "ids": [
                None if row in rows or group in refused else next(made)
                for row, group in enumerate(groups)
            ],
            "verdicts": [verdict.to_values() for verdict in verdicts],
        }

    def change_what_fits(self, vals, seen=None):
        """As :meth:`change` with ``report``, answered in plain values.

        :return: ``ids`` are the roots that were changed, ``verdicts`` those of
            :meth:`check_change`.
        """
        changed, verdicts = self.change(vals, on_conflict="report", seen=seen)
        return {
            "ids": changed.ids,
            "verdicts": [verdict.to_values() for verdict in verdicts],
        }
