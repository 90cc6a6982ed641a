"""A real browser without a window, told what to do by its DevTools protocol."""

import contextlib
import json
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

import provide_browser
import websocket

SIZE = 1920, 1080
SWITCHES = (
    "--headless",
    "--no-sandbox",  # as root there is none
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-smooth-scrolling",
    "--no-first-run",
    "--remote-debugging-port=0",
    f"--window-size={SIZE[0]},{SIZE[1]}",
)


@contextlib.contextmanager
def chromium(patience):
    """A page of a browser that ends with the block.

    Whoever waits longer than ``patience`` seconds for the page gets a timeout.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [provide_browser.browser(), *SWITCHES, f"--user-data-dir={profile}"]
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            yield Page(_address(Path(profile, "DevToolsActivePort")), patience)
        finally:
            process.terminate()
            process.wait()


def _address(file):
    """Where the browser's first page listens."""
    for _try in range(200):
        with contextlib.suppress(OSError, IndexError, ValueError):
            port = int(file.read_text().split()[0])
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list") as answer:
                pages = [one for one in json.load(answer) if one["type"] == "page"]
            return pages[0]["webSocketDebuggerUrl"]
        time.sleep(0.1)
    raise RuntimeError("the browser did not start")


class Page:
    """Commands to a page, and what it has told of its requests."""

    def __init__(self, address, patience):
        self._socket = websocket.create_connection(
            address, timeout=patience, suppress_origin=True
        )
        self._number = 0
        self._events = []
        for domain in ("Page", "Runtime", "Network", "HeapProfiler"):
            self.tell(f"{domain}.enable")
        self.tell(
            "Emulation.setDeviceMetricsOverride",
            width=SIZE[0],
            height=SIZE[1],
            deviceScaleFactor=1,
            mobile=False,
        )

    def tell(self, method, **params):
        """Send a command and return what it answers."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        self._socket.send(json.dumps(message))
        while True:
            told = json.loads(self._socket.recv())
            if told.get("id") == self._number:
                if "error" in told:
                    raise RuntimeError(f"{method}: {told['error']['message']}")
                return told["result"]
            self._events.append(told)

    def run(self, function, *arguments):
        """What a function in JavaScript returns, or what its promise comes to."""
        words = ", ".join(map(json.dumps, arguments))
        told = self.tell(
            "Runtime.evaluate",
            expression=f"({function})({words})",
            awaitPromise=True,
            returnByValue=True,
        )
        if failed := told.get("exceptionDetails"):
            raise RuntimeError(failed.get("exception", failed).get("description"))
        return told["result"].get("value")

    def heap(self):
        """Bytes of JavaScript's heap that are in use once all waste is collected."""
        for _again in range(3):
            self.tell("HeapProfiler.collectGarbage")
        return self.tell("Runtime.getHeapUsage")["usedSize"]

    def calls(self):
        """``[(model/method, bytes of its answer)]`` since this was asked last."""
        names, sizes = {}, {}
        for event in self._events:
            params = event["params"]
            if event["method"] == "Network.requestWillBeSent":
                _before, is_call, name = params["request"]["url"].partition("/call_kw/")
                if is_call:
                    names[params["requestId"]] = name
            elif event["method"] == "Network.dataReceived":
                key = params["requestId"]
                sizes[key] = sizes.get(key, 0) + params["dataLength"]
        self._events = []
        return [(name, sizes.get(key, 0)) for key, name in names.items()]
