from . import rental_billing
