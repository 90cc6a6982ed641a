from . import rental_billing
from . import rental_paper_mixin
from . import rental_contract
from . import return_protocol
