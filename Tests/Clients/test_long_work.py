"""Long work: each operation that answers 202 says in `Location` where it goes on, and the command line follows it."""

import json
import os
import re
import subprocess
import threading

import pytest
from conftest import ROOT, binary, plain_environment
from contract import place_of_work
from test_runs import show

# Runs that failed or are stuck are asked for in test_runs.py, those that take longer than the server waits below.
ELSEWHERE = {
    "POST /v1/runs/{run}/retry", "POST /v1/runs/{run}/skip", "POST /v1/tenants", "POST /v1/tenants/{tenant}/schools"}
RUNS_OF_TENANT_MAX = 4


@pytest.fixture
def slow(stopped_server):
    """A server that copies districts of the tier `advanced` an item a second, so that a move can be asked for things."""
    catalog = json.loads((ROOT / "Templates/catalogs/default.json").read_text())
    [advanced] = [tier for tier in catalog["tiers"] if tier["name"] == "advanced"]
    advanced["copyRateItemsPerSecond"] = 1
    path = stopped_server.folder / "catalog.json"
    path.write_text(json.dumps(catalog))
    return stopped_server.start("--catalog", str(path))


class Worker:
    """Starts long work by the operations of the document, and keeps which of them answered 202."""

    def __init__(self, server):
        self.server, self.accepted = server, set()

    def onboard(self, name, schools=1, tier="basic"):
        answer = self.server.onboard(name, tier, schools=[f"{name} {number}" for number in range(schools)])
        assert answer.status == 201, answer.text
        return answer.json["tenant"]

    def post(self, operation, body=None, **names):
        """Sends it; what is at the address that the answer has."""
        path = operation.format(**names)
        answer = self.server.api("POST", path, body or {})
        assert answer.status == 202, (path, answer.text)
        place = answer.headers["Location"]
        assert place == place_of_work(answer.json)
        self.accepted.add(f"POST {operation}")
        found = self.server.api("GET", place)
        assert found.status == 200, found.text
        return found.json

    def wait(self, run, state="completed"):
        now = lambda: show(self.server, run["id"])
        return self.server.wait_for(lambda: (found := now())["state"] == state and found, seconds=60)

    def wait_at(self, run, step):
        self.server.wait_for(lambda: show(self.server, run["id"])["step"] == step, seconds=60)


def moves(work):
    first, second, third = (work.onboard(f"Mover {number}", tier="advanced")["id"] for number in range(3))
    kept = work.post("/v1/tenants/{tenant}/moves", {"tier": "premium", "undoWindowSeconds": 600}, tenant=first)
    copied = work.post("/v1/tenants/{tenant}/moves", {"tier": "premium", "undoWindowSeconds": 0}, tenant=second)
    work.post("/v1/runs/{run}/throttle", {"itemsPerSecond": 1}, run=copied["id"])
    work.post("/v1/runs/{run}/pause", run=copied["id"])
    work.wait(copied, "paused")
    work.post("/v1/runs/{run}/resume", run=copied["id"])
    work.post("/v1/runs/{run}/cancel", run=copied["id"])
    work.wait(copied, "undone")
    waiting = work.post("/v1/tenants/{tenant}/moves", {"tier": "premium", "when": "window"}, tenant=third)
    assert waiting["tenant"] == third and waiting["target"] == "premium"
    work.wait_at(kept, "keep")
    work.post("/v1/runs/{run}/rollback", run=kept["id"])
    work.wait(kept, "undone")


def pools(work):
    plan = work.server.api("POST", "/v1/pools/pool-basic-1/rebalance", {"dryRun": True}).json
    assert plan["moves"], plan
    work.wait(work.post("/v1/pools/{pool}/rebalance", {"undoWindowSeconds": 0}, pool="pool-basic-1"))
    back = {"into": "pool-basic-1", "undoWindowSeconds": 0}
    work.wait(work.post("/v1/pools/{pool}/merge", back, pool="pool-basic-2"))


def schools(work):
    leaving, taking = work.onboard("Leaving", schools=2), work.onboard("Taking")
    work.wait(work.post(
        "/v1/tenants/{tenant}/schools/{school}/moves", {"to": taking["id"]}, tenant=leaving["id"],
        school=leaving["schools"][0]["id"]))


def send(server, tenant, copy):
    """Sends the files of an export; the upload that has them."""
    upload = server.api("POST", f"/v1/tenants/{tenant}/imports", {}).json["upload"]
    for file in (file for file in copy.rglob("*") if file.is_file()):
        name = str(file.relative_to(copy)).replace("/", "%2F")
        path = f"/v1/tenants/{tenant}/imports/{upload}/files/{name}?offset=0"
        assert server.api("PUT", path, file.read_bytes()).status == 200
    return upload


def archives(work):
    tenant = work.onboard("Archive County")
    work.wait(work.post("/v1/tenants/{tenant}/backups", tenant=tenant["id"]))
    [backup] = [one["id"] for one in work.server.api("GET", f"/v1/tenants/{tenant['id']}/backups").json["backups"]]
    work.wait(work.post("/v1/backups/{backup}/verify", backup=backup))
    work.wait(work.post("/v1/tenants/{tenant}/restores", {"backup": backup}, tenant=tenant["id"]))
    work.wait(work.post("/v1/tenants/{tenant}/exports", tenant=tenant["id"]))
    copy = work.server.folder / "copy"
    work.server.cli("tenant", "export", tenant["id"], "--out", str(copy))
    upload = send(work.server, tenant["id"], copy)
    work.wait(work.post(
        "/v1/tenants/{tenant}/imports/{upload}/runs", {"onConflict": "skip"}, tenant=tenant["id"], upload=upload))


def departures(work):
    tenant = work.onboard("Departing")
    erased = f"student-table: TENANT#{tenant['schools'][0]['id']}#STUDENT#1*"
    work.wait(work.post("/v1/tenants/{tenant}/erasures", {"keys": [erased], "reason": "asked"}, tenant=tenant["id"]))
    leaving = work.post(
        "/v1/tenants/{tenant}/offboard", {"reason": "over", "graceSeconds": 3600, "export": False}, tenant=tenant["id"])
    work.wait_at(leaving, "grace")
    work.post("/v1/tenants/{tenant}/grace", {"graceSeconds": 7200, "reason": "asked"}, tenant=tenant["id"])
    work.post("/v1/tenants/{tenant}/keep", tenant=tenant["id"])
    work.wait(leaving, "undone")


def comparing(work):
    tenant = work.onboard("Counted")["id"]
    counted = work.wait(work.post("/v1/tenants/{tenant}/usage/recount", tenant=tenant))
    assert counted["result"]["counted"] == counted["result"]["reckoned"]
    look = work.wait(work.post("/v1/reconcile", {"deep": True}))
    assert look["result"]["isClean"]


def test_every_202_says_where_the_work_goes_on(slow):
    work = Worker(slow)
    for subject in [moves, schools, archives, departures, pools, comparing]:
        subject(work)
    paths = slow.api("GET", "/openapi.json", key="").json["paths"]
    promised = {
        f"{method.upper()} {path}" for path, operations in paths.items() for method, operation in operations.items()
        if "202" in operation["responses"]}
    assert work.accepted | ELSEWHERE == promised and not work.accepted & ELSEWHERE


# What usually does not take long


class Command(threading.Thread):
    """A command that runs meanwhile."""

    def __init__(self, server, *words):
        super().__init__()
        self.words = [binary(), *words, "--data", str(server.data)]
        self.start()

    def run(self):
        self.done = subprocess.run(
            self.words, capture_output=True, text=True, timeout=120, check=False, env=plain_environment())

    def end(self):
        self.join()
        assert self.done.returncode == 0, self.done.stderr
        return self.done


class HungImport:
    """An import that reads a pipe into which nobody writes, until it is let go on."""

    def __init__(self, server, tenant, copy):
        upload = send(server, tenant, copy)
        self.pipe = next((server.data / "imports" / upload).rglob("part-*"))
        self.kept = self.pipe.read_bytes()
        self.pipe.unlink()
        os.mkfifo(self.pipe)
        answer = server.api("POST", f"/v1/tenants/{tenant}/imports/{upload}/runs", {"onConflict": "skip"})
        assert answer.status == 202, answer.text
        self.run = answer.json["id"]

    def let_go(self):
        whole = self.pipe.with_name("whole")
        whole.write_bytes(self.kept)
        writer = os.open(self.pipe, os.O_WRONLY)
        whole.rename(self.pipe)
        os.close(writer)


def test_what_takes_longer_than_the_server_waits_is_followed_where_that_is_said(server):
    """Of a district's runs four are under way at once: behind as many that hang, a school is long in coming."""
    tenant = server.onboard().json["tenant"]["id"]
    copy = server.folder / "copy"
    server.cli("tenant", "export", tenant, "--out", str(copy))
    hung = [HungImport(server, tenant, copy) for _ in range(RUNS_OF_TENANT_MAX)]
    server.wait_for(lambda: {show(server, one.run)["state"] for one in hung} == {"running"})
    add = ["school", "add", tenant]
    followed = Command(server, *add, "Followed", "--wait")
    left = Command(server, *add, "Left")
    program = Command(server, *add, "Program", "--no-wait", "--json")
    asked = server.api("POST", f"/v1/tenants/{tenant}/schools", {"name": "Asked"})
    assert asked.status == 202, asked.text
    assert "it is not finished yet: homeroom run watch r" in left.end().stdout
    run = json.loads(program.end().stdout)["run"]
    assert show(server, run)["kind"] == "school.add"
    assert followed.is_alive()
    for one in hung:
        one.let_go()
    assert re.fullmatch(r"Followed is a school of Springfield USD: s\w{15}\n", followed.end().stdout)
    names = {"Lincoln High", "Followed", "Left", "Program", "Asked"}
    server.wait_for(lambda: {
        school["name"] for school in server.api("GET", f"/v1/tenants/{tenant}").json["schools"]} == names)
    # The answer of one that is done at once is the same.
    assert re.fullmatch(r"Oak is a school of .*\n", server.cli(*add, "Oak", "--wait").stdout)
