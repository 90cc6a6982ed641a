"""What the tests of many bookers at once share: a house, and what became of it.

Everything is read past Odoo, in plain SQL: it must not trust what it is to judge.
"""

from ledger_load import read_rows

BOOKERS = 16
LAST = 3
"""Laptops and lunches that are left for all of them."""

MAKE_HOUSE = (
    f"BOOKERS, LAST = {BOOKERS}, {LAST}"
    + """
from datetime import timedelta
from odoo import fields
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user

HOUR = timedelta(hours=1)
NOW = fields.Datetime.now()
# The house has UTC's days and no opening hours: it is open whenever the tests run.
START = NOW.replace(hour=9, minute=0, second=0) + timedelta(days=7)
plan = env["account.analytic.plan"].create({"name": "Race"})
account = env["account.analytic.account"].create({"name": "Race", "plan_id": plan.id})
activity = env["room.activity"].create({"name": "Race", "account_id": account.id})
occasion = env["room.scenario"].create({"name": "Race"})
site = env["room.site"].create({"name": "Race House", "tz": "UTC"})
crew = env["room.service.group"].create({"name": "Race Crew", "tz": "UTC"})
boss = new_test_user(env, "race_boss", "base.group_user")
bookers = [
    new_test_user(env, f"race_booker_{number}", "base.group_user")
    for number in range(BOOKERS)
]

def make_room(name, **vals):
    return env["room.space"].create({
        "name": name, "site_id": site.id, "activity_id": activity.id, **vals,
    })

def make_policy(name, **vals):
    return env["room.policy"].create({"name": name, **vals}).id

def make_service(name, number, **vals):
    return env["room.service"].create({
        "name": name, "group_id": crew.id, "activity_id": activity.id,
        "scenario_ids": occasion.ids, "is_unlimited": False, "max_quantity": number,
        **vals,
    })

def make(user, name, room, service=None, start=START, stop=None, quantity=1):
    line = service and {"service_id": service.id, "quantity": quantity}
    return env["room.reservation"].with_user(user).create({
        "name": name, "start": start, "stop": stop or start + HOUR,
        "scenario_id": occasion.id,
        "space_ids": [Command.create({"space_id": room.id})],
        "line_ids": [Command.create(line)] if line else [],
    })

aula, studio = make_room("Race Aula"), make_room("Race Studio")
hall = make_room("Race Hall", part_ids=[Command.set((aula | studio).ids)])
board = make_room("Race Board", approver_ids=boss.ids, policy_id=make_policy(
    "Race board", approval="all", keeps_place=False,
))
# All but the last are taken: the laptops by two, one after the other, so that no more
# than the sum of both would be left; the lunches at an hour when nobody else eats.
laptop = make_service("Race Laptop", 20)
lunch = make_service("Race Lunch", 20, collision_scope="day")
EVENING = START + timedelta(days=1, hours=12)
for name, service, start in [
    ("has laptops before", laptop, START - HOUR / 2),
    ("has laptops after", laptop, START + HOUR / 2),
    ("has lunch", lunch, EVENING),
]:
    make(boss, name, make_room(name), service, start, quantity=20 - LAST).action_book()

for number, booker in enumerate(bookers):
    own = make_room(f"Race Own {number}")
    make(booker, f"wants the aula {number}", aula)
    make(booker, f"wants a hall {number}", [hall, aula, studio][number % 3])
    make(booker, f"wants a laptop {number}", own, laptop)
    # At another hour each: a quota counts by the day.
    later = START + timedelta(days=1, hours=number % 4)
    make(booker, f"wants lunch {number}", own, lunch, later)
    make(booker, f"wants the board {number}", board).action_book()

# Half of them booked the door, one after the other, and did not come: each lost it to
# the next. Nobody noted yet that the last one did not. Now they come, too late, and the
# others find it empty.
late, new = bookers[::2], bookers[1::2]
door = make_room("Race Door", policy_id=make_policy("Race door", checkin_minutes=1))
END = NOW + timedelta(days=1)
for number, booker in enumerate(late):
    begins = NOW - timedelta(minutes=10 * (BOOKERS - number))
    with freeze_time(begins):
        # The job has a transaction of its own: it sees what is committed, and so do we.
        env.cr.commit()
        env.ref("resource_allocation.ir_cron_lapse").method_direct_trigger()
        env.cr.commit()
        make(booker, f"wants the door {number}", door, None, begins, END).action_book()
gone = env["room.reservation"].search_count([("state", "=", "no_show")])
assert gone == len(late) - 1, gone
for number, booker in enumerate(new, len(late)):
    make(booker, f"wants the door {number}", door, None, END - 12 * HOUR, END)
env.cr.commit()
"""
)

TRACES = {
    "reservation": "SELECT state, event_id FROM room_reservation WHERE id = %s",
    "rooms": """SELECT allocation_id, approval, checked_in_at, left_at
                  FROM room_reservation_space WHERE reservation_id = %s ORDER BY id""",
    "lines": """SELECT allocation_id, state, quantity FROM room_service_line
                 WHERE reservation_id = %s ORDER BY id""",
    # A hold that lapsed is none any more; whoever wants its room notes that.
    "ledger": """SELECT id, root_id, resource_id, quantity,
                        CASE WHEN held.over THEN 'expired' ELSE state END,
                        live AND NOT held.over
                   FROM resource_allocation, LATERAL (
                       SELECT state = 'hold' AND hold_until <= now() AT TIME ZONE 'utc'
                   ) held (over)
                  WHERE res_model = 'room.reservation' AND res_id = %s ORDER BY id""",
    "events": """SELECT active FROM calendar_event
                  WHERE room_reservation_id = %s ORDER BY id""",
    "messages": """SELECT id FROM mail_message
                    WHERE model = 'room.reservation' AND res_id = %s ORDER BY id""",
    "mails": """SELECT mail.id FROM mail_mail mail
                  JOIN mail_message message ON message.id = mail.mail_message_id
                 WHERE message.model = 'room.reservation' AND message.res_id = %s
                 ORDER BY mail.id""",
    "activities": """SELECT id FROM mail_activity
                      WHERE res_model = 'room.reservation' AND res_id = %s
                      ORDER BY id""",
}
"""What a reservation leaves behind, and a request that was refused must not."""

STRAYS = {
    "mails": """SELECT count(*) FROM mail_mail mail
                  JOIN mail_message message ON message.id = mail.mail_message_id
                 WHERE message.model IS DISTINCT FROM 'room.reservation'""",
    "events": "SELECT count(*) FROM calendar_event WHERE room_reservation_id IS NULL",
    "rows": """SELECT count(*) FROM resource_allocation a
                WHERE a.res_model = 'room.reservation' AND NOT EXISTS
                (SELECT FROM room_reservation r WHERE r.id = a.res_id)""",
}
"""What belongs to no reservation and would have been left by a half-done one."""


def reservations(database, wish):
    """``[(reservation, booker)]`` with that title, in the bookers' order."""
    return read_rows(
        database,
        "SELECT id, create_uid FROM room_reservation WHERE name LIKE %s ORDER BY id",
        f"{wish} %",
    )


def traces(database, reservation):
    """What the reservation has left behind so far."""
    return {name: read_rows(database, sql, reservation) for name, sql in TRACES.items()}


def strays(database):
    return {name: read_rows(database, sql) for name, sql in STRAYS.items()}


def is_whole(found):
    """Whether a booked one has all that it asked for, and is in the calendar."""
    [(state, _event)] = found["reservation"]
    parts = [row[0] for row in found["rooms"] + found["lines"]]
    roots = [row for row, root, *_what, live in found["ledger"] if live and not root]
    return (
        state in ("confirmed", "in_use")
        and sorted(parts, key=str) == sorted(roots, key=str)
        and all(state == "ordered" for _row, state, _number in found["lines"])
        and found["events"] == [(True,)]
    )


def rooms_of(database, reservations):
    """The names of the rooms that these are in."""
    rows = read_rows(
        database,
        "SELECT s.name FROM room_reservation_space p JOIN room_space s"
        " ON s.id = p.space_id WHERE p.reservation_id = ANY(%s) ORDER BY s.name",
        reservations,
    )
    return [name for (name,) in rows]
