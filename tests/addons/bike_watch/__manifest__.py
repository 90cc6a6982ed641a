{
    "name": "Bikes That Are Waited For",
    "version": "19.0.1.0.0",
    "license": "LGPL-3",
    "author": "Resource suite contributors",
    "depends": ["bike_set"],
}
