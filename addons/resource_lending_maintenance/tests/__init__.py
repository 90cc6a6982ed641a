from . import test_equipment, test_repair
