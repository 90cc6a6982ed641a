"""Photos and signatures: how it looked when it changed hands, and who agreed."""

import base64
from io import BytesIO

from lxml import html
from PIL import Image

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, new_test_user

from .common import MANAGER, NOW, at
from .test_documents import ACCOUNTANT, KEEPER, PIXEL, PROTOCOL, PaperCommon


def picture(width=800, height=600, kind="JPEG", **options):
    """A picture of these pixels, as bytes."""
    content = BytesIO()
    Image.new("RGB", (width, height), "red").save(content, kind, **options)
    return content.getvalue()


class PhotoCommon(PaperCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.keeper = new_test_user(cls.env, "photo_keeper", KEEPER, name="Stan")
        cls.damaged = cls.env.ref("equipment_rental.rental_condition_damaged")

    def _upload(self, name="scratch.jpg", content=None, user=None, **vals):
        Attachment = self.env["ir.attachment"].with_user(user or self.keeper)
        return Attachment.create({"name": name, "raw": content or picture(), **vals})

    def _out(self, *items, **vals):
        order = self._confirmed(*items, **{"start": at(-3), **vals})
        self._hand_over(order, when=at(-3))
        return order

    def _take_back_window(self, order, user=None):
        user = user or self.keeper
        action = order.with_user(user).action_rental_take_back()
        return self._window(action).with_user(user)

    def _page(self, transfers):
        Report = self.env["ir.actions.report"].with_user(self.clerk)
        return html.fromstring(Report._render_qweb_html(PROTOCOL, transfers.ids)[0])


@freeze_time(NOW)
class TestPhotos(PhotoCommon):
    def test_C10_photos_stay_with_the_return(self):
        """Of each row; whoever reads the transfer sees them."""
        order = self._out((self.drill, 2))
        window = self._take_back_window(order)
        row = window.line_ids[1]
        photo = self._upload(res_model=row._name, res_id=row.id)
        form = Form(window)
        with form.line_ids.edit(1) as edited:
            edited.photo_ids.add(photo)
        form.save().action_take_back()
        back = self._back(order)
        moves = back.move_ids
        self.assertEqual(moves.mapped("rental_photo_ids"), photo)
        self.assertEqual(moves.filtered("rental_photo_ids").lot_ids, row.lot_id)
        self.assertEqual(back.rental_photo_ids, photo)
        self.assertEqual((photo.res_model, photo.res_id), ("stock.picking", back.id))
        reader = new_test_user(self.env, "photo_reader", ACCOUNTANT)
        self.assertTrue(photo.with_user(reader).raw)
        stranger = new_test_user(self.env, "photo_stranger", "base.group_user")
        with self.assertRaises(AccessError):
            photo.with_user(stranger).read(["raw"])

    def test_C5_photos_stay_with_the_hand_over(self):
        order = self._confirmed((self.chair, 2), start=at(0))
        window = self._window(order.action_rental_hand_over())
        photo = self._upload(user=self.clerk)
        window.line_ids.photo_ids = photo
        window.action_hand_over()
        self.assertEqual(order.rental_transfer_ids.rental_photo_ids, photo)

    def test_C10_only_photos_are_accepted(self):
        """Named, by what is in it and not by what it is called; nothing half done."""
        huge = picture(1, 1, "PNG")
        size = (8000).to_bytes(4, "big") + (7000).to_bytes(4, "big")
        huge = huge[:16] + size + huge[24:]
        order = self._out((self.chair, 2))
        wrong = {
            "contract.pdf": b"%PDF-1.4 no picture",
            "notes.jpg": b"just text",
            "drawing.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            "moving.gif": picture(kind="GIF"),
            "broken.jpg": picture()[:20],
            "huge.png": huge,
        }
        for name, content in wrong.items():
            window = self._take_back_window(order)
            window.line_ids.photo_ids = self._upload(name, content)
            with self.subTest(name=name):
                with self.assertRaises(UserError) as caught:
                    window.action_take_back()
                self.assertIn(name, str(caught.exception))
        self.env.invalidate_all()
        self.assertEqual(order.order_line.rental_qty_out, 2)
        self.assertFalse(self._back(order))

    def test_C10_photos_of_others_are_not_taken(self):
        """By RPC: neither what belongs to another document nor another's upload."""
        order = self._out((self.chair, 2))
        picking = order.rental_transfer_ids
        attached = self._upload("kept.jpg", res_model=picking._name, res_id=picking.id)
        theirs = self._upload("theirs.jpg", user=self.clerk)
        window = self._take_back_window(order)
        window.line_ids.photo_ids = attached
        with self.assertRaisesRegex(UserError, "kept.jpg belongs to something else"):
            window.action_take_back()
        self.assertEqual(attached.res_id, picking.id)
        with self.assertRaises(AccessError):
            window.line_ids.write({"photo_ids": [Command.set(theirs.ids)]})

    def test_C10_photos_are_not_typed(self):
        order = self._out((self.chair, 2))
        self._take_back(order)
        manager = new_test_user(self.env, "photo_manager", MANAGER)
        move = self._back(order).move_ids.with_user(manager)
        photo = self._upload(user=manager)
        with self.assertRaises(AccessError):
            move.rental_photo_ids = photo

    def test_C10_split_row_has_no_photos_yet(self):
        order = self._out((self.chair, 5))
        window = self._take_back_window(order)
        window.line_ids.photo_ids = self._upload()
        window.line_ids.action_split()
        self.assertEqual(window.line_ids.mapped(lambda row: len(row.photo_ids)), [1, 0])

    def test_C12_protocol_shows_small_photos(self):
        """The first dozen, upright, whatever the phone sent; the rest is counted."""
        order = self._out((self.drill, 1))
        window = self._take_back_window(order)
        sideways = Image.Exif()
        sideways[0x112] = 6
        photos = self._upload(content=picture(3000, 2000, exif=sideways.tobytes()))
        for number in range(13):
            photos |= self._upload(f"{number}.png", picture(10, 10, "PNG"))
        window.line_ids.photo_ids = [Command.set(photos.ids)]
        window.action_take_back()
        page = self._page(self._back(order))
        images = page.xpath("//table[contains(@class, 'o_rental_photos')]//img")
        self.assertEqual(len(images), 12)
        self.assertEqual(images[0].get("alt"), "Drill D-1")
        kind, content = images[0].get("src").split(",")
        self.assertEqual(kind, "data:image/jpg;base64")
        with Image.open(BytesIO(base64.b64decode(content))) as small:
            self.assertEqual(small.size, (320, 480))
        text = " ".join(" ".join(page.itertext()).split())
        self.assertIn("Not printed: 2 more photos.", text)


@freeze_time(NOW)
class TestSignedReturn(PhotoCommon):
    def _signed(self, **vals):
        """A signed return of a drill: its transfer."""
        order = self._out((self.drill, 1))
        window = self._take_back_window(order)
        window.line_ids.write({"condition_id": self.damaged.id, **vals})
        form = Form(window)
        form.person_id = self.driver
        form.signature = PIXEL
        form.note = "Cable torn"
        form.save().action_take_back()
        return self._back(order)

    def test_C12_protocol_is_signed_with_name_and_date(self):
        back = self._signed()
        self.assertTrue(back.is_signed)
        page = self._page(back)
        text = " ".join(" ".join(page.itertext()).split())
        self.assertIn("Dan Driver, Mar 2, 2026 9:00 AM", text)
        self.assertTrue(page.xpath("//img[@alt='Signature']"))

    def test_C12_protocol_without_a_signature_has_no_date_for_it(self):
        order = self._out((self.drill, 1))
        window = self._take_back_window(order)
        window.person_id = self.driver
        window.action_take_back()
        text = " ".join(" ".join(self._page(self._back(order)).itertext()).split())
        self.assertIn("Dan Driver Tenant: place", text)

    def test_C10_what_was_signed_stays(self):
        """By RPC as well, and as a manager: remarks, conditions, photos, signature."""
        back = self._signed(photo_ids=self._upload())
        manager = new_test_user(self.env, "signed_manager", MANAGER)
        back = back.with_user(manager)
        good = self.env.ref("equipment_rental.rental_condition_good")
        photo = back.rental_photo_ids
        changes = [
            lambda: back.write({"rental_note": "All was well"}),
            lambda: back.write({"rental_person_id": self.other.id}),
            lambda: back.write({"signature": False}),
            lambda: back.move_ids.write({"rental_condition_id": good.id}),
            lambda: back.move_ids.write({"rental_remark": "none"}),
            lambda: photo.write({"raw": picture(5, 5)}),
            lambda: photo.write({"res_id": False}),
            photo.unlink,
        ]
        for number, change in enumerate(changes):
            with (
                self.subTest(number=number),
                self.assertRaisesRegex(UserError, "signed by Dan Driver.*Log note"),
            ):
                change()
        back.message_post(body="He called: the cable was torn before.")

    def test_C10_what_was_not_signed_can_be_corrected(self):
        order = self._out((self.drill, 1))
        window = self._take_back_window(order)
        window.line_ids.photo_ids = self._upload()
        window.action_take_back()
        back = self._back(order).with_user(self.clerk)
        back.rental_note = "Scratch on the left"
        back.move_ids.rental_remark = "scratched"
        back.rental_photo_ids.unlink()
        self.assertFalse(back.move_ids.rental_photo_ids)

    def test_C5_signed_hand_over_stays(self):
        order = self._confirmed((self.chair, 1), start=at(0))
        window = self._window(order.action_rental_hand_over())
        window.write({"signature": PIXEL, "note": "With two keys"})
        window.action_hand_over()
        with self.assertRaisesRegex(UserError, "stays as it is"):
            order.rental_transfer_ids.with_user(self.clerk).rental_note = "One key"
