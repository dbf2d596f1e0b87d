"""Writers that a server is killed under: each knows what must be there, and looks for it whenever the server is back.

Each writer has keys of its own. A write that was not answered leaves two states possible, before and after, never a third; one
that changes several items at once, a transaction, leaves all of them before or all of them after.
"""

import itertools
import threading
from random import Random

from wire import Lost, Refused, Wire

STUDENTS_TABLE, SCHOOLS_TABLE = "student-table", "school-table"
KEYS = {STUDENTS_TABLE: ("recordKey", "entityKey"), SCHOOLS_TABLE: ("tenantId", "entityKey")}
# The attribute of each table that is a key of an index: it changes with every write.
INDEXED = {STUDENTS_TABLE: "teacherKey", SCHOOLS_TABLE: "entityType"}
PLACES = 4
SETTINGS = 4
STUDENTS, ENTITIES = 4, ["PROFILE", "GRADE#1", "GRADE#2"]
UP_SECONDS = 60
REPORTED_MAX = 10


class Load:
    """Writers on threads, spread over sessions, from `start` to `stop`."""

    def __init__(self, server, schools, random, writers):
        self.server, self.schools = server, schools
        self.up, self.stopping, self.lock = threading.Event(), threading.Event(), threading.Lock()
        self.failures, self.counts = [], {}
        self.doubts, self.checked = 0, 0
        self.writers = [
            Writer(self, number, schools[number % len(schools)], random.randrange(1 << 30)) for number in range(writers)]

    def start(self):
        self.up.set()
        self.threads = [threading.Thread(target=writer.run, daemon=True) for writer in self.writers]
        for thread in self.threads:
            thread.start()
        return self

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join(UP_SECONDS)
            assert not thread.is_alive(), "a request has had no answer"

    def fail(self, text):
        with self.lock:
            self.failures.append(text)

    def count(self, kind):
        with self.lock:
            self.counts[kind] = self.counts.get(kind, 0) + 1

    @property
    def acknowledged(self):
        with self.lock:
            return sum(self.counts.values())

    def report(self):
        return "\n".join(self.failures[:REPORTED_MAX])


class Writer:
    """Puts, counters, deletes, batches and transactions of one thread, on keys of its own."""

    def __init__(self, load, number, school, seed):
        self.load, self.school, self.random = load, school, Random(seed)
        self.keys = [
            (STUDENTS_TABLE, f"TENANT#{school.id}#STUDENT#W{number}-{student}", entity)
            for student, entity in itertools.product(range(STUDENTS), ENTITIES)]
        self.keys += [(SCHOOLS_TABLE, school.tenant, f"CRASH#W{number}-{setting}") for setting in range(SETTINGS)]
        # What is surely there under each key, and the writes whose outcome is not known: a list of keys and of what they are after.
        self.known = {key: None for key in self.keys}
        # All that surely was under each key, one after the other.
        self.history = {key: [] for key in self.keys}
        self.doubt = None
        # A transaction that was not answered, with its token.
        self.unanswered = None
        self.number = self.tokens = 0
        self.rounds = 0
        self.wire = None

    def run(self):
        while not self.load.stopping.is_set():
            if not self.load.up.wait(1):
                continue
            self.wire = Wire(self.load.server, self.school.session)
            try:
                if self.unanswered and self.random.random() < 0.5:
                    # Sent again with its token it is carried out once, whether it was before or not.
                    self.send("transaction again", **self.unanswered)
                self.look()
                while not self.load.stopping.is_set():
                    self.write()
            except Lost:
                self.wire.close()
                self.load.stopping.wait(0.01)
            except Refused as error:
                self.load.fail(f"{self.keys[0]}: {error}")
                return
            except Exception as error:
                self.load.fail(f"{type(error).__name__}: {error}")
                raise

    # What is there

    def look(self):
        """Reads all of the writer's keys: what was acknowledged is there, and what was not is there wholly or not at all."""
        answer = self.wire.call("BatchGetItem", RequestItems={
            table: {"Keys": [attributes(key) for key in self.keys if key[0] == table], "ConsistentRead": True}
            for table in KEYS})
        assert not answer["UnprocessedKeys"]
        found = {key_of(table, item): item for table, items in answer["Responses"].items() for item in items}
        changes, is_one = self.doubt or ({}, False)
        landed = set()
        for key in self.keys:
            item = found.get(key)
            if key in changes and item == changes[key] and item != self.known[key]:
                landed.add(True)
            elif item == self.known[key]:
                if key in changes and changes[key] != self.known[key]:
                    landed.add(False)
            else:
                self.load.fail(
                    f"{key} is {brief(item)}, acknowledged was {brief(self.known[key])}, in doubt "
                    f"{brief(changes[key]) if key in changes else 'nothing'}")
        if is_one and len(landed) > 1:
            self.load.fail(f"half of a transaction is there: {[(key, brief(found.get(key))) for key in changes]}")
        with self.load.lock:
            self.load.checked += len(self.keys)
            self.load.doubts += self.doubt is not None
        self.learn({key: found.get(key) for key in self.keys})
        self.doubt = self.unanswered = None
        self.rounds += 1

    def learn(self, items):
        for key, item in items.items():
            if item != self.known[key]:
                self.known[key] = item
                self.history[key].append(item)

    # Writes

    def write(self):
        kinds = [(self.put, 3), (self.update, 5), (self.delete, 1), (self.batch, 2), (self.transaction, 4)]
        kind, = self.random.choices([kind for kind, _ in kinds], [weight for _, weight in kinds])
        kind()

    def send(self, kind, changes, operation, is_one=True, **parameters):
        self.doubt = (changes, is_one)
        answer = self.wire.call(operation, **parameters)
        assert not answer.get("UnprocessedItems"), answer
        self.learn(changes)
        self.doubt = self.unanswered = None
        self.load.count(kind)

    def item(self, key):
        """A new item whose index entry moves from place to place."""
        self.number += 1
        return {
            **attributes(key), "number": {"N": str(self.number)}, "again": {"N": str(self.number)},
            INDEXED[key[0]]: {"S": f"TENANT#{self.school.id}#TEACHER#{self.number % PLACES}"},
            "filler": {"S": f"{self.number} " * (5 + self.number % 40)}}

    def put(self):
        key = self.random.choice(self.keys)
        item = self.item(key)
        self.send("put", {key: item}, "PutItem", TableName=key[0], Item=item)

    def update(self):
        """Counts on from what is there: a write that is lost or done twice shows at once."""
        there = [key for key in self.keys if self.known[key]]
        if not there:
            return self.put()
        key = self.random.choice(there)
        after, update = self.counted(key)
        self.send("update", {key: after}, "UpdateItem", **update)

    def counted(self, key):
        before, after = self.known[key], self.item(key)
        step = int(after["number"]["N"]) - int(before["number"]["N"])
        return after, {
            "TableName": key[0], "Key": attributes(key),
            "UpdateExpression": f"ADD #number :step, again :step SET {INDEXED[key[0]]} = :place, filler = :filler",
            "ConditionExpression": "#number = :before", "ExpressionAttributeNames": {"#number": "number"},
            "ExpressionAttributeValues": {
                ":step": {"N": str(step)}, ":before": before["number"], ":place": after[INDEXED[key[0]]],
                ":filler": after["filler"]}}

    def delete(self):
        key = self.random.choice(self.keys)
        self.send("delete", {key: None}, "DeleteItem", TableName=key[0], Key=attributes(key))

    def batch(self):
        """Several puts and deletes, each of which counts by itself."""
        changes, requests = {}, {}
        for key in self.random.sample(self.keys, self.random.randint(2, 6)):
            changes[key] = self.item(key) if self.random.random() < 0.8 else None
            requests.setdefault(key[0], []).append(
                {"PutRequest": {"Item": changes[key]}} if changes[key] else {"DeleteRequest": {"Key": attributes(key)}})
        self.send("batch", changes, "BatchWriteItem", is_one=False, RequestItems=requests)

    def transaction(self):
        """Several changes of several tables that are all there or none of them."""
        changes, actions = {}, []
        for key in self.random.sample(self.keys, self.random.randint(2, 6)):
            before, choice = self.known[key], self.random.random()
            if before is None or choice < 0.4:
                changes[key] = self.item(key)
                actions.append({"Put": {"TableName": key[0], "Item": changes[key]}})
            elif choice < 0.8:
                changes[key], update = self.counted(key)
                actions.append({"Update": update})
            elif choice < 0.9:
                changes[key] = None
                actions.append({"Delete": {"TableName": key[0], "Key": attributes(key)}})
            else:
                actions.append({"ConditionCheck": {
                    "TableName": key[0], "Key": attributes(key), "ConditionExpression": "again = :before",
                    "ExpressionAttributeValues": {":before": before["again"]}}})
        self.tokens += 1
        self.unanswered = {
            "changes": changes, "operation": "TransactWriteItems", "TransactItems": actions,
            "ClientRequestToken": f"{self.keys[0][1][-20:]}-{self.tokens}"}
        self.send("transaction", **self.unanswered)


def attributes(key):
    return {name: {"S": value} for name, value in zip(KEYS[key[0]], key[1:])}


def key_of(table, item):
    return (table, *(item[name]["S"] for name in KEYS[table]))


def brief(item):
    return "absent" if item is None else f"number {item['number']['N']}"
