from . import test_bike_trip, test_door, test_watchers
