#!/usr/bin/env python3
"""What a room costs: to book it, to see a month of 200, to find the last one free.

In turns with core's calendar, which knows no rooms, and with OCA's `resource_booking`,
which is downloaded for this and removed afterwards; each in a database of its own with
nothing else installed. At last eight people at once book one room, round after round:
how many get it. ``ROWS=1000`` before the command takes one size.
"""

import functools
import multiprocessing
import os
import tempfile
import time
from collections import defaultdict
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import NamedTuple
from unittest.mock import patch

import psycopg2
import pytz
from _peer import download
from _rooms_data import HOUR, NOW, ROOMS, fill_bookings, fill_rooms
from common import LOCAL
from gate.databases import PREFIX, Databases
from gate.odoo import run_odoo
from gate.places import insist
from odoo_process import PATIENCE, run_clients, transact

SIZES = [int(size) for size in os.environ.get("ROWS", "1000 100000").split()]
TURNS = int(os.environ.get("TURNS", "1"))
BOOKINGS = 10
WARM_UP = 3
TURN = WARM_UP + BOOKINGS
LAST_FREE = 137
"""The one room of all that nobody has tomorrow."""
CLIENTS = 8
ROUNDS = 20
A_MILLION = 3 * 3600
"""Seconds that it may take to make so many bookings."""
START = multiprocessing.get_context("fork").Barrier(CLIENTS)
PACKAGES = (
    "cssselect",
    "odoo-addon-resource-booking==19.0.*",
    "odoo-addon-web-calendar-slot-duration==19.0.*",
)
LOG = LOCAL / "log" / "bench.log"


class Cost(NamedTuple):
    """One request: its SQL queries and its seconds."""

    queries: int
    seconds: float


def main():
    with tempfile.TemporaryDirectory() as folder:
        download(Path(folder), PACKAGES)
        databases = Databases(os.environ)
        names = {one: f"{PREFIX}_bench_{one.addon}" for one in SYSTEMS}
        try:
            for system, name in names.items():
                install(databases, system, name)
            for size in SIZES:
                compare(databases, names, size)
            for system, name in names.items():
                race(databases, system, name)
        finally:
            for name in names.values():
                databases.drop(name)


def install(databases, system, name):
    databases.drop(name)
    databases.create(name)
    done = run_odoo(os.environ, name, "bench-rooms", "-i", system.addon, "--no-http")
    insist(done, f"Installing {system.addon}")


# === IN TURNS === #


def compare(databases, names, size):
    """Measure all at one size and print the table."""
    costs = defaultdict(list)
    copies = {
        one: databases.clone(name, f"{name}_{size}") for one, name in names.items()
    }
    try:
        for system, name in copies.items():
            ask(name, prepare, (system, size), A_MILLION)
            tidy(name)
        for turn in range(TURNS):
            for system, name in copies.items():
                for title, found in ask(name, measure, (system, turn)).items():
                    costs[title] += found
    finally:
        for name in copies.values():
            databases.drop(name)
    print(f"\n{size:,} bookings of {ROOMS} rooms")
    for title, found in costs.items():
        queries, seconds = map(median, zip(*found, strict=True))
        print(f"  {title:<58} {queries:5.0f} queries {seconds * 1000:10.1f} ms")


def ask(database, client, task, patience=PATIENCE):
    """What ``client`` answers, in a process of its own."""
    [answer] = run_clients(database, client, [task], LOG, patience)
    if isinstance(answer, Exception):
        raise answer
    return answer


def tidy(name):
    connection = psycopg2.connect(dbname=name)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    connection.close()


def prepare(registry, task):
    """Make the rooms, and as many bookings."""
    from odoo import SUPERUSER_ID, api
    from odoo.tests import new_test_user

    system, size = task
    with registry.cursor() as cursor:
        env = api.Environment(cursor, SUPERUSER_ID, {"tracking_disable": True})
        env["ir.config_parameter"].set_param("calendar.block_mail", "True")
        for number in range(CLIENTS):
            new_test_user(env, f"bench_{number}", system.group)
        system.make(env)
        if size:
            system.fill(env, size)
            last = system.find(env, TOMORROW).mapped("name")
            assert last == [f"Bench room {LAST_FREE}"], last
        cursor.commit()


def measure(registry, task):
    """``{title: costs}`` of one turn, as a user with a user's rights."""
    from odoo import api

    system, turn = task
    found = {}
    with registry.cursor() as cursor, unsent(registry):
        env = api.Environment(cursor, booker(cursor), {})
        for mails in (False, True):
            block = "" if mails else "True"
            env["ir.config_parameter"].sudo().set_param("calendar.block_mail", block)
            for place, (title, work) in enumerate(system.bookings.items()):
                words = "with mails" if mails else "without mails"
                found[f"book {title}, {words}"] = [
                    cost(env, functools.partial(work, env, 2 * number + mails, place))
                    for number in range(TURN * turn, TURN * (turn + 1))
                ][WARM_UP:]
            if system.tell:
                # Also without mails, or it would find them with the others.
                queries, seconds = cost(env, functools.partial(system.tell, env))
                told = system.told * TURN
                if mails:
                    found["mail one, by the job"] = [
                        Cost(queries / told, seconds / told)
                    ]
        for title, work in system.questions.items():
            work(env, NEVER)
            found[title] = [cost(env, functools.partial(work, env, TOMORROW))]
    return found


def unsent(registry):
    """Mails are made, and stay in the queue: there is no server to send them to."""
    return patch.object(registry["mail.mail"], "send_after_commit", lambda self: None)


def booker(cursor, number=0):
    cursor.execute("SELECT id FROM res_users WHERE login = %s", [f"bench_{number}"])
    return cursor.fetchone()[0]


def cost(env, work):
    """What one transaction costs, from a cold cache."""
    env.cr.commit()
    env.invalidate_all()
    queries, began = env.cr.sql_log_count, time.perf_counter()
    work()
    env.cr.commit()
    return Cost(env.cr.sql_log_count - queries, time.perf_counter() - began)


def people(env):
    """Who meets: the user and a colleague."""
    colleague = env["res.users"].search([("login", "=", "bench_1")])
    return (env.user | colleague).partner_id


def hours(number, place):
    """An hour in which the rooms are free, for each booking another."""
    start = NOW + timedelta(days=1 + number, hours=HOUR + 3 + 2 * place)
    return {"start": start, "stop": start + timedelta(hours=1)}


TOMORROW = NOW + timedelta(days=1, hours=HOUR)
NEVER = TOMORROW + timedelta(days=3000)
"""When nobody has booked anything: asked first, to know what stays known."""
AN_HOUR, A_MONTH = timedelta(hours=1), timedelta(days=30)


# === THIS SUITE === #


class Rooms:
    """Our rooms and services, and core's calendar beside them."""

    addon = "room_booking"
    group = "base.group_user"
    table = "room_reservation"
    told = 2
    """How many of what is booked in turns is a reservation."""

    @classmethod
    def make(cls, env):
        plan = env["account.analytic.plan"].create({"name": "Bench"})
        account = env["account.analytic.account"].create(
            {"name": "Bench", "plan_id": plan.id, "company_id": False}
        )
        activity = env["room.activity"].create(
            {"name": "Bench", "account_id": account.id}
        )
        occasion = env["room.scenario"].create({"name": "Bench", "sequence": 0})
        sites = env["room.site"].create(
            [
                {"name": f"Bench {tz}", "tz": tz}
                for tz in ("Europe/Berlin", "Asia/Tokyo")
            ]
        )
        env["room.space"].create(
            [
                {
                    "name": f"Bench room {number}",
                    "site_id": sites[number % 2].id,
                    "capacity": 12,
                    "activity_id": activity.id,
                    "setup_minutes": 15 * (number % 3 > 0),
                    "teardown_minutes": 15 * (number % 3 > 1),
                }
                for number in range(ROOMS)
            ]
        )
        group = env["room.service.group"].create(
            {"name": "Bench", "tz": "UTC", "calendar_id": always(env).id}
        )
        env["room.service"].create(
            [
                {
                    "name": f"Bench {name}",
                    "group_id": group.id,
                    "activity_id": activity.id,
                    "scenario_ids": occasion.ids,
                    "price": 2,
                    **more,
                }
                for name, more in {
                    "coffee": {},
                    "cake": {},
                    "laptops": {"is_unlimited": False, "max_quantity": 10_000},
                }.items()
            ]
        )

    @classmethod
    def fill(cls, env, size):
        sample = cls.reserve(env, 2000, 0, services=True)
        cls.tell(env)
        fill_rooms(env, sample, size)
        env.invalidate_all()
        space = cls.rooms(env)[LAST_FREE]
        wanted = [("space_ids.space_id", "=", space.id), ("start", "=", TOMORROW)]
        env["room.reservation"].search(wanted).action_cancel()
        cls.tell(env)

    @staticmethod
    def rooms(env):
        return env["room.space"].search([("name", "like", "Bench room")], order="id")

    @classmethod
    def reserve(cls, env, number, place, services=False, room=None):
        """Book as the form does: save, then the button."""
        names = ["Bench coffee", "Bench cake", "Bench laptops"] if services else []
        wanted = env["room.service"].search([("name", "in", names)]) if names else []
        name = f"Bench room {number % ROOMS if room is None else room}"
        space = env["room.space"].search([("name", "=", name)])
        reservation = env["room.reservation"].create(
            {
                "name": "Bench",
                "attendee_ids": people(env).ids,
                "participants": 4,
                "space_ids": [(0, 0, {"space_id": space.id})],
                "line_ids": [
                    (0, 0, {"service_id": service.id, "quantity": 4})
                    for service in wanted
                ],
                **hours(number, place),
            }
        )
        reservation.action_book()
        return reservation

    @classmethod
    def take(cls, env, turn):
        cls.reserve(env, turn, 0, room=0)

    @staticmethod
    def meet(env, number, place):
        """An event in core's calendar: no room, nothing is looked at."""
        env["calendar.event"].create(
            {
                "name": "Bench",
                "partner_ids": people(env).ids,
                **hours(number, place),
            }
        )

    @classmethod
    def month(cls, env, start):
        """Who has which room when, in a month."""
        rooms = env["room.space"].search([])
        return rooms.resource_id.busy(start, start + A_MONTH)

    @classmethod
    def find(cls, env, start):
        """The rooms for 12 that are free then."""
        rooms = env["room.space"].search([("capacity", ">=", 12)])
        free = rooms.resource_id.free_quantity(start, start + AN_HOUR)
        return rooms.filtered(lambda room: free[room.resource_id.id] > 0)

    @classmethod
    def tell(cls, env):
        """Mail those who take part in what was booked, as the job does."""
        env["room.reservation"].sudo()._cron_tell()


Rooms.bookings = {
    "no room: an event of core's calendar": Rooms.meet,
    "a room": Rooms.reserve,
    "a room and three services": functools.partial(Rooms.reserve, services=True),
}
Rooms.questions = {
    f"see a month of {ROOMS} rooms": Rooms.month,
    f"find a room for 12, {ROOMS - 1} of {ROOMS} taken": Rooms.find,
}


def always(env):
    """Hours that never end."""
    return env["resource.calendar"].create(
        {
            "name": "Always",
            "tz": "UTC",
            "attendance_ids": [(5, 0, 0)]
            + [
                (
                    0,
                    0,
                    {
                        "name": "All day",
                        "dayofweek": str(day),
                        "hour_from": 0,
                        "hour_to": 24,
                        "day_period": "morning",
                    },
                )
                for day in range(7)
            ],
        }
    )


# === THE OTHER MODULE === #


class Bookings:
    """OCA's resource_booking: each room a combination of one resource, all one type."""

    addon = "resource_booking"
    group = "base.group_user,resource_booking.group_user"
    table = "resource_booking"
    tell = None

    @classmethod
    def make(cls, env):
        calendar = always(env)
        rooms = env["resource.resource"].create(
            [
                {
                    "name": f"Bench room {number}",
                    "resource_type": "material",
                    "calendar_id": calendar.id,
                    "tz": "UTC",
                }
                for number in range(ROOMS)
            ]
        )
        wholes = env["resource.booking.combination"].create(
            [{"resource_ids": room.ids} for room in rooms]
        )
        env["resource.booking.type"].create(
            {
                "name": "Bench",
                "duration": 1,
                "slot_duration": 1,
                "modifications_deadline": 0,
                "resource_calendar_id": calendar.id,
                "combination_assignment": "sorted",
                "combination_rel_ids": [
                    (0, 0, {"combination_id": whole.id, "sequence": number})
                    for number, whole in enumerate(wholes)
                ],
            }
        )

    @classmethod
    def fill(cls, env, size):
        fill_bookings(env, cls.reserve(env, 2000, 0), size)
        env.invalidate_all()
        wanted = [
            ("combination_id.name", "=", f"Bench room {LAST_FREE}"),
            ("start", "=", TOMORROW),
        ]
        env["resource.booking"].search(wanted).unlink()

    @classmethod
    def reserve(cls, env, number, place, room=None):
        name = f"Bench room {number % ROOMS if room is None else room}"
        return env["resource.booking"].create(
            {
                **cls.wish(env),
                "name": "Bench",
                "combination_id": env["resource.booking.combination"]
                .search([("name", "=", name)])
                .id,
                "combination_auto_assign": False,
                "start": hours(number, place)["start"],
            }
        )

    @staticmethod
    def wish(env):
        kind = env["resource.booking.type"].search([])
        return {"type_id": kind.id, "duration": 1, "partner_ids": people(env).ids}

    @classmethod
    def take(cls, env, turn):
        cls.reserve(env, turn, 0, room=0)

    @classmethod
    def month(cls, env, start):
        """When a room is free in a month, as its own calendar page asks."""
        pending = env["resource.booking"].new(cls.wish(env))
        start = pytz.utc.localize(start)
        return pending._get_available_slots(start, start + A_MONTH)

    @classmethod
    def find(cls, env, start):
        """The first room that is free then."""
        pending = env["resource.booking"].new({**cls.wish(env), "start": start})
        return pending.combination_id


Bookings.bookings = {"a room, resource_booking": Bookings.reserve}
Bookings.questions = {
    f"see a month of {ROOMS} rooms, resource_booking": Bookings.month,
    f"find a room, {ROOMS - 1} of {ROOMS} taken, resource_booking": Bookings.find,
}
SYSTEMS = Rooms, Bookings


# === ALL AT ONCE === #


def race(databases, system, source):
    """Eight people book one room for the same hour, and that in several rounds."""
    name = databases.clone(source, f"{source}_race")
    try:
        ask(name, prepare, (system, 0))
        tasks = [(system, number) for number in range(CLIENTS)]
        answers = run_clients(name, book_rounds, tasks, LOG)
        for answer in answers:
            if isinstance(answer, Exception):
                raise answer
        connection = psycopg2.connect(dbname=name)
        with connection.cursor() as cursor:
            cursor.execute(BOOKED.format(system.table))
            booked = [count for (count,) in cursor.fetchall()]
        connection.close()
    finally:
        databases.drop(name)
    double = sum(count > 1 for count in booked)
    print(
        f"  {system.addon:<18} {len(booked)} rounds won, {double} of them by several:"
        f" at most {max(booked)} of {CLIENTS} have the room"
    )


BOOKED = "SELECT count(*) FROM {} WHERE state <> 'draft' GROUP BY start"


def book_rounds(registry, task):
    """Book the room of each round in the moment in which the others do."""
    system, number = task
    with registry.cursor() as cursor:
        user = booker(cursor, number)
    words = []
    for turn in range(ROUNDS):
        START.wait(60)
        try:
            transact(registry, lambda env, turn=turn: system.take(env, turn), user)
        except Exception as error:  # noqa: BLE001 - to be refused is an answer
            words.append(type(error).__name__)
        else:
            words.append("booked")
    return words


if __name__ == "__main__":
    main()
