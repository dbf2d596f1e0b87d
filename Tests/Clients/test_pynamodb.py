"""PynamoDB with the standard variables: its models make their own tables as an operator, or use a tenant's logical ones."""

import datetime

import pytest
from conftest import use_environment
from pynamodb.attributes import (
    BinaryAttribute, BooleanAttribute, JSONAttribute, ListAttribute, MapAttribute, NumberAttribute, NumberSetAttribute,
    TTLAttribute, UnicodeAttribute, UnicodeSetAttribute, UTCDateTimeAttribute, VersionAttribute)
from pynamodb.connection import Connection
from pynamodb.exceptions import (
    DeleteError, DoesNotExist, GetError, PutError, TransactGetError, TransactWriteError, UpdateError)
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, IncludeProjection, KeysOnlyProjection, LocalSecondaryIndex
from pynamodb.models import Model
from pynamodb.transactions import TransactGet, TransactWrite
from test_aws_clients import STUDENTS, School

NOON = datetime.datetime(2031, 5, 4, 12, 0, 0, 250000, tzinfo=datetime.timezone.utc)


def make_model(name, billing="PAY_PER_REQUEST"):
    """A model of threads in forums, with indexes of each kind; each test has a class, and so a connection, of its own."""

    class ByViews(GlobalSecondaryIndex):
        class Meta:
            index_name, projection = "by-views", AllProjection()
            read_capacity_units = write_capacity_units = 1

        author = UnicodeAttribute(hash_key=True)
        views = NumberAttribute(range_key=True)

    class ByTag(GlobalSecondaryIndex):
        class Meta:
            index_name, projection = "by-tag", IncludeProjection(["views"])
            read_capacity_units = write_capacity_units = 1

        tag = UnicodeAttribute(hash_key=True)

    class Local(LocalSecondaryIndex):
        class Meta:
            index_name, projection = "local", KeysOnlyProjection()

        forum = UnicodeAttribute(hash_key=True)
        views = NumberAttribute(range_key=True)

    class Author(MapAttribute):
        first, last = UnicodeAttribute(), UnicodeAttribute(null=True)

    class Thread(Model):
        class Meta:
            table_name, billing_mode = name, billing
            read_capacity_units = write_capacity_units = 5
            stream_view_type, tags = "NEW_IMAGE", {"team": "blue"}

        forum, subject = UnicodeAttribute(hash_key=True), UnicodeAttribute(range_key=True)
        author, tag = UnicodeAttribute(default="ann"), UnicodeAttribute(null=True)
        views = NumberAttribute(default=0)
        open = BooleanAttribute(null=True)
        written = UTCDateTimeAttribute(null=True)
        picture = BinaryAttribute(null=True, legacy_encoding=False)
        words, scores = UnicodeSetAttribute(null=True), NumberSetAttribute(null=True)
        replies, extra, person = ListAttribute(null=True), JSONAttribute(null=True), Author(null=True)
        version, ends = VersionAttribute(), TTLAttribute(null=True)
        by_views, by_tag, local = ByViews(), ByTag(), Local()

    Thread.Author = Author
    return Thread


@pytest.fixture
def model(as_operator, name):
    model = make_model(name)
    model.create_table(wait=True)
    return model


def fill(model, count, forums=("a", "b")):
    with model.batch_write() as batch:
        for number in range(count):
            for forum in forums:
                batch.save(model(
                    forum, f"s{number:03}", views=number, tag="odd" if number % 2 else None, author=f"w{number % 3}"))


def test_a_models_table_is_made_described_and_ended(as_operator, name):
    model = make_model(name, "PROVISIONED")
    assert not model.exists()
    model.create_table(wait=True)
    assert model.exists()
    # The table is there; to switch expiry on twice is refused, as PynamoDB expects.
    model.create_table(wait=True, ignore_update_ttl_errors=True)
    table = model.describe_table()
    assert table["ProvisionedThroughput"]["ReadCapacityUnits"] == 5 and table["LatestStreamArn"]
    assert {index["IndexName"] for index in table["GlobalSecondaryIndexes"]} == {"by-views", "by-tag"}
    assert table["LocalSecondaryIndexes"][0]["Projection"] == {"ProjectionType": "KEYS_ONLY"}
    client = Connection().client
    assert client.describe_time_to_live(TableName=name)["TimeToLiveDescription"]["AttributeName"] == "ends"
    assert client.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"] == [{"Key": "team", "Value": "blue"}]
    model.delete_table(wait=True)
    assert not model.exists()
    with pytest.raises(GetError) as error:
        model.get("a", "s")
    assert error.value.cause_response_code == "ResourceNotFoundException"


def test_every_attribute_comes_back(model):
    thread = model(
        "a", "s", tag="t", views=2**53 + 1, open=False, written=NOON, picture=bytes(range(256)), words={"x", "y"},
        scores={1, 2.5}, replies=[1, "two", {"three": [None]}], extra={"k": [1.5, None]}, ends=NOON.replace(microsecond=0),
        person=model.Author(first="Ann"))
    thread.save()
    found = model.get("a", "s", consistent_read=True)
    assert found.serialize() == thread.serialize() and found.version == 1
    assert found.written == NOON and found.picture == bytes(range(256)) and found.extra == {"k": [1.5, None]}
    assert found.person.first == "Ann" and found.person.last is None
    with pytest.raises(DoesNotExist):
        model.get("a", "none")


def test_updates_conditions_and_versions(model):
    thread = model("a", "s", open=True, words={"x"}, replies=["r"])
    thread.save(condition=model.forum.does_not_exist())
    with pytest.raises(PutError) as error:
        model("a", "s").save(model.forum.does_not_exist())
    assert error.value.cause_response_code == "ConditionalCheckFailedException"
    thread.update(actions=[
        model.views.add(5), model.words.add({"y"}), model.replies.set(model.replies.append(["q"])),
        model.author.set(model.tag | "nobody"), model.open.remove(), model.person.set(model.Author(first="Bo"))],
        condition=model.views < 3)
    assert (thread.views, thread.words, thread.replies, thread.author) == (5, {"x", "y"}, ["r", "q"], "nobody")
    assert thread.open is None and thread.person.first == "Bo" and thread.version == 2
    stale = model.get("a", "s")
    thread.update([model.person.last.set("Li"), model.words.delete({"x"}), model.replies[0].remove()])
    assert (thread.person.last, thread.words, thread.replies) == ("Li", {"y"}, ["q"])
    for change in [lambda: stale.update([model.views.set(0)]), stale.save, stale.delete]:
        with pytest.raises((UpdateError, PutError, DeleteError)) as error:
            change()
        assert error.value.cause_response_code == "ConditionalCheckFailedException"
    stale.refresh(consistent_read=True)
    assert (stale.version, stale.views) == (3, 5)
    stale.update([model.views.set(model.views - 10)], condition=model.words.contains("y") & model.person.first.startswith("B"))
    assert stale.views == -5
    stale.delete(model.views.between(-6, 0))
    with pytest.raises(DoesNotExist):
        stale.refresh()


def test_batches_queries_and_counts(model):
    fill(model, 60)
    keys = [("a", f"s{number:03}") for number in range(60)] + [("c", "none")]
    assert {thread.views for thread in model.batch_get(keys)} == set(range(60))
    subjects = lambda found: [thread.subject for thread in found]
    assert subjects(model.query("a", model.subject.between("s010", "s012"))) == ["s010", "s011", "s012"]
    assert subjects(model.query("a", model.subject >= "s057", scan_index_forward=False)) == ["s059", "s058", "s057"]
    paged = model.query("a", filter_condition=model.tag.exists() & (model.views > 40), page_size=7)
    assert [thread.views for thread in paged] == list(range(41, 60, 2))
    # From where an earlier reader ended.
    first = model.query("a", limit=5, page_size=5)
    assert len(list(first)) == 5 and first.last_evaluated_key["subject"] == {"S": "s004"}
    assert next(model.query("a", last_evaluated_key=first.last_evaluated_key)).subject == "s005"
    assert model.count("a", filter_condition=model.views.is_in(1, 2, 99)) == 2 and model.count() == 120
    assert model.by_views.count("w1", model.views < 10) == 6
    assert [thread.views for thread in model.by_views.query("w1", model.views < 10)] == [1, 1, 4, 4, 7, 7]
    tagged = list(model.by_tag.query("odd", page_size=9))
    assert len(tagged) == 60 and {thread.author for thread in tagged} == {"ann"}, "the index has no author"
    assert subjects(model.local.query("b", model.views > 57)) == ["s058", "s059"]
    assert len(list(model.by_tag.scan(page_size=25))) == 60
    with model.batch_write() as batch:
        for thread in model.query("b"):
            batch.delete(thread)
    assert model.count() == 60


def test_scans_in_segments_and_at_a_rate(model):
    fill(model, 40)
    parts = [list(model.scan(segment=number, total_segments=4, page_size=6)) for number in range(4)]
    assert sorted((thread.forum, thread.subject) for part in parts for thread in part) == [
        (forum, f"s{number:03}") for forum in "ab" for number in range(40)]
    # PynamoDB keeps the rate by the capacity that each page says it took.
    slow = model.scan(rate_limit=500, page_size=10)
    assert len(list(slow)) == 80 and slow.total_count == 80
    found = model.scan(model.author == "w2", attributes_to_get=["views"], limit=3)
    assert [thread.views % 3 for thread in found] == [2, 2, 2]


def test_transactions(model):
    connection, threads = Connection(), [model("a", f"s{number}") for number in range(4)]
    for thread in threads[:3]:
        thread.save()
    with TransactWrite(connection=connection, client_request_token=f"t{id(model)}") as write:
        write.condition_check(model, "a", "s0", condition=model.views == 0)
        write.update(threads[1], [model.views.set(7)])
        write.delete(threads[2])
        write.save(threads[3], condition=model.forum.does_not_exist())
    assert threads[3].version == 1 and threads[1].version == 2
    with TransactGet(connection=connection) as read:
        found = [read.get(model, "a", f"s{number}") for number in range(4)]
    assert [found[place].get().views for place in [0, 1, 3]] == [0, 7, 0]
    with pytest.raises(DoesNotExist):
        found[2].get()
    with pytest.raises(TransactWriteError) as error:
        with TransactWrite(connection=connection) as write:
            write.condition_check(model, "a", "s1", condition=model.views == 7)
            write.save(model("a", "s9"))
            write.update(threads[0], [model.views.set(1)], condition=model.views == 5, return_values="ALL_OLD")
    assert error.value.cause_response_code == "TransactionCanceledException"
    none, put, update = error.value.cancellation_reasons
    # PynamoDB orders them: checks, deletes, puts, updates.
    assert none is None and put is None
    assert update.code == "ConditionalCheckFailed" and update.raw_item["views"] == {"N": "0"}
    with pytest.raises(TransactGetError) as error:
        with TransactGet(connection=connection) as read:
            for _ in range(2):
                read.get(model, "a", "s1")
    assert error.value.cause_response_code == "ValidationException"


def test_a_schools_models_use_the_logical_tables(shared_server, monkeypatch):
    class ByTeacher(GlobalSecondaryIndex):
        class Meta:
            index_name, projection = "teacher-index", AllProjection()

        teacher = UnicodeAttribute(hash_key=True, attr_name="teacherKey")
        entity = UnicodeAttribute(range_key=True, attr_name="entityKey")

    class Student(Model):
        class Meta:
            table_name = STUDENTS

        record = UnicodeAttribute(hash_key=True, attr_name="recordKey")
        entity = UnicodeAttribute(range_key=True, attr_name="entityKey")
        kind = UnicodeAttribute(default="STUDENT", attr_name="entityType")
        teacher = UnicodeAttribute(null=True, attr_name="teacherKey")
        grade = NumberAttribute(default=1)
        version = VersionAttribute()
        by_teacher = ByTeacher()

    tenant = shared_server.onboard("Models USD").json["tenant"]
    school = School(shared_server, tenant["id"], tenant["schools"][0]["id"])
    use_environment(monkeypatch, shared_server, school.environment)
    assert Student.exists()
    own = f"TENANT#{school.school}#"
    with Student.batch_write() as batch:
        for number in range(30):
            batch.save(Student(f"{own}STUDENT#{number}", "PROFILE", teacher=f"{own}TEACHER#1", grade=number % 5))
    assert Student.by_teacher.count(f"{own}TEACHER#1", filter_condition=Student.grade == 2) == 6
    student = Student.get(f"{own}STUDENT#7", "PROFILE")
    student.update([Student.grade.add(1)])
    assert (student.grade, student.version) == (3, 1), "a batch sets no version"
    with TransactWrite(connection=Connection()) as write:
        write.delete(student)
        write.save(Student(f"{own}STUDENT#99", "PROFILE"))
    with pytest.raises(GetError) as error:
        Student.get("TENANT#another#STUDENT#7", "PROFILE")
    assert error.value.cause_response_code == "AccessDeniedException"
