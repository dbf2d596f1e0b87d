"""Tokens that come to the gateway by themselves, without an AWS SDK: curl, http.client, and what no client sends."""

import json
import re
import subprocess

import jwt
import pytest
from conftest import ROOT, binary, plain_environment
from hostile_clients import answer, connect, send
from identity_provider import Provider
from test_accounts import invite
from test_accounts import token as sign_in
from test_oauth import Program, form
from test_token_exchange import District
from wire import Session, bring

STUDENTS = "student-table"


class Town:
    """A district of one school with a student's record, and a token for it."""

    def __init__(self, server, name):
        self.server = server
        self.onboarded = server.onboard(name).json
        self.tenant = self.onboarded["tenant"]
        self.school = self.tenant["schools"][0]["id"]
        self.token = self.issue()
        self.secret = f"the secret of {name}"
        assert self.call("PutItem", TableName=STUDENTS, Item=self.item()) == (200, {})

    def issue(self, role="service", key=None, **more):
        made = self.server.api("POST", "/v1/tokens", {
            "tenant": self.tenant["id"], "school": self.school, "role": role, **more}, key=key)
        assert made.status == 201, made.text
        return made.json["token"]

    def call(self, operation, token=None, headers=(), **parameters):
        return bring(self.server, token or self.token, operation, parameters, **dict(headers))

    def key(self):
        return {"recordKey": {"S": f"TENANT#{self.school}#STUDENT#1001"}, "entityKey": {"S": "PROFILE"}}

    def item(self, **more):
        return {**self.key(), "name": {"S": self.secret}, **more}

    def lists(self, token, **headers):
        return refusal(self.call("ListTables", token=token, headers=headers))


def refusal(answered):
    status, body = answered
    return (status, body["__type"].split("#")[1]) if "__type" in body else status


@pytest.fixture(scope="module")
def towns(shared_server):
    return Town(shared_server, "Bearer Springfield"), Town(shared_server, "Bearer Shelbyville")


def test_the_example_in_the_readme(towns, tmp_path):
    """As it is written, but for where the server is and which school it is."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    command, printed = re.search(r"\$ (curl [^$]*\$\(cat token\.jwt\)[\s\S]*?}}}')\n(.*)\n```", readme).groups()
    example = re.search(r"TENANT#(s\w+)#", command)[1]
    town = towns[0]
    (tmp_path / "token.jwt").write_text(town.token + "\n")
    assert town.call("PutItem", TableName=STUDENTS, Item=town.item(name={"S": "Ada Park"})) == (200, {})
    command = command.replace("http://127.0.0.1:8000", town.server.gateway).replace(example, town.school)
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, cwd=tmp_path, env=plain_environment(), timeout=20)
    assert done.stdout == printed.replace(example, town.school), done


def test_a_script_under_env_has_a_token_and_an_address(towns, tmp_path):
    town = towns[0]
    tmp_path.chmod(0o700)
    script = ('curl -s "$AWS_ENDPOINT_URL" -H "Authorization: Bearer $(cat "$AWS_WEB_IDENTITY_TOKEN_FILE")" '
              "-H 'X-Amz-Target: DynamoDB_20120810.ListTables' --json '{}'")
    done = subprocess.run(
        [binary(), "env", "--data", str(town.server.data), "--tenant", town.tenant["id"], "--school", town.school, "--role",
         "service", "--", "bash", "-c", script],
        capture_output=True, text=True, cwd=tmp_path, timeout=60,
        env={**plain_environment(), "HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)})
    assert STUDENTS in json.loads(done.stdout)["TableNames"], done


# What a token reaches


def operations(town):
    """Requests about a town's record, each with what of it they would show."""
    key, item = town.key(), town.item(name={"S": "written over"})
    where = f"recordKey = '{key['recordKey']['S']}' AND entityKey = 'PROFILE'"
    select, update = f'SELECT * FROM "{STUDENTS}" WHERE {where}', f'UPDATE "{STUDENTS}" SET name = \'x\' WHERE {where}'
    condition = {"KeyConditionExpression": "recordKey = :k", "ExpressionAttributeValues": {":k": key["recordKey"]}}
    change = {"UpdateExpression": "SET n = :v", "ExpressionAttributeValues": {":v": {"S": "x"}}}
    at = {"TableName": STUDENTS, "Key": key}
    return [
        ("GetItem", at), ("Query", {"TableName": STUDENTS, **condition}),
        ("BatchGetItem", {"RequestItems": {STUDENTS: {"Keys": [key]}}}),
        ("TransactGetItems", {"TransactItems": [{"Get": at}]}),
        ("ExecuteStatement", {"Statement": select}), ("BatchExecuteStatement", {"Statements": [{"Statement": select}]}),
        ("ExecuteTransaction", {"TransactStatements": [{"Statement": select}]}),
        ("PutItem", {"TableName": STUDENTS, "Item": item, "ReturnValues": "ALL_OLD"}),
        ("UpdateItem", {**at, **change, "ReturnValues": "ALL_OLD"}),
        ("BatchWriteItem", {"RequestItems": {STUDENTS: [{"PutRequest": {"Item": item}}]}}),
        ("TransactWriteItems", {"TransactItems": [{"Update": {**at, **change}}]}),
        ("TransactWriteItems", {"TransactItems": [{"ConditionCheck": {**at, "ConditionExpression": "attribute_exists(#n)",
                                                                      "ExpressionAttributeNames": {"#n": "name"}}}]}),
        ("ExecuteStatement", {"Statement": update}), ("BatchExecuteStatement", {"Statements": [{"Statement": update}]}),
        ("DeleteItem", {**at, "ReturnValues": "ALL_OLD"}),
    ]


def test_a_token_reaches_its_own_district_alone(towns):
    for own, other in [towns, towns[::-1]]:
        assert own.call("PutItem", TableName=STUDENTS, Item=own.item()) == (200, {})
        for operation, parameters in operations(other):
            status, body = own.call(operation, **parameters)
            found = json.dumps(body)
            assert other.secret not in found and "AccessDenied" in found, (operation, body)
            assert status == 400 or operation == "BatchExecuteStatement", (operation, body)
        for operation, parameters in operations(own):
            status, body = own.call(operation, **parameters)
            assert status == 200 and "AccessDenied" not in json.dumps(body), (operation, body)
        assert other.call("PutItem", TableName=STUDENTS, Item=other.item()) == (200, {})
    own, other = towns
    assert own.call("GetItem", TableName=STUDENTS, Key=own.key()) == (200, {"Item": own.item()})
    for extra in [{}, {"IndexName": "teacher-index"}]:
        assert refusal(own.call("Scan", TableName=STUDENTS, **extra)) == (400, "AccessDeniedException")


def test_the_role_is_the_tokens_unless_a_header_names_one_that_trusts_it(towns):
    town = towns[0]
    teacher = town.issue("teacher")
    assert refusal(town.call("DeleteItem", token=teacher, TableName=STUDENTS, Key=town.key())) == (400, "AccessDeniedException")
    for name in ["teacher", "arn:aws:iam::000000000000:role/teacher"]:
        assert town.lists(teacher, **{"X-Homeroom-Role": name}) == 200
    for name in ["service", "operator", "nobody"]:
        assert town.lists(teacher, **{"X-Homeroom-Role": name}) == (400, "AccessDeniedException")
    for name in ["", "role/teacher", "a b"]:
        assert town.lists(teacher, **{"X-Homeroom-Role": name}) == (400, "ValidationException")


def test_a_district_that_may_only_read(server):
    town = Town(server, "Springfield USD")
    suspended = server.api("POST", f"/v1/tenants/{town.tenant['id']}/suspend", {"reason": "unpaid", "mode": "read-only"})
    assert suspended.status in (200, 202), suspended.text
    assert town.call("GetItem", TableName=STUDENTS, Key=town.key()) == (200, {"Item": town.item()})
    assert refusal(town.call("PutItem", TableName=STUDENTS, Item=town.item())) == (400, "AccessDeniedException")


# What is no token for the gateway


def test_whatever_else_is_a_secret_opens_nothing(server):
    provider = Provider()
    try:
        district = District(server, provider)
        program = Program(server, "Shelbyville")
        issued = program.token(scope="offline_access").json
        token, town = issued["access_token"], Town(server, "Ogdenville")
        assert town.lists(token) == 200
        operator = server.cli_json("key", "create", "--role", "operator", "--label", "tests")
        invite(server, roles=("admin",))
        parts = token.split(".")
        others = {
            "an ID token of a district's provider": provider.token(), "an unsigned one": provider.unsigned(),
            "an ID token that names us": provider.token(iss=server.control, aud="sts.amazonaws.com"),
            "a refresh token": issued["refresh_token"], "an administrator's key": server.admin_key,
            "a tenant's key": town.onboarded["credentials"]["key"], "an operator's secret": operator["secretAccessKey"],
            "an operator's key": operator["accessKeyId"], "a client's secret": program.auth[1],
            "a session of who runs the platform": sign_in(server),
            "a session's token": Session(server, town.tenant["id"], town.school).token, "another's signature": ".".join(parts[:2] + [town.token.split(".")[2]]),
            "another's claims": ".".join([parts[0], town.token.split(".")[1], parts[2]]),
            "no signature": ".".join(parts[:2]) + ".",
            "signed by the public key": jwt.encode(
                jwt.decode(token, options={"verify_signature": False}), "x" * 32, algorithm="HS256",
                headers={"kid": jwt.get_unverified_header(token)["kid"]}),
        }
        for name, other in others.items():
            assert town.lists(other) == (400, "UnrecognizedClientException"), name
        assert form(server, "/oauth/introspect", program.auth, token=token).json["active"], "the neighbour is good"
        assert district.exchange().status == 200
        log = server.log.read_text()
        assert "gateway request" in log
        for name, secret in {**others, "the token": token}.items():
            if name == "an operator's key":
                continue  # Its id, which is no secret.
            assert secret not in log and not any(len(part) > 20 and part in log for part in secret.split(".")[1:]), name
    finally:
        provider.close()


def test_a_token_of_another_server_opens_nothing(towns, server):
    stranger = Town(server, "Springfield USD")
    assert towns[0].lists(stranger.token) == (400, "UnrecognizedClientException")


@pytest.mark.parametrize("value, status", [
    (b"Bearer", 400), (b"Bearer ", 400), (b"bearer", 400), (b"bearer \t", 400), (b"Bearer .", 400), (b"Bearer ..", 400),
    (b"Bearer " + b"x" * 10_000, 400), (b"Bearer " + b"." * 10_000, 400), (b"Bearer " + b"eyJ" * 4000 + b".e30.AA", 400),
    (b"Bearer " + b"x" * 100_000, 431), (b"x" * 100_000, 431), (b"Bearer \xff\xfe\x80", 400), (b"\xff\xfe\x80", 400),
    ("Bearer ü.ü.ü".encode(), 400), (b"Bearer {T}, Bearer {T}", 400), (b"Bearer {T} {T}", 400), (b"Bearer\t{T}", 400),
    (b"Bearer=\"{T}\"", 400), (b"Bearer token=\"{T}\"", 400), (b"{T}", 400), (b"Basic {T}", 400),
    (b"Bearer {T}\r\nAuthorization: Bearer {T}", 400), (b"Bearer {T}\r\nauthorization: AWS4-HMAC-SHA256 Credential=a", 400),
    (b"Bearer {T}\r\nX-Amz-Security-Token: x", 400), (b"Bearer {T}", 200), (b"bearer {T}", 200), (b"BEARER    {T}  ", 200),
])
def test_credentials_of_all_forms(towns, value, status):
    """An error, never a crash and never a hang; the next request on the same connection, or another, is served."""
    town = towns[0]
    token, body = town.token.encode(), b"{}"

    def head(value):
        return (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-amz-json-1.0\r\nX-Amz-Target: DynamoDB_20120810.ListTables\r\n"
                b"Content-Length: 2\r\nAuthorization: " + value.replace(b"{T}", token) + b"\r\n\r\n" + body)

    connection = connect(town.server)
    send(connection, head(value))
    found = answer(connection)
    # Of a head that is far too large the answer may be lost with the connection.
    assert found[0] == status if found else status == 431, found
    assert status != 400 or json.loads(found[1])["__type"].startswith("com.amazon.coral.service#")
    assert not found or token not in found[1]
    connection.close()
    assert town.lists(town.token) == 200


@pytest.mark.parametrize("target", ["/?X-Amz-Signature=0", "/?X-Amz-Algorithm=AWS4-HMAC-SHA256", "/?access_token=x", "/x"])
def test_a_credential_in_the_query_is_refused(towns, target):
    town = towns[0]
    answered = town.server.http.request("POST", town.server.gateway + target, body=b"{}", headers={
        "Authorization": f"Bearer {town.token}", "Content-Type": "application/json", "X-Amz-Target": "DynamoDB_20120810.ListTables"})
    assert (answered.status, json.loads(answered.data)["__type"].split("#")[1]) == (400, "IncompleteSignatureException")


# What is kept of it


def test_the_audit_and_the_decisions_name_the_token_by_its_id(stopped_server):
    server = stopped_server.start()
    town = Town(server, "Springfield USD")
    other = Town(server, "Shelbyville")
    # From here on nobody of the platform has it.
    shown = town.onboarded["credentials"]
    rotated = server.api("POST", f"/v1/keys/{shown['id']}/rotate", {"graceSeconds": 0}, key=shown["key"]).json
    own = town.issue(key=rotated["controlKey"])
    for token in [town.token, own, own]:
        assert town.lists(token) == 200
    refused = town.call("GetItem", TableName=STUDENTS, Key=other.key())
    assert refusal(refused) == (400, "AccessDeniedException")
    ids = {name: jwt.decode(token, options={"verify_signature": False})["jti"] for name, token in [("ours", town.token), ("own", own)]}
    caller = f"arn:aws:sts::000000000000:assumed-role/service/bearer-{ids['ours']}"
    assert caller in refused[1]["Message"]
    decided = server.wait_for(lambda: server.cli_json("decisions", "--tenant", "Springfield USD", "--denied")["decisions"])
    assert [entry["principal"] for entry in decided] == [caller]
    assert server.terminate() == 0
    server.start()
    entries = server.api("GET", f"/v1/audit?tenant={town.tenant['id']}").json["entries"]
    (opened,) = [entry for entry in entries if entry["action"] == "session.issued"]
    assert (opened["subject"], opened["actor"]) == (f"bearer-{ids['ours']}", f"token:{ids['ours']}")
    assert opened["address"] == "127.0.0.1" and opened["detail"]["role"] == "service" and int(opened["detail"]["seconds"]) > 0
    (counted,) = [entry for entry in entries if entry["action"] == "sessions.issued"]
    assert (counted["detail"]["sessions"], counted["detail"]["samples"]) == ("1", f"bearer-{ids['own']}")
    text = json.dumps(entries) + json.dumps(decided) + server.log.read_text()
    for token in [town.token, own]:
        assert not any(part in text for part in token.split(".")[1:])
    assert server.cli("audit", "verify").returncode == 0


def test_on_a_developers_server_a_token_is_what_it_is(stopped_server):
    server = stopped_server.start("--dev")
    town, other = Town(server, "Springfield USD"), Town(server, "Shelbyville")
    assert refusal(town.call("GetItem", TableName=STUDENTS, Key=other.key())) == (400, "AccessDeniedException")
    for wrong in ["x", "", town.token + "x"]:
        assert town.lists(wrong or " ") == (400, "UnrecognizedClientException")
