{
    "name": "Resource Lending: Products",
    "summary": "Say as what a product is lent",
    "version": "19.0.1.0.0",
    "category": "Human Resources",
    "license": "LGPL-3",
    "author": "Resource Suite",
    "website": "https://github.com/resource-suite/resource-suite",
    "depends": ["product", "resource_lending"],
    "data": [
        "views/lending_asset_views.xml",
        "views/product_template_views.xml",
    ],
    "auto_install": True,
}
