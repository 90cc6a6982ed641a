"""Somebody else's addons, downloaded to be measured beside ours, for nothing else."""

import configparser
import os
import subprocess
from pathlib import Path

from provide_python import PIP


def download(folder, packages):
    """Let Odoo find these packages, and addons put there, in ``folder`` only.

    :raise subprocess.CalledProcessError: they cannot be had.
    """
    command = [*PIP, "install", "--quiet", "--no-deps", "--target", folder, *packages]
    subprocess.run(command, check=True)
    os.environ["PYTHONPATH"] += f"{os.pathsep}{folder}"
    settings = configparser.ConfigParser(interpolation=None)
    settings.read(os.environ["ODOO_RC"], encoding="utf-8")
    settings["options"]["addons_path"] += f",{folder / 'odoo' / 'addons'}"
    os.environ["ODOO_RC"] = str(folder / "odoo.conf")
    with Path(os.environ["ODOO_RC"]).open("w", encoding="utf-8") as file:
        settings.write(file)
