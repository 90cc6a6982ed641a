"""Prepared databases: what is the same in every run is installed once.

- *core* holds the addons of Odoo that ours depend on, with their asset bundles built.
- *ready* is core with all our addons installed on top.

Each carries in its name a digest of what it was made from; with another digest it is
another database, and the old one is dropped. Runs only ever work on clones.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from common import locked, say

from . import sources
from .databases import PREFIX, Databases
from .odoo import run_odoo, run_shell
from .places import ROOT, insist

# What Odoo would install by itself and what changes how our addons behave in a real
# installation, with the dependencies of ours that bring it.
BRIDGES = {
    "base_import": {"web"},
    "project_stock": {"sale_project", "sale_stock"},
    "sale_project_stock": {"sale_project", "sale_stock"},
    # Confirming a delivery asks a question first.
    "stock_sms": {"sale_stock"},
}
BUILD_BUNDLES = "env['ir.qweb']._pregenerate_assets_bundles()\nenv.cr.commit()\n"


class Templates:
    """The prepared databases of a set of our addons."""

    def __init__(self, variables: Mapping[str, str], own: Sequence[str]) -> None:
        self._variables = variables
        self._own = own
        self._databases = Databases(variables)

    def core_name(self) -> str:
        """The name of the database that fits Odoo and the manifests as they are."""
        folder = Path(self._variables["PYTHONPATH"].split(":")[0])
        digest = sources.text_digest(
            sources.odoo_digest(folder),
            Path(__file__).read_text(encoding="utf-8"),
            (ROOT / "requirements.txt").read_text(encoding="utf-8"),
            *self._core_addons(),
        )
        return f"{PREFIX}_core_{digest}"

    def ready_name(self) -> str:
        """The name of the database that fits our addons as they are."""
        digests = (sources.installed_digest(name) for name in self._own)
        return f"{PREFIX}_ready_{sources.text_digest(self.core_name(), *digests)}"

    def core(self) -> str:
        """The name of the core database, made now if need be."""
        name = self.core_name()
        with locked("templates"):
            if name not in self._databases.names():
                say(f"Preparing a database with {', '.join(self._core_addons())} …")
                self._drop("core", "ready")
                self._make_core(name)
        return name

    def ready(self) -> str:
        """The name of the ready database, made now if need be."""
        core, name = self.core(), self.ready_name()
        with locked("templates"):
            if name not in self._databases.names():
                say("Preparing a database with our addons …")
                self._drop("ready")
                self._make_ready(core, name)
        return name

    def _make_core(self, name: str) -> None:
        building = f"{PREFIX}_building"
        self._databases.drop(building)
        self._databases.create(building)
        self._install(building, "template-core", self._core_addons())
        self._build_bundles(building, "template-core-bundles")
        self._databases.rename(building, name)

    def _make_ready(self, core: str, name: str) -> None:
        building = f"{PREFIX}_building"
        self._databases.drop(building)
        self._databases.clone(core, building)
        self._install(building, "template-ready", self._own)
        self._build_bundles(building, "template-ready-bundles")
        self._databases.rename(building, name)

    def _core_addons(self) -> list[str]:
        named = {"web", *sources.core_dependencies(self._own)}
        bridges = {name for name, needed in BRIDGES.items() if needed <= named}
        return sorted(named | bridges)

    def _install(self, database: str, log: str, names: Iterable[str]) -> None:
        names = ",".join(names)
        done = run_odoo(self._variables, database, log, "-i", names, "--no-http")
        insist(done, f"Installing {names}")

    def _build_bundles(self, database: str, log: str) -> None:
        done = run_shell(self._variables, database, log, BUILD_BUNDLES)
        insist(done, "Building the web client's bundles")

    def _drop(self, *kinds: str) -> None:
        for name in self._databases.names():
            if name.startswith(tuple(f"{PREFIX}_{kind}_" for kind in kinds)):
                self._databases.drop(name)
