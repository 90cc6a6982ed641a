#!/usr/bin/env python3
"""Write the addons' catalogues of texts (i18n/<addon>.pot) anew from their sources."""

from common import one_line_failures
from environment import ROOT, addons, environment, provision
from gate.places import insist
from gate.templates import Templates
from gate.texts import export_texts


def main():
    with one_line_failures():
        provision(browser=False)
        variables = environment()
        database = Templates(variables, addons()).ready()
        for name in addons():
            path = ROOT / "addons" / name / "i18n" / f"{name}.pot"
            path.parent.mkdir(exist_ok=True)
            done = export_texts(variables, database, name, path, f"texts-{name}")
            insist(done, f"Exporting the texts of {name}")
            print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
