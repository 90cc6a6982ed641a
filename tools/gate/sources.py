"""Digests of what databases are made from, so that nothing stale is ever used."""

from __future__ import annotations

import ast
import hashlib
import subprocess
from collections.abc import Iterable
from pathlib import Path

from .places import ROOT

ADDONS = ROOT / "addons"


def manifest(addon: str) -> dict:
    """The manifest of one of our addons."""
    path = ADDONS / addon / "__manifest__.py"
    return ast.literal_eval(path.read_text(encoding="utf-8"))


def own_closure(names: Iterable[str], own: Iterable[str]) -> list[str]:
    """The addons ``names`` and those of ours they stand on, these first."""
    own, ordered = set(own), []

    def visit(name: str) -> None:
        if name in own and name not in ordered:
            for other in manifest(name).get("depends", []):
                visit(other)
            ordered.append(name)

    for name in names:
        visit(name)
    return ordered


def core_dependencies(own: Iterable[str]) -> list[str]:
    """The addons of Odoo that ours name in their manifests."""
    own = set(own)
    named = {other for name in own for other in manifest(name).get("depends", [])}
    return sorted(named - own)


def installed_digest(addon: str) -> str:
    """A digest of what an installed addon consists of: all but tests and assets.

    Assets are read at run time; everything else may end in the database.
    """
    folder = ADDONS / addon
    skipped = {"tests", "static", "__pycache__"}
    return _digest(
        (str(path.relative_to(folder)), path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file() and skipped.isdisjoint(path.relative_to(folder).parts)
    )


def odoo_digest(folder: Path) -> str:
    """A digest that changes with the version of Odoo in ``folder``."""
    release = folder / "odoo" / "release.py"
    head = subprocess.run(
        ["git", "-C", str(folder), "rev-parse", "HEAD"], capture_output=True
    )
    # In a folder that is not Odoo's checkout, git finds our own or none.
    commit = head.stdout if (folder / ".git").exists() else b""
    stamp = str(release.stat().st_mtime_ns).encode()
    parts = {"folder": bytes(folder), "release": release.read_bytes()}
    return _digest((parts | {"commit": commit, "stamp": stamp}).items())


def text_digest(*texts: str) -> str:
    """A digest of some texts."""
    return _digest((str(place), text.encode()) for place, text in enumerate(texts))


def _digest(parts: Iterable[tuple[str, bytes]]) -> str:
    digest = hashlib.sha256()
    for name, content in parts:
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:12]
