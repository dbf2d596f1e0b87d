"""Slow and hostile clients on raw sockets: the server's memory stays bounded, and others are served meanwhile."""

import contextlib
import gzip
import json
import resource
import select
import socket
import threading
import time

import pytest
from conftest import ROOT, Server
from fault_world import District
from hostile_clients import MEGABYTE, Guard, Memory, answer, connect, connections, is_closed, put, send, signed

IDLE = 5000
FILES = 512
# How long a well-behaved client may wait for an answer meanwhile: a debug build on a machine that does much else.
SERVED_SECONDS = 10
BODY_MAX = 16 * 1024 * 1024


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """One server for all: each test leaves it as it was."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    server = Server(tmp_path_factory.mktemp("hostile"))
    catalog = json.loads((ROOT / "Templates/catalogs/default.json").read_text())
    for tier in catalog["tiers"]:
        tier.update(readUnitsPerSecond=1_000_000, writeUnitsPerSecond=1_000_000)
    path = server.folder / "catalog.json"
    path.write_text(json.dumps(catalog))
    server.start("--catalog", str(path))
    yield server
    assert server.terminate() == 0


@pytest.fixture(scope="module")
def district(server):
    return District(server, "Hostile", "basic")


@pytest.fixture(scope="module")
def neighbour(server):
    return District(server, "Well", "basic")


@pytest.fixture
def guarded(server, neighbour):
    """Somebody else reads and writes all the while, and is served; the process is the same afterwards; its memory is watched."""
    pid = server.process.pid
    guard = Guard(neighbour)
    watch = Memory(pid)
    yield watch
    guard.stop()
    print(f"longest answer {guard.longest:.2f} s of {guard.count}; memory {watch}")
    assert not guard.failures, guard.failures[:3]
    assert guard.count > 0 and guard.longest < SERVED_SECONDS
    assert server.process.poll() is None and server.process.pid == pid


HEAD = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-amz-json-1.0\r\n"


def test_idle_connections(server, district, guarded):
    """5,000 connections that say nothing, and then 5,000 that have said something."""
    district.put()
    with connections(server, IDLE) as opened:
        time.sleep(0.5)
        assert guarded.connections >= IDLE
        print(f"{guarded.grew_by() / IDLE / 1024:.1f} KB a silent connection")
        request = signed(server, district, "GetItem", json.dumps(
            {"TableName": "student-table", "Key": district.key(1)}).encode())
        # Not all at once: what is tried is that many are there, not that thousands ask in the same moment.
        for start in range(0, len(opened), 500):
            for connection in opened[start:start + 500]:
                connection.sendall(request)
            for connection in opened[start:start + 500]:
                assert answer(connection)[0] == 200
        print(f"{guarded.grew_by() / IDLE / 1024:.1f} KB a connection that was used")
        assert guarded.grew_by() < IDLE * 64 * 1024
    server.wait_for(lambda: guarded.connections < 100)


def test_more_connections_than_there_may_be(tmp_path):
    """Those that have been silent the longest are closed; who comes is served, and the stores keep their part of the files."""
    server = Server(tmp_path)
    server.start(before=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, FILES)))
    try:
        district, beside = District(server, "Well", "basic"), District(server, "Apart", "premium")
        opened = []
        for number in range(1500):
            opened.append(connect(server))
            if number % 150 == 149:
                time.sleep(0.3)
                for each in [district, beside]:
                    each.wire.close()
                    each.put()
                    each.check()
        # The first ones were closed, the last ones were not.
        assert is_closed(opened[0], 5)
        newest = select.poll()
        newest.register(opened[-1])
        assert not [events for _, events in newest.poll(0) if events & ~select.POLLOUT]
        for connection in opened:
            connection.close()
    finally:
        assert server.terminate() == 0


def test_slowloris(server, guarded):
    """Heads that never end, a byte at a time."""
    with connections(server, 500) as opened:
        for round in range(20):
            for connection in opened:
                send(connection, (HEAD + b"X-A: " + b"b" * 100)[round * 4:round * 4 + 4])
            time.sleep(0.1)
        assert guarded.grew_by() < 500 * 64 * 1024


def test_endless_headers(server, guarded):
    """A head that goes on is refused as soon as it is longer than a head may be."""
    with connections(server, 20) as opened:
        for connection in opened:
            connection.sendall(HEAD)
            sent = 0
            while send(connection, b"X-Filler: " + b"x" * 1000 + b"\r\n") and sent < 20_000:
                sent += 1
            assert sent < 20_000, "twenty megabytes of header fields were taken in"
        assert guarded.grew_by() < 20 * MEGABYTE


@pytest.mark.parametrize("line", [
    b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"\x00\xff\xfe\x80" * 1000 + b"\r\n\r\n",
    b"POST / HTTP/9.9\r\nHost: x\r\n\r\n",
    b"\r\n" * 50_000,
    b"POST / HTTP/1.1\r\n" + b"Host: x\r\n" * 4000 + b"\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZZZ\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFFF\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nX-\xff\xfe: \x80\x81\r\nContent-Length: 0\r\n\r\n",
])
def test_malformed_heads(server, guarded, line):
    """Refused or closed, never a 200 and never a hang."""
    connection = connect(server)
    send(connection, line)
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_WR)
    found = answer(connection)
    assert found is None or 400 <= found[0] < 500 or found[0] == 505, found
    connection.close()


def test_invalid_utf8(server, district, guarded):
    """In the text, in a name, in a field that is signed for: refused, and the next request on the connection is served."""
    connection = connect(server)
    for extra in [b',"a":{"S":"\xff\xfe"}', b',"\xc0\xaf":{"S":"b"}', b',"a":{"S":"\xed\xa0\x80"}', b"\x80"]:
        connection.sendall(signed(server, district, "PutItem", put(district, extra)))
        status, body = answer(connection)
        assert status == 400 and json.loads(body)["__type"].split("#")[1] in [
            "SerializationException", "ValidationException"], body
    connection.sendall(signed(server, district, "PutItem", put(district)))
    assert answer(connection)[0] == 200
    connection.close()


@pytest.mark.parametrize("opening, closing", [
    (b'{"L":[', b"]}"), (b'{"M":{"a":', b"}}"), (b"[", b"]"), (b'{"a":', b"}"), (b'{"L":[', b"")])
def test_nesting_bombs(server, district, guarded, opening, closing):
    """200,000 deep, signed for: refused in no time."""
    bomb = opening * 200_000 + b'{"NULL":true}' + closing * 200_000
    for body in [put(district, b',"a":' + bomb), bomb, b'{"TableName":"student-table","Unknown":' + bomb + b"}"]:
        connection = connect(server)
        began = time.monotonic()
        connection.sendall(signed(server, district, "PutItem", body))
        status, text = answer(connection)
        assert status == 400 and json.loads(text)["__type"].split("#")[1] in [
            "SerializationException", "ValidationException"], text[:300]
        assert time.monotonic() - began < SERVED_SECONDS
        connection.close()
    assert guarded.grew_by() < 100 * MEGABYTE


def test_the_largest_bodies(server, district, guarded):
    """16 MB, signed for, on twenty connections at once: each is refused by what it says; a byte more, by its size."""
    body = put(district, b',"filler":{"S":"' + b"x" * (BODY_MAX - 400) + b'"}')
    assert BODY_MAX - 400 < len(body) <= BODY_MAX
    request = signed(server, district, "PutItem", body)
    found = []

    def one():
        connection = connect(server)
        send(connection, request)
        found.append(answer(connection, 60))
        connection.close()

    threads = [threading.Thread(target=one) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    statuses = [each[0] for each in found if each]
    assert len(found) == 20 and set(statuses) <= {400, 503} and 400 in statuses, statuses
    assert all(b"ValidationException" in text for status, text in filter(None, found) if status == 400)
    assert guarded.grew_by() < 600 * MEGABYTE


def test_many_small_values(server, district, guarded):
    """Sixteen megabytes of the smallest values there are."""
    body = put(district, b',"a":{"L":[' + b",".join([b'{"NULL":true}'] * 1_100_000) + b"]}")
    assert len(body) < BODY_MAX
    connection = connect(server)
    connection.sendall(signed(server, district, "PutItem", body))
    status, text = answer(connection, 60)
    assert status == 400 and b"ValidationException" in text, text
    connection.close()
    assert guarded.grew_by() < 600 * MEGABYTE


def test_bodies_that_are_too_large(server, guarded):
    """Declared or not, they are refused, and not taken in."""
    connection = connect(server)
    connection.sendall(HEAD + b"Content-Length: 1000000000000\r\n\r\n")
    assert answer(connection)[0] == 413 and is_closed(connection)
    connection = connect(server)
    connection.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % (BODY_MAX + 1))
    send(connection, b"x" * (BODY_MAX + 1))
    assert answer(connection)[0] == 413
    # Chunks without an end.
    for connection in [connect(server) for _ in range(4)]:
        connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        chunk, sent = b"10000\r\n" + b"x" * 65536 + b"\r\n", 0
        while send(connection, chunk):
            sent += 65536
            assert sent < 3 * BODY_MAX, "a body without an end was taken in"
        connection.close()
    assert guarded.grew_by() < 100 * MEGABYTE


def test_large_bodies_that_are_held_back(server, district, guarded):
    """A hundred clients send 15 MB each and then stop. What the server holds has a limit, and they cannot keep the room."""
    piece = b"x" * (15 * MEGABYTE)
    with connections(server, 100) as opened:
        def one(connection):
            connection.settimeout(30)
            send(connection, HEAD + b"Content-Length: %d\r\n\r\n" % BODY_MAX) and send(connection, piece)

        threads = [threading.Thread(target=one, args=[connection]) for connection in opened]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert guarded.grew_by() < 450 * MEGABYTE, f"{guarded}"
        # An honest large body comes through before long: those who hold the room are cut off.
        body = put(district, b',"filler":{"S":"' + b"x" * 300_000 + b'"}')
        end = time.monotonic() + 20
        while True:
            connection = connect(server)
            send(connection, signed(server, district, "PutItem", body))
            found = answer(connection)
            if found and found[0] == 200:
                break
            assert time.monotonic() < end, found
            time.sleep(0.2)
    server.wait_for(lambda: guarded.connections < 100)


def test_gzip_bombs(server, district, guarded):
    """A thousand bytes of nothing in each byte, and bombs in bombs."""
    bomb = gzip.compress(bytes(200 * MEGABYTE), 9)
    for body in [bomb, gzip.compress(bomb), bomb[:-8], bomb + bomb]:
        connection = connect(server)
        more = {"content-encoding": "gzip"}
        connection.sendall(signed(server, district, "PutItem", body, **more))
        status, text = answer(connection)
        assert status == 400 and b"SerializationException" in text, text[:300]
        connection.close()
    assert guarded.grew_by() < 200 * MEGABYTE


def test_a_byte_at_a_time(server, district, guarded):
    """A slow client is served all the same."""
    connection = connect(server)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in signed(server, district, "PutItem", put(district)):
        connection.sendall(bytes([byte]))
        time.sleep(0.001)
    assert answer(connection)[0] == 200
    connection.close()


def test_half_closed_sockets(server, district, guarded):
    """Whoever has said all is answered or let go, whoever goes in the middle is let go: nothing of them stays."""
    request = signed(server, district, "PutItem", put(district))
    with connections(server, 200) as opened:
        for number, connection in enumerate(opened):
            connection.sendall(request if number % 2 else request[:-10])
            connection.shutdown(socket.SHUT_WR)
        for number, connection in enumerate(opened):
            found = answer(connection)
            if number % 2:
                assert found is None or found[0] == 200
            else:
                assert found is None or found[0] >= 400
            assert is_closed(connection)
        server.wait_for(lambda: guarded.connections < 100)


def test_connections_that_are_reset(server, district, guarded):
    """A client that is gone when the answer comes hurts nobody."""
    request = signed(server, district, "PutItem", put(district))
    for number in range(300):
        connection = connect(server)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        connection.sendall(request[:len(request) - number % 3])
        connection.close()
    server.wait_for(lambda: guarded.connections < 100)


def test_answers_that_nobody_reads(server, district, guarded):
    """Three hundred clients ask for a megabyte each and read none of it; requests without end behind each other."""
    district.wire.close()
    for number in range(5):
        district.put(350_000)
    keys = [{"recordKey": district.key(number)["recordKey"], "entityKey": {"S": "PROFILE"}}
            for number in list(district.acknowledged)[-5:]]
    body = json.dumps({"RequestItems": {"student-table": {"Keys": keys}}}).encode()
    request = signed(server, district, "BatchGetItem", body)
    with connections(server, 300) as opened:
        for connection in opened:
            connection.settimeout(5)
            send(connection, request * 20)
        time.sleep(1)
        assert guarded.grew_by() < 600 * MEGABYTE, f"{guarded}"
    server.wait_for(lambda: guarded.connections < 100)
