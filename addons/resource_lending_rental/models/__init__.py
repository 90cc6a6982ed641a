from . import lending_asset, rental_pool, resource_resource, stock_lot
