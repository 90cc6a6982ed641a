"""The addons' catalogues of texts, exported from a database that has them installed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import environment

from .places import Finished, call


def export_texts(
    variables: Mapping[str, str], database: str, addon: str, path: Path, log: str
) -> Finished:
    """Write the template catalogue (.pot) of ``addon`` to ``path``."""
    command = [*environment.odoo_command(), "i18n", "export", "-d", database]
    command += ["-l", "pot", "-o", str(path), "--", addon]
    return call(command, log, variables)
