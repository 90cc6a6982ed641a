"""Where the gate keeps its things, and how it calls other programs."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import environment
from common import Failure

ROOT = Path(environment.ROOT)
LOCAL = Path(environment.LOCAL)
LOGS = LOCAL / "log"
ALLOW_LIST = ROOT / "tests" / "expected.cfg"


@dataclass(frozen=True)
class Finished:
    """A program that ended: its exit code (None: out of time) and its output's file."""

    code: int | None
    log: Path

    def lines(self) -> list[str]:
        return self.log.read_text(encoding="utf-8", errors="replace").splitlines()

    def tail(self, count: int = 40) -> str:
        return "\n".join(self.lines()[-count:])

    def verdict(self) -> str:
        """How it ended, for a message."""
        return "ran out of time" if self.code is None else f"ended with {self.code}"


class Programs:
    """The programs that run now, started by whatever thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen] = set()
        self._stopped = False

    def start(self, command: Sequence[str], **options) -> subprocess.Popen:
        """Start ``command`` in a group of processes of its own."""
        with self._lock:
            if self._stopped:
                raise Failure("Stopped.")
            process = subprocess.Popen(command, start_new_session=True, **options)
            self._running.add(process)
        return process

    def end(self, process: subprocess.Popen) -> None:
        """End what ``process`` left behind: its browser, its workers, or itself."""
        with self._lock:
            self._running.discard(process)
        _kill_group(process)
        process.wait()

    def stop(self) -> None:
        """End all that run, and let none start any more."""
        with self._lock:
            self._stopped = True
            for process in self._running:
                _kill_group(process)


def _kill_group(process: subprocess.Popen) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


PROGRAMS = Programs()


def call(
    command: Sequence[str],
    log: str,
    variables: Mapping[str, str],
    timeout: float | None = None,
    feed: str = "",
) -> Finished:
    """Run ``command`` in the checkout with all its output in ``.local/log/<log>.log``.

    ``feed`` is what it finds on its standard input.
    """
    path = LOGS / f"{log}.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as output:
        process = PROGRAMS.start(
            list(map(str, command)),
            cwd=ROOT,
            env=dict(variables),
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            process.communicate(feed, timeout)
            return Finished(process.returncode, path)
        except subprocess.TimeoutExpired:
            return Finished(None, path)
        finally:
            PROGRAMS.end(process)


def insist(done: Finished, what: str) -> None:
    """Unless ``done`` went well, show the end of its output and raise Failure."""
    if done.code != 0:
        print(done.tail())
        raise Failure(f"{what} {done.verdict()}. All output: {done.log}")


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
