"""``make demo``: the example company on localhost. FRESH=1 builds it anew."""

import os
import shutil
import sys

import demo_database
import demo_server
import provide_browser
from common import locked, one_line_failures
from environment import environment, provision


def main():
    provision(browser=False)
    provide_browser.provide(required=False)
    variables = environment()
    with locked("demo"):
        if os.environ.get("FRESH") == "1":
            demo_server.stop()
            demo_database.drop(variables)
        if demo_database.needs_work(variables):
            demo_server.stop()
            demo_database.build_or_update(variables)
        port = demo_server.start(variables)
    _introduce(port, demo_database.users(variables))


def _introduce(port, users):
    """Print where the demo is and who can log in."""
    rows = [("Login", "Password", "Who", "Role"), *users]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    room = shutil.get_terminal_size().columns
    print(f"\nThe demo runs on http://127.0.0.1:{port}\n")
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print("  " + "  ".join(cells).rstrip()[: max(room, 80) - 2])
    print("\n`make stop` ends it, `make demo` starts it again with your changes.")


if __name__ == "__main__":
    with one_line_failures():
        sys.exit(main())
