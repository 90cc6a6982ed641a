"""docs/access.md says what each role may do, as Odoo answers it."""

from environment import addons
from gate.access import COMMAND, DOCUMENT, matrix_text, render


def test_the_document_says_what_odoo_answers(make_database, variables):
    found = matrix_text(variables, make_database("ready"), addons())
    written = DOCUMENT.read_text(encoding="utf-8")
    assert written == found, f"Rights changed: {COMMAND}, read the difference, commit."


def test_a_right_more_changes_the_document():
    """The text tells rights apart: one letter more, one scope wider."""

    def text(rights):
        rows = [["a", "a.thing", "Thing", [["Clerk", rights], ["Guest", {}]]]]
        return render(rows, ["a"])

    assert "| Thing `a.thing` | own r |" in text({"own": ["read"]})
    assert "| Thing `a.thing` | own rw |" in text({"own": ["read", "write"]})
    assert "company r, own w |" in text({"company": ["read"], "own": ["write"]})
    assert "Guest" not in text({"own": ["read"]})
