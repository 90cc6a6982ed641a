"""The gate's databases: clones are whole, and what killed runs left behind goes."""

import subprocess

import pytest
from gate.databases import PREFIX, DatabaseError

ATTACH = "env['ir.attachment'].create({'name': 'x', 'raw': b'kept'})\nenv.cr.commit()\n"
READ = "answer(env['ir.attachment'].search([('name', '=', 'x')]).raw.decode())\n"


def test_clone_carries_rows_and_files(make_database, databases, shell):
    source = make_database("core")
    shell(source, ATTACH)
    clone = make_database("empty")
    databases.drop(clone)
    databases.clone(source, clone)
    databases.drop(source)
    assert shell(clone, READ) == "kept"


def test_abandoned_databases_go(databases, make_database):
    ended = subprocess.Popen(["true"])
    ended.wait()
    abandoned = databases.create(f"{PREFIX}_run{ended.pid}_x")
    alive = make_database("empty")
    databases.drop_abandoned()
    assert abandoned not in databases.names()
    assert alive in databases.names()


def test_failure_says_what_postgresql_said(databases):
    with pytest.raises(DatabaseError, match="no_such_template"):
        databases.clone("no_such_template", f"{PREFIX}_never")
