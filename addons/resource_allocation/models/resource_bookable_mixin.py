from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.resource.models.resource_mixin import ResourceMixin


class ResourceBookableMixin(models.AbstractModel):
    """A document that stands for a bookable thing and owns its resource.

    Inherits core's ``resource.mixin`` and mends what it does to things: only HR may
    write resources, they are created as people, and company and calendar fall back to
    the user's own when they are meant to be empty.
    """

    _name = "resource.bookable.mixin"
    _description = "Bookable Thing"
    _inherit = ["resource.mixin", "resource.board.mixin"]

    _parts_field = None
    """Name of a field with the bookable documents this one consists of, if any.

    Its resource is then a combination of theirs.
    """
    _unlimited_field = None
    """Name of a yes/no field, if any: while yes, there is always enough of it.

    Its resource then rests: it is archived, and nothing is promised of it.
    """

    resource_id = fields.Many2one(copy=False)
    company_id = fields.Many2one(default=lambda self: self.env.company)
    resource_calendar_id = fields.Many2one(
        string="Opening Hours", default=None, help="Empty: always open."
    )
    allocation_ids = fields.One2many(related="resource_id.allocation_ids")
    allocation_count = fields.Integer(compute="_compute_allocation_count")

    def _compute_allocation_count(self):
        counts = dict(
            self.env["resource.allocation"]._read_group(
                [("resource_id", "in", self.resource_id.ids), ("root_id", "=", False)],
                ["resource_id"],
                ["__count"],
            )
        )
        for thing in self:
            thing.allocation_count = counts.get(thing.resource_id, 0)

    @api.model_create_multi
    def create(self, vals_list):
        """Create the resources first, in a narrow sudo.

        The right to create the document is the right to create its resource.
        """
        self.browse().check_access("create")
        new = [dict(vals) for vals in vals_list]
        self._check_resource_given(new)
        without = [vals for vals in new if not vals.get("resource_id")]
        prepared = [
            self._prepare_resource_values(v, v.pop("tz", None)) for v in without
        ]
        resources = self.env["resource.resource"].sudo().create(prepared)
        for vals, resource in zip(without, resources, strict=True):
            vals["resource_id"] = resource.id
        for vals in new:
            resource = self.env["resource.resource"].sudo().browse(vals["resource_id"])
            vals["company_id"] = resource.company_id.id
            vals["resource_calendar_id"] = resource.calendar_id.id
        things = super().create(new)
        things._follow_parts_and_limits({self._parts_field, self._unlimited_field})
        return things

    def _check_resource_given(self, vals_list):
        """Refuse to take over a resource the user may not write."""
        given = {vals["resource_id"] for vals in vals_list if vals.get("resource_id")}
        if given:
            self.env["resource.resource"].browse(given).check_access("write")

    def _prepare_resource_values(self, vals, tz):
        """Values of the resource of a new document.

        Override to say what kind of thing it is (``exclusive``, ``capacity``,
        ``release``, ``pool_id``, buffers).
        """
        values = {
            "name": vals.get(self._rec_name),
            "company_id": self.env.company.id,
            "calendar_id": False,
            "resource_type": "material",
            "bookable": True,
            "owner_model": self._name,
        }
        for ours, theirs in self._resource_follows().items():
            if ours in vals:
                values[theirs] = vals[ours]
        return {**values, "tz": tz} if tz else values

    def copy_data(self, default=None):
        """Leave the resource out: :meth:`create` makes a new one for the copy.

        Core's mixin would copy it with the user's own rights on resources.
        """
        vals_list = super(ResourceMixin, self).copy_data(default)
        for thing, vals in zip(self, vals_list, strict=True):
            vals.setdefault("company_id", thing.company_id.id)
            vals.setdefault("resource_calendar_id", thing.resource_calendar_id.id)
            vals.setdefault("tz", thing.tz)
        return vals_list

    def write(self, vals):
        """Let the resource follow its owner: see :meth:`_resource_follows`."""
        self._check_resource_given([vals])
        done = super().write(
            {
                name: value
                for name, value in vals.items()
                if name not in ("company_id", "resource_calendar_id", "tz")
            }
        )
        follow = {
            theirs: vals[ours]
            for ours, theirs in self._resource_follows().items()
            if ours in vals
        }
        if follow:
            self.check_access("write")
            self._own_resources().write(follow)
        self._follow_parts_and_limits(vals.keys())
        return done

    def _follow_parts_and_limits(self, names):
        """Let the resources follow what of these fields says parts and limits."""
        if self._parts_field and self._parts_field in names:
            self._follow_parts()
        if self._unlimited_field and {self._unlimited_field, "active"} & set(names):
            self._follow_limits()

    def _follow_parts(self):
        """Let the resources consist of those of their documents' parts.

        :raise AccessError: for a part the user may not read.
        :raise ValidationError: while it is promised, see ``resource.resource``.
        """
        # Narrow sudo: parts that somebody else chose stay, also unseen.
        for thing in self.sudo():
            parts = thing[self._parts_field]
            for resource in thing._own_resources():
                added = parts.filtered(
                    lambda part, known=resource.component_ids: (
                        part.resource_id not in known
                    )
                )
                added.with_env(self.env).check_access("read")
                if resource.component_ids != parts.resource_id:
                    resource.component_ids = parts.resource_id

    def _follow_limits(self):
        """Let resources of what is unlimited rest, and bring back the others.

        :raise UserError: something of it is promised, or blocked.
        """
        unlimited = self.filtered(self._unlimited_field)
        resting = unlimited._own_resources()
        if resting:
            # Or somebody is promised it meanwhile.
            self.env["resource.allocation"].sudo().lock_resources(resting, facts=True)
        resting._check_nothing_lives()
        resting.filtered("active").active = False
        limited = self - unlimited
        if self._active_name:
            limited = limited.filtered(self._active_name)
        back = limited._own_resources()
        back.filtered(lambda one: not one.active).active = True

    def _own_resources(self):
        """Resources made for these documents, not those they share with another."""
        return self.sudo().resource_id.filtered_domain(
            [("owner_model", "=", self._name)]
        )

    @api.model
    def _resource_follows(self):
        """Field of the document -> field of its resource that follows it.

        Override to add ``code`` where the document has one that tells it apart.
        """
        return {
            self._rec_name: "name",
            "active": "active",
            "company_id": "company_id",
            "resource_calendar_id": "calendar_id",
            "tz": "tz",
        }

    def _domains_substitutes(self):
        """What serves instead of this one, as domains on its model, closest first.

        A later domain may contain an earlier one. Override to say what is a
        substitute; unless overridden everything of the model is, by name.
        """
        self.ensure_one()
        return [Domain.TRUE]

    def unlink(self):
        """Take the resource along; archive it where the ledger still knows it."""
        resources = self._own_resources()
        done = super().unlink()
        kept = resources.filtered("allocation_ids")
        kept.active = False
        (resources - kept).unlink()
        return done
