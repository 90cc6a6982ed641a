"""A window of a real browser that is measured: what it asks for, and what it keeps."""

import json
from contextlib import contextmanager

from chromium import Person, chromium

SIZE = 1920, 1080


@contextmanager
def window(patience):
    """A window of a browser that ends with the block.

    Whoever waits longer than ``patience`` seconds for it gets a timeout.
    """
    with chromium(patience) as browser:
        yield browser.person(Page, SIZE)


class Page(Person):
    """Who sits before a window and counts."""

    def __init__(self, browser, session, size):
        super().__init__(browser, session, size)
        for domain in ("Network", "HeapProfiler"):
            self.ask(f"{domain}.enable")

    def run(self, function, *arguments):
        """What a function in JavaScript returns, or what its promise comes to."""
        words = ", ".join(map(json.dumps, arguments))
        return self.evaluate(f"({function})({words})")

    def heap(self):
        """Bytes of JavaScript's heap that are in use once all waste is collected."""
        for _again in range(3):
            self.ask("HeapProfiler.collectGarbage")
        return self.ask("Runtime.getHeapUsage")["usedSize"]

    def calls(self):
        """``[(model/method, bytes of its answer)]`` since this was asked last."""
        names, sizes = {}, {}
        for event in self._browser.events:
            params = event.get("params", {})
            if event.get("method") == "Network.requestWillBeSent":
                _before, is_call, name = params["request"]["url"].partition("/call_kw/")
                if is_call:
                    names[params["requestId"]] = name
            elif event.get("method") == "Network.dataReceived":
                key = params["requestId"]
                sizes[key] = sizes.get(key, 0) + params["dataLength"]
        self._browser.events.clear()
        return [(name, sizes.get(key, 0)) for key, name in names.items()]
