"""A request may take sixty seconds: who is slower is let go, whatever comes in meanwhile, and nobody else feels it."""

import socket
import time

import pytest
from fake_clock import SteadyClock

REQUEST_SECONDS = 60
BODY = b'{"name": "Slow County"}'


def begin(address):
    """A request of which the body is still to come."""
    host, port = address.removeprefix("http://").split(":")
    connection = socket.create_connection((host, int(port)), timeout=20)
    connection.sendall(
        f"POST /v1/tenants HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(BODY)}\r\n\r\n".encode())
    return connection


def is_let_go(connection):
    connection.settimeout(0.2)
    try:
        return connection.recv(1) == b""
    except TimeoutError:
        return False
    except ConnectionError:
        return True


@pytest.mark.parametrize("listener", ["control", "gateway"])
def test_who_sends_for_longer_than_a_minute_is_let_go(stopped_server, listener):
    server, clock = stopped_server, SteadyClock(stopped_server.folder)
    clock.start(server)
    address = getattr(server, listener)
    slow, quick = begin(address), begin(address)
    sent = 0
    # A byte each quarter of a minute: never silent for as long as a connection may be.
    for seconds in (15, 30, 45):
        clock.set(seconds)
        for connection in (slow, quick):
            connection.sendall(BODY[sent:sent + 1])
        sent += 1
        time.sleep(1.2)
        assert not is_let_go(slow) and not is_let_go(quick), seconds
    # In time it is answered, though without a key.
    quick.sendall(BODY[sent:])
    quick.settimeout(20)
    assert quick.recv(12).startswith((b"HTTP/1.1 401", b"HTTP/1.1 400"))
    slow.sendall(BODY[sent:sent + 1])
    clock.set(REQUEST_SECONDS + 5)
    server.wait_for(lambda: is_let_go(slow))
    for connection in (slow, quick):
        connection.close()
    server.http.clear()
    assert server.api("GET", "/readyz", key="").status == 200
