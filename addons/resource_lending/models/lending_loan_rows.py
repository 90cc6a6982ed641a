"""Rows that are typed: on the asset's card, by import, or by a change document."""

from contextlib import contextmanager
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL, format_date

from odoo.addons.resource_allocation.core.moment import FOREVER
from odoo.addons.resource_allocation.inputs import (
    to_dict,
    to_list,
    to_values,
    to_values_list,
)

DOCUMENT = object()
"""What a change document puts into the context; no client can send it."""
HOLDERS = ("employee_id", "department_id", "place_id", "partner_id")
TYPED = {
    *HOLDERS, "asset_id", "sponsor_id", "role", "hr_type_id", "date_from", "date_to",
    "due_date", "note",
}  # fmt: skip
CHANGEABLE = {"date_from", "date_to", "hr_type_id", "due_date", "sponsor_id"}


class LendingLoan(models.Model):
    _inherit = "lending.loan"

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        """Type rows: who has what, from which day to which (D3).

        On the asset's card (context ``lending_take_over``) a new row of a role held
        singly ends the former one the day before (D10); elsewhere an overlap is
        refused (D13).

        :raise ValidationError: an overlap, naming the person (D13); a start not after
            the former row's (D15); no personnel type (D29).
        :raise AllocationConflict: booked or rented to somebody in that time.
        """
        if self._is_unlocked(vals_list):
            return super().create(vals_list)
        # Before anything is looked up: a refusal would tell who has what.
        self.check_access("create")
        vals_list = [to_dict(self.env, vals) for vals in to_list(self.env, vals_list)]
        self._check_guarded(
            [
                {name: value for name, value in vals.items() if name not in TYPED}
                for vals in vals_list
            ]
        )
        vals_list = to_values_list(self, vals_list)
        assets = self._assets_asked(vals_list)
        rows = [self._prepare_typed(vals, assets) for vals in vals_list]
        self._check_typing_allowed(
            self.env["res.company"].browse({row["company_id"] for row in rows})
        )
        self._lock_custody(assets)
        ended = self._make_room(rows)
        with self._all_at_once():
            for former, row, _index in ended:
                former._end_before(row)
            loans = self._insert(rows)
            for former, _row, index in ended:
                former._store({"ended_by_id": loans[index].id})
        loans._log("change", self.env._("Row typed"))
        self._sync_ledger(assets)
        assets._holders_changed()
        return loans

    def write(self, vals):
        """Change a typed row that is not history; of other rows what was agreed.

        :raise AccessError: for what only a named method may change.
        :raise ValidationError: a locked row (D11), an overlap (D13).
        """
        typed = {name: vals[name] for name in CHANGEABLE & vals.keys()}
        if not typed or self._is_unlocked([vals]):
            return super().write(vals)
        others = {name: vals[name] for name in vals.keys() - CHANGEABLE}
        if others:
            super().write(others)
        return self._change_typed(to_values(self, typed))

    def _change_typed(self, vals):
        self._check_typing_allowed(self.company_id)
        self.check_access("write")
        self._lock_custody(self.asset_id)
        self._check_unlocked()
        before = {loan: (loan.date_from, loan.date_to) for loan in self}
        for company, loans in self.grouped("company_id").items():
            new = loans._with_instants(vals, company)
            with self._all_at_once():
                loans._check_new_period(new)
                loans._store(new)
                loans._refresh_begun()
        self._log("change", self._describe_change(before))
        self._sync_ledger(self.asset_id)
        self.asset_id._holders_changed()
        return True

    def _describe_change(self, before):
        return "; ".join(
            f"{loan.holder_name}: {start or ''} – {stop or ''}"
            f" → {loan.date_from or ''} – {loan.date_to or ''}"
            for loan, (start, stop) in before.items()
        )

    def unlink(self):  # pylint: disable=method-required-super
        """Cancel rows; the one before becomes the open one again (D12).

        Nothing is deleted: history keeps what was typed and that it was withdrawn.

        :raise UserError: a row that is history (D11), or one the thing was really
            handed out by: take it back, or correct it.
        """
        self.check_access("unlink")
        self._lock_custody(self.asset_id)
        self._check_deletable()
        self.filtered(lambda one: not one.by_date).cancel()
        self.filtered("by_date")._withdraw()
        return True

    def _withdraw(self):
        """Cancel typed rows, and open those that they had ended."""
        self._check_typing_allowed(self.company_id)
        self._check_unlocked()
        with self._all_at_once():
            self._store({"state": "cancelled"})
            self._reopen_former()
        self._log("cancel", self.env._("Row deleted"))
        self._sync_ledger(self.asset_id)
        self.asset_id._holders_changed()

    def _check_deletable(self):
        """Refuse to delete what really went over the counter."""
        counter = self.filtered(lambda one: not one.by_date)
        if real := counter.filtered(lambda one: one.state != "reserved"):
            raise UserError(
                self.env._(
                    "%s was really handed out. Take it back, or correct what was "
                    "wrong.",
                    real[0].display_name,
                )
            )

    # === CHECKS === #

    @api.model
    def _check_typing_allowed(self, companies):
        """D36: with LS5 off, only change documents type rows."""
        typed = all(companies.sudo().mapped("lending_rows_typed"))
        if typed or self._by_document() or self.env.su:
            return
        raise UserError(
            self.env._("In this company, who has what is changed by change documents.")
        )

    @api.model
    def _by_document(self):
        return self.env.context.get("lending_document") is DOCUMENT

    def _check_unlocked(self):
        if locked := self.filtered("locked"):
            raise UserError(
                self.env._(
                    "%s is history: a later row follows, and only the last one can be "
                    "changed or deleted.",
                    locked[0].display_name,
                )
            )

    @api.model
    def _assets_asked(self, vals_list):
        """The assets that rows are about, to be read at once.

        :raise ValidationError: a row without one.
        """
        if not all(vals.get("asset_id") for vals in vals_list):
            raise ValidationError(self.env._("Choose an asset for every row."))
        self._check_holders(vals_list)
        return self.env["lending.asset"].browse(
            {vals["asset_id"] for vals in vals_list}
        )

    @api.model
    def _check_holders(self, vals_list):
        """Refuse to give things to whom the user may not see, as other companies'.

        :raise AccessError: a row would show their name to whoever reads it.
        """
        for name in (*HOLDERS, "sponsor_id"):
            model = self._fields[name].comodel_name
            # What the counter may know of employees is their public record.
            model = {"hr.employee": "hr.employee.public"}.get(model, model)
            named = {vals[name] for vals in vals_list if vals.get(name)}
            self.env[model].browse(named).check_access("read")

    @api.model
    def _asset_of(self, vals, assets):
        return assets.browse(vals["asset_id"]).with_prefetch(assets._prefetch_ids)

    @api.model
    def _prepare_typed(self, vals, assets):
        """Complete values of a typed row about one of ``assets``."""
        asset = self._asset_of(vals, assets)
        vals = {**self._typed_defaults(asset), **vals}
        company = asset._lending_company()
        vals = self._with_instants({"date_to": False, **vals}, company)
        self._check_order(vals)
        if not vals.get("hr_type_id"):
            vals["hr_type_id"] = asset.type_id.hr_type_id.id
        if vals.get("employee_id") and not vals["hr_type_id"]:
            raise ValidationError(
                self.env._(
                    "%s: choose a personnel type for this row, or set one on the "
                    "asset's type.",
                    asset.display_name,
                )
            )
        return {
            **vals,
            "by_date": True,
            "company_id": company.id,
            "single": asset._is_held_singly(vals["role"]),
            "state": self._state_at(vals["start_at"], vals["stop_at"]),
        }

    @api.model
    def _typed_defaults(self, asset):
        relation = asset._lending_company().lending_relation
        role = "responsible" if relation == "responsible" else "user"
        return {"role": role, "date_from": self._today()}

    @api.model
    def _check_order(self, vals):
        if vals["stop_at"] <= vals["start_at"]:
            raise ValidationError(
                self.env._(
                    "The end date %(to)s lies before the start date %(start)s.",
                    to=vals["date_to"],
                    start=vals["date_from"],
                )
            )

    @api.model
    def _state_at(self, start, stop):
        now = fields.Datetime.now()
        if stop <= now:
            return "closed"
        return "reserved" if start > now else "out"

    # === ONE AFTER THE OTHER === #

    @api.model
    def _make_room(self, rows):
        """Check new rows of singly held roles against the others, in order of time.

        :return: former rows to end: ``[(loan, values of the new row, its index)]``;
            where a new row follows another new one, that one's values are ended.
        """
        ended = []
        known = self._rows_of(rows)
        for index, row in sorted(enumerate(rows), key=lambda one: one[1]["start_at"]):
            if not row["single"]:
                continue
            others = known.setdefault((row["asset_id"], row["role"]), [])
            former = self._room_for(row, others)
            if former is not None and former["stop_at"] > row["start_at"]:
                self._end_values(former, row)
                if former.get("loan"):
                    ended.append((former["loan"], row, index))
            others.append(row)
            others.sort(key=lambda one: one["start_at"])
        return ended

    @api.model
    def _rows_of(self, rows):
        """``{(asset, role): [values]}`` of all custody that these could touch."""
        loans = self.sudo().search_fetch(
            [
                ("asset_id", "in", [row["asset_id"] for row in rows]),
                ("custody", "=", True),
                ("single", "=", True),
            ],
            ["asset_id", "role", "start_at", "stop_at", "date_from", "outcome"],
            order="start_at",
        )
        known = {}
        for loan in loans:
            known.setdefault((loan.asset_id.id, loan.role), []).append(
                {
                    "loan": loan.with_env(self.env),
                    "start_at": loan.start_at,
                    "stop_at": loan.stop_at,
                    "date_from": loan.date_from,
                    "outcome": loan.outcome,
                    "asset_id": loan.asset_id.id,
                }
            )
        return known

    @api.model
    def _room_for(self, row, others):
        """The former row that has to end for this one; None where nothing does."""
        last = others[-1] if others else None
        if last is None:
            return None
        backdated = row["date_from"] <= last["date_from"]
        take_over = self.env.context.get("lending_take_over")
        overlapping = [
            one
            for one in others
            if one["start_at"] < row["stop_at"] and row["start_at"] < one["stop_at"]
        ]
        if take_over and not backdated and not last.get("outcome"):
            return last
        if overlapping and (not take_over or last.get("outcome")):
            self._refuse_overlap(row, overlapping[0])
        if backdated and (overlapping or not self._by_document()):
            self._refuse_backdating(row, last)
        return None

    @api.model
    def _end_values(self, former, row):
        """D10: the former row ends the day before."""
        former["date_to"] = row["date_from"] - timedelta(days=1)
        former["stop_at"] = row["start_at"]
        if "state" in former:
            former["state"] = self._state_at(former["start_at"], former["stop_at"])

    def _end_before(self, row):
        """Store the end that a following row sets (D10)."""
        stop = row["start_at"]
        self._store(
            {
                "date_to": row["date_from"] - timedelta(days=1),
                "stop_at": stop,
                "state": "closed" if stop <= fields.Datetime.now() else self.state,
            }
        )

    @api.model
    def _refuse_overlap(self, row, other):
        """D13, in the words of the source.

        :raise ValidationError: naming asset, holder and dates.
        """
        raise ValidationError(self._overlap_text(row["asset_id"], other))

    @api.model
    def _overlap_text(self, asset_id, other):
        loan = other.get("loan")
        asset = self.env["lending.asset"].browse(asset_id)
        return self.env._(
            "The asset's period of validity overlapped with the time assigned to user "
            "%(holder)s for the same asset. (%(asset)s, from %(start)s)",
            holder=loan._known_holder() if loan else self._holder_of(other),
            asset=asset.display_name,
            start=format_date(self.env, other["date_from"]),
        )

    @api.model
    def _holder_of(self, vals):
        """The name of the holder in values that are not a row yet."""
        return self.new({name: vals.get(name) for name in HOLDERS}).holder_name

    @api.model
    def _refuse_backdating(self, row, last):
        """D15: a new row starts after the one before it."""
        loan = last.get("loan")
        raise ValidationError(
            self.env._(
                "The start date %(new)s is not after the start date %(prev)s of the "
                "previous row (%(person)s).",
                new=format_date(self.env, row["date_from"]),
                prev=format_date(self.env, last["date_from"]),
                person=loan._known_holder() if loan else self._holder_of(last),
            )
        )

    # === CHANGING AND DELETING === #

    def _check_new_period(self, vals):
        """Refuse to move a row over another of a role held singly (D13, D15)."""
        known = self._rows_of([{"asset_id": loan.asset_id.id} for loan in self])
        for loan in self:
            new = {
                "asset_id": loan.asset_id.id,
                "start_at": vals.get("start_at", loan.start_at),
                "stop_at": vals.get("stop_at", loan.stop_at),
                "date_from": vals.get("date_from", loan.date_from),
                "date_to": vals.get("date_to", loan.date_to),
            }
            self._check_order(new)
            if not loan.by_date and {"start_at", "stop_at"} & set(vals):
                raise UserError(
                    self.env._(
                        "%s was handed out at the counter: its times are those of "
                        "the hand-over and the return. Correct them instead.",
                        loan.display_name,
                    )
                )
            others = known.get((loan.asset_id.id, loan.role), [])
            for other in others if loan.single else []:
                if other["loan"] == loan:
                    continue
                if (
                    other["start_at"] < new["stop_at"]
                    and new["start_at"] < other["stop_at"]
                ):
                    self._refuse_overlap(new, other)

    def _refresh_begun(self):
        """States that follow from the dates of typed rows."""
        for state, loans in self.grouped(
            lambda loan: self._state_at(loan.start_at, loan.stop_at)
        ).items():
            loans.filtered("by_date")._store({"state": state})

    def _reopen_former(self):
        """D12: what the deleted rows followed is open again, its end date removed.

        Only a row that these followed without a gap and that no real return ended.
        """
        gone = self.filtered("single")
        ends = {(loan.asset_id.id, loan.role): loan.start_at for loan in gone}
        followed = self.sudo().search(
            [
                ("asset_id", "in", gone.asset_id.ids),
                ("stop_at", "in", gone.mapped("start_at")),
                ("custody", "=", True),
                ("outcome", "=", False),
            ]
        )
        followed.filtered(
            lambda loan: ends.get((loan.asset_id.id, loan.role)) == loan.stop_at
        )._open_again()

    def _open_again(self):
        """Remove the end of rows whose followers are gone."""
        now = fields.Datetime.now()
        begun = self.filtered(lambda loan: loan.start_at <= now or not loan.by_date)
        for state, loans in (("out", begun), ("reserved", self - begun)):
            loans._store(
                {
                    "date_to": False,
                    "stop_at": FOREVER,
                    "state": state,
                    "ended_by_id": False,
                }
            )

    # === TOGETHER === #

    @contextmanager
    def _all_at_once(self):
        """Let the database judge the outcome: one row ends where another begins."""
        no_overlap = SQL.identifier("lending_loan_no_overlap")
        self.env.cr.execute(SQL("SET CONSTRAINTS %s DEFERRED", no_overlap))
        yield
        self.flush_model()
        self.env.cr.execute(SQL("SET CONSTRAINTS %s IMMEDIATE", no_overlap))

    @api.model
    def _lock_custody(self, assets):
        """Let nobody else change the custody of these until this is committed.

        Under REPEATABLE READ a lock alone shows no later row: who waited must fail and
        be tried again, so each asset is written, in the order of their ids.
        """
        if not assets:
            return
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """UPDATE lending_asset SET custody_turn = custody_turn + 1
                    WHERE id IN (SELECT id FROM lending_asset WHERE id = ANY(%s)
                                  ORDER BY id FOR UPDATE)""",
                assets.ids,
            )
        )
        resources = assets.sudo().resource_id
        self.env["resource.allocation"].sudo().lock_resources(resources)

    # === SETTINGS === #

    @api.model
    def _follow_holding(self, domain):
        """Let live rows follow a changed setting; refuse where several hold one role.

        :raise ValidationError: naming the assets to settle first.
        """
        rows = self.sudo().search(
            [
                *domain,
                ("stop_at", ">", fields.Datetime.now()),
                ("state", "!=", "cancelled"),
            ]
        )
        if shared := rows._assets_held_by_several():
            raise ValidationError(
                self.env._(
                    "Several people have these at once: %s. End all but one of their "
                    "rows before allowing only one.",
                    ", ".join(shared[:5].mapped("display_name")),
                )
            )
        rows._refresh_single()

    def _assets_held_by_several(self):
        """Assets whose rows here overlap in a role that now is held singly."""
        last, shared = {}, self.env["lending.asset"]
        for loan in self.sorted("start_at"):
            if not loan.asset_id._is_held_singly(loan.role):
                continue
            key = loan.asset_id, loan.role
            if key in last and last[key] > loan.start_at:
                shared |= loan.asset_id
            stop = loan._planned_stop() or FOREVER
            last[key] = max(last.get(key, stop), stop)
        return shared

    def _refresh_single(self):
        """Let live rows follow a changed setting; what is over stays as it was."""
        for single, loans in self.grouped(
            lambda loan: loan.asset_id._is_held_singly(loan.role)
        ).items():
            loans.filtered(lambda loan, s=single: loan.single != s)._store(
                {"single": single}
            )
