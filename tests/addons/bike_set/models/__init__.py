from . import bike_bike
