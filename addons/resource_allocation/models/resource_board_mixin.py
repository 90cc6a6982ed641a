from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ..inputs import only_one, shown, to_list

MOST_ROWS = 5_000
"""More than anybody scrolls through: whoever finds more is asked to search."""


class ResourceBoardMixin(models.AbstractModel):
    """Records that are rows of a planning board (C20).

    What is bookable is one. A model whose records have things in another way overrides
    :meth:`_board_resources`, and whoever lets a period be booked from the board
    :meth:`board_book`.
    """

    _name = "resource.board.mixin"
    _description = "Row of a Planning Board"

    @api.model
    @api.readonly
    def board_rows(self, domain, groupby=()):
        """Which rows the board has, in which groups, as columns.

        ``rows`` has a list for each of ``id``, ``name``, ``resource`` (its id, or
        None where the user may not read it), ``kind`` (``single``, ``pool`` or
        ``whole`` for a combination) and ``units`` (how many a pool has). ``groups``
        are the places of their rows in these lists, with the group's own ``label``;
        one without label has all of them. ``more`` says how many were left out.

        :param groupby: fields of the model, as in a search.
        :raise ValidationError: for a field that there is not, or no domain.
        """
        names = [str(name) for name in to_list(self.env, groupby)]
        # Only fields that the user may read.
        fields = self.fields_get(attributes=["groupable"]) if names else {}
        for name in names:
            if not fields.get(name.split(":")[0], {}).get("groupable"):
                raise ValidationError(
                    self.env._(
                        "Rows of a board are grouped by fields of %(model)s, and "
                        "“%(name)s” is none.",
                        model=self._description,
                        name=name,
                    )
                )
        domain = self._to_domain(domain)
        found = self.search(domain, limit=MOST_ROWS)
        many = len(found) == MOST_ROWS
        return {
            "rows": found._board_columns(),
            "groups": found._board_groups(names),
            "more": self.search_count(domain) - MOST_ROWS if many else 0,
        }

    @api.model
    def _to_domain(self, value):
        try:
            domain = Domain(to_list(self.env, value))
            domain.validate(self)
        except (TypeError, ValueError):
            raise ValidationError(
                self.env._(
                    "“%(text)s” does not say which of %(model)s to show.",
                    text=shown(value),
                    model=self._description,
                )
            ) from None
        return domain

    def _board_columns(self):
        resources = self._board_resources()
        # Narrow sudo: of those that the user reads only what kind of thing it is.
        things = self.env["resource.resource"].union(*resources.values())
        things = things._filtered_access("read").sudo()
        readable = set(things.ids)
        units = things._board_units()
        columns = {name: [] for name in ("id", "name", "resource", "kind", "units")}
        for record in self:
            thing = resources[record].sudo().filtered(lambda one: one.id in readable)
            columns["id"].append(record.id)
            columns["name"].append(record.display_name)
            columns["resource"].append(thing.id or None)
            columns["kind"].append(thing._board_kind())
            columns["units"].append(units.get(thing.id, 0))
        return columns

    def _board_groups(self, names):
        """The rows of each group, groups and rows in the order of a list."""
        if not names:
            return [{"label": "", "rows": list(range(len(self)))}]
        place = {record: at for at, record in enumerate(self.ids)}
        groups = self.formatted_read_group(
            [("id", "in", self.ids)], groupby=names, aggregates=["id:array_agg"]
        )
        return [
            {
                "label": " › ".join(self._board_label(one, name) for name in names),
                "rows": sorted(place[row] for row in one["id:array_agg"]),
            }
            for one in groups
        ]

    def _board_label(self, group, name):
        value = group[name]
        field = self._fields[name.split(":")[0]]
        if field.type == "boolean":
            return self.env._("Yes") if value else self.env._("No")
        if field.type == "selection":
            value = dict(field._description_selection(self.env)).get(value)
        elif isinstance(value, list | tuple):
            value = value[1]
        return str(value) if value or value == 0 and value is not False else "–"

    def _board_resources(self):
        """``{record: its resource}``; override where it is in another field."""
        return {record: record.resource_id for record in self}

    def board_book(self, start, stop):
        """What opens when a period of this row is chosen: an action, or False.

        :param start: UTC, as ``stop``.
        """
        only_one(self)
        return False
