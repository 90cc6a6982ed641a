from . import test_custody_rows
from . import test_custody_counter
from . import test_reminder
