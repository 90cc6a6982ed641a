"""What the tests of many clerks at once share: a shop, and what became of its orders.

Everything is read past Odoo, in plain SQL: it must not trust what it is to judge.
"""

from ledger_load import read_rows

CLERKS = 16
LAST = 3
"""Pieces of the lift that are left for all of them."""

MAKE_SHOP = (
    f"CLERKS, LAST = {CLERKS}, {LAST}"
    + """
from datetime import datetime, timedelta
from odoo.fields import Command
from odoo.tests import new_test_user

START = datetime.now().replace(hour=8, minute=0, second=0, microsecond=0)
START += timedelta(days=7)
yard = env["stock.warehouse"].create({"name": "Race Yard", "code": "RACE"})

def make_item(name, pieces, lots=()):
    item = env["product.product"].create({
        "name": name, "is_storable": True, "rent_ok": True, "rental_price_day": 10,
        "tracking": "serial" if lots else "none", "taxes_id": [Command.clear()],
    })
    numbers = env["stock.lot"].create(
        [{"name": lot, "product_id": item.id} for lot in lots]
    )
    env["stock.quant"].with_context(inventory_mode=True).create([
        {"product_id": item.id, "location_id": yard.lot_stock_id.id,
         "lot_id": lot and lot.id, "inventory_quantity": 1 if lot else pieces}
        for lot in numbers or [False]
    ]).action_apply_inventory()
    return item

def make_order(user, name, *items):
    partner = env["res.partner"].create({"name": name})
    # A project of its own that has no account yet: confirming makes one.
    project = env["project.project"].create({"name": name, "partner_id": partner.id})
    return env["sale.order"].with_user(user).create({
        "is_rental_order": True, "partner_id": partner.id, "warehouse_id": yard.id,
        "project_id": project.id, "rental_start": START,
        "rental_stop": START + timedelta(days=1), "client_order_ref": name,
        "order_line": [
            Command.create({"product_id": item.id, "product_uom_qty": quantity})
            for item, quantity in items
        ],
    })

group = "equipment_rental.equipment_rental_group_user"
clerks = [
    new_test_user(env, f"race_clerk_{number}", group) for number in range(CLERKS)
]
cable = make_item("Race Cable", 1000)
lift = make_item("Race Lift", CLERKS)
drill = make_item("Race Drill", 0, [f"R-{number}" for number in range(CLERKS)])
for number, clerk in enumerate(clerks):
    # Half of them have the items in the other order: nobody may wait in a circle.
    lines = [(lift, 1), (cable, 2)][:: 1 if number % 2 else -1]
    make_order(clerk, f"wants a lift {number}", *lines)
    order = make_order(clerk, f"wants the drill {number}", (drill, 1), (cable, 1))
    order.action_confirm()
make_order(clerks[0], "has the other lifts", (lift, CLERKS - LAST)).action_confirm()
env.cr.commit()
"""
)

TRACES = {
    "order": "SELECT state, rental_status, locked FROM sale_order WHERE id = %s",
    "lines": """SELECT id, rental_qty_reserved, rental_qty_out, qty_delivered,
                       analytic_distribution::text
                  FROM sale_order_line WHERE order_id = %s ORDER BY id""",
    "ledger": """SELECT a.root_id, a.resource_id, a.quantity, a.state
                   FROM resource_allocation a JOIN sale_order_line l ON l.id = a.res_id
                  WHERE a.res_model = 'sale.order.line' AND l.order_id = %s
                  ORDER BY a.id""",
    "account": """SELECT p.account_id FROM sale_order o
                    JOIN project_project p ON p.id = o.project_id WHERE o.id = %s""",
    "transfers": """SELECT id, state FROM stock_picking WHERE sale_id = %s""",
    "messages": """SELECT id FROM mail_message
                    WHERE model = 'sale.order' AND res_id = %s ORDER BY id""",
    "activities": """SELECT id FROM mail_activity
                      WHERE res_model = 'sale.order' AND res_id = %s""",
    "deposits": "SELECT id FROM rental_deposit WHERE order_id = %s",
}
"""What an order leaves behind, and a request that was refused must not."""

STRAYS = {
    "mails": "SELECT count(*) FROM mail_mail",
    "accounts": """SELECT count(*) FROM account_analytic_account a WHERE NOT EXISTS
                   (SELECT FROM project_project p WHERE p.account_id = a.id)""",
    "moves": """SELECT count(*) FROM stock_move
                 WHERE picking_id IS NULL AND NOT is_inventory""",
    "rows": """SELECT count(*) FROM resource_allocation a
                WHERE a.res_model = 'sale.order.line' AND NOT EXISTS
                (SELECT FROM sale_order_line l WHERE l.id = a.res_id)""",
    # Where somebody else has a quant locked, core writes another one and merges them
    # later: only their sum says what is there.
    "negative stock": """SELECT count(*) FROM (
        SELECT FROM stock_quant q JOIN stock_location l ON l.id = q.location_id
         WHERE l.usage = 'internal'
         GROUP BY q.product_id, q.location_id, q.lot_id HAVING sum(q.quantity) < 0
        ) short""",
}
"""What belongs to no order and would have been left by a half-done one."""


def orders(database, wish):
    """``[(order, clerk)]`` whose customer has that wish, in the clerks' order."""
    return read_rows(
        database,
        "SELECT id, create_uid FROM sale_order WHERE client_order_ref LIKE %s"
        " ORDER BY id",
        f"{wish} %",
    )


def traces(database, order):
    """What the order has left behind so far."""
    return {name: read_rows(database, sql, order) for name, sql in TRACES.items()}


def strays(database):
    return {name: read_rows(database, sql) for name, sql in STRAYS.items()}
