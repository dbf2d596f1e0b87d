"""dyntastic (models of pydantic on boto3's resource) with the standard variables: against `serve --dev`, and as a school."""

import datetime
import decimal
import uuid

import pytest
from conftest import use_environment
from dyntastic import A, Dyntastic, Index, transaction
from dyntastic.exceptions import DoesNotExist
from pydantic import Field
from test_aws_clients import STUDENTS, School

Decimal = decimal.Decimal


def make_model(name):
    class Order(Dyntastic):
        __table_name__, __hash_key__, __range_key__ = name, "customer", "number"

        customer: str
        number: int
        place: str | None = None
        sum: Decimal = Decimal(0)
        tags: set[str] | None = None
        lines: list[dict] = Field(default_factory=list)
        made: datetime.datetime = datetime.datetime(2031, 5, 4)
        id: uuid.UUID = uuid.UUID(int=7)

    return Order


@pytest.fixture
def dev(stopped_server, monkeypatch):
    """A server as other people's test suites start one: any credentials will do."""
    server = stopped_server.start("--dev")
    use_environment(monkeypatch, server, {
        "AWS_ENDPOINT_URL": server.gateway, "AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local"})
    return server


def test_models_make_their_table_and_use_it(dev):
    order = make_model("orders")
    order.create_table(Index("place", "number", "by-place"), Index("customer", "place", "keys", keys_only=True))
    first = order(
        customer="ann", number=1, place="york", sum=Decimal("12.34"), tags={"a", "b"}, lines=[{"of": "ink", "count": 2}])
    first.save(condition=A.customer.not_exists())
    assert order.get("ann", 1, consistent_read=True) == first and order.safe_get("ann", 9) is None
    with pytest.raises(DoesNotExist):
        order.get("bob", 1)
    with pytest.raises(order.ConditionException()):
        first.save(condition=A.customer.not_exists())
    first.update(
        A.sum.set(A.sum + Decimal("0.01")), A.tags.add({"c"}), A.lines.append({"of": "pad"}), A.place.set_default("none"))
    assert (first.sum, first.tags, len(first.lines)) == (Decimal("12.35"), {"a", "b", "c"}, 2)
    first.update(A.tags.delete({"a"}), A.lines.remove(0), condition=A.lines.size == 2)
    assert (first.tags, first.lines) == ({"b", "c"}, [{"of": "pad"}])
    first.update(A.place.remove(), condition=A.sum > 100)
    assert first.place == "york", "a condition that fails changes nothing"

    with order.batch_writer():
        for number in range(60):
            order(customer="bob", number=number, place="bath" if number % 2 else "york").save()
    assert len(order.batch_get([("bob", number) for number in range(60)])) == 60
    found = order.query("bob", range_key_condition=A.number.between(10, 20), filter_condition=A.place == "bath", per_page=4)
    assert [each.number for each in found] == [11, 13, 15, 17, 19]
    page = order.query_page(A.place == "york", index="by-place", per_page=10, scan_index_forward=False)
    assert page.has_more and [each.number for each in page.items[:2]] == [58, 56]
    rest = order.query(A.place == "york", index="by-place", scan_index_forward=False, last_evaluated_key=page.last_evaluated_key)
    assert len(list(rest)) == 21
    short = list(order.query((A.customer == "bob") & A.place.begins_with("b"), index="keys", load_full_item=True))
    assert len(short) == 30 and {each.sum for each in short} == {0}
    assert len(list(order.scan(A.tags.contains("c") | (A.number >= 58)))) == 3

    with transaction():
        order(customer="cid", number=1).save(condition=A.customer.not_exists())
        first.update(A.sum.set(1), refresh=False)
        order.get("bob", 0).delete()
        order.get("bob", 1).transaction_condition(A.place == "bath")
    first.refresh()
    assert (first.sum, order.safe_get("bob", 0), order.get("cid", 1).sum) == (1, None, 0)
    cancelled = order._dynamodb_client().exceptions.TransactionCanceledException
    with pytest.raises(cancelled), transaction():
        order(customer="dan", number=1).save()
        order(customer="cid", number=1).save(condition=A.customer.not_exists())
    assert order.safe_get("dan", 1) is None


def test_a_schools_models_use_the_logical_tables(shared_server, monkeypatch):
    tenant = shared_server.onboard("Pydantic USD").json["tenant"]
    school = School(shared_server, tenant["id"], tenant["schools"][0]["id"])
    use_environment(monkeypatch, shared_server, school.environment)

    class Student(Dyntastic):
        __table_name__, __hash_key__, __range_key__ = STUDENTS, "recordKey", "entityKey"

        recordKey: str
        entityKey: str = "PROFILE"
        entityType: str = "STUDENT"
        teacherKey: str | None = None
        grade: int = 1

    own = f"TENANT#{school.school}#"
    with Student.batch_writer():
        for number in range(30):
            Student(recordKey=f"{own}STUDENT#{number}", teacherKey=f"{own}TEACHER#{number % 2}").save()
    taught = list(Student.query(A.teacherKey == f"{own}TEACHER#1", index="teacher-index", per_page=4))
    assert len(taught) == 15
    taught[0].update(A.grade.set(A.grade + 1))
    assert taught[0].grade == 2
    with transaction():
        taught[1].delete()
        Student(recordKey=f"{own}STUDENT#99").save()
    with pytest.raises(Student._dynamodb_client().exceptions.ClientError, match="AccessDeniedException"):
        Student(recordKey="TENANT#another#STUDENT#1").save()
