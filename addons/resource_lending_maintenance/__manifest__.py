{
    "name": "Resource Lending: Maintenance",
    "summary": "Equipment follows who has it; repairs block lending",
    "version": "19.0.1.0.0",
    "category": "Human Resources",
    "license": "LGPL-3",
    "author": "Resource Suite",
    "website": "https://github.com/resource-suite/resource-suite",
    "depends": ["hr_maintenance", "resource_lending"],
    "data": [
        "data/ir_cron_data.xml",
        "views/lending_asset_views.xml",
        "views/maintenance_equipment_views.xml",
        "wizard/hr_departure_wizard_views.xml",
    ],
    "auto_install": True,
}
