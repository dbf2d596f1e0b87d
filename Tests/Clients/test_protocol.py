"""What SDKs rely on below their calls: header fields and checksums, compression both ways, one connection for all, retries."""

import gzip
import http.client
import json
import zlib

import boto3
import botocore.config
import pytest
from conftest import ROOT, use_environment
from test_aws_clients import STUDENTS, School
from wire import Session

UNITS_PER_SECOND = 20
NO_RETRIES = botocore.config.Config(retries={"max_attempts": 0})


@pytest.fixture(scope="module")
def district(shared_server):
    tenant = shared_server.onboard("Protocol USD").json["tenant"]
    return Session(shared_server, tenant["id"], tenant["schools"][0]["id"]), tenant["schools"][0]["id"]


@pytest.fixture
def connection(shared_server):
    opened = http.client.HTTPConnection(shared_server.gateway.removeprefix("http://"), timeout=30)
    yield opened
    opened.close()


def send(connection, session, operation, parameters, compress=False, chunked=False, **fields):
    """Status, header fields and the body as it came."""
    body = json.dumps(parameters).encode()
    if compress:
        body, fields = gzip.compress(body), {**fields, "content-encoding": "gzip"}
    signed = session.headers(f"{connection.host}:{connection.port}", operation, body, **fields)
    pieces = iter([body[:7], body[7:100], body[100:]]) if chunked else body
    connection.request("POST", "/", pieces, signed, encode_chunked=chunked)
    answer = connection.getresponse()
    return answer.status, answer.headers, answer.read()


def item(school, number, **more):
    return {"recordKey": {"S": f"TENANT#{school}#STUDENT#{number}"}, "entityKey": {"S": "PROFILE"}, **more}


def test_answers_are_compressed_for_those_who_ask(district, connection):
    session, school = district
    text = "Wie laut das klingt! " * 1000
    status, _, _ = send(
        connection, session, "PutItem", {"TableName": STUDENTS, "Item": item(school, 1, text={"S": text})}, compress=True)
    assert status == 200
    get = {"TableName": STUDENTS, "Key": item(school, 1)}
    _, fields, body = send(connection, session, "GetItem", get, **{"accept-encoding": "gzip, deflate"})
    assert fields["Content-Encoding"] == "gzip" and len(body) < len(text) // 10
    assert int(fields["x-amz-crc32"]) == zlib.crc32(body), "the checksum is over the bytes that are sent"
    assert json.loads(gzip.decompress(body))["Item"]["text"]["S"] == text
    _, fields, body = send(connection, session, "GetItem", get, **{"accept-encoding": "identity"})
    assert "Content-Encoding" not in fields and int(fields["x-amz-crc32"]) == zlib.crc32(body)
    _, fields, body = send(
        connection, session, "GetItem", {**get, "Key": item(school, 2)}, **{"accept-encoding": "gzip"})
    assert "Content-Encoding" not in fields and body == b"{}", "a short answer is not compressed"


def test_one_connection_carries_all(district, connection):
    session, school = district
    requests, sockets = set(), set()
    for number in range(60):
        operation, parameters = [
            ("PutItem", {"TableName": STUDENTS, "Item": item(school, number)}),
            ("GetItem", {"TableName": STUDENTS, "Key": item("another", number)}),
            ("GetItem", {"TableName": 7}), ("NoItem", {}), ("ListTables", {})][number % 5]
        status, fields, body = send(connection, session, operation, parameters, chunked=number % 2 == 1)
        assert status == (200 if number % 5 in (0, 4) else 400), body
        assert int(fields["x-amz-crc32"]) == zlib.crc32(body)
        requests.add(fields["x-amzn-RequestId"])
        sockets.add(connection.sock)
    assert len(requests) == 60 and len(sockets) == 1, "an error does not end a connection"


def test_sdks_wait_out_a_tenants_rate_by_themselves(stopped_server, monkeypatch):
    catalog = json.loads((ROOT / "Templates/catalogs/default.json").read_text())
    tier = next(tier for tier in catalog["tiers"] if tier["name"] == "basic")
    tier["readUnitsPerSecond"] = tier["writeUnitsPerSecond"] = UNITS_PER_SECOND
    path = stopped_server.folder / "catalog.json"
    path.write_text(json.dumps(catalog))
    server = stopped_server.start("--catalog", str(path))
    schools = []
    for name in ["Springfield USD", "Shelbyville"]:
        tenant = server.onboard(name).json["tenant"]
        schools.append(School(server, tenant["id"], tenant["schools"][0]["id"]))
    use_environment(monkeypatch, server, schools[0].environment)
    hasty = boto3.client("dynamodb", config=NO_RETRIES)
    text = lambda units: {"S": "x" * (units * 1024 - 200)}
    with pytest.raises(hasty.exceptions.ProvisionedThroughputExceededException) as error:
        for number in range(400):
            # Nearly the whole burst in large items, then small ones: the debt is a second or two.
            hasty.put_item(TableName=STUDENTS, Item=schools[0].item(0, text=text(350 if number < 16 else 30)))
    said = error.value.response["ResponseMetadata"]
    assert said["HTTPStatusCode"] == 400 and 0 < int(said["HTTPHeaders"]["x-amz-retry-after"]) <= 1501
    # Reads are counted for themselves, and so are other tenants.
    assert "Item" in hasty.get_item(TableName=STUDENTS, Key=schools[0].key(0))
    use_environment(monkeypatch, server, schools[1].environment)
    boto3.client("dynamodb", config=NO_RETRIES).put_item(TableName=STUDENTS, Item=schools[1].item(1))

    # Each of these leaves a debt that the next one waits out, with the SDK's own settings.
    use_environment(monkeypatch, server, schools[0].environment)
    patient = boto3.client("dynamodb")
    attempts = [patient.put_item(TableName=STUDENTS, Item=schools[0].item(number, text=text(60)))["ResponseMetadata"][
        "RetryAttempts"] for number in range(3)]
    assert 0 < sum(attempts) and max(attempts) == 1, "it is told when to ask again, and then is served"
    assert all("Item" in patient.get_item(TableName=STUDENTS, Key=schools[0].key(number)) for number in range(3))
    assert 'outcome="throttled"' in server.api("GET", "/metrics").text


@pytest.mark.parametrize("variables", [
    {"AWS_RETRY_MODE": "legacy"}, {"AWS_RETRY_MODE": "adaptive"}, {"AWS_ENABLE_ENDPOINT_DISCOVERY": "true"},
    {"AWS_DEFAULT_REGION": "eu-central-1"}, {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_ENDPOINT_URL_DYNAMODB": None},
])
def test_other_standard_variables_change_nothing(as_operator, name, monkeypatch, variables):
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value or as_operator.gateway)
    client = boto3.client("dynamodb")
    client.create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}])
    client.put_item(TableName=name, Item={"k": {"S": "1"}})
    assert client.get_item(TableName=name, Key={"k": {"S": "1"}})["Item"] == {"k": {"S": "1"}}
