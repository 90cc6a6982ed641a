from . import test_api_page, test_watch
