from odoo.tests import tagged

from .test_portal import PortalCase


@tagged("post_install", "-at_install", "tour")
class TestTourPortal(PortalCase):
    """In a browser without a login."""

    def test_L9_employee_signs_through_the_link(self):
        handover = self._handover(self.mari, self.laptop, self.phone)
        self.start_tour(self._path(self.mari), "lending_portal_sign")
        laptop, phone = handover.line_ids
        self.assertEqual(laptop.acceptance, "accepted")
        self.assertEqual(
            (phone.acceptance, phone.decline_reason),
            ("declined", "It was not in the box"),
        )
        self.assertTrue(handover.signature)
        self.assertEqual(handover.signed_by, "MARI")
