from . import lending_asset, product_product, stock_lot, stock_move, stock_picking
