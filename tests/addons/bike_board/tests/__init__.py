from . import test_bike_basket
