"""What the control API's two token endpoints give out, on one core."""

import base64
import json
import statistics
import time

from harness import Connection, Homeroom, medians, wrk

CONNECTIONS = 16
# One client may ask so often at once, and not much more a second: of that endpoint it is told how long an answer takes.
OAUTH_REQUESTS = 100


class _Control:
    """A server as the load generator sees it, at its control port."""

    def __init__(self, server):
        self.written_bytes, self.cpu_seconds = server.written_bytes, server.cpu_seconds
        self.address = server.control.removeprefix("http://")


def _request(control, path, authorization, kind, body):
    head = (f"POST {path} HTTP/1.1\r\nHost: {control.address}\r\nAuthorization: {authorization}\r\n"
            f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n")
    return (head + body).encode()


def _answers(control, request):
    """The median time of an answer, in milliseconds."""
    connection, times = Connection(control.address), []
    for _ in range(OAUTH_REQUESTS):
        begun = time.perf_counter()
        connection.send(request)
        times.append((time.perf_counter() - begun) * 1000)
    connection.close()
    return statistics.median(times)


def measure(bench, rounds, seconds):
    """The rate of `/v1/tokens`, medians of the rounds, with one request that is sent again and again; how long an answer by
    OAuth takes, one after the other."""
    bench.say("tokens by the control API and by OAuth")
    bench.stop()
    server = Homeroom(bench.folder, bench.catalog, True, 1, "--control-rate", "1000000")
    try:
        control, tenant, school = _Control(server), bench.school["tenant"], bench.school["id"]
        client = server.api("/v1/service-accounts", {"tenant": tenant, "schools": [school], "role": "service"})
        pair = base64.b64encode(f"{client['clientId']}:{client['clientSecret']}".encode()).decode()
        key = (bench.folder / "data" / "admin-key").read_text(encoding="ascii").strip()
        path = bench.folder / "tokens.requests"
        request = _request(control, "/v1/tokens", f"Bearer {key}", "application/json", json.dumps(
            {"tenant": tenant, "school": school, "role": "service"}))
        path.write_bytes(b"%08d\n" % len(request) + request)
        found = {"api": medians([wrk(control, path, CONNECTIONS, seconds) for _ in range(rounds)])}
        request = _request(control, "/oauth/token", f"Basic {pair}", "application/x-www-form-urlencoded",
                           "grant_type=client_credentials")
        found["oauth_milliseconds"] = _answers(control, request)
        return found
    finally:
        server.stop()
