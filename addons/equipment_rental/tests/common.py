from datetime import datetime, timedelta

from odoo.fields import Command
from odoo.tests import new_test_user

from odoo.addons.base.tests.common import BaseCommon

NOW = "2026-03-02 08:00:00"
"""A Monday morning; all times of the tests are around it, in UTC."""
CLERK = "equipment_rental.equipment_rental_group_user"
MANAGER = "equipment_rental.equipment_rental_group_manager"


def at(day, hour=8):
    """An instant ``day`` days after Monday 2 March 2026, in UTC."""
    return datetime(2026, 3, 2, hour) + timedelta(days=day)


class RentalFactory:
    """What rental tests make: a company with two depots, items, people, orders."""

    @classmethod
    def _set_up_rental(cls):
        cls.env.company.resource_calendar_id = cls.env["resource.calendar"].create(
            {"name": "Counter", "tz": "Europe/Prague"}
        )
        # As the settings would with the second one, which takes them seconds.
        cls.env.ref("base.group_user").implied_ids += cls.env.ref(
            "stock.group_stock_multi_warehouses"
        ) + cls.env.ref("stock.group_stock_multi_locations")
        cls.north, cls.south = cls.env["stock.warehouse"].create(
            [
                {"name": "North Yard", "code": "NRT"},
                {"name": "South Yard", "code": "SRT"},
            ]
        )
        cls.customer, cls.other = cls.env["res.partner"].create(
            [{"name": "Alder Builders"}, {"name": "Brightwell Roofing"}]
        )
        cls.clerk = new_test_user(cls.env, "rental_clerk", CLERK, name="Clara Clerk")
        cls.drill = cls._make_item("Drill", tracking="serial", day=100, week=500)
        cls.chair = cls._make_item("Chair", day=2, week=5)
        cls.drill_lots = cls._put(cls.drill, cls.north, lots=["D-1", "D-2", "D-3"])
        cls._put(cls.chair, cls.north, 40)

    @classmethod
    def _make_item(cls, name, day=0, week=0, **vals):
        return cls.env["product.product"].create(
            {
                "name": name,
                "type": "consu",
                "is_storable": True,
                "rent_ok": True,
                "list_price": 999,
                "taxes_id": [Command.clear()],
                "invoice_policy": "order",
                "rental_price_day": day,
                "rental_price_week": week,
                **vals,
            }
        )

    @classmethod
    def _put(cls, product, warehouse, quantity=1, lots=None):
        """Count pieces, or new serial numbers, into a warehouse's stock."""
        records = cls.env["stock.lot"].create(
            [{"name": name, "product_id": product.id} for name in lots or ()]
        )
        cls.env["stock.quant"].with_context(inventory_mode=True).create(
            [
                {
                    "product_id": product.id,
                    "location_id": warehouse.lot_stock_id.id,
                    "lot_id": lot and lot.id,
                    "inventory_quantity": 1 if lot else quantity,
                }
                for lot in records or [False]
            ]
        ).action_apply_inventory()
        return records

    @classmethod
    def _pool(cls, product, warehouse=None):
        return cls.env["rental.pool"].search(
            [
                ("product_id", "=", product.id),
                ("warehouse_id", "=", (warehouse or cls.north).id),
            ]
        )

    def _order(self, *items, start=None, stop=None, user=None, **vals):
        """A rental order by the clerk: ``items`` are (product, quantity[, values])."""
        order = (
            self.env["sale.order"]
            .with_user(user or self.clerk)
            .create(
                {
                    "is_rental_order": True,
                    "partner_id": self.customer.id,
                    "warehouse_id": self.north.id,
                    "rental_start": start or at(1),
                    "rental_stop": stop or at(4),
                    "order_line": [
                        Command.create(
                            {
                                "product_id": product.id,
                                "product_uom_qty": quantity,
                                **(more[0] if more else {}),
                            }
                        )
                        for product, quantity, *more in items
                    ],
                    **vals,
                }
            )
        )
        if not order.project_id:
            order.action_rental_new_project()
        return order

    def _confirmed(self, *items, **vals):
        order = self._order(*items, **vals)
        order.action_confirm()
        return order

    def _window(self, action):
        """The wizard a button opened."""
        return (
            self.env[action["res_model"]].with_user(self.clerk).browse(action["res_id"])
        )

    def _hand_over(self, order, lots=None, quantity=None, when=None):
        """Hand over everything reserved, or ``quantity`` pieces and ``lots``."""
        window = self._window(order.action_rental_hand_over())
        if when:
            window.date = when
        for line in window.line_ids:
            if line.tracking == "serial":
                line.lot_ids = lots or line.available_lot_ids[: line.quantity_reserved]
            elif quantity is not None:
                line.quantity = quantity
        window.action_hand_over()

    def _said_in(self, paper, record, user=None):
        """What the template of a paper is given for one record."""
        report = self.env.ref(f"equipment_rental.action_report_{paper}").report_name
        Report = self.env[f"report.{report}"]
        if user:
            Report = Report.with_user(user)
        return Report._get_report_values(record.ids)["papers"][0]

    def _take_back(self, order, lots=None, quantity=None, when=None, **vals):
        """Take back everything that is out, or ``quantity`` pieces, or ``lots``."""
        window = self._window(order.action_rental_take_back())
        if when:
            window.date = when
        if lots is not None:
            window.line_ids = window.line_ids.filtered(lambda line: line.lot_id in lots)
        if quantity is not None:
            window.line_ids.quantity = quantity
        if vals:
            window.line_ids.write(vals)
        window.action_take_back()


class RentalCommon(RentalFactory, BaseCommon):
    """Personas and factories; no demo data, a company and a clock of its own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_rental()
