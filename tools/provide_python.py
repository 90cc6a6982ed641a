"""Provide Python packages: ``.local/venv`` with our pinned requirements."""

import hashlib
import shutil
import subprocess
import sys

from common import LOCAL, ROOT, Failure, run, say

VENV = LOCAL / "venv"
INTERPRETER = VENV / "bin/python"
# Isolated: packages on the caller's PYTHONPATH are none of its business.
PIP = [INTERPRETER, "-I", "-m", "pip", "--disable-pip-version-check"]
REQUIREMENTS = [ROOT / "requirements.txt", ROOT / "test-requirements.txt"]
# What was installed last; written when it is whole.
STAMP = VENV / "installed"


def provide():
    """Make sure the environment holds what the requirement files name.

    The Python that made the environment stays its Python, whoever calls later.
    """
    wanted = _fingerprint()
    if INTERPRETER.exists() and STAMP.exists() and STAMP.read_text() == wanted:
        return
    if not _is_usable():
        _create()
    say("Installing Python packages …")
    files = [part for path in REQUIREMENTS for part in ("-r", path)]
    hint = "Check the network and run the command again."
    run([*PIP, "install", *files], log="pip", hint=hint)
    STAMP.write_text(wanted)


def _fingerprint():
    digest = hashlib.sha256(str(VENV).encode())
    for path in REQUIREMENTS:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _is_usable():
    """Is the environment whole, and in the place it was made for?"""
    try:
        moved = str(VENV) not in (VENV / "bin/pip").read_text()[:500]
        question = [INTERPRETER, "-c", "import pip"]
        return (
            not moved and not subprocess.run(question, capture_output=True).returncode
        )
    except OSError:
        return False


def _create():
    if not (3, 10) <= sys.version_info[:2] <= (3, 13):
        version = ".".join(map(str, sys.version_info[:2]))
        raise Failure(
            f"Odoo 19 runs on Python 3.10 to 3.13, this is {version}:"
            " name another interpreter, for example make demo PYTHON=python3.12."
        )
    say("Creating the Python environment …")
    shutil.rmtree(VENV, ignore_errors=True)
    hint = "Debian and Ubuntu: apt-get install python3-venv."
    run([sys.executable, "-m", "venv", VENV], log="venv", hint=hint)
