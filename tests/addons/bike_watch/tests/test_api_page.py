"""docs/api.md as it is written: its examples run, and its tables are the code's."""

import doctest
import inspect
import json
import re
import shlex
from collections import defaultdict
from dataclasses import fields as fields_of
from pathlib import Path

from odoo import exceptions as odoo_exceptions
from odoo.tests import HttpCase, TransactionCase, freeze_time, new_test_user, tagged
from odoo.tools import SQL, mute_logger

from odoo.addons.resource_allocation import exceptions, inputs
from odoo.addons.resource_allocation.exceptions import Verdict
from odoo.addons.resource_allocation.models.resource_allocation_life import CHANGEABLE
from odoo.addons.resource_allocation.tests.common import NOW, USER

ROOT = Path(__file__).parents[4]
PAGE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CALL = re.compile(r"`(\w+)\(([\w, *]*)\)`")
OURS = "odoo.addons.resource_allocation."
LEFT_OUT = "…"


def blocks(*languages):
    """``(language, text, line)`` of each block of code in one of these."""
    return [
        (found[1], found[2], PAGE.count("\n", 0, found.start(2)))
        for found in BLOCK.finditer(PAGE)
        if found[1] in languages
    ]


def own_functions(registry, overrides=True):
    """``(name, function)`` of all that the addon defines on models.

    Of ``overrides`` the same name is in a class that comes after: Odoo's own.
    """
    for model in registry:
        classes = registry[model].mro()
        for place, cls in enumerate(classes):
            if not cls.__module__.startswith(OURS):
                continue
            known = set()
            if not overrides:
                known = known.union(*map(vars, not_ours(classes[place:])))
            for name, member in vars(cls).items():
                if inspect.isfunction(member) and name not in known:
                    yield name, member


def not_ours(classes):
    return [cls for cls in classes if not cls.__module__.startswith(OURS)]


def parameters(method):
    marks = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
    own = list(inspect.signature(method).parameters.values())[1:]
    return [marks.get(one.kind, "") + one.name for one in own]


def named():
    """The methods that the page names with their brackets."""
    return {name for name, _arguments in CALL.findall(PAGE)}


class OneSpace(doctest.OutputChecker):
    """Babel writes times with a narrow space, which nobody types."""

    def check_output(self, want, got, optionflags):
        return super().check_output(want, got.replace("\u202f", " "), optionflags)


@tagged("post_install", "-at_install")
class TestTables(TransactionCase):
    """What the page names there is, and what there is it names."""

    def test_every_public_method_is_named(self):
        public = {
            name
            for name, _method in own_functions(self.registry, overrides=False)
            if not name.startswith(("_", "action_"))
        }
        self.assertGreater(len(public), 40)
        self.assertEqual(public - named(), set())

    def test_every_hook_is_named(self):
        hooks = {
            name
            for name, method in own_functions(self.registry)
            if name.startswith("_allocation_") or "Override" in (method.__doc__ or "")
        }
        self.assertGreater(len(hooks), 20)
        self.assertEqual(hooks - named(), set())

    def test_tables_have_the_arguments_of_the_code(self):
        methods = defaultdict(list)
        for name, method in own_functions(self.registry):
            methods[name].append(parameters(method))
        cells = re.findall(r"^\| (`.+?`) \|", PAGE, re.MULTILINE)
        calls = [call for cell in cells for call in CALL.findall(cell)]
        self.assertGreater(len(calls), 50)
        for name, arguments in calls:
            with self.subTest(name):
                written = [one for one in arguments.split(", ") if one]
                self.assertIn(written, methods[name])

    def test_the_page_names_only_what_there_is(self):
        there = {name for name, _method in own_functions(self.registry)}
        self.assertEqual(named() - there, {"sudo", "to_values"})

    def test_errors_have_the_status_that_is_told(self):
        table = re.findall(r"^\| `(\w+)` \| .+? \| (\d+) \|$", PAGE, re.MULTILINE)
        self.assertGreater(len(table), 5)
        for name, status in table:
            error = getattr(exceptions, name, None) or getattr(odoo_exceptions, name)
            self.assertEqual(error.http_status, int(status), name)

    def test_what_may_be_asked_and_answered_is_named(self):
        answers = {
            one.name
            for kind in (Verdict, exceptions.Holder, exceptions.Proposal)
            for one in fields_of(kind)
        }
        answers |= set(re.findall(r"``(\w+)``", Verdict.__doc__))
        asked = self.env["resource.allocation"]._askable_fields() | CHANGEABLE
        turned = {name for name in vars(inputs) if name.startswith("to_")}
        words = set(re.findall(r"`(\w+)`", PAGE))
        self.assertEqual((answers | asked | turned) - words, set())

    def test_code_is_quoted_from_the_example(self):
        files = [
            path.read_text(encoding="utf-8")
            for path in (ROOT / "tests" / "addons").glob("bike_*/models/*.py")
        ]
        quoted = [text for _kind, text, _line in blocks("python") if ">>>" not in text]
        self.assertGreater(len(quoted), 5)
        for text in quoted:
            self.assertTrue(any(text in source for source in files), text)


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestPython(TransactionCase):
    """The examples in Python, typed one after the other into a shell."""

    def test_examples(self):
        lines = [""] * PAGE.count("\n")
        for _kind, text, line in blocks("python"):
            if ">>>" in text:
                own = text.splitlines()
                lines[line : line + len(own)] = own
        page = doctest.DocTestParser().get_doctest(
            "\n".join(lines), {"env": self.env}, "api.md", None, 0
        )
        self.assertGreater(len(page.examples), 30)
        runner = doctest.DocTestRunner(
            OneSpace(), verbose=False, optionflags=doctest.NORMALIZE_WHITESPACE
        )
        told = []
        runner.run(page, out=told.append)
        self.assertFalse(runner.failures, "".join(told))


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestJson(HttpCase):
    """The examples over HTTP, sent as they stand to a server, with a user's key."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        clerk = new_test_user(cls.env, "clerk", USER, tz="UTC")
        keys = cls.env["res.users.apikeys"].with_user(clerk).sudo()
        cls.key = keys._generate(None, "The page", None)
        cls._number("resource_resource", 7001)
        cls.env["resource.resource"].create(
            [
                {"name": "Aula", "bookable": True},
                {
                    "name": "Chairs",
                    "bookable": True,
                    "exclusive": False,
                    "capacity": 40,
                },
            ]
        )
        cls._number("resource_allocation", 9001)

    @classmethod
    def _number(cls, table, first):
        """Give the next rows the numbers that the page has."""
        sequence = SQL.identifier(f"{table}_id_seq")
        cls.env.cr.execute(SQL("ALTER SEQUENCE %s RESTART WITH %s", sequence, first))

    def test_examples(self):
        pairs = blocks("sh", "http")
        self.assertGreater(len(pairs), 18)
        for request, answer in zip(pairs[::2], pairs[1::2], strict=True):
            path, headers, body = self._request(*request[:2])
            with self.subTest(path, line=request[2]):
                with mute_logger("odoo.http"):
                    found = self.url_open(path, data=body.encode(), headers=headers)
                status, _blank, body = answer[1].split("\n", 2)
                self.assertEqual(found.status_code, int(status.split()[1]))
                self._compare(json.loads(body), found.json())

    def _request(self, kind, text):
        """Path, headers and body of an example, for ``curl`` or as it is sent."""
        headers = {
            "Authorization": f"bearer {self.key}",
            "Content-Type": "application/json",
        }
        if kind == "http":
            first, _blank, body = text.split("\n", 2)
            method, path = first.split()
            self.assertEqual(method, "POST")
            return path, headers, body
        words = shlex.split(text.replace("\\\n", ""))
        options = list(zip(words[2::2], words[3::2], strict=True))
        written = dict(value.split(": ") for option, value in options if option == "-H")
        written["Authorization"] = written["Authorization"].replace("$KEY", self.key)
        self.assertEqual((words[0], written), ("curl", headers))
        [body] = [value for option, value in options if option == "-d"]
        return words[1].removeprefix("https://erp.example.com"), headers, body

    def _compare(self, written, found, where="answer"):
        """What the page leaves out may be anything."""
        if written in (LEFT_OUT, [LEFT_OUT]):
            self.assertTrue(found, where)
        elif isinstance(written, dict):
            self.assertEqual(written.keys(), found.keys(), where)
            for name in written:
                self._compare(written[name], found[name], f"{where}.{name}")
        elif isinstance(written, list):
            self.assertEqual(len(written), len(found), where)
            for number, (one, other) in enumerate(zip(written, found, strict=True)):
                self._compare(one, other, f"{where}[{number}]")
        elif isinstance(written, str):
            begin = " ".join(written.split()).partition(LEFT_OUT)[0]
            spaced = " ".join(found.split())
            self.assertTrue(spaced.startswith(begin), f"{where}: {spaced}")
            self.assertTrue(LEFT_OUT in written or spaced == begin, where)
        else:
            self.assertEqual(written, found, where)
