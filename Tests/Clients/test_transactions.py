"""TransactWriteItems and TransactGetItems with boto3: a tenant's tables in one commit."""

import botocore.exceptions
import pytest
from test_aws_clients import STUDENTS, School

SCHOOLS = "school-table"


@pytest.fixture
def school(server):
    tenant = server.onboard().json["tenant"]
    return School(server, tenant["id"], tenant["schools"][0]["id"])


@pytest.fixture
def dynamodb(school, monkeypatch):
    return school.dynamodb(monkeypatch)


def put(school, student, **attributes):
    return {"Put": {"TableName": STUDENTS, "Item": school.item(student, **attributes)}}


def update(school, student, expression="ADD n :one", **more):
    return {
        "Update": {
            "TableName": STUDENTS, "Key": school.key(student), "UpdateExpression": expression,
            "ExpressionAttributeValues": {":one": {"N": "1"}}, **more}}


def check(school, student, condition="attribute_exists(recordKey)", **more):
    return {
        "ConditionCheck": {
            "TableName": STUDENTS, "Key": school.key(student), "ConditionExpression": condition, **more}}


def test_all_or_nothing_with_reasons_by_position(dynamodb, school):
    dynamodb.transact_write_items(TransactItems=[put(school, 1, n={"N": "1"}), put(school, 2)])
    with pytest.raises(dynamodb.exceptions.TransactionCanceledException) as error:
        dynamodb.transact_write_items(
            TransactItems=[
                update(school, 1),
                check(school, 2, "attribute_exists(n)", ReturnValuesOnConditionCheckFailure="ALL_OLD"),
            ])
    answer = error.value.response
    assert answer["message" if "message" in answer else "Message"] == (
        "Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed]")
    assert answer["CancellationReasons"] == [
        {"Code": "None"},
        {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed", "Item": school.item(2)},
    ]
    assert dynamodb.get_item(TableName=STUDENTS, Key=school.key(1))["Item"]["n"] == {"N": "1"}


def test_a_token_makes_it_happen_once_also_after_kill_9(dynamodb, school):
    items = [update(school, 1), update(school, 2)]
    for _ in range(3):
        dynamodb.transact_write_items(TransactItems=items, ClientRequestToken="once")
    port = school.server.gateway.rsplit(":", 1)[1]
    school.server.kill()
    school.server.start("--gateway", f"127.0.0.1:{port}")
    replay = dynamodb.transact_write_items(
        TransactItems=items, ClientRequestToken="once", ReturnConsumedCapacity="TOTAL")
    # Another parameter is another request.
    with pytest.raises(dynamodb.exceptions.IdempotentParameterMismatchException):
        dynamodb.transact_write_items(TransactItems=items[:1], ClientRequestToken="once")
    found = dynamodb.transact_get_items(
        TransactItems=[{"Get": {"TableName": STUDENTS, "Key": school.key(n)}} for n in (1, 2)])
    assert [response["Item"]["n"] for response in found["Responses"]] == [{"N": "1"}, {"N": "1"}]
    assert replay["ConsumedCapacity"] == [
        {"TableName": STUDENTS, "CapacityUnits": 4.0, "ReadCapacityUnits": 4.0}]


def test_reads_several_tables_and_projects(dynamodb, school):
    dynamodb.put_item(TableName=STUDENTS, Item=school.item(1, name={"S": "Ada"}, age={"N": "9"}))
    found = dynamodb.transact_get_items(
        TransactItems=[
            {
                "Get": {
                    "TableName": STUDENTS, "Key": school.key(1), "ProjectionExpression": "#n",
                    "ExpressionAttributeNames": {"#n": "name"}}},
            {"Get": {"TableName": STUDENTS, "Key": school.key("absent")}},
            {
                "Get": {
                    "TableName": SCHOOLS,
                    "Key": {"tenantId": {"S": school.tenant}, "entityKey": {"S": "CONFIG#DISTRICT"}}}},
        ],
        ReturnConsumedCapacity="TOTAL")
    assert found["Responses"][0] == {"Item": {"name": {"S": "Ada"}}}
    assert found["Responses"][1] == {}
    assert found["Responses"][2]["Item"]["tenantId"] == {"S": school.tenant}
    assert {part["TableName"]: part["CapacityUnits"] for part in found["ConsumedCapacity"]} == {
        STUDENTS: 4.0, SCHOOLS: 2.0}


def test_another_schools_item_denies_all_of_it(dynamodb, school):
    other = school.server.onboard("Shelbyville").json["tenant"]
    foreign = School(school.server, other["id"], other["schools"][0]["id"])
    for items in [
        [put(school, 1), put(foreign, 1)], [put(school, 1), check(foreign, 1)], [put(school, 1), update(foreign, 1)],
    ]:
        with pytest.raises(botocore.exceptions.ClientError) as error:
            dynamodb.transact_write_items(TransactItems=items)
        assert error.value.response["Error"]["Code"] == "AccessDeniedException"
    with pytest.raises(botocore.exceptions.ClientError) as error:
        dynamodb.transact_get_items(
            TransactItems=[{"Get": {"TableName": STUDENTS, "Key": each.key(1)}} for each in (school, foreign)])
    assert error.value.response["Error"]["Code"] == "AccessDeniedException"
    assert "Item" not in dynamodb.get_item(TableName=STUDENTS, Key=school.key(1))


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda s: [put(s, n) for n in range(101)], "at 'transactItems' failed to satisfy constraint: Member must have "
         "length less than or equal to 100"),
        (lambda s: [put(s, 1), update(s, 1)], "Transaction request cannot include multiple operations on one item"),
        (lambda s: [put(s, 1) | check(s, 2)], "TransactItems can only contain one of Check, Put, Update or Delete"),
        (lambda s: [check(s, 1, "attribute_not_exists(")], "Invalid ConditionExpression: Syntax error; token: \"<EOF>\""),
        (lambda s: [put(s, n, pad={"S": "x" * 390_000}) for n in range(11)], "exceeds 4 MB"),
    ])
def test_refuses_what_is_wrong_by_itself(dynamodb, school, make, message):
    with pytest.raises(botocore.exceptions.ClientError) as error:
        dynamodb.transact_write_items(TransactItems=make(school))
    assert error.value.response["Error"]["Code"] == "ValidationException"
    assert message in error.value.response["Error"]["Message"]
