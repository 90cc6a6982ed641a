"""The example company's files hold together, also where Odoo lacks *Employees*."""

import csv
from collections import Counter

import demo_database
import pytest
from environment import ROOT

FOLDER = ROOT / "addons/equipment_rental/demo/example"
FILES = sorted(FOLDER.glob("*.csv"))


def rows(model):
    with (FOLDER / f"{model}.csv").open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_file_is_well_formed(path):
    """As many values as columns, no external id twice, none of another kind."""
    with path.open(encoding="utf-8", newline="") as text:
        header, *lines = csv.reader(text)
    assert {len(line) for line in lines} == {len(header)}
    if "id" in header:
        names = [line[header.index("id")] for line in lines]
        assert [name for name, times in Counter(names).items() if times > 1] == []


def test_readme_names_the_files():
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    table = [line for line in readme.splitlines() if ".csv`" in line]
    assert sorted(line.split("`")[1] for line in table) == [one.name for one in FILES]


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
