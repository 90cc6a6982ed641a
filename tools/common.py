"""What the provisioning steps share: paths, progress lines, failures, locks."""

import contextlib
import fcntl
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCAL = ROOT / ".local"
LOGS = LOCAL / "log"
STARTED = time.monotonic()
TELLING = re.compile(r"^(E:|error:|ERROR:|fatal:|FATAL:)|^[\w.]+(Error|Exception): ")


class Failure(Exception):
    """A step that cannot go on: one line that says what happened and what to do."""


def say(message):
    """Print one progress line with the seconds since the command began."""
    line = f"[{time.monotonic() - STARTED:5.0f}s] {message}\n"
    print(line, end="", flush=True)  # in one piece: several threads may speak


@contextlib.contextmanager
def one_line_failures():
    """End the program with one clear line instead of a traceback."""
    try:
        yield
    except Failure as failure:
        sys.exit(f"FAILED: {failure}")
    except BrokenPipeError:
        os._exit(1)  # our reader went away: there is nobody left to tell
    except OSError as error:
        sys.exit(f"FAILED: {error}. Look at the disk's space and the folder's rights.")
    except KeyboardInterrupt:
        sys.exit("Stopped. Run the same command again to go on from here.")


def run(command, *, log, hint, **options):
    """Run ``command`` with its output in ``.local/log/<log>.log``, or raise Failure.

    ``hint`` tells the reader what to do when the command fails.
    """
    LOGS.mkdir(parents=True, exist_ok=True)
    path = LOGS / f"{log}.log"
    if "input" not in options:
        options["stdin"] = subprocess.DEVNULL
    with path.open("w") as output:
        try:
            done = subprocess.run(
                [str(part) for part in command],
                stdout=output,
                stderr=subprocess.STDOUT,
                **options,
            )
        except OSError as error:
            raise Failure(f"{command[0]} cannot run ({error}). {hint}") from error
    if done.returncode:
        raise Failure(f"{last_words(path)} {hint} (All output: {path})")


def last_words(path):
    """The line of a log that best tells what went wrong."""
    lines = [line.strip() for line in path.read_text(errors="replace").splitlines()]
    lines = [line for line in lines if line][-80:]
    telling = [line for line in lines if TELLING.search(line)]
    return (telling or lines or ["No output."])[-1][:300]


@contextlib.contextmanager
def locked(name):
    """Let only one process of this checkout do ``name`` at a time."""
    LOCAL.mkdir(exist_ok=True)
    with (LOCAL / f"{name}.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"Waiting for another command that does the same step ({name}) …")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def fresh(path):
    """An empty folder beside ``path`` to build in; rename it with ``publish``."""
    building = path.with_name(path.name + ".building")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    return building


def publish(building, path):
    """Put a folder that is complete in its place: nothing half-made is ever found."""
    shutil.rmtree(path, ignore_errors=True)
    building.rename(path)


def is_root():
    return os.geteuid() == 0


def free_port(*wanted):
    """The first port of ``wanted`` that is free on 127.0.0.1, else any that is."""
    for port in (*wanted, 0):
        with contextlib.suppress(OSError), socket.socket() as probe:
            # A server that ended a moment ago does not hold its port.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return probe.getsockname()[1]
    raise Failure("No port is free on 127.0.0.1: end some of the programs that listen.")
