"""Programs in a real terminal of a width that the test says."""

import codecs
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|\x1b\][^\x07]*\x07")


class Terminal:
    """A process that has a terminal for itself."""

    def __init__(self, words, columns=80, environment=None, cwd=None, stdout=None):
        self.main, side = pty.openpty()
        fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        self.process = subprocess.Popen(
            words, stdin=side, stdout=stdout or side, stderr=side, cwd=cwd, start_new_session=True,
            env={"TERM": "xterm-256color", **(environment or {})},
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(side)
        self.shown = ""
        # A character's bytes may come in two pieces.
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")

    def read(self, seconds):
        """Reads what comes within that time; false where nothing comes any more."""
        if not select.select([self.main], [], [], seconds)[0]:
            return True
        try:
            piece = os.read(self.main, 65536)
        except OSError:
            # All that had it open have closed it.
            return False
        self.shown += self._decoder.decode(piece)
        return bool(piece)

    def wait_for(self, text, seconds=20):
        """Reads until it shows `text`."""
        end = time.monotonic() + seconds
        while text not in self.text:
            assert time.monotonic() < end, f"it never showed {text!r}, but {self.shown!r}"
            if not self.read(0.1):
                break
        assert text in self.text, self.shown
        return self

    def type(self, keys):
        os.write(self.main, keys.encode())
        return self

    def end(self, seconds=60):
        """Reads to the end; the exit code."""
        end = time.monotonic() + seconds
        while self.read(0.2) and self.process.poll() is None:
            if time.monotonic() > end:
                os.killpg(self.process.pid, signal.SIGKILL)
                raise AssertionError(f"it did not end: {self.shown!r}")
        code = self.process.wait(5)
        while select.select([self.main], [], [], 0)[0] and self.read(0):
            pass
        os.close(self.main)
        return code

    @property
    def text(self):
        """What it shows, without what steers the terminal."""
        return ESCAPES.sub("", self.shown).replace("\r\n", "\n")

    @property
    def lines(self):
        """The lines as they stand in the end: what was redrawn is gone."""
        return [line.rsplit("\r", 1)[-1] for line in self.text.split("\n")]
