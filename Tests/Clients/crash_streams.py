"""Consumers of tenants' streams that go on where they were after each kill, and what they must have seen in the end."""

from crash_writers import KEYS, brief, key_of
from wire import Wire

API = "DynamoDBStreams_20120810."
PAGES_MAX = 10_000


class Consumer:
    """Reads one table's stream of one tenant from its beginning, by sequence number."""

    def __init__(self, load, school, table):
        self.load, self.school, self.table = load, school, table
        self.records = []
        self.last = None
        self.place = None

    def read(self):
        """Reads on to the end; a new iterator from the last record that was read, since the server may be another process."""
        wire = Wire(self.load.server, self.school.session)
        if self.place is None:
            [stream] = wire.call(API + "ListStreams", TableName=self.table)["Streams"]
            arn = stream["StreamArn"]
            [shard] = wire.call(API + "DescribeStream", StreamArn=arn)["StreamDescription"]["Shards"]
            self.place = {"StreamArn": arn, "ShardId": shard["ShardId"]}
        start = {"ShardIteratorType": "TRIM_HORIZON"}
        if self.last:
            start = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": self.last}
        iterator = wire.call(API + "GetShardIterator", **self.place, **start)["ShardIterator"]
        for _ in range(PAGES_MAX):
            page = wire.call(API + "GetRecords", ShardIterator=iterator)
            for record in page["Records"]:
                number = record["dynamodb"]["SequenceNumber"]
                assert self.last is None or int(number) > int(self.last), f"{number} comes after {self.last}"
                self.last = number
                self.records.append(record)
            if not page["Records"]:
                return wire.close()
            iterator = page["NextShardIterator"]
        raise AssertionError("a stream without an end")

    def changes(self):
        """What the records tell, by key: the item before and after each of them, in order."""
        found = {}
        for record in self.records:
            data = record["dynamodb"]
            old, new = data.get("OldImage"), data.get("NewImage")
            expected = "REMOVE" if new is None else "INSERT" if old is None else "MODIFY"
            assert record["eventName"] == expected, record
            assert all(data["Keys"][name] == (new or old)[name] for name in KEYS[self.table])
            found.setdefault(key_of(self.table, new or old), []).append((old, new))
        return found


def consumers(load):
    """One for each tenant and table."""
    schools = {school.tenant: school for school in load.schools}
    return [Consumer(load, school, table) for school in schools.values() for table in KEYS]


def check_streams(load, consumers):
    """Each change that was acknowledged, or was found to have been made, has its one record, and there are no others."""
    found = {}
    for consumer in consumers:
        found.update(consumer.changes())
    count = 0
    for writer in load.writers:
        for key, states in writer.history.items():
            count += len(states)
            told = found.pop(key, [])
            wanted = list(zip([None, *states], states))
            assert told == wanted, (
                f"the stream tells of {key}: {[(brief(old), brief(new)) for old, new in told]}, "
                f"and it was {[(brief(old), brief(new)) for old, new in wanted]}")
    strangers = {key for key in found if key[0] == "student-table" or key[2].startswith("CRASH#")}
    assert not strangers, f"the streams tell of {list(strangers)[:3]}, which nobody wrote"
    return count
