"""Odoo inside the processes of a test: real clients, real transactions.

    def book(registry, minutes):
        def work(env):
            return env["resource.allocation"].allocate(...)
        return transact(registry, work, uid)

    answers = run_clients(database, book, [0, 10, 20], client_log)

Each client is a process forked from one that has loaded the registry, as Odoo's own
workers are; all start at the same moment. An answer is what the client returned, or the
exception that it ended with: a conflict is an answer, not a failure of the test.
"""

import contextlib
import functools
import multiprocessing
import os
import pickle
import signal
import traceback

# Seconds until clients that give no answer count as hung.
PATIENCE = 4 * 3600 if os.environ.get("SUITE_LONG") else 600


def bootstrap(database, log):
    """Load Odoo in this process; return the registry of ``database``.

    ``log`` is the file that it logs to (the fixture ``client_log``).
    """
    import odoo.tools
    from odoo.modules.registry import Registry

    arguments = ["-d", database, f"--logfile={log}", "--no-http"]
    arguments += ["--workers=0", "--max-cron-threads=0"]
    odoo.tools.config.parse_config(arguments, setup_logging=True)
    return Registry(database)


def transact(registry, work, uid=None):
    """Call ``work(env)`` in a transaction of its own, with Odoo's own retries.

    What PostgreSQL refuses is not logged: it is tried again, or it is the answer.
    """
    from odoo import SUPERUSER_ID, api
    from odoo.service.model import retrying
    from odoo.tools import mute_logger

    with mute_logger("odoo.sql_db"), registry.cursor() as cursor:
        env = api.Environment(cursor, uid or SUPERUSER_ID, {})
        return retrying(functools.partial(work, env), env)


def run_clients(database, client, arguments, log, patience=PATIENCE):
    """Call ``client(registry, argument)`` for each argument, all at once.

    Returns their answers in the order of ``arguments``, at most ``patience`` seconds
    later.
    """
    # A process of its own: the test's process must stay free of Odoo's threads, and
    # forked clients must not share a connection.
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    parent = context.Process(
        target=_run_parent, args=(sender, database, client, list(arguments), log)
    )
    parent.start()
    sender.close()
    try:
        answers = receiver.recv() if receiver.poll(patience) else None
    except EOFError:
        answers = None
    with contextlib.suppress(ProcessLookupError):
        os.killpg(parent.pid, signal.SIGKILL)
    parent.join()
    assert answers is not None, f"the clients gave no answers; see {log}"
    return answers


class ClientError(Exception):
    """An exception of a client that cannot travel between processes, as text."""


def _run_parent(sender, database, client, arguments, log):
    """Load the registry once and fork the clients from it."""
    import odoo.sql_db

    os.setsid()
    context = multiprocessing.get_context("fork")
    registry = bootstrap(database, log)
    odoo.sql_db.close_all()
    start = context.Barrier(len(arguments))
    clients = [
        _start_client(context, start, registry, client, argument)
        for argument in arguments
    ]
    sender.send([_received(receiver) for receiver in clients])


def _start_client(context, start, registry, client, argument):
    """Fork one client; return the end of the pipe that its answer comes from."""
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(
        target=_run_client, args=(sender, start, registry, client, argument)
    )
    process.start()
    sender.close()
    return receiver


def _run_client(sender, start, registry, client, argument):
    start.wait()
    try:
        answer = client(registry, argument)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the answer
        answer = _portable(error)
    sender.send(answer)


def _portable(error):
    """``error`` if it survives the way between processes, else its text."""
    try:
        return pickle.loads(pickle.dumps(error))
    except Exception:  # noqa: BLE001 - pickling fails in as many ways as there are types
        return ClientError("".join(traceback.format_exception(error)))


def _received(receiver):
    try:
        return receiver.recv()
    except EOFError:
        return ClientError("the client died without an answer")
