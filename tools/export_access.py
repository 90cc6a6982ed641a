#!/usr/bin/env python3
"""Write docs/access.md anew: which role may do what with the models of our addons."""

from common import one_line_failures
from environment import ROOT, addons, environment, provision
from gate.access import DOCUMENT, matrix_text
from gate.templates import Templates


def main():
    with one_line_failures():
        provision(browser=False)
        variables = environment()
        database = Templates(variables, addons()).ready()
        text = matrix_text(variables, database, addons())
        DOCUMENT.write_text(text, encoding="utf-8")
        print(DOCUMENT.relative_to(ROOT))


if __name__ == "__main__":
    main()
