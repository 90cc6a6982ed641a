"""Provide Odoo 19: the user's checkout, else Debian's package, else Odoo's own branch.

Debian ships Odoo 19 as ``odoo-19`` in its unstable suite. The package is unpacked, not
installed: no root needed, nothing of the machine changes.
"""

import os
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import check_odoo
from common import LOCAL, LOGS, Failure, fresh, publish, run, say

SERIES = "19.0"
PACKAGED = LOCAL / "odoo"
CLONED = LOCAL / "odoo-source"
REPOSITORY = "https://github.com/odoo/odoo.git"
PYTHON_FOLDER = Path("usr/lib/python3/dist-packages")
# The web client links into these packages.
PACKAGES = (
    "odoo-19",
    "libjs-jquery",
    "libjs-underscore",
    "libjs-jquery-form",
    "fonts-roboto-unhinted",
    "fonts-montserrat",
    "fonts-inconsolata",
    "fonts-ocr-b",
)
# Odoo uses the icon names of Font Awesome 4; unstable has 7, with other names.
FONT_AWESOME = "XStatic-Font-Awesome==4.7.0.0"
KEYRINGS = (
    Path("/usr/share/keyrings/debian-archive-keyring.pgp"),
    Path("/usr/share/keyrings/debian-archive-keyring.gpg"),
)
OWN_SOURCE_HINT = "Or name an Odoo 19 checkout: ODOO_SOURCE=/path."


def odoo_folder():
    """The folder that holds the Python package ``odoo``, or None when none is there."""
    if source := os.environ.get("ODOO_SOURCE"):
        return Path(source).expanduser().resolve()
    if PACKAGED.exists():
        return PACKAGED / PYTHON_FOLDER
    if CLONED.exists():
        return CLONED
    return None


def odoo_script(folder):
    """Odoo's own command, of a checkout or of the package."""
    if (folder / "odoo-bin").exists():
        return folder / "odoo-bin"
    return PACKAGED / "usr/bin/odoo"


def core_addons(folder):
    """The folders of Odoo's own addons."""
    return [
        path
        for path in (folder / "odoo/addons", folder / "addons")
        if any(path.glob("*/__manifest__.py"))
    ]


def provide(pip):
    """Make sure Odoo 19 is there. ``pip`` is the command that fetches Python wheels."""
    if os.environ.get("ODOO_SOURCE"):
        _check_series(odoo_folder())
    elif odoo_folder() is None:
        mirror = _debian_mirror()
        if mirror:
            _unpack_debian(mirror, pip)
        else:
            _clone()


def _check_series(folder):
    release = folder / "odoo/release.py"
    text = release.read_text() if release.exists() else ""
    is_series = re.search(r"^version_info = \(19, 0,", text, re.MULTILINE)
    if not (is_series and (folder / "odoo-bin").exists()):
        raise Failure(f"ODOO_SOURCE={folder} is not a checkout of Odoo {SERIES}.")


# Debian


def _apt_options(folder):
    """Options that keep everything apt writes inside ``folder``."""
    for name in ("lists/partial", "archives/partial", "state"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "status").touch()
    options = {
        "Dir::State": folder / "state",
        "Dir::State::lists": folder / "lists",
        "Dir::State::status": folder / "status",
        "Dir::Cache": folder,
        "Dir::Cache::archives": folder / "archives",
        "APT::Sandbox::User": "",  # the folder need not be readable for user _apt
        "Acquire::Languages": "none",
        "Acquire::Retries": "3",
        "APT::Update::Error-Mode": "any",
    }
    return [part for key, value in options.items() for part in ("-o", f"{key}={value}")]


def _debian_mirror():
    """The mirror this machine uses for Debian, or None when apt does not know one."""
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        return None
    mirror = _mirror_in_lists([])
    if not mirror:
        # The machine may never have run `apt-get update`: read its sources privately.
        say("Reading apt's package lists …")
        options = _apt_options(LOCAL / "apt/machine")
        update = ["apt-get", "update", *options]
        LOGS.mkdir(parents=True, exist_ok=True)
        with (LOGS / "apt-machine.log").open("w") as log:
            # One dead source among the machine's own must not stop us.
            subprocess.run(update, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        mirror = _mirror_in_lists(options)
    return mirror


def _mirror_in_lists(options):
    template = "$(ORIGIN)|$(LABEL)|$(REPO_URI)"
    listed = subprocess.run(
        ["apt-get", "indextargets", *options, "--format", template],
        capture_output=True,
        text=True,
    )
    for line in listed.stdout.splitlines():
        origin, label, uri = line.split("|", 2)
        if origin == label == "Debian":
            return uri
    return None


def _unpack_debian(mirror, pip):
    apt = LOCAL / "apt/unstable"
    options = _apt_options(apt) + _private_sources(apt, mirror)
    hint = f"Check the network and run the command again. {OWN_SOURCE_HINT}"
    say("Reading the list of Debian's unstable packages …")
    run(["apt-get", "update", *options], log="apt-update", hint=hint)
    say("Downloading Odoo 19 as Debian packages it (130 MB) …")
    downloads = fresh(apt / "downloads")
    command = ["apt-get", "download", *options, *PACKAGES]
    run(command, log="apt-download", hint=hint, cwd=downloads)
    say("Unpacking Odoo …")
    building = fresh(PACKAGED)
    for package in downloads.glob("*.deb"):
        unpack = ["dpkg-deb", "-x", package, building]
        run(unpack, log="dpkg-deb", hint="Is the disk full?")
    _add_font_awesome(building, pip)
    _complete(building)
    check_odoo.check(core_addons(building / PYTHON_FOLDER))
    publish(building, PACKAGED)
    shutil.rmtree(LOCAL / "apt")


def _private_sources(folder, mirror):
    """apt options for Debian's unstable suite alone, signed with Debian's key."""
    keyring = next((path for path in KEYRINGS if path.exists()), None)
    if not keyring:
        raise Failure(
            "Debian's keyring is missing: apt-get install debian-archive-keyring."
        )
    fields = {
        "Types": "deb",
        "URIs": mirror,
        "Suites": "unstable",
        "Components": "main",
        "Targets": "Packages",
        "Signed-By": keyring,
    }
    sources = folder / "debian.sources"
    sources.write_text("".join(f"{key}: {value}\n" for key, value in fields.items()))
    return [
        *("-o", f"Dir::Etc::sourcelist={sources}"),
        *("-o", "Dir::Etc::sourceparts=-"),
        *("-o", "Dir::Etc::preferencesparts=-"),
        *("-o", "Dir::Etc::preferences=-"),
    ]


def _add_font_awesome(building, pip):
    """Put version 4.7's fonts where Debian's package of it would have them."""
    folder = fresh(LOCAL / "apt/font-awesome")
    command = [*pip, "download", "--no-deps", "--only-binary=:all:", "-d", folder]
    hint = "Check the network and run the command again."
    run([*command, FONT_AWESOME], log="font-awesome", hint=hint)
    target = building / "usr/share/fonts-font-awesome/fonts"
    target.mkdir(parents=True)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        for name in wheel.namelist():
            if "/data/fonts/" in name and not name.endswith("/"):
                (target / Path(name).name).write_bytes(wheel.read(name))


def _complete(building):
    """Mend what the packages leave out or have too much."""
    # A second copy of the addons, without their data files, could shadow the first.
    for stray in ("addons", "doc", "setup"):
        shutil.rmtree(building / PYTHON_FOLDER / stray, ignore_errors=True)
    # Unstable's fonts-inconsolata split the one file that Odoo links to by weight.
    fonts = building / "usr/share/fonts"
    link = fonts / "truetype/inconsolata/Inconsolata.otf"
    if not link.exists():
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to("../../opentype/inconsolata/Inconsolata-Regular.otf")
    # Removed by Debian for its licence; only background blur in calls would use it.
    addons = building / PYTHON_FOLDER / "odoo/addons"
    blur = addons / "mail/static/lib/selfie_segmentation/selfie_segmentation.js"
    if not blur.exists():
        blur.parent.mkdir(parents=True, exist_ok=True)
        blur.touch()


# Odoo's own repository


def _clone():
    say("Cloning Odoo's 19.0 branch (some hundred MB) …")
    building = fresh(CLONED)
    command = ["git", "clone", "--depth=1", "--branch", SERIES, REPOSITORY, building]
    hint = f"git and the network are needed here. {OWN_SOURCE_HINT}"
    run(command, log="git-clone", hint=hint)
    publish(building, CLONED)
