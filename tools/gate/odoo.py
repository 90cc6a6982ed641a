"""Running Odoo's own command on a database of the gate."""

from __future__ import annotations

from collections.abc import Mapping

import environment

from .places import Finished, call, free_port

# One process, no jobs on the side.
ALONE = ("--workers", "0", "--max-cron-threads", "0")


def _patience(variables: Mapping[str, str]) -> float | None:
    """Seconds until a run counts as hung; the large sizes take what they take."""
    return None if variables.get("SUITE_LONG") else 2400


def run_odoo(
    variables: Mapping[str, str],
    database: str,
    log: str,
    *arguments: str,
    auto_install: bool = False,
) -> Finished:
    """Run Odoo on ``database`` until it stops by itself.

    Nothing is installed that nobody named, unless ``auto_install``.
    """
    command = [
        *environment.odoo_command(),
        *("-d", database, "--stop-after-init", "--http-port", str(free_port())),
        *ALONE,
        *(() if auto_install else ("--skip-auto-install",)),
        *arguments,
    ]
    return call(command, log, variables, _patience(variables))


def run_shell(
    variables: Mapping[str, str], database: str, log: str, code: str
) -> Finished:
    """Run ``code`` in Odoo's shell, where ``env`` is the superuser's environment."""
    command = [*environment.odoo_command(), "shell", "-d", database, "--no-http"]
    return call(command, log, variables, _patience(variables), feed=code)
