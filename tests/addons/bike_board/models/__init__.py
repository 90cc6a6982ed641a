from . import bike_basket
