from . import lending_asset, rental_pool, stock_lot
