{
    "name": "Resource Allocation",
    "summary": "One ledger of what is promised to whom and when, never twice",
    "version": "19.0.1.0.0",
    "category": "Services",
    "license": "LGPL-3",
    "author": "Resource Suite",
    "website": "https://github.com/resource-suite/resource-suite",
    "depends": ["mail", "portal", "resource", "web"],
    "data": [
        "security/resource_allocation_groups.xml",
        "security/ir.model.access.csv",
        "security/resource_allocation_security.xml",
        "security/resource_resource_security.xml",
        "data/ir_cron_data.xml",
    ],
    "post_init_hook": "post_init_hook",
}
