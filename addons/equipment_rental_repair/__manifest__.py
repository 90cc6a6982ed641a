{
    "name": "Equipment Rental: Repair",
    "summary": "What comes back broken is repaired before it is rented again",
    "version": "19.0.1.0.0",
    "category": "Sales/Rental",
    "license": "LGPL-3",
    "author": "Resource Suite",
    "website": "https://github.com/resource-suite/resource-suite",
    "depends": ["equipment_rental", "repair"],
    "data": [
        "security/ir.model.access.csv",
        "views/repair_order_views.xml",
        "views/stock_lot_views.xml",
    ],
    "auto_install": True,
}
