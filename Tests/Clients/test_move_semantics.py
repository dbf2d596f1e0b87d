"""What DynamoDB promises holds while a district moves and is taken back: items that end, transactions, backups."""

import json
import shutil
import subprocess
import threading
import time

import pytest
from conftest import ROOT, binary
from move_world import World
from move_writers import TABLE, attributes
from stream_reader import StreamReader, check_steps, steps
from test_aws_clients import STUDENTS, School
from test_streams import streaming  # noqa: F401
from test_tenant_backups import backup

SLOW = 300


def move(server, tenant, tier, **more):
    answer = server.api("POST", f"/v1/tenants/{tenant}/moves", {"tier": tier, **more})
    assert answer.status == 202, answer.text
    return answer.json["id"]


def wait(server, run, is_reached, look=lambda: None):
    """Waits until the run is as asked; looks at something meanwhile."""
    end = time.monotonic() + 60
    while not is_reached(found := server.api("GET", f"/v1/runs/{run}").json):
        assert found["state"] != "failed" and time.monotonic() < end, json.dumps(found, indent=1)
        look()
    return found


def at(step):
    return lambda run: run.get("step") == step or run["state"] in ["completed", "undone"]


def ended(state):
    def check(run):
        assert run["state"] not in {"completed", "undone"} - {state}, json.dumps(run, indent=1)
        return run["state"] == state
    return check


class Working:
    """Something that is done again and again on a thread of its own, until the end of a block, with a rest in between."""

    def __init__(self, body, rest_seconds=0.002):
        self.body, self.rest_seconds, self.failure, self.rounds = body, rest_seconds, None, 0
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self):
        try:
            while not self.stop.wait(self.rest_seconds):
                self.rounds += 1
                self.body(self.rounds)
        except Exception as error:  # noqa: BLE001
            self.failure = error

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join(40)
        assert not self.thread.is_alive() and self.failure is None, repr(self.failure)

    def wait_for(self, count):
        goal, end = self.rounds + count, time.monotonic() + 30
        while self.rounds < goal:
            assert self.failure is None and time.monotonic() < end, repr(self.failure)
            time.sleep(0.005)


def end_items(server, rate):
    """Starts the server anew: students end at their `until`, and moves copy so many items a second."""
    catalog = server.folder / "catalog.json"
    read = json.loads(catalog.read_text())
    next(table for table in read["tables"] if table["name"] == STUDENTS)["timeToLive"] = "until"
    for tier in read["tiers"]:
        tier["copyRateItemsPerSecond"] = rate
    assert server.terminate() == 0
    catalog.write_text(json.dumps(read))
    server.start(
        "--catalog", str(catalog), "--policies", str(server.folder / "policies"), "--accept-policy-risk",
        "the gateway narrows streams", "--accept-catalog-changes")


def test_items_that_end_during_moves_end_once(streaming, monkeypatch):  # noqa: F811
    server = streaming
    end_items(server, rate=150)
    tenant = server.onboard(schools=["North"]).json["tenant"]
    school = School(server, tenant["id"], tenant["schools"][0]["id"])
    dynamodb, client = school.dynamodb(monkeypatch), school.session(monkeypatch).client("dynamodbstreams")
    reader = StreamReader(client, client.list_streams()["Streams"][0]["StreamArn"])
    for number in range(300):
        dynamodb.put_item(TableName=STUDENTS, Item=school.item(f"STAYS{number}", v={"N": "1"}))
    gone, come_back = set(), []

    def put(number):
        dynamodb.put_item(TableName=STUDENTS, Item=school.item(
            f"ENDS{number}", v={"N": "1"}, until={"N": f"{int(time.time()) + 1 + number % 4}"}))
        for old in range(max(1, number - 200), number, 10):
            key = school.key(f"ENDS{old}")
            is_there = "Item" in dynamodb.get_item(TableName=STUDENTS, Key=key, ConsistentRead=True)
            if is_there and old in gone:
                come_back.append(old)
            if not is_there:
                gone.add(old)

    with Working(put) as writer:
        writer.wait_for(30)
        for tier in ["advanced", "basic"]:
            run = move(server, tenant["id"], tier, undoWindowSeconds=1)
            # Some end while they are copied.
            wait(server, run, at("copy"))
            assert server.api("POST", f"/v1/runs/{run}/pause").status == 202
            assert wait(server, run, ended("paused"))["step"] == "copy"
            count = len(gone)
            server.wait_for(lambda: len(gone) >= count + 5, seconds=60)
            assert server.api("POST", f"/v1/runs/{run}/resume").status == 202
            wait(server, run, ended("completed"), reader.read)
        run = move(server, tenant["id"], "advanced", undoWindowSeconds=600)
        wait(server, run, at("keep"), reader.read)
        server.api("POST", f"/v1/runs/{run}/rollback")
        wait(server, run, ended("undone"), reader.read)
        count = writer.rounds
    assert not come_back

    def left():
        return [n for n in range(1, count) if "Item" in dynamodb.get_item(
            TableName=STUDENTS, Key=school.key(f"ENDS{n}"), ConsistentRead=True)]

    server.wait_for(lambda: not left(), seconds=60)
    reader.read(limit=1000)
    check_steps(reader.records, "recordKey")
    removed = [record for record in reader.records if record["eventName"] == "REMOVE"]
    names = [record["dynamodb"]["Keys"]["recordKey"]["S"] for record in removed]
    assert len(set(names)) == len(names), "an item ended twice"
    assert {school.key(f"ENDS{n}")["recordKey"]["S"] for n in range(1, count)} <= set(names)
    assert all(record["userIdentity"]["Type"] == "Service" for record in removed)
    assert not [name for name in names if "STAYS" in name]


@pytest.fixture
def both_tables(stopped_server):
    """Policies by which an application writes its district's table too."""
    folder = stopped_server.folder / "policies"
    shutil.copytree(ROOT / "Policies", folder)
    # Which say that it may not.
    (folder / "cases/service.json").unlink()
    path = folder / "roles/service.json"
    role = json.loads(path.read_text())
    role["policies"].append("school-table-write.json")
    path.write_text(json.dumps(role))
    return folder


def test_transactions_are_whole_and_their_tokens_known_across_switches(stopped_server, both_tables):
    """Each of 25 items of both tables."""
    world = World(stopped_server, copy_rate=SLOW, loaded=200, policies=both_tables)
    school = world.schools[0]
    client = school.client
    places = [
        {"TableName": TABLE, "Key": {"recordKey": {"S": school.record(f"T{number}")}, "entityKey": {"S": "PROFILE"}}}
        for number in range(22)]
    places += [
        {"TableName": "school-table", "Key": {"tenantId": {"S": school.tenant}, "entityKey": {"S": f"TOTAL#{number}"}}}
        for number in range(3)]
    sent, torn = [], []

    def update(place, number):
        """The students' items move from teacher to teacher besides."""
        count = {**place, "UpdateExpression": "ADD n :one", "ExpressionAttributeValues": {":one": {"N": "1"}}}
        if place["TableName"] == TABLE:
            count["UpdateExpression"] += " SET teacherKey = :teacher"
            count["ExpressionAttributeValues"][":teacher"] = {"S": school.teacher(number)}
        return {"Update": count}

    def transaction(number):
        return {
            "ClientRequestToken": f"round-{number}", "TransactItems": [update(place, number) for place in places]}

    def transact(number):
        client.transact_write_items(**transaction(number))
        sent.append(number)
        # Again at once, and one of long ago: both are known, and nothing is counted twice.
        client.transact_write_items(**transaction(number))
        client.transact_write_items(**transaction(sent[max(0, len(sent) - 100)]))
        # Half of one does nothing.
        half = {**transaction(number), "ClientRequestToken": f"half-{number}"}
        half["TransactItems"][-1] = {"ConditionCheck": {
            **places[-1], "ConditionExpression": "attribute_not_exists(tenantId)"}}
        with pytest.raises(client.exceptions.TransactionCanceledException):
            client.transact_write_items(**half)

    def read(_):
        answer = client.transact_get_items(TransactItems=[{"Get": place} for place in places])
        counts = {item.get("Item", {}).get("n", {}).get("N") for item in answer["Responses"]}
        if len(counts) != 1:
            torn.append(counts)

    # So many items at once are more than a move follows, where nobody rests.
    with Working(transact, 0.05) as writer, Working(read, 0.05) as reader:
        writer.wait_for(10)
        run = world.move("advanced", undoWindowSeconds=600)
        world.wait_for_phase(run, "keep")
        writer.wait_for(10)
        world.ask(run, "rollback")
        world.wait(run, "undone")
        writer.wait_for(10)
        run = world.move("premium", undoWindowSeconds=0)
        world.wait(run, "completed")
        writer.wait_for(10)
        reader.wait_for(3)
    assert not torn, torn
    for place in places:
        assert client.get_item(**place, ConsistentRead=True)["Item"]["n"]["N"] == str(len(sent)), place


class Counting:
    """One item that is put again and again with a number that grows, and when."""

    KEY = "PROFILE"
    # The server writes moments down in whole milliseconds.
    ACCURACY_SECONDS = 0.002

    def __init__(self, school):
        self.school, self.writes = school, []
        self.put(0)

    def put(self, number):
        begun = time.time()
        self.school.client.put_item(TableName=TABLE, Item=self.school.item("COUNTED", self.KEY, number))
        self.writes.append((number, begun, time.time()))

    def check(self, since, until):
        """What is there was so at some moment between the two."""
        least = max(number for number, _, answered in self.writes if answered < since - self.ACCURACY_SECONDS)
        most = max(number for number, begun, _ in self.writes if begun <= until + self.ACCURACY_SECONDS)
        [item] = self.school.read([(self.school.record("COUNTED"), self.KEY)]).values()
        assert item == self.school.item("COUNTED", self.KEY, int(item["number"]["N"]))
        assert least <= int(item["number"]["N"]) <= most, (least, item, most)


def moment_at(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def test_backups_during_a_move_and_moments_around_it(stopped_server):
    world = World(stopped_server, copy_rate=SLOW, loaded=400)
    server, school, mover = world.server, world.schools[0], world.mover["id"]
    counting = Counting(school)
    time.sleep(1.1)
    before_move = int(time.time())
    known = server.cli_json("backup", "window", mover)
    taken = []

    def back_up():
        begun = time.time()
        taken.append((backup(world), begun, time.time()))

    with Working(counting.put, 0.01) as writer:
        writer.wait_for(10)
        run = world.move("advanced", undoWindowSeconds=600)
        world.hold(run, "copy")
        back_up()
        assert world.run(run)["state"] == "paused"
        world.ask(run, "resume")
        world.wait_for_phase(run, "keep")
        back_up()
        assert world.run(run)["step"] == "keep"
        for identity, _, _ in taken:
            assert server.cli("backup", "verify", identity, "--wait").returncode == 0
        # Soon behind the switch the history of before is there too, also while the move can still be taken back.
        end = time.monotonic() + 30
        while (window := server.cli_json("backup", "window", mover))["from"] != known["from"]:
            assert time.monotonic() < end, json.dumps(window)
            time.sleep(0.1)
        assert window["beginning"] == known["beginning"]
        plan = server.cli_json("backup", "restore", mover, "--to", moment_at(before_move), "--dry-run")["result"]
        assert all(table["added"] == table["removed"] == 0 for table in plan["tables"]), plan
        world.ask(run, "rollback")
        world.wait(run, "undone")
        writer.wait_for(10)
        run = world.move("advanced", undoWindowSeconds=0)
        world.wait(run, "completed")
        time.sleep(1.1)
        after_move = int(time.time()) + 1
        time.sleep(2)
    keys = list(world.fixed[school.id])
    changed = school.item(keys[0][0].split("#")[-1], keys[0][1], 7)

    def restored(since, until, *what):
        school.client.put_item(TableName=TABLE, Item=changed)
        school.client.delete_item(TableName=TABLE, Key=attributes(keys[1]))
        done = server.cli_json("backup", "restore", *what, "--yes", "--wait")
        assert done["state"] == "completed", json.dumps(done, indent=1)
        assert school.read(keys) == world.fixed[school.id]
        counting.check(since, until)

    # After the moves, and before the one that was taken back.
    for moment in [after_move, before_move]:
        restored(moment, moment, mover, "--to", moment_at(moment))
    # What was backed up while it was copied, and after the switch, is whole.
    for identity, since, until in taken:
        restored(since, until, identity)


def test_the_receipt_of_a_move_is_verified_without_a_server(stopped_server):
    world = World(stopped_server)
    run = world.move("advanced", undoWindowSeconds=0)
    world.wait(run, "completed")
    answer = world.server.api("GET", f"/v1/runs/{run}/receipt").json
    receipt = answer["receipt"]
    audit = world.server.api("GET", f"/v1/audit?tenant={world.mover['id']}").json["entries"]
    [entry] = [entry for entry in audit if entry["action"] == "tenant.move.moved"]
    assert entry["detail"]["receipt"] == receipt["digest"]
    folder = world.server.folder
    keys, signed = folder / "jwks.json", folder / "receipt.jws"
    keys.write_text(world.server.api("GET", "/.well-known/jwks.json").text)
    signed.write_text(receipt["statement"])
    world.server.kill()

    def verify(*more):
        words = [binary(), "receipt", "verify", str(signed), "--keys", str(keys), *more]
        return subprocess.run(words, capture_output=True, text=True, check=False)

    shown = verify().stdout
    assert world.mover["id"] in shown and receipt["digest"] in shown and "pool-advanced-1" in shown
    read = json.loads(verify("--json").stdout)
    assert read["verifiedDigest"] == receipt["verifiedDigest"] and read["number"] == receipt["number"]
    head, payload, signature = receipt["statement"].split(".")
    signed.write_text(".".join([head, payload[:-4] + ("AAAA" if payload[-4:] != "AAAA" else "BBBB"), signature]))
    assert verify().returncode == 1
