"""What the tests of the counter share."""

from odoo.tests import Form

from .common import LendingCommon

PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAA"
    "AABJRU5ErkJggg=="
)
"""A signature: one black point."""


class CounterCommon(LendingCommon):
    """The storekeeper's windows, and the mails that go out."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.visitor = cls.env["res.partner"].create(
            {"name": "Vera Visitor", "email": "vera@example.com"}
        )
        cls.phone, cls.laptop, cls.shared = (
            thing.with_user(cls.officer)
            for thing in (cls.phone, cls.laptop, cls.shared)
        )
        cls.env["mail.mail"].search([]).unlink()

    def _window(self, records, action):
        """The form that a button of these records opens, as the storekeeper."""
        action = getattr(records.with_user(self.officer), action)()
        model = self.env[action["res_model"]].with_user(self.officer)
        return Form(model.with_context(**action["context"]))

    def _document(self, action):
        """The record a button opens."""
        model = self.env[action["res_model"]].with_user(self.officer)
        return model.browse(action["res_id"])

    def _confirm(self, action):
        document = self._document(action)
        document.confirm()
        return document

    def _handed_over(self, assets, employee, **vals):
        """Hand out with a document; returns the assignments."""
        lines = [(0, 0, {"asset_id": asset.id}) for asset in assets]
        document = (
            self.env["lending.handover"]
            .with_user(self.officer)
            .create({"employee_id": employee.id, "line_ids": lines, **vals})
        )
        document.confirm()
        return document.line_ids.loan_id

    def _loan_of(self, asset):
        return self._loans().search([("asset_id", "=", asset.id)])

    def _process(self, asset, outcome):
        form = self._window(asset, "action_return")
        form.outcome = outcome
        form.save().action_process()

    def _correct(self, loan, reason="Scanned the wrong one", **right):
        action = loan.action_correct()
        model = self.env["lending.correct"].with_user(loan.env.user)
        form = Form(model.with_context(**action["context"]))
        for name, value in right.items():
            setattr(form, name, value)
        form.reason = reason
        return self._loan_from(form.save().action_correct())

    def _loan_from(self, action):
        return self._document(action).line_ids.loan_id

    def _run_cron(self, name):
        with self.enter_registry_test_mode():
            self.env.ref(f"resource_lending.{name}").method_direct_trigger()

    def _mails(self):
        """The mails written since the last call."""
        self._run_cron("ir_cron_lending_notice")
        self.assertFalse(
            self.env["lending.notice"].search([("state", "!=", "sent")]).mapped("error")
        )
        mails = self.env["mail.mail"].search([], order="id")
        mails = mails.filtered(lambda mail: mail.model == "lending.notice")
        new = mails - self.env["mail.mail"].browse(getattr(self, "_seen", []))
        self._seen = mails.ids
        return new
