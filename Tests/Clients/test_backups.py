"""Backups, restores from them and to a past second, as operators ask for them with boto3."""

import time

import botocore.exceptions
import pytest
from conftest import plain_environment  # noqa: F401
from test_operators import client, code, operator  # noqa: F401

KEYS = [{"AttributeName": "id", "KeyType": "HASH"}]


def make_table(dynamodb, name="orders"):
    dynamodb.create_table(
        TableName=name, KeySchema=KEYS, BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": "id", "AttributeType": "S"}, {"AttributeName": "kind", "AttributeType": "S"}],
        GlobalSecondaryIndexes=[{
            "IndexName": "by-kind", "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"}}])
    dynamodb.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})


def fill(dynamodb, name, count, value):
    for number in range(count):
        dynamodb.put_item(TableName=name, Item={
            "id": {"S": f"{number}"}, "kind": {"S": f"k{number % 2}"}, "v": {"N": f"{value}"}})


def contents(dynamodb, name):
    items = dynamodb.scan(TableName=name)["Items"]
    return {item["id"]["S"]: item["v"]["N"] for item in items}


def available(server, dynamodb, arn):
    return server.wait_for(
        lambda: (found := dynamodb.describe_backup(BackupArn=arn)["BackupDescription"])
        and found["BackupDetails"]["BackupStatus"] == "AVAILABLE" and found)


def restored(server, dynamodb, name):
    server.wait_for(lambda: dynamodb.describe_table(TableName=name)["Table"]["TableStatus"] == "ACTIVE")


def test_a_backup_comes_back_as_another_table(server, operator):  # noqa: F811
    dynamodb, key = operator
    make_table(dynamodb)
    fill(dynamodb, "orders", 30, 1)
    made = dynamodb.create_backup(TableName="orders", BackupName="before-change")["BackupDetails"]
    assert (made["BackupStatus"], made["BackupType"]) == ("CREATING", "USER")
    backup = available(server, dynamodb, made["BackupArn"])
    assert backup["SourceTableDetails"]["ItemCount"] == 30
    assert backup["SourceTableDetails"]["KeySchema"] == KEYS
    assert backup["SourceTableFeatureDetails"]["GlobalSecondaryIndexes"][0]["IndexName"] == "by-kind"
    fill(dynamodb, "orders", 5, 2)

    # The id alone is not enough: policies go by the table in the ARN.
    for call in [dynamodb.describe_backup, dynamodb.delete_backup]:
        with pytest.raises(botocore.exceptions.ClientError) as error:
            call(BackupArn=made["BackupArn"].replace("table/orders/", "table/others/"))
        assert code(error) == "BackupNotFoundException"

    # The process is ended: the backup stays.
    server.kill()
    server.start()
    dynamodb = client(server, key["accessKeyId"], key["secretAccessKey"])
    answer = dynamodb.restore_table_from_backup(TargetTableName="orders-copy", BackupArn=made["BackupArn"])
    assert answer["TableDescription"]["TableStatus"] == "CREATING"
    assert answer["TableDescription"]["RestoreSummary"]["SourceBackupArn"] == made["BackupArn"]
    restored(server, dynamodb, "orders-copy")
    assert contents(dynamodb, "orders-copy") == {f"{number}": "1" for number in range(30)}
    found = dynamodb.query(
        TableName="orders-copy", IndexName="by-kind", KeyConditionExpression="kind = :k",
        ExpressionAttributeValues={":k": {"S": "k1"}})
    assert found["Count"] == 15
    assert set(dynamodb.list_tables()["TableNames"]) >= {"orders", "orders-copy"}
    assert not any("restoring" in name for name in dynamodb.list_tables()["TableNames"])

    with pytest.raises(botocore.exceptions.ClientError) as error:
        dynamodb.restore_table_from_backup(TargetTableName="orders", BackupArn=made["BackupArn"])
    assert code(error) == "TableAlreadyExistsException"

    without = dynamodb.restore_table_from_backup(
        TargetTableName="orders-bare", BackupArn=made["BackupArn"], GlobalSecondaryIndexOverride=[],
        BillingModeOverride="PROVISIONED",
        ProvisionedThroughputOverride={"ReadCapacityUnits": 3, "WriteCapacityUnits": 4})["TableDescription"]
    assert "GlobalSecondaryIndexes" not in without
    # Complete or not, it has the name.
    with pytest.raises(botocore.exceptions.ClientError) as error:
        make_table(dynamodb, "orders-bare")
    assert code(error) == "ResourceInUseException"
    assert without["ProvisionedThroughput"]["ReadCapacityUnits"] == 3
    restored(server, dynamodb, "orders-bare")
    assert len(contents(dynamodb, "orders-bare")) == 30

    deleted = dynamodb.delete_backup(BackupArn=made["BackupArn"])["BackupDescription"]
    assert deleted["BackupDetails"]["BackupStatus"] == "DELETED"
    with pytest.raises(botocore.exceptions.ClientError) as error:
        dynamodb.describe_backup(BackupArn=made["BackupArn"])
    assert code(error) == "BackupNotFoundException"
    assert contents(dynamodb, "orders-copy")["0"] == "1"


def test_backups_are_listed_in_pages(server, operator):  # noqa: F811
    dynamodb, _ = operator
    make_table(dynamodb)
    make_table(dynamodb, "others")
    arns = []
    for number in range(3):
        arns.append(dynamodb.create_backup(TableName="orders", BackupName=f"b-{number}")["BackupDetails"]["BackupArn"])
        time.sleep(0.005)
    dynamodb.create_backup(TableName="others", BackupName="other")
    page = dynamodb.list_backups(TableName="orders", Limit=2)
    assert [each["BackupName"] for each in page["BackupSummaries"]] == ["b-0", "b-1"]
    rest = dynamodb.list_backups(TableName="orders", ExclusiveStartBackupArn=page["LastEvaluatedBackupArn"])
    assert [each["BackupArn"] for each in rest["BackupSummaries"]] == arns[2:]
    assert "LastEvaluatedBackupArn" not in rest
    assert len(dynamodb.list_backups()["BackupSummaries"]) == 4
    assert dynamodb.list_backups(BackupType="SYSTEM")["BackupSummaries"] == []
    assert dynamodb.list_backups(TimeRangeUpperBound=1)["BackupSummaries"] == []
    with pytest.raises(botocore.exceptions.ClientError) as error:
        dynamodb.create_backup(TableName="nothing", BackupName="nothing")
    assert code(error) == "TableNotFoundException"


def test_a_pool_is_backed_up_and_each_look_is_audited(server, operator):  # noqa: F811
    dynamodb, _ = operator
    server.onboard()
    made = dynamodb.create_backup(TableName="school-table-basic", BackupName="pool")["BackupDetails"]
    found = available(server, dynamodb, made["BackupArn"])
    assert found["SourceTableDetails"]["ItemCount"] > 0
    looks = [
        entry for entry in server.api("GET", "/v1/audit").json["entries"] if entry["action"] == "operator.looked"]
    assert looks[0]["detail"]["action"] == "dynamodb:CreateBackup"
    # A copy of a pool is an operator's own table, so it must not bear a name by which tenants' items are kept from changes.
    for name in ["school-table-basic", "student-table-basic-7", "homeroom.restoring.copy"]:
        with pytest.raises(botocore.exceptions.ClientError) as error:
            dynamodb.restore_table_from_backup(TargetTableName=name, BackupArn=made["BackupArn"])
        assert code(error) == "ValidationException"
    dynamodb.restore_table_from_backup(TargetTableName="pool-copy", BackupArn=made["BackupArn"])
    restored(server, dynamodb, "pool-copy")
    assert dynamodb.scan(TableName="pool-copy")["Count"] == found["SourceTableDetails"]["ItemCount"]


def test_a_table_comes_back_as_it_was_at_a_past_second(server, operator):  # noqa: F811
    dynamodb, key = operator
    make_table(dynamodb)
    with pytest.raises(botocore.exceptions.ClientError) as error:
        dynamodb.restore_table_to_point_in_time(
            SourceTableName="orders", TargetTableName="orders-then", UseLatestRestorableTime=True)
    assert code(error) == "PointInTimeRecoveryUnavailableException"
    try:
        dynamodb.update_continuous_backups(
            TableName="orders", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
    except botocore.exceptions.ClientError as unknown:
        if unknown.response["Error"]["Code"] != "UnknownOperationException":
            raise
        pytest.skip("this server does not switch recovery on")
    fill(dynamodb, "orders", 10, 1)
    time.sleep(0.02)
    then = time.time()
    time.sleep(0.02)
    fill(dynamodb, "orders", 5, 2)
    dynamodb.delete_item(TableName="orders", Key={"id": {"S": "9"}})
    server.kill()
    server.start()
    dynamodb = client(server, key["accessKeyId"], key["secretAccessKey"])
    dynamodb.restore_table_to_point_in_time(
        SourceTableName="orders", TargetTableName="orders-then", RestoreDateTime=then)
    restored(server, dynamodb, "orders-then")
    assert contents(dynamodb, "orders-then") == {f"{number}": "1" for number in range(10)}
    dynamodb.restore_table_to_point_in_time(
        SourceTableName="orders", TargetTableName="orders-now", UseLatestRestorableTime=True)
    restored(server, dynamodb, "orders-now")
    assert contents(dynamodb, "orders-now") == contents(dynamodb, "orders")
    with pytest.raises(botocore.exceptions.ClientError) as error:
        dynamodb.restore_table_to_point_in_time(
            SourceTableName="orders", TargetTableName="orders-never", RestoreDateTime=then - 1000)
    assert code(error) == "InvalidRestoreTimeException"
