from unittest.mock import patch

from odoo.tests import freeze_time, tagged

from .common import NOW, LedgerCase, at


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestFreed(LedgerCase):
    """What may be free again is told once for each transaction."""

    def _told(self, deed):
        self.env.cr.precommit.run()
        told = []
        ledger = type(self.Allocation)
        with patch.object(ledger, "_became_free", lambda _self, f: told.append(f)):
            deed()
            self.env.cr.precommit.run()
        return told

    def test_once_for_all_that_a_transaction_freed(self):
        rows = self._ask(self.room, at(8), at(10)) | self._ask(
            self.studio, at(8), at(9)
        )

        def deed():
            rows[0].extend(at(9))
            rows[1].cancel()
            rows[0].cancel()

        self.assertEqual(
            self._told(deed),
            [
                [
                    (self.room.id, at(8), at(10)),
                    (self.studio.id, at(8), at(9)),
                    (self.room.id, at(8), at(9)),
                ]
            ],
        )

    def test_what_frees(self):
        chairs = self._ask(self.chairs, at(8), at(9), quantity=5)
        moving = self._ask(self.room, at(8), at(9))
        out = self._ask(self.laptop, at(5), None).hand_out()
        block = self._ask(self.studio, at(5), at(9), kind="block")
        hold = self._ask(self.room, at(12), at(13), state="hold", hold_until=at(7))
        for deed, expected in (
            (lambda: chairs.resize(4), (self.chairs.id, at(8), at(9))),
            (lambda: moving.shift(60), (self.room.id, at(8), at(9))),
            (lambda: out.take_back(), (self.laptop.id, at(5), None)),
            (lambda: block.close(), (self.studio.id, at(5), at(9))),
            (lambda: self._lapse(hold), (self.room.id, at(12), at(13))),
        ):
            with self.subTest(expected=expected):
                self.assertEqual(self._told(deed), [[expected]])

    def test_what_becomes_more_frees(self):
        supply = {"kind": "supply", "quantity": 3}
        for deed, expected in (
            (lambda: self._ask(self.chairs, at(8), at(9), **supply), (at(8), at(9))),
            (lambda: self.chairs.write({"capacity": 90}), (at(6), None)),
            (lambda: self.chairs.write({"capacity": 80}), None),
            (lambda: self.chairs.action_archive(), None),
            (lambda: self.chairs.action_unarchive(), (at(6), None)),
        ):
            with self.subTest(expected=expected):
                told = [[(self.chairs.id, *expected)]] if expected else []
                self.assertEqual(self._told(deed), told)

    def _lapse(self, hold):
        in_one = patch.object(type(self.env["ir.cron"]), "_commit_progress")
        with freeze_time(at(7)), in_one:
            self.Allocation._cron_lapse()
        self.assertEqual(hold.state, "expired")

    def test_what_frees_nothing(self):
        row = self._ask(self.room, at(8), at(9))

        def deed():
            row.extend(at(10))
            row.name = "Meeting"
            self._ask(
                self.studio, at(8), at(9), state="hold", hold_until=at(7)
            ).confirm()

        self.assertEqual(self._told(deed), [])
