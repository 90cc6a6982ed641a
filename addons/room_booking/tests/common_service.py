from .common import RoomCase

FIELDS = {
    "C": "is_checkbox",
    "D": "default_active",
    "NE": "not_editable",
    "NV": "not_visible",
    "M": "mandatory",
    "PP": "prefill_participants",
    "PT": "allow_provision",
    "OUT": "allow_outside",
    "BR": "blocks_room",
    "XQ": "setup_per_quantity",
}
"""The options that are a field of their own, by their letters in the rules."""
LABELS = {
    "C": "Yes or no",
    "D": "On the list by itself",
    "NE": "Cannot be changed",
    "NV": "Not visible",
    "M": "Mandatory",
    "PP": "As many as participants",
    "PT": "Other time in the meeting",
    "OUT": "Before or after the meeting",
    "BR": "Blocks the room",
    "XQ": "For each piece",
    "CB": "Booked along",
    "MAX": "Number of Pieces",
    "DV": "Default Quantity",
    "DAY": "On the same day",
}
FORM = """
<form>
    <field name="name" /><field name="group_id" /><field name="activity_id" />
    <field name="kind" /><field name="co_group_ids" /><field name="scenario_ids" />
    <field name="category_id" /><field name="space_ids" />
    <field name="catering" /><field name="catering_type_id" />
    <field name="is_catering" /><field name="price" /><field name="article_number" />
    <field name="is_unlimited" /><field name="max_quantity" />
    <field name="collision_scope" /><field name="default_quantity" />
    <field name="setup_minutes" /><field name="teardown_minutes" />
    {}
</form>
""".format("".join(f'<field name="{name}" />' for name in FIELDS.values()))
"""Every field may be typed: what it may be is for the model to say."""


class ServiceCase(RoomCase):
    """Options of services by their letters in the rules, typed, imported or by RPC."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.form = cls.env["ir.ui.view"].create(
            {"name": "options", "model": "room.service", "arch": FORM, "priority": 99}
        )

    def _values(self, options):
        """What a program writes for these options, and only these."""
        return {
            **{field: letters in options for letters, field in FIELDS.items()},
            "kind": "co_booked" if "CB" in options else "standard",
            "co_group_ids": [(6, 0, self.kitchen.ids if "CB" in options else [])],
            "is_unlimited": "MAX" not in options,
            "max_quantity": 5 if "MAX" in options else 0,
            "default_quantity": 1 if "DV" in options else 0,
            "collision_scope": "day" if "DAY" in options else "interval",
        }

    def _stored(self, service):
        """The options that a service has."""
        found = {letters for letters, field in FIELDS.items() if service[field]}
        return found | {
            letters
            for letters, has in (
                ("CB", service.kind == "co_booked"),
                ("MAX", not service.is_unlimited),
                ("DV", service.default_quantity),
                ("DAY", service.collision_scope == "day"),
            )
            if has
        }

    def _tick(self, form, letters):
        """Tick one option in a form, as somebody would."""
        if letters == "CB":
            form.kind = "co_booked"
            form.co_group_ids.add(self.kitchen)
        elif letters == "MAX":
            form.is_unlimited = False
            form.max_quantity = 5
        elif letters == "DV":
            form.default_quantity = 1
        elif letters == "DAY":
            form.collision_scope = "day"
        else:
            setattr(form, FIELDS[letters], True)

    def _load(self, options, record=None, **more):
        """Import one service with these options: the answer of ``load``."""
        values = {**self._values(options), **more}
        groups = values.pop("co_group_ids")[0][2]
        columns = {
            "name": "Imported",
            "group_id/.id": self.kitchen.id,
            "activity_id/.id": self.activity.id,
            "co_group_ids/.id": ",".join(map(str, groups)),
            **values,
        }
        if record:
            columns[".id"] = record.id
        row = [str(value) for value in columns.values()]
        return self.env["room.service"].load(list(columns), [row])
