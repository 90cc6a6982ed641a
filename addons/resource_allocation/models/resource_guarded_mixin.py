"""Fields that only a model's own methods write."""

from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools.misc import clean_context

UNLOCKED = "resource_guarded_key"


class Key:
    """What one write or creation may put into guarded fields, once for each record.

    In the context it reaches the write through every override, in these addons and in
    others. No client can send an object, and it fits these records and these values
    only, so it unlocks nothing of what runs inside.
    """

    def __init__(self, records, vals_list):
        self.model = records._name
        self.ids = set(records.ids)
        # Copies: an override may change what it hands on.
        self.vals_list = [dict(vals) for vals in vals_list]

    def fits(self, records, vals_list):
        """Whether these guarded values are the ones that were unlocked."""
        return (
            records._name == self.model
            and self.ids.issuperset(records.ids)
            and self.vals_list is not None
            and len(vals_list) == len(self.vals_list)
            and all(
                name in mine and mine[name] == value
                for vals, mine in zip(vals_list, self.vals_list, strict=True)
                for name, value in vals.items()
            )
        )

    def use(self, records):
        """Let nobody write these again with it."""
        self.ids.difference_update(records.ids)
        if not self.ids:
            self.vals_list = None


class ResourceGuardedMixin(models.AbstractModel):
    """Some fields follow from what was done; only the methods that do it write them.

    A model names them once, in :meth:`_guarded_fields`, and its methods write them
    with :meth:`_store` and :meth:`_insert`, which go through ``write`` and ``create``
    with all their overrides. Everybody else is refused, with any rights: a form, an
    import, RPC, an automation rule.
    """

    _name = "resource.guarded.mixin"
    _description = "Fields Only Methods Write"

    @api.model
    def _guarded_fields(self):
        """Names of the fields that only this model's own methods write.

        Override to add yours, which are not copied: ``super()._guarded_fields() |
        {"state"}``.
        """
        return frozenset()

    @api.model
    def _all_fields_but(self, names):
        """All fields but these, and those that an administrator added by hand."""
        manual = {name for name, field in self._fields.items() if field.manual}
        return self._fields.keys() - names - manual

    def _store(self, vals):
        """Write guarded fields. Only the model's own methods call this.

        They have checked what may be written, and by whom.
        """
        return not self or self._with_key([vals]).write(vals)

    @api.model
    def _insert(self, vals_list):
        """Create with guarded fields, as :meth:`_store` writes them.

        What a client's context proposes (``default_…``) is for forms, not for these.
        """
        made = self.browse().with_env(self.env(context=clean_context(self.env.context)))
        if vals_list:
            made = made._with_key(vals_list).create(vals_list)
        return made.with_env(self.env)

    def _with_key(self, vals_list):
        """These records, to be written or created with just these values."""
        return self.with_context(**{UNLOCKED: Key(self, vals_list)})

    def _add_missing_default_values(self, values):
        """Let no context and no default of a user's say what is guarded."""
        full = super()._add_missing_default_values(values)
        guarded = self._guarded_fields() & full.keys() - values.keys()
        return full | {name: self._own_default(name) for name in guarded}

    def _own_default(self, name):
        """The value that the field itself starts with."""
        field = self._fields[name]
        default = field.default(self) if field.default else None
        return field.convert_to_write(field.convert_to_cache(default, self), self)

    def copy(self, default=None):
        """Copy each record once, also where a client names one several times."""
        return super(ResourceGuardedMixin, self | self).copy(default)

    @api.model_create_multi
    def create(self, vals_list):
        """Refuse guarded fields, but for :meth:`_insert`.

        :raise AccessError: naming them.
        """
        self._check_guarded(vals_list)
        return super().create(vals_list)

    def write(self, vals):
        """Refuse guarded fields, but for :meth:`_store`.

        :raise AccessError: naming them.
        """
        self._check_guarded([vals])
        return super().write(vals)

    def _guarded_values(self, vals_list):
        names = self._guarded_fields()
        return [
            {name: value for name, value in vals.items() if name in names}
            for vals in vals_list
        ]

    def _is_unlocked(self, vals_list):
        """Whether a method of the model writes or creates these just now."""
        key = self.env.context.get(UNLOCKED)
        guarded = self._guarded_values(vals_list)
        return isinstance(key, Key) and any(guarded) and key.fits(self, guarded)

    def _check_guarded(self, vals_list):
        if self._is_unlocked(vals_list):
            self.env.context[UNLOCKED].use(self)
            return
        if names := set().union(*self._guarded_values(vals_list)):
            raise AccessError(
                self.env._(
                    "%(fields)s of “%(model)s” cannot be typed or imported: what was "
                    "done decides, through its buttons and documents.",
                    fields=", ".join(
                        self._fields[name]._description_string(self.env)
                        for name in sorted(names)
                    ),
                    model=self._description,
                )
            )
