from . import room_reservation_reject
