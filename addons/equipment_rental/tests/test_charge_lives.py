import os
from contextlib import closing
from fractions import Fraction
from random import Random

from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .common import NOW, at
from .common_money import BooksCommon
from .rental_model import PRICES, Life, Piece

LIVES = 2000 if os.environ.get("SUITE_LONG") else 40

SUMMER = 27
"""From that day the clock is an hour ahead: the same hour is another length."""


@freeze_time(NOW)
@tagged("post_install", "-at_install")
class TestChargeLives(BooksCommon):
    """Random lives of an order, against a model that shares no code with it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk.group_ids += cls.env.ref("account.group_account_invoice")
        cls.bench = cls._make_item("Bench")
        cls.bench.rental_tier_ids = [
            Command.create({"unit": "day", "count": days, "price": price})
            for days, price in PRICES.items()
        ]
        cls._put(cls.bench, cls.north, 40)

    def test_C9_C14_invoices_less_credits_are_what_the_pieces_cost(self):
        for seed in range(LIVES):
            with self.subTest(seed), closing(self.env.cr.savepoint()):
                life = _Lived(self, Random(seed))
                try:
                    life.live()
                except Exception as e:
                    e.add_note("; ".join(life.story))
                    raise
            self.env.invalidate_all()

    def test_C9_the_model_prices_as_the_rates_do(self):
        line = self._order((self.bench, 1), start=at(0), stop=at(1)).order_line
        for days in range(1, SUMMER):
            due = Piece(days).due
            self.assertEqual(line._rental_rent(at(0), at(days)), due)


class _Lived:
    """One life, in the model and in the ERP at once."""

    def __init__(self, case, dice):
        self.case, self.dice = case, dice
        pieces, stop = dice.randint(1, 5), dice.randint(1, 8)
        case.env.company.rental_early_return = dice.choice(["agreed", "real"])
        self.model = Life([Piece(stop) for _piece in range(pieces)], stop)
        self.order = case._confirmed((case.bench, pieces), start=at(0), stop=at(stop))
        self.line = self.order.order_line
        policy = case.env.company.rental_early_return
        self.story = [f"{pieces} pieces for {stop} days, {policy}"]
        self.draft = None

    def live(self):
        steps = [
            self.hand_over, self.hand_over, self.take_back, self.until, self.until,
            self.until, self.more, self.less, self.invoice, self.invoice,
            self.drop_draft, self.agree, self.until_cheaply, self.until_cheaply,
            self.until_cheaply, self.decide, self.swap, self.mistake,
        ]  # fmt: skip
        for _step in range(self.dice.randint(4, 9)):
            step = self.dice.choice(steps)
            self.story.append(step.__name__)
            told = step()
            self.story.pop()
            if told is not None:
                self.story.append(f"{step.__name__} {told}")
                self.compare()
        self.end()

    # === STEPS: NONE OF THEM, OR WHAT IS TOLD OF IT === #

    def hand_over(self):
        if not (left := len(self.model.of("reserved"))):
            return None
        count = self.dice.randint(1, left)
        self.case._hand_over(self.order, quantity=count)
        self.model.move(count, "reserved", "out")
        return count

    def take_back(self):
        if not (out := len(self.model.of("out"))):
            return None
        count, day = self.dice.randint(1, out), self.dice.randint(1, self.model.stop)
        self._take_back(count, day)
        return f"{count} on day {day}"

    def _take_back(self, count, day):
        """Charged as the company says: this life's policy."""
        with freeze_time(at(day)):
            self.case._take_back(self.order, quantity=count)
        real = self.case.env.company.rental_early_return == "real"
        self.model.take_back(count, day, real and day < self.model.stop)

    def decide(self):
        """Of what came back early, the other way round or the same once more."""
        if not self.order.order_line._rental_early_rows():
            return None
        choice = self.dice.choice(["agreed", "real"])
        window = self.case.env["rental.change"].create(
            {"order_id": self.order.id, "early_return": choice}
        )
        window.action_apply()
        self.model.decide(choice == "real")
        return choice

    def swap(self):
        """Others go on: what it costs stays."""
        if not (out := len(self.model.of("out"))):
            return None
        count = self.dice.randint(1, out)
        window = self.case._window(self.order.action_rental_swap())
        window.note = "Wobbly"
        window.line_ids.quantity = count
        window.action_swap()
        self.model.swap(count)
        return count

    def mistake(self):
        """Out or back by mistake, and undone at once: nothing was, nothing is owed."""
        out, reserved = (len(self.model.of(state)) for state in ("out", "reserved"))
        if not out + reserved:
            return None
        what = self.dice.choice(["out"] * bool(reserved) + ["back"] * bool(out))
        count = self.dice.randint(1, reserved if what == "out" else out)
        # The latest is undone first: nothing came back on a later day.
        first = max([piece.back for piece in self.model.of("back")], default=0)
        if first > self.model.stop:
            return None
        day = first if what == "out" else self.dice.randint(first, self.model.stop)
        with freeze_time(at(day)):
            move = self.case._hand_over if what == "out" else self.case._take_back
            move(self.order, quantity=count)
            action = self.order.action_rental_undo()
            window = self.case.env["rental.undo"].with_user(self.case.clerk)
            window = window.with_context(**action["context"])
            window.create({"reason": "Another customer's"}).action_undo()
        return f"{count} {what} on day {day}"

    def until(self):
        shorter = max(1, self.model.stop - self.dice.randint(1, 3))
        stop = self.dice.choice([self.dice.randint(1, 20), shorter])
        self.order.rental_stop = at(stop)
        self.model.until(stop)
        return stop

    def more(self):
        if not self.model.of("reserved", "out"):
            return None
        count = self.dice.randint(1, 3)
        self.line.product_uom_qty += count
        self.model.add(count)
        return count

    def less(self):
        """Of what is reserved; something stays, or the order would be over."""
        left, out = (len(self.model.of(state)) for state in ("reserved", "out"))
        if not left or left + out < 2:
            return None
        count = self.dice.randint(1, min(left, left + out - 1))
        # The ledger gives up what was promised last, as people would.
        self.line.product_uom_qty -= count
        reserved = self.model.of("reserved")[::-1][:count]
        for piece in reserved:
            piece.state = "given up"
        return count

    def invoice(self):
        if self.order.invoice_status != "to invoice":
            return None
        self._post_draft()
        moves = self.order._create_invoices(final=True)
        self.model.invoice()
        self.draft = moves
        return [(move.move_type, move.amount_untaxed) for move in moves]

    def drop_draft(self):
        if not self.draft:
            return None
        self.draft.unlink()
        self.draft = None
        self.model.drop_draft()
        # What is on no invoice follows; the ERP looks at it with the next change.
        self.order._rental_settle()
        return ""

    def agree(self):
        """Half the price, before anything is invoiced."""
        went = self.model.of("out", "back")
        if not went or self.model.is_invoiced or self.model.share != 1:
            return None
        self.line.price_unit /= 2
        self.model.share = Fraction(1, 2)
        return ""

    def until_cheaply(self):
        """Longer at half of what that costs, and invoiced at once."""
        if not self.model.is_invoiced or not self.model.of("reserved", "out"):
            return None
        stop = min(self.model.stop + self.dice.randint(1, 9), SUMMER - 1)
        self._post_draft()
        if self.order.invoice_status == "to invoice":
            self.order._create_invoices(final=True).action_post()
        # Also where more for less comes to nothing: only what is new is halved.
        self.model.invoice()
        self.order.rental_stop = at(stop)
        self.model.until(stop)
        longer = self.order.order_line.filtered(
            lambda line: line.rental_charge and line.qty_to_invoice > 0
        )
        if not longer:
            return stop
        for line in longer:
            line.price_unit /= 2
        self.order._create_invoices(final=True).action_post()
        self.model.invoice(latest=Fraction(1, 2))
        return stop

    def _post_draft(self):
        if self.draft:
            self.draft.action_post()
            self.draft = None

    # === WHAT MUST HOLD === #

    def compare(self):
        """Order lines are what the model says, and settling again changes nothing."""
        order, story = self.order, "; ".join(self.story)
        total = sum(order.order_line.mapped("price_subtotal"))
        self.case.assertAlmostEqual(total, float(self.model.total), 2, story)
        before = [self._told(line) for line in order.order_line]
        order._rental_settle()
        after = [self._told(line) for line in order.order_line]
        self.case.assertEqual(before, after, story)

    def _told(self, line):
        return line.id, line.product_uom_qty, line.price_unit, line.name

    def end(self):
        """All goes out and comes back, all is invoiced: what is billed is right."""
        if left := len(self.model.of("reserved")):
            self.case._hand_over(self.order, quantity=left)
            self.model.move(left, "reserved", "out")
        if out := len(self.model.of("out")):
            self._take_back(out, self.model.stop)
        self.invoice()
        self._post_draft()
        self.check_billed(self.model.billed)
        self.check_billed(self.model.total)
        self.credit()

    def check_billed(self, billed):
        """All of it is billed, to the cent, and stands in *Billing*."""
        order, story = self.order, "; ".join(self.story)
        said = -sum(
            move.direction_sign * move.amount_untaxed for move in order.invoice_ids
        )
        self.case.assertAlmostEqual(said, float(billed), 2, story)
        self.case.assertEqual(order.invoice_status, "invoiced", story)
        rows = self.case.env["rental.billing"].search([("order_id", "=", order.id)])
        charged = sum(rows.mapped("amount_charged"))
        self.case.assertAlmostEqual(charged, float(billed), 2, story)

    def credit(self):
        """An invoice is paid back for good, or made anew: the order is done with it."""
        posted = self.order.invoice_ids.filtered(
            lambda move: move.move_type == "out_invoice" and move.amount_untaxed
        )
        if not posted:
            return
        invoice = self.dice.choice(posted)
        wizard = self.case.env["account.move.reversal"].with_context(
            active_model="account.move", active_ids=invoice.ids
        )
        wizard = wizard.create({"journal_id": invoice.journal_id.id})
        anew = self.dice.choice([True, False])
        self.story.append(f"{invoice.amount_untaxed} credited, anew: {anew}")
        done = wizard.modify_moves() if anew else wizard.refund_moves()
        self.case.env["account.move"].browse(done["res_id"]).action_post()
        gone = 0 if anew else Fraction(str(invoice.amount_untaxed))
        self.check_billed(self.model.billed - gone)
