"""A Chromium that is looked at through its debugging pipe: no driver, no port. Debian's package
`chromium-headless-shell`, which `make test` installs; tests that want one are skipped where it is not."""

import base64
import fcntl
import json
import os
import pathlib
import shutil
import subprocess
import time

import pytest

NAMES = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"]


def path():
    """The browser's path; the test is skipped where there is none."""
    found = next((p for p in map(shutil.which, NAMES) if p), None)
    if found is None:
        pytest.skip("no Chromium here: `apt install chromium-headless-shell` to see the page in a browser")
    return found


class Browser:
    """A browser with one page."""

    def __init__(self, folder):
        to_read, to_write = os.pipe(), os.pipe()

        def take_pipes():
            # High numbers first, so that neither takes the other's place.
            command, answer = (fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (to_read[0], to_write[1]))
            os.dup2(command, 3)
            os.dup2(answer, 4)

        self.process = subprocess.Popen(
            [path(), "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe",
             f"--user-data-dir={folder}", "about:blank"],
            close_fds=False, preexec_fn=take_pipes, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_read[0])
        os.close(to_write[1])
        self.commands, self.answers = os.fdopen(to_read[1], "wb"), os.fdopen(to_write[0], "rb")
        self.count = 0
        self.events = []
        self.session = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ["Page", "Runtime", "Log", "Network"]:
            self.call(domain + ".enable")
        self.call("Emulation.setFocusEmulationEnabled", enabled=True)

    def _message(self):
        data = bytearray()
        while (byte := self.answers.read(1)) != b"\0":
            assert byte, "the browser has ended"
            data += byte
        return json.loads(data)

    def call(self, method, **parameters):
        """Carries out a command of the DevTools protocol; its result."""
        self.count += 1
        message = {"id": self.count, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        self.commands.write(json.dumps(message).encode() + b"\0")
        self.commands.flush()
        while True:
            answer = self._message()
            if answer.get("id") == self.count:
                assert "error" not in answer, f"{method}: {answer['error']}"
                return answer["result"]
            self.events.append(answer)

    def open(self, url):
        """Shows a page, and comes back when it is loaded."""
        self.events.clear()
        self.call("Page.navigate", url=url)
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self.events.append(self._message())

    def look(self, width, scheme="light", medium="screen"):
        """How wide the screen is, what colours are wanted, and whether it is paper."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=width < 600)
        self.call("Emulation.setEmulatedMedia", media=medium,
                  features=[{"name": "prefers-color-scheme", "value": scheme}])

    def evaluate(self, expression):
        """What an expression comes to on the page."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def wait_for(self, expression, seconds=20):
        """Asks until an expression comes to something true; that."""
        end = time.monotonic() + seconds
        while not (found := self.evaluate(expression)):
            assert time.monotonic() < end, f"`{expression}` is {found!r}: {self.evaluate('document.body.innerText')}"
            time.sleep(0.02)
        return found

    def type(self, text):
        """Writes text where the focus is."""
        self.call("Input.insertText", text=text)

    def press(self, key):
        """Presses a key: Tab, Enter or Space."""
        code, text = {"Tab": (9, ""), "Enter": (13, "\r"), "Space": (32, " ")}[key]
        name = " " if key == "Space" else key
        self.call("Input.dispatchKeyEvent", type="keyDown", key=name, code=key, windowsVirtualKeyCode=code, text=text)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=name, code=key, windowsVirtualKeyCode=code)

    def tab_to(self, identifier):
        """Goes by the Tab key to an element."""
        for _ in range(20):
            self.press("Tab")
            if self.evaluate("document.activeElement.id || document.activeElement.localName") == identifier:
                return
        raise AssertionError(f"the Tab key does not lead to {identifier}")

    def picture(self, path):
        """Keeps what is seen as a PNG."""
        data = self.call("Page.captureScreenshot", captureBeyondViewport=True)["data"]
        pathlib.Path(path).write_bytes(base64.b64decode(data))

    def names(self, role):
        """What a screen reader calls the elements of a role."""
        nodes = self.call("Accessibility.getFullAXTree")["nodes"]
        return [node["name"]["value"] for node in nodes if not node["ignored"] and node["role"]["value"] == role]

    def complaints(self):
        """What the browser had to say about the page: broken rules, failed loads."""
        return [event["params"]["entry"]["text"] for event in self.events if event.get("method") == "Log.entryAdded"]

    def requests(self):
        """The addresses that the page asked for."""
        return [event["params"]["request"]["url"] for event in self.events
                if event.get("method") == "Network.requestWillBeSent"]

    def close(self):
        self.process.kill()
        self.process.wait()
        self.commands.close()
        self.answers.close()
