"""`GET /v1/runs/{id}/events`: a run followed to its end by server-sent events."""

import json
import threading
import time

import pytest


class Stream:
    """A stream of events, read as a browser's EventSource reads it."""

    def __init__(self, server, run, key=None, last=None):
        headers = {"Authorization": f"Bearer {key or server.admin_key}", "Accept": "text/event-stream"}
        if last:
            headers["Last-Event-ID"] = last
        self.response = server.http.request(
            "GET", f"{server.control}/v1/runs/{run}/events", headers=headers, preload_content=False, timeout=30)
        self.status, self.headers = self.response.status, self.response.headers
        self.comments = 0

    def events(self):
        """(name, id, run) of each event until the stream ends."""
        fields, rest = {}, b""
        for piece in self.response.stream(512):
            rest += piece
            *lines, rest = rest.split(b"\n")
            for line in lines:
                if line.startswith(b":"):
                    self.comments += 1
                elif line:
                    name, _, value = line.decode().partition(": ")
                    fields[name] = value
                elif fields:
                    yield fields["event"], fields["id"], json.loads(fields["data"])
                    fields = {}


@pytest.fixture
def moving(server):
    """A server, a tenant, the run of its move that waits to be kept or taken back, and the tenant's key."""
    onboarded = server.onboard().json
    tenant = onboarded["tenant"]["id"]
    run = server.api("POST", f"/v1/tenants/{tenant}/moves", {"tier": "premium"})
    assert run.headers["Location"] == f"/v1/runs/{run.json['id']}"
    def is_kept():
        shown = server.api("GET", f"/v1/runs/{run.json['id']}").json
        return (shown.get("step"), shown["state"]) == ("keep", "waiting")

    server.wait_for(is_kept)
    # By now its first look at the change log has been recorded too.
    time.sleep(0.5)
    return server, tenant, run.json["id"], onboarded["credentials"]


def test_a_run_is_followed_until_it_ends(moving):
    server, _, run, _ = moving
    stream = Stream(server, run)
    assert (stream.status, stream.headers["Content-Type"]) == (200, "text/event-stream")
    events = stream.events()
    name, first, seen = next(events)
    assert (name, seen["id"], seen["state"]) == ("run", run, "waiting")
    assert server.api("POST", f"/v1/runs/{run}/rollback").status == 202
    rest = list(events)
    assert [event[0] for event in rest][-1] == "end" and rest[-1][2]["state"] == "undone"
    assert len({event[1] for event in rest} | {first}) == len(rest) + 1, "each event has an id of its own"
    assert [event[0] for event in Stream(server, run).events()] == ["end"], "of a run that has ended, the end"


def test_who_comes_again_is_told_what_is_new_alone(moving):
    server, _, run, _ = moving
    _, seen, _ = next(Stream(server, run).events())
    again = Stream(server, run, last=seen).events()
    threading.Timer(0.5, lambda: server.api("POST", f"/v1/runs/{run}/rollback")).start()
    began = time.monotonic()
    assert next(again)[1] != seen and time.monotonic() - began > 0.4


def test_a_stream_shows_a_tenant_its_own_runs_alone(server):
    own, other = server.onboard("Own").json, server.onboard("Other").json
    key = own["credentials"]["key"]
    assert [event[0] for event in Stream(server, own["run"], key=key).events()] == ["end"]
    assert Stream(server, other["run"], key=key).status == 404


def test_a_stream_ends_with_its_key(moving):
    server, _, run, credentials = moving
    events = Stream(server, run, key=credentials["key"]).events()
    assert next(events)[0] == "run"
    assert server.api("DELETE", f"/v1/keys/{credentials['id']}").status == 200
    began = time.monotonic()
    assert list(events) == [] and time.monotonic() - began < 1
    reviewer = server.api("POST", "/v1/keys", {"role": "reviewer"}).json["controlKey"]
    assert Stream(server, run, key=reviewer).status == 403


def test_a_stream_ends_with_its_tenants_suspension(moving):
    server, tenant, run, credentials = moving
    events = Stream(server, run, key=credentials["key"]).events()
    assert next(events)[0] == "run"
    assert server.api("POST", f"/v1/tenants/{tenant}/suspend", {"reason": "unpaid"}).status == 200
    began = time.monotonic()
    # The run may have been told of once more before.
    assert len(list(events)) <= 1 and time.monotonic() - began < 1
    assert Stream(server, run, key=credentials["key"]).status == 403


def test_streams_do_not_keep_a_server_from_stopping_or_from_answering(moving):
    server, tenant, run, _ = moving
    streams = [Stream(server, run) for _ in range(64)]
    readers = [stream.events() for stream in streams]
    for reader in readers:
        assert next(reader)[2]["id"] == run
    refused = Stream(server, run)
    assert refused.status == 503 and json.loads(refused.response.data)["type"] == "urn:homeroom:problem:busy"
    began = time.monotonic()
    for _ in range(50):
        assert server.api("GET", f"/v1/tenants/{tenant}").status == 200
    assert time.monotonic() - began < 5
    # Those that have gone away make room.
    for stream in streams[32:]:
        stream.response.close()
    server.wait_for(lambda: Stream(server, run).status == 200, seconds=30)
    began = time.monotonic()
    assert server.terminate() == 0
    assert time.monotonic() - began < 10
    for reader in readers[:32]:
        assert all(event[2]["id"] == run for event in reader)
