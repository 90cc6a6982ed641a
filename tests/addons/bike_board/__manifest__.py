{
    "name": "Board of Bikes",
    "version": "19.0.1.0.0",
    "license": "LGPL-3",
    "author": "Resource suite contributors",
    "depends": ["bike_trip"],
    "data": ["security/ir.model.access.csv", "views/bike_bike_views.xml"],
}
