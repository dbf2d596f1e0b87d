"""The wall clock jumps back an hour, under a server that runs and between two starts: what README's table says of it."""

import json

import pytest
from fake_clock import HOUR, ClientOf, FakeClock
from fault_world import District
from test_events import all_events
from wire import Refused, Wire

CLEAN = "nothing is wrong\n"


class World:
    """A server with a clock of its own, and two districts."""

    def __init__(self, server):
        self.server, self.clock = server, FakeClock(server.folder)
        self.start()
        self.early, self.late = self.district("Springfield", "basic"), self.district("Shelbyville", "premium")

    def start(self):
        self.clock.start(self.server)

    def district(self, name, tier):
        district = District(self.server, name, tier)
        district.wire = self.wire(district)
        district.put()
        return district

    def wire(self, district, ahead_seconds=0):
        return Wire(self.server, ClientOf(self.server, self.clock, district.id, district.school, ahead_seconds))

    def token(self, district):
        answer = self.server.api(
            "POST", "/v1/tokens", {"tenant": district.id, "school": district.school, "role": "service"})
        return answer.json["token"]

    def exchange(self, token):
        """What the gateway answers to a token of before: its status and text."""
        answer = self.server.http.request(
            "POST", self.server.gateway, headers={"Content-Type": "application/x-www-form-urlencoded"},
            body="Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleSessionName=wire"
            f"&RoleArn=arn:aws:iam::000000000000:role/service&WebIdentityToken={token}")
        return answer.status, answer.data.decode()

    def move(self, district, tier):
        answer = self.server.api(
            "POST", f"/v1/tenants/{district.id}/moves", {"tier": tier, "undoWindowSeconds": 0})
        assert answer.status == 202, answer.text
        return answer.json["id"]

    def wait(self, run):
        self.server.wait_for(
            lambda: self.server.api("GET", f"/v1/runs/{run}").json["state"] == "completed", seconds=60)

    def check_order(self):
        """Events and audit entries are in the order of their commits, by number and by time."""
        events = all_events(self.server)
        assert [event["sequence"] for event in events] == list(range(1, len(events) + 1))
        assert [event["time"] for event in events] == sorted(event["time"] for event in events)
        entries = self.server.api("GET", "/v1/audit?limit=500").json["entries"][::-1]
        times = [entry["time"] for entry in entries]
        assert times == sorted(times)
        verified = self.server.cli("audit", "verify")
        assert verified.returncode == 0, verified.stdout
        return events, entries


@pytest.fixture
def world(stopped_server):
    return World(stopped_server)


def server_time(server):
    return server.api("GET", "/v1/tenants").headers["Date"]


def test_the_clock_goes_back_an_hour_under_a_running_server(world):
    server = world.server
    before = world.token(world.early)
    events, _ = world.check_order()
    under_way = world.move(world.early, "advanced")
    date = server_time(server)
    world.clock.set(-HOUR)
    assert server_time(server)[17:19] != date[17:19], "the server does not see the clock"
    # Sessions live on; a client whose clock is still ahead is refused with what SDKs correct themselves by.
    world.late.put()
    world.late.check()
    world.wait(under_way)
    world.late.wire.session.ahead_seconds = HOUR
    with pytest.raises(Refused) as refused:
        world.late.put()
    assert refused.value.status in (400, 403) and refused.value.name in (
        "InvalidSignatureException", "RequestExpired", "RequestTimeTooSkewed"), str(refused.value)
    world.late.wire.session.ahead_seconds = 0
    # Tokens of before are not yet valid; new ones are good.
    status, text = world.exchange(before)
    assert status == 400 and "InvalidIdentityToken" in text, text
    for district in [world.early, world.late]:
        district.wire = world.wire(district)
        district.put()
        district.check()
    # Runs go on: none waits for an hour.
    world.wait(world.move(world.late, "basic"))
    world.district("Ogdenville", "basic")
    again, _ = world.check_order()
    assert again[:len(events)] == events and len(again) > len(events)
    assert server.cli("reconcile", "--deep").stdout == CLEAN
    assert server.terminate() == 0


def test_the_clock_goes_back_an_hour_between_two_starts(world):
    server = world.server
    events, entries = world.check_order()
    before = world.token(world.early)
    runs = server.cli_json("run", "list")["runs"]
    under_way = world.move(world.early, "premium")
    server.kill()
    world.clock.set(-HOUR)
    world.start()
    world.wait(under_way)
    assert world.exchange(before)[0] == 400
    for district in [world.early, world.late]:
        district.wire = world.wire(district)
        district.put()
        district.check()
    late = world.district("Ogdenville", "premium")
    again, later = world.check_order()
    assert again[:len(events)] == events and later[:len(entries)] == entries
    # The newest are the last that were started, by whatever clock.
    listed = [run["id"] for run in server.cli_json("run", "list")["runs"]]
    assert listed[-len(runs):] == [run["id"] for run in runs] and under_way in listed[:2]
    assert json.dumps(late.tenant["id"]) in json.dumps(server.cli_json("tenant", "list"))
    # And forth again.
    world.clock.set(0)
    for district in [world.early, world.late, late]:
        district.wire = world.wire(district)
        district.put()
        district.check()
    world.check_order()
    assert server.cli("reconcile", "--deep").stdout == CLEAN
    assert server.terminate() == 0
