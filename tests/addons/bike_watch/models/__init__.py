from . import bike_trip, resource_allocation
