"""What the fuzz is let loose on: two companies with everything, a user of each role.

Whatever free text a record has, ours or of Odoo's, becomes a *canary*: a word that
stands nowhere else. So an answer tells which records it was made from.
"""

import contextlib
import itertools
from datetime import datetime, timedelta

ROLES = {
    "employee": "base.group_user",
    "boss": "base.group_user",
    "booker": "resource_allocation.resource_allocation_group_user",
    "resources manager": "resource_allocation.resource_allocation_group_manager",
    "storekeeper": "equipment_rental.equipment_rental_group_storekeeper",
    "clerk": "equipment_rental.equipment_rental_group_user",
    "rental manager": "equipment_rental.equipment_rental_group_manager",
    "accountant": "equipment_rental.equipment_rental_group_accountant",
    "lender": "resource_lending.lending_group_officer",
    "lending administrator": "resource_lending.lending_group_manager",
    "hr": "hr.group_hr_user",
    "portal": "base.group_portal",
}
COMPANIES = ("Here", "There")
CORE_MODELS = (
    "res.partner", "hr.employee", "hr.department", "sale.order", "sale.order.line",
    "stock.lot", "stock.picking", "project.project", "product.template",
    "resource.resource", "mail.message", "mail.activity", "maintenance.request",
)  # fmt: skip
CORE_TEXTS = {
    "name", "note", "comment", "client_order_ref", "description", "summary", "body",
    "rental_note",
}  # fmt: skip
# Texts that a program reads, or that are no text of a person.
NO_CANARY = {
    "code", "barcode", "access_token", "lending_token", "parent_path", "res_model",
    "owner_model", "tz", "holder_key", "model", "complete_name",
}  # fmt: skip
NOW = datetime.now().replace(microsecond=0)


def day(number):
    return NOW + timedelta(days=number)


def make_world(env):
    """Make companies, users and records, commit, and return what a client needs."""
    env = env(
        context={
            **env.context,
            "tracking_disable": True,
            "no_reset_password": True,
            "mail_create_nosubscribe": True,
        }
    )
    here = env.company
    here.name = COMPANIES[0]
    there = env["res.company"].create({"name": COMPANIES[1]})
    users = make_users(env)
    people = {name: user for name, user in users.items() if name != "portal"}
    fill_company(env, here, people)
    fill_company(env, there, {})
    env.flush_all()
    env.invalidate_all()
    canaries = let_canaries_loose(env)
    keys = {name: make_key(env, user) for name, user in users.items()}
    return {
        "users": {name: user.id for name, user in users.items()},
        "logins": {name: user.login for name, user in users.items()},
        "keys": keys,
        "canaries": canaries,
    }


def make_users(env):
    from odoo.tests import new_test_user

    return {
        name: new_test_user(
            env, f"fuzz_{name.replace(' ', '_')}", group, name=name.title()
        )
        for name, group in ROLES.items()
    }


def make_key(env, user):
    keys = env["res.users.apikeys"].with_user(user).sudo()
    return keys._generate("rpc", "fuzz", day(30))


def fill_company(env, company, people):
    """Everything there is in one company; ``people`` have logins there."""
    env = env(context={**env.context, "allowed_company_ids": company.ids})
    with contextlib.suppress(ImportError):
        env["account.chart.template"].try_loading(
            "generic_coa", company, install_demo=False
        )
    employees = make_employees(env, people)
    fill_ledger(env)
    fill_rental(env)
    fill_lending(env, employees)


def make_employees(env, people):
    department = env["hr.department"].create({"name": "Department"})
    boss = env["hr.employee"].create(
        {"name": "Boss", "user_id": people["boss"].id if people else False}
    )
    logins = [user for name, user in people.items() if name != "boss"]
    team = {"parent_id": boss.id, "department_id": department.id}
    return boss + env["hr.employee"].create(
        [
            *({"name": user.name, "user_id": user.id, **team} for user in logins),
            *({"name": f"Worker {number}", **team} for number in range(3)),
        ]
    )


def fill_ledger(env):
    room, drill, pool = env["resource.resource"].create(
        [
            {"name": "Room", "bookable": True, "resource_type": "material"},
            {"name": "Drill", "bookable": True, "release": "return"},
            {"name": "Chairs", "bookable": True, "exclusive": False, "capacity": 5},
        ]
    )
    guest = env["res.partner"].create({"name": "Guest", "company_id": env.company.id})
    rows = env["resource.allocation"].allocate(
        [
            {
                "resource_id": resource.id,
                "start": day(number),
                "stop": day(number + 1),
                "name": "Purpose",
                "partner_id": guest.id,
                **more,
            }
            for resource, number, more in (
                (room, 1, {}),
                (room, 5, {"state": "hold", "hold_until": day(3)}),
                (drill, 0, {}),
                (drill, 4, {}),
                (pool, 2, {"quantity": 3}),
                (room, 9, {"kind": "block"}),
                (pool, 9, {"kind": "supply"}),
            )
        ]
    )
    rows[2].hand_out()
    rows[3].cancel("No reason")


def fill_rental(env):
    from odoo.fields import Command

    company = env.company
    yard = env["stock.warehouse"].search([("company_id", "=", company.id)], limit=1)
    yard = yard or env["stock.warehouse"].create({"name": "Yard", "code": "YARD"})
    lift, saw = env["product.product"].create(
        [
            {
                "name": name,
                "is_storable": True,
                "rent_ok": True,
                "rental_price_day": 10,
                "tracking": tracking,
                "taxes_id": [Command.clear()],
                "company_id": company.id,
            }
            for name, tracking in (("Lift", "none"), ("Saw", "serial"))
        ]
    )
    lots = env["stock.lot"].create(
        [{"name": f"{company.name}-{n}", "product_id": saw.id} for n in range(3)]
    )
    env["stock.quant"].with_context(inventory_mode=True).create(
        [
            {
                "product_id": (lot or lift).id if not lot else saw.id,
                "location_id": yard.lot_stock_id.id,
                "lot_id": lot and lot.id,
                "inventory_quantity": 1 if lot else 20,
            }
            for lot in (*lots, False)
        ]
    ).action_apply_inventory()
    fee = env["product.product"].create({"name": "Fee", "type": "service"})
    env["rental.fee"].create(
        {"name": "Fee", "product_id": fee.id, "company_id": company.id}
    )
    for number, wished in enumerate(("draft", "option", "sale", "out", "back")):
        make_order(env, yard, lift + saw, number, wished)


def make_order(env, yard, items, number, wished):
    from odoo.fields import Command

    partner = env["res.partner"].create(
        {"name": "Customer", "comment": "Note", "company_id": env.company.id}
    )
    order = env["sale.order"].create(
        {
            "is_rental_order": True,
            "partner_id": partner.id,
            "warehouse_id": yard.id,
            "rental_start": day(2 * number + 1),
            "rental_stop": day(2 * number + 2),
            "client_order_ref": "Reference",
            "note": "Note",
            "order_line": [
                Command.create({"product_id": item.id, "product_uom_qty": 1})
                for item in items
            ],
        }
    )
    order.action_rental_new_project()
    if wished == "option":
        order._rental_place_option(day(2))
    if wished in ("sale", "out", "back"):
        order.action_confirm()
    if wished in ("out", "back"):
        window = opened(env, order.action_rental_hand_over())
        for line in window.line_ids.filtered(lambda row: row.tracking == "serial"):
            line.lot_ids = line.available_lot_ids[:1]
        window.action_hand_over()
    if wished == "back":
        opened(env, order.action_rental_take_back()).action_take_back()


def opened(env, action):
    """The record that a button opened."""
    return env[action["res_model"]].browse(action["res_id"])


def fill_lending(env, employees):
    things = make_things(env)
    loans = env["lending.loan"]
    visitor = env["res.partner"].create(
        {"name": "Visitor", "email": "v@example.com", "company_id": env.company.id}
    )
    number = itertools.count()
    for employee in employees:
        thing = things[next(number)]
        loans.hand_out_directly(
            [{"asset_id": thing.id, "employee_id": employee.id, "note": "Note"}]
        )
    held = loans.search([("asset_id", "in", things.ids)])
    held[0].recall(day(3), "Message")
    held[-1].take_back()
    loans.reserve(
        [
            {"asset_id": things[-1].id, "partner_id": visitor.id, "due_at": day(5),
             "sponsor_id": employees[0].id},
            {"asset_id": things[-2].id, "employee_id": employees[1].id},
        ]
    )  # fmt: skip
    make_documents(env, employees, things)


def make_things(env):
    category = env["lending.category"].create(
        {"name": "Category", "requestable": True, "approval": "manager"}
    )
    kind = env["lending.type"].create({"name": "Kind", "category_id": category.id})
    place = env["lending.place"].create({"name": "Place", "company_id": env.company.id})
    return env["lending.asset"].create(
        [
            {
                "name": "Thing",
                "code": f"{env.company.name}-{number}",
                "type_id": kind.id,
                "place_id": place.id,
                "company_id": env.company.id,
            }
            for number in range(30)
        ]
    )


def make_documents(env, employees, things):
    """Hand-overs to sign, changes, a stock-take, a kit, requests, a departure."""
    from odoo.fields import Command

    handovers = env["lending.handover"].create(
        [
            {
                "employee_id": employee.id,
                "note": "Remarks",
                "line_ids": [Command.create({"asset_id": thing.id})],
            }
            for employee, thing in zip(employees[:3], things[20:23], strict=True)
        ]
    )
    handovers[:2].confirm()
    env["lending.change"].create(
        {
            "date": day(0).date(),
            "reason": "Reason",
            "line_ids": [
                Command.create(
                    {"asset_id": things[1].id, "to_employee_id": employees[2].id}
                )
            ],
        }
    )
    env["lending.stocktake"].create({"note": "Note"}).action_fill()
    env["lending.kit"].create(
        {
            "name": "Kit",
            "pickup_place": "Reception",
            "company_id": env.company.id,
            "line_ids": [Command.create({"type_id": things[0].type_id.id})],
        }
    )
    env["lending.card"].create(
        {"name": "Card", "type_id": things[0].type_id.id, "company_id": env.company.id}
    )
    env["lending.inspection"].create({"asset_id": things[2].id, "note": "Note"})
    for employee in employees[:4]:
        env["lending.request"].create(
            {
                "employee_id": employee.id,
                "type_id": things[0].type_id.id,
                "date_from": day(3).date(),
                "date_to": day(4).date(),
                "reason": "Reason",
            }
        )
    env["lending.departure"]._begin(employees[-2], deadline=day(5).date())


# === CANARIES === #


def let_canaries_loose(env):
    """Turn each free text into a word of its own: ``{word: (model, id, field)}``."""
    words, number = {}, itertools.count(1)
    for model, field in canary_fields(env):
        table, column = env[model]._table, field.name
        env.cr.execute(
            f'SELECT id FROM "{table}" WHERE "{column}" IS NOT NULL ORDER BY id'  # noqa: S608
        )
        for (record_id,) in env.cr.fetchall():
            word = f"CANARY{next(number)}Z"
            words[word] = (model, record_id, column)
            value = "jsonb_build_object('en_US', %s)" if field.translate else "%s"
            env.cr.execute(
                f'UPDATE "{table}" SET "{column}" = {value} WHERE id = %s',  # noqa: S608
                (word, record_id),
            )
    env.invalidate_all()
    return words


def canary_fields(env):
    """The stored texts of persons, ours and those of the models we extend."""
    from odoo.tools import config  # noqa: F401 - Odoo is loaded

    own = own_addons()
    for name in sorted(env.registry):
        model = env[name]
        if model._abstract or not model._auto or model._transient:
            continue
        ours = model._original_module in own
        if not ours and name not in CORE_MODELS:
            continue
        for field in model._fields.values():
            if field.type not in ("char", "text", "html") or not field.column_type:
                continue
            if not field.store or field.inherited or field.name in NO_CANARY:
                continue
            if ours or field.name in CORE_TEXTS:
                yield name, field


def own_addons():
    from environment import addons

    return set(addons())
