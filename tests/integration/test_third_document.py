"""A stranger's document beside ours: what it needs is public, and works as written."""

import configparser
import os

from environment import ROOT

STRANGERS = ROOT / "tests" / "addons"


def test_document_of_a_stranger(make_database, run_odoo):
    """Its own tests, with rules of automation installed, which watch our rows."""
    settings = configparser.ConfigParser(interpolation=None)
    settings.read(os.environ["ODOO_RC"], encoding="utf-8")
    path = f"{settings['options']['addons_path']},{STRANGERS}"
    run_odoo(
        make_database("ready"),
        *(
            "--addons-path",
            path,
            "-i",
            "base_automation,bike_trip,bike_set,bike_watch,bike_board",
        ),
        *("--test-tags", "/bike_trip,/bike_set,/bike_watch,/bike_board"),
    )


def test_the_example_is_short():
    lines = sum(
        len(path.read_text(encoding="utf-8").splitlines())
        for path in (STRANGERS / "bike_trip").rglob("*")
        if path.is_file()
        and path.suffix in (".py", ".xml", ".csv")
        and "tests" not in path.relative_to(STRANGERS).parts
    )
    assert lines < 150, lines
