"""What readers of streams find while a district moves and is taken back."""

from stream_reader import StreamReader, check_steps, steps
from test_aws_clients import STUDENTS, School
from test_move_semantics import Working, at, ended, move, wait
from test_streams import streaming  # noqa: F401


def test_a_stream_tells_each_change_once_over_a_switch_and_a_roll_back(streaming, monkeypatch):  # noqa: F811
    server = streaming
    tenant = server.onboard(schools=["North"]).json["tenant"]
    school = School(server, tenant["id"], tenant["schools"][0]["id"])
    dynamodb, client = school.dynamodb(monkeypatch), school.session(monkeypatch).client("dynamodbstreams")
    arn = client.list_streams()["Streams"][0]["StreamArn"]
    reader = StreamReader(client, arn)
    written = {}

    def count(number):
        """Each item counts on from where it was: a change that is lost or made twice would be refused."""
        key = school.key(number % 5)
        mine = written.setdefault(key["recordKey"]["S"], [])
        condition = {"ConditionExpression": "attribute_not_exists(recordKey)"}
        if mine:
            condition = {
                "ConditionExpression": "v = :before", "ExpressionAttributeValues": {":before": {"N": mine[-1]}}}
        value = str(len(mine) + 1)
        dynamodb.put_item(TableName=STUDENTS, Item=school.item(number % 5, v={"N": value}), **condition)
        mine.append(value)

    with Working(count) as writer:
        writer.wait_for(30)
        # Somebody who only follows: an iterator that is open before the switch.
        [shard] = reader.shards()
        follower = client.get_shard_iterator(
            StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="LATEST")["ShardIterator"]
        run = move(server, tenant["id"], "advanced", undoWindowSeconds=600)
        wait(server, run, at("keep"), reader.read)
        writer.wait_for(60)
        parent, child = reader.shards()
        assert "EndingSequenceNumber" in parent["SequenceNumberRange"]
        assert child["ParentShardId"] == parent["ShardId"] == shard["ShardId"]
        followed = []
        while follower:
            answer = client.get_records(ShardIterator=follower, Limit=1000)
            followed += answer["Records"]
            follower = answer.get("NextShardIterator")
        assert followed, "what was written before the switch is in the closed shard"
        assert server.api("POST", f"/v1/runs/{run}/rollback").status == 202
        wait(server, run, ended("undone"), reader.read)
        writer.wait_for(60)
    reader.read()
    check_steps(reader.records, "recordKey")
    assert {item: [new for _, new in changes] for item, changes in steps(reader.records, "recordKey").items()} == written
    shards = reader.shards()
    assert len(shards) == 3
    assert [shard.get("ParentShardId") for shard in shards] == [None] + [shard["ShardId"] for shard in shards[:-1]]
    assert ["EndingSequenceNumber" in shard["SequenceNumberRange"] for shard in shards] == [True, True, False]


def test_who_reads_after_a_roll_back_finds_what_was_written_in_the_store_that_was_left(streaming, monkeypatch):  # noqa: F811
    server = streaming
    tenant = server.onboard(schools=["North"]).json["tenant"]
    school = School(server, tenant["id"], tenant["schools"][0]["id"])
    dynamodb, client = school.dynamodb(monkeypatch), school.session(monkeypatch).client("dynamodbstreams")
    reader = StreamReader(client, client.list_streams()["Streams"][0]["StreamArn"])
    written = []

    def put():
        written.append(str(len(written) + 1))
        dynamodb.put_item(TableName=STUDENTS, Item=school.item(1, v={"N": written[-1]}))

    put()
    run = move(server, tenant["id"], "premium", undoWindowSeconds=20)
    wait(server, run, at("keep"))
    for _ in range(3):
        put()
    assert server.api("POST", f"/v1/runs/{run}/rollback").status == 202
    found = wait(server, run, lambda found: (found.get("progress") or {}).get("phase") == "streams")
    assert "stays for up to" in found["progress"]["text"]
    put()
    reader.read()
    [changes] = steps(reader.records, "recordKey").values()
    assert [new for _, new in changes] == written
    assert len(reader.shards()) == 3
    own = server.data / "stores" / f"premium-{tenant['id']}.sqlite"
    assert own.exists()
    wait(server, run, ended("undone"))
    assert not own.exists()
