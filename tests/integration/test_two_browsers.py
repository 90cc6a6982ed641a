"""Two people at the planning board, each in a browser of their own (C20-C21).

A real server with its bus, a database of its own, real transactions: what one of them
does, the other one's open board shows without being loaded anew; and what one of them
has changed, the other one does not change by what she saw before.
"""

import contextlib
import http.client
import json
import subprocess
import time
import urllib.request

import environment
import pytest
from chromium import chromium
from gate.databases import run_name
from gate.odoo import ALONE, run_shell
from gate.places import LOGS, PROGRAMS, free_port
from ledger_load import read_rows

SOON = 3
"""Seconds until an open board must show what somebody else has done."""
CELLS = 35
"""Days on a board of assets."""
ENTER, F8 = 13, 119
"""Numbers of keys."""

MAKE_STORE = """
from odoo.tests import new_test_user

category = env["lending.category"].create({"name": "Browsers"})
kind = env["lending.type"].create({"name": "Tool", "category_id": category.id})
for number, name in enumerate(["Drill", "Saw"]):
    env["lending.asset"].create({
        "name": f"Shared {name}", "code": f"AAA-{number}", "type_id": kind.id,
    })
env["hr.employee"].create({"name": "Ottilie"})
for login in ["anna", "bert"]:
    new_test_user(
        env, login, "resource_lending.lending_group_officer", password=login * 2
    )
env.cr.commit()
"""


@pytest.fixture(scope="module")
def store(databases, templates, variables):
    """A database with two things to lend and two officers."""
    name = databases.clone(templates.ready(), run_name("browsers"))
    done = run_shell(variables, name, "integration/two_browsers_store", MAKE_STORE)
    assert done.code == 0, done.tail()
    yield name
    databases.drop(name)


@pytest.fixture(scope="module")
def address(store, variables):
    """Where a server of this database answers."""
    port = free_port()
    command = [
        *environment.odoo_command(),
        *("-d", store, "--http-port", str(port), *ALONE),
        *("--logfile", str(LOGS / "integration" / "two_browsers.log")),
        # What is refused is logged, too, and here it is what must happen.
        *("--log-handler", "odoo.http:ERROR"),
    ]
    process = PROGRAMS.start(command, env=variables, stdin=subprocess.DEVNULL)
    try:
        yield _answering(process, f"http://127.0.0.1:{port}")
    finally:
        PROGRAMS.end(process)


def _answering(process, address):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        with (
            contextlib.suppress(OSError, http.client.HTTPException),
            opener.open(f"{address}/web/login", timeout=120),
        ):
            return address
        time.sleep(0.2)
    raise AssertionError("Odoo does not answer")


@pytest.fixture
def people(address):
    """Anna and Bert, each before the board."""
    with chromium() as browser:
        yield [_at_board(browser.person(), address, name) for name in ("anna", "bert")]


def _at_board(person, address, login):
    """Log in as anybody does, open the board, and listen."""
    person.open(f"{address}/web/login?redirect=/odoo/lending-board")
    for field, text in (("login", login), ("password", login * 2)):
        person.click(f"#{field}")
        person.write(text)
    person.click(".oe_login_form button[type='submit']")
    person.see(".o_board_line", "Shared Saw")
    bus = "odoo.__WOWL_DEBUG__.root.env.services.bus_service"
    person.wait(f"{bus}.workerState === 'CONNECTED'")
    # Gone, should the page be loaded anew.
    person.evaluate("window.isSamePage = true")
    return person


# === AT THE BOARD === #


def line(name):
    """The row of a thing: what is of it, is on it."""
    return f".o_board_line:has([title^='Shared {name}'])"


def drag(person, start, stop):
    """Press the mouse there, go here, and let it go."""
    person.mouse("mousePressed", *start)
    move(person, start, stop)
    person.mouse("mouseReleased", *stop)


def move(person, start, stop):
    """A hand goes a way: it is here and there between."""
    for step in range(1, 5):
        place = [a + (b - a) * step / 4 for a, b in zip(start, stop, strict=True)]
        person.mouse("mouseMoved", *place)


def choose(person, name, first, last):
    """Drag over days of a row, and keep what was chosen."""
    left, top, width, height = person.see(f"{line(name)} .o_board_track")
    day = width / CELLS
    there = [(left + day * (one + 0.5), top + height / 2) for one in (first, last)]
    drag(person, *there)
    save(person)


def save(person):
    person.click(".o_board_period_save:enabled")
    person.miss(".modal")


def reserve(person):
    """F8: all that was chosen is for Ottilie."""
    person.press("F8", F8)
    person.click(".modal .o_field_widget[name='employee_id'] input")
    person.write("Ottilie")
    person.see(".o-autocomplete--dropdown-item", "Ottilie")
    # By key, which waits for the answer that the list is of.
    person.press("Enter", ENTER)
    person.see(".modal .o_field_widget[name='summary']", "Ottilie")
    person.click(".modal button[name='action_make']:enabled")
    person.miss(".o_board_basket")


def take(person, name, edge=False):
    """Press the mouse on a row's bar, in its middle or at its end; say where."""
    left, top, width, height = person.see(f"{line(name)} .o_board_bar.o_board_movable")
    place = left + (width - 3 if edge else width / 2), top + height / 2
    person.mouse("mousePressed", *place)
    return place


def let_go(person, place, days):
    """Go some days later with what was taken, and let it go."""
    *_, width, _height = person.see(".o_board_track")
    there = place[0] + days * width / CELLS, place[1]
    move(person, place, there)
    person.mouse("mouseReleased", *there)


def extend(person, name):
    """Make it a day longer, and see that it is."""
    before = person.see(f"{line(name)} .o_board_bar")
    let_go(person, take(person, name, edge=True), 1)
    save(person)
    person.wait(f"{width_of(name)} > {before[2]} + 5")


def width_of(name):
    bar = json.dumps(f"{line(name)} .o_board_bar")
    return f"document.querySelector({bar})?.getBoundingClientRect().width"


def catch_up(person, other, name):
    """See by oneself, soon, what somebody else sees of a row."""
    seen = other.evaluate(width_of(name))
    person.wait(f"Math.abs({width_of(name)} - {seen}) < 1", seconds=SOON)


def promised(store):
    return read_rows(
        store,
        "SELECT id, resource_id, start, stop, state, write_date"
        " FROM resource_allocation ORDER BY id",
    )


# === TESTS === #


def test_C20_open_board_shows_what_somebody_else_books(people, store):
    anna, bert = people
    anna.see(".o_board_line", "Shared Drill")
    assert not anna.evaluate(width_of("Drill"))
    choose(bert, "Drill", 14, 16)
    before = promised(store)
    reserve(bert)
    assert len(promised(store)) == len(before) + 1
    anna.see(f"{line('Drill')} .o_board_bar", "Ottilie", seconds=SOON)
    # And what becomes of it, as often as it happens.
    for _day in range(2):
        extend(bert, "Drill")
        catch_up(anna, bert, "Drill")
    assert anna.evaluate("window.isSamePage")


def test_C21_drag_of_what_somebody_else_has_changed_is_refused(people, store):
    anna, bert = people
    choose(bert, "Saw", 14, 16)
    reserve(bert)
    anna.see(f"{line('Saw')} .o_board_bar", "Ottilie", seconds=SOON)
    # She holds it while he changes it: what she drags is not what she has seen.
    place = take(anna, "Saw")
    extend(bert, "Saw")
    changed = promised(store)
    let_go(anna, place, 3)
    anna.see(".modal .o_verdict", "was changed meanwhile: Stop")
    anna.see(".modal .o_board_period_save:disabled")
    anna.click(".modal .btn", "Cancel")
    anna.miss(".modal")
    catch_up(anna, bert, "Saw")
    # It had been asked and was free; then he changes it, and she says yes.
    let_go(anna, take(anna, "Saw"), 3)
    anna.see(".modal .o_board_period_save:enabled")
    assert promised(store) == changed
    extend(bert, "Saw")
    changed = promised(store)
    anna.click(".modal .o_board_period_save")
    anna.see(".modal", "was changed meanwhile: Stop")
    assert promised(store) == changed
    # After that the board shows how it is by now, and that can be moved.
    anna.click(".o_error_dialog .o-default-button")
    anna.click(".modal .btn", "Cancel")
    anna.miss(".modal")
    catch_up(anna, bert, "Saw")
    let_go(anna, take(anna, "Saw"), 3)
    save(anna)
    assert [row[1] for row in promised(store)] == [row[1] for row in changed]
    assert promised(store) != changed
    assert anna.evaluate("window.isSamePage")
