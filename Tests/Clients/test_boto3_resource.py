"""boto3's `Table` resource and clients with nothing but the standard variables: what applications do with their tables."""

import decimal
import time

import boto3
import botocore.exceptions
import pytest
from boto3.dynamodb.conditions import Attr, Key
from boto3.dynamodb.types import Binary
from conftest import use_environment
from stream_reader import StreamReader
from test_aws_clients import STUDENTS, School

Decimal = decimal.Decimal
INDEXES = {
    "GlobalSecondaryIndexes": [{
        "IndexName": "by-kind", "Projection": {"ProjectionType": "ALL"},
        "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}, {"AttributeName": "price", "KeyType": "RANGE"}]}],
    "LocalSecondaryIndexes": [{
        "IndexName": "by-price", "Projection": {"ProjectionType": "KEYS_ONLY"},
        "KeySchema": [{"AttributeName": "shop", "KeyType": "HASH"}, {"AttributeName": "price", "KeyType": "RANGE"}]}],
}
EVERY_TYPE = {
    "text": "Grüße 🍎", "no text": "", "tiny": Decimal("-1.5E-100"), "long": Decimal("9" * 38), "yes": True, "no": False,
    "nothing": None, "bytes": Binary(bytes(range(256))), "no bytes": Binary(b""), "list": [1, "a", [None, {}], {"a": [b"x"]}],
    "map": {"a b.c": {"deep": [{"er": Decimal("0.10")}]}}, "texts": {"a", "", "b"}, "numbers": {1, Decimal("2.5")},
    "byte strings": {b"a", b"b"}, "no list": [], "no map": {},
}


def make_table(name, **more):
    """A table of goods by shop and number; a resource."""
    extra = [("kind", "S"), ("price", "N")] if "GlobalSecondaryIndexes" in more else []
    table = boto3.resource("dynamodb").create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": key, "AttributeType": kind} for key, kind in [("shop", "S"), ("number", "N"), *extra]],
        KeySchema=[{"AttributeName": "shop", "KeyType": "HASH"}, {"AttributeName": "number", "KeyType": "RANGE"}], **more)
    table.wait_until_exists()
    return table


def fill(table, count, shops=("north",)):
    with table.batch_writer() as batch:
        for number in range(count):
            for shop in shops:
                batch.put_item(Item={
                    "shop": shop, "number": number, "nth": number, "kind": ["pen", "ink", "pad"][number % 3],
                    "price": Decimal(number) / 4, "tags": {f"t{number % 5}", "all"}, "size": {"wide": number % 7}})


def refused(call, **arguments):
    """The error that a call ends in."""
    with pytest.raises(botocore.exceptions.ClientError) as error:
        call(**arguments)
    return error.value.response


def test_every_type_comes_back_as_it_went(as_operator, name):
    table = make_table(name)
    item = {"shop": "s", "number": Decimal("1E+20"), **EVERY_TYPE}
    table.put_item(Item=item)
    key = {"shop": "s", "number": 10**20}
    assert table.get_item(Key=key, ConsistentRead=True)["Item"] == item
    assert table.query(KeyConditionExpression=Key("shop").eq("s"))["Items"] == [item]
    assert table.scan()["Items"] == [item]
    with pytest.raises(decimal.Inexact):
        table.put_item(Item={"shop": "s", "number": Decimal("9" * 39)})
    empty = refused(table.put_item, Item={"shop": "", "number": 1})
    assert empty["Error"]["Code"] == "ValidationException" and "empty string value" in empty["Error"]["Message"]


def test_writers_of_batches_and_readers_of_pages(as_operator, name):
    table = make_table(name, **INDEXES)
    fill(table, 100, ["north", "south"])
    with table.batch_writer(overwrite_by_pkeys=["shop", "number"]) as batch:
        for number in [0, 1, 0]:
            batch.put_item(Item={"shop": "east", "number": number, "kind": "pen"})
        batch.delete_item(Key={"shop": "east", "number": 1})
    client = table.meta.client
    pages = list(client.get_paginator("scan").paginate(TableName=name, PaginationConfig={"PageSize": 30}))
    assert len(pages) == 7 and sum(page["Count"] for page in pages) == 201
    pages = client.get_paginator("query").paginate(
        TableName=name, IndexName="by-kind", KeyConditionExpression=Key("kind").eq("pen") & Key("price").between(5, 10),
        FilterExpression=Attr("shop").eq("south"), PaginationConfig={"PageSize": 4})
    assert [item["number"] for page in pages for item in page["Items"]] == [21, 24, 27, 30, 33, 36, 39]
    # By hand, backwards, and on the local index.
    found, start = [], {}
    while True:
        page = table.query(
            IndexName="by-price", KeyConditionExpression=Key("shop").eq("north") & Key("price").lt(Decimal("2.5")),
            ScanIndexForward=False, Limit=4, **start)
        found += page["Items"]
        if "LastEvaluatedKey" not in page:
            break
        assert page["LastEvaluatedKey"].keys() == {"shop", "number", "price"}
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
    assert [item["number"] for item in found] == list(range(9, -1, -1))
    assert all(item.keys() == {"shop", "number", "price"} for item in found)
    segments = [client.scan(TableName=name, Segment=number, TotalSegments=3)["Items"] for number in range(3)]
    keys = [(item["shop"], item["number"]) for items in segments for item in items]
    assert len(keys) == len(set(keys)) == 201
    got = boto3.resource("dynamodb").batch_get_item(RequestItems={name: {
        "Keys": [{"shop": "north", "number": number} for number in range(100)], "ProjectionExpression": "#n",
        "ExpressionAttributeNames": {"#n": "number"}}})
    assert {item["number"] for item in got["Responses"][name]} == set(range(100)) and got["UnprocessedKeys"] == {}


@pytest.mark.parametrize("condition, numbers", [
    (Attr("kind").eq("pen") & Attr("nth").lt(7), {0, 3, 6}),
    (Attr("nth").lte(2) | ~Attr("nth").lt(28), {0, 1, 2, 28, 29}),
    (Attr("nth").is_in([3, Decimal("4.0"), 77]), {3, 4}),
    (Attr("tags").contains("t4") & Attr("nth").gt(10), {14, 19, 24, 29}),
    (Attr("size.wide").eq(6), {6, 13, 20, 27}),
    (Attr("kind").begins_with("pe") & Attr("price").between(1, 2), {6}),
    (Attr("nothing").exists(), set()),
    (Attr("nothing").not_exists() & Attr("nth").eq(1), {1}),
    (Attr("tags").size().eq(2) & Attr("nth").eq(5), {5}),
    (Attr("tags").attribute_type("SS") & Attr("kind").ne("pen") & Attr("nth").gte(28), {28, 29}),
    (Attr("nth").eq("1"), set()),
])
def test_filters_of_every_kind(as_operator, condition, numbers):
    table = boto3.resource("dynamodb").Table("t.filters")
    if table.name not in {each.name for each in boto3.resource("dynamodb").tables.all()}:
        fill(make_table(table.name), 30)
    assert {item["number"] for item in table.scan(FilterExpression=condition)["Items"]} == numbers
    page = table.query(
        KeyConditionExpression=Key("shop").eq("north"), FilterExpression=condition, Select="COUNT")
    assert (page["Count"], page["ScannedCount"]) == (len(numbers), 30)


def test_updates_conditions_and_what_they_return(as_operator, name):
    table = make_table(name)
    key = {"shop": "s", "number": 1}
    update = lambda expression, returns="UPDATED_NEW", names=None, **values: table.update_item(
        Key=key, UpdateExpression=expression, ReturnValues=returns,
        **({"ExpressionAttributeNames": names} if names else {}),
        **({"ExpressionAttributeValues": {f":{n}": v for n, v in values.items()}} if values else {})).get("Attributes")
    assert update("SET a = :a, l = :l, m = :m", "NONE", a=1, l=[1], m={"x": {"y": 1}}) is None
    assert update("SET a = a + :d, b = if_not_exists(b, :b)", d=Decimal("0.1"), b="b") == {"a": Decimal("1.1"), "b": "b"}
    assert update("SET l = list_append(:l, l), m.x.z = :z REMOVE b", l=[0], z=2) == {"l": [0, 1], "m": {"x": {"z": 2}}}
    assert update("ADD n :n, s :s", n=5, s={"x", "y"}) == {"n": 5, "s": {"x", "y"}}
    assert update("DELETE s :s", "ALL_OLD", s={"x"})["s"] == {"x", "y"}
    assert update("SET #n = :n", "ALL_NEW", {"#n": "size"}, n=1)["s"] == {"y"}
    lost = refused(
        table.put_item, Item=key, ConditionExpression=Attr("a").gt(5) | Attr("shop").not_exists(),
        ReturnValuesOnConditionCheckFailure="ALL_OLD")
    assert lost["Error"]["Code"] == "ConditionalCheckFailedException" and lost["Item"]["a"] == {"N": "1.1"}
    with pytest.raises(table.meta.client.exceptions.ConditionalCheckFailedException):
        table.delete_item(Key=key, ConditionExpression=Attr("l").contains(7))
    assert table.put_item(Item={**key, "new": 1}, ReturnValues="ALL_OLD")["Attributes"]["size"] == 1
    assert table.delete_item(Key=key, ReturnValues="ALL_OLD")["Attributes"] == {**key, "new": 1}
    assert "Item" not in table.get_item(Key=key)
    wrong = refused(table.update_item, Key=key, UpdateExpression="SET shop = :n", ExpressionAttributeValues={":n": "t"})
    assert wrong["Error"]["Message"].endswith("Cannot update attribute shop. This attribute is part of the key")


def test_transactions_of_a_resources_client(as_operator, name):
    table = make_table(name)
    client = table.meta.client
    put = lambda number, **more: {"Put": {"TableName": name, "Item": {"shop": "s", "number": number, **more}}}
    token = f"token-{name}"[:36]
    for _ in range(2):
        client.transact_write_items(ClientRequestToken=token, TransactItems=[put(1, v=1), put(2)])
    other = refused(client.transact_write_items, ClientRequestToken=token, TransactItems=[put(3)])
    assert other["Error"]["Code"] == "IdempotentParameterMismatchException"
    with pytest.raises(client.exceptions.TransactionCanceledException) as error:
        client.transact_write_items(TransactItems=[put(4), {"ConditionCheck": {
            "TableName": name, "Key": {"shop": "s", "number": 1}, "ConditionExpression": "v = :v", "ExpressionAttributeValues": {":v": 2},
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}}])
    reasons = error.value.response["CancellationReasons"]
    assert [reason["Code"] for reason in reasons] == ["None", "ConditionalCheckFailed"]
    assert reasons[1]["Item"]["v"] == {"N": "1"}
    got = client.transact_get_items(TransactItems=[
        {"Get": {"TableName": name, "Key": {"shop": "s", "number": number}}} for number in [1, 4, 2]])["Responses"]
    assert [each.get("Item", {}).get("number") for each in got] == [1, None, 2]


def test_statements(as_operator, name):
    table = make_table(name)
    client = boto3.client("dynamodb")
    execute = lambda text, *values: client.execute_statement(
        Statement=text, **({"Parameters": list(values)} if values else {}))
    for number in range(5):
        execute(f"INSERT INTO \"{name}\" VALUE {{'shop': 's', 'number': ?, 'v': 'x'}}", {"N": f"{number}"})
    execute(f"UPDATE \"{name}\" SET v = 'y' WHERE shop = 's' AND number = 3")
    execute(f"DELETE FROM \"{name}\" WHERE shop = 's' AND number = 4")
    found = execute(f"SELECT * FROM \"{name}\" WHERE shop = ? AND v = 'y'", {"S": "s"})["Items"]
    assert found == [{"shop": {"S": "s"}, "number": {"N": "3"}, "v": {"S": "y"}}]
    answers = client.batch_execute_statement(Statements=[
        {"Statement": f"SELECT v FROM \"{name}\" WHERE shop = 's' AND number = {number}"} for number in [0, 9]])["Responses"]
    assert [each.get("Item") for each in answers] == [{"v": {"S": "x"}}, None]
    with pytest.raises(client.exceptions.DuplicateItemException):
        execute(f"INSERT INTO \"{name}\" VALUE {{'shop': 's', 'number': 0}}")
    table.reload()
    assert table.item_count == 4


def test_streams_expiry_tags_and_recovery(as_operator, name):
    table = make_table(name, StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"})
    client, streams = table.meta.client, boto3.client("dynamodbstreams")
    table.put_item(Item={"shop": "s", "number": 1})
    table.put_item(Item={"shop": "s", "number": 1, "v": 1})
    table.delete_item(Key={"shop": "s", "number": 1})
    assert [each["StreamArn"] for each in streams.list_streams(TableName=name)["Streams"]] == [table.latest_stream_arn]
    records = StreamReader(streams, table.latest_stream_arn).read()
    assert [record["eventName"] for record in records] == ["INSERT", "MODIFY", "REMOVE"]
    assert records[2]["dynamodb"]["OldImage"]["v"] == {"N": "1"} and records[0]["eventSource"] == "aws:dynamodb"

    client.update_time_to_live(TableName=name, TimeToLiveSpecification={"AttributeName": "ends", "Enabled": True})
    assert client.describe_time_to_live(TableName=name)["TimeToLiveDescription"] == {
        "TimeToLiveStatus": "ENABLED", "AttributeName": "ends"}
    client.tag_resource(ResourceArn=table.table_arn, Tags=[{"Key": "team", "Value": "blue"}, {"Key": "a", "Value": ""}])
    client.untag_resource(ResourceArn=table.table_arn, TagKeys=["a"])
    tags = client.get_paginator("list_tags_of_resource").paginate(ResourceArn=table.table_arn).build_full_result()
    assert tags["Tags"] == [{"Key": "team", "Value": "blue"}]
    client.update_continuous_backups(
        TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
    recovery = client.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    assert recovery["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
    table.put_item(Item={"shop": "s", "number": 2, "ends": int(time.time()) - 5})
    as_operator.wait_for(lambda: "Item" not in table.get_item(Key={"shop": "s", "number": 2}))


def test_backups_and_waiters(as_operator, name):
    table = make_table(name)
    fill(table, 10)
    client = table.meta.client
    arn = client.create_backup(TableName=name, BackupName="first")["BackupDetails"]["BackupArn"]
    describe = lambda: client.describe_backup(BackupArn=arn)["BackupDescription"]["BackupDetails"]
    as_operator.wait_for(lambda: describe()["BackupStatus"] == "AVAILABLE")
    listed = client.get_paginator("list_backups").paginate(TableName=name).build_full_result()["BackupSummaries"]
    assert [each["BackupArn"] for each in listed] == [arn]
    client.restore_table_from_backup(TargetTableName=f"{name}-copy", BackupArn=arn)
    copy = boto3.resource("dynamodb").Table(f"{name}-copy")
    copy.meta.client.get_waiter("table_exists").wait(TableName=copy.name, WaiterConfig={"Delay": 1})
    assert copy.scan(Select="COUNT")["Count"] == 10
    client.delete_backup(BackupArn=arn)
    for each in [copy, table]:
        each.delete()
        each.wait_until_not_exists()
    assert refused(table.load)["Error"]["Code"] == "ResourceNotFoundException"


def test_a_schools_resource_reads_and_writes_its_items_alone(shared_server, monkeypatch):
    tenant = shared_server.onboard("Resources USD", schools=["Lincoln High", "Washington Middle"]).json["tenant"]
    lincoln, washington = [School(shared_server, tenant["id"], school["id"]) for school in tenant["schools"][:2]]
    use_environment(monkeypatch, shared_server, lincoln.environment)
    table = boto3.resource("dynamodb").Table(STUDENTS)
    owner = lambda school, student: f"TENANT#{school.school}#STUDENT#{student}"
    with table.batch_writer() as batch:
        for student in range(60):
            batch.put_item(Item={
                "recordKey": owner(lincoln, student), "entityKey": "PROFILE", "entityType": "STUDENT",
                "teacherKey": owner(lincoln, f"T{student % 2}"), "average": Decimal(student) / 10})
    own = Key("teacherKey").eq(owner(lincoln, "T1"))
    found = table.query(IndexName="teacher-index", KeyConditionExpression=own, FilterExpression=Attr("average").gt(3))
    assert (found["Count"], found["ScannedCount"]) == (15, 30)
    table.update_item(
        Key={"recordKey": owner(lincoln, 1), "entityKey": "PROFILE"}, UpdateExpression="ADD awards :one",
        ExpressionAttributeValues={":one": 1}, ConditionExpression=Attr("entityType").eq("STUDENT"))
    table.meta.client.transact_write_items(TransactItems=[{"Delete": {
        "TableName": STUDENTS, "Key": {"recordKey": owner(lincoln, 2), "entityKey": "PROFILE"}}}])
    strange = Key("teacherKey").eq(owner(washington, "T1"))
    assert refused(table.query, IndexName="teacher-index", KeyConditionExpression=strange)["Error"]["Code"] == (
        "AccessDeniedException")
    for call, more in [(table.scan, {}), (table.delete, {}), (table.update, {"BillingMode": "PAY_PER_REQUEST"})]:
        assert refused(call, **more)["Error"]["Code"] == "AccessDeniedException"
