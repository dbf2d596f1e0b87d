"""The reviewer's commands with the real binary: answers, exit codes, machine forms, refusals, REST, replay."""

import json
import pathlib
import re
import shutil
import subprocess

import pytest
from conftest import ROOT, binary, plain_environment

SCHOOL, TENANT = "s00000000000def2", "t00000000000abc1"
OWN_KEY = f"TENANT#{SCHOOL}#STUDENT#1"
TEACHER = ["--role", "teacher", "--school", SCHOOL, "--tenant", TENANT]
GET_OWN = ["--action", "GetItem", "--table", "student-table", "--key", OWN_KEY]


def run(*words, cwd=ROOT, environment=None):
    return subprocess.run(
        [binary(), "policy", *map(str, words)], capture_output=True, text=True, timeout=60, cwd=cwd,
        env={**plain_environment(), **(environment or {})})


def answer(code, *words, cwd=ROOT):
    """The JSON of a command that ends with this code."""
    done = run(*words, "--json", cwd=cwd)
    assert done.returncode == code, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return json.loads(done.stdout)


@pytest.fixture
def folder(tmp_path):
    """A copy of the shipped policies that a test may change."""
    shutil.copytree(ROOT / "Policies", tmp_path / "Policies")
    return tmp_path / "Policies"


def change(file, edit):
    document = json.loads(file.read_text())
    edit(document)
    file.write_text(json.dumps(document, indent=2))


def open_reads(folder):
    """Every school's key in a statement that is to be about one school's."""
    def edit(document):
        for statement in document["Statement"]:
            statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"] = "TENANT#*"

    change(folder / "policies/student-table-read.json", edit)


def check_sarif(text, folder=None):
    """The rules of the SARIF 2.1.0 schema that a reader relies on; the results."""
    log = json.loads(text)
    assert log["version"] == "2.1.0" and log["$schema"].endswith("sarif-2.1.0.json")
    (run_,) = log["runs"]
    driver = run_["tool"]["driver"]
    assert driver["name"] == "homeroom" and re.fullmatch(r"\d+\.\d+\.\d+", driver["semanticVersion"])
    assert run_["columnKind"] in ("unicodeCodePoints", "utf16CodeUnits")
    rules = driver["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    for rule in rules:
        assert rule["shortDescription"]["text"] and rule["fullDescription"]["text"] and rule["help"]["text"]
        assert rule["defaultConfiguration"]["level"] in ("error", "warning", "note")
    prints = set()
    for result in run_["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note") and result["message"]["text"]
        (location,) = result["locations"]
        place = location["physicalLocation"]
        uri = place["artifactLocation"]["uri"]
        assert re.fullmatch(r"[A-Za-z0-9._~!$&'()*+,;=@%/:-]+", uri) and not uri.startswith("/")
        assert place["region"]["startLine"] >= 1 and place["region"]["startColumn"] >= 1
        if folder:
            assert pathlib.Path(uri.removeprefix("file://")).is_file()
        (value,) = result["partialFingerprints"].values()
        assert re.fullmatch(r"[0-9a-f]{32}", value) and value not in prints
        prints.add(value)
        for fix in result.get("fixes", []):
            for changed in fix["artifactChanges"]:
                assert changed["artifactLocation"]["uri"] == uri
                for replacement in changed["replacements"]:
                    assert {"startLine", "startColumn", "endLine", "endColumn"} <= set(replacement["deletedRegion"])
    assert all(set(invocation) >= {"executionSuccessful"} for invocation in run_["invocations"])
    return run_["results"]


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
    names = run("checks").stdout.split()
    assert names
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


def s(text):
    return {"S": text}


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


def test_prove_knows_its_roles():
    done = run("prove", "Policies", "--role", "techer")
    assert done.returncode == 2 and "did you mean `teacher`?" in done.stderr


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
    print(done.stdout)
    tenants = server.cli_json("tenant", "list")["tenants"]
    assert "Replay for teacher" in done.stdout
    assert "refused by the second wall: " in done.stdout, done.stdout
    assert any(f"as tenant {tenant['id']}, school s" in done.stdout for tenant in tenants)
    assert f"--endpoint-url {server.gateway}" in done.stdout and "in the place of" in done.stdout
    assert "ANSWERED" not in done.stdout


def test_replay_stays_on_this_machine(server):
    for url in ["http://192.0.2.1:8000", "http://example.org"]:
        done = run("prove", "Policies", "--replay", url, "--data", server.data)
        assert done.returncode == 2 and "is not on this machine; say --allow-remote" in done.stderr
    done = run("prove", "Policies", "--replay", "gateway", "--data", server.data)
    assert done.returncode == 2 and "expected http://HOST:PORT" in done.stderr
