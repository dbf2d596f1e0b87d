"""boto3 with the parameters that came before expressions: Expected, AttributeUpdates, KeyConditions and the others."""

import botocore.exceptions
import pytest
from test_aws_clients import STUDENTS, School


class Table:
    """A school's student table, one item of it for short."""

    def __init__(self, school, client):
        self.school, self.client = school, client
        self.key = school.key(1)

    def put(self, **attributes):
        self.client.put_item(TableName=STUDENTS, Item=self.school.item(1, **attributes))

    def update(self, updates, **more):
        return self.client.update_item(TableName=STUDENTS, Key=self.key, AttributeUpdates=updates, **more)

    def get(self, **more):
        return self.client.get_item(TableName=STUDENTS, Key=self.key, ConsistentRead=True, **more).get("Item")

    def query(self, *sort, **more):
        conditions = {"recordKey": equals(self.key["recordKey"]), **dict(sort)}
        return self.client.query(TableName=STUDENTS, KeyConditions=conditions, **more)


def equals(value):
    return {"ComparisonOperator": "EQ", "AttributeValueList": [value]}


@pytest.fixture
def table(server, monkeypatch):
    tenant = server.onboard(schools=["Lincoln High"]).json["tenant"]
    school = School(server, tenant["id"], tenant["schools"][0]["id"])
    return Table(school, school.dynamodb(monkeypatch))


def refused(call, code="ValidationException"):
    with pytest.raises(botocore.exceptions.ClientError) as found:
        call()
    error = found.value.response["Error"]
    assert error["Code"] == code, error
    return error["Message"]


def test_expected_guards_each_write(table):
    item = table.school.item(1, grade={"N": "4"})
    absent = {"recordKey": {"Exists": False}}
    table.client.put_item(TableName=STUDENTS, Item=item, Expected=absent)
    failed = "ConditionalCheckFailedException"
    refused(lambda: table.client.put_item(TableName=STUDENTS, Item=item, Expected=absent), failed)

    grown = {"grade": {"Value": {"N": "5"}, "Action": "PUT"}}
    refused(lambda: table.update(grown, Expected={"grade": {"Value": {"N": "9"}}}), failed)
    table.update(grown, Expected={"grade": {"Exists": True, "Value": {"N": "4"}}})
    assert table.get()["grade"] == {"N": "5"}

    either = {"grade": equals({"N": "4"}), "name": {"ComparisonOperator": "NULL"}}
    refused(lambda: table.client.delete_item(TableName=STUDENTS, Key=table.key, Expected=either), failed)
    table.client.delete_item(TableName=STUDENTS, Key=table.key, Expected=either, ConditionalOperator="OR")
    assert table.get() is None


@pytest.mark.parametrize("operator, values, holds", [
    ("EQ", [{"S": "hello"}], True), ("EQ", [{"S": "other"}], False), ("NE", [{"S": "other"}], True),
    ("LE", [{"S": "hello"}], True), ("LT", [{"S": "hello"}], False), ("GE", [{"S": "hello"}], True),
    ("GT", [{"S": "hello"}], False), ("NOT_NULL", [], True), ("NULL", [], False),
    ("CONTAINS", [{"S": "ell"}], True), ("NOT_CONTAINS", [{"S": "ell"}], False),
    ("BEGINS_WITH", [{"S": "he"}], True), ("IN", [{"S": "a"}, {"S": "hello"}], True),
    ("BETWEEN", [{"S": "a"}, {"S": "i"}], True), ("BETWEEN", [{"S": "i"}, {"S": "z"}], False),
])
def test_all_operators_filter(table, operator, values, holds):
    table.put(word={"S": "hello"})
    condition = {"ComparisonOperator": operator, "AttributeValueList": values}
    found = table.query(QueryFilter={"word": condition})
    assert found["Count"] == (1 if holds else 0)
    assert found["ScannedCount"] == 1


def test_attribute_updates_put_add_and_delete(table):
    table.put(grade={"N": "4"}, clubs={"SS": ["chess", "choir"]}, note={"S": "x"}, marks={"L": [{"N": "1"}]})
    changed = table.update(
        {
            "grade": {"Action": "ADD", "Value": {"N": "1"}},
            "clubs": {"Action": "DELETE", "Value": {"SS": ["chess"]}},
            "note": {"Action": "DELETE"},
            "marks": {"Action": "ADD", "Value": {"L": [{"N": "2"}]}},
            "name": {"Value": {"S": "Bart"}},
        },
        ReturnValues="UPDATED_NEW")
    assert changed["Attributes"] == {
        "grade": {"N": "5"}, "clubs": {"SS": ["choir"]}, "marks": {"L": [{"N": "1"}, {"N": "2"}]},
        "name": {"S": "Bart"},
    }
    assert "note" not in table.get()
    assert refused(lambda: table.update({"name": {"Action": "ADD", "Value": {"N": "1"}}})) == (
        "Type mismatch for attribute to update")
    assert refused(lambda: table.update({"entityKey": {"Value": {"S": "x"}}})) == (
        "One or more parameter values were invalid: "
        "Cannot update attribute entityKey. This attribute is part of the key")


def test_deleting_alone_makes_no_item(table):
    table.update({"a": {"Action": "DELETE"}})
    assert table.get() is None
    table.update({})
    assert table.get() == table.key


def test_attributes_to_get_in_every_read(table):
    table.put(grade={"N": "4"}, name={"S": "Bart"})
    wanted = {"grade": {"N": "4"}}
    assert table.get(AttributesToGet=["grade", "absent"]) == wanted
    assert table.query(AttributesToGet=["grade"])["Items"] == [wanted]
    batch = table.client.batch_get_item(
        RequestItems={STUDENTS: {"Keys": [table.key], "AttributesToGet": ["grade"]}})
    assert batch["Responses"] == {STUDENTS: [wanted]}
    assert refused(lambda: table.get(AttributesToGet=["grade", "grade"])) == (
        "One or more parameter values were invalid: Duplicate value in attribute name: grade")


def test_paging_with_key_conditions(table):
    keys = [{**table.key, "entityKey": {"S": f"E{number}"}} for number in range(5)]
    for key in keys:
        table.client.put_item(TableName=STUDENTS, Item=key)
    begins = ("entityKey", {"ComparisonOperator": "BEGINS_WITH", "AttributeValueList": [{"S": "E"}]})
    pages = table.client.get_paginator("query").paginate(
        TableName=STUDENTS, PaginationConfig={"PageSize": 2}, ScanIndexForward=False,
        KeyConditions={"recordKey": equals(table.key["recordKey"]), begins[0]: begins[1]})
    assert [item for page in pages for item in page["Items"]] == keys[::-1]


def test_older_and_newer_parameters_do_not_mix(table):
    message = refused(lambda: table.update(
        {"a": {"Action": "DELETE"}}, UpdateExpression="REMOVE a", ConditionExpression="attribute_exists(a)"))
    assert message == (
        "Can not use both expression and non-expression parameters in the same request: "
        "Non-expression parameters: {AttributeUpdates} "
        "Expression parameters: {UpdateExpression, ConditionExpression}")


def test_another_schools_key_conditions_are_denied(table):
    other = {"recordKey": equals({"S": "TENANT#aaaaaaaaaaaaaaaa#STUDENT#1"})}
    refused(lambda: table.client.query(TableName=STUDENTS, KeyConditions=other), "AccessDeniedException")
