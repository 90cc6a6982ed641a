from . import test_custody_rows
from . import test_custody_counter
from . import test_reminder
from . import test_stocktake
from . import test_stocktake_size
from . import test_stocktake_tour
from . import test_counter
