from ast import literal_eval

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, RecordCapturer, freeze_time, new_test_user

from odoo.addons.resource_allocation.exceptions import AllocationConflict

from .common import CLERK, NOW, RentalCommon, at

STOREKEEPER = "equipment_rental.equipment_rental_group_storekeeper"


@freeze_time(NOW)
class TestBasket(RentalCommon):
    """What was chosen on the fleet's board becomes orders."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.drills, cls.chairs = cls._pool(cls.drill), cls._pool(cls.chair)

    def _entry(self, pool, kind="reservation", quantity=1, days=(1, 4), **vals):
        return {
            "row": pool.id,
            "start": at(days[0]),
            "stop": at(days[1]),
            "quantity": quantity,
            "kind": kind,
            **vals,
        }

    def _basket(self, *entries, user=None, **vals):
        Pool = self.env["rental.pool"].with_user(user or self.clerk)
        action = Pool.board_order(list(entries))
        basket = Pool.env[action["res_model"]].browse(action["res_id"])
        basket.write({"partner_id": self.customer.id, **vals})
        return basket

    def _make(self, basket, what="action_make"):
        """The orders that come of it, and what the board is told."""
        with RecordCapturer(self.env["sale.order"]) as made:
            action = getattr(basket, what)()
        return made.records.sorted("id"), action["infos"]

    def _refused(self, basket, text, error=UserError):
        """Nothing at all is made."""
        with (
            RecordCapturer(self.env["sale.order"]) as orders,
            RecordCapturer(self.env["res.partner"]) as contacts,
            self.assertRaises(error) as refused,
        ):
            basket.action_make()
        self.assertRegex(str(refused.exception), text)
        self.assertFalse(orders.records or contacts.records)

    def test_C22_two_rows_become_one_order(self):
        basket = self._basket(
            self._entry(self.drills, quantity=2),
            self._entry(self.chairs, quantity=10, days=(2, 6)),
        )
        order, infos = self._make(basket)
        self.assertRecordValues(
            order,
            [
                {
                    "partner_id": self.customer.id,
                    "state": "sale",
                    "rental_status": "reserved",
                    "rental_start": at(1),
                    "rental_stop": at(6),
                    "user_id": self.clerk.id,
                }
            ],
        )
        self.assertTrue(order.project_id)
        self.assertRecordValues(
            order.order_line,
            [
                {
                    "product_id": self.drill.id,
                    "product_uom_qty": 2,
                    "warehouse_id": self.north.id,
                    "rental_start": at(1),
                    "rental_stop": at(4),
                    "rental_qty_reserved": 2,
                },
                {
                    "product_id": self.chair.id,
                    "product_uom_qty": 10,
                    "warehouse_id": self.north.id,
                    "rental_start": at(2),
                    "rental_stop": at(6),
                    "rental_qty_reserved": 10,
                },
            ],
        )
        self.assertEqual(infos["made"], [0, 1])
        self.assertIn(order.name, infos["message"])
        self.assertFalse(infos["then"])

    def test_C22_one_document_for_each_tenant_and_firmness(self):
        basket = self._basket(
            self._entry(self.drills),
            self._entry(self.drills, "option", days=(5, 8)),
            self._entry(self.chairs, quantity=3),
            self._entry(self.chairs, "option", quantity=4),
        )
        basket.line_ids[2:].partner_id = self.other
        basket.line_ids[3].kind = "reservation"
        self.assertEqual(basket.until, at(2), "as long as the company's options run")
        texts = (
            "Alder Builders: one order, reserved: 1 × Drill",
            "Alder Builders: one quotation, an option until 3/4/26",
            "Both name each other",
            "Brightwell Roofing: one order, reserved: 3 × Chair / NRT, 4 × Chair / NRT",
        )
        sentences = basket.summary.split("\n")
        for text, sentence in zip(texts, sentences, strict=True):
            self.assertIn(text, sentence)
        orders, infos = self._make(basket)
        self.assertRecordValues(
            orders,
            [
                {"partner_id": self.customer.id, "rental_status": "reserved"},
                {"partner_id": self.customer.id, "rental_status": "option"},
                {"partner_id": self.other.id, "rental_status": "reserved"},
            ],
        )
        order, quotation, other = orders
        self.assertEqual(quotation.rental_hold_until, at(2))
        self.assertEqual(quotation.order_line.rental_start, at(5))
        self.assertEqual(order.project_id, quotation.project_id)
        self.assertNotEqual(order.project_id, other.project_id)
        self.assertEqual(other.order_line.mapped("rental_qty_reserved"), [3, 4])
        for one, two in ((order, quotation), (quotation, order)):
            self.assertEqual(one.origin, two.name)
            links = [f"data-oe-id='{two.id}'", f'data-oe-id="{two.id}"']
            self.assertTrue(
                any(
                    link in body
                    for body in one.message_ids.mapped("body")
                    for link in links
                )
            )
        self.assertFalse(other.origin)
        for name in orders.mapped("name"):
            self.assertIn(name, infos["message"])

    def test_C22_what_does_not_fit_is_refused_by_itself(self):
        taken = self._confirmed((self.drill, 3))
        basket = self._basket(
            self._entry(self.drills, quantity=2), self._entry(self.chairs)
        )
        drills, chairs = basket.line_ids
        self.assertTrue(basket.has_misfits)
        self.assertIn(taken.name, drills.problem)
        self.assertIn("Drill", drills.problem)
        self.assertFalse(chairs.problem)
        self.assertEqual(basket.misfits, drills.problem)
        self.assertNotIn("Drill", basket.summary)
        self._refused(basket, taken.name)
        order, infos = self._make(basket, "action_make_what_fits")
        self.assertEqual(order.order_line.product_id, self.chair)
        self.assertEqual(infos["made"], [1])

    def test_C22_proposals_say_what_is_free_instead(self):
        self._confirmed((self.drill, 3))
        basket = self._basket(self._entry(self.drills))
        self.assertRegex(basket.line_ids.problem, "(?i)free")
        with self.assertRaises(UserError):
            basket.action_make_what_fits()

    def test_C22_rows_of_one_window_compete(self):
        basket = self._basket(
            self._entry(self.drills, quantity=2),
            self._entry(self.drills, quantity=2, days=(3, 5)),
        )
        self.assertEqual(
            basket.line_ids.mapped(lambda line: bool(line.problem)), [False, True]
        )
        with Form(basket) as form:
            self._type_quantity(form, 0, 1)
            self.assertFalse(form.has_misfits)
            self._type_quantity(form, 1, 3)
            self.assertTrue(form.has_misfits)
            self._type_quantity(form, 1, 2)
            self.assertFalse(form.has_misfits)
            self._type_quantity(form, 0, 2)
            self.assertIn("2 wanted, 1 free", form.misfits)
            self._type_quantity(form, 0, 1)
        self.assertFalse(basket.has_misfits)
        self.assertEqual(basket.line_ids.mapped("quantity"), [1, 2])

    def _type_quantity(self, form, index, quantity):
        with form.line_ids.edit(index) as line:
            line.quantity = quantity

    def test_C22_taken_meanwhile_makes_nothing(self):
        basket = self._basket(
            self._entry(self.chairs),
            self._entry(self.drills, "option"),
            partner_id=False,
            new_name="Ms Lang",
        )
        self.assertFalse(basket.has_misfits)
        self._confirmed((self.drill, 3))
        self._refused(basket, "Drill", AllocationConflict)

    def test_C22_clerk_enters_a_new_tenant(self):
        with self.assertRaises(AccessError):
            self.env["res.partner"].with_user(self.clerk).create({"name": "Ms Lang"})
        entry = self._entry(self.chairs)
        basket = self._basket(entry, partner_id=False)
        form = Form(basket)
        form.new_name = "Ms Lang"
        form.new_email = "Lang@Example.com"
        form.new_phone = "+420 123 456 789"
        basket = form.save()
        self.assertIn("Ms Lang: one order", basket.summary)
        evil = basket.with_context(default_comment="from the client")
        order, _infos = self._make(evil)
        self.assertRecordValues(
            order.partner_id,
            [
                {
                    "name": "Ms Lang",
                    "email": "lang@example.com",
                    "phone": "+420 123 456 789",
                    "company_id": False,
                    "comment": False,
                }
            ],
        )

    def test_C22_new_tenant_who_is_known_or_incomplete(self):
        self.customer.email = "office@alder.example"
        entry = self._entry(self.chairs)
        for text, vals in (
            ("Alder Builders", {"new_name": "A", "new_email": "Office@Alder.example"}),
            ("no e-mail", {"new_name": "A", "new_email": "office"}),
            ("enter the name", {"new_email": "a@b.example"}),
            ("enter the name", {"new_name": " "}),
            ("Nothing is for", {"new_name": "A", "partner_id": self.other.id}),
        ):
            basket = self._basket(entry, **{"partner_id": False, **vals})
            with self.subTest(vals=vals):
                self._refused(basket, text)

    def test_C22_rental_opens_the_hand_over(self):
        basket = self._basket(
            self._entry(self.chairs, "rental", 4, days=(0, 4)),
            self._entry(self.drills),
        )
        self.assertIn("To hand over now: 4 × Chair", basket.summary)
        order, infos = self._make(basket)
        window = self._window(infos["then"])
        self.assertEqual(window.order_id, order)
        self.assertEqual(window.line_ids.product_id, self.chair, "that row only")
        window.action_hand_over()
        self.assertEqual(order.rental_status, "part_out")

    def test_C22_several_tenants_take_over_one_after_the_other(self):
        basket = self._basket(
            self._entry(self.chairs, "rental", days=(0, 4)),
            self._entry(self.chairs, "rental", days=(0, 4)),
        )
        basket.line_ids[1].partner_id = self.other
        orders, infos = self._make(basket)
        self.assertEqual(self._window(infos["then"]).order_id, orders[0])
        self.assertIn(f"from the order: {orders[1].name}", infos["message"])

    def test_C22_rental_begins_today_on_the_clock_of_the_company(self):
        """23:30 UTC is the next day in Prague already."""
        with freeze_time("2026-03-02 23:30:00"):
            tomorrow, after = ({"start": f"2026-03-{d} 20:00:00"} for d in ("03", "04"))
            for vals, refused in ((tomorrow, False), (after, True)):
                entry = self._entry(self.chairs, "rental", days=(0, 9)) | vals
                problem = self._basket(entry).line_ids.problem
                self.assertEqual("choose reservation" in (problem or ""), refused)

    def test_C22_options_end_before_the_rental(self):
        basket = self._basket(self._entry(self.chairs, "option", days=(1, 3)))
        self.assertEqual(basket.until, at(1), "not into the rental")
        basket.until = at(1, 9)
        self.assertIn("cannot run longer", basket.line_ids.problem)
        basket.until = False
        self._refused(basket, "until when")
        begun = self._basket(self._entry(self.chairs, "option", days=(-1, 3)))
        self.assertIn("has begun", begun.line_ids.problem)

    def test_C22_price_is_what_the_order_costs(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        self.env["res.currency.rate"].create(
            {"currency_id": euro.id, "rate": 0.5, "company_id": self.env.company.id}
        )
        self.env.ref("base.group_user").implied_ids += self.env.ref(
            "product.group_product_pricelist"
        )
        plain, cheap = self.env["product.pricelist"].create(
            [
                {"name": "Plain", "currency_id": self.env.company.currency_id.id},
                {
                    "name": "Cheap",
                    "currency_id": euro.id,
                    "item_ids": [
                        Command.create(
                            {
                                "compute_price": "percentage",
                                "base": "list_price",
                                "percent_price": 10,
                            }
                        )
                    ],
                },
            ]
        )
        self.customer.property_product_pricelist = plain
        self.other.property_product_pricelist = cheap
        basket = self._basket(
            self._entry(self.drills, quantity=2),
            self._entry(self.drills),
            self._entry(self.chairs, "option", 7, days=(2, 11)),
        )
        basket.line_ids[1:].partner_id = self.other
        prices = [(line.price, line.currency_id) for line in basket.line_ids]
        self.assertEqual(prices[0], (600, self.env.company.currency_id))
        self.assertEqual(prices[1], (135, euro), "half the money, 10 % less")
        orders, _infos = self._make(basket)
        self.assertEqual(
            [(line.price_subtotal, line.currency_id) for line in orders.order_line],
            prices,
        )

    def test_C22_price_before_there_is_a_customer(self):
        basket = self._basket(self._entry(self.drills), partner_id=False)
        self.assertEqual(basket.line_ids.price, 300)
        self.assertIn("The customer: one order", basket.summary)
        self._refused(basket, "Choose the customer")

    def test_C22_item_without_a_price_is_told_before(self):
        free = self._make_item("Rope")
        self._put(free, self.north, 5)
        basket = self._basket(self._entry(self._pool(free)))
        self.assertIn("Rope has no price", basket.line_ids.problem)

    def test_C22_very_unit_that_was_chosen(self):
        one, two = self.drill_lots[:2].rental_resource_id
        basket = self._basket(
            self._entry(self.drills, resource=one.id),
            self._entry(self.drills, "option", resource=two.id),
        )
        orders, _infos = self._make(basket)
        order, quotation = orders
        rows = order.order_line._rental_rows() | quotation.order_line._rental_rows()
        self.assertEqual(rows.resource_id, one | two)
        self.assertEqual(rows.mapped("pinned"), [True, True])
        quotation.action_confirm()
        rows = quotation.order_line._rental_rows("reserved")
        self.assertEqual(rows.resource_id, two)
        third = self.drill_lots[2].rental_resource_id
        twice = self._basket(
            self._entry(self.drills, resource=third.id, days=(6, 8)),
            self._entry(self.drills, resource=third.id, days=(6, 8)),
        )
        self.assertTrue(twice.line_ids[1].problem, "no other unit instead")
        entry = self._entry(self.drills, resource=third.id, days=(6, 8))
        told = self.env["rental.pool"].with_user(self.clerk).board_check([entry, entry])
        self.assertEqual(
            [verdict["index"] for verdict in told], [1], "nor on the board"
        )
        again = self._basket(self._entry(self.drills, resource=one.id))
        self.assertIn(order.name, again.line_ids.problem)
        again.line_ids.resource_id = third
        again.line_ids.quantity = 2
        self.assertIn("one piece", again.line_ids.problem)

    def test_C22_two_companies(self):
        company = self.env["res.company"].create({"name": "Other Rentals"})
        self.clerk.company_ids += company
        yard = self.env["stock.warehouse"].search([("company_id", "=", company.id)])
        self._put(self.chair.with_company(company), yard, 5)
        theirs = self._pool(self.chair, yard)
        ours = self.env.company
        Pool = self.env["rental.pool"].with_user(self.clerk)
        Pool = Pool.with_context(allowed_company_ids=(ours | company).ids)
        with self.assertRaises(AccessError):
            Pool.with_context(allowed_company_ids=ours.ids).board_order(
                [self._entry(theirs)]
            )
        action = Pool.board_order([self._entry(self.chairs), self._entry(theirs)])
        basket = Pool.env["rental.basket"].browse(action["res_id"])
        basket.partner_id = self.customer
        self.assertFalse(basket.line_ids[0].problem)
        self.assertIn("Other Rentals", basket.line_ids[1].problem)
        basket.line_ids[0].unlink()
        order, _infos = self._make(basket)
        self.assertEqual(order.company_id, company)
        self.assertEqual(order.warehouse_id, yard)
        self.assertEqual(order.rental_status, "reserved")

    def test_C22_who_may_not_rent_out(self):
        mine = self._basket(self._entry(self.chairs))
        for name, group in (
            ("keeper", STOREKEEPER),
            ("employee", "base.group_user"),
            ("seller", "sales_team.group_sale_salesman_all_leads"),
            ("other", CLERK),
        ):
            user = new_test_user(self.env, f"basket_{name}", group)
            Pool = self.env["rental.pool"].with_user(user)
            with self.subTest(who=name):
                if name != "other":
                    self.assertFalse(Pool.board_kinds())
                    with self.assertRaises(ValidationError):
                        Pool.board_order([self._entry(self.chairs)])
                    with self.assertRaises(AccessError):
                        Pool.env["rental.basket"].create({})
                self.env.invalidate_all()
                with self.assertRaises(AccessError):
                    mine.with_user(user).action_make()
        self.assertEqual(
            [kind for kind, _label in self.drills.with_user(self.clerk).board_kinds()],
            ["option", "reservation", "rental"],
        )

    def test_C22_what_is_no_period_of_a_row_is_refused_in_words(self):
        Pool = self.env["rental.pool"].with_user(self.clerk)
        good = self._entry(self.chairs)
        for wrong, said in (
            ({"start": False}, "Say from when"),
            ({"stop": False}, "Say until when"),
            ({"stop": good["start"]}, "end must be after"),
            ({"stop": "9999-01-01 00:00:00"}, "dates are planned"),
            ({"quantity": "many"}, "not a whole number"),
            ({"kind": "gift"}, "gift"),
            ({"resource": self.drills.resource_id.id}, "no such unit"),
            ({"row": False}, "."),
            ({"row": self.drills.id + 10**6}, "."),
        ):
            # Of two, one that is wrong is as much as all.
            entries = [good, {**good, **wrong}]
            for ask in (Pool.board_check, Pool.board_order):
                with (
                    self.subTest(wrong),
                    RecordCapturer(self.env["rental.basket"]) as opened,
                    self.assertRaisesRegex(UserError, said),
                ):
                    ask(entries)
                self.assertFalse(opened.records)
        for nothing in ([], False, [[]], "nonsense", {"row": 1}):
            for ask in (Pool.board_check, Pool.board_order):
                with self.subTest(nothing), self.assertRaises(ValidationError):
                    ask(nothing)

    def test_C22_chosen_project(self):
        project = self.env["project.project"].create(
            {"name": "Bridge", "allow_billable": True}
        )
        basket = self._basket(
            self._entry(self.chairs),
            self._entry(self.chairs, "option"),
            project_id=project.id,
        )
        orders, _infos = self._make(basket)
        self.assertEqual(orders.project_id, project)
        self.assertEqual(len(orders), 2)

    def test_C22_nothing_typed_is_dropped(self):
        basket = self._basket(
            self._entry(self.drills), self._entry(self.chairs, quantity=2)
        )
        with Form(basket) as form:
            with form.line_ids.edit(0) as line:
                line.start, line.stop = at(2, 9), at(5, 10)
                line.kind = "option"
                line.partner_id = self.other
            with form.line_ids.edit(1) as line:
                line.quantity = 6
            self.assertEqual(form.until, at(2))
            form.until = at(1, 11)
            with form.line_ids.edit(0) as line:
                line.start = at(2, 10)
            self.assertEqual(form.until, at(1, 11))
        orders, _infos = self._make(basket)
        option = orders.filtered(lambda order: order.partner_id == self.other)
        self.assertEqual(option.rental_hold_until, at(1, 11))
        self.assertEqual(
            (option.order_line.rental_start, option.order_line.rental_stop),
            (at(2, 10), at(5, 10)),
        )
        self.assertEqual((orders - option).order_line.rental_qty_reserved, 6)

    def test_C23_items_chosen_in_the_list_are_the_boards_fleets(self):
        pools = self.env["rental.pool"].with_user(self.clerk)
        self.drills.resource_id.with_user(self.clerk).is_favorite = True
        items = self.chair.product_tmpl_id.with_user(self.clerk)
        action = items.action_rental_show_on_board()
        self.assertEqual(action["views"][0][1], "resource_board")
        filters = pools.env["ir.filters"].get_filters("rental.pool", action["id"])
        [chosen] = [one for one in filters if one["is_default"]]
        rows = pools.board_rows(literal_eval(chosen["domain"]))["rows"]
        self.assertEqual(set(rows["id"]), set((self.chairs | self.drills).ids))
