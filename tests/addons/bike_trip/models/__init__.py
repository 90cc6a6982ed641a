from . import bike_bike, bike_trip
