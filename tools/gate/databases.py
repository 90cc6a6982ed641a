"""Databases of the gate, made by ``createdb``: fresh, cloned, dropped.

Odoo's own creation of a database tries an extension that a plain server may not have,
and warns; ``createdb`` does not. A clone takes about a second: PostgreSQL copies the
files, and the filestore is copied with hard links, which is safe because Odoo writes
attachments under a name made from their content and never changes them.
"""

from __future__ import annotations

import configparser
import hashlib
import os
import re
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from common import locked

from .places import ROOT

# Two checkouts may share one server.
PREFIX = "suite_" + hashlib.sha256(bytes(ROOT)).hexdigest()[:6]

DROP_TRIES = 20


class DatabaseError(Exception):
    """A command of PostgreSQL's failed; the text is its own."""


class Databases:
    """The databases of this checkout on the server that the variables name."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        # Not asked of environment: the gate's own children have PG* variables set, and
        # would take the embedded server for one that the user named.
        settings = configparser.ConfigParser(interpolation=None)
        settings.read(variables["ODOO_RC"], encoding="utf-8")
        self._filestore = Path(settings["options"]["data_dir"]) / "filestore"

    def create(self, name: str) -> str:
        """Make an empty database."""
        self._run("createdb", "-T", "template0", "-E", "UTF8", name)
        return name

    def clone(self, source: str, name: str) -> str:
        """Make ``name`` a copy of ``source``, filestore included."""
        # PostgreSQL refuses two copies of one template at the same moment.
        with locked("template"):
            self._run("createdb", "-T", source, name)
        files, copy = self._filestore / source, self._filestore / name
        shutil.rmtree(copy, ignore_errors=True)
        if files.exists():
            shutil.copytree(files, copy, copy_function=os.link)
        return name

    def rename(self, old: str, new: str) -> None:
        """Rename a database that nobody uses, with its filestore."""
        self.query(f'ALTER DATABASE "{old}" RENAME TO "{new}"')
        if (self._filestore / old).exists():
            (self._filestore / old).rename(self._filestore / new)

    def drop(self, name: str) -> None:
        """Remove a database and its filestore, also while somebody is connected.

        Only a superuser may end an autovacuum worker; it is gone in a moment.
        """
        for left in reversed(range(DROP_TRIES)):
            try:
                self._run("dropdb", "--force", "--if-exists", name)
                break
            except DatabaseError:
                if not left:
                    raise
                time.sleep(0.5)
        shutil.rmtree(self._filestore / name, ignore_errors=True)

    def names(self) -> list[str]:
        """This checkout's databases for tests."""
        rows = self.query("SELECT datname FROM pg_database ORDER BY datname").split()
        return [row for row in rows if row.startswith(f"{PREFIX}_")]

    def query(self, statement: str, database: str = "postgres") -> str:
        """What psql prints for ``statement``: a row per line, no headings."""
        return self._run("psql", "-XAtq", "-d", database, "-c", statement)

    def drop_abandoned(self) -> None:
        """Remove what runs left behind that were killed."""
        for name in self.names():
            owner = re.fullmatch(rf"{PREFIX}_run(\d+)_\w+", name)
            if owner and not _is_alive(int(owner[1])):
                self.drop(name)

    def _run(self, *command: str) -> str:
        done = subprocess.run(
            command, env=self._variables, capture_output=True, text=True
        )
        if done.returncode:
            raise DatabaseError(done.stderr.strip() or f"{command[0]} failed")
        return done.stdout


def run_name(label: str) -> str:
    """The name of a database that lives as long as this process."""
    return f"{PREFIX}_run{os.getpid()}_{label}"


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
