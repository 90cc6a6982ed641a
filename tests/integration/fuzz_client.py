"""One process that is server and all its clients: calls, answers, what they betray.

Calls go through Odoo's own WSGI application, so that routing, sessions, retries and the
form of errors are the real ones; only the network is left out.
"""

import hashlib
import hmac
import json
import logging
import re
import time
import traceback
from contextlib import closing
from dataclasses import dataclass, field

import psycopg2

OWN_FILE = re.compile(r"/addons/(resource_|equipment_|room_)\w+/(?!tests/)")
WORD = re.compile(r"CANARY\d+Z")


@dataclass
class Answer:
    """What a client got, and what the server's log says about it."""

    status: int
    text: str
    failed: bool
    error: str = ""
    records: list = field(default_factory=list)
    exception: Exception | None = None

    def __post_init__(self):
        for record in self.records:
            if record.exc_info:
                self.exception = self.exception or record.exc_info[1]


class Ear(logging.Handler):
    """Hears what Odoo logs as an error, instead of its log."""

    def __init__(self):
        super().__init__(logging.ERROR)
        self.records = []

    def emit(self, record):
        self.records.append(record)

    def heard(self):
        records, self.records = self.records, []
        return records


class Clients:
    """Sessions and keys of each role; ``None`` is somebody without a login."""

    def __init__(self, registry, world):
        from werkzeug.test import Client

        import odoo.http

        odoo.http.root.initialize()
        self.registry = registry
        self.world = world
        self.http = Client(odoo.http.root, use_cookies=False)
        self.ear = Ear()
        logging.getLogger().handlers = [self.ear]
        self.sessions = {role: self._log_in(role) for role in (None, *world["users"])}

    def _log_in(self, role):
        import odoo.http
        from odoo import api
        from odoo.service import security

        store = odoo.http.root.session_store
        session = store.new()
        session.update(
            odoo.http.get_default_session(),
            db=self.registry.db_name,
            _trace_disable=True,
        )
        with self.registry.cursor() as cursor:
            if role:
                session.uid = self.world["users"][role]
                env = api.Environment(cursor, session.uid, {})
                session.login = env.user.login
                session.context = dict(env["res.users"].context_get())
                session.session_token = security.compute_session_token(session, env)
            env = api.Environment(cursor, 1, {})
            self.secret = env["ir.config_parameter"].get_param("database.secret")
        store.save(session)
        return session.sid

    # === CALLS === #

    def call_kw(self, role, model, method, args, kwargs):
        """As the web client calls a method."""
        params = {"model": model, "method": method, "args": args, "kwargs": kwargs}
        return self.jsonrpc(role, f"/web/dataset/call_kw/{model}.{method}", params)

    def jsonrpc(self, role, path, params):
        body = {"jsonrpc": "2.0", "method": "call", "id": 1, "params": params}
        answer = self._open(role, path, "POST", data=json.dumps(body))
        if answer.status == 200:
            error = json.loads(answer.text).get("error")
            if error:
                answer.failed = True
                answer.error = error.get("data", {}).get("name", str(error))
        return answer

    def json2(self, role, model, method, ids, kwargs, context):
        """As a program calls a method with its user's key."""
        body = {**({"ids": ids} if ids is not None else {}), **kwargs}
        body["context"] = context
        headers = {"Authorization": f"bearer {self.world['keys'][role]}"}
        path = f"/json/2/{model}/{method}"
        return self._open(None, path, "POST", data=json.dumps(body), headers=headers)

    def page(self, role, path, query=None, form=None):
        """As a browser opens a page or sends a form."""
        if form is None:
            return self._open(role, path, "GET", query_string=query, json=False)
        form = {**form, "csrf_token": self._csrf(role)}
        return self._open(role, path, "POST", query_string=query, data=form, json=False)

    def _csrf(self, role):
        import odoo.http

        stamp = int(time.time()) + 3600
        sid = self.sessions[role][: odoo.http.STORED_SESSION_BYTES]
        text = f"{sid}{stamp}".encode()
        key = self.secret.encode("ascii")
        return f"{hmac.new(key, text, hashlib.sha1).hexdigest()}o{stamp}"

    def _open(self, role, path, method, json=True, **options):
        self.ear.heard()
        if json:
            options["content_type"] = "application/json"
        cookie = f"session_id={self.sessions[role]}"
        options["headers"] = {"Cookie": cookie, **options.get("headers", {})}
        try:
            response = self.http.open(path, method=method, **options)
        except Exception as error:  # noqa: BLE001 - not even an error page was possible
            self.ear.heard()
            return Answer(500, "", True, type(error).__name__, exception=error)
        with closing(response):
            text = response.get_data().decode(errors="replace")
        status = response.status_code
        answer = Answer(status, text, status >= 400, records=self.ear.heard())
        if status >= 400 and response.mimetype == "application/json":
            answer.error = answer.error or _name_of(text)
        return answer


def _name_of(text):
    try:
        return json.loads(text).get("name", "")
    except (ValueError, AttributeError):
        return ""


# === WHAT IS WRONG WITH AN ANSWER === #


class Judge:
    """Says what is wrong with an answer, in a line, or nothing."""

    def __init__(self, registry, world, tables):
        self.registry = registry
        self.world = world
        self.connection = psycopg2.connect(dbname=registry.db_name)
        self.connection.autocommit = True
        self.statement = " UNION ALL ".join(
            f"SELECT '{table}', count(*), coalesce(sum(xmin::text::bigint), 0)"
            f' FROM "{table}"'
            for table in tables
        )
        self.state = self._look()
        self.known = {}

    def _look(self):
        """What our tables hold: a row that was written has another ``xmin``."""
        with self.connection.cursor() as cursor:
            cursor.execute(self.statement)
            # In no order: PostgreSQL may count them in parallel.
            return {table: held for table, *held in cursor.fetchall()}

    def faults(self, role, answer, generic, window):
        """All that is wrong; ``generic``: a method of core's own, not of ours.

        A ``window`` shows its creator the names of whatever he put into it: core reads
        the names of linked records as superuser.
        """
        after = self._look()
        changed = [table for table in after if after[table] != self.state[table]]
        self.state = after
        if answer.failed and changed:
            yield f"failed, and changed {', '.join(changed)}"
        yield from self._crash(answer, generic)
        words = () if window else sorted(set(WORD.findall(answer.text)))
        for word in words:
            if not self._may_read(role, word):
                yield "betrays {}({}).{}".format(*self.world["canaries"][word])

    def _crash(self, answer, generic):
        error = answer.exception
        if error is None and not answer.records and answer.status < 500:
            return
        if type(error).__name__ == "RedirectWarning":
            return  # Words and a button, as the web client shows them.
        if generic and (error is None or not own_frames(error)):
            return  # Core's own answer to what core was asked.
        if error is not None:
            yield f"{type(error).__name__}: {str(error)[:200]!r} at {place(error)}"
        elif answer.records:
            record = answer.records[0]
            yield f"logged: {record.name}: {record.getMessage()[:200]!r}"
        else:
            yield f"status {answer.status}"

    def _may_read(self, role, word):
        key = role, word
        if key not in self.known:
            self.known[key] = self._ask_whether(role, *self.world["canaries"][word])
        return self.known[key]

    def _ask_whether(self, role, model, record_id, name):
        from odoo import api

        if role is None:
            return False
        with self.registry.cursor() as cursor:
            env = api.Environment(cursor, self.world["users"][role], {})
            env = env(context={"allowed_company_ids": env.user.company_ids.ids})
            models = [model, *READ_AS_WELL.get(model, ())]
            return any(
                env[one].browse(record_id).has_access("read")
                and name in env[one]._fields
                and env[one]._has_field_access(env[one]._fields[name], "read")
                for one in models
            )


READ_AS_WELL = {"hr.employee": ["hr.employee.public"]}
"""Under another model's rights the same texts are read."""


def own_frames(error):
    """Where our code stands in the way of ``error``, as ``file:line``, but for lines
    that only hand on what they got to core (``super()``)."""
    frames = []
    while error is not None:
        frames = [*traceback.extract_tb(error.__traceback__), *frames]
        error = error.__cause__ or error.__context__
    return [
        f"{frame.filename.rpartition('/addons/')[2]}:{frame.lineno}"
        for frame in frames
        if OWN_FILE.search(frame.filename) and "super()" not in (frame.line or "")
    ]


def place(error):
    """Our innermost line, else core's."""
    if own := own_frames(error):
        return own[-1]
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{last.filename.rpartition('/odoo/')[2]}:{last.lineno}"
