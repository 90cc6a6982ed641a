from . import test_availability, test_lives, test_reservation
