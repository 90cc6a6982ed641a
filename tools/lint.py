#!/usr/bin/env python3
"""`make lint`: the linters only. With --fix, repair first what can be repaired."""

import subprocess
import sys

from common import ROOT, one_line_failures
from environment import addons, environment, provision
from gate.linters import repairs, run_linters
from gate.outcome import closing_line


def main(arguments):
    with one_line_failures():
        provision(browser=False)
        variables = environment()
    own = addons()
    if "--fix" in arguments:
        for command in repairs(own):
            subprocess.run(command, cwd=ROOT, env=variables, check=False)
    outcome = run_linters(variables, own)
    for finding in outcome.findings:
        print(finding.show())
    print(closing_line([outcome]))
    return bool(outcome.findings)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
