{
    "name": "Resource Lending",
    "summary": "Lend things to people and know who has what, on any date",
    "version": "19.0.1.0.0",
    "category": "Human Resources",
    "license": "LGPL-3",
    "author": "Resource Suite",
    "website": "https://github.com/resource-suite/resource-suite",
    "depends": ["resource_allocation", "hr", "barcodes", "portal"],
    "data": [
        "security/resource_lending_groups.xml",
        "security/ir.model.access.csv",
        "security/lending_loan_security.xml",
        "data/ir_sequence_data.xml",
        "data/ir_cron_data.xml",
        "views/lending_menus.xml",
    ],
    "application": True,
}
