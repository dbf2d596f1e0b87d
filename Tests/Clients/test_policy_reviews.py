"""Policies that are refused, reviewed over REST, and replayed against a running gateway."""

import json
import re
import shutil

import pytest
from conftest import ROOT
from review_world import GET_OWN, OWN_KEY, SCHOOL, TEACHER, TENANT, answer, copy_of_policies, open_reads, run, s


@pytest.fixture
def folder(tmp_path):
    return copy_of_policies(tmp_path)


# Refusals: each says file, line, column, what and the remedy.

READ = "policies/student-table-read.json"


def text_change(path, old, new):
    def edit(folder):
        file = folder / path
        assert old in file.read_text()
        file.write_text(file.read_text().replace(old, new, 1))

    return edit


REFUSALS = {
    "no JSON": (text_change(READ, '"Version"', "Version"), rf"{READ}:2:3: .+; \S"),
    "a duplicate element": (
        text_change(READ, '"Effect": "Allow",', '"Effect": "Allow",\n      "Effect": "Deny",'), rf"{READ}:\d+:\d+: .*Effect.*; \S"),
    "an unknown action": (
        text_change(READ, "dynamodb:GetItem", "dynamodb:GetItme"),
        rf"{READ}:\d+:\d+: `dynamodb:GetItme` is no known action; did you mean `dynamodb:GetItem`\?"),
    "an unknown key": (text_change(READ, "dynamodb:LeadingKeys", "dynamodb:LeadingKey"), rf"{READ}:\d+:\d+: `dynamodb:LeadingKey` .*; did you mean"),
    "an unknown operator": (text_change(READ, "StringLike", "StringLyke"), rf"{READ}:\d+:\d+: .*StringLyke.*; \S"),
    "a variable that no token can supply": (
        text_change(READ, "aws:PrincipalTag/school_id", "aws:PrincipalTag/shcool"), rf"{READ}:\d+:\d+: .*shcool.*; \S"),
    "a role that trusts every issuer": (
        text_change("roles/teacher.json", '"trust": {', '"trust": {\n    "issuer": "*",'), r"roles/teacher.json:\d+:\d+: .*issuer.*; \S"),
    "an empty folder": (
        lambda folder: [shutil.rmtree(folder / part) for part in ["roles", "policies", "cases"]],
        r"roles:1:1: there is no role; add `roles/<name>\.json`"),
}


@pytest.mark.parametrize("command", ["lint", "test", "prove", "simulate"])
@pytest.mark.parametrize("name", REFUSALS)
def test_broken_files_are_refused_with_their_place(folder, name, command):
    break_, pattern = REFUSALS[name]
    break_(folder)
    more = [*TEACHER, *GET_OWN] if command == "simulate" else []
    done = run(command, folder, *more)
    whole = re.compile(rf"{re.escape(str(folder))}/{pattern}")
    if command == "lint" and name != "an empty folder":
        assert done.returncode == 1
        found = answer(1, "lint", folder)["findings"]
        assert any(whole.search(f"{f['file']}:{f['line']}:{f['column']}: {f['message']}; {f['remedy']}") for f in found), found
        return
    assert done.returncode == 2 and whole.search(done.stderr), done.stderr
    problem = answer(2, command, folder, *more)
    assert problem["title"] and any(
        whole.search(f"{p['file']}:{p['line']}:{p['column']}: {p['message']}; {p['remedy']}") for p in problem["problems"])
    log = json.loads(run(command, folder, *more, "--sarif").stdout)
    (invocation,) = log["runs"][0]["invocations"]
    assert invocation["executionSuccessful"] is False and invocation["toolExecutionNotifications"]


def test_what_is_not_there_is_told(tmp_path):
    for command in ["lint", "test", "prove"]:
        done = run(command, tmp_path / "none")
        assert done.returncode == 2 and "`" in done.stderr, done.stderr
        done = run(command, cwd=tmp_path)
        assert done.returncode == 2 and "there is no folder `Policies` here" in done.stderr
    done = run("prove", ROOT / "Policies", "--catalog", tmp_path / "none.json")
    assert done.returncode == 2 and "--catalog: there is nothing at" in done.stderr


# REST


def files_of(folder):
    return {
        f"{part}/{file.name}": file.read_text()
        for part in ["roles", "policies", "cases"] for file in (folder / part).glob("*.json")}


def test_rest_answers_what_the_commands_print(shared_server, folder):
    open_reads(folder)
    files = files_of(folder)

    def without_times(document):
        for role in document.get("roles", []):
            role.pop("milliseconds", None)
        return document

    for command in ["lint", "test", "prove"]:
        printed = json.loads(run(command, "Policies", "--json", cwd=folder.parent).stdout)
        got = shared_server.api("POST", f"/v1/policies/{command}", {"files": files})
        assert got.status == 200, got.text
        found = json.loads(got.text.replace('"file":"', '"file":"Policies/')) if command == "lint" else got.json
        assert without_times(found) == without_times(printed), command
    query = {"role": "teacher", "school": SCHOOL, "tenant": TENANT, "action": "GetItem", "table": "student-table", "keys": [OWN_KEY]}
    got = shared_server.api("POST", "/v1/policies/simulate", {"files": files, **query}).json
    assert got == answer(0, "simulate", folder, *TEACHER, *GET_OWN)


def test_rest_reviews_the_policies_in_force(shared_server):
    def post(command, **body):
        return shared_server.api("POST", f"/v1/policies/{command}", {"active": True, **body})

    assert post("lint").json["isClean"]
    assert post("test").json["isClean"]
    assert post("prove", roles=["teacher"]).json["roles"][0]["verdict"] == "proved"
    request = {"operation": "GetItem", "body": {
        "TableName": "student-table", "Key": {"recordKey": s("TENANT#s9#x"), "entityKey": s("x")}}}
    got = post("simulate", role="teacher", school=SCHOOL, tenant=TENANT, request=request)
    assert got.status == 200 and got.json["decision"] == "Deny(implicit)"
    question = {"action": "dynamodb:ListTables", "resource": "*", "context": {}}
    assert post("simulate", policy="policies/tables-describe.json", question=question).status == 200


@pytest.mark.parametrize("command, body, status, field", [
    ("lint", {}, 400, "files"),
    ("lint", {"files": {}, "active": True}, 400, "active"),
    ("lint", {"files": {"roles/x.json": 1}}, 400, "files.roles/x.json"),
    ("lint", {"file": {}}, 400, "file"),
    ("test", {"files": {"roles/x.json": "{"}}, 400, "files"),
    ("prove", {"files": {}}, 400, "files"),
    ("prove", {"active": True, "policy": "policies/none.json"}, 400, "policy"),
    ("prove", {"active": True, "roles": ["techer"]}, 400, "roles"),
    ("simulate", {"active": True}, 400, "role"),
    ("simulate", {"active": True, "role": "teacher"}, 400, "action"),
    ("simulate", {"active": True, "role": "teacher", "action": "GetItme"}, 400, "action"),
    ("simulate", {"active": True, "role": "teacher", "request": {"operation": "GetItem", "body": {}}}, 400, "request"),
    ("simulate", {"active": True, "role": "teacher", "action": "Scan", "keys": ["x"]}, 400, "keys"),
    ("simulate", {"active": True, "policy": "policies/tables-describe.json", "question": {"action": "x"}}, 400, "question"),
])
def test_rest_refuses_with_problems(shared_server, command, body, status, field):
    got = shared_server.api("POST", f"/v1/policies/{command}", body)
    assert got.status == status, got.text
    assert got.headers["Content-Type"] == "application/problem+json"
    problem = got.json
    assert problem["type"].startswith("urn:homeroom:problem:") and problem["detail"] and problem["field"] == field
    for one in problem.get("problems", []):
        assert set(one) == {"file", "line", "column", "message", "remedy"}


def test_rest_is_for_reviewers_and_administrators(shared_server):
    for command in ["lint", "test", "prove", "simulate"]:
        assert shared_server.api("POST", f"/v1/policies/{command}", {"active": True}, key="").status == 401


# Replay


def test_a_counterexample_is_replayed_against_the_second_wall(stopped_server, folder):
    open_reads(folder)
    shutil.rmtree(folder / "cases")
    server = stopped_server.start("--policies", str(folder), "--accept-policy-risk", "to see the second wall")
    for name in ["Springfield USD", "Oak Hill ISD"]:
        server.cli("tenant", "onboard", name, "--tier", "basic", "--admin", "a@b.example", "--school", "Lincoln High",
                   "--timezone", "UTC")
    words = ["prove", folder, "--role", "teacher", "--replay", server.gateway, "--data", server.data]
    done = run(*words)
    assert done.returncode == 1, done.stderr
    tenants = server.cli_json("tenant", "list")["tenants"]
    assert "Replay for teacher" in done.stdout
    assert "refused by the second wall: " in done.stdout, done.stdout
    assert any(f"as tenant {tenant['id']}, school s" in done.stdout for tenant in tenants)
    assert f"--endpoint-url {server.gateway}" in done.stdout and "in the place of" in done.stdout
    assert "ANSWERED" not in done.stdout


def test_replay_stays_on_this_machine(server):
    for url in ["http://192.0.2.1:8000", "http://example.org", "http://127.0.0.1.example.org:80"]:
        done = run("prove", "Policies", "--replay", url, "--data", server.data)
        assert done.returncode == 2 and "is not on this machine; say --allow-remote" in done.stderr
    done = run("prove", "Policies", "--replay", "gateway", "--data", server.data)
    assert done.returncode == 2 and "expected http://HOST:PORT" in done.stderr
