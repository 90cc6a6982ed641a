from . import rental_cancellation
from . import rental_counter_mixin
from . import rental_hand_over
from . import rental_option
from . import rental_stock_transfer
from . import rental_stock_transfer_line
from . import rental_take_back
from . import stock_picking_return
