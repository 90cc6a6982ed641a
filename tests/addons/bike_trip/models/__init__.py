from . import bike_trip
