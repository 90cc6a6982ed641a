from . import room_reservation_cancel
from . import room_reservation_reject
