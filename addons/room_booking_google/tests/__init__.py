from . import test_from_google, test_to_google
