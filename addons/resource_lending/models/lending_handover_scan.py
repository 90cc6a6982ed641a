from odoo import api, models
from odoo.exceptions import UserError

from odoo.addons.resource_allocation.inputs import only_one, shown, to_text


class LendingHandover(models.Model):
    """Scanning things onto a document, by a scanner, a phone's camera or typing."""

    _inherit = "lending.handover"

    @api.onchange("code")
    def _onchange_code(self):
        """What is typed counts like what is scanned."""
        code, self.code = (self.code or "").strip(), False
        return self.on_barcode_scanned(code) if code else None

    def on_barcode_scanned(self, barcode):
        """Put what was scanned on the document; a wrong code is told and does nothing.

        Works on the form: nothing is saved yet.
        """
        try:
            code = to_text(self.env, barcode) or ""
            problem = only_one(self)._scan(code)
        except UserError as error:
            problem = str(error)
        if not problem:
            return None
        return {
            "warning": {
                "title": self.env._("%s was not added", shown(barcode)),
                "message": problem,
                # Not a dialog: the next scan would end up in it.
                "type": "notification",
            }
        }

    def _scan(self, code):
        """Add the thing with this code; else say in words what is wrong."""
        if self.state != "draft":
            return self.env._("The document is no longer open.")
        asset = self.env["lending.asset"]._find_by_code(code)
        if not asset:
            return self.env._("No thing has this code, barcode or serial number.")
        if asset in self.line_ids.asset_id._origin:
            return self.env._("%s is on the list already.", asset.display_name)
        loans = asset._live_loans().get(asset, [])
        line = self.line_ids.new({"asset_id": asset.id})
        choose = self._scan_out if self.direction == "out" else self._scan_back
        if problem := choose(line, loans):
            return problem
        self.line_ids += line
        return False

    def _scan_out(self, line, loans):
        """The first thing scanned says who it is reserved for."""
        if line.asset_id.condition != "usable":
            labels = line.asset_id._fields["condition"]._description_selection(self.env)
            return self.env._(
                "%(asset)s is %(condition)s. Process it first (Return and process).",
                asset=line.asset_id.display_name,
                condition=dict(labels)[line.asset_id.condition].lower(),
            )
        if loans and loans[0].state == "out" and loans[0].single:
            return self.env._(
                "%(asset)s is with %(holder)s: take it back or pass it on first.",
                asset=line.asset_id.display_name,
                holder=loans[0].holder_name,
            )
        reserved = [loan for loan in loans if loan.state == "reserved"]
        if reserved and not self._holder():
            self._take_holder(reserved[0])
        mine = [one for one in reserved if one._holder() == self._holder()._origin]
        line.loan_id = mine[0] if mine else False
        return False

    def _scan_back(self, line, loans):
        loans = [loan for loan in loans if loan.state == "out"]
        problem = self._choose_custody(line, loans)
        if not problem and not self._holder():
            self._take_holder(line.loan_id)
        return problem

    def _choose_custody(self, line, loans):
        """Set which of ``loans`` ends with this line; else say what is wrong.

        A thing several people have at once comes back from the one the document names.
        """
        if not loans:
            return self.env._(
                "%s is not handed out to anybody: it cannot come back.",
                line.asset_id.display_name,
            )
        if len(loans) > 1:
            own = [one for one in loans if one._holder() == self._holder()._origin]
            if not own:
                return self.env._(
                    "%(asset)s is with %(holders)s: choose first who brings it.",
                    asset=line.asset_id.display_name,
                    holders=", ".join(one.holder_name for one in loans),
                )
            loans = own
        line.loan_id = loans[0]
        return False

    def _take_holder(self, loan):
        """Who has a thing, or is to get it, becomes the document's holder."""
        self.holder_kind = loan.holder_kind
        self._onchange_holder_kind()
        for name, value in loan._holder_values().items():
            self[name] = value
