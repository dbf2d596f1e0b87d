"""Items that end by their table's expiry attribute, with boto3."""

import json
import time

from conftest import ROOT
from stream_reader import StreamReader
from test_aws_clients import STUDENTS, School
from test_operators import operator  # noqa: F401
from test_streams import make_table, streams


def test_ended_items_go_and_the_stream_says_who_did_it(server, operator):  # noqa: F811
    dynamodb, key = operator
    arn = make_table(dynamodb)["LatestStreamArn"]
    now = int(time.time())
    # Before expiry is switched on: these are found by looking through the table.
    for name, end in [("ended", now - 60), ("later", now + 3600), ("ancient", now - 6 * 365 * 86400)]:
        dynamodb.put_item(TableName="orders", Item={"id": {"S": name}, "v": {"N": "1"}, "until": {"N": f"{end}"}})
    dynamodb.update_time_to_live(
        TableName="orders", TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"})
    described = dynamodb.describe_time_to_live(TableName="orders")["TimeToLiveDescription"]
    assert (described["TimeToLiveStatus"], described["AttributeName"]) == ("ENABLED", "until")
    dynamodb.put_item(TableName="orders", Item={"id": {"S": "text"}, "until": {"S": "1"}})
    dynamodb.put_item(
        TableName="orders", Item={"id": {"S": "ended-too"}, "v": {"N": "1"}, "until": {"N": f"{now - 1}"}})

    def names():
        return {item["id"]["S"] for item in dynamodb.scan(TableName="orders")["Items"]}

    server.wait_for(lambda: names() == {"later", "ancient", "text"}, seconds=30)
    removed = [
        record for record in StreamReader(streams(server, key), arn).read() if record["eventName"] == "REMOVE"]
    assert {record["dynamodb"]["Keys"]["id"]["S"] for record in removed} == {"ended", "ended-too"}
    for record in removed:
        assert record["userIdentity"] == {"PrincipalId": "dynamodb.amazonaws.com", "Type": "Service"}
        assert record["dynamodb"]["OldImage"]["v"] == {"N": "1"}


def test_a_tenants_items_end_by_the_catalogs_attribute(stopped_server, monkeypatch):
    catalog = json.loads((ROOT / "Templates/catalogs/default.json").read_text())
    next(table for table in catalog["tables"] if table["name"] == STUDENTS)["timeToLive"] = "until"
    path = stopped_server.folder / "catalog.json"
    # A deployment that is there already gets the attribute at its next start.
    server = stopped_server.start()
    tenant = server.onboard().json["tenant"]
    assert server.terminate() == 0
    path.write_text(json.dumps(catalog))
    server.start("--catalog", str(path), "--accept-catalog-changes")
    school = School(server, tenant["id"], tenant["schools"][0]["id"])
    dynamodb = school.dynamodb(monkeypatch)
    now = int(time.time())
    dynamodb.put_item(TableName=STUDENTS, Item=school.item(1, until={"N": f"{now - 5}"}))
    dynamodb.put_item(TableName=STUDENTS, Item=school.item(2, until={"N": f"{now + 3600}"}))
    server.wait_for(
        lambda: "Item" not in dynamodb.get_item(TableName=STUDENTS, Key=school.key(1)), seconds=30)
    assert "Item" in dynamodb.get_item(TableName=STUDENTS, Key=school.key(2))
