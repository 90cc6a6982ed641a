from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.resource_allocation.core.truth import Expected
from odoo.addons.resource_allocation.inputs import to_instant, to_text


class LendingAsset(models.Model):
    """One physical thing that is lent: a laptop, a key, a card, an access code.

    Its resource is the identity it has in the availability ledger; whoever books or
    rents the same resource excludes lending it, and the other way round. Who has it
    is in :class:`lending.loan`; nothing here is typed that follows from there.
    """

    _name = "lending.asset"
    _description = "Asset"
    _inherit = [
        "resource.guarded.mixin",
        "resource.bookable.mixin",
        "resource.document.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "code, id"
    _rec_names_search = ["name", "code"]
    _check_company_auto = True
    _compared = True
    _board_basket = "lending.basket"

    name = fields.Char(required=True, tracking=True)
    code = fields.Char(
        required=True,
        copy=False,
        index="trigram",
        help="The number on its label; unique within the company.",
    )
    active = fields.Boolean(default=True)
    type_id = fields.Many2one(
        "lending.type", required=True, ondelete="restrict", index=True, tracking=True
    )
    category_id = fields.Many2one(
        related="type_id.category_id",
        store=True,
        index=True,
        # Properties are asked for before the asset is there.
        precompute=True,
    )
    place_id = fields.Many2one(
        "lending.place",
        index="btree_not_null",
        tracking=True,
        check_company=True,
        help="Where it lies when nobody has it.",
    )
    condition = fields.Selection(
        [
            ("usable", "Usable"),
            ("lost", "Lost"),
            ("outdated", "Outdated"),
            ("written_off", "Written off"),
        ],
        required=True,
        readonly=True,
        default="usable",
        copy=False,
        tracking=True,
        help="What the last processing found.",
    )
    written_off_on = fields.Date(readonly=True, copy=False)
    block_id = fields.Many2one(
        "resource.allocation",
        readonly=True,
        copy=False,
        groups="resource_lending.lending_group_officer",
        help="Technical: keeps a lost or outdated thing from being promised.",
    )
    custody_turn = fields.Integer(
        default=0,
        copy=False,
        export_string_translation=False,
        help="Technical: written by every change of custody, so that two at once "
        "cannot both be saved.",
    )
    event_ids = fields.One2many("lending.event", "asset_id", string="History")

    _code_unique = models.UniqueIndex(
        "(code, coalesce(company_id, 0))",
        "Another asset of the company has this code.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        """Number what has no code."""
        missing = [vals for vals in vals_list if not vals.get("code")]
        for vals in missing:
            vals["code"] = self.env["ir.sequence"].next_by_code("lending.asset")
        return super().create(vals_list)

    @api.model
    def _prepare_resource_values(self, vals, tz):
        """A single thing that is free again when it is taken back."""
        return {
            **super()._prepare_resource_values(vals, tz),
            "exclusive": True,
            "capacity": 1,
            "release": "return",
        }

    @api.model
    def _resource_follows(self):
        """The ledger names it as its label does."""
        return {**super()._resource_follows(), "code": "code"}

    def write(self, vals):
        """Leave what follows from custody and processing to the named methods.

        :raise UserError: archiving what somebody has.
        :raise ValidationError: a type held by one at a time, while several have it.
        """
        if not vals.get("active", True):
            self._check_nobody_counts_on_it()
        done = super().write(vals)
        if "type_id" in vals:
            self.env["lending.loan"]._follow_holding([("asset_id", "in", self.ids)])
        return done

    @api.model
    def _guarded_fields(self):
        """What custody, processing and the card decide."""
        return super()._guarded_fields() | {
            "category_id", "condition", "status", "written_off_on", "block_id",
            "custody_turn",
        }  # fmt: skip

    @api.depends("name", "code")
    def _compute_display_name(self):
        for asset in self:
            asset.display_name = f"{asset.name} ({asset.code})"

    def _domains_substitutes(self):
        """Usable things of its type: of its name and place, of its name, any."""
        like = Domain("type_id", "=", self.type_id.id)
        like &= Domain("condition", "=", "usable")
        named = like & Domain("name", "=", self.name)
        here = named & Domain("place_id", "=", self.place_id.id)
        return [here, named, like]

    def _log(self, kind, note=None, **what):
        """Write into the history of each: see ``lending.event._record``."""
        whose = [{"asset_id": asset.id} for asset in self]
        return self.env["lending.event"]._record(whose, kind, note=note, **what)

    def _check_may_leave(self):
        """Refuse to hand out what must not leave; extended by the register.

        :raise UserError: naming the asset, why, and what to do.
        """

    # === CONDITION === #

    def process(self, outcome, note=None, at=None):
        """Register what became of things that are here: in stock, lost, outdated.

        Repeatable (L14); what the person had and until when is left alone. Lost and
        outdated things cannot be promised, and their reservations are cancelled with
        a notice to those who had them (L20).

        :param str outcome: ``in_stock``, ``lost`` or ``outdated`` (L13).
        :param datetime at: UTC, default now.
        :raise UserError: somebody has it: return it instead.
        """
        self.check_access("write")
        note, at = to_text(self.env, note), to_instant(self.env, at)
        self._check_outcome(outcome)
        self._check_nobody_has()
        self._log("process", note=note, at=at, outcome=outcome)
        self._set_condition(outcome)

    def _check_nobody_has(self):
        """Refuse to judge from here what somebody has in hand.

        :raise UserError: naming asset and holder.
        """
        if out := self._live_holders()[:1]:
            raise UserError(
                self.env._(
                    "%(asset)s is with %(holder)s: register its return instead.",
                    asset=out.asset_id.display_name,
                    holder=out._known_holder(),
                )
            )

    def _check_usable(self):
        """Refuse to promise what is lost, outdated or written off (L20).

        :raise UserError: naming the asset and what to do.
        """
        labels = dict(self._fields["condition"]._description_selection(self.env))
        if broken := self.filtered(lambda asset: asset.condition != "usable"):
            raise UserError(
                self.env._(
                    "%(asset)s is %(condition)s. Process it as in stock first.",
                    asset=broken[0].display_name,
                    condition=labels[broken[0].condition].lower(),
                )
            )

    @api.model
    def _check_outcome(self, outcome):
        known = dict(self.env["lending.event"]._fields["outcome"].selection)
        if not isinstance(outcome, str) or outcome not in known:
            raise UserError(
                self.env._(
                    "Say what became of it: %s.", ", ".join(map(str, known.values()))
                )
            )

    def _set_condition(self, outcome):
        """Store the condition that an outcome means, and let the ledger know."""
        written_off = self.filtered(lambda asset: asset.condition == "written_off")
        if written_off:
            raise UserError(
                self.env._("%s is written off.", written_off[0].display_name)
            )
        condition = "usable" if outcome == "in_stock" else outcome
        self.filtered(lambda asset: asset.condition != condition)._store(
            {"condition": condition}
        )
        self._give_up_reservations()
        self._follow_condition()

    def _follow_condition(self):
        """Block what is lost or outdated in the ledger; free what is usable again."""
        # Recording a fact is the ledger managers' right, and here a consequence.
        assets = self.sudo()
        usable = assets.filtered(lambda asset: asset.condition == "usable")
        freed = usable.filtered("block_id")
        assets._ledger(freed.block_id.filtered("live")).close()
        freed._store({"block_id": False})
        broken = assets.filtered(
            lambda asset: asset.condition in ("lost", "outdated") and not asset.block_id
        )
        blocks = assets._ledger().allocate(
            [asset._prepare_block_values() for asset in broken]
        )
        for asset, block in zip(broken, blocks, strict=True):
            asset._store({"block_id": block.id})

    def _prepare_block_values(self):
        labels = dict(self._fields["condition"]._description_selection(self.env))
        return {
            "resource_id": self.resource_id.id,
            "start": fields.Datetime.now(),
            "kind": "block",
            "name": labels[self.condition],
            "res_model": self._name,
            "res_id": self.id,
            "user_id": self._allocation_responsible().id,
            "company_id": (self.company_id or self.env.company).id,
        }

    # === COMPARED WITH THE LEDGER === #

    @api.model
    def _domain_expecting(self):
        return Domain("condition", "in", ("lost", "outdated"))

    def _expected_allocations(self):
        """A block while it is lost or outdated; what was written off may keep it."""
        expected = {}
        for asset in self:
            block = asset.block_id.filtered("live")
            away = asset.condition in ("lost", "outdated")
            if away or (asset.condition == "written_off" and block):
                start = block.start or fields.Datetime.now()
                thing = asset.resource_id.id
                expected[asset.id] = [Expected(thing, "block", start, None)]
        return expected

    def _repair_allocations(self):
        """Block what is lost or outdated, and nothing else."""
        self.check_access("write")
        assets = self.sudo()
        rows = self._live_rows()
        agreed = assets.filtered(lambda one: one.condition != "usable").block_id
        assets._ledger(rows - agreed).close()
        assets.filtered(lambda one: not one.block_id.live)._store({"block_id": False})
        assets._follow_condition()

    def _give_up_reservations(self):
        """Cancel what is promised of these, and tell those it was promised to."""
        labels = dict(self._fields["condition"]._description_selection(self.env))
        reserved = self.env["lending.loan"].search(
            [
                ("asset_id", "in", self.ids),
                ("asset_condition", "!=", "usable"),
                ("by_date", "=", False),
                ("state", "=", "reserved"),
            ]
        )
        for condition, loans in reserved.grouped("asset_condition").items():
            loans.cancel(self.env._("The thing is %s.", labels[condition].lower()))
