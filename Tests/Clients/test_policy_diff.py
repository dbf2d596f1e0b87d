"""`homeroom policy diff`: folders and revisions of a real git repository, and its form in REST."""

import json
import shutil
import subprocess

import pytest

from conftest import ROOT, binary, plain_environment


def git(folder, *words):
    subprocess.run(
        ["git", "-c", "user.name=Reviewer", "-c", "user.email=reviewer@example.org", *words], cwd=folder, check=True,
        capture_output=True)


def diff(folder, *words, environment=None):
    return subprocess.run(
        [binary(), "policy", "diff", "--catalog", str(ROOT / "Templates/catalogs/default.json"), *words],
        capture_output=True, text=True, timeout=120, cwd=folder, env=environment or plain_environment())


def change(path, edit):
    document = json.loads(path.read_text())
    edit(document)
    path.write_text(json.dumps(document, indent=2))


@pytest.fixture
def repository(tmp_path):
    """A repository with the policies that ship: `main`, and `feature` with a role that may delete."""
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    shutil.copytree(ROOT / "Policies", tmp_path / "Policies")
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "as shipped")
    git(tmp_path, "tag", "shipped")
    git(tmp_path, "checkout", "-q", "-b", "feature")
    change(tmp_path / "Policies/roles/teacher.json", lambda role: role["policies"].append("student-table-delete.json"))
    git(tmp_path, "commit", "-q", "-a", "-m", "teachers delete")
    git(tmp_path, "checkout", "-q", "main")
    return tmp_path


def test_nothing_changed_is_proven(repository):
    done = diff(repository, "main..")
    assert done.returncode == 0, done.stderr
    assert "No new access in Policies over main:Policies: proven in" in done.stdout
    assert "Unchanged, proven: district-admin, operator, parent, school-admin, service, student, teacher" in done.stdout


@pytest.mark.parametrize("words", [
    ["main..feature"], ["main", "feature"], ["shipped", "feature", "--folder", "Policies"], ["..feature"],
    ["main..feature", "Policies"], ["Policies", "feature"], ["feature~1", "feature"]])
def test_a_gain_has_its_statement_and_a_command(repository, words):
    done = diff(repository, *words)
    assert done.returncode == 1, done.stderr
    assert "gains dynamodb:DeleteItem, dynamodb:PartiQLDelete on student-table" in done.stdout
    assert "feature:Policies/policies/student-table-delete.json:4:5 `DeleteOwnSchool`" in done.stdout
    assert "aws dynamodb delete-item --table-name student-table --key '{\"recordKey\":{\"S\":\"TENANT#s1#" in done.stdout
    assert "1 role may do more in feature:Policies than in" in done.stdout


def test_what_is_lost_is_shown_and_is_no_finding(repository):
    done = diff(repository, "feature..main")
    assert done.returncode == 0
    assert "loses dynamodb:DeleteItem, dynamodb:PartiQLDelete on student-table" in done.stdout
    assert "gains nothing: proven" in done.stdout
    assert "No new access in main:Policies over feature:Policies" in done.stdout


@pytest.mark.parametrize("words", [["main.."], ["main"], ["HEAD", "Policies"], ["HEAD..", "Policies"]])
def test_a_revision_is_compared_with_the_files_on_disk(repository, words):
    path = repository / "Policies/policies/student-record-view.json"
    path.write_text(path.read_text().replace("StringEquals", "StringLike").replace(
        "school_id}#STUDENT#${aws:PrincipalTag/student_id}", "school_id}*"))
    done = diff(repository, *words)
    assert done.returncode == 1, done.stderr
    for role in ["parent", "student"]:
        assert f"{role}\n  gains dynamodb:BatchGetItem, dynamodb:GetItem, dynamodb:Query on student-table" in done.stdout
    assert "TENANT#s12#EXAMPLE#1" in done.stdout
    assert "Unchanged, proven: district-admin, operator, school-admin, service, teacher" in done.stdout
    one = diff(repository, *words, "--role", "teacher")
    assert one.returncode == 0 and "Unchanged, proven: teacher\n" in one.stdout


def test_trust_is_access_too(repository):
    def edit(role):
        role["trust"] = {"issuer": "https://other.example.org", "conditions": {"Null": {"homeroom:role": "false"}}}
        role["maxSessionSeconds"] = 7200
    change(repository / "Policies/roles/student.json", edit)
    done = diff(repository, "main..", "--json")
    assert done.returncode == 1, done.stderr
    student = next(role for role in json.loads(done.stdout)["roles"] if role["role"] == "student")
    assert student["gained"] == {"answer": "none", "reasons": [], "differences": []}
    sentences = [each["sentence"] for each in student["trustGained"]["differences"]]
    assert sentences == [
        "tokens of issuer `https://other.example.org` are accepted", "claims are enough that were not",
        "a session can last 7200 seconds in place of 3600"]
    claims = student["trustGained"]["differences"][1]["claims"]
    assert claims["homeroom:role"] and claims["homeroom:role"] != ["student"]
    assert [each["sentence"] for each in student["trustLost"]["differences"]] == [
        "tokens of the deployment's own issuer are accepted"]


def test_roles_come_and_go(repository):
    roles = repository / "Policies/roles"
    (roles / "parent.json").unlink()
    (roles / "guest.json").write_text(json.dumps({
        "name": "guest", "policies": ["tables-describe.json"],
        "trust": {"conditions": {"StringEquals": {"homeroom:role": "guest"}}}}))
    done = diff(repository, "main..", "--json")
    found = {role["role"]: role for role in json.loads(done.stdout)["roles"]}
    assert done.returncode == 1
    assert found["guest"]["presence"] == "added" and found["guest"]["gained"]["answer"] == "some"
    assert found["parent"]["presence"] == "removed" and found["parent"]["gained"]["answer"] == "none"
    assert found["parent"]["lost"]["answer"] == "some"


def test_every_example_is_decided_as_it_says(repository):
    """The examples are put to `policy simulate`, which knows nothing of the comparison."""
    def edit(document):
        document["Statement"][0]["Resource"] = "*"
        document["Statement"][0].pop("Condition")
    change(repository / "Policies/policies/student-table-read.json", edit)
    git(repository, "worktree", "add", "-q", "--detach", "before", "main")
    done = diff(repository, "before/Policies", "Policies", "--json")
    assert done.returncode == 1, done.stderr
    examples = [
        (role["role"], each["example"]) for role in json.loads(done.stdout)["roles"]
        for each in role["gained"]["differences"]]
    assert len(examples) >= 3
    for role, example in examples:
        question = repository / "question.json"
        question.write_text(json.dumps({
            "action": example["request"]["action"], "resource": example["request"]["resource"],
            "context": {
                **example["request"]["context"],
                **{f"aws:PrincipalTag/{name}": value for name, value in example["tags"].items()}}}))
        policies = json.loads((repository / f"Policies/roles/{role}.json").read_text())["policies"]
        assert "student-table-read.json" in policies
        answer = subprocess.run(
            [binary(), "policy", "simulate", "--policy", "Policies/policies/student-table-read.json", "--context",
             "question.json", "--json"], capture_output=True, text=True, cwd=repository, env=plain_environment())
        assert answer.returncode in (0, 1), answer.stderr
        assert json.loads(answer.stdout)["decision"] == "Allow"


def test_sarif_points_at_the_statement(repository):
    done = diff(repository, "main..feature", "--sarif")
    run = json.loads(done.stdout)["runs"][0]
    assert done.returncode == 1
    assert [each["ruleId"] for each in run["results"]] == ["access-gained"]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"].endswith("Policies/policies/student-table-delete.json")
    assert place["region"]["startLine"] == 4
    clean = diff(repository, "main..main", "--sarif")
    assert clean.returncode == 0 and json.loads(clean.stdout)["runs"][0]["results"] == []


@pytest.mark.parametrize("words, said", [
    (["nothing.."], "there is no revision `nothing`"),
    (["main..nothing"], "there is no revision `nothing`"),
    (["main..", "--folder", "Rules"], "there is no folder `Rules` at `main`"),
    (["main...feature"], "three dots"),
    (["Policies"], "NEW is missing"),
    ([], "OLD is missing"),
    (["--", "--upload-pack=touch x..", "Policies"], "`--upload-pack=touch x` is no revision"),
    (["main", "feature", "--role", "techer"], "did you mean `teacher`?"),
    (["main..", "--json", "--sarif"], "exclude each other"),
])
def test_what_cannot_be_compared_ends_with_2(repository, words, said):
    done = diff(repository, *words)
    assert done.returncode == 2, done.stdout
    assert said in done.stderr


def test_a_folder_below_and_a_folder_that_is_gone(repository):
    done = diff(repository / "Policies", "main..feature", ".")
    assert done.returncode == 1 and "DeleteOwnSchool" in done.stdout
    shutil.rmtree(repository / "Policies")
    assert diff(repository, "main..feature").returncode == 1
    gone = diff(repository, "main..")
    assert gone.returncode == 2 and "there is no folder `Policies`" in gone.stderr


def test_a_file_that_is_broken_at_a_revision_is_named(repository):
    (repository / "Policies/policies/student-record-view.json").write_text("{")
    git(repository, "commit", "-q", "-a", "-m", "broken")
    done = diff(repository, "HEAD", "shipped", "--json")
    assert done.returncode == 2
    assert "HEAD:Policies/policies/student-record-view.json:1:" in done.stderr
    assert json.loads(done.stdout)["problems"][0]["file"] == "HEAD:Policies/policies/student-record-view.json"


def test_without_git_or_repository(repository, tmp_path_factory):
    empty = tmp_path_factory.mktemp("empty")
    nowhere = {**plain_environment(), "PATH": str(empty)}
    done = diff(repository, "main..", environment=nowhere)
    assert done.returncode == 2 and "there is no program `git` in PATH" in done.stderr
    shutil.copytree(repository / "Policies", empty / "Policies")
    outside = {**plain_environment(), "GIT_CEILING_DIRECTORIES": str(empty.parent)}
    done = diff(empty, "main..", environment=outside)
    assert done.returncode == 2 and "is in no git repository" in done.stderr
    assert diff(empty, "Policies", str(repository / "Policies"), environment=nowhere).returncode == 0


def test_rest_compares_what_is_sent_with_what_is_in_force(shared_server):
    files = {
        str(path.relative_to(ROOT / "Policies")): path.read_text()
        for part in ["roles", "policies"] for path in (ROOT / "Policies" / part).glob("*.json")}
    same = shared_server.api("POST", "/v1/policies/diff", {"old": files, "new": files})
    assert same.status == 200 and same.json["isClean"] is True
    wider = dict(files)
    role = json.loads(files["roles/teacher.json"])
    role["policies"].append("student-table-delete.json")
    wider["roles/teacher.json"] = json.dumps(role)
    answer = shared_server.api("POST", "/v1/policies/diff", {"old": files, "new": wider, "roles": ["teacher"]})
    assert answer.json["isClean"] is False and len(answer.json["roles"]) == 1
    found = answer.json["roles"][0]["gained"]["differences"][0]
    assert found["actions"] == ["dynamodb:DeleteItem", "dynamodb:PartiQLDelete"]
    assert found["statement"]["sid"] == "DeleteOwnSchool"
    assert found["example"]["command"].startswith("aws dynamodb delete-item")
    active = shared_server.api("POST", "/v1/policies/diff", {"old": "active", "new": "active"})
    assert active.status == 200 and active.json["isClean"] is True
    for body, field in [
            ({"old": files}, "new"), ({"old": "current", "new": files}, "old"),
            ({"old": files, "new": {"roles/a.json": "{"}}, "new"), ({"old": files, "new": files, "x": 1}, "x"),
            ({"old": files, "new": files, "roles": ["techer"]}, "roles")]:
        refused = shared_server.api("POST", "/v1/policies/diff", body)
        assert refused.status == 400 and refused.json["field"] == field, refused.json
    assert shared_server.api("POST", "/v1/policies/diff", {}, key="").status == 401


def test_a_repository_that_lacks_objects_starts_no_program_to_fetch_them(repository):
    """A partial clone's configuration says how git gets what is missing: of a hostile one that is any program."""
    mark = repository / "fetched"
    blob = subprocess.run(
        ["git", "rev-parse", "main:Policies/roles/teacher.json"], cwd=repository, check=True, capture_output=True,
        text=True).stdout.strip()
    (repository / ".git/objects" / blob[:2] / blob[2:]).unlink()
    for name, value in [
            ("core.repositoryformatversion", "1"), ("extensions.partialClone", "origin"),
            ("remote.origin.promisor", "true"), ("remote.origin.url", f"ext::touch {mark}"),
            ("remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*"), ("protocol.ext.allow", "always")]:
        git(repository, "config", name, value)
    done = diff(repository, "main..")
    assert done.returncode == 2, done.stdout
    assert "git could not" in done.stderr
    assert not mark.exists()


def test_a_link_in_a_revision_is_not_passed_over(repository):
    """On disk it is followed: were it left out of a revision, what it adds would be said to be no change."""
    git(repository, "checkout", "-q", "feature")
    (repository / "Policies/teacher.txt").write_text((repository / "Policies/roles/teacher.json").read_text())
    (repository / "Policies/roles/teacher.json").unlink()
    (repository / "Policies/roles/teacher.json").symlink_to("../teacher.txt")
    git(repository, "add", "-A")
    git(repository, "commit", "-q", "-m", "a link")
    done = diff(repository, "main..feature")
    assert done.returncode == 2, done.stdout
    assert "`roles/teacher.json` at `feature` is a link" in done.stderr
