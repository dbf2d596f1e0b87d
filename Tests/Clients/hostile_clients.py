"""What hostile clients are made of, and who watches the server meanwhile."""

import contextlib
import json
import os
import pathlib
import socket
import threading
import time

from wire import Lost, Refused

MEGABYTE = 1_000_000


class Guard:
    """A client that reads and writes, each time on a new connection, and notes how long that takes."""

    def __init__(self, district):
        self.district, self.stopping = district, threading.Event()
        self.longest, self.count, self.failures = 0.0, 0, []
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while not (self.stopping.wait(0.02) and self.count):
            began = time.monotonic()
            try:
                self.district.wire.close()
                self.district.put()
                assert self.district.get(1) == self.district.acknowledged[1]
            except (Lost, Refused, AssertionError) as error:
                self.failures.append(repr(error))
            self.longest = max(self.longest, time.monotonic() - began)
            self.count += 1

    def stop(self):
        self.stopping.set()
        self.thread.join(30)


class Memory:
    """The process's resident memory, in bytes: before, now, and at its highest since."""

    def __init__(self, pid):
        self.folder = pathlib.Path(f"/proc/{pid}")
        with contextlib.suppress(OSError):
            (self.folder / "clear_refs").write_text("5")
        self.before = self.now

    def field(self, name):
        for line in (self.folder / "status").read_text().splitlines():
            if line.startswith(name + ":"):
                return int(line.split()[1]) * 1024

    @property
    def now(self):
        return self.field("VmRSS")

    @property
    def highest(self):
        return self.field("VmHWM")

    @property
    def connections(self):
        count = 0
        for name in os.listdir(self.folder / "fd"):
            with contextlib.suppress(OSError):
                count += os.readlink(self.folder / "fd" / name).startswith("socket:")
        return count

    def grew_by(self):
        return self.highest - self.before

    def __str__(self):
        return f"{self.before // MEGABYTE} MB before, {self.highest // MEGABYTE} at most, {self.now // MEGABYTE} now"


def connect(server):
    host, port = server.gateway.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=20)


@contextlib.contextmanager
def connections(server, count):
    opened = []
    try:
        for _ in range(count):
            opened.append(connect(server))
        yield opened
    finally:
        for connection in opened:
            connection.close()


def answer(connection, seconds=20):
    """The status and the body of the next answer; None where the connection is closed instead."""
    connection.settimeout(seconds)
    data = b""
    with contextlib.suppress(ConnectionError):
        while b"\r\n\r\n" not in data:
            piece = connection.recv(65536)
            if not piece:
                return None
            data += piece
        head, _, body = data.partition(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        while len(body) < length:
            piece = connection.recv(65536)
            if not piece:
                return None
            body += piece
        return int(head.split()[1]), body
    return None


def is_closed(connection, seconds=20):
    """Whether the server closes the connection, whatever it says before."""
    connection.settimeout(seconds)
    with contextlib.suppress(ConnectionError):
        while connection.recv(65536):
            pass
    return True


def send(connection, data):
    """Whether all of it could be sent."""
    try:
        connection.sendall(data)
        return True
    except (ConnectionError, TimeoutError):
        return False


def signed(server, district, operation, body, **more):
    return district.wire.session.request(server.gateway.removeprefix("http://"), operation, body, **more)


def put(district, extra=b""):
    """The text of a PutItem of the district's own, with more in it."""
    key = json.dumps(district.key("hostile"))[1:-1].encode()
    return b'{"TableName":"student-table","Item":{' + key + extra + b"}}"
