from . import test_bike
