#!/usr/bin/env python3
"""What the planning board costs: to open, to scroll, to keep in memory.

2,000 things and 60,000 promises in three months, and the first 200 of these
things, opened in a real browser at several zooms, beside OCA's `web_timeline` with the
same promises, which is downloaded for this and removed afterwards; without a package
index ours is measured alone. ``SCALES=week`` before the command takes one zoom, and
``ROWS=2000`` one number of things.
"""

import contextlib
import itertools
import json
import os
import subprocess
import tempfile
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import NamedTuple

import environment
import provide_browser
import psycopg2
import websocket
from _board_data import EACH, FIRST, fill
from _chromium import SIZE, window
from _peer import download
from common import LOCAL, ROOT, Failure, free_port, say
from gate.databases import PREFIX, Databases
from gate.odoo import ALONE, run_odoo
from gate.places import insist
from gate.templates import Templates
from odoo_process import bootstrap

SCALES = os.environ.get("SCALES", "week month quarter").split()
SIZES = [int(size) for size in os.environ.get("ROWS", "200 2000").split()]
OPENINGS = 4
GIVE_UP = 300  # seconds until a view that shows nothing counts as hung
PEER = "odoo-addon-web-timeline==19.0.*"
ADDON = "bench_timeline"
NOTCH, LINE = 200, 40
"""Pixels of one turn of the wheel, and of a row of the board."""
FRAME = 1 / 60
MOST = 120  # seconds of scrolling, or of opening again and again
LOGIN = {"login": "bench", "password": "bench for a board"}
GROUPS = "base.group_user,resource_allocation.resource_allocation_group_user"


class System(NamedTuple):
    """A view to measure: where it is in the page, and what in it is a bar."""

    name: str
    model: str
    thing: str
    """The field that says which thing a record is of."""
    root: str
    bars: str


BOARD = System(
    "board",
    "resource.resource",
    "id",
    ".o_board_scroll",
    ".o_board_bar, .o_board_load",
)
TIMELINE = System(
    "web_timeline", "bench.promise", "resource_id", ".oe_timeline_view", ".vis-item"
)


def main():
    provide_browser.provide()
    if not provide_browser.browser():
        raise SystemExit("The board is measured in a browser, and there is none.")
    databases = Databases(os.environ)
    ready = Templates(os.environ, environment.addons()).ready()
    name = f"{PREFIX}_bench_board"
    databases.drop(name)
    databases.clone(ready, name)
    with tempfile.TemporaryDirectory() as folder:
        try:
            systems = [BOARD, *peer(name, Path(folder))]
            actions = prepare(name, systems)
            compare(name, systems, actions)
        finally:
            databases.drop(name)


# === WHAT IS THERE === #


def peer(name, folder):
    """The other view, installed if it can be had."""
    try:
        download(folder, [PEER])
    except subprocess.CalledProcessError:
        say("web_timeline cannot be downloaded: the board is measured alone.")
        return []
    write_addon(folder / "odoo" / "addons" / ADDON)
    done = run_odoo(os.environ, name, "bench-board", "-i", ADDON, "--no-http")
    insist(done, f"Installing {ADDON}")
    return [TIMELINE]


def write_addon(folder):
    """A model to see in the other view: the least that it can be."""
    folder.mkdir()
    manifest = {"name": ADDON, "author": "Bench", "license": "LGPL-3"}
    manifest["depends"] = ["web_timeline", "resource"]
    folder.joinpath("__manifest__.py").write_text(repr(manifest))
    folder.joinpath("__init__.py").write_text(
        "from odoo import fields, models\n\n\n"
        "class BenchPromise(models.Model):\n"
        "    _name = _description = 'bench.promise'\n"
        "    name = fields.Char()\n"
        "    resource_id = fields.Many2one('resource.resource', index=True)\n"
        "    start = fields.Datetime()\n"
        "    stop = fields.Datetime()\n"
    )


def prepare(name, systems):
    """Load the data; return ``{(system, scale): id of its action}``."""
    connection = psycopg2.connect(dbname=name)
    fill(connection)
    if TIMELINE in systems:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO bench_promise (name, resource_id, start, stop)"
                " SELECT name, resource_id, start, stop FROM resource_allocation"
            )
    connection.commit()
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    connection.close()
    registry = bootstrap(name, LOCAL / "log" / "bench.log")
    with registry.cursor() as cursor:
        env = administrator(cursor)
        actions = make_actions(env, systems)
        cursor.commit()
        ask(env(user=env["res.users"].search([("login", "=", LOGIN["login"])])))
    return actions


def administrator(cursor):
    from odoo import SUPERUSER_ID, api
    from odoo.tests import new_test_user

    env = api.Environment(cursor, SUPERUSER_ID, {})
    new_test_user(env, groups=GROUPS, tz="UTC", **LOGIN)
    return env


def make_actions(env, systems):
    """Windows that open with a view of each scale, for each number of things."""
    if TIMELINE in systems:
        env["ir.model.access"].create(
            {
                "name": TIMELINE.model,
                "model_id": env["ir.model"]._get_id(TIMELINE.model),
                "group_id": env.ref("base.group_user").id,
                "perm_read": True,
            }
        )
    things = env["resource.resource"].search([("name", "=like", "Thing %")]).ids
    return {
        (system, scale, size): make_action(env, system, scale, things[:size])
        for system in systems
        for scale in SCALES
        for size in SIZES
    }


def make_action(env, system, scale, things):
    arch = f'<resource_board scale="{scale}"/>'
    if system == TIMELINE:
        mode = "fit" if scale == "quarter" else scale
        arch = (
            f'<timeline date_start="start" date_stop="stop" mode="{mode}"'
            ' default_group_by="resource_id"/>'
        )
    model = system.model
    view = env["ir.ui.view"].create({"name": "Bench", "model": model, "arch": arch})
    action = env["ir.actions.act_window"].create(
        {
            "name": "Bench",
            "res_model": model,
            "view_mode": view.type,
            "view_ids": [(0, 0, {"view_mode": view.type, "view_id": view.id})],
            "domain": [(system.thing, "in", things)],
        }
    )
    return action.id


# === THE REQUEST ALONE === #


def ask(env):
    """Print what the request of one sight of the board takes, without the browser."""
    things = env["resource.resource"].search([("name", "=like", "Thing %")])
    print(f"\n{len(things):,} rows, {len(things) * EACH:,} promises; the request alone")
    spans = {
        "week": (timedelta(hours=1), 7 * 24),
        "month": (timedelta(days=1), 35),
        "quarter": (timedelta(days=1), 91),
    }
    for scale, (step, count) in spans.items():
        edges = [FIRST + step * number for number in range(count + 1)]
        for rows in (40, 80):
            found = things[:rows]
            costs = [cost(env, found, edges) for _again in range(OPENINGS)]
            queries, seconds, length = map(median, zip(*costs, strict=True))
            print(
                f"  {scale:<8} {rows:5} rows {queries:5.0f} queries"
                f" {seconds * 1000:9.1f} ms {length / 1000:9.1f} kB"
            )


def cost(env, things, edges):
    """Queries, seconds and bytes of what stands on these rows."""
    env.invalidate_all()
    queries, began = env.cr.sql_log_count, time.perf_counter()
    told = things.timetable(edges[0], edges[-1], edges)
    seconds = time.perf_counter() - began
    length = len(json.dumps(told, ensure_ascii=False).encode())
    return env.cr.sql_log_count - queries, seconds, length


# === IN THE BROWSER === #


def compare(name, systems, actions):
    print(f"\nIn a browser of {SIZE[0]} × {SIZE[1]}")
    with serve(name) as address:
        hung = set()
        for size, scale, system in itertools.product(SIZES, SCALES, systems):
            if (size, system) in hung:
                continue
            print(f"  {size:,} rows, {scale}, {system.name}")
            with window(GIVE_UP) as page:
                log_in(page, address)
                try:
                    action = actions[system, scale, size]
                    for found in measure(page, system, action, size):
                        print("    {:<24} {}".format(*found), flush=True)
                except websocket.WebSocketTimeoutException:
                    hung.add((size, system))
                    print(f"    nothing within {GIVE_UP} s")


@contextlib.contextmanager
def serve(name):
    """The address of a server of this database, which ends with the block."""
    port = free_port()
    command = [*environment.odoo_command(), "-d", name, "--http-port", str(port)]
    with (LOCAL / "log" / "bench-server.log").open("w") as log:
        process = subprocess.Popen(
            [*command, *ALONE], cwd=ROOT, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def log_in(page, address):
    """Open the client as the user, and wait until it has nothing more to load."""
    for _try in range(120):
        time.sleep(0.5)
        page.open(f"{address}/web/login")
        if page.run(LOADED):
            break
    else:
        raise Failure("The server does not answer; see .local/log/bench-server.log.")
    page.run(AUTHENTICATE, LOGIN)
    page.open(f"{address}/odoo")
    for _try in range(600):
        time.sleep(0.5)
        if page.run(READY):
            return
    raise Failure("The web client does not start; see .local/log/bench-server.log.")


def measure(page, system, action, size):
    """Yield what is found, as title and words."""
    page.run(LEAVE)
    empty = page.heap()
    page.calls()
    times = []
    began = time.perf_counter()
    # Who takes minutes is opened twice and no more.
    while len(times) < 2 or (
        len(times) < OPENINGS and time.perf_counter() - began < MOST
    ):
        page.run(LEAVE)
        page.heap()
        time.sleep(1)
        page.calls()
        times.append(page.run(OPEN, action, f"{system.root} :is({system.bars})"))
        if len(times) == 1:
            yield "first opening", f"{times[0] / 1000:.2f} s"
    times = times[1:]
    yield "first paint, warm", f"{median(times) / 1000:.2f} s"
    time.sleep(1)
    yield "requests", in_words(page.calls())
    nodes, bars = page.run(COUNT, system.root, system.bars)
    yield "in the page", f"{bars} bars, {nodes:,} elements"
    yield "heap", f"{(page.heap() - empty) / 1e6:.1f} MB more, {page.heap() / 1e6:.1f}"
    page.calls()
    yield from scroll(page, system, size)
    yield "requests of the scroll", in_words(page.calls())
    yield "heap", f"{(page.heap() - empty) / 1e6:.1f} MB more, {page.heap() / 1e6:.1f}"
    page.run(LEAVE)


def scroll(page, system, size):
    """Turn the wheel from top to bottom, frame by frame."""
    where = {"x": SIZE[0] * 2 // 3, "y": SIZE[1] // 2}
    page.run(WATCH, system.root, system.bars)
    began = time.perf_counter()
    turned = 0
    while turned < size * LINE / NOTCH and time.perf_counter() - began < MOST:
        due = time.perf_counter() + FRAME
        page.ask(
            "Input.dispatchMouseEvent",
            **{"type": "mouseWheel", **where, "deltaX": 0, "deltaY": NOTCH},
        )
        turned += 1
        time.sleep(max(0, due - time.perf_counter()))
    seconds = time.perf_counter() - began
    frames, bars, nodes = page.run(WATCHED)
    frames.sort()
    late = frames[int(len(frames) * 0.95)]
    yield (
        "frames",
        f"median {median(frames):.0f} ms, 95 % {late:.0f} ms,"
        f" worst {frames[-1]:.0f} ms; {turned} turns in {seconds:.1f} s",
    )
    yield "at most in the page", f"{bars} bars, {nodes:,} elements"
    time.sleep(1)
    yield "last row that is seen", page.run(LAST, system.root)


def in_words(calls):
    """How often each method was called, and with how many bytes in answer."""
    counts, lengths = Counter(), Counter()
    for name, length in calls:
        name = name.split("/")[-1]
        counts[name] += 1
        lengths[name] += length
    return ", ".join(
        f"{count} × {name} {lengths[name] / 1000:.0f} kB"
        for name, count in counts.items()
    )


LOADED = "() => Boolean(document.querySelector('.oe_login_form'))"
AUTHENTICATE = """async ({ login, password }) => {
    const form = document.querySelector(".oe_login_form");
    const body = new FormData(form);
    body.set("login", login);
    body.set("password", password);
    await fetch("/web/login", { method: "POST", body });
}"""
READY = """() =>
    Boolean(
        window.odoo?.__WOWL_DEBUG__?.root.env.services.action &&
        document.querySelector(".o_action_manager")?.children.length
    )"""
LEAVE = """async () => {
    const { services } = odoo.__WOWL_DEBUG__.root.env;
    await services.action.doAction(
        {
            type: "ir.actions.act_window",
            res_model: "res.country",
            views: [[false, "list"]],
        },
        { clearBreadcrumbs: true }
    );
}"""
# A frame's callbacks come before it is painted, a timer's after.
OPEN = """async (action, drawn) => {
    const { services } = odoo.__WOWL_DEBUG__.root.env;
    const began = performance.now();
    await services.action.doAction(action, { clearBreadcrumbs: true });
    while (!document.querySelector(drawn)) {
        await new Promise(requestAnimationFrame);
    }
    await new Promise(requestAnimationFrame);
    await new Promise((done) => setTimeout(done));
    return performance.now() - began;
}"""
COUNT = """(root, bars) => {
    const view = document.querySelector(root);
    return [view.querySelectorAll("*").length, view.querySelectorAll(bars).length];
}"""
WATCH = """(root, bars) => {
    const watch = (window.bench = { frames: [], bars: 0, nodes: 0, isOn: true });
    const view = document.querySelector(root);
    let before = null;
    const look = (now) => {
        if (before !== null) {
            watch.frames.push(now - before);
        }
        before = now;
        watch.bars = Math.max(watch.bars, view.querySelectorAll(bars).length);
        watch.nodes = Math.max(watch.nodes, view.getElementsByTagName("*").length);
        if (watch.isOn) {
            requestAnimationFrame(look);
        }
    };
    requestAnimationFrame(look);
}"""
WATCHED = """() => {
    const { frames, bars, nodes } = window.bench;
    window.bench.isOn = false;
    return [frames, bars, nodes];
}"""
LAST = """(root) => {
    const view = document.querySelector(root);
    const { bottom } = view.getBoundingClientRect();
    const names = [...view.querySelectorAll(".o_board_label, .vis-label")];
    const seen = names.filter((one) => {
        const box = one.getBoundingClientRect();
        return box.height && box.top > 0 && box.top < bottom;
    });
    const top = (one) => one.getBoundingClientRect().top;
    seen.sort((one, other) => top(one) - top(other));
    return seen.length ? seen.at(-1).textContent.trim() : "none";
}"""


if __name__ == "__main__":
    main()
