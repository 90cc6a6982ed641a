{
    "name": "Resource Lending: Stock",
    "summary": "Received serial numbers become assets that are lent",
    "version": "19.0.1.0.0",
    "category": "Human Resources",
    "license": "LGPL-3",
    "author": "Resource Suite",
    "website": "https://github.com/resource-suite/resource-suite",
    "depends": ["resource_lending_product", "stock"],
    "data": [
        "views/lending_asset_views.xml",
        "views/stock_lot_views.xml",
        "views/stock_picking_views.xml",
    ],
    "auto_install": True,
}
