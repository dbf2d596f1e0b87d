"""boto3 and the AWS CLI, unmodified: an endpoint, a role and a token file in the environment, nothing else."""

import json
import os
import pathlib
import subprocess
import sys

import boto3
import botocore.exceptions
import pytest
from conftest import plain_environment

STUDENTS = "student-table"


class School:
    """One school's application: its token file and its clients."""

    def __init__(self, server, tenant, school, role="service"):
        self.server, self.tenant, self.school, self.role = server, tenant, school, role
        self.token_file = server.folder / f"token-{school}-{role}.jwt"
        self.renew()

    def renew(self):
        self.server.cli(
            "token", "issue", "--tenant", self.tenant, "--school", self.school, "--role", self.role, "--out",
            str(self.token_file))

    @property
    def environment(self):
        return {
            "AWS_ENDPOINT_URL": self.server.gateway,
            "AWS_ROLE_ARN": f"arn:aws:iam::000000000000:role/{self.role}",
            "AWS_WEB_IDENTITY_TOKEN_FILE": str(self.token_file),
            "AWS_DEFAULT_REGION": "us-east-1",
        }

    def session(self, monkeypatch):
        for name in os.environ.keys() - plain_environment().keys():
            monkeypatch.delenv(name, raising=False)
        for name, value in {**self.environment, "HOME": str(self.server.folder)}.items():
            monkeypatch.setenv(name, value)
        return boto3.session.Session()

    def dynamodb(self, monkeypatch):
        return self.session(monkeypatch).client("dynamodb")

    def key(self, student):
        return {"recordKey": {"S": f"TENANT#{self.school}#STUDENT#{student}"}, "entityKey": {"S": "PROFILE"}}

    def item(self, student, **attributes):
        return {**self.key(student), "entityType": {"S": "STUDENT"}, **attributes}


@pytest.fixture
def springfield(server):
    tenant = server.onboard(schools=["Lincoln High", "Washington Middle"]).json["tenant"]
    other = server.onboard("Shelbyville", schools=["Heritage"]).json["tenant"]
    return server, tenant, other


def denied(call, **arguments):
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        call(**arguments)
    error = refused.value.response["Error"]
    assert error["Code"] == "AccessDeniedException", error
    return error["Message"]


def test_boto3_reads_and_writes_with_three_variables(springfield, monkeypatch):
    server, tenant, _ = springfield
    school = School(server, tenant["id"], tenant["schools"][0]["id"])
    table = school.dynamodb(monkeypatch)
    table.put_item(TableName=STUDENTS, Item=school.item(1, name={"S": "Bart"}, grade={"N": "4"}))
    assert table.get_item(TableName=STUDENTS, Key=school.key(1))["Item"]["name"] == {"S": "Bart"}
    table.update_item(
        TableName=STUDENTS, Key=school.key(1), UpdateExpression="SET grade = grade + :one",
        ExpressionAttributeValues={":one": {"N": "1"}})
    found = table.query(
        TableName=STUDENTS, KeyConditionExpression="recordKey = :key",
        ExpressionAttributeValues={":key": school.key(1)["recordKey"]})
    assert [item["grade"] for item in found["Items"]] == [{"N": "5"}]
    with pytest.raises(table.exceptions.ConditionalCheckFailedException):
        table.put_item(
            TableName=STUDENTS, Item=school.item(1), ConditionExpression="attribute_not_exists(recordKey)")
    table.batch_write_item(RequestItems={STUDENTS: [
        {"PutRequest": {"Item": school.item(number)}} for number in range(2, 12)]})
    batch = table.batch_get_item(RequestItems={STUDENTS: {"Keys": [school.key(n) for n in range(1, 12)]}})
    assert len(batch["Responses"][STUDENTS]) == 11
    table.delete_item(TableName=STUDENTS, Key=school.key(1))
    assert "Item" not in table.get_item(TableName=STUDENTS, Key=school.key(1))
    assert STUDENTS in table.list_tables()["TableNames"]
    assert table.describe_table(TableName=STUDENTS)["Table"]["TableName"] == STUDENTS
    identity = school.session(monkeypatch).client("sts").get_caller_identity()
    assert identity["Arn"].startswith("arn:aws:sts::000000000000:assumed-role/service/")
    metrics = server.api("GET", "/metrics").text
    assert 'homeroom_gateway_requests_total{operation="PutItem",outcome="ok"} 1' in metrics


def test_another_schools_item_is_denied_and_nothing_of_it_shown(springfield, monkeypatch):
    server, tenant, other = springfield
    lincoln = School(server, tenant["id"], tenant["schools"][0]["id"])
    washington = School(server, tenant["id"], tenant["schools"][1]["id"])
    heritage = School(server, other["id"], other["schools"][0]["id"])
    for school in [washington, heritage]:
        school.dynamodb(monkeypatch).put_item(TableName=STUDENTS, Item=school.item(7, secret={"S": "topsecret"}))
    table = lincoln.dynamodb(monkeypatch)
    for victim in [washington, heritage]:
        message = denied(table.get_item, TableName=STUDENTS, Key=victim.key(7))
        assert "dynamodb:GetItem" in message and "topsecret" not in message
        denied(table.put_item, TableName=STUDENTS, Item=victim.item(8))
        denied(table.delete_item, TableName=STUDENTS, Key=victim.key(7))
        denied(
            table.query, TableName=STUDENTS, KeyConditionExpression="recordKey = :key",
            ExpressionAttributeValues={":key": victim.key(7)["recordKey"]})
        denied(table.batch_get_item, RequestItems={STUDENTS: {"Keys": [lincoln.key(1), victim.key(7)]}})
        denied(table.batch_write_item, RequestItems={STUDENTS: [
            {"PutRequest": {"Item": lincoln.item(9)}}, {"PutRequest": {"Item": victim.item(9)}}]})
    denied(table.scan, TableName=STUDENTS)
    assert "Item" not in table.get_item(TableName=STUDENTS, Key=lincoln.key(9)), "a denied batch wrote a part"
    metrics = server.api("GET", "/metrics").text
    assert 'outcome="denied"} 2' in metrics and "homeroom_gateway_wall_alarms_total 0" in metrics


def test_the_districts_settings_are_its_own(springfield, monkeypatch):
    server, tenant, other = springfield
    table = School(server, tenant["id"], tenant["schools"][0]["id"]).dynamodb(monkeypatch)
    read = lambda owner: table.query(
        TableName="school-table", KeyConditionExpression="tenantId = :t",
        ExpressionAttributeValues={":t": {"S": owner["id"]}})["Items"]
    assert {item["entityType"]["S"] for item in read(tenant)} >= {"SCHOOL"}
    denied(read, owner=other)


def test_a_suspended_tenant_is_refused_at_once_and_served_again(springfield, monkeypatch):
    server, tenant, _ = springfield
    school = School(server, tenant["id"], tenant["schools"][0]["id"])
    table = school.dynamodb(monkeypatch)
    table.put_item(TableName=STUDENTS, Item=school.item(1))
    assert server.api("POST", f"/v1/tenants/{tenant['id']}/suspend", {"reason": "unpaid"}).status == 200
    assert "suspended" in denied(table.get_item, TableName=STUDENTS, Key=school.key(1))
    denied(table.put_item, TableName=STUDENTS, Item=school.item(2))
    assert server.api("POST", f"/v1/tenants/{tenant['id']}/resume").status == 200
    assert "Item" in table.get_item(TableName=STUDENTS, Key=school.key(1))
    assert "Item" not in table.get_item(TableName=STUDENTS, Key=school.key(2))


def test_sessions_and_items_outlive_a_kill(springfield, monkeypatch):
    server, tenant, _ = springfield
    school = School(server, tenant["id"], tenant["schools"][0]["id"])
    table = school.dynamodb(monkeypatch)
    table.put_item(TableName=STUDENTS, Item=school.item(1))
    port = server.gateway.rsplit(":", 1)[1]
    server.kill()
    server.start("--gateway", f"127.0.0.1:{port}", "--issuer", server.control)
    assert table.get_item(TableName=STUDENTS, Key=school.key(1))["Item"] == school.item(1)


def test_a_write_loop_survives_a_move_up_and_its_rollback(springfield, monkeypatch):
    server, tenant, _ = springfield
    school = School(server, tenant["id"], tenant["schools"][0]["id"])
    table = school.dynamodb(monkeypatch)
    acknowledged = []

    def write(count=20):
        for _ in range(count):
            number = len(acknowledged)
            table.put_item(TableName=STUDENTS, Item=school.item(number, value={"N": str(number)}))
            acknowledged.append(number)

    write(200)
    run = server.api("POST", f"/v1/tenants/{tenant['id']}/moves", {"tier": "premium"}).json["id"]
    tier = lambda: server.api("GET", f"/v1/tenants/{tenant['id']}").json["tier"]
    while tier() != "premium":
        write()
    write(100)
    assert server.api("POST", f"/v1/runs/{run}/rollback").status == 202
    while server.api("GET", f"/v1/runs/{run}").json["state"] != "undone":
        write()
    assert tier() == "basic"
    for number in acknowledged:
        assert table.get_item(TableName=STUDENTS, Key=school.key(number))["Item"]["value"] == {"N": str(number)}


def aws(school, *words, check=True):
    program = pathlib.Path(sys.executable).parent / "aws"
    done = subprocess.run(
        [str(program), *words, "--output", "json"], capture_output=True, text=True, timeout=60,
        env={**plain_environment(), **school.environment, "HOME": str(school.server.folder)})
    if check:
        assert done.returncode == 0, done.stderr
    return done


def test_the_aws_cli_works_with_three_variables(springfield):
    server, tenant, other = springfield
    school = School(server, tenant["id"], tenant["schools"][0]["id"])
    victim = School(server, other["id"], other["schools"][0]["id"])
    aws(school, "dynamodb", "put-item", "--table-name", STUDENTS, "--item", json.dumps(school.item(1)))
    found = aws(school, "dynamodb", "get-item", "--table-name", STUDENTS, "--key", json.dumps(school.key(1)))
    assert json.loads(found.stdout)["Item"] == school.item(1)
    refused = aws(
        school, "dynamodb", "get-item", "--table-name", STUDENTS, "--key", json.dumps(victim.key(1)), check=False)
    assert refused.returncode != 0 and "AccessDeniedException" in refused.stderr
    assert "assumed-role/service" in aws(school, "sts", "get-caller-identity").stdout
