{
    "name": "Resource Lending: Accounting",
    "summary": "Vendor bills make assets; writing off in part makes the entry",
    "version": "19.0.1.0.0",
    "category": "Human Resources",
    "license": "LGPL-3",
    "author": "Resource Suite",
    "website": "https://github.com/resource-suite/resource-suite",
    "depends": ["account", "resource_lending_product"],
    "data": [
        "views/account_move_views.xml",
        "views/lending_asset_views.xml",
        "views/lending_category_views.xml",
        "views/lending_card_views.xml",
    ],
    "auto_install": True,
}
