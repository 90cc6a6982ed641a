"""Provide Chromium (browser tests) and wkhtmltopdf (PDF reports) from the system."""

import os
import shutil

from common import Failure, is_root, run, say

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def browser():
    """The browser that tests would use, or None."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def provide():
    """Install what is missing when root; else say how to get it.

    BROWSER=0 says that the user can do without.
    """
    if os.environ.get("BROWSER") == "0":
        return
    missing = [] if browser() else ["chromium"]
    if not shutil.which("wkhtmltopdf"):
        missing.append("wkhtmltopdf")
    if not missing:
        return
    names = " ".join(missing)
    by_hand = f"Install it by hand (as root: apt-get install {names}), or BROWSER=0."
    if not (is_root() and shutil.which("apt-get")):
        raise Failure(f"{' and '.join(missing)} is missing. {by_hand}")
    say(f"Installing {' and '.join(missing)} from the system's packages …")
    variables = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    run(["apt-get", "update"], log="apt-system", hint=by_hand, env=variables)
    install = ["apt-get", "install", "-y", "--no-install-recommends", *missing]
    run(install, log="apt-browser", hint=by_hand, env=variables)
