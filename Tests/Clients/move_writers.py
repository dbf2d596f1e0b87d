"""Applications that never stop writing and reading while a district is moved, and that know what must be there afterwards.

Each writer has keys of its own, so it knows the state of each; a write that was not answered leaves two states possible, before
and after, never a third. Every item says its number twice, so that a half of one shows. All writers of a school count on one
number, so a count that is lost or made twice shows. What readers find must be linearizable: see move_history.py.
"""

import threading
import time
from random import Random

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from move_history import History, Tally

TABLE = "student-table"
TEACHERS = 3
STUDENTS_PER_WRITER = 4
ENTITIES = ["PROFILE", "GRADE#1", "GRADE#2"]
COUNT = "COUNT"
PAUSE_SECONDS = 0.002
REPORTED_MAX = 10
BATCH_WRITES = 25
BATCH_READS = 100


class School:
    """One school's application: its session, and the keys and items it uses."""

    def __init__(self, server, tenant, school):
        self.server, self.tenant, self.id = server, tenant, school
        self.token = server.api("POST", "/v1/tokens", {"tenant": tenant, "school": school, "role": "service"}).json["token"]
        sts = self._client("sts", signature_version=UNSIGNED)
        credentials = sts.assume_role_with_web_identity(
            RoleArn="arn:aws:iam::000000000000:role/service", RoleSessionName="moves", WebIdentityToken=self.token,
        )["Credentials"]
        self.client = self._client(
            "dynamodb", aws_access_key_id=credentials["AccessKeyId"],
            aws_secret_access_key=credentials["SecretAccessKey"], aws_session_token=credentials["SessionToken"])

    def _client(self, service, signature_version=None, **session):
        # No retries: a request that fails is a failed request.
        config = Config(
            retries={"total_max_attempts": 1}, max_pool_connections=20, connect_timeout=5, read_timeout=20,
            signature_version=signature_version)
        return boto3.session.Session(region_name="us-east-1", **session).client(
            service, endpoint_url=self.server.gateway, config=config)

    def record(self, student):
        return f"TENANT#{self.id}#STUDENT#{student}"

    def teacher(self, number):
        return f"TENANT#{self.id}#TEACHER#{number % TEACHERS}"

    def item(self, student, entity, number):
        """An item whose index entry moves from teacher to teacher as its number grows."""
        return {
            "recordKey": {"S": self.record(student)}, "entityKey": {"S": entity}, "number": {"N": str(number)},
            "again": {"N": str(number)}, "teacherKey": {"S": self.teacher(number)},
            "filler": {"S": f"{number} " * (10 + number % 50)},
        }

    def counter(self):
        """The key of the number that all of the school's writers count on."""
        return self.record("ALL"), COUNT

    def load(self, count, entity="LOADED"):
        """Puts so many items that no writer touches; they, by key."""
        items = [self.item(f"L{number:05}", entity, number) for number in range(count)]
        for start in range(0, count, BATCH_WRITES):
            requests = [{"PutRequest": {"Item": item}} for item in items[start:start + BATCH_WRITES]]
            answer = self.client.batch_write_item(RequestItems={TABLE: requests})
            assert not answer["UnprocessedItems"]
        return {key_of(item): item for item in items}

    def read(self, keys):
        """The items there are under these keys, by key."""
        keys, found = list(keys), {}
        for start in range(0, len(keys), BATCH_READS):
            asked = [attributes(key) for key in keys[start:start + BATCH_READS]]
            answer = self.client.batch_get_item(RequestItems={TABLE: {"Keys": asked, "ConsistentRead": True}})
            assert not answer["UnprocessedKeys"]
            found.update((key_of(item), item) for item in answer["Responses"][TABLE])
        return found

    def district_items(self):
        """The district's items in the school table, by key."""
        found = self.query("tenantId", self.tenant, TableName="school-table")
        return {(item["tenantId"]["S"], item["entityKey"]["S"]): item for item in found}

    def query(self, key, value, **more):
        """All items under a partition key of a table or of an index."""
        items, start = [], {}
        while True:
            page = self.client.query(
                **{"TableName": TABLE, **more, **start}, KeyConditionExpression=f"{key} = :key",
                ExpressionAttributeValues={":key": {"S": value}})
            items += page["Items"]
            if "LastEvaluatedKey" not in page:
                return items
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def key_of(item):
    return item["recordKey"]["S"], item["entityKey"]["S"]


def number_of(item):
    return int(item["number"]["N"])


class Load:
    """Writers and readers of some schools, on threads, from `start` to `stop`."""

    def __init__(self, schools, random, threads=2, may_lose_connection=False):
        self.schools = list(schools)
        self.may_lose_connection = may_lose_connection
        self.stopping = threading.Event()
        self.lock = threading.Lock()
        self.requests, self.failures, self.longest = 0, [], 0.0
        self.tallies = {school.id: Tally() for school in schools}
        self.writers = [
            Writer(self, school, f"W{number}", random.randrange(1 << 30)) for school in schools for number in range(threads)]
        self.readers = [Reader(self, school, random.randrange(1 << 30)) for school in schools]

    def start(self):
        """Also again, after `stop`."""
        self.stopping.clear()
        self.threads = [threading.Thread(target=part.run, daemon=True) for part in self.writers + self.readers]
        for thread in self.threads:
            thread.start()
        return self

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join(40)
            assert not thread.is_alive(), "a request has had no answer for 40 s"

    def fail(self, text):
        with self.lock:
            self.failures.append(text)

    def request(self, call, *expected, **arguments):
        """The answer; None where the connection was lost and may be, or where one of the expected refusals came."""
        began = time.monotonic()
        refusal = answer = None
        try:
            answer = call(TableName=TABLE, **arguments)
        except ClientError as error:
            refusal = error.response["Error"]["Code"]
            if refusal not in expected:
                self.fail(f"{call.__name__}: {error}")
        except BotoCoreError as error:
            refusal = "lost"
            if not self.may_lose_connection:
                self.fail(f"{call.__name__}: {type(error).__name__}: {error}")
            self.stopping.wait(0.01)
        with self.lock:
            self.requests += 1
            self.longest = max(self.longest, time.monotonic() - began)
        return answer, refusal

    def wait_for_writes(self, count, seconds=20):
        """Waits until so many more writes are acknowledged, and one more of every writer."""
        before, end = [writer.acknowledged for writer in self.writers], time.monotonic() + seconds
        while True:
            counts = [writer.acknowledged - start for writer, start in zip(self.writers, before)]
            if sum(counts) >= count and all(counts):
                return
            assert time.monotonic() < end and not self.failures, f"{counts} of {count} writes; {self.report()}"
            time.sleep(0.005)

    def possible(self):
        """What may be under each key that was written, by school id and key: a list of items, None for no item."""
        found = {school.id: {school.counter(): self._counts(school)} for school in self.schools}
        for writer in self.writers:
            found[writer.school.id].update((key, history.possible()) for key, history in writer.histories.items())
        return found

    def _counts(self, school):
        item = attributes(school.counter())
        return [{**item, "count": {"N": str(number)}} if number else None for number in self.tallies[school.id].possible()]

    def see_count(self, school, item, begun, counted):
        number = int(item.get("count", {"N": "0"})["N"])
        wrong = self.tallies[school.id].see(number, begun, counted)
        if wrong:
            self.fail(f"{school.counter()} {number} {wrong}")

    def histories(self, school):
        """Those of the school's keys that one writer has to itself."""
        return {
            key: history for writer in self.writers if writer.school is school
            for key, history in writer.histories.items()}

    def report(self):
        return f"{len(self.failures)} of {self.requests} requests failed: " + "\n".join(self.failures[:REPORTED_MAX])


class Writer:
    """Puts, conditional updates, deletes, counts and reads of one thread."""

    def __init__(self, load, school, name, seed):
        self.load, self.school = load, school
        self.keys = {
            (school.record(f"{name}-{student}"), entity): (f"{name}-{student}", entity)
            for student in range(STUDENTS_PER_WRITER) for entity in ENTITIES}
        self.histories = {key: History() for key in self.keys}
        self.number = self.acknowledged = 0
        self.random = Random(seed)

    def run(self):
        keys = list(self.keys)
        while not self.load.stopping.wait(PAUSE_SECONDS):
            key = self.random.choice(keys)
            states = self.histories[key].possible()
            if len(states) > 1 or self.random.random() < 0.2:
                self._read(key)
            elif self.random.random() < 0.1:
                self._count()
            elif states[0] is None or self.random.random() < 0.3:
                self._put(key, states[0])
            elif self.random.random() < 0.2:
                self._delete(key, states[0])
            else:
                self._update(key, states[0])

    def _read(self, key):
        answer, _ = self.load.request(self.school.client.get_item, Key=attributes(key), ConsistentRead=True)
        if answer is None:
            return
        history, found = self.histories[key], answer.get("Item")
        states = history.possible()
        if not history.settle(found):
            self.load.fail(f"{key} is {brief(found)}, not {[brief(state) for state in states]}")

    def _count(self):
        begun = self.load.tallies[self.school.id].begin(counts=1)
        answer, _ = self.load.request(
            self.school.client.update_item, Key=attributes(self.school.counter()), UpdateExpression="ADD #count :one",
            ExpressionAttributeNames={"#count": "count"}, ExpressionAttributeValues={":one": {"N": "1"}},
            ReturnValues="ALL_NEW")
        if answer is not None:
            self.load.see_count(self.school, answer["Attributes"], begun, counted=1)
            self.acknowledged += 1

    def _write(self, key, before, after, call, **arguments):
        self.histories[key].send(after)
        answer, refusal = self.load.request(call, **arguments)
        if answer is None and refusal == "ConditionalCheckFailedException":
            self.load.fail(f"{key} was not {brief(before)} any more")
        elif answer is not None:
            self.histories[key].settle(after)
            self.acknowledged += 1

    def _put(self, key, before):
        self.number += 1
        item = self.school.item(*self.keys[key], self.number)
        condition = {}
        if before is None and self.random.random() < 0.5:
            condition = {"ConditionExpression": "attribute_not_exists(recordKey)"}
        self._write(key, before, item, self.school.client.put_item, Item=item, **condition)

    def _update(self, key, before):
        """Counts on from what is there: a write that is lost or done twice shows at once."""
        self.number = max(self.number, number_of(before)) + 1
        after = self.school.item(*self.keys[key], self.number)
        step = self.number - number_of(before)
        self._write(
            key, before, after, self.school.client.update_item, Key=attributes(key),
            UpdateExpression="ADD #number :step, again :step SET teacherKey = :teacher, filler = :filler",
            ConditionExpression="#number = :before", ExpressionAttributeNames={"#number": "number"},
            ExpressionAttributeValues={
                ":step": {"N": str(step)}, ":before": before["number"], ":teacher": after["teacherKey"],
                ":filler": after["filler"]})

    def _delete(self, key, before):
        self._write(
            key, before, None, self.school.client.delete_item, Key=attributes(key),
            ConditionExpression="#number = :before", ExpressionAttributeNames={"#number": "number"},
            ExpressionAttributeValues={":before": before["number"]})


class Reader:
    """Reads what the writers write, never half an item, never an older one than anybody has seen; and asks for what is not its
    own, which it must not get."""

    def __init__(self, load, school, seed):
        self.load, self.school = load, school
        self.random = Random(seed)
        self.histories = load.histories(school)
        self.records = sorted({record for record, _ in self.histories})

    def run(self):
        looks = [self._query] * 6 + [self._query_index] * 3 + [self._read_count, self._intrude]
        while not self.load.stopping.wait(PAUSE_SECONDS * 2):
            self.random.choice(looks)()

    def _query(self):
        record = self.random.choice(self.records)
        begun = {(record, entity): self.histories[record, entity].begin() for entity in ENTITIES}
        answer, _ = self.load.request(
            self.school.client.query, KeyConditionExpression="recordKey = :key", ConsistentRead=True,
            ExpressionAttributeValues={":key": {"S": record}})
        if answer is None:
            return
        found = {key_of(item): item for item in answer["Items"]}
        if found.keys() - begun.keys():
            self.load.fail(f"{sorted(found.keys() - begun.keys())} found under {record}")
        for key, floor in begun.items():
            item = found.get(key)
            if item is not None:
                self._check(item)
            if not self.histories[key].see(item, floor):
                states = [brief(state) for state in self.histories[key].states[floor:]]
                self.load.fail(f"{key} is {brief(item)}, not one of {states}")

    def _query_index(self):
        teacher = self.school.teacher(self.random.randrange(TEACHERS))
        answer, _ = self.load.request(
            self.school.client.query, IndexName="teacher-index", KeyConditionExpression="teacherKey = :key",
            ExpressionAttributeValues={":key": {"S": teacher}}, Limit=50)
        for item in (answer or {}).get("Items", []):
            self._check(item)
            if item["teacherKey"]["S"] != teacher:
                self.load.fail(f"{key_of(item)} of {item['teacherKey']} found under {teacher}")

    def _read_count(self):
        begun = self.load.tallies[self.school.id].begin(counts=0)
        answer, _ = self.load.request(
            self.school.client.get_item, Key=attributes(self.school.counter()), ConsistentRead=True)
        if answer is not None:
            self.load.see_count(self.school, answer.get("Item", {}), begun, counted=0)

    def _intrude(self):
        """Asks for what another school has, of another tenant or of the same."""
        others = [school for school in self.load.schools if school is not self.school]
        if not others:
            return
        other = self.random.choice(others)
        answer, refusal = self.load.request(
            self.school.client.get_item, "AccessDeniedException",
            Key=attributes((other.record("W0-0"), "PROFILE")), ConsistentRead=True)
        if answer is not None or refusal not in ["AccessDeniedException", "lost"]:
            self.load.fail(f"{self.school.id} asked for what is {other.id}'s and was answered {answer or refusal}")

    def _check(self, item):
        number = number_of(item)
        whole = self.school.item("", "", number)
        if any(item.get(name) != whole[name] for name in ["number", "again", "teacherKey", "filler"]):
            self.load.fail(f"{key_of(item)} is torn: {item}")
        if not item["recordKey"]["S"].startswith(self.school.record("")):
            self.load.fail(f"{key_of(item)} was answered to {self.school.id}")


def attributes(key):
    return {"recordKey": {"S": key[0]}, "entityKey": {"S": key[1]}}


def brief(item):
    return "absent" if item is None else f"number {number_of(item)}"
