from . import test_bill, test_write_off
