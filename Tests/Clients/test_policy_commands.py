"""The reviewer's commands with the real binary: answers, exit codes, machine forms."""

import json
import re
import shutil

import pytest
from conftest import ROOT
from review_world import GET_OWN, OWN_KEY, TEACHER, answer, check_sarif, copy_of_policies, open_reads, run, s


@pytest.fixture
def folder(tmp_path):
    return copy_of_policies(tmp_path)


# Lint


def test_lint_of_the_shipped_policies_is_clean():
    done = run("lint", "Policies")
    assert done.returncode == 0, done.stdout
    found = answer(0, "lint", "Policies")
    assert found["isClean"] and found["files"] > 20
    assert found["counts"]["error"] == found["counts"]["security-warning"] == found["counts"]["warning"] == 0
    check_sarif(run("lint", "Policies", "--sarif").stdout)


def test_lint_takes_policies_of_the_working_directory_and_single_files(folder):
    assert run("lint", cwd=folder.parent).returncode == 0
    assert answer(0, "lint", folder / "policies/student-table-read.json")["files"] == 1
    assert answer(0, "lint", folder / "roles/teacher.json")["files"] == 1


def test_lint_tells_a_broken_file_with_its_place(folder):
    (folder / "policies/student-table-read.json").write_text('{\n  "Version": "2012-10-17",\n  "Statement": [}\n')
    done = run("lint", folder)
    assert done.returncode == 1
    assert f"{folder}/policies/student-table-read.json:3:" in done.stdout
    found = answer(1, "lint", folder)
    assert found["counts"]["error"] >= 1
    (broken,) = [f for f in found["findings"] if f["file"].endswith("student-table-read.json") and f["line"] == 3]
    assert broken["severity"] == "error" and broken["message"] and broken["remedy"] and broken["why"]
    assert check_sarif(run("lint", folder, "--sarif").stdout, folder)


def test_lint_severity_decides_the_exit_code(folder):
    (folder / "policies/student-table-read.json").write_text("{}")
    assert run("lint", folder, "--severity", "error").returncode == 1
    done = run("lint", folder, "--severity", "erorr")
    assert done.returncode == 2 and "did you mean `error`?" in done.stderr


def fixable(folder):
    """A document with a fault that can be put right safely: a short ARN."""
    file = folder / "policies/student-table-read.json"
    file.write_text(file.read_text().replace("arn:aws:dynamodb:*:*:table/student-table\"", "arn:aws:dynamodb:*:table/student-table\"", 1))
    return file


def test_lint_fixes_what_is_safe(folder):
    file = fixable(folder)
    found = answer(1, "lint", folder)
    if not any(finding["fix"] for finding in found["findings"]):
        pytest.skip("no fix is offered for this fault")
    before = file.read_text()
    listed = run("lint", folder, "--fix", "--dry-run")
    assert listed.returncode == 1 and file.read_text() == before
    assert f"--- {file}" in listed.stdout and "\n-" in listed.stdout and "\n+" in listed.stdout
    done = run("lint", folder, "--fix")
    assert done.returncode == 0, done.stdout
    assert "put right: 1 finding in 1 file" in done.stdout
    assert file.read_text() == (ROOT / "Policies/policies/student-table-read.json").read_text()
    assert list(folder.glob("**/*.homeroom-new")) == []


def test_dry_run_goes_with_fix():
    done = run("lint", "Policies", "--dry-run")
    assert done.returncode == 2 and "--dry-run goes with --fix" in done.stderr


def test_checks_are_explained():
    if not (ROOT / "Policies/CHECKS.md").exists():
        pytest.skip("there is no page of checks")
    names = [check["id"] for check in answer(0, "checks")["checks"]]
    listed = run("checks").stdout.splitlines()
    assert len(listed) == len(names) + 1 and all(line.startswith(name + " ") for line, name in zip(listed[1:], names))
    done = run("checks", names[0])
    assert done.returncode == 0 and names[0] in done.stdout
    done = run("checks", names[0] + "x")
    assert done.returncode == 2 and f"did you mean `{names[0]}`?" in done.stderr


# Simulate


@pytest.mark.parametrize("words, code, decision", [
    (GET_OWN, 0, "Allow"),
    (["--action", "dynamodb:getitem", "--table", "student-table", "--key", OWN_KEY], 0, "Allow"),
    (["--action", "GetItem", "--table", "student-table", "--key", "TENANT#s9#STUDENT#1"], 1, "Deny(implicit)"),
    (["--action", "GetItem", "--table", "student-table"], 1, "Deny(error)"),
    (["--action", "Scan", "--table", "student-table"], 1, "Deny(explicit)"),
    (["--action", "Query", "--table", "student-table", "--index", "teacher-index", "--key", OWN_KEY], 0, "Allow"),
    (["--action", "BatchGetItem", "--table", "student-table", "--key", OWN_KEY, "--key", "TENANT#s9#x"], 1, "Deny(implicit)"),
    (["--action", "ListTables"], 0, "Allow"),
])
def test_simulate_decides(words, code, decision):
    found = answer(code, "simulate", *TEACHER, *words)
    assert found["decision"] == decision and found["isAllowed"] == (code == 0)
    (one,) = found["answers"]
    assert one["explanation"]["summary"]
    if decision == "Allow":
        assert [s["outcome"] for s in one["explanation"]["statements"]].count("decided") == 1


def test_simulate_explains_to_people():
    done = run("simulate", *TEACHER, *GET_OWN)
    lines = done.stdout.splitlines()
    assert done.returncode == 0 and lines[0] == "Allow"
    first = next(line for line in lines if "Policies/policies/" in line)
    assert "`ReadOwnSchool`" in first and lines[lines.index(first) + 1].strip() == "decided"
    done = run("simulate", *TEACHER, "--action", "GetItem", "--table", "student-table", "--key", "TENANT#s9#x")
    assert done.returncode == 1 and done.stdout.startswith("Deny(implicit)\n")
    text = " ".join(done.stdout.split())
    assert "line 17: ForAllValues:StringLike on dynamodb:LeadingKeys wants `TENANT#${aws:PrincipalTag/school_id}#*`, found `TENANT#s9#x`" in text
    assert not re.search("\x1b", done.stdout)


def test_simulate_asks_a_bare_document(tmp_path):
    policy, context = tmp_path / "policy.json", tmp_path / "context.json"
    policy.write_text(json.dumps({"Version": "2012-10-17", "Statement": [
        {"Sid": "Keys", "Effect": "Allow", "Action": "dynamodb:Query", "Resource": "*",
         "Condition": {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": "${aws:PrincipalTag/id}"}}},
        {"Sid": "No", "Effect": "Deny", "Action": "dynamodb:Query", "Resource": "*",
         "Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}}]}))
    question = {"action": "dynamodb:Query", "resource": "arn:aws:dynamodb:eu-west-1:1:table/t",
                "context": {"aws:PrincipalTag/id": "a", "dynamodb:LeadingKeys": ["a"]}}
    for more, code, decision in [
        ({}, 0, "Allow"), ({"dynamodb:LeadingKeys": ["b"]}, 1, "Deny(implicit)"),
        ({"aws:SourceIp": "192.0.2.7"}, 1, "Deny(explicit)"),
        # Taken as it stands: no key at all satisfies ForAllValues.
        ({"dynamodb:LeadingKeys": []}, 0, "Allow"),
    ]:
        context.write_text(json.dumps({**question, "context": {**question["context"], **more}}))
        assert answer(code, "simulate", "--policy", policy, "--context", context)["decision"] == decision
    context.write_text('{"action": "dynamodb:Qurey",\n "resource": "x"}')
    done = run("simulate", "--policy", policy, "--context", context)
    assert done.returncode == 2
    assert f"{context}:1:12: `dynamodb:Qurey` is no known action; did you mean `dynamodb:Query`?" in done.stderr
    assert f"{context}:2:14: `x` is no ARN; write six segments, or `*`" in done.stderr


def recorded(tmp_path, operation, body, member="operation"):
    file = tmp_path / "request.json"
    file.write_text(json.dumps({member: operation, "body": body}))
    return file


REQUESTS = [
    ("GetItem", {"TableName": "student-table", "Key": {"recordKey": s(OWN_KEY), "entityKey": s("x")},
                 "ProjectionExpression": "#n", "ExpressionAttributeNames": {"#n": "grade"}},
     [("dynamodb:GetItem", "table/student-table", [OWN_KEY], ["recordKey", "entityKey", "grade"])]),
    ("Query", {"TableName": "student-table", "IndexName": "teacher-index", "KeyConditionExpression": "#k = :v",
               "ExpressionAttributeNames": {"#k": "teacherKey"}, "ExpressionAttributeValues": {":v": s(OWN_KEY)}},
     [("dynamodb:Query", "table/student-table/index/teacher-index", [OWN_KEY], ["teacherKey"])]),
    ("BatchGetItem", {"RequestItems": {"student-table": {"Keys": [
        {"recordKey": s(OWN_KEY), "entityKey": s("x")}, {"recordKey": s("TENANT#s9#x"), "entityKey": s("x")}]}}},
     [("dynamodb:BatchGetItem", "table/student-table", [OWN_KEY], None),
      ("dynamodb:BatchGetItem", "table/student-table", ["TENANT#s9#x"], None)]),
    ("TransactWriteItems", {"TransactItems": [
        {"Put": {"TableName": "student-table", "Item": {"recordKey": s(OWN_KEY), "entityKey": s("x")}}},
        {"Delete": {"TableName": "student-table", "Key": {"recordKey": s("TENANT#s9#x"), "entityKey": s("x")}}}]},
     [("dynamodb:PutItem", "table/student-table", [OWN_KEY], None),
      ("dynamodb:DeleteItem", "table/student-table", ["TENANT#s9#x"], None)]),
    ("ExecuteStatement", {"Statement": 'SELECT * FROM "student-table" WHERE recordKey = ?', "Parameters": [s(OWN_KEY)]},
     [("dynamodb:PartiQLSelect", "table/student-table", [OWN_KEY], ["recordKey"])]),
    ("ExecuteStatement", {"Statement": 'SELECT * FROM "student-table"'},
     [("dynamodb:PartiQLSelect", "table/student-table", None, None)]),
    ("Scan", {"TableName": "student-table"}, [("dynamodb:Scan", "table/student-table", None, None)]),
    ("DescribeTable", {"TableName": "student-table"}, [("dynamodb:DescribeTable", "table/student-table", None, None)]),
]


@pytest.mark.parametrize("operation, body, expected", REQUESTS, ids=[f"{i}-{r[0]}" for i, r in enumerate(REQUESTS)])
def test_simulate_asks_what_the_gateway_asks_of_a_recorded_request(tmp_path, operation, body, expected):
    for form, member, sent in [(operation, "operation", body), (f"DynamoDB_20120810.{operation}", "target", json.dumps(body))]:
        done = run("simulate", *TEACHER, "--request", recorded(tmp_path, form, sent, member), "--json")
        found = json.loads(done.stdout)
        assert done.returncode == (0 if found["decision"] == "Allow" else 1)
        asked = [a["request"] for a in found["answers"]]
        assert [a["action"] for a in asked] == [e[0] for e in expected]
        for one, (_, resource, keys, attributes) in zip(asked, expected):
            assert one["resource"].endswith(":" + resource)
            assert one["context"].get("dynamodb:LeadingKeys") == keys
            if attributes:
                assert one["context"]["dynamodb:Attributes"] == attributes
        decisions = [a["decision"] for a in found["answers"]]
        assert found["decision"] == next((d for d in decisions if d != "Allow"), "Allow")


def test_simulate_tells_what_keeps_a_recorded_request_from_being_asked(tmp_path):
    file = recorded(tmp_path, "GetItem", {"TableName": "student-table"})
    done = run("simulate", *TEACHER, "--request", file)
    assert done.returncode == 2 and "ValidationException" in done.stderr and "'key'" in done.stderr
    done = run("simulate", *TEACHER, "--request", recorded(tmp_path, "GetItme", {}))
    assert done.returncode == 2 and "there is no operation `GetItme`" in done.stderr
    file.write_text('{"operation": "GetItem"}')
    done = run("simulate", *TEACHER, "--request", file)
    assert done.returncode == 2 and f"{file}:1:1: the recorded request has no `body`" in done.stderr


@pytest.mark.parametrize("words, message", [
    ([], "name whom to ask"),
    (["--role", "teacher", "--policy", "Policies/policies/student-table-read.json", *GET_OWN], "exclude each other"),
    (["--role", "techer", *GET_OWN], "did you mean `teacher`?"),
    (["--role", "teacher"], "name what is done"),
    (["--role", "teacher", "--action", "GetItme"], "did you mean `dynamodb:GetItem`?"),
    (["--role", "teacher", "--action", "Scan", "--table", "student-table", "--key", "x"], "policies see none"),
    (["--role", "teacher", *GET_OWN, "--context", "dynamodb:Slect=COUNT"], "did you mean `dynamodb:Select`?"),
    (["--role", "teacher", *GET_OWN, "--tag", "x"], "expected NAME=VALUE, found `x`"),
    (["--role", "teacher", "--school", "a#b", *GET_OWN], "has a value that no session can have"),
    (["--role", "teacher", *GET_OWN, "--request", "x.json"], "exclude each other"),
    (["--role", "teacher", "--action", "GetItem", "--resource", "table/x"], "is no ARN"),
    (["--role", "teacher", "--json", "--sarif", *GET_OWN], "exclude each other"),
])
def test_simulate_refuses_what_it_cannot_ask(words, message):
    done = run("simulate", *words)
    assert done.returncode == 2 and message in done.stderr, done.stderr


# Test


def test_all_shipped_cases_pass():
    done = run("test", "Policies")
    assert done.returncode == 0 and re.search(r"^\d+ cases: all pass$", done.stdout, re.MULTILINE)
    assert re.search(r"^teacher +\d+ +0$", done.stdout, re.MULTILINE)
    found = answer(0, "test", "Policies")
    assert found["isClean"] and found["failed"] == 0 and found["passed"] == len(found["cases"]) > 100


def test_a_failed_case_is_explained(folder):
    open_reads(folder)
    done = run("test", folder)
    assert done.returncode == 1
    assert re.search(rf"^{re.escape(str(folder))}/cases/teacher\.json:\d+:\d+  teacher: ", done.stdout, re.MULTILINE)
    assert "expected Deny(implicit), found Allow" in done.stdout and "`ReadOwnSchool`" in done.stdout
    found = answer(1, "test", folder)
    failed = [case for case in found["cases"] if not case["isPassed"]]
    assert len(failed) == found["failed"] > 0
    assert all(case["explanation"]["statements"] and case["failure"] for case in failed)
    assert len(check_sarif(run("test", folder, "--sarif").stdout, folder)) == len(failed)


def test_a_folder_without_cases_is_told(folder):
    shutil.rmtree(folder / "cases")
    done = run("test", folder)
    assert done.returncode == 2 and f"there are no cases in `{folder}/cases`" in done.stderr


# Prove


def test_the_shipped_roles_are_proved():
    found = answer(0, "prove", "Policies")
    roles = {role["role"]: role for role in found["roles"]}
    assert set(roles) == {file.stem for file in (ROOT / "Policies/roles").glob("*.json")}
    assert all(role["verdict"] == "proved" and role["milliseconds"] >= 0 for role in roles.values())
    assert all(role["assumptions"] for role in roles.values())
    assert [role["role"] for role in answer(0, "prove", "Policies", "--role", "parent")["roles"]] == ["parent"]
    assert check_sarif(run("prove", "Policies", "--sarif").stdout) == []


def test_a_counterexample_is_a_whole_story(folder):
    open_reads(folder)
    found = answer(1, "prove", folder, "--role", "teacher")
    (role,) = found["roles"]
    story = role["counterexample"]
    assert role["verdict"] == "counterexample" and story["tags"]["school_id"]
    assert story["key"].startswith("TENANT#") and story["tags"]["school_id"] not in story["key"]
    assert story["owner"] and story["command"].startswith("aws dynamodb ")
    assert story["explanation"]["decision"] == "Allow"
    (decided,) = [s_ for s_ in story["explanation"]["statements"] if s_["outcome"] == "decided"]
    assert decided["file"] == "policies/student-table-read.json" and decided["line"] > 1
    done = run("prove", folder, "--role", "teacher")
    assert done.returncode == 1
    assert f"{folder}/policies/student-table-read.json:{decided['line']}:" in done.stdout
    assert story["command"] in done.stdout
    (result,) = check_sarif(run("prove", folder, "--role", "teacher", "--sarif").stdout, folder)
    assert result["ruleId"] == "isolation-counterexample"
    # It is what simulate says of the same question.
    request, tags = story["request"], story["tags"]
    words = [f"--tag={name}={value}" for name, value in tags.items()]
    words += [f"--key={key}" for key in request["context"].get("dynamodb:LeadingKeys", [])]
    again = answer(0, "simulate", folder, "--role", "teacher", "--action", request["action"], "--resource", request["resource"], *words)
    assert again["decision"] == "Allow"


def test_one_document_is_proved_by_itself(folder):
    file = folder / "policies/student-table-read.json"
    before = answer(0, "prove", "--policy", file)["roles"]
    assert [role["verdict"] for role in before] == ["proved"]
    open_reads(folder)
    assert answer(1, "prove", "--policy", file)["roles"][0]["verdict"] == "counterexample"


def test_what_can_be_read_of_a_document_is_proved(tmp_path):
    file = tmp_path / "one.json"
    own = {"Effect": "Allow", "Action": ["dynamodb:GetItem", "s3:GetObject"], "Resource": "arn:aws:dynamodb:*:*:table/books",
           "Condition": {"StringEquals": {"dynamodb:LeadingKeys": "${aws:PrincipalTag/school_id}"}}}
    bucket = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    template = {"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "${Table.Arn}"}
    for statements, code, verdict, words in [
        ([own, bucket], 0, "proved", "of other services"),
        ([own, {**own, "Principal": "*"}], 0, "proved", "names a Principal"),
        ([own, {**template, "Effect": "Deny"}], 0, "proved", "makes nothing safer"),
        ([own, template], 1, "unproven", "${Table.Arn}"),
    ]:
        file.write_text(json.dumps({"Version": "2012-10-17", "Statement": statements}))
        (role,) = answer(code, "prove", "--policy", file)["roles"]
        assert (role["verdict"], words in json.dumps(role)) == (verdict, True), role
    file.write_text('{\n "Statement": [,]}')
    done = run("prove", "--policy", file)
    assert done.returncode == 2 and ":2:" in done.stderr, done.stdout + done.stderr


def test_prove_knows_its_roles():
    done = run("prove", "Policies", "--role", "techer")
    assert done.returncode == 2 and "did you mean `teacher`?" in done.stderr
