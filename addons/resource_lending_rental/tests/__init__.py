from . import test_one_resource
