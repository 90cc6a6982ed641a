from datetime import timedelta

from odoo import api, fields, models

TEAM = ("Bruno Boss", "Elif Electric", "Ida Install", "Per Pipe", "Wim Wrench")
OFFICE = ("Hanna Hiring", "Lena Lender", "Nora Numbers", "Olaf Office")


class LendingExample(models.AbstractModel):
    """What happened in the example company: people, and who had what."""

    _name = "lending.example"
    _description = "Lending Example Company"

    @api.model
    def _load_life(self):
        """Let people and things go through every state, relative to today."""
        people = self._load_people()
        self._load_history(people)
        self._load_present(people)
        self._load_reservations(people)
        self._name_responsible()

    @api.model
    def _name_responsible(self):
        """The demo user at the counter answers for it, not who installed it."""
        loans = self.env["lending.loan"]
        rows = self.env["resource.allocation"].search([("res_model", "=", loans._name)])
        if lender := self.env.ref("resource_lending.user_lender", False):
            loans._ledger(rows).write({"user_id": lender.id})

    # === PEOPLE === #

    @api.model
    def _load_people(self):
        """``{first name: employee}``; whoever has a user of that name is that user."""
        company = self.env.company
        departments = {
            name: self.env["hr.department"].create(
                {"name": name, "company_id": company.id}
            )
            for name in ("Installation", "Front office")
        }
        people = {}
        for name in (*TEAM, *OFFICE):
            department = departments["Installation" if name in TEAM else "Front office"]
            first = name.split()[0]
            people[first] = self._make_person(
                name, department, people.get("Bruno" if name in TEAM else "Hanna")
            )
        for department, head in zip(
            departments.values(), ("Bruno", "Hanna"), strict=True
        ):
            department.manager_id = people[head]
        return people

    @api.model
    def _make_person(self, name, department, manager):
        user = self.env["res.users"].search([("name", "=", name)], limit=1)
        known = user.employee_id
        values = {
            "department_id": department.id,
            "parent_id": manager.id if manager else False,
        }
        if known:
            known.write(values)
            return known
        return self.env["hr.employee"].create(
            {
                **values,
                "name": name,
                "user_id": user.id,
                "work_email": user.email
                or f"{name.lower().replace(' ', '.')}@example.com",
                "company_id": self.env.company.id,
            }
        )

    # === THINGS === #

    @api.model
    def _thing(self, code):
        return self.env.ref(f"resource_lending.asset_{code.lower().replace('-', '_')}")

    @api.model
    def _ago(self, days, hour=9):
        now = fields.Datetime.now().replace(hour=hour, minute=0, second=0)
        return now - timedelta(days=days)

    @api.model
    def _day(self, days):
        return fields.Date.today() + timedelta(days=days)

    @api.model
    def _load_history(self, people):
        """Typed rows of past years, one after the other, and who answers for what."""
        typing = self.env["lending.loan"].with_context(lending_take_over=True)
        for code, holders in {
            "LAP-001": (("Ida", 700), ("Per", 380), ("Elif", 120)),
            "LAP-002": (("Nora", 640), ("Olaf", 90)),
            "VAN-001": (("Wim", 500), ("Ida", 200)),
            "KEY-005": (("Hanna", 900),),
        }.items():
            for name, days in holders:
                typing.create(
                    {
                        "asset_id": self._thing(code).id,
                        "employee_id": people[name].id,
                        "date_from": self._day(-days),
                    }
                )
        for code in ("VAN-001", "VAN-002", "DRL-001", "DRL-002"):
            typing.create(
                {
                    "asset_id": self._thing(code).id,
                    "employee_id": people["Bruno"].id,
                    "role": "responsible",
                    "date_from": self._day(-400),
                }
            )

    @api.model
    def _load_present(self, people):
        """What is out: in time, due soon, late, recalled, shared, with a guest."""
        Loan = self.env["lending.loan"]
        for code, name, since, due in (
            ("PHN-001", "Elif", 60, None),
            ("PHN-002", "Ida", 45, None),
            ("CRD-001", "Elif", 400, None),
            ("CRD-002", "Ida", 300, None),
            ("CRD-003", "Per", 250, None),
            ("DRL-001", "Wim", 5, 2),
            ("DRL-002", "Per", 16, -3),
            ("HRN-001", "Wim", 5, 2),
            ("POOL-001", "Olaf", 3, 4),
            ("POOL-001", "Nora", 2, 4),
            ("MON-001", "Nora", 200, None),
            ("WHK-001", "Wim", 30, 30),
        ):
            Loan.hand_out_directly(
                [
                    {
                        "asset_id": self._thing(code).id,
                        "employee_id": people[name].id,
                        "due_date": due is not None and self._day(due),
                    }
                ],
                self._ago(since),
            )
        self._load_ends(people)

    @api.model
    def _load_ends(self, people):
        """A recall, a guest's key, and what came back well, broken or not at all."""
        Loan = self.env["lending.loan"]

        def lend(code, since, **holder):
            values = {"asset_id": self._thing(code).id, **holder}
            return Loan.hand_out_directly([values], self._ago(since))

        recalled = lend("LAP-003", 150, employee_id=people["Per"].id)
        recalled.recall(
            fields.Datetime.now() + timedelta(days=3),
            self.env._("Your new laptop is here."),
        )
        guest = self.env["res.partner"].create(
            {"name": "Gwen Guest (fitter)", "email": "gwen.guest@example.com"}
        )
        lend(
            "KEY-001",
            1,
            partner_id=guest.id,
            sponsor_id=people["Hanna"].id,
            due_date=self._day(1),
        )
        lend("PHN-003", 90, employee_id=people["Olaf"].id).take_back(self._ago(20))
        lend("DRL-003", 40, employee_id=people["Ida"].id).take_back(
            self._ago(10), "outdated", self.env._("The chuck is broken.")
        )
        lend("CRD-004", 100, employee_id=people["Nora"].id).take_back(
            self._ago(6), "lost", self.env._("Left on a train.")
        )

    @api.model
    def _load_reservations(self, people):
        """To be collected today and next week, and a laptop for when it is back."""
        now = fields.Datetime.now()
        self.env["lending.loan"].reserve(
            [
                {
                    "asset_id": self._thing(code).id,
                    "employee_id": people[name].id,
                    "pickup_at": now + timedelta(days=days, hours=2),
                    "pickup_place": self.env._("Reception"),
                    "due_date": self._day(days + 14),
                }
                for code, name, days in (
                    ("LAP-004", "Ida", 0),
                    ("PHN-004", "Per", 0),
                    ("VAN-002", "Wim", 5),
                    ("DRL-001", "Per", 4),
                )
            ]
        )
