"""Holidays as a calendar file (.ics, RFC 5545) tells them.

What a file says badly is told by a code, which whoever reads the file puts into words;
one bad event keeps no other from being read.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import NamedTuple

import vobject
from dateutil.rrule import rrulestr
from dateutil.tz import tzical
from pytz import UnknownTimeZoneError, timezone, utc

from .moment import instant_of

MOST_BYTES = 1_000_000
MOST_EVENTS = 1_000
"""In one file; and so often one of them may repeat."""
FREQUENCIES = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY")
MOST_LETTERS = 200
"""Of a name or an identifier; the rest is left out."""
YEARS = range(1900, 2200)
DAY = timedelta(days=1)

Key = tuple[str, date]
"""What tells a holiday from others: identifier, and the day it is known by."""
Moment = date | datetime
"""A day, or a moment; one without a zone is of the zone of whom it is read for."""


class Unreadable(ValueError):
    """The file as a whole: ``code`` is *size*, *encoding*, *format* or *empty*."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Holiday(NamedTuple):
    """One occurrence, ``[start, stop)``; ``uid`` and ``day`` tell it from others."""

    uid: str
    day: date
    name: str
    start: Moment
    stop: Moment

    def period(self, zone) -> tuple[datetime, datetime]:
        """As naive UTC; days from midnight to midnight of ``zone``, one of pytz.

        >>> day = date(2026, 10, 25)
        >>> one = Holiday("a", day, "Change to winter time", day, day + DAY)
        >>> [str(moment) for moment in one.period(timezone("Europe/Prague"))]
        ['2026-10-24 22:00:00', '2026-10-25 23:00:00']
        """
        return to_utc(self.start, zone), to_utc(self.stop, zone)

    @property
    def whole_days(self) -> bool:
        """Whether it is told in days and not in hours."""
        return not isinstance(self.start, datetime)


class Problem(NamedTuple):
    """An event that is left out, and why.

    ``code`` is *uid*, *moment*, *zone*, *end*, *order* or *rule*; ``detail`` is what
    the file says there.
    """

    name: str
    code: str
    detail: str = ""


class _Bad(ValueError):
    """Code and detail of a problem."""


def to_utc(moment: Moment, zone) -> datetime:
    """A day's midnight, or a moment, as naive UTC; DST-safe."""
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time.min)
    if moment.tzinfo is None:
        return instant_of(moment, zone)
    return moment.astimezone(utc).replace(tzinfo=None)


def read_holidays(
    content: bytes, first_year: int, last_year: int
) -> tuple[list[Holiday], list[Problem]]:
    """The holidays of these years, in order of time, and what is left out.

    >>> text = b\'\'\'BEGIN:VCALENDAR
    ... BEGIN:VEVENT
    ... UID:xmas
    ... DTSTART;VALUE=DATE:20201225
    ... RRULE:FREQ=YEARLY
    ... SUMMARY:Christmas
    ... END:VEVENT
    ... END:VCALENDAR\'\'\'
    >>> [str(one.start) for one in read_holidays(text, 2026, 2027)[0]]
    ['2026-12-25', '2027-12-25']

    :raise Unreadable: no calendar file, or nothing in it.
    """
    text = _decoded(content)
    calendars = _calendars(text)
    events = [one for part in calendars for one in part.contents.get("vevent", ())]
    if not events or len(events) > MOST_EVENTS:
        raise Unreadable("size" if events else "empty")
    zones = _Zones(text, calendars)
    found: dict[tuple[str, date], Holiday] = {}
    problems = []
    # What replaces one occurrence of an event comes after it.
    for event in sorted(events, key=lambda event: "recurrence-id" in event.contents):
        name = _text(event, "summary") or _text(event, "uid")
        try:
            occurrences = list(_occurrences(event, zones, last_year))
        except _Bad as bad:
            problems.append(Problem(name, *bad.args))
            continue
        except OverflowError:
            problems.append(Problem(name, "moment"))
            continue
        for one in occurrences:
            found[one.uid, one.day] = one
            if _text(event, "status").upper() == "CANCELLED":
                del found[one.uid, one.day]
    years = range(first_year, last_year + 1)
    holidays = [one for one in found.values() if one.start.year in years]
    return sorted(holidays, key=lambda one: (to_utc(one.start, utc), one.uid)), problems


def known_by(told: Iterable[Key], known: Iterable[Key]) -> dict[Key, Key]:
    """Which of the ``known`` each of those ``told`` is, where it is one.

    The same identifier on the same day; or what moved within its year, where there is
    only one on either side.

    >>> old = [("xmas", date(2026, 12, 25)), ("may", date(2026, 5, 1))]
    >>> new = [("xmas", date(2027, 12, 25)), ("may", date(2026, 5, 4))]
    >>> known_by(new, old)
    {('may', datetime.date(2026, 5, 4)): ('may', datetime.date(2026, 5, 1))}
    """
    told, known = dict.fromkeys(told), dict.fromkeys(known)
    found = {key: key for key in told if key in known}
    rest: dict[tuple[str, int], tuple[list[Key], list[Key]]] = {}
    for side, keys in enumerate((told, known)):
        for key in keys:
            if key not in found:
                pair = rest.setdefault((key[0], key[1].year), ([], []))
                pair[side].append(key)
    for new, old in rest.values():
        if len(new) == len(old) == 1:
            found[new[0]] = old[0]
    return found


# === THE FILE === #


def _decoded(content: bytes) -> str:
    """Text of a file in UTF-8, UTF-16 with its mark, or an old Windows' Latin."""
    if len(content) > MOST_BYTES:
        raise Unreadable("size")
    marked = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "cp1252"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise Unreadable("encoding")


def _calendars(text: str) -> list:
    if not text.strip():
        raise Unreadable("empty")
    try:
        parts = list(vobject.readComponents(text, transform=False))
    except (vobject.base.VObjectError, ValueError, AttributeError, LookupError):
        raise Unreadable("format") from None
    calendars = [part for part in parts if part.name == "VCALENDAR"]
    if not calendars:
        raise Unreadable("format")
    return calendars


class _Zones:
    """Zones by their names: well-known ones, else those that the file describes."""

    def __init__(self, text: str, calendars: list) -> None:
        self._text = text
        self._described = [
            one for part in calendars for one in part.contents.get("vtimezone", ())
        ]
        self._found: dict[str, object] = {}

    def find(self, name: str):
        """The zone of that name.

        :raise _Bad: nobody knows it.
        """
        if name not in self._found:
            self._found[name] = self._known(name) or self._own(name)
        if not self._found[name]:
            raise _Bad("zone", name)
        return self._found[name]

    @staticmethod
    def _known(name: str):
        # Some programs put their own name before it: /example.org/Europe/Prague.
        for known in (name, "/".join(name.split("/")[-2:])):
            try:
                return timezone(known)
            except UnknownTimeZoneError:
                continue
        return None

    def _own(self, name: str):
        try:
            for described in self._described:
                for part in described.getChildren():
                    for rule in getattr(part, "contents", {}).get("rrule", ()):
                        _rule_parts(rule.value)
            return tzical(io.StringIO(self._text)).get(name)
        except (ValueError, LookupError):
            return None


# === ONE EVENT === #


def _occurrences(event, zones: _Zones, last_year: int) -> Iterator[Holiday]:
    """All of an event until the end of a year, each under the day it is known by."""
    name, uid = _text(event, "summary"), _text(event, "uid")
    if not (uid or name):
        raise _Bad("uid")
    start = _moment(_line(event, "dtstart"), zones)
    stop = _end(event, start, zones)
    zone = getattr(start, "tzinfo", None)
    begin, length = _wall(start, zone), _wall(stop, zone) - _wall(start, zone)
    replaced = event.contents.get("recurrence-id")
    for wall in _walls(event, begin, zone, zones, last_year):
        day = _wall(_moment(replaced[0], zones), zone) if replaced else wall
        yield Holiday(
            uid or name,
            day.date(),
            name or uid,
            _back(wall, start),
            _back(wall + length, start),
        )


def _text(event, name: str) -> str:
    lines = event.contents.get(name)
    return lines[0].value.strip()[:MOST_LETTERS] if lines else ""


def _line(event, name: str):
    lines = event.contents.get(name)
    if not lines:
        raise _Bad("moment")
    return lines[0]


def _moment(line, zones: _Zones, value: str | None = None) -> Moment:
    """What a line tells: a day, or a moment of the zone that it names."""
    value = line.value.strip() if value is None else value
    is_day = re.fullmatch(r"\d{8}", value)
    try:
        moment = datetime.strptime(value[:15], "%Y%m%d" if is_day else "%Y%m%dT%H%M%S")
    except ValueError:
        raise _Bad("moment", value) from None
    if moment.year not in YEARS or value[15:] not in ("", "Z"):
        raise _Bad("moment", value)
    if is_day:
        return moment.date()
    zone = utc if value.endswith("Z") else None
    if not zone and (named := line.params.get("TZID")):
        zone = zones.find(named[0])
    return _in_zone(moment, zone)


def _in_zone(wall: datetime, zone) -> datetime:
    """That time on the clock of a zone; of pytz, which needs to be asked."""
    if hasattr(zone, "localize"):
        return zone.localize(wall)
    return wall.replace(tzinfo=zone)


def _wall(moment: Moment, zone) -> datetime:
    """What the clock says there at that moment; at midnight for a day."""
    if not isinstance(moment, datetime):
        return datetime.combine(moment, time.min)
    if moment.tzinfo and zone:
        moment = moment.astimezone(zone)
    return moment.replace(tzinfo=None)


def _back(wall: datetime, like: Moment) -> Moment:
    """A day or a moment, as ``like`` is, in its zone."""
    if not isinstance(like, datetime):
        return wall.date()
    zone = like.tzinfo
    # A zone of pytz stands in a moment with one of its offsets.
    return _in_zone(wall, getattr(zone, "zone", None) and timezone(zone.zone) or zone)


def _end(event, start: Moment, zones: _Zones) -> Moment:
    """Where it ends: as told, after its duration, or with its day."""
    whole = not isinstance(start, datetime)
    if "dtend" in event.contents:
        stop = _moment(_line(event, "dtend"), zones)
    elif "duration" in event.contents:
        stop = _after(start, _text(event, "duration"))
    elif whole:
        stop = start + DAY
    else:
        raise _Bad("end")
    if isinstance(stop, datetime) == whole:
        raise _Bad("moment", _text(event, "dtend"))
    if whole and stop == start:
        # Some programs mean the day itself.
        stop = start + DAY
    if to_utc(stop, utc) <= to_utc(start, utc):
        raise _Bad("order")
    return stop


def _after(start: Moment, duration: str) -> Moment:
    try:
        [length] = vobject.icalendar.stringToDurations(duration)
        return start + length
    except (vobject.base.VObjectError, ValueError, OverflowError):
        raise _Bad("end", duration) from None


# === REPETITION === #


def _walls(event, begin: datetime, zone, zones: _Zones, last_year: int):
    """When it begins, by the clock of its zone, each time until a year's end."""
    walls = {begin}
    if rule := _text(event, "rrule"):
        walls |= _repeated(rule, begin, zone, last_year)
    for name, change in (("rdate", walls.update), ("exdate", walls.difference_update)):
        for line in event.contents.get(name, ()):
            values = line.value.split(",")
            change({_wall(_moment(line, zones, value), zone) for value in values})
    return sorted(walls)


def _repeated(rule: str, begin: datetime, zone, last_year: int) -> set[datetime]:
    parts = _rule_parts(rule)
    if until := parts.get("UNTIL"):
        parts["UNTIL"] = _until(until, zone)
    text = ";".join(f"{key}={value}" for key, value in parts.items())
    try:
        found = rrulestr(text, dtstart=begin).xafter(begin, inc=True)
        walls = set()
        for wall in islice(found, MOST_EVENTS):
            if wall.year > last_year:
                return walls
            walls.add(wall)
    except (ValueError, TypeError, OverflowError, LookupError):
        raise _Bad("rule", rule) from None
    if len(walls) == MOST_EVENTS:
        raise _Bad("rule", rule)
    return walls


def _rule_parts(rule: str) -> dict[str, str]:
    """Parts of a rule that repeats by days or longer.

    :raise _Bad: it cannot be read, or would take too long to follow.
    """
    parts = dict(part.partition("=")[::2] for part in rule.upper().split(";") if part)
    interval = parts.get("INTERVAL", "1")
    if (
        parts.get("FREQ") not in FREQUENCIES
        or not re.fullmatch(r"[1-9]\d{0,3}", interval)
        or parts.keys() & {"BYHOUR", "BYMINUTE", "BYSECOND"}
    ):
        raise _Bad("rule", rule)
    return parts


def _until(value: str, zone) -> str:
    """The end of a rule by the clock of its zone, as the rule's own times are told."""
    if not value.endswith("Z") or not zone:
        return value.rstrip("Z")
    try:
        moment = datetime.strptime(value, "%Y%m%dT%H%M%SZ")
    except ValueError:
        raise _Bad("rule", value) from None
    return utc.localize(moment).astimezone(zone).strftime("%Y%m%dT%H%M%S")
