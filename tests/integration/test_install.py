"""What happens to a database when our addons come, change and go."""

import polib
import pytest
from environment import ROOT, addons
from gate.databases import run_name
from gate.places import LOGS
from gate.sources import own_closure
from gate.texts import export_texts

NAMES = addons()
# One line per thing that SQL can see in the public schema. Sequences and the like come
# and go with their tables.
CATALOGUE = """
    SELECT 'column ' || table_name || '.' || column_name || ' ' || data_type
      FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL
    SELECT 'constraint ' || conrelid::regclass || ' ' || conname || ' '
           || pg_get_constraintdef(oid)
      FROM pg_constraint
     WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
    UNION ALL
    SELECT 'trigger ' || pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL
    SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL
    SELECT 'function ' || oid::regprocedure || ' ' || md5(prosrc)
      FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'type ' || typname FROM pg_type
     WHERE typnamespace = 'public'::regnamespace AND typtype IN ('d', 'e')
     ORDER BY 1
"""


@pytest.fixture
def catalogue(databases):
    """All that a database's catalogue says: ``catalogue(database)`` is a set."""
    return lambda database: set(databases.query(CATALOGUE, database).splitlines())


@pytest.fixture(scope="module")
def grown(databases):
    """Databases with one of our addons and what it stands on: by its name."""
    made = {}
    yield made
    for database in made.values():
        databases.drop(database)


@pytest.mark.parametrize("name", own_closure(NAMES, NAMES))
def test_installs_on_what_its_manifest_names(name, grown, databases, run_odoo):
    """In the other steps everything is there; here a missing dependency shows.

    It comes to the database of one that it stands on, where there is one: to nothing
    that it does not name.
    """
    *others, _itself = own_closure([name], NAMES)
    under = max(
        (other for other in others if other in grown),
        key=lambda other: len(own_closure([other], NAMES)),
        default=None,
    )
    database = run_name(name)
    if under:
        databases.clone(grown[under], database)
    else:
        databases.create(database)
    grown[name] = database
    run_odoo(database, "-i", name, "--no-http")


def test_installs_as_users_do(make_database, run_odoo):
    """With the example data, and with all that Odoo installs by itself beside us."""
    database = make_database("empty")
    names = ",".join(NAMES)
    run_odoo(database, "-i", names, "--with-demo", "--no-http", auto_install=True)


def test_upgrade_changes_nothing(make_database, run_odoo, catalogue):
    database = make_database("ready")
    before = catalogue(database)
    run_odoo(database, "-u", ",".join(NAMES), "--no-http")
    changed = catalogue(database) ^ before
    assert not changed, "\n".join(sorted(changed))


def test_uninstall_leaves_nothing(make_database, shell, catalogue):
    database = make_database("ready")
    shell(
        database,
        f"addons = env['ir.module.module'].search([('name', 'in', {NAMES})])\n"
        "addons.button_immediate_uninstall()\n"
        "env.cr.commit()\n",
    )
    left = shell(
        database,
        f"named = [('module', 'in', {NAMES})]\n"
        "answer(env['ir.model.data'].search(named).mapped('complete_name'))\n",
    )
    assert left == []
    left = catalogue(database) - catalogue(make_database("core"))
    assert not left, "\n".join(sorted(left))


@pytest.mark.parametrize("name", NAMES)
def test_catalogue_of_texts_is_up_to_date(name, templates, variables, log_name):
    """``python3 tools/export_texts.py`` writes them anew."""
    committed = ROOT / "addons" / name / "i18n" / f"{name}.pot"
    assert committed.exists(), f"{committed.relative_to(ROOT)} is missing"
    exported, log = LOGS / f"{name}.pot", log_name("integration")
    done = export_texts(variables, templates.ready(), name, exported, log)
    assert done.code == 0, done.tail()
    assert _texts(committed) == _texts(exported)


def _texts(path):
    """What a catalogue says; its header holds dates and versions."""
    return sorted(
        (entry.msgid, entry.comment, tuple(sorted(entry.occurrences)))
        for entry in polib.pofile(str(path))
    )
