#!/usr/bin/env python3
"""`make bench`: run the programs in benchmarks/ one after the other; B=name runs one.

Each is a program of its own that makes what it measures and prints ratios; it gets the
environment's variables, with our tools and ``tests/integration/odoo_process.py``
importable.
"""

import os
import subprocess
import sys

from common import ROOT, Failure, one_line_failures, say
from environment import environment, odoo_command, provision


def main():
    with one_line_failures():
        names = chosen(os.environ.get("B"))
        provision(browser=False)
        variables = environment()
    helpers = [str(ROOT / "tools"), str(ROOT / "tests/integration")]
    variables["PYTHONPATH"] = os.pathsep.join([variables["PYTHONPATH"], *helpers])
    interpreter = odoo_command()[0]
    broken = []
    for name in names:
        say(f"{name} …")
        command = [interpreter, f"benchmarks/{name}.py"]
        if subprocess.run(command, cwd=ROOT, env=variables, check=False).returncode:
            broken.append(name)
    if broken:
        print(f"FAILED: {', '.join(broken)}")
    return bool(broken)


def chosen(wish):
    """The names of the benchmarks to run."""
    names = sorted(path.stem for path in (ROOT / "benchmarks").glob("[a-z]*.py"))
    if wish and wish not in names:
        raise Failure(f"No benchmark {wish}: there is {', '.join(names) or 'none'}.")
    return [wish] if wish else names


if __name__ == "__main__":
    sys.exit(main())
