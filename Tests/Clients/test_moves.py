"""Moves of a district that is being used: up, back and down without a failed request; held, cancelled, refused."""

import sqlite3
from random import Random

import pytest
from botocore.exceptions import ClientError
from move_stores import StoreFile, registry_records
from move_world import SLOW, World
from move_writers import TABLE

# The longest that a request may take: the fence's budget, and what a busy machine takes besides.
WAIT_SECONDS = 2


@pytest.fixture
def world(stopped_server):
    """Fast moves: a test waits for what it wants to see."""
    return World(stopped_server)


@pytest.fixture
def slow_world(stopped_server):
    """Moves whose copy takes about four seconds, so that one can be held in the midst of it."""
    return World(stopped_server, copy_rate=SLOW, loaded=400)


def test_no_request_fails_up_back_up_again_and_down(world):
    load = world.begin_load(Random(1))
    up = world.move("advanced")
    world.wait_for_phase(up, "keep")
    assert world.tier() == "advanced"
    load.wait_for_writes(150)
    world.ask(up, "rollback")
    world.wait(up, "undone")
    assert world.tier() == "basic"
    load.wait_for_writes(50)

    runs = [up]
    for tier in ["advanced", "premium", "enterprise", "basic"]:
        runs.append(world.move(tier, undoWindowSeconds=0))
        world.wait(runs[-1], "completed")
        assert world.tier() == tier
        load.wait_for_writes(50)
    world.end_load()
    print(f"{load.requests} requests, none failed; the longest took {load.longest * 1000:.0f} ms")
    assert load.longest < WAIT_SECONDS
    stores = world.check()
    assert stores.keys() == {"pool-basic-1", "pool-advanced-1"}, "a store of its own goes when its tenant does"
    receipts = world.check_receipts(runs)
    assert [receipt["outcome"] for receipt in receipts] == ["rolledBack"] + ["moved"] * 4
    for receipt in receipts:
        assert 0 < receipt["writePauseMilliseconds"] < 250
        assert receipt["verifiedItems"] >= 200


def test_two_districts_of_a_pool_move_at_the_same_time(world):
    load = world.begin_load(Random(2))
    for tiers in [("advanced", "premium"), ("premium", "basic"), ("basic", "advanced")]:
        runs = [
            world.move(tier, tenant, undoWindowSeconds=0) for tenant, tier in zip(world.tenants, tiers)]
        for run in runs:
            world.wait(run, "completed")
        load.wait_for_writes(50)
    world.end_load()
    world.check()


def test_a_paused_move_rests_and_a_cancelled_one_leaves_nothing(slow_world):
    world = slow_world
    load = world.begin_load(Random(3))
    run = world.move("premium")
    paused = world.hold(run, "copy")
    students = f"student-table-premium-{world.mover['id']}"
    copied = StoreFile(world.target(run)).tables[students]
    load.wait_for_writes(100)
    assert StoreFile(world.target(run)).tables[students] == copied, "nothing arrives while it is paused"
    assert world.run(run)["state"] == "paused"

    # From here on there is time enough for everything.
    world.throttle(run, 20)
    world.ask(run, "resume")
    found = world.server.wait_for(lambda: world.run(run)["progress"]["done"] > paused["progress"]["done"])
    assert found and world.run(run)["step"] == "copy"
    world.ask(run, "cancel")
    assert world.wait(run, "undone")["reason"] == "cancelled"
    load.wait_for_writes(50)
    assert world.tier() == "basic"
    again = world.move("premium", undoWindowSeconds=0)
    world.hold(again, "copy")
    world.ask(again, "cancel")
    world.wait(again, "undone")
    world.end_load()
    world.check()
    assert not world.target(run).exists()
    assert {receipt["outcome"] for receipt in world.check_receipts([run, again])} == {"cancelled"}


def change(database, table, key):
    return database.execute(
        f"UPDATE {table} SET item = replace(item, '\"number\"', '\"munber\"') WHERE pk = ? AND sk = ?", key)


def remove(database, table, key):
    return database.execute(f"DELETE FROM {table} WHERE pk = ? AND sk = ?", key)


def add(database, table, key):
    columns = "CAST(pk || 'x' AS BLOB), sk, size, item"
    if "_i" in table:
        columns = "ipk, isk, " + columns
    return database.execute(f"INSERT INTO {table} SELECT {columns} FROM {table} WHERE pk = ? AND sk = ?", key)


@pytest.mark.parametrize("spoil", [change, remove, add])
def test_a_difference_stops_the_move_and_names_the_key(slow_world, spoil):
    world = slow_world
    world.begin_load(Random(4), may_lose_connection=True)
    run = world.move("advanced")
    world.hold(run, "copy")
    world.throttle(run, 100)
    world.ask(run, "resume")
    world.server.wait_for(lambda: (world.run(run).get("progress") or {}).get("done", 0) > 50)
    world.hold(run, "copy")
    world.throttle(run)
    target = world.target(run)
    copied = StoreFile(target).tables["student-table-advanced"]
    record, entity = min(key for key in copied if key[1] == "LOADED")
    world.server.kill()
    database = sqlite3.connect(target)
    with database:
        for table in ["t2", "t2_i0"]:
            assert spoil(database, table, (record.encode(), entity.encode())).rowcount == 1
    database.close()
    world.start()
    world.ask(run, "resume")
    ended = world.wait(run, "undone")
    assert "1 items differ" in ended["reason"] and "the source stays in charge" in ended["reason"]
    assert f"`{record}{'x' if spoil is add else ''}` `{entity}`" in ended["reason"]
    assert world.tier() == "basic"
    world.end_load()
    world.check()


def test_a_dry_run_shows_the_plan_and_changes_nothing(world):
    kinds = ["idempotency", "name", "outbox", "placement", "receipt", "recovery", "run", "run-of", "store", "tenant"]

    def contents():
        # What the server writes by itself, such as sealed heads of its audit, is not the plan's.
        files = {
            path.name: path.read_bytes() for path in (world.server.data / "stores").iterdir()
            if not path.name.startswith(("registry", "decisions", "usage"))}
        audit = world.server.api("GET", f"/v1/audit?tenant={world.mover['id']}").json["entries"]
        return files, audit, {kind: registry_records(world.server, kind) for kind in kinds}

    before = contents()
    assert len(before[2]["run"]) == 2 and len(before[2]["placement"]) == 2
    path = f"/v1/tenants/{world.mover['id']}/moves"
    plan = world.post(path, {"tier": "premium", "dryRun": True, "undoWindowSeconds": 60}).json
    assert (plan["from"]["store"], plan["to"]["store"]) == ("pool-basic-1", f"premium-{world.mover['id']}")
    assert plan["from"]["tables"]["student-table"] == "student-table-basic"
    assert plan["items"] == len(world.items[world.mover["id"]]) + 200 and plan["bytes"] > 200 * 100
    assert plan["undoWindowSeconds"] == 60
    assert 0 < plan["expectedSeconds"] < plan["expectedSecondsUnderLoad"] < 60
    assert contents() == before


def test_what_cannot_be_moved_is_refused_and_nothing_begins(slow_world):
    world = slow_world
    runs = len(world.server.api("GET", "/v1/runs").json["runs"])
    path = f"/v1/tenants/{world.mover['id']}/moves"

    def refused(body, status, kind, *texts, path=path):
        for more in [{}, {"dryRun": True}]:
            answer = world.post(path, {**body, **more})
            assert (answer.status, answer.json["type"]) == (status, f"urn:homeroom:problem:{kind}"), answer.text
            for text in texts:
                assert text in answer.json["detail"], answer.text

    refused({"tier": "advancd"}, 400, "invalid-request", "`advancd`", "did you mean `advanced`?")
    refused({"tier": "basic"}, 409, "not-applicable", "in tier `basic` already")
    refused({"tier": "premium"}, 404, "not-found", path="/v1/tenants/t000000000000000/moves")
    refused({"tier": "premium", "undoWindowSeconds": -1}, 400, "invalid-request", "undoWindowSeconds")
    assert world.post(f"/v1/tenants/{world.mover['id']}/suspend", {"reason": "unpaid"}).status == 200
    refused({"tier": "premium"}, 409, "not-applicable", "suspended")
    assert world.post(f"/v1/tenants/{world.mover['id']}/resume").status == 200
    assert len(world.server.api("GET", "/v1/runs").json["runs"]) == runs

    big = world.server.onboard("Big", tier="advanced", schools=[f"School {n}" for n in range(11)]).json["tenant"]["id"]
    refused({"tier": "basic"}, 409, "limit-reached", "takes 10 schools", "has 11", path=f"/v1/tenants/{big}/moves")
    run = world.move("advanced")
    busy = world.post(path, {"tier": "premium"})
    assert (busy.status, busy.json["type"], busy.json["run"]) == (409, "urn:homeroom:problem:run-under-way", run)
    world.ask(run, "cancel")
    world.wait(run, "undone")
    world.check()


def test_a_suspended_district_is_refused_while_it_is_moved(slow_world):
    world = slow_world
    run = world.move("premium", undoWindowSeconds=0)
    world.hold(run, "copy")
    assert world.post(f"/v1/tenants/{world.mover['id']}/suspend", {"reason": "unpaid"}).status == 200
    school = world.schools[0]
    item = school.item("late", "PROFILE", 1)
    for call in [
            lambda: school.client.put_item(TableName=TABLE, Item=item),
            lambda: school.read([(item["recordKey"]["S"], "PROFILE")])]:
        with pytest.raises(ClientError) as refused:
            call()
        assert refused.value.response["Error"]["Code"] == "AccessDeniedException"
        assert "suspended" in refused.value.response["Error"]["Message"]
    world.ask(run, "resume")
    world.wait(run, "completed")
    with pytest.raises(ClientError):
        school.client.put_item(TableName=TABLE, Item=item)
    assert world.post(f"/v1/tenants/{world.mover['id']}/resume").status == 200
    assert world.tier() == "premium"
    world.check()


@pytest.mark.parametrize("phase", ["copy", "keep"])
def test_a_school_that_is_added_during_a_move_goes_along(slow_world, phase):
    world = slow_world
    load = world.begin_load(Random(5))
    run = world.move("premium", undoWindowSeconds=600)
    world.hold(run, "copy") if phase == "copy" else world.wait_for_phase(run, phase)
    world.add_school("West")
    assert world.run(run)["step"] == phase
    if phase == "copy":
        world.ask(run, "resume")
    world.wait_for_phase(run, "keep")
    load.wait_for_writes(50)
    world.ask(run, "rollback")
    world.wait(run, "undone")
    world.end_load()
    world.check()
