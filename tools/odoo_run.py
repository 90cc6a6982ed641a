"""Run Odoo to its end, with its output in a log and its progress on the screen."""

import re
import subprocess
import time

from common import LOGS, Failure, last_words, say
from environment import odoo_command

LOADING = re.compile(r"Loading module (\S+) \((\d+)/(\d+)\)")
EVERY = 10  # seconds between two lines of progress


def log_path(name):
    return LOGS / f"{name}.log"


def install(variables, options, *, log, hint):
    """Run Odoo with ``options``, saying now and then which module it has come to."""
    said = time.monotonic()
    say("Setting up the modules …")

    def progress(line):
        nonlocal said
        found = LOADING.search(line)
        if found and time.monotonic() - said > EVERY:
            said = time.monotonic()
            say("Module {1} of {2}: {0}".format(*found.groups()))

    _run([*odoo_command(), *options], variables, log, hint, progress)


def script(variables, database, source, *, log, hint):
    """Run Python ``source`` in Odoo's shell on ``database``."""
    command = [*odoo_command(), "shell", "-d", database, "--no-http"]
    _run(command, variables, log, hint, lambda line: None, source)


def _run(command, variables, log, hint, progress, source=""):
    LOGS.mkdir(parents=True, exist_ok=True)
    process = subprocess.Popen(
        command,
        env=variables,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    process.stdin.write(source)
    process.stdin.close()
    try:
        with log_path(log).open("w") as output:
            for line in process.stdout:
                output.write(line)
                progress(line)
    except BaseException:
        process.kill()
        raise
    finally:
        process.wait()
    if process.returncode:
        path = log_path(log)
        raise Failure(f"{last_words(path)} {hint} (All output: {path})")
