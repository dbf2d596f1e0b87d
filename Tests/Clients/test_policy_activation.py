"""Policies are put in force while the server works: at once, whole, or not at all; and stay so over restarts and crashes."""

import json
import os
import random
import re
import subprocess
import threading
import time

import pytest
from conftest import ROOT, plain_environment
from policy_world import OPEN, READ, PolicyWorld

SEED = int(os.environ.get("HOMEROOM_CRASH_SEED", time.time_ns() % 100_000))
KILLS = int(os.environ.get("HOMEROOM_POLICY_KILLS", 8))


@pytest.fixture
def world(stopped_server):
    return PolicyWorld(stopped_server)


class Reader:
    """A session that reads without a pause, and notes when each read began and ended and whether it was allowed."""

    def __init__(self, world):
        self.world, self.client = world, world.session()
        self.reads, self.failures, self.isDone = [], [], threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while not self.isDone.is_set():
            began = time.monotonic()
            try:
                allowed = self.world.may_read(self.client)
                self.reads.append((began, time.monotonic(), allowed))
            except Exception as error:  # whatever it is, the test shows it
                self.failures.append(error)
                return

    def wait_for_reads(self, count=20):
        end, wanted = time.monotonic() + 20, len(self.reads) + count
        while len(self.reads) < wanted and not self.failures:
            assert time.monotonic() < end, "the reader stands still"
            time.sleep(0.005)

    def stop(self):
        self.isDone.set()
        self.thread.join()
        assert not self.failures, self.failures
        return self.reads


# Put in force

def test_sessions_that_exist_gain_and_lose_a_permission_right_after_an_activation(world):
    reader = Reader(world)
    spans = []
    for reads in [False, True, False, True]:
        reader.wait_for_reads()
        world.let_teachers(reads)
        began = time.monotonic()
        done = world.activate()
        answered = time.monotonic()
        assert done.returncode == 0, done.stdout + done.stderr
        spans.append((began, answered, reads))
    reader.wait_for_reads()
    found = reader.stop()
    # What began when one set was in force for sure, and ended before the next one could be.
    sure = [(0, spans[0][0], True)] + [
        (answered, end, reads) for (_, answered, reads), end in zip(spans, [began for began, _, _ in spans[1:]] + [float("inf")])]
    for start, end, reads in sure:
        between = {allowed for began, ended, allowed in found if start < began and ended < end}
        assert between == {reads}, (reads, between)
    assert world.active() == 5


def test_a_new_role_can_be_assumed_and_an_old_one_cannot(world):
    old = world.session(role="parent", student="1")
    role = world.read("roles/parent.json")
    role["name"] = role["trust"]["conditions"]["StringEquals"]["homeroom:role"] = "guardian"
    (world.folder / "roles/parent.json").unlink()
    (world.folder / "cases/parent.json").unlink()
    world.write("roles/guardian.json", role)
    assert world.activate().returncode == 0
    assert world.may_read(world.session(role="guardian", student="1"))
    assert not world.may_read(old)
    answer = world.server.api(
        "POST", "/v1/tokens", {"tenant": world.tenant["id"], "school": world.north, "role": "parent"})
    assert answer.status == 400 and "guardian" in answer.json["detail"] or "no role `parent`" in answer.json["detail"]


def test_an_activation_is_told_listed_and_audited(world):
    world.describe("Teaches.")
    done = world.activate("--note", "plainer words")
    assert "Version 2 of the policies is in force; version 1 was." in done.stdout
    assert "changed" in done.stdout and "roles/teacher.json" in done.stdout
    versions = world.server.cli_json("policy", "history")["versions"]
    assert [(version["version"], version["state"]) for version in versions] == [(2, "active"), (1, "past")]
    assert versions[0]["note"] == "plainer words" and versions[0]["changes"]["changed"] == ["roles/teacher.json"]
    assert {role["verdict"] for role in versions[0]["gate"]["roles"]} == {"proved"}
    assert "plainer words" in world.run("history").stdout
    entry = world.audit()[0]
    assert (entry["action"], entry["subject"]) == ("policy.activated", "policies 2")
    assert entry["detail"]["digest"] == versions[0]["digest"] and entry["detail"]["note"] == "plainer words"
    assert "policy.activated" in world.server.cli("audit", "list").stdout
    metrics = world.server.api("GET", "/metrics").text
    assert "\nhomeroom_policy_version 2\n" in metrics and "\nhomeroom_policy_roles_not_proved 0\n" in metrics
    # The same once more changes nothing.
    again = world.activate()
    assert (again.returncode, "nothing was done" in again.stdout) == (0, True)
    assert world.active() == 2


def test_a_version_can_be_written_to_a_folder(world):
    out = world.server.folder / "written"
    assert world.run("show", "1", "--out", str(out)).returncode == 0
    wanted = {
        str(path.relative_to(world.folder)): path.read_bytes()
        for part in ["roles", "policies", "cases"] for path in (world.folder / part).glob("*.json")}
    assert {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*.json")} == wanted
    second = world.run("show", "1", "--out", str(out))
    assert (second.returncode, "is not empty" in second.stderr) == (2, True)
    assert world.run("show", "7").returncode == 2


# Refused

def break_json(world):
    world.write(READ, '{"Version": "2012-10-17",\n "Statement": [}')
    return f"{READ}:2:16"


def break_name(world):
    world.write(READ, (world.folder / READ).read_text().replace("dynamodb:GetItem", "dynamodb:GetItme"))
    return "dynamodb:GetItme"


def fail_case(world):
    cases = world.read("cases/teacher.json")
    cases["cases"][0]["expect"] = "Deny(explicit)"
    world.write("cases/teacher.json", cases)
    return "expected Deny(explicit), found Allow"


def open_table(world):
    world.write(READ, OPEN)
    for path in (world.folder / "cases").glob("*.json"):
        path.unlink()
    return "counterexample"


@pytest.mark.parametrize("spoil", [break_json, break_name, fail_case, open_table])
def test_what_is_refused_leaves_the_old_policies_in_force(world, spoil):
    client = world.session()
    message = spoil(world)
    done = world.activate()
    assert (done.returncode, message in done.stdout) == (1, True), done.stdout + done.stderr
    assert "Refused: version 1 of the policies stays in force." in done.stdout
    assert world.active() == 1
    assert world.may_read(client)
    assert world.audit()[0]["action"] == "policy.refused"
    answer = json.loads(world.activate("--json").stdout)
    assert answer["type"] == "urn:homeroom:problem:policies-refused" and answer["status"] == 422
    assert answer["gate"]["obstacles"]
    # Only looking tells the same.
    assert world.activate("--dry-run").returncode == 1
    assert world.may_read(client)


def test_a_refused_first_start_says_why_and_makes_no_key(stopped_server):
    world = PolicyWorld.__new__(PolicyWorld)
    world.folder = stopped_server.folder / "Policies"
    subprocess.run(["cp", "-r", str(ROOT / "Policies"), str(world.folder)], check=True)
    for spoil, words in [(break_json, f"{READ}:2:16"), (open_table, "--accept-policy-risk")]:
        spoil(world)
        done = subprocess.run(
            stopped_server.command("--policies", str(world.folder)), capture_output=True, text=True,
            env=plain_environment(), timeout=60)
        assert (done.returncode, words in done.stderr) == (1, True), done.stderr
        assert not (stopped_server.data / "admin-key").exists()
    stopped_server.start("--policies", str(world.folder), "--accept-policy-risk", "one school only")
    entries = stopped_server.api("GET", "/v1/audit").json["entries"]
    risk = next(entry for entry in entries if entry["action"] == "policy.risk-accepted")
    assert risk["detail"]["reason"] == "one school only" and "counterexample" in risk["detail"]["roles"]


@pytest.mark.parametrize("words, message", [
    (["activate", "nowhere"], "there is no folder"),
    (["activate", "Policies", "--accept-risk", " "], "acceptRisk"),
    (["rollback", "0"], "expected a version's number"),
    (["rollback", "9"], "there is no version 9"),
    (["rollback"], "no version with other files came before"),
    (["history", "--server", "http://127.0.0.1:1"], "nothing answers"),
])
def test_what_could_not_run_ends_with_2(world, words, message):
    done = world.run(*words)
    assert (done.returncode, message in done.stderr) == (2, True), done.stdout + done.stderr


def test_two_reviewers_do_not_write_over_each_other(world):
    world.describe("One.")
    assert world.activate().returncode == 0
    files = {}
    for part in ["roles", "policies", "cases"]:
        for path in (world.folder / part).glob("*.json"):
            files[f"{part}/{path.name}"] = path.read_text()
    files["roles/teacher.json"] = files["roles/teacher.json"].replace("One.", "Two.")
    answer = world.server.api(
        "POST", "/v1/policies/activations", {"files": files, "expectedVersion": 1})
    assert (answer.status, "version 2 of the policies is in force by now" in answer.json["detail"]) == (409, True)
    answer = world.server.api("POST", "/v1/policies/activations", {"files": files, "expectedVersion": 2})
    assert (answer.status, answer.json["version"]["version"]) == (201, 3)


@pytest.mark.parametrize("files, status", [
    ({"roles/../../x.json": "{}"}, 422), ({"README.md": "x"}, 422), ({}, 422), ("x", 400), ({"roles/a.json": 1}, 400),
])
def test_files_that_are_no_policies_are_refused(world, files, status):
    answer = world.server.api("POST", "/v1/policies/activations", {"files": files})
    assert answer.status == status, answer.text
    assert world.active() == 1


# Risks

def test_a_reviewer_accepts_a_risk_and_the_audit_keeps_the_reason(world):
    client = world.session()
    assert not world.may_read(client, world.south)
    open_table(world)
    done = world.activate("--accept-risk", "I am the administrator")
    assert (done.returncode, "A reviewer must accept this" in done.stdout) == (1, True), done.stdout
    assert not world.may_read(client, world.south)
    done = world.activate("--accept-risk", "a pilot of two schools", reviewer=True)
    assert done.returncode == 0, done.stdout + done.stderr
    accepted = world.audit()[0]
    reviewer = world.reviewer_key.split(".")[0]
    assert (accepted["action"], accepted["actor"]) == ("policy.risk-accepted", f"credential:{reviewer}")
    assert accepted["detail"]["reason"] == "a pilot of two schools"
    assert "counterexample" in accepted["detail"]["roles"]
    assert world.server.cli_json("policy", "show")["acceptedRisk"] == {
        "reason": "a pilot of two schools", "by": f"credential:{reviewer}"}
    # It is in force: another school of the district can be read by now. Before another district stands the second wall alone.
    assert world.may_read(client, world.south)
    elm = world.server.onboard("Elm", schools=["East"]).json["tenant"]["schools"][0]["id"]
    alarms = lambda: re.search(r"^homeroom_gateway_wall_alarms_total (\d+)$", world.server.api("GET", "/metrics").text, re.M)[1]
    assert alarms() == "0"
    assert not world.may_read(client, elm)
    assert alarms() == "1"
    assert "\nhomeroom_policy_roles_not_proved 0\n" not in world.server.api("GET", "/metrics").text


def test_a_role_that_is_not_proved_is_a_risk_as_well(world):
    open_table(world)
    keys = {"ForAllValues:StringLike": "*a" + "?" * 22, "ForAllValues:StringNotLike": "*?a" + "?" * 22, "Null": "false"}
    conditions = {comparison: {"dynamodb:LeadingKeys": value} for comparison, value in keys.items()}
    world.write(READ, {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "arn:aws:dynamodb:*:*:table/student-table",
        "Condition": conditions}]})
    done = world.activate()
    assert (done.returncode, "unproven" in done.stdout, "states" in done.stdout) == (1, True, True), done.stdout + done.stderr
    assert world.activate("--accept-risk", "nobody can tell", reviewer=True).returncode == 0


def test_a_reviewers_key_opens_policies_and_the_audit_log_and_nothing_else(world):
    key = world.reviewer_key
    for path in ["/v1/policies/versions", "/v1/policies/versions/active", "/v1/policies/versions/1", "/v1/audit"]:
        assert world.server.api("GET", path, key=key).status == 200, path
    for method, path in [
        ("GET", "/v1/tenants"), ("GET", f"/v1/tenants/{world.tenant['id']}"), ("GET", "/v1/runs"), ("GET", "/v1/keys"),
        ("GET", "/v1/stores"), ("GET", "/v1/catalog"), ("POST", "/v1/tokens"), ("POST", "/v1/tenants"),
        ("POST", "/v1/keys"), ("DELETE", f"/v1/keys/{key.split('.')[0]}"),
    ]:
        answer = world.server.api(method, path, {} if method == "POST" else None, key=key)
        assert answer.status == 403, (method, path, answer.text)
    for path in ["/v1/policies/versions", "/v1/policies/versions/active"]:
        assert world.server.api("GET", path, key="").status == 401
    world.server.cli("key", "revoke", key.split(".")[0], "--yes")
    assert world.server.api("GET", "/v1/audit", key=key).status == 401


# Back

def test_a_rollback_goes_through_the_gate_again(world):
    client = world.session()
    world.let_teachers(False)
    assert world.activate().returncode == 0
    assert not world.may_read(client)
    done = world.run("rollback", "--note", "teachers could not read")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "the files of version 1" in done.stdout and "roles proved" in done.stdout
    assert world.may_read(client)
    newest = world.server.cli_json("policy", "history")["versions"][0]
    assert (newest["version"], newest["origin"], newest["rollbackOf"]) == (3, "rollback", 1)
    assert world.audit()[0]["action"] == "policy.rolled-back"
    # An accepted risk is not accepted for good.
    open_table(world)
    assert world.activate("--accept-risk", "today", reviewer=True).returncode == 0
    assert world.run("rollback").returncode == 0
    assert world.run("rollback", "4").returncode == 1
    assert world.run("rollback", "4", reviewer=True).returncode == 1
    assert world.run("rollback", "4", "--accept-risk", "today again", reviewer=True).returncode == 0
    assert world.active() == 6


# Restarts and crashes

def test_a_restart_goes_on_with_what_is_in_force_whatever_is_on_disk(world):
    world.let_teachers(False)
    assert world.activate().returncode == 0
    world.let_teachers(True)
    assert world.server.terminate() == 0
    world.start()
    assert (world.server.greeting["policyVersion"], world.server.greeting["policiesDiffer"]) == (2, True)
    assert "differs from version 2 of the policies, which is in force" in world.server.log.read_text()
    client = world.session()
    assert not world.may_read(client)
    assert world.activate().returncode == 0
    assert world.may_read(client)
    world.server.terminate()
    world.start()
    assert (world.server.greeting["policyVersion"], world.server.greeting["policiesDiffer"]) == (3, False)


@pytest.mark.parametrize("spoil", ["broken", "emptied", "gone"])
def test_a_broken_folder_does_not_stop_a_restart(world, spoil):
    world.server.terminate()
    if spoil == "broken":
        break_json(world)
    elif spoil == "emptied":
        for path in world.folder.rglob("*.json"):
            path.unlink()
    else:
        world.folder.rename(world.server.folder / "elsewhere")
    world.start()
    assert world.server.greeting["policiesDiffer"]
    assert "version 1 of the policies stays in force" in world.server.log.read_text()
    assert world.may_read(world.session())
    assert world.activate().returncode == (2 if spoil == "gone" else 1)
    assert world.may_read(world.session())


def test_a_file_that_is_broken_while_the_server_runs_changes_nothing(world):
    client = world.session()
    break_json(world)
    assert world.may_read(client) and world.may_read(world.session())
    assert world.active() == 1


def test_killed_during_activations_leaves_the_old_or_the_new(world):
    print("HOMEROOM_CRASH_SEED =", SEED)
    chance = random.Random(SEED)
    server = world.server
    files = {}
    for reads in [True, False]:
        world.let_teachers(reads)
        files[reads] = {
            str(path.relative_to(world.folder)): path.read_text()
            for part in ["roles", "policies", "cases"] for path in (world.folder / part).glob("*.json")}
    # What a version holds follows from its number: version 1 lets teachers read.
    holds = lambda number: number % 2 == 1
    acknowledged = [1]

    def activate_on():
        try:
            while True:
                answer = server.api(
                    "POST", "/v1/policies/activations", {"files": files[holds(acknowledged[0] + 1)]})
                assert answer.status == 201, answer.text
                acknowledged[0] = answer.json["version"]["version"]
        except AssertionError as error:
            wrong.append(error)
        except Exception:  # the server is gone
            return

    wrong, kept = [], 0
    for _ in range(KILLS):
        thread = threading.Thread(target=activate_on)
        thread.start()
        before = acknowledged[0]
        server.wait_for(lambda: acknowledged[0] > before or wrong, seconds=60)
        time.sleep(chance.random() * 1.0)
        server.kill()
        thread.join()
        assert not wrong, wrong
        world.start()
        active = server.greeting["policyVersion"]
        assert active in (acknowledged[0], acknowledged[0] + 1)
        kept += active > acknowledged[0]
        acknowledged[0] = active
        version = server.cli_json("policy", "show")
        assert version["version"] == active and version["files"] == files[holds(active)]
        assert world.may_read(world.session()) == holds(active)
        history = server.cli_json("policy", "history", "--limit", "1000")["versions"]
        assert [entry["version"] for entry in history] == list(range(active, active - len(history), -1))
        told = [entry["subject"] for entry in world.audit() if entry["action"] == "policy.activated"]
        assert told == [f"policies {number}" for number in range(active, active - len(told), -1)]
    print("killed", KILLS, "times; versions", acknowledged[0], "; stored without an answer", kept)
