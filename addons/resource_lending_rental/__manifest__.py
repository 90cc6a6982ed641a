{
    "name": "Resource Lending: Rental",
    "summary": "What is lent to people and rented to customers excludes each other",
    "version": "19.0.1.0.0",
    "category": "Human Resources",
    "license": "LGPL-3",
    "author": "Resource Suite",
    "website": "https://github.com/resource-suite/resource-suite",
    "depends": ["equipment_rental", "resource_lending_stock"],
    "auto_install": True,
}
