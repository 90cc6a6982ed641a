"""The demo's database: made once, updated when our addons' sources change."""

import hashlib
import json
import shutil
import subprocess

import odoo_run
from common import Failure, say
from environment import ADDONS, addons, data_folder
from provide_postgres import query

NAME = "demo"
BUILDING = "demo_building"
# Compiling bundles takes the first page up to a minute; the last two are loaded on
# demand by calendars, charts and the like.
PREPARE_BUNDLES = """
bundles = env["ir.qweb"]
bundles._pregenerate_assets_bundles()
for name in ("web.assets_backend_lazy", "web.assets_backend_lazy_dark"):
    bundle = bundles._get_asset_bundle(name)
    bundle.js(), bundle.css()
env.cr.commit()
"""
USERS = """
SELECT u.login, u.login, p.name, coalesce(
    string_agg(
        DISTINCT concat_ws(': ', v.name->>'en_US', g.name->>'en_US'), ', '
    ) FILTER (WHERE g.id IS NOT NULL),
    CASE WHEN u.share THEN 'Customer in the portal'
         WHEN u.login = 'admin' THEN 'Administrator' ELSE 'Employee' END)
FROM res_users u
JOIN res_partner p ON p.id = u.partner_id
JOIN ir_model_data d ON d.model = 'res.users' AND d.res_id = u.id
 AND d.module IN ({modules}, 'base')
LEFT JOIN (
    res_groups_users_rel r
    JOIN res_groups g ON g.id = r.gid
    JOIN ir_model_data gd ON gd.model = 'res.groups' AND gd.res_id = g.id
     AND gd.module IN ({modules})
    LEFT JOIN res_groups_privilege v ON v.id = g.privilege_id
) ON r.uid = u.id
WHERE u.active
GROUP BY u.id, p.name
ORDER BY u.login <> 'admin', u.share, u.id
"""


def needs_work(variables):
    """Is the database missing, or older than the sources of our addons?"""
    return _recorded(variables) != _sources()


def build_or_update(variables):
    """Bring the database to the present sources."""
    recorded = _recorded(variables)
    if recorded is None:
        _build(variables)
    else:
        _update(variables, recorded)


def drop(variables):
    """Remove the database and what an interrupted build left."""
    for name in (NAME, BUILDING):
        command = ["dropdb", "--if-exists", "--force", name]
        _client(variables, command, "Stop what still uses it.")
        shutil.rmtree(_filestore(name), ignore_errors=True)


def users(variables):
    """Rows (login, password, name, role): demo users' password is their login."""
    modules = ", ".join(f"'{name}'" for name in addons()) or "''"
    return query(variables, USERS.format(modules=modules), NAME)


def _filestore(database):
    return data_folder() / "filestore" / database


def _build(variables):
    """Install everything under another name, so that half a demo is never served."""
    drop(variables)
    sources = _sources()
    if not sources:
        say("There are no addons yet: the demo is Odoo alone.")
    say("Creating the database …")
    create = ["createdb", "-T", "template0", "-E", "UTF8", BUILDING]
    _client(variables, create, "Is the disk full?")
    _install(variables, BUILDING, ["-i", ",".join(sources or ["web"])])
    _filestore(BUILDING).rename(_filestore(NAME))
    query(variables, f"ALTER DATABASE {BUILDING} RENAME TO {NAME}")
    _record(variables, sources)


def _update(variables, recorded):
    """Update the addons whose sources changed, install the new ones."""
    sources = _sources()
    changed = [
        name for name in sources if recorded.get(name) not in (None, sources[name])
    ]
    new = [name for name in sources if name not in recorded]
    if gone := sorted(set(recorded) - set(sources)):
        say(f"Gone but still in the database: {', '.join(gone)} (make demo FRESH=1).")
    options = []
    if changed:
        say(f"Changed since the last time: {', '.join(changed)}")
        options += ["-u", ",".join(changed)]
    if new:
        say(f"New: {', '.join(new)}")
        options += ["-i", ",".join(new)]
    if options:
        _install(variables, NAME, options)
    _record(variables, sources)


def _install(variables, database, options):
    hint = "Mend the addon and run make demo again."
    options = ["-d", database, *options, "--with-demo", "--stop-after-init"]
    odoo_run.install(variables, options, log="demo-install", hint=hint)
    _check_installed(variables, database)
    say("Building the web client's bundles …")
    odoo_run.script(variables, database, PREPARE_BUNDLES, log="demo-bundles", hint=hint)


def _check_installed(variables, database):
    """Odoo only warns about an addon it cannot install."""
    rows = query(
        variables,
        "SELECT name FROM ir_module_module WHERE state = 'installed'",
        database,
    )
    absent = set(_sources()) - {name for (name,) in rows}
    if absent:
        raise Failure(
            f"Odoo did not install {', '.join(sorted(absent))}: see"
            f" {odoo_run.log_path('demo-install')} for its reason."
        )


# Which sources the database was made from stands in the database's own comment.


def _recorded(variables):
    """{addon: fingerprint} of the last success, or None when there is no database."""
    rows = query(
        variables,
        "SELECT coalesce(shobj_description(oid, 'pg_database'), '{}')"
        f" FROM pg_database WHERE datname = '{NAME}'",
    )
    return json.loads(rows[0][0]) if rows else None


def _record(variables, sources):
    query(variables, f"COMMENT ON DATABASE {NAME} IS '{json.dumps(sources)}'")


def _sources():
    """{module: fingerprint} of all that belongs into the database."""
    return {name: _fingerprint(ADDONS / name) for name in addons()}


def _fingerprint(addon):
    digest = hashlib.sha256()
    for path in sorted(addon.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(str(path.relative_to(addon)).encode() + b"\0")
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _client(variables, command, hint):
    done = subprocess.run(command, env=variables, capture_output=True, text=True)
    if done.returncode:
        raise Failure(f"{done.stderr.strip().splitlines()[-1]}. {hint}")
