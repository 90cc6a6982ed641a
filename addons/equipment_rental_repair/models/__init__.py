from . import (
    repair_order,
    resource_resource,
    sale_order_line,
    stock_lot,
    stock_move,
)
