"""The developer's quick way: one addon's tests on a database that is kept.

pytest with pytest-odoo runs them, so K is pytest's expression for -k. The database has
the addon installed and is updated only when something else than tests or assets of the
addon, or of ours that it stands on, changed since. Unlike the gate it runs all tests
after the installation; what only holds then, the gate finds.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import environment
from common import Failure, locked, say

from . import sources
from .databases import PREFIX, Databases
from .expected import AllowList
from .odoo import run_odoo
from .odoo_log import LogReader
from .outcome import Outcome, closing_report, is_green
from .places import ALLOW_LIST, LOCAL, LOGS, insist
from .pytest_run import run_coverage_report, run_pytest
from .steps import STEPS

KEPT = LOCAL / "dev"


def run_part(
    variables: Mapping[str, str],
    addon: str | None,
    expression: str | None,
    *,
    browser: bool,
) -> bool:
    """Run the wished part and print what it found; True when all is well."""
    began = time.monotonic()
    selection = ["-k", expression] if expression else []
    if addon:
        with locked(f"dev-{addon}"):
            outcome = _run_addon(variables, addon, selection, browser)
    else:
        with locked("gate"):
            tests = ["tests/unit", "tests/integration"]
            outcome = run_pytest("tests", [*tests, *selection], variables)
    outcome.seconds = time.monotonic() - began
    for finding in outcome.findings:
        print(finding.show())
    print(closing_report([outcome]))
    return is_green([outcome])


def _run_addon(
    variables: Mapping[str, str], addon: str, selection: Sequence[str], browser: bool
) -> Outcome:
    own = environment.addons()
    if addon not in own:
        raise Failure(f"No addon {addon}: there is {', '.join(own) or 'none yet'}.")
    database = KeptDatabase(variables, addon, sources.own_closure([addon], own))
    database.bring_up_to_date()
    log = LOGS / f"{addon}-odoo.log"
    log.unlink(missing_ok=True)
    options = [
        *("-p", "odoo", f"--odoo-database={database.name}"),
        *("--odoo-log-level=warn", f"--odoo-extra=logfile={log}"),
        *(["--odoo-http"] if browser else []),
    ]
    coverage = ["coverage", "run", "-m"] if variables.get("COVERAGE") else []
    arguments = [*options, f"addons/{addon}", *selection]
    outcome = run_pytest(addon, arguments, variables, prefix=coverage)
    if coverage:
        print(run_coverage_report(variables, addon))
    if log.exists():
        reader = LogReader("addons", AllowList.read(ALLOW_LIST, STEPS))
        outcome.absorb(reader.read(log.read_text(encoding="utf-8").splitlines()))
    return outcome


class KeptDatabase:
    """One addon's database, with a note of what it was last updated to."""

    def __init__(
        self, variables: Mapping[str, str], addon: str, closure: Sequence[str]
    ) -> None:
        self.name = f"{PREFIX}_dev_{addon}"
        self._addon = addon
        self._variables = variables
        self._databases = Databases(variables)
        self._note = KEPT / f"{self.name}.json"
        folder = Path(variables["PYTHONPATH"].split(":")[0])
        self._wanted = {"odoo": sources.odoo_digest(folder)}
        self._wanted |= {name: sources.installed_digest(name) for name in closure}

    def bring_up_to_date(self) -> None:
        """Make, update or just take it."""
        noted = self._noted()
        changed = [
            name for name in self._wanted if noted.get(name) != self._wanted[name]
        ]
        if not changed:
            return
        self._note.unlink(missing_ok=True)
        if "odoo" in changed:
            say(f"Making the database {self.name} …")
            self._databases.drop(self.name)
            self._databases.create(self.name)
            self._run_odoo("-i", self._addon)
        else:
            say(f"Updating {', '.join(changed)} in {self.name} …")
            self._run_odoo("-u", ",".join(changed))
        KEPT.mkdir(exist_ok=True)
        self._note.write_text(json.dumps(self._wanted))

    def _noted(self) -> dict[str, str]:
        if not self._note.exists() or self.name not in self._databases.names():
            return {}
        return json.loads(self._note.read_text())

    def _run_odoo(self, *arguments: str) -> None:
        arguments = (*arguments, "--no-http")
        done = run_odoo(self._variables, self.name, f"{self._addon}-update", *arguments)
        insist(done, f"Odoo with {' '.join(arguments[:2])}")
