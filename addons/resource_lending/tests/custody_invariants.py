"""What is true of custody whatever was done to it, read past Odoo where it can be."""

from datetime import datetime, timedelta

from odoo.addons.resource_allocation.core.moment import FOREVER

SECOND = timedelta(seconds=1)
EVER = datetime.max


class Invariants:
    """Checks of one world: ``case`` has the things, ``now`` is the clock."""

    def rows(self, asset=None):
        """All rows that count, past Odoo's cache."""
        self.env.cr.execute(
            """
            SELECT asset_id, role, start_at, stop_at, due_at, single, custody, state,
                   by_date, id, employee_id
              FROM lending_loan
             WHERE asset_id = ANY(%s) AND state <> 'cancelled' ORDER BY id
            """,
            [(asset or self.assets).ids],
        )
        names = [column.name for column in self.env.cr.description]
        return [
            dict(zip(names, row, strict=True)) for row in self.env.cr.fetchall()
        ]  # fmt: skip

    def had(self, instant):
        """Who had what, from the rows."""
        return sorted(
            (row["asset_id"], row["role"], row["employee_id"])
            for row in self.rows()
            if row["custody"] and row["start_at"] <= instant < row["stop_at"]
        )

    def check_past(self, changed):
        """What was said about a time before the one that was changed stays said."""
        for instant, answer in self.answers.items():
            if instant < self.since or not changed:
                self.case.assertEqual(self.had(instant), answer, f"as of {instant}")
            self.answers[instant] = self.had(instant)
        for instant in (self.now, self.now - timedelta(hours=30)):
            self.answers[instant] = self.had(instant)
        Loan = self.loans()
        held = Loan.search(Loan._domain_held(self.now))
        found = sorted((r.asset_id.id, r.role, r.employee_id.id) for r in held)
        self.case.assertEqual(found, self.answers[self.now])

    def check_rows(self):
        """Of a role held singly, no two rows of custody overlap."""
        last = {}
        rows = [row for row in self.rows() if row["custody"] and row["single"]]
        for row in sorted(rows, key=lambda one: one["start_at"]):
            key = row["asset_id"], row["role"]
            self.case.assertLess(row["start_at"], row["stop_at"])
            self.case.assertLessEqual(last.get(key, row["start_at"]), row["start_at"])
            last[key] = row["stop_at"]

    def check_ledger(self):
        """Somebody has it or is promised it <=> the ledger has a live promise."""
        for asset in self.assets:
            taken = self.allocations(asset)
            self.check_no_overlap(asset, taken)
            if asset.condition == "written_off":
                continue
            ours = [(since, until) for since, until, _risk, mine in taken if mine]
            held = [
                (row["start_at"], _planned_stop(row))
                for row in self.rows(asset)
                if row["role"] == "user" and row["state"] != "closed"
            ]
            for instant in self.instants(ours + held):
                self.case.assertEqual(
                    _covers(held, instant), _covers(ours, instant),
                    f"{asset.name} at {instant}: custody {held}, ledger {ours}",
                )  # fmt: skip
            self.check_free_now(asset, taken)

    def allocations(self, asset):
        """``(start, stop, at risk, ours)`` of what the ledger counts."""
        self.env.cr.execute(
            """
            SELECT blocked_start, blocked_stop, at_risk, res_model = 'lending.loan'
              FROM resource_allocation WHERE live AND resource_id = %s
            """,
            [asset.resource_id.id],
        )
        return [
            (since, until or EVER, risk, bool(mine))
            for since, until, risk, mine in self.env.cr.fetchall()
        ]

    def instants(self, periods):
        """Where something begins or ends from now on, and just before it."""
        edges = {self.now} | {edge for period in periods for edge in period}
        edges |= {edge - SECOND for edge in edges}
        return sorted(edge for edge in edges if self.now < edge < FOREVER)

    def check_no_overlap(self, asset, taken):
        """The ledger promises nothing twice, except what a fact put at risk."""
        for place, (since, until, risk, _mine) in enumerate(taken):
            for other_since, other_until, other_risk, _other in taken[:place]:
                both = max(since, other_since, self.now), min(until, other_until)
                self.case.assertTrue(
                    both[0] >= both[1] or risk or other_risk,
                    f"{asset.name} is promised twice: {taken}",
                )

    def check_free_now(self, asset, taken):
        """What somebody has, late or not, is not to be had now; all else is."""
        Loan = self.loans()
        held = Loan.search_count(
            [
                ("asset_id", "=", asset.id),
                ("role", "=", "user"),
                *Loan._domain_held(self.now),
            ]
        )
        soon = self.now + timedelta(minutes=1)
        others = any(since < soon and until > self.now for since, until, *_ in taken)
        self.case.assertEqual(
            asset.resource_id.free_now, int(not held and not others), asset.name
        )

    def check_status(self):
        """The status follows from the rows, once the job has seen them."""
        Loan = self.loans()
        turning = Loan.search(Loan._domain_turning()).asset_id
        for asset in self.assets - turning:
            states = {row["state"] for row in self.rows(asset) if row["role"] == "user"}
            if asset.condition == "written_off":
                expected = "written_off"
            elif "out" in states:
                expected = "handed_out"
            elif asset.condition != "usable":
                expected = asset.condition
            else:
                expected = "reserved" if "reserved" in states else "in_stock"
            self.case.assertEqual(asset.status, expected, asset.name)
            holds = [
                row for row in self.rows(asset)
                if row["role"] == "user" and row["custody"]
                and row["start_at"] <= self.now < row["stop_at"]
            ]  # fmt: skip
            if asset.condition != "written_off":
                self.case.assertEqual(expected == "handed_out", bool(holds), asset.name)


def _planned_stop(row):
    """Until when somebody is promised it: the end of the row, else the return date."""
    if row["stop_at"] < FOREVER:
        return row["stop_at"]
    return (not row["by_date"] and row["due_at"]) or EVER


def _covers(periods, instant):
    return any(since <= instant < until for since, until in periods)
