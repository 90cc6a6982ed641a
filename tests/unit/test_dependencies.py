"""No addon uses another that its manifest does not lead to."""

import ast
import re
from xml.etree import ElementTree

import pytest
from environment import ROOT, addons

from odoo.modules.module import Manifest

REFERENCE = re.compile(r"^(\w+)\.[\w.]+$")
INSIDE = re.compile(r"%\((\w+)\.\w+\)d|ref\(['\"](\w+)\.\w+['\"]")
# The attributes of XML data that name records of other addons.
ATTRIBUTES = ("ref", "inherit_id", "parent", "action", "groups", "t-call")


def reachable(name):
    """The addons that ``name`` may use: those it depends on, directly or not."""
    found, waiting = set(), [name]
    while waiting:
        addon = waiting.pop()
        if addon not in found:
            found.add(addon)
            waiting += Manifest.for_addon(addon)["depends"]
    return found | {"base"}


def used_by_python(source):
    """The addons that a module imports or names in ``env.ref``."""
    for node in ast.walk(ast.parse(source)):
        names = []
        if isinstance(node, ast.ImportFrom) and not node.level:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        for name in names:
            if name.startswith("odoo.addons."):
                yield name.split(".")[2]
    for _action, ref in INSIDE.findall(source):
        if ref:
            yield ref


def used_by_xml(source):
    """The addons whose records a data file names."""
    for node in ElementTree.fromstring(source).iter():
        for attribute in ATTRIBUTES:
            for value in re.split(r"[,\s!]+", node.get(attribute, "")):
                if found := REFERENCE.match(value):
                    yield found[1]
        for value in [*node.attrib.values(), node.text or ""]:
            yield from filter(None, sum(INSIDE.findall(value), ()))


def used_by(folder):
    """What each file of an addon uses; tests may use what they like."""
    for path in sorted(folder.rglob("*")):
        readers = {".py": used_by_python, ".xml": used_by_xml}
        place = path.relative_to(folder)
        if path.suffix in readers and not {"tests", "static"} & set(place.parts):
            for name in readers[path.suffix](path.read_text(encoding="utf-8")):
                yield str(place), name


@pytest.mark.parametrize("name", addons())
def test_uses_only_what_it_depends_on(name):
    allowed = reachable(name)
    folder = ROOT / "addons" / name
    known = {path.parent.name for path in ROOT.glob("addons/*/__manifest__.py")}
    hidden = {
        (place, used)
        for place, used in used_by(folder)
        if used not in allowed and (used in known or Manifest.for_addon(used))
    }
    assert hidden == set()


def test_finds_uses():
    python = "from odoo.addons.sale.models import x\nenv.ref('stock.y')\n"
    assert set(used_by_python(python)) == {"sale", "stock"}
    xml = (
        '<odoo><record id="a.b"><field ref="hr.x" eval="[ref(\'crm.y\')]"/></record>'
        '<menuitem groups="base.z,!mail.g"/><button name="%(project.act)d"/></odoo>'
    )
    assert set(used_by_xml(xml)) == {"hr", "crm", "base", "mail", "project"}
