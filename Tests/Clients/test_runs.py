"""Runs of a real server: turns by kind over a kill, filters, what operators may ask, figures."""

import json
import os
import re

import pytest
from conftest import ROOT
from fake_clock import SteadyClock
from fault_world import read_only
from test_events import all_events

MOVES_AT_ONCE = 4
DISTRICTS = 6


@pytest.fixture
def slow(stopped_server):
    """A server whose moves copy an item a second: as many seconds as a district has items of its own, about ten."""
    catalog = json.loads((ROOT / "Templates/catalogs/default.json").read_text())
    for tier in catalog["tiers"]:
        tier["copyRateItemsPerSecond"] = 1
    path = stopped_server.folder / "catalog.json"
    path.write_text(json.dumps(catalog))
    stopped_server.options = ["--catalog", str(path)]
    return stopped_server.start(*stopped_server.options)


def onboard(server, name):
    answer = server.onboard(name, schools=[f"School {number}" for number in range(3)])
    assert answer.status == 201, answer.text
    return answer.json


def start_moves(server, count):
    """Moves that begin within moments of one another, whatever onboarding takes."""
    runs = []
    for tenant in [onboard(server, f"District {number}")["tenant"]["id"] for number in range(count)]:
        answer = server.api("POST", f"/v1/tenants/{tenant}/moves", {"tier": "advanced", "undoWindowSeconds": 0})
        assert answer.status == 202, answer.text
        runs.append(answer.json["id"])
    return runs


def show(server, run):
    answer = server.api("GET", f"/v1/runs/{run}")
    assert answer.status == 200, answer.text
    return answer.json


def metric(server, name, **labels):
    """The sum of a metric's samples that have these labels; None where there is none."""
    text = server.api("GET", "/metrics", key="").text
    found = [
        float(value) for sample, value in re.findall(rf"^{name}(\S*) (\S+)$", text, re.M)
        if all(f'{key}="{wanted}"' in sample for key, wanted in labels.items())]
    return sum(found) if found else None


def test_moves_wait_for_their_turn_and_a_kill_loses_none(slow):
    runs = start_moves(slow, DISTRICTS)

    def in_line():
        return [run for run in map(lambda run: show(slow, run), runs) if "waitsForTurn" in run]

    waiting = slow.wait_for(in_line)
    for run in waiting:
        assert run["state"] == "pending"
        assert run["waitsForTurn"]["limit"] == "kind"
        assert run["waitsForTurn"]["max"] == MOVES_AT_ONCE
    assert len(waiting) <= DISTRICTS - MOVES_AT_ONCE
    assert metric(slow, "homeroom_runs_waiting_for_turn", kind="move") >= 1
    assert "waits for its turn behind" in slow.cli("run", "show", waiting[-1]["id"]).stdout

    slow.kill()
    slow.start(*slow.options)
    begun = [show(slow, run) for run in runs]
    assert sum(run["state"] in ("running", "waiting") for run in begun) <= MOVES_AT_ONCE
    for run in runs:
        slow.wait_for(lambda run=run: show(slow, run)["state"] == "completed", seconds=60)
    assert metric(slow, "homeroom_runs_ended_total", kind="move", state="completed") >= DISTRICTS - MOVES_AT_ONCE
    assert metric(slow, "homeroom_runs_waiting_for_turn", kind="move") is None
    assert metric(slow, "homeroom_runs_open", kind="move") is None
    assert metric(slow, "homeroom_runs_stuck") == 0
    assert metric(slow, "homeroom_runs_oldest_waiting_seconds") < 60


def test_progress_has_a_rate_and_an_end(slow):
    run, = start_moves(slow, 1)
    found = slow.wait_for(lambda: (lambda run: run if "secondsLeft" in run.get("progress", {}) else None)(show(slow, run)))
    progress = found["progress"]
    assert progress["total"] > progress["done"] > 0
    assert 0 < progress["ratePerSecond"] < 15
    assert progress["secondsLeft"] > 0
    slow.wait_for(lambda: show(slow, run)["state"] == "completed", seconds=60)
    history = [attempt for step in show(slow, run)["steps"] for attempt in step["history"]]
    assert {attempt["outcome"] for attempt in history} == {"done"}
    assert all(attempt["endedAt"] >= attempt["startedAt"] for attempt in history)


def test_lists_only_what_is_asked_for(slow):
    first, second = start_moves(slow, 2)
    slow.cli("run", "pause", first, "--wait")
    assert [run["id"] for run in slow.cli_json("run", "list", "--state", "paused")["runs"]] == [first]
    assert {run["id"] for run in slow.cli_json("run", "list", "--kind", "move")["runs"]} == {first, second}
    assert slow.cli_json("run", "list", "--stuck")["runs"] == []
    assert len(slow.cli_json("run", "list", "--since", "1h")["runs"]) == 4
    assert "no such runs" in slow.cli("run", "list", "--stuck").stdout + slow.cli("run", "list", "--stuck").stderr
    for query, field in [("state=done", "state"), ("stuck=no", "stuck"), ("since=yesterday", "since")]:
        refused = slow.api("GET", f"/v1/runs?{query}")
        assert refused.status == 400 and refused.json["field"] == field
    asked = show(slow, first)["requests"]
    assert [request["what"] for request in asked] == ["pause"]
    assert asked[0]["actor"].startswith("credential:")
    shown = slow.cli("run", "show", first).stdout
    assert "asked" in shown and "pause by credential:" in shown
    done = slow.cli("run", "resume", first, "--wait")
    assert "completed" in done.stdout + done.stderr


def test_only_operators_skip_and_only_what_failed(server):
    onboarded = onboard(server, "District")
    key, run = onboarded["credentials"]["key"], onboarded["run"]
    refused = server.api("POST", f"/v1/runs/{run}/skip", {"reason": "why"}, key=key)
    assert refused.status == 403, refused.text
    assert server.api("POST", f"/v1/runs/{run}/skip", {}).status == 400
    refused = server.api("POST", f"/v1/runs/{run}/skip", {"reason": "why"})
    assert refused.status == 409 and "nothing more can be asked" in refused.json["detail"]
    assert "--reason" in server.cli("run", "skip", run, check=False).stderr


def test_runs_are_kept_for_as_long_as_the_server_is_told(stopped_server):
    for wrong in ["0d", "90", "ten days", "-1d"]:
        done = stopped_server.cli("serve", "--keep-runs", wrong, check=False)
        assert done.returncode != 0 and "--keep-runs" in done.stderr
    server = stopped_server.start("--keep-runs", "1d")
    onboard(server, "District")
    assert len(server.cli_json("run", "list")["runs"]) == 1


def test_a_run_that_an_operator_lets_go_on_without_a_step(slow):
    """The clean-up of a move meets a file that can only be read: the run fails past its return, and goes on without it."""
    tenants = [onboard(slow, name)["tenant"]["id"] for name in ("District", "Another")]
    move = {"tier": "premium", "undoWindowSeconds": 5}
    run, other = (slow.api("POST", f"/v1/tenants/{tenant}/moves", move).json["id"] for tenant in tenants)
    slow.wait_for(lambda: {show(slow, one)["step"] for one in (run, other)} == {"keep"}, seconds=60)
    slow.kill()
    with read_only(slow.data / "stores/pool-basic-1.sqlite"):
        slow.start(*slow.options)
        for one in (run, other):
            failed = slow.wait_for(lambda: (found := show(slow, one))["state"] == "failed" and found, seconds=60)
            assert failed["step"] == "clean up", failed
        # Each answer says where the run goes on: what is held against the document holds that too.
        assert slow.api("POST", f"/v1/runs/{other}/retry", {}).status == 202
        slow.wait_for(lambda: show(slow, other)["state"] == "failed", seconds=60)
        assert slow.api("POST", f"/v1/runs/{other}/skip", {"reason": "the other one"}).status == 202
        for words in [[], ["--reason", ""]]:
            assert slow.cli("run", "skip", run, *words, check=False).returncode != 0
        done = slow.cli("run", "skip", run, "--reason", "the disk is being replaced", "--wait")
        assert f"run {run} completed" in done.stdout
        skipped = show(slow, run)
        slow.wait_for(lambda: show(slow, other)["state"] == "completed")
        assert slow.terminate() == 0
    slow.start(*slow.options)
    [step] = [step for step in skipped["steps"] if step["name"] == "clean up"]
    assert step["skipped"]["reason"] == "the disk is being replaced", step
    assert step["skipped"]["by"].startswith("credential:")
    assert "the disk is being replaced" in slow.cli("run", "show", run).stdout
    # The request, and what came of it.
    entries = [
        entry for entry in slow.api("GET", "/v1/audit?limit=500").json["entries"]
        if "skip" in entry["action"] and entry["subject"] == run]
    assert len(entries) == 2, entries
    assert all("the disk is being replaced" in json.dumps(entry) for entry in entries), entries
    assert any("skip" in event["type"] and run in json.dumps(event) for event in all_events(slow))
    # What the step was to remove is told, and removed when it is asked for.
    findings = json.loads(slow.cli("reconcile", "--json", check=False).stdout)["findings"]
    strays = [f"resident-stray:{tenant}@pool-basic-1" for tenant in tenants]
    assert {finding["kind"] for finding in findings} == {"capture-left", "resident-stray", "store-count"}, findings
    assert set(strays) <= {finding["id"] for finding in findings}
    slow.cli("reconcile", "--repair", check=False)
    for stray in strays:
        # It ends with 1 while there is something else.
        slow.cli("reconcile", "--remove", stray, "--yes", check=False)
    assert slow.cli("reconcile", "--deep").stdout == "nothing is wrong\n"


def test_a_run_whose_step_hangs_is_seen_and_holds_up_nobody(stopped_server, tmp_path):
    """An import reads a pipe into which nobody writes."""
    server, clock = stopped_server, SteadyClock(stopped_server.folder)
    clock.start(server)
    tenant = onboard(server, "District")["tenant"]["id"]
    server.cli("tenant", "export", tenant, "--out", str(tmp_path / "copy"))
    upload = server.api("POST", f"/v1/tenants/{tenant}/imports", {}).json["upload"]
    folder = server.data / "imports" / upload
    files = [path for path in (tmp_path / "copy").rglob("*") if path.is_file()]
    for path in files:
        name = str(path.relative_to(tmp_path / "copy")).replace("/", "%2F")
        answer = server.api("PUT", f"/v1/tenants/{tenant}/imports/{upload}/files/{name}?offset=0", path.read_bytes())
        assert answer.status == 200, answer.text
    pipe = next(folder.rglob("part-*"))
    kept = pipe.read_bytes()
    pipe.unlink()
    os.mkfifo(pipe)
    answer = server.api("POST", f"/v1/tenants/{tenant}/imports/{upload}/runs", {"onConflict": "skip"})
    assert answer.status == 202, answer.text
    run = answer.json["id"]
    server.wait_for(lambda: show(server, run)["state"] == "running")
    assert metric(server, "homeroom_runs_stuck") == 0
    # Eleven minutes later.
    clock.set(660)
    # Connections that were silent for so long are closed.
    server.http.clear()
    stuck = server.wait_for(lambda: show(server, run).get("stuck"), seconds=60)
    assert stuck["step"] == "check" and "has not come back" in stuck["reason"], stuck
    server.wait_for(lambda: metric(server, "homeroom_runs_stuck") == 1)
    assert [found["id"] for found in server.cli_json("run", "list", "--stuck")["runs"]] == [run]
    assert "has not come back" in server.cli("run", "show", run).stdout
    [event] = [event for event in all_events(server) if event["type"] == "run.stuck"]
    assert event["tenant"] == tenant and run in json.dumps(event["payload"])
    assert onboard(server, "Another")["tenant"]["state"] == "active"
    # What it waits for comes: the whole file, since no pipe is taken for one.
    whole = pipe.with_name("whole")
    whole.write_bytes(kept)
    writer = os.open(pipe, os.O_WRONLY)
    whole.rename(pipe)
    os.close(writer)
    server.wait_for(lambda: show(server, run)["state"] == "completed", seconds=60)
    assert "stuck" not in show(server, run)
    assert metric(server, "homeroom_runs_stuck") == 0
