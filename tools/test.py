#!/usr/bin/env python3
"""`make test`: the gate. See gate/steps.py for its steps and what they ask of tests.

make test                        everything, as CI runs it
make test STEP="lint addons"     some steps of it
make test ADDON=name             one addon's tests, the quick way (see gate/part.py)
make test ADDON=name K=test_x    those of them that the expression selects
make test K=test_x               those of tests/ that the expression selects
make test-long                   everything, at the stated large sizes

BROWSER=0 leaves the browser out, COVERAGE=1 measures an addon's coverage.
"""

import os
import sys

from common import one_line_failures
from environment import addons, environment, provision
from gate.expected import AllowList
from gate.part import run_part
from gate.places import ALLOW_LIST
from gate.steps import STEPS, Gate
from gate.whole import chosen_steps, run_steps


def main(arguments):
    long = "--long" in arguments
    wish = os.environ.get
    browser = wish("BROWSER") != "0"
    with one_line_failures():
        names = chosen_steps(wish("STEP", ""))
        provision(browser=browser)
        variables = environment() | {"SUITE_LONG": "1" if long else ""}
        if wish("ADDON") or wish("K"):
            return run_part(variables, wish("ADDON"), wish("K"), browser=browser)
        allow = AllowList.read(ALLOW_LIST, STEPS)
        gate = Gate(variables, addons(), allow, browser)
        return run_steps(gate, names, long=long)


if __name__ == "__main__":
    sys.exit(0 if main(sys.argv[1:]) else 1)
