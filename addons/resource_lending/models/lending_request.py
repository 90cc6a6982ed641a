from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.resource_allocation.inputs import to_text

ASKED = {"employee_id", "type_id", "date_from", "date_to", "reason", "asset_id"}
"""Fields people type; everything else follows from the named methods."""


class LendingRequest(models.Model):
    """An employee asks for a thing of some type, for some days.

    Who agrees is the category's matter: nobody, the manager, or a lending officer;
    never oneself. Then a lending officer reserves a free one. What a kit could not
    find comes here, too.
    """

    _name = "lending.request"
    _description = "Request"
    _inherit = ["resource.guarded.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "date_from, id"

    employee_id = fields.Many2one(
        "hr.employee",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.user.employee_id,
    )
    company_id = fields.Many2one(related="employee_id.company_id", store=True)
    type_id = fields.Many2one(
        "lending.type", string="What", required=True, ondelete="restrict"
    )
    image_128 = fields.Image(related="type_id.image_128")
    category_id = fields.Many2one(related="type_id.category_id")
    approval = fields.Selection(related="type_id.category_id.approval")
    date_from = fields.Date(
        string="From",
        required=True,
        default=fields.Date.context_today,
        tracking=True,
    )
    date_to = fields.Date(
        string="To",
        tracking=True,
        help="The last day you need it. Empty: for good.",
    )
    reason = fields.Text(help="What you need it for.")
    state = fields.Selection(
        [
            ("to_approve", "To approve"),
            ("approved", "To reserve"),
            ("reserved", "Ready to collect"),
            ("done", "Handed out"),
            ("refused", "Refused"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        readonly=True,
        default="to_approve",
        index=True,
        tracking=True,
        group_expand=True,
    )
    asset_id = fields.Many2one(
        "lending.asset",
        string="Reserve this one",
        domain="[('type_id', '=', type_id), ('condition', '=', 'usable')]",
        groups="resource_lending.lending_group_officer",
        help="Empty: the first one that is free.",
    )
    loan_id = fields.Many2one(
        "lending.loan", string="Assignment", readonly=True, index="btree_not_null"
    )
    decided_by_id = fields.Many2one("res.users", string="Decided by", readonly=True)
    decided_at = fields.Datetime(string="Decided", readonly=True)
    refusal = fields.Char(string="Why refused", readonly=True, tracking=True)
    kit_id = fields.Many2one(
        "lending.kit",
        readonly=True,
        ondelete="set null",
        help="The kit that this is missing from.",
    )
    is_mine = fields.Boolean(compute="_compute_may", compute_sudo=True)
    may_decide = fields.Boolean(compute="_compute_may", compute_sudo=True)

    _period = models.Constraint(
        "CHECK (date_to IS NULL OR date_to >= date_from)",
        "The last day lies before the first.",
    )

    @api.depends("type_id", "employee_id")
    def _compute_display_name(self):
        for request in self:
            request.display_name = bool(request.type_id) and self.env._(
                "%(thing)s for %(employee)s",
                thing=request.type_id.name,
                employee=request.employee_id.name,
            )

    @api.depends("state", "employee_id", "type_id")
    @api.depends_context("uid")
    def _compute_may(self):
        """The manager at any height above, or a lending officer; never oneself."""
        user = self.env.user
        officer = user.has_group("resource_lending.lending_group_officer")
        team = self.env["hr.employee"].search(
            [
                ("id", "child_of", user.employee_ids.ids),
                ("id", "in", self.employee_id.ids),
            ]
        )
        for request in self:
            request.is_mine = request.employee_id in user.employee_ids
            agrees = officer
            if request.approval == "manager":
                agrees = officer or request.employee_id in team
            request.may_decide = (
                request.state == "to_approve" and agrees and not request.is_mine
            )

    # === CRUD === #

    @api.model
    def _guarded_fields(self):
        """States and decisions are made by buttons, not written."""
        return super()._guarded_fields() | {
            "company_id", "state", "loan_id", "decided_by_id", "decided_at", "refusal",
            "kit_id",
        }  # fmt: skip

    @api.model_create_multi
    def create(self, vals_list):
        """Ask; where nobody has to agree it is at once the officers' turn.

        :raise ValidationError: what employees cannot ask for.
        """
        requests = super().create(vals_list)
        requests._check_requestable()
        asking = requests.filtered(lambda one: one.state == "to_approve")
        free = asking.filtered(lambda one: one.approval == "none")
        free._store({"state": "approved"})
        (asking - free)._ask_manager()
        return requests

    def write(self, vals):
        """Change what was asked for until somebody decided.

        :raise UserError: for what follows from the buttons.
        """
        if not self.env.su:
            wanted = set(vals) & (ASKED - {"asset_id"})
            if "employee_id" in vals:
                raise UserError(self.env._("Another employee makes another request."))
            if wanted and self.filtered(lambda one: one.state != "to_approve"):
                raise UserError(
                    self.env._(
                        "This was decided upon already. Cancel the request and make "
                        "another."
                    )
                )
        done = super().write(vals)
        if "type_id" in vals:
            self._check_requestable()
        return done

    def _check_requestable(self):
        officer = "resource_lending.lending_group_officer"
        if self.env.su or self.env.user.has_group(officer):
            return
        for request in self:
            if not request.category_id.requestable:
                raise ValidationError(
                    self.env._(
                        "%s cannot be requested. Ask a lending officer.",
                        request.type_id.name,
                    )
                )

    def _store(self, vals):
        """Write what follows from a decision, in sudo: its right was checked."""
        return super(LendingRequest, self.sudo())._store(vals)

    # === DECIDE === #

    def _ask_manager(self):
        """Put it on the manager's list of activities."""
        for request in self.sudo():
            manager = request.employee_id.parent_id.user_id
            if request.approval == "manager" and manager.active:
                request.activity_schedule(
                    "mail.mail_activity_data_todo",
                    summary=self.env._("Approve or refuse"),
                    user_id=manager.id,
                )

    def approve(self):
        """Agree: the officers reserve one.

        :raise UserError: not asked for any more, one's own, or not one's team's.
        """
        self._check_may_decide()
        self._decide("approved")

    def refuse(self, reason):
        """Say no, and why; the employee is told.

        :raise UserError: without a reason; not asked for any more; one's own.
        """
        self._check_may_decide()
        reason = to_text(self.env, reason)
        if not reason:
            raise UserError(self.env._("Say why: the employee is told."))
        self._decide("refused", refusal=reason)
        for request in self:
            request._tell(self.env._("Your request was refused: %s", reason))

    def _check_may_decide(self):
        self.check_access("read")
        for request in self:
            if request.state != "to_approve":
                raise UserError(
                    self.env._("%s: this was decided upon.", request.display_name)
                )
            if request.is_mine:
                raise UserError(
                    self.env._("Somebody else has to decide upon your own request.")
                )
            if not request.may_decide:
                raise UserError(
                    self.env._(
                        "%s is decided by a lending officer, or by the employee's "
                        "manager where the category says so.",
                        request.display_name,
                    )
                )

    def _decide(self, state, **vals):
        self._store(
            {
                "state": state,
                "decided_by_id": self.env.uid,
                "decided_at": fields.Datetime.now(),
                **vals,
            }
        )
        self.sudo().activity_feedback(["mail.mail_activity_data_todo"])

    def _tell(self, text):
        """A message to the employee, with or without login."""
        request = self.sudo()
        employee = request.employee_id
        partner = employee.user_id.partner_id or employee.work_contact_id
        request.message_post(
            body=text, partner_ids=partner.ids, message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )  # fmt: skip

    # === BUTTONS === #

    def action_approve(self):
        """Agree."""
        self.approve()

    def action_refuse(self):
        """Ask why."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Refuse"),
            "res_model": "lending.request.refuse",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_request_ids": self.ids},
        }

    def action_reserve(self):
        """Reserve a free one."""
        self.reserve()

    def action_cancel(self):
        """Withdraw."""
        self.cancel()
