from odoo.exceptions import AccessError
from odoo.tests import freeze_time

from .common import NOW, LedgerCase, at


@freeze_time(NOW)
class TestFavorites(LedgerCase):
    """A star is the user's own, on whatever he may read."""

    def _mine(self, user):
        Resource = self.env["resource.resource"].with_user(user)
        return Resource.search([("is_favorite", "=", True)])

    def test_each_user_has_his_own(self):
        room = self.room.with_user(self.user)
        self.assertFalse(room.is_favorite)
        room.is_favorite = True
        (self.room | self.studio).with_user(self.manager).is_favorite = True
        self.assertTrue(room.is_favorite)
        self.assertFalse(self.studio.with_user(self.user).is_favorite)
        self.assertEqual(self._mine(self.user), self.room)
        self.assertEqual(self._mine(self.manager), self.room | self.studio)
        room.write({"is_favorite": False})
        self.assertFalse(self._mine(self.user))
        self.assertEqual(self._mine(self.manager), self.room | self.studio)
        others = room.search([("is_favorite", "=", False), ("bookable", "=", True)])
        self.assertIn(self.room, others)

    def test_a_star_gives_no_other_right(self):
        room = self.room.with_user(self.user)
        with self.assertRaises(AccessError):
            room.write({"is_favorite": True, "name": "Mine"})
        with self.assertRaises(AccessError):
            room.read(["favorite_user_ids"])
        with self.assertRaises(AccessError):
            room.search([("favorite_user_ids", "in", self.manager.ids)])
        for vals in (
            {"favorite_user_ids": [(4, self.user.id)]},
            {"is_favorite": True, "favorite_user_ids": [(4, self.manager.id)]},
        ):
            with self.assertRaises(AccessError):
                room.write(vals)

    def test_only_on_what_one_may_read(self):
        self.room.company_id = self.other_company
        with self.assertRaises(AccessError):
            self.room.with_user(self.user).write({"is_favorite": True})

    def test_new_things_and_copies(self):
        chest = self._thing("Chest", is_favorite=True)
        self.assertTrue(chest.is_favorite)
        self.assertFalse(chest.copy().is_favorite)
        chest.active = False
        chest.invalidate_recordset()
        self.assertTrue(chest.is_favorite)

    def test_the_finder_shows_only_favorites(self):
        finder = self.env["resource.resource"].with_user(self.user)
        self.studio.with_user(self.user).is_favorite = True
        criteria = {"start": str(at(9)), "stop": str(at(10))}
        found = finder.find_free({**criteria, "favorites": True})
        self.assertEqual([row["name"] for row in found["rows"]], ["Studio"])
        stars = {
            row["name"]: row["is_favorite"]
            for row in finder.find_free(criteria)["rows"]
        }
        self.assertTrue(stars["Studio"])
        self.assertFalse(stars["Aula"])

    def test_is_read_in_one_query(self):
        every = (self.room | self.studio | self.chairs).with_user(self.user)
        every.mapped("is_favorite")
        self.env.invalidate_all()
        every.mapped("name")
        with self.assertQueryCount(1):
            every.mapped("is_favorite")
