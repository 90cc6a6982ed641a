from . import rental_hand_over
