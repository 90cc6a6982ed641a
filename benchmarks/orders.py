#!/usr/bin/env python3
"""What a rental order costs beyond core's sale order: confirming, and moving the goods.

An order of 20 items is confirmed and handed over, in turns with a sale order of 20
storable products that is confirmed and delivered, all in one run and by the same clerk.
Each step is one transaction from a cold cache, as a request to a server.
"""

import os
import time
from collections import defaultdict
from datetime import datetime, timedelta
from statistics import median
from typing import NamedTuple

import environment
from common import LOCAL
from gate.databases import PREFIX, Databases
from gate.templates import Templates
from odoo_process import bootstrap

LINES = 20
ROUNDS = int(os.environ.get("ROUNDS", "9"))
WARM_UP = 2
CLERK = "equipment_rental.equipment_rental_group_user"


class Cost(NamedTuple):
    """One step: its SQL queries and its seconds."""

    queries: int
    seconds: float


def main():
    variables = dict(os.environ)
    databases = Databases(variables)
    ready = Templates(variables, environment.addons()).ready()
    name = databases.clone(ready, f"{PREFIX}_bench_orders")
    try:
        registry = bootstrap(name, LOCAL / "log" / "bench.log")
        with registry.cursor() as cursor:
            measure(Shop(cursor))
    finally:
        databases.drop(name)


def measure(shop):
    costs = defaultdict(list)
    for turn in range(ROUNDS + WARM_UP):
        for lines in (1, LINES):
            for step, cost in shop.play(turn, lines):
                if turn >= WARM_UP:
                    costs[step, lines].append(cost)
    print(
        f"\nMedian of {ROUNDS}; queries of {LINES} lines, and of each line beyond one"
    )
    for title, steps in STEPS.items():
        print(f"  {title}")
        floor = middle(costs[steps[0], LINES])
        for step in steps:
            show(step, middle(costs[step, 1]), middle(costs[step, LINES]), floor)


def middle(costs):
    return Cost(*(median(values) for values in zip(*costs, strict=True)))


def show(step, one, many, floor):
    beyond = (many.queries - one.queries) / (LINES - 1)
    print(
        f"    {step:<36} {many.queries:4.0f} queries {beyond:5.1f} per line"
        f" {many.queries / floor.queries:4.1f} x {many.seconds * 1000:9.1f} ms"
        f" {many.seconds / floor.seconds:4.1f} x"
    )


STEPS = {
    "confirm": ["sale order", "rental order"],
    "move the goods": [
        "delivery of a sale",
        "delivery of a sale, serial numbers",
        "hand-over of a rental",
        "hand-over, serial numbers",
        "return, serial numbers",
    ],
}
"""What is compared; the first of each is core's own, the floor."""


class Shop:
    """Items, a clerk, and what the clerk does with them."""

    def __init__(self, cursor):
        from odoo import SUPERUSER_ID, api
        from odoo.tests import new_test_user

        env = api.Environment(cursor, SUPERUSER_ID, {})
        self.yard = env["stock.warehouse"].create({"name": "Bench", "code": "BENCH"})
        self.customer = env["res.partner"].create({"name": "Bench Customer"})
        self.loose = [self._item(env, n, "none") for n in range(LINES)]
        self.serial = [self._item(env, n, "serial") for n in range(LINES)]
        clerk = new_test_user(env, "bench_clerk", CLERK)
        env.cr.commit()
        self.env = api.Environment(cursor, clerk.id, {})

    def _item(self, env, number, tracking):
        """An item with more pieces than all turns take."""
        item = env["product.product"].create(
            {
                "name": f"Item {number} {tracking}",
                "is_storable": True,
                "tracking": tracking,
                "rent_ok": True,
                "rental_price_day": 10,
            }
        )
        numbers = range(8 * (ROUNDS + WARM_UP)) if tracking == "serial" else ()
        lots = env["stock.lot"].create(
            [
                {"name": f"{item.id}-{number}", "product_id": item.id}
                for number in numbers
            ]
        )
        env["stock.quant"].with_context(inventory_mode=True).create(
            [
                {
                    "product_id": item.id,
                    "location_id": self.yard.lot_stock_id.id,
                    "lot_id": lot and lot.id,
                    "inventory_quantity": 1 if lot else 1000,
                }
                for lot in lots or [False]
            ]
        ).action_apply_inventory()
        return item.id

    def play(self, turn, lines):
        """One turn of every step: ``(step, cost)``."""
        for tracked, items in (("", self.loose), (", serial numbers", self.serial)):
            sale = self.order(items[:lines])
            yield "sale order" + tracked, self.cost(sale.action_confirm)
            delivery = sale.picking_ids
            delivery.move_ids.picked = True
            yield "delivery of a sale" + tracked, self.cost(delivery.button_validate)
            rental = self.order(items[:lines], turn)
            yield "rental order" + tracked, self.cost(rental.action_confirm)
            moved = "hand-over" if tracked else "hand-over of a rental"
            window = self.window(rental.action_rental_hand_over())
            for row in window.line_ids.filtered(lambda row: row.tracking == "serial"):
                row.lot_ids = row.available_lot_ids[:1]
            yield moved + tracked, self.cost(window.action_hand_over)
            window = self.window(rental.action_rental_take_back())
            yield "return" + tracked, self.cost(window.action_take_back)

    def order(self, items, turn=None):
        """A sale order of these items, or a rental order from now on."""
        now = datetime.now().replace(microsecond=0)
        vals = {
            "partner_id": self.customer.id,
            "warehouse_id": self.yard.id,
            "order_line": [
                (0, 0, {"product_id": item, "product_uom_qty": 1}) for item in items
            ],
        }
        if turn is not None:
            vals |= {
                "is_rental_order": True,
                "rental_start": now,
                "rental_stop": now + timedelta(days=1),
            }
        order = self.env["sale.order"].create(vals)
        if turn is not None:
            order.action_rental_new_project()
        return order

    def window(self, action):
        return self.env[action["res_model"]].browse(action["res_id"])

    def cost(self, step):
        """What one transaction costs, from a cold cache."""
        self.env.cr.commit()
        self.env.invalidate_all()
        queries, began = self.env.cr.sql_log_count, time.perf_counter()
        step()
        self.env.cr.commit()
        return Cost(self.env.cr.sql_log_count - queries, time.perf_counter() - began)


if __name__ == "__main__":
    main()
