"""Becoming the only one who changes some resources, until the commit."""

import weakref
from contextlib import contextmanager

import psycopg2.errors

from odoo import api, fields, models
from odoo.service.model import MAX_TRIES_ON_CONCURRENCY_FAILURE
from odoo.tools import SQL

from ..exceptions import AllocationConflict, LedgerBusy, Verdict

LOCK = 7919
"""First key of the advisory locks; the second is the resource."""

_collisions = weakref.WeakKeyDictionary()
"""Tries of a request that met a newer snapshot, by its cursor."""


class ResourceAllocation(models.Model):
    _inherit = "resource.allocation"

    @api.model
    def _claim(self, resources, facts=False):
        """Become the only one who changes these resources until the commit.

        Advisory locks, pools before single things and each in ascending id, so nobody
        waits in a circle: who has a pool may still take any of its units, because
        nobody has a unit without its pool. Then their pulse is moved, which makes
        whoever could have overlooked this retry; then holds that lapsed are flipped
        out of the way.
        """
        if not resources:
            return
        ordered = resources.sudo().sorted(lambda one: (one.exclusive, one.id))
        ids, names = ordered.ids, ordered.mapped("name")
        self.env.flush_all()
        now = fields.Datetime.to_string(fields.Datetime.now())
        with self._collision_counted(names):
            self.env.cr.execute(
                SQL(
                    "SELECT set_config('resource_allocation.now', %s, true),"
                    " pg_advisory_xact_lock(%s, id) FROM unnest(%s) AS id",
                    now,
                    LOCK,
                    ids,
                )
            )
            self.env.cr.execute(
                SQL(
                    "SELECT resource_allocation_bump(id, %s) FROM unnest(%s) AS id",
                    facts,
                    ids,
                ),
                log_exceptions=False,
            )
            self._expire_stale(resources)

    @contextmanager
    def _collision_counted(self, names):
        """Let the server retry, but say in words when it would give up.

        The last try would end as a raw database error in front of the user.
        """
        cursor = self.env.cr
        try:
            yield
        except (
            psycopg2.errors.SerializationFailure,
            psycopg2.errors.DeadlockDetected,
        ) as error:
            _collisions[cursor] = _collisions.get(cursor, 0) + 1
            if _collisions[cursor] < MAX_TRIES_ON_CONCURRENCY_FAILURE:
                raise
            del _collisions[cursor]
            raise LedgerBusy(
                self.env._(
                    "Many people are booking %s just now, nothing was saved, try "
                    "again.",
                    ", ".join(names[:3]),
                )
            ) from error
        if cursor in _collisions:
            cursor.postcommit.add(lambda: _collisions.pop(cursor, None))

    @contextmanager
    def _guarded(self, asked):
        """Turn the database's refusal of a race into the ledger's conflict.

        Who was quicker is not to be seen yet: this transaction began before.
        """
        names = [
            self.env["resource.resource"].sudo().browse(vals["resource_id"]).name
            for _request, vals in asked
        ]
        try:
            with self._collision_counted(names), self.env.cr.savepoint():
                yield
        except (
            psycopg2.errors.ExclusionViolation,
            psycopg2.errors.CheckViolation,
            psycopg2.errors.UniqueViolation,
        ) as error:
            if error.diag.constraint_name not in (
                "resource_allocation_no_overlap",
                "resource_allocation_capacity",
                "resource_allocation_one_out",
            ):
                raise
            message = self.env._(
                "%s was taken by somebody else a moment ago. Nothing was saved; look "
                "again what is free.",
                ", ".join(names[:3]),
            )
            raise AllocationConflict(
                [
                    Verdict(
                        request.index,
                        "taken",
                        vals["resource_id"],
                        vals["start"],
                        vals["stop"],
                        vals["quantity"],
                        message=message if not number else "",
                    )
                    for number, (request, vals) in enumerate(asked)
                ]
            ) from error
