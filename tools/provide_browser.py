"""Provide Chromium (browser tests) and wkhtmltopdf (PDF reports) from the system.

Root installs them with apt; anybody else is told how to. BROWSER=0 does without.
"""

import os
import shutil

from common import LOCAL, Failure, is_root, run, say

# The names Odoo's tests look for.
BROWSERS = ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable")
WITHOUT = {
    "chromium": "Browser tests need it (BROWSER=0 leaves them out).",
    "wkhtmltopdf": "Printing needs it; everything else runs without.",
}
# Without any font, pages and reports come out as empty boxes.
FONTS = "fonts-liberation"


def browser():
    """The browser that tests would use, or None."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def provide(*, required=True):
    """Install what is missing; raise Failure when a required browser cannot be had."""
    if os.environ.get("BROWSER") == "0":
        return
    for package, found in (
        ("wkhtmltopdf", shutil.which("wkhtmltopdf")),
        ("chromium", browser()),
    ):
        needed = required and package == "chromium"
        if found or _install(package, again=needed):
            continue
        message = (
            f"{package} is missing: install it, on Debian as root with"
            f" apt-get install {package}. {WITHOUT[package]}"
        )
        if needed:
            raise Failure(message)
        say(message)


def _install(package, *, again):
    """Try to install; only ``again`` tries a second time what failed before."""
    tried = LOCAL / f"{package}.tried"
    if not (is_root() and shutil.which("apt-get")) or (tried.exists() and not again):
        return False
    tried.touch()
    say(f"Installing {package} from the system's packages …")
    variables = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "--no-install-recommends", package, FONTS]
    try:
        run(["apt-get", "update"], log="apt-system", hint="", env=variables)
        run(install, log=f"apt-{package}", hint="", env=variables)
    except Failure as failure:
        say(str(failure))
        return False
    return True
