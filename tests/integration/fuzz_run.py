"""Chooses the calls of the fuzz, makes them, and collects what went wrong."""

import inspect
import random
import signal
import time
from collections import Counter

from fuzz_client import Clients, Judge
from fuzz_values import HOSTILE_IDS, TEXTS, Values
from fuzz_world import ROLES, make_world, own_addons
from odoo_process import transact

FINDINGS = 40
"""Kinds of findings after which it stops: nobody reads more."""
SECONDS = 20
"""An answer that takes longer is a finding, too."""

CORE_METHODS = {
    "create": ("vals_list",), "write": ("vals",), "unlink": (), "read": ("fields",),
    "copy": (), "search_read": ("domain",), "search_count": ("domain",),
    "name_search": ("name",), "default_get": ("fields",), "onchange": ("onchange",),
    "web_save": ("vals",), "load": ("load",), "read_group": ("group",),
}  # fmt: skip


def fuzz(registry, wish):
    """Make ``calls`` calls drawn from ``seed``: ``{"calls", "kinds", "findings"}``."""
    seed, calls = wish
    world = transact(registry, make_world)
    return Run(registry, world, seed).run(calls)


class Run:
    """The calls of one seed, one after the other, as all roles."""

    def __init__(self, registry, world, seed):
        self.registry = registry
        self.dice = random.Random(seed)
        self.clients = Clients(registry, world)
        self.world = world
        self.judge = Judge(registry, world, sorted(self._tables()))
        self.found = {}
        self.kinds = Counter()
        self._ids = {}
        self.methods = sorted(own_methods(registry))
        self.models = sorted(own_models(registry))

    def _tables(self):
        from fuzz_world import CORE_MODELS

        for name in (*own_models(self.registry), *CORE_MODELS, "account.move",
                     "account.move.line", "stock.move", "stock.quant", "mail.mail",
                     "ir.attachment", "resource.calendar.leaves"):  # fmt: skip
            model = self.registry[name]
            if model._auto and model._table_query is None:
                yield model._table

    def run(self, calls):
        from odoo import api

        number = 0
        while number < calls and len(self.found) < FINDINGS:
            with self.registry.cursor(readonly=False) as cursor:
                env = api.Environment(cursor, 1, {})
                self.values = Values(env, self.dice, self._some_ids(env))
                prepared = self._prepare()
            for call in prepared:
                self._make(number, *call())
                number += 1
        return {
            "calls": number,
            "kinds": dict(self.kinds),
            "findings": list(self.found.values()),
        }

    def _some_ids(self, env):
        def ids(model):
            if model not in self._ids:
                table = env[model]._table
                if not env[model]._auto or env[model]._abstract:
                    return []
                env.cr.execute(f'SELECT id FROM "{table}" ORDER BY id DESC LIMIT 60')  # noqa: S608
                self._ids[model] = [row[0] for row in env.cr.fetchall()]
            return self._ids[model]

        return ids

    # === CHOOSING === #

    def _prepare(self):
        """The next call, or the two that belong together, each as a function."""
        roll = self.dice.random()
        if roll < 0.65:
            return self._own_method()
        if roll < 0.88:
            return self._core_method()
        return [self._route()]

    def _role(self, model):
        """Anybody, but mostly somebody who may do something with the model."""
        roles = sorted(ROLES)
        access = self.values.env["ir.model.access"]
        if self.dice.random() < 0.8:
            mode = self.dice.choice(["read", "write"])
            users = self.world["users"]
            fit = [
                role
                for role in roles
                if access.with_user(users[role]).check(model, mode, False)
            ]
            roles = fit or roles
        return self.dice.choice(roles)

    def _own_method(self):
        model, method = self.dice.choice(self.methods)
        role = self._role(model)
        before = []
        if self.registry[model]._transient and self.dice.random() < 0.8:
            before = [self._creation(role, model)]
        kwargs = self._arguments(model, method)
        context = self.values.context(model)
        ids = (
            None
            if is_model_method(self.registry, model, method)
            else (self.values.record_ids(model))
        )
        made = before and self.dice.random() < 0.9
        json2 = self.dice.random() < 0.3

        def call():
            used = ids
            if made and self.last_id and ids is not None:
                used = [self.last_id]
            if json2:
                return ("json2", role, model, method, used, kwargs, context)
            args = [] if used is None else [used]
            return ("rpc", role, model, method, args, {**kwargs, "context": context})

        return [*before, call]

    def _creation(self, role, model):
        vals = self.values.values(model, wild=0.05)
        context = self.values.context(model) if self.dice.random() < 0.3 else {}
        return lambda: ("rpc", role, model, "create", [[vals]], {"context": context})

    def _arguments(self, model, method):
        function = getattr(self.registry[model], method)
        arguments = {}
        for number, parameter in enumerate(
            inspect.signature(function).parameters.values()
        ):
            if number == 0 or parameter.kind in (
                parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD,
            ):  # fmt: skip
                continue
            if parameter.default is parameter.empty or self.dice.random() < 0.6:
                arguments[parameter.name] = self.values.argument(model, parameter.name)
        return arguments

    def _core_method(self):
        model = self.dice.choice(self.models)
        method = self.dice.choice(sorted(CORE_METHODS))
        role = self._role(model)
        args = [self._core_argument(model, kind) for kind in CORE_METHODS[method]]
        if method in ("write", "unlink", "read", "copy", "web_save"):
            args = [self.values.record_ids(model), *args]
        elif method == "onchange":
            args = [[], *args[0]]
        elif method in ("load", "read_group"):
            args = args[0]
        kwargs = {"context": self.values.context(model)}
        if method == "web_save":
            kwargs["specification"] = {}
        return [lambda: ("core", role, model, method, args, kwargs)]

    def _core_argument(self, model, kind):
        names = sorted(self.values.env[model]._fields)
        some = self.dice.sample(names, min(4, len(names)))
        fields = self.values.env[model]._fields
        if kind == "vals_list":
            return [self.values.values(model)]
        if kind == "vals":
            return {name: self.values.field(fields[name]) for name in some[:2]}
        if kind == "fields":
            return some
        if kind == "domain":
            operator = self.dice.choice(
                ["=", "!=", "in", "not in", ">", "ilike", "any"]
            )
            value = self.values.field(fields[some[0]])
            if operator in ("in", "not in"):
                value = self.dice.choice([[value], [True, False], [], [False, value]])
            return [[some[0], operator, value]]
        if kind == "name":
            return self.dice.choice(TEXTS)
        if kind == "onchange":
            vals = self.values.values(model, wild=0.1)
            return [vals, some[:1], {name: {} for name in names}]
        if kind == "group":
            return [[], some[:1], some[1:2]]
        return [some, [[str(self.values.hostile())[:200] for _name in some]]]

    def _route(self):
        """A page or form of ours, by anybody, with anything."""
        dice, value = self.dice, self.values
        role = dice.choice([None, None, "portal", "employee", "lender", "clerk"])
        odd = ["1", "0", "-1", "99999999999999999999", "abc", "%ED%A0%80", "1%2F2",
               "a" * 3000, "%F0%9F%98%80", "..", "<b>"]  # fmt: skip

        def some_id(model):
            ids = value.ids(model)
            return str(dice.choice(ids)) if dice.random() < 0.6 else dice.choice(odd)

        holder = dice.choice(["employee", "contact", "other"])
        person = some_id("hr.employee" if holder == "employee" else "res.partner")
        link = f"/my/resources/{holder}/{person}"
        handover = f"/my/resources/handover/{some_id('lending.handover')}"
        pages = [
            "/my/resources", f"/my/resources/page/{dice.choice(odd)}", link, "/my",
            f"{link}/page/{dice.choice(odd)}", handover, f"{handover}/receipt",
            f"/lending/scan/{dice.choice([*odd, '%00', 'a%00b'])}",
        ]  # fmt: skip
        forms = ["/my/resources/confirm", f"{link}/confirm", f"{handover}/decline"]
        rpcs = [f"{handover}/sign", f"/my/orders/{some_id('sale.order')}/accept"]
        query = self._parameters(
            "person", "page", "said", "error", "token", "access_token", "kind",
            "holder_id", "handover", "now", "values", "date_begin", "sortby", "code",
        )  # fmt: skip
        form = self._parameters("line_id", "answer", "reason", "access_token", "error")
        kind = dice.random()
        if kind < 0.5:
            path = dice.choice(pages)
            return lambda: ("page", role, path, query, None)
        if kind < 0.75:
            path = dice.choice(forms)
            return lambda: ("page", role, path, query, form)
        params = {
            name: value.hostile()
            for name in ("access_token", "name", "signature", "x")
            if dice.random() < 0.5
        }
        path = dice.choice(rpcs)
        return lambda: ("route", role, path, params)

    def _parameters(self, *names):
        odd = [*TEXTS[:10], "1", "-1", "5,6", *map(str, HOSTILE_IDS)]
        return {
            name: self.dice.choice(odd)
            .replace("\ud800", "?")
            .replace("\udfff", "?")[:3000]
            for name in names
            if self.dice.random() < 0.25
        }

    # === CALLING === #

    def _make(self, number, kind, role, *call):
        began = time.monotonic()
        signal.signal(signal.SIGALRM, _too_slow)
        signal.alarm(SECONDS)
        try:
            answer = self._send(kind, role, *call)
        finally:
            signal.alarm(0)
        self.last_id = _new_id(answer)
        self._ids.clear() if not answer.failed else None
        self.kinds[kind, answer.error or answer.status] += 1
        method = kind in ("core", "rpc", "json2")
        generic = method and is_core(self.registry, *call[:2])
        window = method and self.registry[call[0]]._transient
        faults = list(self.judge.faults(role, answer, generic, window))
        seconds = time.monotonic() - began
        if seconds > SECONDS / 2:
            faults.append(f"took {seconds:.0f} s")
        for fault in faults:
            key = fault.split("(")[0] if fault.startswith("betrays") else fault[-90:]
            key = (key, call[0] if kind != "page" else "", fault[:12])
            self.found.setdefault(
                key, f"call {number} as {role}: {kind} {_short(call)}\n    {fault}"
            )

    def _send(self, kind, role, *call):
        if kind == "json2":
            return self.clients.json2(role, *call)
        if kind == "page":
            return self.clients.page(role, *call)
        if kind == "route":
            return self.clients.jsonrpc(role, *call)
        return self.clients.call_kw(role, *call)


class TooSlow(BaseException):
    pass


def _too_slow(_signal, _frame):
    raise TooSlow


def _new_id(answer):
    import json

    try:
        result = json.loads(answer.text).get("result")
    except (ValueError, AttributeError):
        return None
    return result[0] if isinstance(result, list) and result else None


def _short(call):
    text = repr(call)
    return text if len(text) < 900 else f"{text[:900]}…"


def own_models(registry):
    """Our own models that have records."""
    own = own_addons()
    return [
        name
        for name, model in registry.items()
        if model._original_module in own and not model._abstract
    ]


def own_methods(registry):
    """``(model, method)`` of all that a client may call and that is ours."""
    from odoo.models import BaseModel

    own = tuple(f"odoo.addons.{addon}." for addon in own_addons())
    for name, model in registry.items():
        if model._abstract:
            continue
        for method in dir(model):
            if method.startswith("_") or hasattr(BaseModel, method):
                continue
            function = inspect.unwrap(getattr(model, method, None) or len)
            if not inspect.isfunction(function):
                continue
            if not function.__module__.startswith(own):
                continue
            if not any(
                getattr(getattr(one, method, None), "_api_private", False)
                for one in model.mro()
            ):
                yield name, method


def is_core(registry, model, method):
    """Whether core has this method, too: ours then hands on to it."""
    own = tuple(f"odoo.addons.{addon}." for addon in own_addons())
    return any(
        method in vars(one) and not one.__module__.startswith(own)
        for one in registry[model].mro()
        if one.__module__.startswith(("odoo.addons.", "odoo.orm.", "odoo.models"))
    )


def is_model_method(registry, model, method):
    return bool(getattr(getattr(registry[model], method), "_api_model", False))
