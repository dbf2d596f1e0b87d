"""DynamoDB Streams with boto3: an operator's table over kills, and a tenant's logical table over moves."""

import json
import shutil
import threading

import boto3
import botocore.config
import pytest
from conftest import ROOT
from stream_reader import StreamReader, check_steps, code, steps
from test_aws_clients import STUDENTS, School
from test_operators import client, operator  # noqa: F401

KEYS = [{"AttributeName": "id", "KeyType": "HASH"}]


def streams(server, key):
    return boto3.client(
        "dynamodbstreams", endpoint_url=server.gateway, region_name="us-east-1",
        aws_access_key_id=key["accessKeyId"], aws_secret_access_key=key["secretAccessKey"],
        config=botocore.config.Config(retries={"max_attempts": 1}))


def make_table(dynamodb, view="NEW_AND_OLD_IMAGES", name="orders"):
    return dynamodb.create_table(
        TableName=name, KeySchema=KEYS, BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": view})["TableDescription"]


def put(dynamodb, number, value, name="orders"):
    dynamodb.put_item(TableName=name, Item={"id": {"S": f"{number}"}, "v": {"N": f"{value}"}})


def test_records_survive_kills_without_gap_or_repeat(server, operator):  # noqa: F811
    dynamodb, key = operator
    arn = make_table(dynamodb)["LatestStreamArn"]
    reader = StreamReader(streams(server, key), arn)
    written = {}
    for round in range(3):
        for number in range(20):
            put(dynamodb, number % 7, round * 100 + number)
            written.setdefault(f"{number % 7}", []).append(f"{round * 100 + number}")
        if round != 1:
            reader.read()
        server.kill()
        server.start()
        dynamodb = client(server, key["accessKeyId"], key["secretAccessKey"])
        reader.client = streams(server, key)
    reader.read()
    check_steps(reader.records, "id")
    assert {item: [new for _, new in changes] for item, changes in steps(reader.records, "id").items()} == written
    assert reader.read() == []


def test_a_stream_that_is_switched_off_ends_and_another_begins(server, operator):  # noqa: F811
    dynamodb, key = operator
    table = make_table(dynamodb, "KEYS_ONLY")
    client_ = streams(server, key)
    put(dynamodb, 1, 1)
    put(dynamodb, 1, 1)
    dynamodb.update_table(TableName="orders", StreamSpecification={"StreamEnabled": False})
    put(dynamodb, 2, 1)
    first = client_.describe_stream(StreamArn=table["LatestStreamArn"])["StreamDescription"]
    assert first["StreamStatus"] == "DISABLED"
    assert "EndingSequenceNumber" in first["Shards"][0]["SequenceNumberRange"]
    reader = StreamReader(client_, table["LatestStreamArn"])
    records = reader.read()
    assert [record["eventName"] for record in records] == ["INSERT"], "a write that changes nothing leaves no record"
    assert records[0]["dynamodb"]["Keys"] == {"id": {"S": "1"}}
    assert "NewImage" not in records[0]["dynamodb"]
    assert records[0]["dynamodb"]["SizeBytes"] == 3
    assert reader.ended
    dynamodb.update_table(
        TableName="orders", StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"})
    put(dynamodb, 2, 2)
    listed = client_.list_streams(TableName="orders")["Streams"]
    assert len(listed) == 2 and listed[0]["StreamArn"] == table["LatestStreamArn"]
    second = StreamReader(client_, listed[1]["StreamArn"]).read()
    assert [record["dynamodb"]["NewImage"]["v"]["N"] for record in second] == ["2"]
    page = client_.list_streams(Limit=1)
    rest = client_.list_streams(ExclusiveStartStreamArn=page["LastEvaluatedStreamArn"])
    assert [each["StreamArn"] for each in page["Streams"] + rest["Streams"]] == [
        each["StreamArn"] for each in listed]


def test_what_is_wrong_is_refused(server, operator):  # noqa: F811
    dynamodb, key = operator
    arn = make_table(dynamodb)["LatestStreamArn"]
    client_ = streams(server, key)
    shard = client_.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    assert code(client_.describe_stream, StreamArn=arn[:-1] + "x") == "ResourceNotFoundException"
    assert code(client_.get_records, ShardIterator="nonsense") == "ValidationException"
    assert code(
        client_.get_shard_iterator, StreamArn=arn, ShardId=shard[:-1] + "_",
        ShardIteratorType="LATEST") == "ResourceNotFoundException"
    assert code(
        client_.get_shard_iterator, StreamArn=arn, ShardId=shard,
        ShardIteratorType="AT_SEQUENCE_NUMBER") == "ValidationException"


@pytest.fixture
def streaming(stopped_server):
    """A server whose catalog gives the students' table a stream, and whose policies let the service role read it."""
    catalog = json.loads((ROOT / "Templates/catalogs/default.json").read_text())
    students = next(table for table in catalog["tables"] if table["name"] == STUDENTS)
    students["stream"] = "NEW_AND_OLD_IMAGES"
    path = stopped_server.folder / "catalog.json"
    path.write_text(json.dumps(catalog))
    policies = stopped_server.folder / "policies"
    shutil.copytree(ROOT / "Policies", policies)
    (policies / "policies/streams-read.json").write_text(json.dumps({
        "Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "dynamodb:ListStreams", "Resource": "*"},
            {"Effect": "Allow", "Action": [
                "dynamodb:DescribeStream", "dynamodb:GetShardIterator", "dynamodb:GetRecords"],
             "Resource": f"arn:aws:dynamodb:*:*:table/{STUDENTS}/stream/*"}]}))
    role = json.loads((policies / "roles/service.json").read_text())
    role["policies"].append("streams-read.json")
    (policies / "roles/service.json").write_text(json.dumps(role))
    # By its policies alone a stream is everybody's: that the gateway narrows it to one tenant's is what is tested here.
    return stopped_server.start(
        "--catalog", str(path), "--policies", str(policies), "--accept-policy-risk", "the gateway narrows streams")


def test_a_tenants_stream_goes_on_over_moves(streaming, monkeypatch):
    server = streaming
    tenants = [server.onboard(name, schools=[name]).json["tenant"] for name in ["Mover", "Neighbour"]]
    schools = [School(server, tenant["id"], tenant["schools"][0]["id"]) for tenant in tenants]
    mover, neighbour = (school.dynamodb(monkeypatch) for school in schools)
    neighbour_client = schools[1].session(monkeypatch).client("dynamodbstreams")
    client_ = schools[0].session(monkeypatch).client("dynamodbstreams")
    listed = client_.list_streams()["Streams"]
    assert [each["TableName"] for each in listed] == [STUDENTS]
    arn = listed[0]["StreamArn"]
    assert f":table/{STUDENTS}/stream/" in arn
    reader = StreamReader(client_, arn)
    stop = threading.Event()
    written, failures = {}, []

    def write(dynamodb, school, mine):
        value = 0
        try:
            while not stop.is_set():
                value += 1
                dynamodb.put_item(TableName=STUDENTS, Item=school.item(value % 5, v={"N": f"{value}"}))
                mine.setdefault(school.key(value % 5)["recordKey"]["S"], []).append(f"{value}")
        except Exception as error:  # noqa: BLE001
            failures.append(error)

    others = {}
    threads = [
        threading.Thread(target=write, args=(mover, schools[0], written)),
        threading.Thread(target=write, args=(neighbour, schools[1], others))]
    for thread in threads:
        thread.start()
    for tier in ["advanced", "premium", "enterprise"]:
        run = server.api(
            "POST", f"/v1/tenants/{tenants[0]['id']}/moves", {"tier": tier, "undoWindowSeconds": 1}).json["id"]
        # A store of one's own takes its last records with it when it is removed, so a reader must not rest for long.
        server.wait_for(
            lambda: (reader.read() or True)
            and server.api("GET", f"/v1/runs/{run}").json["state"] in ["completed", "failed"], seconds=60)
        assert server.api("GET", f"/v1/runs/{run}").json["state"] == "completed"
    stop.set()
    for thread in threads:
        thread.join()
    assert not failures, failures
    reader.read()
    check_steps(reader.records, "recordKey")
    told = {item: [new for _, new in changes] for item, changes in steps(reader.records, "recordKey").items()}
    assert told == written
    shards = reader.shards()
    assert [shard.get("ParentShardId") for shard in shards[1:]] == [shard["ShardId"] for shard in shards[:-1]]
    # The other district has the same stream's name, and other records.
    other = StreamReader(neighbour_client, arn)
    other.read(limit=1000)
    assert {item: [new for _, new in changes] for item, changes in steps(other.records, "recordKey").items()} == others
    place = client_.get_shard_iterator(
        StreamArn=arn, ShardId=shards[-1]["ShardId"], ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    assert code(neighbour_client.get_records, ShardIterator=place) == "ValidationException"


def test_a_dry_run_says_which_streams_are_cut_short(streaming):
    """A store of a tenant's own is removed at the end of the undo window, with the records that nobody has read."""
    pooled, own = (
        streaming.onboard(name, tier=tier).json["tenant"]["id"] for name, tier in [("Mover", "basic"), ("Own", "premium")])

    def cut_short(tenant, tier, seconds):
        body = {"tier": tier, "dryRun": True, "undoWindowSeconds": seconds}
        return streaming.api("POST", f"/v1/tenants/{tenant}/moves", body).json.get("streamsCutShort")

    assert cut_short(own, "basic", 86_399) == [STUDENTS]
    assert cut_short(own, "basic", 86_400) is None and cut_short(pooled, "premium", 60) is None
    asked = ["tenant", "move", "Own", "--tier", "basic", "--dry-run"]
    shown = streaming.cli(*asked, "--undo-window", "60").stdout
    assert f"of {STUDENTS} lose what nobody has read" in shown and "--undo-window 86400 keeps it" in shown
    assert "nobody has read" not in streaming.cli(*asked).stdout, "for a week, as the tier says"


def test_the_shipped_policies_keep_streams_and_backups_from_schools(server, monkeypatch):
    tenant = server.onboard().json["tenant"]
    school = School(server, tenant["id"], tenant["schools"][0]["id"])
    session = school.session(monkeypatch)
    assert code(session.client("dynamodbstreams").list_streams) == "AccessDeniedException"
    dynamodb = session.client("dynamodb")
    assert code(dynamodb.create_backup, TableName=STUDENTS, BackupName="mine") == "AccessDeniedException"
    assert code(dynamodb.list_backups) == "AccessDeniedException"
