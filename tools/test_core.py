#!/usr/bin/env python3
"""`make test-core`: core's own tests with our addons against without them.

make test-core                   those of all addons that ours change
make test-core CORE="hr stock"   those of some

BROWSER=0 leaves the browser out. See gate/core_tests.py.
"""

import os
import sys

from common import one_line_failures
from environment import addons, environment, provision
from gate.core_tests import chosen_addons, run_core_tests
from gate.expected import AllowList
from gate.steps import Gate


def main():
    browser = os.environ.get("BROWSER") != "0"
    with one_line_failures():
        names = chosen_addons(os.environ.get("CORE", ""))
        provision(browser=browser)
        gate = Gate(environment(), addons(), AllowList([]), browser)
        return run_core_tests(gate, names)


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
