"""PartiQL with boto3: statements, batches and transactions of them, each item authorized by itself."""

import botocore.exceptions
import pytest
from test_aws_clients import STUDENTS, School


@pytest.fixture
def school(server):
    tenant = server.onboard(schools=["Lincoln High", "Roosevelt Middle"]).json["tenant"]
    return School(server, tenant["id"], tenant["schools"][0]["id"])


@pytest.fixture
def dynamodb(school, monkeypatch):
    return school.dynamodb(monkeypatch)


def run(dynamodb, statement, *parameters, **more):
    if parameters:
        more["Parameters"] = list(parameters)
    return dynamodb.execute_statement(Statement=statement, **more)


def insert(dynamodb, school, student, **attributes):
    item = school.item(student, **attributes)
    names = ", ".join(f"'{name}': ?" for name in item)
    return run(dynamodb, f'INSERT INTO "{STUDENTS}" VALUE {{{names}}}', *item.values())


def where(school, student):
    return " AND ".join(f'"{name}" = \'{value["S"]}\'' for name, value in school.key(student).items())


def test_a_student_is_inserted_changed_read_and_deleted(dynamodb, school):
    assert insert(dynamodb, school, 1, grade={"N": "4"}, tags={"SS": ["a"]})["Items"] == []
    with pytest.raises(dynamodb.exceptions.DuplicateItemException):
        insert(dynamodb, school, 1)
    changed = run(
        dynamodb, f'UPDATE "{STUDENTS}" SET grade = grade + ? SET tags = set_add(tags, <<\'b\'>>) '
        f"WHERE {where(school, 1)} AND grade = 4 RETURNING MODIFIED NEW *", {"N": "1"})
    assert changed["Items"][0]["grade"] == {"N": "5"}
    assert sorted(changed["Items"][0]["tags"]["SS"]) == ["a", "b"]
    with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException) as error:
        run(
            dynamodb, f'DELETE FROM "{STUDENTS}" WHERE {where(school, 1)} AND grade < 5',
            ReturnValuesOnConditionCheckFailure="ALL_OLD")
    assert error.value.response["Item"]["grade"] == {"N": "5"}
    read = run(dynamodb, f'SELECT grade FROM "{STUDENTS}" WHERE {where(school, 1)}', ReturnConsumedCapacity="TOTAL")
    assert read["Items"] == [{"grade": {"N": "5"}}]
    assert read["ConsumedCapacity"]["CapacityUnits"] == 0.5
    assert run(dynamodb, f'DELETE FROM "{STUDENTS}" WHERE {where(school, 1)} RETURNING ALL OLD *')["Items"]
    assert run(dynamodb, f'SELECT * FROM "{STUDENTS}" WHERE {where(school, 1)}')["Items"] == []


def test_statements_that_name_no_keys_of_the_school_are_denied(dynamodb, school):
    insert(dynamodb, school, 1)
    for statement in [
            f'SELECT * FROM "{STUDENTS}"',
            f'SELECT * FROM "{STUDENTS}" WHERE {where(school, 1)} OR grade = 1',
            f'SELECT * FROM "{STUDENTS}" WHERE recordKey = \'TENANT#s00000000000other#STUDENT#1\'',
    ]:
        with pytest.raises(botocore.exceptions.ClientError) as error:
            run(dynamodb, statement)
        assert error.value.response["Error"]["Code"] == "AccessDeniedException"


def test_a_batch_answers_statement_by_statement(dynamodb, school):
    insert(dynamodb, school, 1, grade={"N": "1"})
    answer = dynamodb.batch_execute_statement(Statements=[
        {"Statement": f'SELECT grade FROM "{STUDENTS}" WHERE {where(school, 1)}'},
        {"Statement": f'SELECT grade FROM "{STUDENTS}" WHERE grade = 1'},
        {"Statement": "SELECT * FROM nowhere WHERE id = 'x'"},
    ])["Responses"]
    assert answer[0]["Item"] == {"grade": {"N": "1"}}
    assert [part.get("Error", {}).get("Code") for part in answer] == [None, "ValidationError", "ResourceNotFound"]


def test_a_transaction_of_statements_is_one_commit(dynamodb, school):
    insert(dynamodb, school, 1, grade={"N": "1"})
    update = {"Statement": f'UPDATE "{STUDENTS}" SET grade = grade + 1 WHERE {where(school, 1)}'}
    check = {"Statement": f'EXISTS(SELECT * FROM "{STUDENTS}" WHERE {where(school, 2)} AND grade = 9)'}
    with pytest.raises(dynamodb.exceptions.TransactionCanceledException) as error:
        dynamodb.execute_transaction(TransactStatements=[update, check])
    assert [reason["Code"] for reason in error.value.response["CancellationReasons"]] == ["None", "ConditionalCheckFailed"]
    for _ in range(2):
        dynamodb.execute_transaction(TransactStatements=[update], ClientRequestToken="once")
    read = dynamodb.execute_transaction(
        TransactStatements=[{"Statement": f'SELECT grade FROM "{STUDENTS}" WHERE {where(school, 1)}'}])
    assert read["Responses"] == [{"Item": {"grade": {"N": "2"}}}]
