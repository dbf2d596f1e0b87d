"""Sessions narrowed by boto3, and what the gateway keeps of its decisions, asked for by the CLI and over REST."""

import json

import boto3
import botocore
import botocore.exceptions
import pytest
from test_aws_clients import STUDENTS, School, denied, springfield  # noqa: F401

ROLE = "arn:aws:iam::000000000000:role/service"
READS = {"Version": "2012-10-17", "Statement": [
    {"Sid": "Reads", "Effect": "Allow", "Action": ["dynamodb:GetItem", "dynamodb:Query"], "Resource": "*"}]}


def sts(server):
    config = botocore.client.Config(signature_version=botocore.UNSIGNED)
    return boto3.client("sts", endpoint_url=server.gateway, region_name="us-east-1", config=config)


def assume(school, **more):
    return sts(school.server).assume_role_with_web_identity(
        RoleArn=ROLE, RoleSessionName="narrow", WebIdentityToken=school.token_file.read_text().strip(), **more)


def client(server, answer):
    credentials = answer["Credentials"]
    return boto3.client(
        "dynamodb", endpoint_url=server.gateway, region_name="us-east-1",
        aws_access_key_id=credentials["AccessKeyId"], aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"])


def code(call, **arguments):
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        call(**arguments)
    return refused.value.response["Error"]["Code"]


def test_a_session_policy_narrows_and_never_widens(springfield):  # noqa: F811
    server, tenant, other = springfield
    school = School(server, tenant["id"], tenant["schools"][0]["id"])
    stranger = School(server, other["id"], other["schools"][0]["id"])
    answer = assume(school, Policy=json.dumps(READS))
    assert 0 < answer["PackedPolicySize"] <= 100
    table, wide = client(server, answer), client(server, assume(school))
    wide.put_item(TableName=STUDENTS, Item=school.item(1))
    for _ in range(2):
        assert "Item" in table.get_item(TableName=STUDENTS, Key=school.key(1))
        message = denied(table.put_item, TableName=STUDENTS, Item=school.item(1))
        assert "because no session policy allows the dynamodb:PutItem action" in message
    denied(table.delete_item, TableName=STUDENTS, Key=school.key(1))
    denied(table.batch_get_item, RequestItems={STUDENTS: {"Keys": [school.key(1)]}})
    denied(table.batch_write_item, RequestItems={STUDENTS: [{"PutRequest": {"Item": school.item(1)}}]})
    denied(table.transact_write_items, TransactItems=[{"Put": {"TableName": STUDENTS, "Item": school.item(1)}}])
    denied(table.execute_statement, Statement=f"SELECT * FROM \"{STUDENTS}\" WHERE recordKey = 'a'")
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    widened = client(server, assume(school, Policy=json.dumps(everything)))
    denied(widened.get_item, TableName=STUDENTS, Key=stranger.key(1))
    denied(widened.scan, TableName=STUDENTS)
    widened.put_item(TableName=STUDENTS, Item=school.item(2))
    # The session is what it was after a restart.
    address = server.gateway.split("//")[1]
    server.terminate()
    server.start("--gateway", address)
    table = client(server, answer)
    assert "Item" in table.get_item(TableName=STUDENTS, Key=school.key(1))
    denied(table.put_item, TableName=STUDENTS, Item=school.item(1))


def test_documents_of_the_deployment_narrow_too(springfield):  # noqa: F811
    server, tenant, _ = springfield
    school = School(server, tenant["id"], tenant["schools"][0]["id"])
    arn = lambda name: {"arn": f"arn:aws:iam::000000000000:policy/{name}"}
    table = client(server, assume(school, PolicyArns=[arn("student-table-read")]))
    table.get_item(TableName=STUDENTS, Key=school.key(1))
    denied(table.put_item, TableName=STUDENTS, Item=school.item(1))
    assert code(assume, school=school, PolicyArns=[arn("missing")]) == "ValidationError"
    assert code(assume, school=school, PolicyArns=[arn("student-table-read")] * 11) == "ValidationError"
    assert code(assume, school=school, Policy="{") == "MalformedPolicyDocument"
    assert code(assume, school=school, Policy=json.dumps(READS) + " " * 2048) == "ValidationError"
    long = json.dumps(READS) + " " * (2048 - len(json.dumps(READS)))
    assert code(assume, school=school, Policy=long, PolicyArns=[arn("n" * 120)] * 10) == "PackedPolicyTooLarge"


def test_a_denial_is_found_with_its_reason(springfield, monkeypatch):  # noqa: F811
    server, tenant, other = springfield
    school = School(server, tenant["id"], tenant["schools"][0]["id"])
    stranger = School(server, other["id"], other["schools"][0]["id"])
    table = school.dynamodb(monkeypatch)
    for number in range(3):
        table.put_item(TableName=STUDENTS, Item=school.item(number, note={"S": "SENTINEL"}))
    request = {"TableName": STUDENTS, "Item": stranger.item(1, note={"S": "SENTINEL"})}
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        table.put_item(**request)
    identifier = refused.value.response["ResponseMetadata"]["RequestId"]
    denied(stranger.dynamodb(monkeypatch).scan, TableName=STUDENTS)

    found = server.cli_json("decisions", "--tenant", "Springfield USD", "--denied", "--since", "1h")["decisions"]
    assert [entry["requestId"] for entry in found] == [identifier]
    entry = found[0]
    assert (entry["action"], entry["role"], entry["decidedBy"]) == ("dynamodb:PutItem", "service", "policy")
    reason = next(finding for finding in entry["findings"] if finding.get("key") == "dynamodb:LeadingKeys")
    assert reason["found"] == [stranger.key(1)["recordKey"]["S"]]
    assert "SENTINEL" not in json.dumps(server.cli_json("decisions", "--limit", "1000"))
    assert "SENTINEL" not in server.log.read_text()

    # For people: a table, and the reasons.
    shown = server.cli("decisions", "--tenant", tenant["id"], "--denied").stdout
    assert "PutItem" in shown and "dynamodb:LeadingKeys" in shown
    explained = server.cli("decisions", "--tenant", tenant["id"], "--denied", "--explain").stdout
    assert identifier in explained and "wants `TENANT#${aws:PrincipalTag/school_id}#*`" in explained
    assert "nothing was denied" in server.cli(
        "decisions", "--tenant", tenant["id"], "--denied", "--action", "GetItem").stdout
    assert len(server.cli_json("decisions", "--denied")["decisions"]) == 2

    # One line of the log, with the reason.
    lines = [json.loads(line) for line in server.log.read_text().splitlines() if identifier in line]
    assert [(line["message"], line["level"]) for line in lines] == [("decision", "info")]
    assert "dynamodb:LeadingKeys" in lines[0]["reasons"]

    # What was kept is there after a restart.
    server.terminate()
    server.start()
    again = server.cli_json("decisions", "--tenant", tenant["id"], "--denied")["decisions"]
    assert [entry["requestId"] for entry in again] == [identifier]


def test_a_flood_of_denials_is_counted(springfield, monkeypatch):  # noqa: F811
    server, tenant, other = springfield
    school = School(server, tenant["id"], tenant["schools"][0]["id"])
    table = school.dynamodb(monkeypatch)
    for _ in range(150):
        denied(table.scan, TableName=STUDENTS)
    found = server.cli_json("decisions", "--tenant", tenant["id"], "--denied", "--limit", "500")["decisions"]
    assert sum(entry["count"] for entry in found) == 150
    assert {entry["decision"] for entry in found} == {"denied", "left-out"}
    assert len(found) < 100


def test_wrong_questions_are_refused(server):
    for words, part in [
        (["--since", "1x"], "--since: expected 30m, 1h, 2d or 2026-01-31T08:05:00Z, found `1x`"),
        (["--limit", "0"], "--limit"),
    ]:
        result = server.cli("decisions", *words, check=False)
        assert result.returncode == 2 and part in result.stderr
    assert server.api("GET", "/v1/decisions?since=1x").status == 400
    assert server.api("GET", "/v1/decisions", key="no key").status == 401
    key = server.onboard().json["credentials"]["key"]
    assert server.api("GET", "/v1/decisions", key=key).status == 403
