"""The environment our commands run in: Odoo, Python, PostgreSQL, a browser.

``provision()`` installs what is missing; ``environment()`` returns the variables to run
a program with; ``odoo_command()`` is Odoo's command line. As a program it runs another
one in this environment: ``tools/environment.py psql demo``.
"""

import os
import sys

import provide_browser
import provide_odoo
import provide_postgres
import provide_python
from common import LOCAL, ROOT, Failure, locked, one_line_failures

ADDONS = ROOT / "addons"


def provision(*, browser=True):
    """Install what is missing under ``.local``; quick and offline when nothing is."""
    with locked("provision"):
        provide_python.provide()
        provide_odoo.provide(provide_python.PIP)
        provide_postgres.provide(provide_python.PIP)
        if browser:
            provide_browser.provide()


def environment():
    """The variables to run Odoo with; starts the embedded PostgreSQL if needed."""
    variables = dict(os.environ)
    folder = provide_odoo.odoo_folder()
    paths = [provide_python.VENV / "bin", provide_postgres.programs()]
    variables["PATH"] = os.pathsep.join([*map(str, paths), variables.get("PATH", "")])
    variables["PYTHONPATH"] = str(folder)
    variables["VIRTUAL_ENV"] = str(provide_python.VENV)
    variables["ODOO_RC"] = str(_configuration(folder))
    if not provide_postgres.is_external():
        variables |= provide_postgres.start()
    return variables


def odoo_command():
    """Odoo's command line, to be run in ``environment()``, which names its settings."""
    script = provide_odoo.odoo_script(provide_odoo.odoo_folder())
    return [str(provide_python.INTERPRETER), str(script)]


def addons():
    """The names of our own addons."""
    return sorted(path.parent.name for path in ADDONS.glob("*/__manifest__.py"))


def data_folder():
    """Odoo's files (filestore, sessions) that belong to the databases of this server.

    Each server has its own: two databases of one name must not share their files.
    """
    if provide_postgres.is_external():
        return LOCAL / f"data-{provide_postgres.external_name()}"
    return LOCAL / "data"


def _configuration(folder):
    """Odoo's settings file, written anew when they changed."""
    # Odoo refuses a folder without addons.
    folders = [*([ADDONS] if addons() else []), *provide_odoo.core_addons(folder)]
    text = (
        "[options]\n"
        f"addons_path = {','.join(map(str, folders))}\n"
        f"data_dir = {data_folder()}\n"
        "http_interface = 127.0.0.1\n"
    )
    path = data_folder() / "odoo.conf"
    if not path.exists() or path.read_text() != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return path


def become(command):
    """Replace this process by ``command``, run in the environment."""
    try:
        os.execvpe(command[0], command, environment())
    except FileNotFoundError as error:
        raise Failure(f"There is no program {command[0]}.") from error


if __name__ == "__main__":
    with one_line_failures():
        provision(browser=False)
        become(sys.argv[1:] or [os.environ.get("SHELL", "sh")])
