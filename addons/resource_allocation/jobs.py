"""What jobs share that work through what belongs to many."""

import logging
from contextlib import contextmanager

import psycopg2.errors

_logger = logging.getLogger(__name__)


@contextmanager
def one_of_many(records):
    """Let none that fails stop a job, or a fact, that concerns others too.

    What was done for it is undone and logged; whether it is taken up again is the
    caller's to say.
    """
    try:
        with records.env.cr.savepoint():
            yield
    except psycopg2.errors.OperationalError:
        raise  # the server tries again
    except Exception:  # noqa: BLE001 - whatever a stranger's document raises
        _logger.exception("Not done: %s", records)
