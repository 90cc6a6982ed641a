"""Databases and processes for tests that cross addons.

``make_database`` gives databases that vanish after the test, ``run_odoo`` and ``shell``
run Odoo on them in processes of their own; ``odoo_process.py`` has what clients in
several processes need. Every log written here is read by the gate: a warning or an
error in it fails the run, unless the test itself said that this run is to fail.
"""

import itertools
import json
import os
import re

import environment
import pytest
from gate import odoo
from gate.databases import Databases, run_name
from gate.places import LOGS
from gate.templates import Templates

_numbers = itertools.count(1)
# BROWSER=0 leaves out what needs one, as it does in the gate.
collect_ignore = ["test_two_browsers.py"] if os.environ.get("BROWSER") == "0" else []


@pytest.fixture(scope="session")
def variables():
    """The environment's variables for Odoo and PostgreSQL's programs."""
    return dict(os.environ)


@pytest.fixture(scope="session")
def databases(variables):
    """PostgreSQL's side: create, clone, query, drop (see gate/databases.py)."""
    return Databases(variables)


@pytest.fixture(scope="session")
def templates(variables):
    """The prepared databases (see gate/templates.py)."""
    return Templates(variables, environment.addons())


@pytest.fixture(scope="session")
def large():
    """Whether this is ``make test-long``: the stated large sizes, else small ones."""
    return bool(os.environ.get("SUITE_LONG"))


@pytest.fixture
def make_database(databases, templates):
    """Make a database for this test: ``make_database("ready")``.

    *ready* has all our addons installed, *core* only what they depend on, *empty*
    nothing at all.
    """
    made = []

    def make(kind="ready"):
        made.append(run_name(f"it{next(_numbers)}"))
        if kind == "empty":
            return databases.create(made[-1])
        source = {"ready": templates.ready, "core": templates.core}[kind]()
        return databases.clone(source, made[-1])

    yield make
    for name in made:
        databases.drop(name)


@pytest.fixture
def log_name(request):
    """Make a name for a log of this test."""
    test = re.sub(r"\W+", "_", request.node.name)
    return lambda folder: f"{folder}/{test}_{next(_numbers)}"


@pytest.fixture
def run_odoo(variables, log_name):
    """Run Odoo on a database until it stops: ``run_odoo(database, "-u", "mail")``.

    Returns the finished run with its log. With ``fails=True`` it has to fail, and the
    test judges the log itself.
    """

    def run(database, *arguments, fails=False, **options):
        log = log_name("refused" if fails else "integration")
        done = odoo.run_odoo(variables, database, log, *arguments, **options)
        assert (done.code != 0) == fails, f"{done.verdict()}\n{done.tail()}"
        return done

    return run


@pytest.fixture
def shell(variables, log_name):
    """Run code in Odoo's shell: ``shell(database, "answer(env.user.name)")``.

    Returns what the code gave to ``answer``, as JSON carries it. The code commits by
    itself what is to stay.
    """

    def run(database, code):
        log = log_name("integration")
        path = LOGS / f"{log}.json"
        path.unlink(missing_ok=True)
        preamble = (
            "import json, pathlib\n"
            f"answer = lambda value: pathlib.Path({str(path)!r}).write_text("
            "json.dumps(value, default=str))\n"
        )
        done = odoo.run_shell(variables, database, log, preamble + code)
        assert done.code == 0, f"{done.verdict()}\n{done.tail()}"
        return json.loads(path.read_text()) if path.exists() else None

    return run


@pytest.fixture
def client_log(log_name):
    """The file that clients in processes of their own log to; the gate reads it."""
    (LOGS / "integration").mkdir(parents=True, exist_ok=True)
    return LOGS / f"{log_name('integration')}.log"
