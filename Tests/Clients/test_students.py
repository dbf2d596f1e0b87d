"""A student's own token, and a parent's, opens one student's record: a real server, boto3, and the token by itself."""

import json
import subprocess
import time

import boto3
import botocore.exceptions
import pytest
from conftest import ROOT, binary
from identity_provider import Provider
from test_members import Member
from test_oauth import code, form
from test_token_exchange import District, claims
from wire import bring

TABLE = "student-table"
DENIED = "AccessDeniedException"


class School:
    """A school with three pupils, two of whom have ids of which one begins as the other does."""

    def __init__(self, server, name="Springfield USD", schools=("Lincoln High", "Oak Hill")):
        self.server = server
        self.tenant = server.onboard(name, schools=schools).json["tenant"]
        self.id, self.school = self.tenant["id"], self.tenant["schools"][0]["id"]
        application = self.issue("service")
        for pupil in ["1001", "10010", "1002"]:
            for entity in ["PROFILE", "GRADES#2026"]:
                status, text = bring(server, application, "PutItem", {"TableName": TABLE, "Item": {
                    **self.key(pupil, entity), "of": {"S": pupil},
                    "teacherKey": {"S": f"TENANT#{self.school}#TEACHER#7"}}})
                assert status == 200, text

    def key(self, pupil, entity="PROFILE", school=None):
        return {"recordKey": {"S": f"TENANT#{school or self.school}#STUDENT#{pupil}"}, "entityKey": {"S": entity}}

    def ask(self, role, **more):
        return self.server.api("POST", "/v1/tokens", {"tenant": self.id, "school": self.school, "role": role, **more})

    def issue(self, role, **more):
        answer = self.ask(role, **more)
        assert answer.status == 201, answer.text
        return answer.json["token"]

    def query(self, pupil, **more):
        return {"TableName": TABLE, "KeyConditionExpression": "recordKey = :key",
                "ExpressionAttributeValues": {":key": self.key(pupil)["recordKey"]}, **more}

    def reads_of(self, pupil):
        """Each way to read a student's record, as operation and parameters."""
        return [
            ("GetItem", {"TableName": TABLE, "Key": self.key(pupil)}), ("Query", self.query(pupil)),
            ("BatchGetItem", {"RequestItems": {TABLE: {"Keys": [self.key(pupil), self.key(pupil, "GRADES#2026")]}}}),
            ("TransactGetItems", {"TransactItems": [{"Get": {"TableName": TABLE, "Key": self.key(pupil)}}]}),
        ]

    def ways_to_others(self):
        """What opens anything but the record of 1001, if anything is wrong."""
        own, beside = self.key("1001"), self.key("1002")
        select = f"SELECT * FROM \"{TABLE}\""
        index = {
            "TableName": TABLE, "IndexName": "teacher-index", "KeyConditionExpression": "teacherKey = :key",
            "ExpressionAttributeValues": {":key": {"S": f"TENANT#{self.school}#TEACHER#7"}}}
        yield from self.reads_of("1002")
        yield from self.reads_of("10010")
        yield "GetItem", {"TableName": TABLE, "Key": self.key("1001", school=self.tenant["schools"][1]["id"])}
        yield "GetItem", {"TableName": TABLE, "Key": self.key("*")}
        yield "Query", index
        yield "Query", {**index, "ExpressionAttributeValues": self.query("1001")["ExpressionAttributeValues"]}
        yield "Scan", {"TableName": TABLE}
        yield "Scan", {"TableName": TABLE, "IndexName": "teacher-index"}
        yield "BatchGetItem", {"RequestItems": {TABLE: {"Keys": [own, beside]}}}
        yield "TransactGetItems", {
            "TransactItems": [{"Get": {"TableName": TABLE, "Key": key}} for key in [own, beside]]}
        yield "TransactWriteItems", {"TransactItems": [{"ConditionCheck": {
            "TableName": TABLE, "Key": own, "ConditionExpression": "attribute_exists(recordKey)"}}]}
        yield "ExecuteStatement", {"Statement": select}
        yield "ExecuteStatement", {"Statement": f"{select} WHERE recordKey = '{beside['recordKey']['S']}'"}
        yield "PutItem", {"TableName": TABLE, "Item": own}
        yield "UpdateItem", {"TableName": TABLE, "Key": own}
        yield "DeleteItem", {"TableName": TABLE, "Key": own}
        yield "BatchWriteItem", {"RequestItems": {TABLE: [{"PutRequest": {"Item": own}}]}}


def client(server, token, role):
    sts = boto3.client("sts", endpoint_url=server.gateway, region_name="us-east-1", aws_access_key_id="x",
                       aws_secret_access_key="x")
    arn = f"arn:aws:iam::000000000000:role/{role}"
    keys = sts.assume_role_with_web_identity(
        RoleArn=arn, RoleSessionName="person", WebIdentityToken=token)["Credentials"]
    return boto3.client(
        "dynamodb", endpoint_url=server.gateway, region_name="us-east-1", aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"], aws_session_token=keys["SessionToken"])


class Doors:
    """Both ways in with one token: an AWS SDK's session, and the token by itself."""

    def __init__(self, server, token, role):
        self.server, self.token = server, token
        self.sdk = client(server, token, role)

    def by_sdk(self, operation, parameters):
        words = "".join("_" + letter.lower() if letter.isupper() else letter for letter in operation).lstrip("_")
        try:
            return getattr(self.sdk, words)(**parameters)
        except botocore.exceptions.ClientError as error:
            # A transaction says of each of its parts why it was cancelled.
            return error.response["Error"]["Code"]

    def by_bearer(self, operation, parameters):
        status, body = bring(self.server, self.token, operation, parameters)
        return body if status == 200 else body["__type"].split("#")[-1]

    def opened(self, operation, parameters):
        """Whose items come out; or that it is denied, by both doors alike."""
        answers = [self.by_sdk(operation, parameters), self.by_bearer(operation, parameters)]
        found = [answer if isinstance(answer, str) else set(_owners(answer)) for answer in answers]
        assert found[0] == found[1], answers
        return found[0]


def _owners(answer):
    """The pupils of all items in an answer."""
    items = [answer["Item"]] if "Item" in answer else answer.get("Items", [])
    items += answer.get("Responses", {}).get(TABLE, []) if isinstance(answer.get("Responses"), dict) else [
        each["Item"] for each in answer.get("Responses", [])]
    return [item["of"]["S"] for item in items]


@pytest.fixture(scope="module")
def school(shared_server):
    return School(shared_server, "Students County")


def test_a_student_reads_their_own_record_and_nothing_else(shared_server, school):
    doors = Doors(shared_server, school.issue("student", student="1001"), "student")
    for operation, parameters in school.reads_of("1001"):
        assert doors.opened(operation, parameters) == {"1001"}, operation
    for operation, parameters in school.ways_to_others():
        assert doors.opened(operation, parameters) == DENIED, (operation, parameters)


@pytest.mark.parametrize("role", ["student", "parent"])
def test_a_token_without_a_student_opens_no_record(shared_server, school, role):
    doors = Doors(shared_server, school.issue(role), role)
    for pupil in ["1001", "1002", ""]:
        for operation, parameters in school.reads_of(pupil):
            assert doors.opened(operation, parameters) == DENIED, (operation, pupil)
    for operation, parameters in school.ways_to_others():
        assert doors.opened(operation, parameters) == DENIED, (operation, parameters)


def test_a_student_is_named_in_one_form_alone(shared_server, school):
    for text in ["", "*", "1001#2", "1?", "${*}", "a b", "1" * 65]:
        refused = school.ask("student", student=text)
        assert refused.status == 400 and refused.json["field"] == "student", text
    of_no_school = shared_server.api("POST", "/v1/tokens", {"tenant": school.id, "role": "student", "student": "1001"})
    assert of_no_school.status == 400 and of_no_school.json["field"] == "student"
    issued = school.ask("parent", student="1001").json
    assert issued["student"] == "1001"
    known = form(shared_server, "/oauth/introspect", headers={
        "Authorization": f"Bearer {shared_server.admin_key}"}, token=issued["token"])
    assert known.json["student_id"] == "1001"
    shown = shared_server.api("GET", f"/v1/audit?tenant={school.id}&action=token.issued").json["entries"][0]
    assert shown["detail"]["student"].startswith("p_"), "who may have to be forgotten is not named in the audit"


def test_the_commands_name_the_student(shared_server, school, tmp_path):
    found = json.loads(shared_server.cli(
        "env", "--tenant", school.id, "--school", school.school, "--role", "student", "--student", "1001", "--json",
        "--token-file", str(tmp_path / "token")).stdout)
    token = (tmp_path / "token").read_text().strip()
    assert found["AWS_ROLE_ARN"].endswith("/student")
    assert Doors(shared_server, token, "student").opened(*school.reads_of("1001")[0]) == {"1001"}
    ask = [binary(), "policy", "simulate", str(ROOT / "Policies"), "--role", "student", "--school", school.school,
           "--action", "GetItem", "--table", TABLE, "--key", school.key("1001")["recordKey"]["S"]]
    for more, decision in [(["--student", "1001"], "Allow"), (["--student", "1002"], "Deny"), ([], "Deny")]:
        done = subprocess.run([*ask, *more], capture_output=True, text=True, timeout=60, check=False)
        assert done.stdout.startswith(decision), more


# Members with a password


class Family(Member):
    """A parent of two in a school, and of one in another whose number is that of somebody's child in the first."""

    def __init__(self, server, role="parent", students=("1001", "1002"), name="park"):
        self.world = School(server)
        self.other = self.world.tenant["schools"][1]["id"]
        self.links = [{"student": student, "school": "Lincoln High"} for student in students]
        super().__init__(server, name=name, schools=["Lincoln High", "Oak Hill"], role=role)
        linked = self.link(self.links)
        assert linked.status == 200, linked.text

    def link(self, students, **headers):
        return self.server.api("PUT", self.path("students"), {"students": students}, headers=headers)

    def token(self, **more):
        return self.sign_in(**{"scope": f"school:{self.school}", **more})


def test_a_parent_of_two_chooses_by_the_token(server):
    family = Family(server)
    time.sleep(1.1)  # Who was linked gets tokens from the next second on.
    assert code(family.token()) == (400, "invalid_scope"), "one token is for one child"
    assert code(family.token(student_id="1003")) == (400, "invalid_scope")
    assert code(family.token(student_id="10%2A")) == (400, "invalid_request")
    for own, other in [("1001", "1002"), ("1002", "1001")]:
        answer = family.token(student_id=own)
        assert claims(answer)["student_id"] == own
        doors = Doors(server, answer.json["access_token"], "parent")
        assert doors.opened(*family.world.reads_of(own)[0]) == {own}
        assert doors.opened(*family.world.reads_of(other)[0]) == DENIED
    # Of the other school nobody is theirs, whatever it calls its pupils.
    elsewhere = family.token(scope=f"school:{family.other}")
    assert "student_id" not in claims(elsewhere)
    assert code(family.token(scope=f"school:{family.other}", student_id="1001")) == (400, "invalid_scope")
    # A refresh keeps the child.
    first = family.token(scope=f"school:{family.school}+offline_access", student_id="1002").json["refresh_token"]
    second = family.refresh(first)
    assert claims(second)["student_id"] == "1002"
    third = form(server, "/oauth/token", grant_type="refresh_token", refresh_token=second.json["refresh_token"],
                 student_id="1001")
    assert code(third) == (400, "invalid_scope")


def test_a_link_that_is_taken_away_ends_what_was_issued(server):
    family = Family(server, role="student", students=["1001"])
    time.sleep(1.1)
    granted = family.token(scope=f"school:{family.school}+offline_access").json
    assert claims(family.token())["student_id"] == "1001", "of one it is that one"
    doors = Doors(server, granted["access_token"], "student")
    own = family.world.reads_of("1001")[0]
    assert doors.opened(*own) == {"1001"}
    begun = time.monotonic()
    assert family.link([]).json["students"] == []
    while not (isinstance(doors.by_sdk(*own), str) and isinstance(doors.by_bearer(*own), str)):
        assert time.monotonic() - begun < 5, "still open"
    assert time.monotonic() - begun < 1
    assert code(family.refresh(granted["refresh_token"])) == (400, "invalid_grant")
    server.wait_for(lambda: family.token().status == 200)
    after = family.token()
    assert "student_id" not in claims(after)
    assert Doors(server, after.json["access_token"], "student").opened(*own) == DENIED


def test_links_are_set_by_whoever_administers_the_district(server):
    family = Family(server)
    assert code(form(server, "/oauth/token", grant_type="password")) == (400, "invalid_request")
    shown = server.api("GET", family.path())
    assert shown.json["students"] == [{"school": family.school, "student": each} for each in ["1001", "1002"]]
    assert family.link([], **{"If-Match": '"other"'}).status == 412
    assert family.link([{"student": "7", "school": family.school}], **{"If-Match": shown.headers["ETag"]}).status == 200
    for wrong in [
            [{"student": "a#b", "school": family.school}], [{"student": "7"}], ["7"],
            [{"student": "7", "school": "Nowhere"}], [{"student": "7", "school": family.school}] * 2,
            [{"student": "7", "school": family.school, "more": "x"}],
            [{"student": str(number), "school": family.school} for number in range(21)]]:
        refused = family.link(wrong)
        assert refused.status == 400 and refused.json["field"] == "students", wrong
    assert server.api("PUT", family.path("students"), {}).status == 400
    neighbour = server.onboard("Shelbyville", schools=["Heritage"]).json["credentials"]["key"]
    assert server.api("PUT", family.path("students"), {"students": []}, key=neighbour).status == 404
    pupil = {"member": "ben", "name": "Ben", "role": "student", "schools": ["Lincoln High"]}
    path = f"/v1/tenants/{family.id}/members"
    assert server.api("POST", path, {**pupil, "students": [{"student": "1"}, {"student": "2"}]}).status == 400
    made = server.api("POST", path, {**pupil, "students": [{"student": "1"}]})
    assert made.status == 201 and made.json["member"]["students"] == [{"school": family.school, "student": "1"}]
    notes = server.api("GET", f"/v1/audit?tenant={family.id}&action=member.linked").json["entries"]
    assert len(notes) == 2 and "1001" not in json.dumps([note["after"] for note in notes])


def test_the_commands_of_links(server):
    server.onboard("Springfield USD", schools=["Lincoln High", "Oak Hill"])
    server.cli("member", "invite", "Springfield USD", "park", "--name", "Park", "--role", "parent", "--school",
               "Lincoln High", "--school", "Oak Hill", "--student", "Lincoln High=1001")
    told = server.cli("member", "students", "Springfield USD", "park", "--student", "Lincoln High=1002", "--student",
                      "Oak Hill=7")
    assert "may read the records of" in told.stdout and "1002" in told.stdout
    shown = server.cli("member", "show", "Springfield USD", "park").stdout
    assert "1002 of s" in shown and "7 of s" in shown and "1001" not in shown
    assert "STUDENTS" in server.cli("member", "list", "Springfield USD").stdout
    assert "nobody's record" in server.cli("member", "students", "Springfield USD", "park", "--none").stdout
    for wrong in [[], ["--none", "--student", "1"]]:
        assert server.cli("member", "students", "Springfield USD", "park", *wrong, check=False).returncode == 2


# A district's own identity provider


def test_the_provider_says_whose_record_it_is(server):
    provider = Provider()
    roles = [{"value": "pupil", "role": "student"}, {"value": "parent", "role": "parent"}]
    district = District(server, provider, studentClaim="pupils", roles=roles)
    school = district.schools["Lincoln High"]
    exchange = lambda more=None, **said: district.exchange(provider.token(**said), **(more or {}))
    own = exchange(type="pupil", pupils="1001")
    assert claims(own)["student_id"] == "1001"
    read = lambda answer, pupil: bring(server, answer.json["access_token"], "GetItem", {"TableName": TABLE, "Key": {
        "recordKey": {"S": f"TENANT#{school}#STUDENT#{pupil}"}, "entityKey": {"S": "PROFILE"}}})[0]
    assert (read(own, "1001"), read(own, "1002")) == (200, 400)
    nobody = exchange(type="pupil")
    assert "student_id" not in claims(nobody) and read(nobody, "1001") == 400
    both = {"type": "parent", "pupils": ["1001", "1002"]}
    assert code(exchange(**both)) == (400, "invalid_scope")
    assert code(exchange({"student_id": "1003"}, **both)) == (400, "invalid_scope")
    assert read(exchange({"student_id": "1002"}, **both), "1002") == 200
    assert code(exchange(type="pupil", pupils="1001#2")) == (400, "invalid_request")
    # Of several schools it is not known whose pupil that is.
    several = exchange({"scope": f"school:{school}"}, type="parent", pupils="1001", school=["Lincoln High", "Oak Hill"])
    assert "student_id" not in claims(several) and read(several, "1001") == 400
    tested = server.api("POST", f"/v1/tenants/{district.id}/identity-providers/own/test", {
        "token": provider.token(**both), "student": "1002"}).json
    assert tested["accepted"] and tested["student"] == "1002"
    provider.close()
