"""Operators: static keys, physical tables, what they may not do with tenants' items; and `serve --dev`."""

import os
import pathlib
import stat
import subprocess
import sys

import boto3
import botocore.config
import botocore.exceptions
import pytest
from conftest import binary, plain_environment
from test_aws_clients import STUDENTS, School

POOL = "student-table-basic"


def client(server, key, secret, **more):
    return boto3.client(
        "dynamodb", endpoint_url=server.gateway, region_name="us-east-1", aws_access_key_id=key,
        aws_secret_access_key=secret, config=botocore.config.Config(retries={"max_attempts": 1}), **more)


def code(error):
    return error.value.response["Error"]["Code"]


@pytest.fixture
def operator(server):
    key = server.cli_json("key", "create", "--role", "operator", "--label", "tests")
    return client(server, key["accessKeyId"], key["secretAccessKey"]), key


def test_looks_at_a_pool_and_each_look_is_audited(server, operator, monkeypatch):
    dynamodb, key = operator
    tenant = server.onboard().json["tenant"]
    school = School(server, tenant["id"], tenant["schools"][0]["id"])
    item = school.item(1, name={"S": "Ada Park"})
    school.dynamodb(monkeypatch).put_item(TableName=STUDENTS, Item=item)

    names = dynamodb.list_tables()["TableNames"]
    assert POOL in names and not any("registry" in name for name in names)
    assert dynamodb.describe_table(TableName=POOL)["Table"]["TableName"] == POOL
    assert dynamodb.get_item(TableName=POOL, Key=school.key(1))["Item"] == item
    assert item in dynamodb.scan(TableName=POOL)["Items"]
    # The logical name is a tenant's.
    with pytest.raises(botocore.exceptions.ClientError) as error:
        dynamodb.get_item(TableName=STUDENTS, Key=school.key(1))
    assert code(error) == "ResourceNotFoundException"

    looks = [
        entry for entry in server.api("GET", "/v1/audit").json["entries"] if entry["action"] == "operator.looked"]
    assert [[entry["detail"][name] for name in ["action", "keys", "tenants"]] for entry in looks] == [
        ["dynamodb:Scan", "all", "all"], ["dynamodb:GetItem", "1", tenant["id"]]]
    assert all(entry["actor"].endswith(key["accessKeyId"]) for entry in looks)


def test_changes_nothing_of_tenants(server, operator, monkeypatch):
    dynamodb, _ = operator
    tenant = server.onboard().json["tenant"]
    school = School(server, tenant["id"], tenant["schools"][0]["id"])
    calls = [
        lambda: dynamodb.put_item(TableName=POOL, Item=school.item(2)),
        lambda: dynamodb.delete_item(TableName=POOL, Key=school.key(2)),
        lambda: dynamodb.update_item(
            TableName=POOL, Key=school.key(2), UpdateExpression="SET a = :a", ExpressionAttributeValues={":a": {"N": "1"}}),
        lambda: dynamodb.batch_write_item(RequestItems={POOL: [{"DeleteRequest": {"Key": school.key(2)}}]}),
    ]
    for call in calls:
        with pytest.raises(botocore.exceptions.ClientError) as error:
            call()
        assert code(error) == "AccessDeniedException"
        assert "the table holds tenants' items" in error.value.response["Error"]["Message"]


def test_a_wrong_secret_and_a_revoked_key_are_refused(server, operator):
    dynamodb, key = operator
    dynamodb.list_tables()
    with pytest.raises(botocore.exceptions.ClientError) as error:
        client(server, key["accessKeyId"], "x" * 40).list_tables()
    assert code(error) == "InvalidSignatureException"
    with pytest.raises(botocore.exceptions.ClientError) as error:
        client(server, "AKIAAAAAAAAAAAAAAAAA", key["secretAccessKey"]).list_tables()
    assert code(error) == "UnrecognizedClientException"

    listed = server.cli("key", "list").stdout
    assert key["accessKeyId"] in listed and key["secretAccessKey"] not in listed
    server.cli("key", "revoke", key["accessKeyId"], "--yes")
    with pytest.raises(botocore.exceptions.ClientError) as error:
        dynamodb.list_tables()
    assert code(error) == "UnrecognizedClientException"


def test_a_key_outlives_a_restart_and_opens_nothing_else(server, operator):
    _, key = operator
    assert server.terminate() == 0
    server.start()
    client(server, key["accessKeyId"], key["secretAccessKey"]).list_tables()
    refused = server.api("GET", "/v1/tenants", key=f"{key['accessKeyId']}.{key['secretAccessKey']}")
    assert refused.status == 401
    # No token opens the role.
    tenant = server.onboard().json["tenant"]
    done = server.cli("token", "issue", "--tenant", tenant["id"], "--role", "operator", check=False)
    assert done.returncode == 1 and "there is no role `operator`" in done.stderr


def test_the_secret_goes_into_a_file_that_only_its_owner_reads(server):
    path = server.folder / "operator.aws"
    shown = server.cli("key", "create", "--role", "operator", "--out", str(path)).stdout
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    secret = path.read_text().split("aws_secret_access_key = ")[1].strip()
    assert secret not in shown
    aws = pathlib.Path(sys.executable).parent / "aws"
    done = subprocess.run(
        [str(aws), "dynamodb", "list-tables"], capture_output=True, text=True, timeout=60,
        env={
            **plain_environment(), "AWS_ENDPOINT_URL": server.gateway, "AWS_SHARED_CREDENTIALS_FILE": str(path),
            "AWS_DEFAULT_REGION": "us-east-1", "HOME": str(server.folder)})
    assert done.returncode == 0 and '"TableNames"' in done.stdout, done.stderr


def test_dev_takes_any_static_credentials(stopped_server, monkeypatch):
    server = stopped_server.start("--dev")
    for key in ["local", "fake-key_id", "AKIAIOSFODNN7EXAMPLE"]:
        assert client(server, key, "anything").list_tables()["TableNames"] == []
    assert "whoever reaches the gateway's port is an operator" in server.log.read_text()
    # Tenants' sessions are checked as ever.
    tenant = server.onboard().json["tenant"]
    school = School(server, tenant["id"], tenant["schools"][0]["id"])
    dynamodb = school.dynamodb(monkeypatch)
    dynamodb.put_item(TableName=STUDENTS, Item=school.item(1))
    with pytest.raises(botocore.exceptions.ClientError) as error:
        client(server, "local", "anything", aws_session_token="forged").list_tables()
    assert code(error) == "UnrecognizedClientException"


def test_dev_is_for_this_machine_only(stopped_server):
    done = subprocess.run(
        [binary(), "serve", "--dev", "--allow-remote", "--gateway", "0.0.0.0:0", "--data", str(stopped_server.data)],
        capture_output=True, text=True, timeout=20, env=plain_environment())
    assert done.returncode == 2 and "--dev: `0.0.0.0:0` can be reached by other machines" in done.stderr
