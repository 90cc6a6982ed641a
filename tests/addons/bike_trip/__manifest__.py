{
    "name": "Bike Trips",
    "version": "19.0.1.0.0",
    "license": "LGPL-3",
    "author": "Resource suite contributors",
    "depends": ["resource_allocation"],
    "data": [
        "security/ir.model.access.csv",
        "security/bike_trip_security.xml",
    ],
}
