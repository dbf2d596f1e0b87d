"""What a tenant uses: counted to the unit, the item and the byte, over restarts and kills, and counted anew when asked."""

import json
import pathlib
import random
import re
import threading
import time

import boto3
import botocore.client
import botocore.exceptions
import pytest
from fault_world import log_lines, read_only
from test_aws_clients import STUDENTS, School

NOTHING = {"readUnits": 0, "writeUnits": 0, "requests": 0, "throttled": 0}
# What a crash may lose.
LATE_SECONDS = 1


class District:
    """A district with one school, its application, and what that was told of the capacity that it took."""

    def __init__(self, server, name="Springfield USD"):
        self.server = server
        self.tenant = server.onboard(name).json["tenant"]
        self.id = self.tenant["id"]
        self.school = School(server, self.id, self.tenant["schools"][0]["id"])
        self.told = dict(NOTHING)
        self.lock = threading.Lock()
        self.connect()

    def connect(self):
        config = botocore.client.Config(retries={"total_max_attempts": 1}, signature_version=botocore.UNSIGNED)
        sts = boto3.client("sts", endpoint_url=self.server.gateway, region_name="us-east-1", config=config)
        credentials = sts.assume_role_with_web_identity(
            RoleArn="arn:aws:iam::000000000000:role/service", RoleSessionName="usage",
            WebIdentityToken=self.school.token_file.read_text().strip())["Credentials"]
        self.table = boto3.client(
            "dynamodb", endpoint_url=self.server.gateway, region_name="us-east-1",
            aws_access_key_id=credentials["AccessKeyId"], aws_secret_access_key=credentials["SecretAccessKey"],
            aws_session_token=credentials["SessionToken"],
            config=botocore.client.Config(retries={"total_max_attempts": 1}, max_pool_connections=16))

    def item(self, number, note=""):
        return {**self.school.key(1), "entityKey": {"S": f"NOTE#{number:06}"}, "note": {"S": note}}

    def key(self, number):
        return {name: self.item(number)[name] for name in ("recordKey", "entityKey")}

    def call(self, kind, call, **arguments):
        """Calls it and adds up what the answer says that it took."""
        answer = call(ReturnConsumedCapacity="TOTAL", **arguments)
        used = answer["ConsumedCapacity"]
        units = sum(one["CapacityUnits"] for one in (used if isinstance(used, list) else [used]))
        with self.lock:
            self.told[kind] += units
            self.told["requests"] += 1
        return answer

    def put(self, number, note=""):
        return self.call("writeUnits", self.table.put_item, TableName=STUDENTS, Item=self.item(number, note))

    def used(self):
        """All that it used by what the server says."""
        hours = self.server.cli_json("tenant", "usage", self.id, "--from", "2d")["usage"]
        return {name: sum(hour[name] for hour in hours) for name in NOTHING}

    def current(self):
        return self.server.api("GET", f"/v1/tenants/{self.id}/usage").json["current"]

    def extent(self):
        return self.current()["items"], self.current()["bytes"]

    def recount(self):
        """Has all items counted; what the run has left."""
        answer = self.server.api("POST", f"/v1/tenants/{self.id}/usage/recount", {})
        assert answer.status == 202, answer.text
        run = lambda: self.server.api("GET", answer.headers["Location"]).json
        return self.server.wait_for(lambda: (now := run())["state"] == "completed" and now["result"], seconds=60)

    def found(self):
        """How many notes a query of all finds, and what they take by DynamoDB's rule: names and values, in UTF-8."""
        pages = self.table.get_paginator("query").paginate(
            TableName=STUDENTS, ConsistentRead=True, KeyConditionExpression="recordKey = :key",
            ExpressionAttributeValues={":key": self.school.key(1)["recordKey"]})
        items = [item for page in pages for item in page["Items"] if item["entityKey"]["S"].startswith("NOTE#")]
        return len(items), sum(
            len(name.encode()) + len(value["S"].encode()) for item in items for name, value in item.items())


def figure(metrics, name, labels=""):
    return float(re.search(rf"(?m)^{name}{re.escape(labels)} (\S+)$", metrics)[1])


def test_units_items_and_bytes_are_those_of_the_answers(server):
    district = District(server)
    base = district.extent()
    table = district.table
    for number in range(5):
        district.put(number, "x" * 700 * number)
    district.put(1, "another")
    district.call("writeUnits", table.delete_item, TableName=STUDENTS, Key=district.key(2))
    district.call("writeUnits", table.delete_item, TableName=STUDENTS, Key=district.key(99))
    district.call(
        "writeUnits", table.update_item, TableName=STUDENTS, Key=district.key(3),
        UpdateExpression="SET note = :n", ExpressionAttributeValues={":n": {"S": "ü" * 30}})
    district.call("writeUnits", table.batch_write_item, RequestItems={STUDENTS: [
        {"PutRequest": {"Item": district.item(10, "a")}}, {"DeleteRequest": {"Key": district.key(0)}}]})
    district.call("writeUnits", table.transact_write_items, TransactItems=[
        {"Put": {"TableName": STUDENTS, "Item": district.item(11, "b")}},
        {"Delete": {"TableName": STUDENTS, "Key": district.key(4)}}])
    for consistent in (False, True):
        district.call("readUnits", table.get_item, TableName=STUDENTS, Key=district.key(1), ConsistentRead=consistent)
    district.call("readUnits", table.get_item, TableName=STUDENTS, Key=district.key(99))
    district.call("readUnits", table.batch_get_item, RequestItems={STUDENTS: {"Keys": [district.key(1), district.key(3)]}})
    district.call("readUnits", table.transact_get_items, TransactItems=[
        {"Get": {"TableName": STUDENTS, "Key": district.key(1)}}])
    district.call(
        "readUnits", table.query, TableName=STUDENTS, KeyConditionExpression="recordKey = :key",
        ExpressionAttributeValues={":key": district.school.key(1)["recordKey"]})
    assert district.used() == district.told
    metrics = server.api("GET", "/metrics").text
    assert 0 < figure(metrics, "homeroom_usage_collect_seconds") < 1
    assert figure(metrics, "homeroom_usage_read_units_total", '{tier="basic"}') == district.told["readUnits"]
    assert figure(metrics, "homeroom_usage_write_units_total", '{tier="basic"}') == district.told["writeUnits"]
    items, size = district.found()
    assert district.extent() == (base[0] + items, base[1] + size)
    drift = district.recount()
    assert drift["drift"] == {"items": 0, "bytes": 0} and drift["counted"] == drift["reckoned"]
    # A stop loses nothing.
    used = district.used()
    assert server.terminate() == 0
    server.start()
    assert district.used() == used and district.extent() == (base[0] + items, base[1] + size)
    shown = server.cli("tenant", "usage", "Springfield USD", "--recount").stdout
    assert "as reckoned" in shown and "no drift" in shown
    assert all(len(line) <= 80 for line in shown.splitlines()), shown
    # The same as a program reads it, and followed by nobody.
    assert server.cli_json("tenant", "usage", "Springfield USD", "--recount")["drift"] == {"items": 0, "bytes": 0}
    left = server.cli("tenant", "usage", "Springfield USD", "--recount", "--no-wait").stdout
    run = left.split()[1]
    assert f"homeroom run watch {run}" in left
    ended = lambda: server.api("GET", f"/v1/runs/{run}").json
    assert server.wait_for(lambda: (now := ended())["state"] == "completed" and now)["kind"] == "usage.recount"
    assert server.cli("tenant", "usage", "Springfield USD", "--no-wait", check=False).returncode == 2


def test_what_is_turned_away_is_counted_once_and_refused_conditions_are_charged(server):
    district = District(server)
    district.put(1)
    with pytest.raises(district.table.exceptions.ConditionalCheckFailedException):
        district.table.put_item(
            TableName=STUDENTS, Item=district.item(1), ConditionExpression="attribute_not_exists(recordKey)")
    assert district.used() == {**district.told, "writeUnits": 2, "requests": 2}
    server.cli("tenant", "override", "set", district.id, "write-units=1", "--reason", "a test")
    # More than the burst of five minutes.
    district.put(2, "x" * 320_000)
    for _ in range(3):
        with pytest.raises(botocore.exceptions.ClientError) as refused:
            district.put(3)
        assert refused.value.response["Error"]["Code"] == "ProvisionedThroughputExceededException"
    used = district.used()
    assert used["throttled"] == 3 and used["requests"] == 3
    assert 'homeroom_usage_throttled_total{tier="basic"} 3' in server.api("GET", "/metrics").text


def addresses(server):
    """The words by which another start listens where this one does: tokens name the gateway that issued them."""
    return [word for name in ("gateway", "control") for word in (f"--{name}", getattr(server, name).split("//")[1])]


def test_a_kill_loses_the_last_second_at_most_and_never_counts_twice(server):
    district = District(server)
    base = district.extent()
    district.recount()
    same = addresses(server)
    acknowledged, stop = [], threading.Event()

    def write(worker):
        draw = random.Random(worker)
        number = 0
        while not stop.is_set():
            number += 1
            try:
                answer = district.put(worker * 10_000 + number % 400, "n" * draw.randrange(3000))
            except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError):
                return
            acknowledged.append((time.monotonic(), answer["ConsumedCapacity"]["CapacityUnits"]))

    writers = [threading.Thread(target=write, args=(worker,)) for worker in range(4)]
    for round in range(2):
        for writer in writers:
            writer.start()
        time.sleep(4)
        killed = time.monotonic()
        server.kill()
        stop.set()
        for writer in writers:
            writer.join()
        server.start(*same)
        district.connect()
        used = district.used()["writeUnits"]
        most = sum(units for _, units in acknowledged) + len(writers) * 4 * (round + 1)
        least = sum(units for at, units in acknowledged if at < killed - LATE_SECONDS)
        if round == 0:
            first = sum(units for _, units in acknowledged) - used
        assert least - (max(first, 0) if round else 0) <= used <= most, (least, used, most)
        stop.clear()
        writers = [threading.Thread(target=write, args=(worker + 4,)) for worker in range(4)]
    recount = district.recount()
    items, size = district.found()
    assert (recount["counted"]["items"], recount["counted"]["bytes"]) == (base[0] + items, base[1] + size)
    assert district.extent() == (base[0] + items, base[1] + size)
    assert district.recount()["drift"] == {"items": 0, "bytes": 0}
    shown = district.current()["recount"]
    assert shown["driftItems"] == 0 and shown["driftBytes"] == 0


def test_where_usage_cannot_be_kept_requests_go_on_and_nothing_is_lost(server):
    district = District(server)
    district.put(1)
    assert district.used() == district.told

    def unwritten():
        return figure(server.api("GET", "/metrics").text, "homeroom_usage_unwritten")

    def said():
        """How often the log tells of the trouble, and of its end."""
        trouble = log_lines(server, "usage cannot be kept; it waits in memory, and requests go on")
        return len(trouble), len(log_lines(server, "usage can be kept again"))

    same = addresses(server)
    assert unwritten() == 0 and server.terminate() == 0
    with read_only(server.data / "stores" / "usage.sqlite"):
        server.start(*same)
        district.connect()
        for number in range(20):
            district.put(number)
        server.wait_for(lambda: unwritten() == 1)
        # Several collections later it is still said once.
        time.sleep(2)
        district.put(20)
        assert unwritten() == 1
        assert said() == (1, 0)
    server.wait_for(lambda: unwritten() == 0)
    assert said() == (1, 1)
    assert district.used() == district.told
    server.kill()
    server.start(*same)
    assert district.used() == district.told


def test_a_recount_beside_writes_finds_no_drift(server):
    district = District(server)
    for number in range(400):
        district.put(number, "n")
    stop = threading.Event()

    def write(worker):
        draw = random.Random(worker)
        while not stop.is_set():
            number = draw.randrange(800)
            if draw.random() < 0.3:
                district.call("writeUnits", district.table.delete_item, TableName=STUDENTS, Key=district.key(number))
            else:
                district.put(number, "n" * draw.randrange(2000))

    writers = [threading.Thread(target=write, args=(worker,)) for worker in range(4)]
    for writer in writers:
        writer.start()
    for _ in range(5):
        assert district.recount()["drift"] == {"items": 0, "bytes": 0}
    stop.set()
    for writer in writers:
        writer.join()
    assert district.used() == district.told


def test_who_may_see_what(server):
    district, other = District(server), District(server, "Shelbyville")
    district.put(1)
    path = f"/v1/tenants/{district.id}/usage"
    assert server.api("GET", f"{path}?period=week").status == 400
    assert server.api("GET", f"{path}?from=1h&to=2h").status == 400
    assert server.api("GET", "/v1/tenants/t-unknown/usage").status == 404
    days = server.api("GET", f"{path}?period=day").json["usage"]
    assert len(days) == 1 and days[0]["writeUnits"] == 1
    assert other.used() == NOTHING
    assert server.api("GET", path, key="").status == 401
    assert server.cli("tenant", "usage", district.id, "--period", "week", check=False).returncode == 2


def test_a_school_beyond_the_tier_is_let_in_by_its_grace(stopped_server, monkeypatch):
    catalog = json.loads((pathlib.Path(__file__).parents[2] / "Templates/catalogs/default.json").read_text())
    basic = catalog["tiers"][0]
    basic["upgrade"] = {
        "to": "advanced", "mode": "recommend", "schoolsGrace": 1,
        "rules": [{"metric": "schools", "above": basic["schoolsMax"]}]}
    file = stopped_server.folder / "catalog.json"
    file.write_text(json.dumps(catalog))
    server = stopped_server.start("--catalog", str(file))
    schools = [f"School {number}" for number in range(basic["schoolsMax"])]
    tenant = server.onboard(schools=schools).json["tenant"]
    assert server.onboard("Too large", schools=[*schools, "One more", "Another"]).status == 409
    said = server.cli("school", "add", tenant["id"], "Eleventh").stdout
    assert "its grace lets in" in said and "a move to `advanced` is recommended" in said
    refused = server.api("POST", f"/v1/tenants/{tenant['id']}/schools", {"name": "Twelfth"})
    assert refused.status == 409 and "takes 10 schools" in refused.json["detail"]
    assert len(server.api("GET", f"/v1/tenants/{tenant['id']}").json["schools"]) == 11
