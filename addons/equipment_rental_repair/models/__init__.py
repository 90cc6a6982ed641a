from . import repair_order, resource_resource, stock_lot, stock_move
