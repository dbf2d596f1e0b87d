"""The life of operators' tables with boto3: waiters, resources, indexes, tags; and what Terraform's AWS provider asks for."""

import boto3
import botocore.config
import botocore.exceptions
import pytest
from test_operators import client, code

REGION = "us-east-1"
DEFINITION = {
    "TableName": "orders",
    "AttributeDefinitions": [
        {"AttributeName": "id", "AttributeType": "S"}, {"AttributeName": "at", "AttributeType": "N"},
        {"AttributeName": "who", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "at", "KeyType": "RANGE"}],
    "LocalSecondaryIndexes": [{
        "IndexName": "id-who", "Projection": {"ProjectionType": "KEYS_ONLY"},
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "who", "KeyType": "RANGE"}]}],
    "GlobalSecondaryIndexes": [{
        "IndexName": "who-at", "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["sum"]},
        "KeySchema": [{"AttributeName": "who", "KeyType": "HASH"}, {"AttributeName": "at", "KeyType": "RANGE"}]}],
    "BillingMode": "PAY_PER_REQUEST",
}


@pytest.fixture
def dynamodb(server):
    key = server.cli_json("key", "create", "--role", "operator", "--label", "tests")
    return client(server, key["accessKeyId"], key["secretAccessKey"])


def by_name(things, key):
    return sorted(things, key=lambda thing: thing[key])


def test_a_table_from_its_creation_to_its_end(dynamodb):
    made = dynamodb.create_table(**DEFINITION)["TableDescription"]
    assert made["TableStatus"] == "CREATING"
    assert [index["IndexStatus"] for index in made["GlobalSecondaryIndexes"]] == ["CREATING"]
    dynamodb.get_waiter("table_exists").wait(TableName="orders", WaiterConfig={"Delay": 1, "MaxAttempts": 5})
    with pytest.raises(botocore.exceptions.ClientError) as error:
        dynamodb.create_table(**DEFINITION)
    assert code(error) == "ResourceInUseException"

    dynamodb.put_item(
        TableName="orders", Item={"id": {"S": "1"}, "at": {"N": "5"}, "who": {"S": "ada"}, "sum": {"N": "7"}})
    table = dynamodb.describe_table(TableName="orders")["Table"]
    assert (table["TableStatus"], table["ItemCount"], table["TableSizeBytes"]) == ("ACTIVE", 1, 18)
    assert table["TableId"] == made["TableId"]
    found = dynamodb.query(
        TableName="orders", IndexName="who-at", KeyConditionExpression="who = :w",
        ExpressionAttributeValues={":w": {"S": "ada"}})
    assert found["Count"] == 1

    assert dynamodb.delete_table(TableName="orders")["TableDescription"]["TableStatus"] == "DELETING"
    dynamodb.get_waiter("table_not_exists").wait(TableName="orders", WaiterConfig={"Delay": 1, "MaxAttempts": 5})
    assert "orders" not in dynamodb.list_tables()["TableNames"]


def test_tables_survive_a_restart(server, dynamodb):
    dynamodb.create_table(**DEFINITION)
    before = dynamodb.describe_table(TableName="orders")["Table"]
    server.kill()
    server.start()
    key = server.cli_json("key", "create", "--role", "operator", "--label", "again")
    again = client(server, key["accessKeyId"], key["secretAccessKey"])
    assert again.describe_table(TableName="orders")["Table"] == before


def test_tables_as_resources(server, dynamodb):
    key = server.cli_json("key", "create", "--role", "operator", "--label", "resources")
    resource = boto3.resource(
        "dynamodb", endpoint_url=server.gateway, region_name=REGION, aws_access_key_id=key["accessKeyId"],
        aws_secret_access_key=key["secretAccessKey"])
    table = resource.create_table(
        TableName="books", BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "isbn", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "isbn", "KeyType": "HASH"}])
    table.wait_until_exists()
    with table.batch_writer() as batch:
        for number in range(60):
            batch.put_item(Item={"isbn": f"b{number:02}", "author": f"a{number % 3}"})
    table.reload()
    assert (table.table_status, table.item_count) == ("ACTIVE", 60)
    table.delete()
    table.wait_until_not_exists()


def test_an_index_is_added_while_items_are_written(dynamodb):
    dynamodb.create_table(
        TableName="books", BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "isbn", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "isbn", "KeyType": "HASH"}])

    def put(numbers):
        for start in range(numbers.start, numbers.stop, 25):
            dynamodb.batch_write_item(RequestItems={"books": [
                {"PutRequest": {"Item": {"isbn": {"S": f"b{number}"}, "author": {"S": "ada"}}}}
                for number in range(start, start + 25)]})

    put(range(0, 1500))
    updated = dynamodb.update_table(
        TableName="books", AttributeDefinitions=[{"AttributeName": "author", "AttributeType": "S"}],
        GlobalSecondaryIndexUpdates=[{"Create": {
            "IndexName": "by-author", "Projection": {"ProjectionType": "ALL"},
            "KeySchema": [{"AttributeName": "author", "KeyType": "HASH"}]}}])["TableDescription"]
    assert updated["TableStatus"] == "UPDATING"
    assert [(i["IndexStatus"], i["Backfilling"]) for i in updated["GlobalSecondaryIndexes"]] == [("CREATING", True)]
    put(range(1500, 2000))
    dynamodb.get_waiter("table_exists").wait(TableName="books", WaiterConfig={"Delay": 1, "MaxAttempts": 20})
    pages = dynamodb.get_paginator("query").paginate(
        TableName="books", IndexName="by-author", KeyConditionExpression="author = :a",
        ExpressionAttributeValues={":a": {"S": "ada"}})
    assert sum(page["Count"] for page in pages) == 2000
    index, = dynamodb.describe_table(TableName="books")["Table"]["GlobalSecondaryIndexes"]
    assert (index["IndexStatus"], index["ItemCount"], "Backfilling" in index) == ("ACTIVE", 2000, False)


def test_lists_tables_in_pages(dynamodb):
    for number in range(5):
        dynamodb.create_table(
            TableName=f"page-{number}", BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "B"}],
            KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}])
    pages = list(dynamodb.get_paginator("list_tables").paginate(PaginationConfig={"PageSize": 2}))
    assert len(pages) > 2
    names = [name for page in pages for name in page["TableNames"]]
    assert names == sorted(names) and {f"page-{number}" for number in range(5)} <= set(names)


# What the provider's resource sends and reads: github.com/hashicorp/terraform-provider-aws, internal/service/dynamodb/table.go.
TERRAFORM = {
    **DEFINITION,
    "BillingMode": "PROVISIONED",
    "ProvisionedThroughput": {"ReadCapacityUnits": 2, "WriteCapacityUnits": 3},
    "GlobalSecondaryIndexes": [{
        **DEFINITION["GlobalSecondaryIndexes"][0],
        "ProvisionedThroughput": {"ReadCapacityUnits": 4, "WriteCapacityUnits": 5}}],
    "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    "SSESpecification": {
        "Enabled": True, "SSEType": "KMS",
        "KMSMasterKeyId": "arn:aws:kms:us-east-1:000000000000:key/1234abcd-12ab-34cd-56ef-1234567890ab"},
    "TableClass": "STANDARD_INFREQUENT_ACCESS",
    "DeletionProtectionEnabled": True,
    "Tags": [{"Key": f"tag-{number:02}", "Value": str(number)} for number in range(14)],
}


def terraform_read(dynamodb, name):
    """What the provider reads into its state, by the arguments of the resource."""
    table = dynamodb.describe_table(TableName=name)["Table"]
    state = {
        "billing_mode": table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED"),
        "capacity": (
            table["ProvisionedThroughput"]["ReadCapacityUnits"], table["ProvisionedThroughput"]["WriteCapacityUnits"]),
        "attribute": by_name(table["AttributeDefinitions"], "AttributeName"),
        "key": table["KeySchema"],
        "local": [
            {key: index[key] for key in ["IndexName", "KeySchema", "Projection"]}
            for index in table.get("LocalSecondaryIndexes", [])],
        "global": [
            {"IndexName": index["IndexName"], "KeySchema": index["KeySchema"], "Projection": index["Projection"],
             "capacity": (
                 index["ProvisionedThroughput"]["ReadCapacityUnits"],
                 index["ProvisionedThroughput"]["WriteCapacityUnits"])}
            for index in table.get("GlobalSecondaryIndexes", [])],
        "stream": table.get("StreamSpecification"),
        "encryption": table.get("SSEDescription", {}).get("KMSMasterKeyArn"),
        "class": table.get("TableClassSummary", {}).get("TableClass"),
        "protected": table["DeletionProtectionEnabled"],
    }
    # The provider waits until these are active, and shows them only where they are above what each table has.
    for part in [table, *table.get("GlobalSecondaryIndexes", [])]:
        assert part["WarmThroughput"]["Status"] == "ACTIVE"
        assert part["WarmThroughput"]["ReadUnitsPerSecond"] <= 12000
        assert part["WarmThroughput"]["WriteUnitsPerSecond"] <= 4000
    if state["stream"]:
        assert table["LatestStreamArn"] == f"{table['TableArn']}/stream/{table['LatestStreamLabel']}"
    backups = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    recovery = backups["PointInTimeRecoveryDescription"]
    state["recovery"] = (recovery["PointInTimeRecoveryStatus"], recovery.get("RecoveryPeriodInDays"))
    state["ttl"] = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    tags, token = [], {}
    while True:
        page = dynamodb.list_tags_of_resource(ResourceArn=table["TableArn"], **token)
        tags += page["Tags"]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    state["tags"] = tags
    return state


def test_terraform_reads_back_what_it_set(dynamodb):
    dynamodb.create_table(**TERRAFORM)
    # It waits by asking until the table is active.
    assert dynamodb.describe_table(TableName="orders")["Table"]["TableStatus"] == "ACTIVE"
    dynamodb.update_time_to_live(
        TableName="orders", TimeToLiveSpecification={"AttributeName": "ends", "Enabled": True})
    dynamodb.update_continuous_backups(
        TableName="orders",
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 20})
    expected = {
        "billing_mode": "PROVISIONED",
        "capacity": (2, 3),
        "attribute": by_name(TERRAFORM["AttributeDefinitions"], "AttributeName"),
        "key": TERRAFORM["KeySchema"],
        "local": TERRAFORM["LocalSecondaryIndexes"],
        "global": [{**DEFINITION["GlobalSecondaryIndexes"][0], "capacity": (4, 5)}],
        "stream": TERRAFORM["StreamSpecification"],
        "encryption": TERRAFORM["SSESpecification"]["KMSMasterKeyId"],
        "class": "STANDARD_INFREQUENT_ACCESS",
        "protected": True,
        "recovery": ("ENABLED", 20),
        "ttl": {"TimeToLiveStatus": "ENABLED", "AttributeName": "ends"},
        "tags": TERRAFORM["Tags"],
    }
    assert terraform_read(dynamodb, "orders") == expected
    # A plan reads all of it again.
    assert terraform_read(dynamodb, "orders") == expected


def test_terraform_changes_a_table_step_by_step(dynamodb):
    dynamodb.create_table(**TERRAFORM)
    arn = dynamodb.describe_table(TableName="orders")["Table"]["TableArn"]
    # Its order: indexes out, billing, indexes in, encryption, expiry, tags, recovery, protection.
    dynamodb.update_table(TableName="orders", GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "who-at"}}])
    assert "GlobalSecondaryIndexes" not in dynamodb.describe_table(TableName="orders")["Table"]
    dynamodb.update_table(TableName="orders", BillingMode="PAY_PER_REQUEST")
    dynamodb.update_table(
        TableName="orders", AttributeDefinitions=TERRAFORM["AttributeDefinitions"],
        GlobalSecondaryIndexUpdates=[{"Create": DEFINITION["GlobalSecondaryIndexes"][0]}])
    dynamodb.get_waiter("table_exists").wait(TableName="orders", WaiterConfig={"Delay": 1, "MaxAttempts": 10})
    dynamodb.update_table(TableName="orders", StreamSpecification={"StreamEnabled": False})
    dynamodb.update_table(TableName="orders", TableClass="STANDARD")
    dynamodb.update_table(TableName="orders", SSESpecification={"Enabled": False})
    dynamodb.untag_resource(ResourceArn=arn, TagKeys=[tag["Key"] for tag in TERRAFORM["Tags"]])
    dynamodb.tag_resource(ResourceArn=arn, Tags=[{"Key": "team", "Value": "blue"}])
    dynamodb.update_table(TableName="orders", DeletionProtectionEnabled=False)
    assert terraform_read(dynamodb, "orders") == {
        "billing_mode": "PAY_PER_REQUEST",
        "capacity": (0, 0),
        "attribute": by_name(TERRAFORM["AttributeDefinitions"], "AttributeName"),
        "key": TERRAFORM["KeySchema"],
        "local": TERRAFORM["LocalSecondaryIndexes"],
        "global": [{**DEFINITION["GlobalSecondaryIndexes"][0], "capacity": (0, 0)}],
        "stream": None,
        "encryption": None,
        "class": "STANDARD",
        "protected": False,
        "recovery": ("DISABLED", None),
        "ttl": {"TimeToLiveStatus": "DISABLED"},
        "tags": [{"Key": "team", "Value": "blue"}],
    }
    dynamodb.delete_table(TableName="orders")
    with pytest.raises(botocore.exceptions.ClientError) as error:
        dynamodb.describe_table(TableName="orders")
    assert error.value.response["Error"]["Message"] == "Requested resource not found: Table: orders not found"
