"""The demo's Odoo server: one process in the background, threaded as Odoo comes."""

import contextlib
import http.client
import json
import os
import signal
import subprocess
import time
import urllib.request
from pathlib import Path

from common import LOCAL, LOGS, Failure, free_port, last_words, say
from demo_database import NAME
from environment import data_folder, odoo_command

PORTS = range(8069, 8089)
STATE = data_folder() / "demo.json"
LOG = LOGS / "demo.log"
PATIENCE = 120  # seconds for a start on a busy machine


def start(variables):
    """Start the server unless it runs; return its port once it answers."""
    if running := _running():
        return running["port"]
    port = free_port(*PORTS)
    if port != PORTS[0]:
        say(f"Port {PORTS[0]} is taken, using {port}.")
    say("Starting Odoo …")
    options = [
        *("-d", NAME, "--db-filter", f"^{NAME}$", "--http-port", str(port)),
        *("--workers", "0", "--no-database-list"),
    ]
    LOGS.mkdir(parents=True, exist_ok=True)
    with LOG.open("w") as log:
        process = subprocess.Popen(
            [*odoo_command(), *options],
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            # It outlives this command and its terminal.
            start_new_session=True,
        )
    STATE.write_text(json.dumps({"pid": process.pid, "port": port}))
    _wait_for_page(process, port)
    return port


def stop(state=STATE):
    """Stop the server; return whether one ran."""
    running = _running(state)
    if running:
        _end(running["pid"])
    state.unlink(missing_ok=True)
    return bool(running)


def stop_all():
    """Stop the demos on every PostgreSQL server; return whether one ran."""
    states = list(LOCAL.glob(f"data*/{STATE.name}"))
    return sum(map(stop, states)) > 0


def _running(path=STATE):
    """The state of our live server, or None."""
    with contextlib.suppress(OSError, ValueError):
        state = json.loads(path.read_text())
        # The number may have gone to another program meanwhile.
        command = Path(f"/proc/{state['pid']}/cmdline").read_bytes()
        if b"--db-filter" in command and NAME.encode() in command:
            return state
    return None


def _end(pid):
    for number, seconds in ((signal.SIGTERM, 20), (signal.SIGKILL, 5)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not Path(f"/proc/{pid}/cmdline").exists():
                return
            time.sleep(0.1)


def _wait_for_page(process, port):
    """Ask for the login page until it comes: it needs the whole registry."""
    # A proxy of the environment must not come between us and this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        with (
            contextlib.suppress(OSError, http.client.HTTPException),
            opener.open(f"http://127.0.0.1:{port}/web/login", timeout=PATIENCE),
        ):
            return
        time.sleep(0.3)
    stop()
    raise Failure(f"Odoo does not answer: {last_words(LOG)} (All output: {LOG})")
