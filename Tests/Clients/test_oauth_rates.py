"""How often tokens are given: of a client and of an address so many a second, and nobody for another's sake less."""

import base64
import concurrent.futures
import socket

import pytest
from test_oauth import Program

# What comes at once, of a client and of an address; then 50 and 200 a second.
CLIENT_BURST, ADDRESS_BURST = 200, 1000


def ask(server, body, count, auth=None):
    """The statuses of so many requests that are sent without waiting for the answers in between, with the bodies."""
    host, port = server.control.removeprefix("http://").split(":")
    head = f"POST /oauth/token HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    if auth:
        head += "Authorization: Basic " + base64.b64encode(":".join(auth).encode()).decode() + "\r\n"
    request = f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()
    found = []
    with socket.create_connection((host, int(port)), timeout=20) as connection, connection.makefile("rb") as answers:
        for _ in range(0, count, 50):
            connection.sendall(request * 50)
            for _ in range(50):
                status = int(answers.readline().split()[1])
                fields = {}
                while (line := answers.readline().decode().rstrip("\r\n")):
                    name, _, value = line.partition(":")
                    fields[name.lower()] = value.strip()
                found.append((status, fields, answers.read(int(fields["content-length"]))))
    return found


def check_refusals(refused):
    assert all(b'"temporarily_unavailable"' in body for _, _, body in refused)
    assert {int(fields["retry-after"]) for _, fields, _ in refused} == {1}
    assert all(fields["cache-control"] == "no-store" for _, fields, _ in refused)


@pytest.fixture
def program(stopped_server):
    """Behind nothing that would stop it sooner."""
    return Program(stopped_server.start("--control-rate", "100000"))


def flood(server, burst, *request):
    """What is answered to four callers at once, until one is told to wait."""
    found = []
    with concurrent.futures.ThreadPoolExecutor(4) as callers:
        while not any(status == 429 for status, _, _ in found):
            assert len(found) < 20 * burst, "no rate was met"
            for asked in [callers.submit(ask, server, request[0], burst, *request[1:]) for _ in range(4)]:
                found += asked.result()
    refused = [one for one in found if one[0] == 429]
    assert len(found) - len(refused) >= burst, "that many come at once"
    return {status for status, _, _ in found}, refused


def test_a_client_gets_so_many_tokens_a_second(program):
    server = program.server
    other = Program(server, "Shelbyville USD")
    statuses, refused = flood(server, CLIENT_BURST, "grant_type=client_credentials", program.auth)
    assert statuses == {200, 429}
    check_refusals(refused)
    assert other.token().status == 200, "another client has its own rate"
    # Those refused took nothing: it may come again.
    server.wait_for(lambda: program.token().status == 200)


def test_an_address_asks_so_many_times_a_second(program):
    server = program.server
    # Of nobody at all, so that no client's rate is met and no wrong secret counts.
    statuses, refused = flood(server, ADDRESS_BURST, "grant_type=client_credentials")
    assert statuses == {401, 429}
    check_refusals(refused)
    server.wait_for(lambda: program.token().status == 200)
