from . import test_one_resource, test_timetable
