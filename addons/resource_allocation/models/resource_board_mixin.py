from odoo import api, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command, Domain

from ..core.moment import FOREVER
from ..inputs import (
    existing,
    only_one,
    shown,
    to_choice,
    to_dict,
    to_id,
    to_list,
    to_period,
    to_whole,
)

MOST_ROWS = 5_000
"""More than anybody scrolls through: whoever finds more is asked to search."""


class ResourceBoardMixin(models.AbstractModel):
    """Records that are rows of a planning board (C20).

    What is bookable is one. A model whose records have things in another way overrides
    :meth:`_board_resources`. Of the periods that are chosen on it, each opens what
    :meth:`board_book` returns, or they are collected for the window that
    ``_board_basket`` names.
    """

    _name = "resource.board.mixin"
    _description = "Row of a Planning Board"
    _board_basket = None
    """Which ``resource.basket.mixin`` makes documents of the periods chosen on it."""
    _board_of_things = True
    """Whether a row is a thing, and not what somebody has of it: then a period that is
    given another thing goes to that one's row."""

    @api.model
    @api.readonly
    def board_rows(self, domain, groupby=(), free=None):
        """Which rows the board has, in which groups, as columns.

        ``rows`` has a list for each of ``id``, ``name``, ``resource`` (its id, or
        None where the user may not read it), ``kind`` (``single``, ``pool`` or
        ``whole`` for a combination), ``units`` (how many a pool has) and ``favorite``
        (whether it has the user's star). ``groups``
        are the places of their rows in these lists, with the group's own ``label``;
        one without label has all of them. ``more`` says how many records were left
        out, ``of_things`` whether each row is a thing.

        :param groupby: fields of the model, as in a search.
        :param dict free: only rows with so many free (``quantity``, else 1) from
            ``start`` until ``stop`` (UTC), or for so many ``minutes`` within these.
        :raise ValidationError: for a field that there is not, no domain, or no period.
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
        rows = found._board_distinct()
        rows = rows._board_free(free) if free else rows
        return {
            "rows": rows._board_columns(),
            "groups": rows._board_groups(names),
            "more": self.search_count(domain) - MOST_ROWS if many else 0,
            "of_things": self._board_of_things,
        }

    def _board_free(self, free):
        """Those of these rows that have room, as :meth:`board_rows` takes it."""
        free = to_dict(self.env, free)
        period = (free.get("start"), free.get("stop"))
        start, stop = self.env["resource.calendar"]._to_searchable(*period)
        minutes = to_whole(self.env, free.get("minutes")) or 0
        quantity = to_whole(self.env, free.get("quantity") or 1)
        if not (minutes >= 0 and quantity >= 1):
            raise ValidationError(
                self.env._("Say how long and how many, as positive numbers.")
            )
        resources = self._board_resources()
        things = self.env["resource.resource"].union(*resources.values())
        things = things._filtered_access("read")
        roomy = things._free_within(start, stop, minutes, quantity)
        return self.filtered(lambda row: resources[row] and resources[row] in roomy)

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
        # All fetched at once, which what is filtered one by one is not.
        known = {thing.id: thing for thing in things}
        units = things._board_units()
        names = ("id", "name", "resource", "kind", "units", "favorite")
        columns = {name: [] for name in names}
        for record in self:
            thing = known.get(resources[record].id, things.browse())
            columns["id"].append(record.id)
            columns["name"].append(record.display_name)
            columns["resource"].append(thing.id or None)
            columns["kind"].append(thing._board_kind())
            columns["units"].append(units.get(thing.id, 0))
            columns["favorite"].append(thing.is_favorite)
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

    def _board_distinct(self):
        """Those of these that are rows; override where several would be the same."""
        return self

    def _board_resources(self):
        """``{record: its resource}``; override where it is in another field."""
        return {record: record.resource_id for record in self}

    def board_book(self, start, stop):
        """What opens when a period of this row is chosen: an action, or False.

        :param start: UTC, as ``stop``.
        """
        only_one(self)
        return False

    @api.model
    def board_print(self, asked, paper):
        """Print what a board shows: the action that does it.

        :param dict asked: what :meth:`board_rows` takes, the period (``start``,
            ``stop``, ``cells`` and ``bars`` as of ``timetable``), the time ``zone`` of
            the screen, else the user's, the labels of
            ``folded`` groups, the ids of ``unfolded`` pools, and the head of the
            paper: ``title``, ``major`` and ``minor`` ticks in words.
        :param str paper: ``a4`` or ``a3``, landscape, or ``xlsx``.
        :raise ValidationError: for a period that no board shows, or another paper.
        """
        papers = ("a4", "a3", "xlsx")
        wanted = to_choice(self.env, paper, papers) or papers[0]
        # Of the companies it shows, which a download does not tell.
        asked = {**to_dict(self.env, asked), "companies": self.env.companies.ids}
        board = self.env["resource.board.print"].create(
            {"rows_of": self._name, "asked": asked}
        )
        board._period()
        return board._print(wanted)

    # === PERIODS CHOSEN ON IT (C21-C22) === #

    @api.model
    @api.readonly
    def board_kinds(self):
        """What a period of a row may become for this user: ``[[name, label], …]``.

        Empty where nothing is collected, or the user may not make it.
        """
        if not self._board_may_order():
            return []
        kind = self._board_lines()._fields["kind"]
        return [list(one) for one in kind._description_selection(self.env)]

    @api.model
    def _board_may_order(self):
        """Whether this user may make documents of what is chosen."""
        basket = self._board_basket
        return bool(basket) and self.env[basket].has_access("create")

    @api.model
    def _board_lines(self):
        return self.env[self.env[self._board_basket]._fields["line_ids"].comodel_name]

    @api.model
    @api.readonly
    def board_check(self, entries):
        """What speaks against periods chosen on the board: verdicts, by their index.

        Of one call each is asked as if the others before it were granted.

        :param list entries: as of :meth:`board_order`
        """
        lines = [self._board_lines().new(one) for one in self._board_entries(entries)]
        return self._board_verdicts([line._prepare_asking() for line in lines])

    @api.model
    def _board_verdicts(self, asked):
        """What the ledger says to these rows, as ``check`` takes them."""
        # Narrow sudo: whoever may make the documents, which ask the ledger in their own
        # name, may know whether they would fit. Names are told as to the user.
        return self.env["resource.allocation"].sudo().check(asked)

    @api.model
    def board_order(self, entries):
        """Open the window that makes documents of periods chosen on the board (C22).

        :param list entries: of each ``row`` (a record's id), ``resource`` (its own, or
            a unit of it), ``start`` and ``stop`` (UTC), ``quantity`` and ``kind``
        :raise AccessError: for who may not read a row.
        :raise ValidationError: naming what is no period of a row of this board, or for
            who may not make them.
        """
        lines = [Command.create(vals) for vals in self._board_entries(entries)]
        basket = self.env[self._board_basket].create({"line_ids": lines})
        return {
            "type": "ir.actions.act_window",
            "name": self.env["ir.model"]._get(basket._name).name,
            "res_model": basket._name,
            "res_id": basket.id,
            "views": [(False, "form")],
            "target": "new",
        }

    @api.model
    def _board_entries(self, entries):
        """Values of the basket's lines for these entries."""
        entries = [to_dict(self.env, one) for one in to_list(self.env, entries)]
        if not self._board_may_order() or not entries:
            raise ValidationError(
                self.env._("No periods were chosen that could become documents here.")
            )
        rows = self.browse([to_id(self.env, one.get("row")) or 0 for one in entries])
        existing(rows).check_access("read")
        resources = rows._board_resources()
        kinds = [name for name, _label in self.board_kinds()]
        return [
            {"entry": at, **self._board_entry(one, row, resources[row], kinds)}
            for at, (one, row) in enumerate(zip(entries, rows, strict=True))
        ]

    @api.model
    def _board_entry(self, entry, row, resource, kinds):
        """Values of the basket's line for one entry, each of the kind it must have."""
        thing = resource.browse(to_id(self.env, entry.get("resource")) or resource.id)
        # Narrow sudo: which pool a unit is of is nobody's secret.
        if thing != resource and thing.sudo().pool_id != resource:
            raise ValidationError(
                self.env._("%s has no such unit.", row.display_name or shown(entry))
            )
        start, stop = to_period(self.env, entry.get("start"), entry.get("stop"))
        quantity = to_whole(self.env, entry.get("quantity"))
        if stop == FOREVER:
            raise ValidationError(self.env._("Say until when."))
        return {
            "resource_id": thing.id,
            "start": start,
            "stop": stop,
            "quantity": 1 if quantity is None else quantity,
            "kind": to_choice(self.env, entry.get("kind") or kinds[0], kinds),
        }

    # === ROWS CHOSEN FOR IT (C23) === #

    def action_show_on_board(self):
        """Open the board with these rows and the user's favourites (C23).

        It opens with them from then on, by a favourite search of the user: whoever
        takes that off sees all rows again.

        :raise UserError: there is no board of such records.
        """
        self.check_access("read")
        action = self._board_action()
        chosen = self.env["ir.filters"].search(
            [
                ("user_ids", "=", self.env.uid),
                ("model_id", "=", self._name),
                ("action_id", "=", action.id),
            ]
        )
        name = self.env._("Chosen for the board")
        # What is shared with others stays theirs.
        chosen = chosen.filtered(lambda one: one.user_ids == self.env.user)
        chosen.filtered("is_default").is_default = False
        mine = chosen.filtered(lambda one: one.name == name)[:1]
        values = {
            "name": name,
            "user_ids": [Command.set(self.env.user.ids)],
            "model_id": self._name,
            "action_id": action.id,
            "domain": repr(self._domain_on_board()),
            "is_default": True,
        }
        if mine:
            mine.write(values)
        else:
            mine.create(values)
        values = action._get_action_dict()
        values["views"].sort(key=lambda view: view[1] != "resource_board")
        return values

    def _domain_on_board(self):
        star = "is_favorite"
        if self._name != "resource.resource":
            star = f"resource_id.{star}"
        return ["|", ("id", "in", self.ids), (star, "=", True)]

    @api.model
    def _board_action(self):
        """The action of the menu that opens the board of these records."""
        # Narrow sudo: which screens there are is nobody's secret, and a menu opens it.
        action = (
            self.env["ir.actions.act_window"]
            .sudo()
            .search(
                [
                    ("res_model", "=", self._name),
                    ("view_mode", "like", "resource_board"),
                ]
            )
        )
        action = action.sorted(
            lambda one: not one.view_mode.startswith("resource_board")
        )[:1]
        if not action:
            raise UserError(
                self.env._("There is no planning board of %s.", self._description)
            )
        return action
