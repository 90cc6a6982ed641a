"""What a client sent, as values; or a refusal that says what is wrong with it.

Whoever calls a public method or a route may send anything: JSON knows no dates, a form
knows only text, and nobody has to tell the truth. Public methods of this addon, and of
those that depend on it, turn each argument into a value here, before they use it.

All raise ``ValidationError`` for what makes no sense. Nothing (None, False, an empty
text) is None, and for the caller to judge.
"""

import base64
import binascii
import math
import zlib
from datetime import date, datetime, timezone
from io import BytesIO

from PIL import Image

from odoo import fields
from odoo.exceptions import MissingError, UserError, ValidationError
from odoo.fields import Domain
from odoo.models import BaseModel

from .core.moment import FOREVER

FIRST_YEAR, LAST_YEAR = 1900, 2200
"""Nobody plans beyond; local midnights exist for all of these in every time zone."""
LARGEST = 2**31 - 1
"""What the database keeps as a whole number."""
LONGEST_TEXT = 100_000
LARGEST_PICTURE = 10_000_000
"""Pixels; a signature has a tenth of it."""
SHOWN = 60
"""Characters of a refused value that a message repeats."""


def is_nothing(value):
    """Whether a client left it open."""
    return value is None or value is False or value == ""


def to_instant(env, value):
    """A moment: naive UTC, whole seconds; of an aware one, that moment in UTC."""
    if is_nothing(value):
        return None
    if isinstance(value, datetime) and value.tzinfo:
        value = value.astimezone(timezone.utc).replace(tzinfo=None)
    try:
        at = fields.Datetime.to_datetime(value)
    except (TypeError, ValueError):
        at = None
    if not isinstance(at, datetime):
        raise ValidationError(
            env._(
                "“%s” is not a time: write it as YYYY-MM-DD HH:MM:SS, in UTC.",
                shown(value),
            )
        )
    _check_year(env, at)
    return at.replace(microsecond=0)


def to_past_instant(env, value):
    """An instant of something that happened: UTC, default now.

    :raise ValidationError: a time to come.
    """
    now = fields.Datetime.now()
    at = to_instant(env, value) or now
    if at > now:
        raise ValidationError(env._("What is recorded has happened: no time to come."))
    return at


def to_period(env, start, stop):
    """``(start, stop)``, both moments; ``FOREVER`` where no ``stop`` was said.

    :raise ValidationError: also without a start, or when it ends before.
    """
    start = to_instant(env, start)
    stop = FOREVER if stop == FOREVER else to_instant(env, stop) or FOREVER
    if not start:
        raise ValidationError(env._("Say from when."))
    if stop <= start:
        raise ValidationError(env._("The end must be after the start."))
    return start, stop


def to_day(env, value):
    """A date without a time."""
    if is_nothing(value):
        return None
    try:
        day = fields.Date.to_date(value)
    except (TypeError, ValueError):
        day = None
    if not isinstance(day, date):
        raise ValidationError(
            env._("“%s” is not a date: write it as YYYY-MM-DD.", shown(value))
        )
    _check_year(env, day)
    return day


def _check_year(env, day):
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValidationError(
            env._(
                "%(date)s: dates are planned from %(first)s to %(last)s.",
                date=day.isoformat()[:10],
                first=FIRST_YEAR,
                last=LAST_YEAR,
            )
        )


def to_whole(env, value):
    """A whole number that the database can keep, as typed or imported."""
    if is_nothing(value):
        return None
    try:
        whole = int(value)
        exact = whole == float(value)
    except (TypeError, ValueError, OverflowError):
        exact = False
    if not exact:
        raise ValidationError(env._("“%s” is not a whole number.", shown(value)))
    if abs(whole) > LARGEST:
        raise ValidationError(env._("%s is more than can be counted.", shown(value)))
    return whole


def to_number(env, value):
    """A number that may have decimals, never an infinite one."""
    if is_nothing(value):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise ValidationError(env._("“%s” is not a number.", shown(value)))
    return number


def to_text(env, value):
    """A text that the database can keep, without the space around it."""
    if is_nothing(value):
        return None
    if not isinstance(value, str) or not _can_be_kept(value):
        raise ValidationError(env._("“%s” is not a text.", shown(value)))
    if len(value) > LONGEST_TEXT:
        raise ValidationError(
            env._("A text may have %s characters at most.", LONGEST_TEXT)
        )
    return value.strip()


def _can_be_kept(text):
    """PostgreSQL keeps no NUL, and UTF-8 no half of a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text


def to_choice(env, value, choices):
    """One of the texts in ``choices``."""
    if is_nothing(value):
        return None
    if not isinstance(value, str) or value not in choices:
        raise ValidationError(
            env._(
                "“%(value)s” is none of: %(choices)s.",
                value=shown(value),
                choices=", ".join(choices),
            )
        )
    return value


def to_id(env, value):
    """The id of a record, or of what is one already; whether it exists is not asked."""
    return to_whole(env, value.id if isinstance(value, BaseModel) else value)


def to_ids(env, value):
    """A list of ids, or of records."""
    if isinstance(value, BaseModel):
        return value.ids
    return [one for one in (to_id(env, each) for each in to_list(env, value)) if one]


def to_list(env, value):
    """A list, of whatever is in it."""
    if is_nothing(value):
        return []
    if not isinstance(value, list | tuple | set | frozenset):
        raise ValidationError(env._("“%s” is not a list.", shown(value)))
    return list(value)


def to_dict(env, value):
    """A dictionary with names as keys."""
    if is_nothing(value):
        return {}
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise ValidationError(
            env._("“%s” does not say which value is meant for what.", shown(value))
        )
    return dict(value)


def to_values(records, value):
    """Values for a record: each of the kind that the field of its name has.

    None stays None. What no field is named after, and lists of other records, are left
    as they are: the caller knows which names it takes.
    """
    return {
        name: _to_field(records, name, one)
        for name, one in to_dict(records.env, value).items()
    }


def to_values_list(records, value):
    """As :func:`to_values`, of a list of dictionaries."""
    return [to_values(records, one) for one in to_list(records.env, value)]


def _to_field(records, name, value):
    field = records._fields.get(name)
    if field is None or value is None:
        return value
    if is_nothing(value):
        return 0 if field.type in ("integer", "float", "monetary") else False
    if field.type == "selection":
        keys = [key for key, _label in field._description_selection(records.env)]
        return to_choice(records.env, value, keys)
    convert = KINDS.get(field.type)
    return convert(records.env, value) if convert else value


KINDS = {
    "date": to_day,
    "datetime": to_instant,
    "integer": to_whole,
    "many2one": to_id,
    "many2one_reference": to_id,
    "float": to_number,
    "monetary": to_number,
    "boolean": lambda _env, value: bool(value),
    "char": to_text,
    "text": to_text,
}


def yes_or_no(domain, values):
    """What a yes-or-no field, yes by ``domain``, searches ``in`` these ``values``."""
    asked = {bool(value) for value in values}
    if asked == {True, False}:
        return Domain.TRUE
    return (domain if True in asked else ~domain) if asked else Domain.FALSE


def only_one(records):
    """``records``, if it is a single one, as the button of a form sends it."""
    if len(records) != 1 or 0 in records._ids:
        raise UserError(
            records.env._(
                "%(what)s: choose one, this was asked of %(count)s.",
                what=records._description,
                count=len(records),
            )
        )
    return records


def existing(records):
    """Each of ``records`` once.

    :raise MissingError: one is gone, or never was.
    """
    each = records.browse(dict.fromkeys(records._ids))
    if len(each.exists()) < len(each):
        raise MissingError(
            records.env._("%s: it is gone, or never was.", records._description)
        )
    return each


def shown(value):
    """A refused value as a message may repeat it: short, and safe to send."""
    text = value if isinstance(value, str) else repr(value)
    text = text[:SHOWN] + "…" * (len(text) > SHOWN)
    return text.encode(errors="replace").decode().replace("\0", "�")


class Picture(fields.Image):
    """An image from anybody, refused by its size before it is decoded.

    Core's field decodes first, and a few kilobytes may unfold to gigabytes.
    """

    def _image_process(self, value, env):
        if value and _pixels(value) > LARGEST_PICTURE:
            raise UserError(env._("This picture is too large: send a smaller one."))
        try:
            return super()._image_process(value, env)
        except (OSError, SyntaxError, ValueError, zlib.error) as error:
            raise UserError(env._("This picture could not be read.")) from error


def _pixels(value):
    """How many pixels a base64 picture says that it has; 0 for what is none."""
    try:
        with Image.open(BytesIO(base64.b64decode(value))) as picture:
            return picture.width * picture.height
    except Image.DecompressionBombError:
        return math.inf
    except (TypeError, ValueError, OSError, SyntaxError, binascii.Error):
        return 0
