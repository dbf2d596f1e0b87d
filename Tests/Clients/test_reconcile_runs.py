"""Deep looks, repairs and removals are runs: answered at once, followed, cancelled, and gone on with after a crash."""

import json
import os
import time

from test_run_streams import Stream

FILES = 600


def show(server, run):
    return server.api("GET", f"/v1/runs/{run}").json


def end(server, run):
    return server.wait_for(
        lambda: (found := show(server, run))["state"] in ("completed", "undone", "failed") and found, seconds=60)


def plant(server, count=FILES):
    """Files in the data folder that are nobody's, since an hour."""
    paths = [server.data / f"notes-{number}.txt" for number in range(count)]
    for path in paths:
        path.write_bytes(b"x")
        os.utime(path, (time.time() - 3600, time.time() - 3600))
    return paths


def removed(server):
    entries, cursor = [], ""
    while True:
        page = server.api("GET", f"/v1/audit?action=reconcile.removed&limit=500{cursor}").json
        entries += page["entries"]
        if "next" not in page:
            return entries
        cursor = f"&cursor={page['next']}"


def test_a_deep_look_answers_at_once_with_its_run_and_leaves_its_report(server):
    server.onboard()
    refused = server.api("GET", "/v1/reconcile?deep=true")
    assert refused.status == 400 and "POST /v1/reconcile" in refused.json["detail"]
    keyed = {"Idempotency-Key": "look"}
    answer = server.api("POST", "/v1/reconcile", {"deep": True}, headers=keyed)
    assert answer.status == 202 and answer.json["kind"] == "reconcile"
    run = answer.json["id"]
    assert answer.headers["Location"] == f"/v1/runs/{run}"
    *_, (name, _, last) = Stream(server, run).events()
    assert name == "end" and last["state"] == "completed"
    assert show(server, run)["result"] == {"isClean": True, "findings": 0, "done": 0, "failures": 0, "unfinished": 0}
    report = server.api("GET", f"/v1/runs/{run}/report")
    assert report.json == {"isClean": True, "findings": [], "done": [], "failures": []}
    assert server.api("POST", "/v1/reconcile", {"deep": True}, headers=keyed).json["id"] == run
    assert [one["id"] for one in server.api("GET", "/v1/runs?kind=reconcile").json["runs"]] == [run]
    [onboarding] = server.api("GET", "/v1/runs?kind=tenant.onboard").json["runs"]
    assert server.api("GET", f"/v1/runs/{onboarding['id']}/report").status == 404


def test_the_command_waits_for_its_run_or_says_how_to_follow_it(server):
    [path] = plant(server, 1)
    shown = server.cli("reconcile", "--deep", check=False)
    assert shown.returncode == 1 and "file-stray:notes-0.txt" in shown.stdout and shown.stdout.endswith("1 found\n")
    assert [one["id"] for one in json.loads(server.cli("reconcile", "--deep", "--json", check=False).stdout)["findings"]] == [
        "file-stray:notes-0.txt"]
    left = server.cli("reconcile", "--remove", "file-stray", "--yes", "--no-wait").stdout
    run = left.split()[1]
    assert f"homeroom run watch {run}" in left
    assert end(server, run)["state"] == "completed" and not path.exists()
    started = server.cli_json("reconcile", "--deep", "--no-wait")
    assert end(server, started["id"])["kind"] == "reconcile"
    assert server.cli("reconcile", "--deep", "--wait").stdout == "nothing is wrong\n"
    for words in [["--no-wait"], ["--deep", "--wait", "--no-wait"]]:
        assert server.cli("reconcile", *words, check=False).returncode == 2


def test_a_removal_that_is_killed_goes_on_and_tells_all_it_has_done(server):
    paths = plant(server)
    answer = server.api("POST", "/v1/reconcile", {"remove": ["file-stray"], "deep": True})
    assert answer.status == 202, answer.text
    run = answer.json["id"]
    there = lambda: sum(path.exists() for path in paths)
    # One at a time, which the answer names; a look is let through.
    other = server.api("POST", "/v1/reconcile", {"repair": True})
    assert other.status == 409 and other.json["run"] == run and run in other.json["detail"], other.text
    server.wait_for(lambda: there() < FILES - 10)
    server.kill()
    left = there()
    assert 0 < left < FILES
    server.start()
    assert end(server, run)["state"] == "completed" and there() == 0
    report = server.api("GET", f"/v1/runs/{run}/report").json
    done = {finding["subject"] for finding in report["done"]}
    assert len(report["done"]) + report.get("doneMore", 0) == FILES and done <= {path.name for path in paths}
    entries = removed(server)
    assert {entry["subject"] for entry in entries} == {path.name for path in paths}
    assert {entry["detail"]["run"] for entry in entries} == {run}
    assert {entry["actor"] for entry in entries} == {answer.json["actor"]}
    # Nobody is kept from the next one.
    assert server.cli("reconcile", "--repair").stdout == "nothing is wrong\n"


def test_a_removal_that_is_cancelled_ends_between_two_files(server):
    paths = plant(server)
    run = server.api("POST", "/v1/reconcile", {"remove": ["file-stray"]}).json["id"]
    there = lambda: sum(path.exists() for path in paths)
    server.wait_for(lambda: there() < FILES - 10)
    assert server.api("POST", f"/v1/runs/{run}/cancel", {}).status == 202
    assert end(server, run)["state"] == "undone"
    left = there()
    assert 0 < left < FILES and len(removed(server)) == FILES - left
    assert server.api("GET", f"/v1/runs/{run}/report").status == 404
    server.cli("reconcile", "--remove", "file-stray", "--yes")
    assert there() == 0
