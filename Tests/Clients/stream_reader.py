"""Reads a stream as an application does: all its shards, parents before children, from where it was."""

import botocore.exceptions


class StreamReader:
    """Keeps its place in each shard, by sequence number, from one reading to the next."""

    def __init__(self, client, arn):
        self.client, self.arn = client, arn
        self.places, self.ended = {}, set()
        self.records = []

    def shards(self):
        shards, more = [], {}
        while True:
            answer = self.client.describe_stream(StreamArn=self.arn, Limit=1, **more)["StreamDescription"]
            shards += answer["Shards"]
            if "LastEvaluatedShardId" not in answer:
                return shards
            more = {"ExclusiveStartShardId": answer["LastEvaluatedShardId"]}

    def read(self, limit=7):
        """Reads on to the end as it is now; the new records."""
        new = []
        for shard in self.shards():
            name = shard["ShardId"]
            if name in self.ended:
                continue
            if name in self.places:
                start = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": self.places[name]}
            else:
                start = {"ShardIteratorType": "TRIM_HORIZON"}
            place = self.client.get_shard_iterator(StreamArn=self.arn, ShardId=name, **start)["ShardIterator"]
            while place:
                answer = self.client.get_records(ShardIterator=place, Limit=limit)
                new += answer["Records"]
                if answer["Records"]:
                    self.places[name] = answer["Records"][-1]["dynamodb"]["SequenceNumber"]
                place = answer.get("NextShardIterator")
                if place is None:
                    self.ended.add(name)
                if not answer["Records"]:
                    break
        self.records += new
        return new


def code(call, **arguments):
    """The code of the error that a call ends in."""
    try:
        call(**arguments)
    except botocore.exceptions.ClientError as error:
        return error.response["Error"]["Code"]
    raise AssertionError("it was not refused")


def steps(records, name):
    """Each item's values before and after, in the order of the records."""
    found = {}
    for record in records:
        change = record["dynamodb"]
        key = change["Keys"][name]["S"]
        value = [
            change[image]["v"]["N"] if image in change else None for image in ["OldImage", "NewImage"]]
        found.setdefault(key, []).append(tuple(value))
    return found


def check_steps(records, name):
    """No change is missing, told twice or out of order: each begins where the one before it ended."""
    numbers = [record["dynamodb"]["SequenceNumber"] for record in records]
    assert len(set(numbers)) == len(numbers)
    assert numbers == sorted(numbers)
    for key, changes in steps(records, name).items():
        before = None
        for old, new in changes:
            assert old == before, f"{key}: {changes}"
            before = new
