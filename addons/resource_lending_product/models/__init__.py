from . import lending_asset, product_product, product_template
