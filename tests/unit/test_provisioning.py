"""The tools that install things: what they take for whole, for theirs, for an error."""

import re
import socket

import check_odoo
import common
import demo_database
import provide_postgres
import provide_python
import pytest


@pytest.fixture
def no_server(monkeypatch, tmp_path):
    """Nobody names a server, and none was ever made here."""
    monkeypatch.setattr(provide_postgres, "home", lambda: tmp_path)
    for name in provide_postgres.EXTERNAL:
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_every_requirement_is_pinned_and_from_no_special_place():
    for path in provide_python.REQUIREMENTS:
        for line in path.read_text().splitlines():
            if line and not line.startswith("#"):
                assert re.fullmatch(r"[\w.-]+==[\w.]+( ; python_version .*)?", line)


def test_a_named_server_wins(no_server, monkeypatch):
    assert not provide_postgres.is_external()
    monkeypatch.setenv("PGHOST", "db.example.com")
    monkeypatch.setenv("PGPORT", "5433")
    assert provide_postgres.is_external()
    assert provide_postgres.external_name() == "db-example-com-5433"


def test_a_command_inside_another_knows_the_embedded_server(no_server, monkeypatch):
    (no_server / "password").write_text("ours")
    monkeypatch.setenv("PGHOST", "127.0.0.1")
    monkeypatch.setenv("PGPASSWORD", "ours")
    assert not provide_postgres.is_external()
    monkeypatch.setenv("PGPASSWORD", "theirs")
    assert provide_postgres.is_external()


def test_a_dead_server_is_not_taken_for_running(no_server):
    data = no_server / "data"
    data.mkdir()
    assert provide_postgres._running_port(data) is None
    # Process 1 lives, but it is not ours.
    (data / "postmaster.pid").write_text("1\n/x\n1\n5432\n\n127.0.0.1\n0 0\nready\n")
    assert provide_postgres._running_port(data) is None


def test_a_taken_port_is_passed_over():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert common.free_port(port) != port
    assert common.free_port(port) == port


def test_a_half_made_folder_is_never_found(tmp_path):
    wanted = tmp_path / "odoo"
    (common.fresh(wanted) / "half").touch()
    assert not wanted.exists()
    building = common.fresh(wanted)
    assert not list(building.iterdir())
    common.publish(building, wanted)
    assert wanted.is_dir()
    assert not building.exists()


def test_the_telling_line_of_a_log_is_found(tmp_path):
    log = tmp_path / "log"
    log.write_text("Get:1 x\nE: Unable to fetch some archives.\nReading lists\n")
    assert common.last_words(log) == "E: Unable to fetch some archives."
    log.write_text("Traceback\n  File x\nodoo.exceptions.UserError: no\n INFO bye\n")
    assert common.last_words(log) == "odoo.exceptions.UserError: no"


def _addon(folder, manifest, *files):
    addon = folder / "study"
    for name in files:
        (addon / name).parent.mkdir(parents=True, exist_ok=True)
        (addon / name).touch()
    addon.mkdir(exist_ok=True)
    (addon / "__manifest__.py").write_text(repr(manifest))
    return addon


def test_missing_bundle_files_and_broken_links_are_refused(tmp_path):
    assets = ["study/static/a.js", ("after", "x", "study/static/b.js"), "study/**/*"]
    assets += [("include", "other"), ("remove", "study/static/gone.js"), "other/c.js"]
    manifest = {"assets": {"web.assets_backend": assets}}
    addon = _addon(tmp_path, manifest, "static/a.js")
    with pytest.raises(common.Failure, match=r"0 broken links, 1 missing.*b\.js"):
        check_odoo.check([tmp_path])
    (addon / "static/b.js").touch()
    check_odoo.check([tmp_path])
    (addon / "static/font.otf").symlink_to("../nowhere.otf")
    with pytest.raises(common.Failure, match="1 broken links, 0 missing"):
        check_odoo.check([tmp_path])


def test_the_demo_sees_changed_sources_only(tmp_path):
    addon = _addon(tmp_path, {}, "models/room.py", "__pycache__/room.pyc")
    before = demo_database._fingerprint(addon)
    (addon / "__pycache__/room.pyc").write_text("compiled")
    assert demo_database._fingerprint(addon) == before
    (addon / "models/room.py").write_text("# changed")
    assert demo_database._fingerprint(addon) != before
