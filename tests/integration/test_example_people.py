"""The example company's people come where Odoo's *Employees* is installed."""

IMPORT = """
from odoo.tests import new_test_user
clerk = new_test_user(env, "counter", email="clerk@example.com")
example = env["rental.example"]
imported = example._load_staff()
people = env["hr.employee"].browse(imported["hr.employee"])
departments = env["hr.department"].browse(imported["hr.department"])
answer({
    "people": len(people),
    "departments": len(departments),
    "companies": people.company_id.ids == env.company.ids,
    "led by one of their own": [
        one.manager_id.department_id == one for one in departments
    ],
    "directors": people.filtered(lambda one: not one.parent_id).mapped("name"),
    "users": people.filtered("user_id").mapped("name"),
    "contact of the user": clerk.employee_id.work_contact_id == clerk.partner_id,
    "once more": example._load_staff(),
})
"""


def test_people_are_imported_once(make_database, shell):
    database = make_database("ready")
    assert shell(database, IMPORT) == {
        "people": 25,
        "departments": 5,
        "companies": True,
        "led by one of their own": [True] * 5,
        "directors": ["Mira Manager"],
        "users": ["Clara Clerk"],
        "contact of the user": True,
        "once more": {},
    }
