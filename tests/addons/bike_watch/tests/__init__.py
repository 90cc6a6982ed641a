from . import test_watch
