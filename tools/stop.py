"""``make stop``: end the demo and PostgreSQL; ``make clean``: remove .local too."""

import shutil
import sys

import demo_server
import provide_postgres
from common import LOCAL, one_line_failures, say


def main(clean):
    if not LOCAL.exists():
        say("Nothing is installed here.")
        return
    if demo_server.stop_all():
        say("The demo server is stopped.")
    if provide_postgres.stop():
        say("PostgreSQL is stopped.")
    if clean:
        provide_postgres.remove()
        shutil.rmtree(LOCAL)
        say("Everything under .local is removed.")


if __name__ == "__main__":
    with one_line_failures():
        main(clean="--clean" in sys.argv[1:])
