"""The example company's files hold together, also where Odoo lacks *Employees*."""

import ast
import csv
from collections import Counter

import demo_database
import pytest
from environment import ROOT

FOLDER = ROOT / "addons/equipment_rental/demo/example"
ROOMS = ROOT / "addons/room_booking/demo/example"
FILES = sorted(path for folder in (FOLDER, ROOMS) for path in folder.glob("*.csv"))


def name_of(path):
    return f"{path.parents[2].name}/{path.stem}"


def read(path):
    """Header and rows of a file."""
    with path.open(encoding="utf-8", newline="") as text:
        header, *lines = csv.reader(text)
    return header, lines


def column(path, name):
    """What stands in a column, where something does."""
    header, lines = read(path)
    if name not in header:
        return []
    return [line[header.index(name)] for line in lines if line[header.index(name)]]


def rows(model, folder=FOLDER):
    with (folder / f"{model}.csv").open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_file_is_well_formed(path):
    """As many values as columns, no external id twice, none of another kind."""
    header, lines = read(path)
    assert {len(line) for line in lines} == {len(header)}
    assert [name for name, times in Counter(header).items() if times > 1] == []
    names = column(path, "id")
    assert [name for name, times in Counter(names).items() if times > 1] == []


@pytest.mark.parametrize("folder", (FOLDER, ROOMS), ids=lambda one: one.parts[-3])
def test_external_ids_are_of_one_record(folder):
    """Also those of another example: both may be in one database."""
    others = [path for path in FILES if path.parent != folder]
    ours = {name for path in folder.glob("*.csv") for name in column(path, "id")}
    assert not ours & {name for path in others for name in column(path, "id")}


@pytest.mark.parametrize("folder", (FOLDER, ROOMS), ids=lambda one: one.parts[-3])
def test_readme_names_the_files(folder):
    readme = (folder / "README.md").read_text(encoding="utf-8")
    table = [line for line in readme.splitlines() if ".csv`" in line and "|" in line]
    named = [line.split("`")[1] for line in table]
    assert sorted(named) == sorted(one.name for one in folder.glob("*.csv"))


def test_rooms_are_imported_in_the_order_of_the_readme():
    """What a file names is in a file before it, or further up in itself."""
    readme = (ROOMS / "README.md").read_text(encoding="utf-8")
    table = [line for line in readme.splitlines() if line.startswith("| ")]
    order = [line.split("`")[1] for line in table if ".csv`" in line]
    source = ROOT / "addons/room_booking/models/room_example.py"
    catalogue = next(
        ast.literal_eval(node.value)
        for node in ast.parse(source.read_text(encoding="utf-8")).body
        if isinstance(node, ast.Assign) and node.targets[0].id == "CATALOGUE"
    )
    assert order == [f"{model}.csv" for model in catalogue]
    known = set()
    for model in catalogue:
        for row in rows(model, ROOMS):
            for name, value in row.items():
                if name.endswith("/id") and not name.startswith("attendance_ids/"):
                    assert set(filter(None, value.split(","))) <= known, (model, name)
            known.add(row["id"])


def test_services_of_the_readme():
    readme = (ROOMS / "README.md").read_text(encoding="utf-8").lower()
    for service in rows("room.service", ROOMS):
        assert service["name"].lower() in readme


def test_employees_have_a_department_a_manager_and_a_mail():
    departments = {row["id"] for row in rows("hr.department")}
    people = rows("hr.employee")
    assert (len(departments), len(people)) == (5, 25)
    assert {person["department_id/id"] for person in people} == departments
    assert len({person["work_email"] for person in people}) == len(people)
    seen = set()
    for person in people:
        assert person["name"] and person["job_title"]
        assert person["work_email"].endswith("@example.com")
        # Who is imported later cannot be named yet; only the director has no manager.
        assert person["parent_id/id"] in (seen or {""})
        seen.add(person["id"])


def test_one_in_each_department_leads_it():
    """That is whose own manager is in another department, or nobody."""
    people = {person["id"]: person for person in rows("hr.employee")}
    leads = Counter(
        person["department_id/id"]
        for person in people.values()
        if not (manager := person["parent_id/id"])
        or people[manager]["department_id/id"] != person["department_id/id"]
    )
    assert set(leads.values()) == {1}


def test_projects_belong_to_customers():
    customers = {row["id"] for row in rows("res.partner")}
    projects = rows("project.project")
    assert len(projects) in (4, 5)
    assert {row["partner_id/id"] for row in projects} <= customers


def test_demo_without_addons_is_odoo_alone(monkeypatch):
    monkeypatch.setattr(demo_database, "addons", list)
    assert demo_database._sources() == {}
