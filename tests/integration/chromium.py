"""A Chromium with several people in it, each with cookies of their own.

    with chromium() as browser:
        anna, bert = browser.person(), browser.person()
        anna.open(address)
        anna.click(".o_board_later")

What they do are events of the browser itself, as of a hand: spoken with it by the
Chrome DevTools Protocol.
"""

import contextlib
import itertools
import json
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import provide_browser
import websocket

PATIENCE = 60
"""Seconds until what a page should show counts as missing."""
OPTIONS = (
    "--headless", "--no-sandbox", "--no-first-run", "--disable-gpu",
    "--disable-dev-shm-usage", "--disable-extensions",
    "--disable-background-networking", "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows", "--disable-renderer-backgrounding",
    "--disable-smooth-scrolling",
    "--remote-debugging-address=127.0.0.1", "--remote-debugging-port=0",
)  # fmt: skip
WIDTH, HEIGHT = 1366, 768
FIND = """((selector, text) => {
    const found = [...document.querySelectorAll(selector)];
    const one = found.find((element) => element.textContent.includes(text));
    const box = one?.getBoundingClientRect();
    return box?.width ? [box.left, box.top, box.width, box.height] : null;
})"""


@contextlib.contextmanager
def chromium(patience=PATIENCE):
    """Start it for as long as the block runs.

    Whoever waits longer than ``patience`` seconds for an answer gets a timeout.
    """
    folder = Path(tempfile.mkdtemp(suffix="_chromium"))
    command = [provide_browser.browser(), *OPTIONS, f"--user-data-dir={folder}"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        yield Browser(_address(process, folder), patience)
    finally:
        process.terminate()
        process.wait(PATIENCE)
        shutil.rmtree(folder, ignore_errors=True)


def _address(process, folder):
    """Where it listens, once it does."""
    port = folder / "DevToolsActivePort"
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        if port.exists() and len(lines := port.read_text().split()) == 2:
            return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
        time.sleep(0.05)
    raise AssertionError((folder / "log").read_text(errors="replace"))


class Browser:
    """All that is said to the browser, what it answers, and tells by itself."""

    def __init__(self, address, patience):
        self.events = []
        self._numbers = itertools.count(1)
        self._socket = websocket.create_connection(
            address, timeout=patience, suppress_origin=True
        )

    def ask(self, method, session=None, **arguments):
        """Send one command; return its answer, whatever happens meanwhile."""
        number = next(self._numbers)
        command = {"id": number, "method": method, "params": arguments}
        if session:
            command["sessionId"] = session
        self._socket.send(json.dumps(command))
        while (answer := json.loads(self._socket.recv())).get("id") != number:
            self.events.append(answer)
        assert "error" not in answer, f"{method}: {answer['error']}"
        return answer["result"]

    def person(self, kind=None, size=(WIDTH, HEIGHT)):
        """Somebody else with a window of their own."""
        context = self.ask("Target.createBrowserContext")["browserContextId"]
        target = self.ask(
            "Target.createTarget", url="about:blank", browserContextId=context
        )["targetId"]
        session = self.ask("Target.attachToTarget", targetId=target, flatten=True)
        return (kind or Person)(self, session["sessionId"], size)


class Person:
    """Who sits before one window."""

    def __init__(self, browser, session, size):
        self._browser, self._session = browser, session
        self.ask("Emulation.setFocusEmulationEnabled", enabled=True)
        width, height = size
        size = {"width": width, "height": height, "deviceScaleFactor": 1}
        self.ask("Emulation.setDeviceMetricsOverride", mobile=False, **size)

    def ask(self, method, **arguments):
        """Send one command about this window; return its answer."""
        return self._browser.ask(method, self._session, **arguments)

    # === WHAT IS SEEN === #

    def open(self, address):
        self.ask("Page.navigate", url=address)

    def evaluate(self, expression):
        """What JavaScript in the page comes to, a promise's value included."""
        answer = self.ask(
            "Runtime.evaluate",
            expression=expression,
            awaitPromise=True,
            returnByValue=True,
        )
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def wait(self, expression, seconds=PATIENCE):
        """Until this is true; return what it comes to."""
        deadline = time.monotonic() + seconds
        while not (value := self._value(expression)):
            assert time.monotonic() < deadline, f"{expression}\n{self._text()}"
            time.sleep(0.05)
        return value

    def _value(self, expression):
        # While a page gives way to another one, nothing can be asked of it.
        with contextlib.suppress(AssertionError):
            return self.evaluate(expression)

    def _text(self):
        return self.evaluate("document.body.innerText")

    def see(self, selector, text="", seconds=PATIENCE):
        """Wait for an element with this text: its left, top, width and height."""
        asked = f"{FIND}({json.dumps(selector)}, {json.dumps(text)})"
        return self.wait(asked, seconds)

    def miss(self, selector, seconds=PATIENCE):
        """Wait until there is no such element."""
        self.wait(f"!document.querySelector({json.dumps(selector)})", seconds)

    # === WHAT IS DONE === #

    def click(self, selector, text=""):
        """Where it stands still: what is still being drawn is missed by a hand."""
        box = None
        while box != (box := self.see(selector, text)):
            time.sleep(0.1)
        left, top, width, height = box
        place = left + width / 2, top + height / 2
        self.mouse("mousePressed", *place)
        self.mouse("mouseReleased", *place)

    def mouse(self, what, left, top):
        """``mousePressed``, ``mouseMoved`` or ``mouseReleased``, with its left key."""
        self.ask(
            "Input.dispatchMouseEvent",
            type=what,
            x=left,
            y=top,
            button="left",
            buttons=int(what != "mouseReleased"),
            clickCount=1,
        )

    def press(self, key, code):
        for what in ("rawKeyDown", "keyUp"):
            self.ask(
                "Input.dispatchKeyEvent",
                type=what,
                key=key,
                windowsVirtualKeyCode=code,
            )

    def write(self, text):
        self.ask("Input.insertText", text=text)
