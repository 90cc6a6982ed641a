from . import test_from_outlook, test_to_outlook
