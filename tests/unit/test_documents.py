"""What the documents name exists: files, headings, commands."""

import re

import pytest
from environment import ROOT

DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("addons/*/README.md")]
)
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
CODE = re.compile(r"^```.*?^```|`[^`\n]+`", re.MULTILINE | re.DOTALL)
TARGET = re.compile(r"\bmake ([a-z][a-z-]*)")


def broken_links(document):
    """The links of ``document`` that lead nowhere within the tree."""
    prose = CODE.sub("", document.read_text(encoding="utf-8"))
    for link in LINK.findall(prose):
        if "://" in link or link.startswith("mailto:"):
            continue
        path, _hash, anchor = link.partition("#")
        target = (document.parent / path).resolve() if path else document
        if not target.exists() or (anchor and anchor not in anchors(target)):
            yield link


def anchors(document):
    """The anchors of a document's headings, as GitHub makes them."""
    headings = HEADING.findall(document.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w -]", "", one.lower()).replace(" ", "-") for one in headings}


def commands(document):
    """The targets of ``make`` that ``document`` tells to type."""
    code = "\n".join(CODE.findall(document.read_text(encoding="utf-8")))
    return set(TARGET.findall(code))


@pytest.mark.parametrize(
    "path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT))
)
def test_names_only_what_there_is(path):
    assert list(broken_links(path)) == []
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    assert commands(path) <= targets


def test_what_is_not_there_is_found(tmp_path):
    document = tmp_path / "a.md"
    document.write_text(
        "# A Heading (X)\n[1](a.md#a-heading-x) [2](gone.md) [3](#gone) `[4](no.md)`\n"
        "Type `make coffee`, then make tea:\n```sh\nmake cake  # now\n```\n"
    )
    assert list(broken_links(document)) == ["gone.md", "#gone"]
    assert commands(document) == {"coffee", "cake"}
