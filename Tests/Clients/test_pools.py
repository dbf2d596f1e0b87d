"""Pools that are spread and merged while their districts are used, and what is said to a move while it runs."""

import sqlite3
import time
from random import Random

import pytest
from move_world import PHASES, SLOW, World
from move_writers import TABLE


@pytest.fixture
def world(stopped_server):
    return World(stopped_server)


@pytest.fixture
def slow_world(stopped_server):
    """Moves whose copy takes about four seconds, so that one can be held in the midst of it."""
    return World(stopped_server, copy_rate=SLOW, loaded=400)


def begin(world, pool, verb, **body):
    """Starts a run over a pool; its id."""
    answer = world.post(f"/v1/pools/{pool}/{verb}", body)
    assert answer.status == 202, answer.text
    return answer.json["id"]


def moves(world):
    return [run for run in world.server.api("GET", "/v1/runs?kind=move").json["runs"]]


def stores(world):
    return {
        tenant["name"]: world.server.api("GET", f"/v1/tenants/{tenant['id']}").json["placement"]["store"]
        for tenant in world.tenants}


def test_a_pool_is_spread_and_merged_again_and_no_request_fails(world):
    load = world.begin_load(Random(1))
    plan = world.post("/v1/pools/pool-basic-1/rebalance", {"dryRun": True}).json
    assert [move["to"] for move in plan["moves"]] == ["pool-basic-2"]
    assert plan["items"] == plan["moves"][0]["items"] > 100 and plan["expectedSeconds"] > 0
    assert not moves(world), "a dry run makes nothing"
    spread = begin(world, "pool-basic-1", "rebalance", undoWindowSeconds=0)
    ended = world.wait(spread, "completed")
    assert (ended["result"]["moved"], ended["result"]["stayed"]) == (1, 0)
    assert ended["result"]["tenants"] == {plan["moves"][0]["tenant"]: "pool-basic-2"}
    assert sorted(stores(world).values()) == ["pool-basic-1", "pool-basic-2"]
    load.wait_for_writes(50)

    before = len(moves(world))
    back = world.post("/v1/pools/pool-basic-2/merge", {"into": "pool-basic-1", "dryRun": True}).json
    assert [(move["tenant"], move["to"]) for move in back["moves"]] == [(plan["moves"][0]["tenant"], "pool-basic-1")]
    assert len(moves(world)) == before and len(stores(world)) == 2, "a dry run makes nothing"
    merged = begin(world, "pool-basic-2", "merge", into="pool-basic-1", undoWindowSeconds=0)
    world.wait(merged, "completed")
    assert set(stores(world).values()) == {"pool-basic-1"}
    load.wait_for_writes(50)
    world.end_load()
    files = world.check()
    assert files.keys() == {"pool-basic-1"}, "the emptied pool is gone"
    world.check_receipts([run["id"] for run in moves(world)])
    assert world.server.cli("reconcile", "--deep").stdout.strip() == "nothing is wrong"
    found = world.server.api("GET", "/v1/audit?limit=200").json["entries"]
    actions = [entry["action"] for entry in found]
    assert {"pool.closed", "pool.opened", "pool.removed"} <= set(actions)


def test_a_run_over_a_pool_is_held_goes_on_after_a_crash_and_is_taken_back(slow_world):
    world = slow_world
    load = world.begin_load(Random(2), may_lose_connection=True)
    run = begin(world, "pool-basic-1", "rebalance")
    [move] = world.server.wait_for(lambda: moves(world))
    world.wait_for_phase(move["id"], "copy")
    world.ask(run, "pause")
    world.wait(run, "paused")
    world.wait(move["id"], "paused")
    world.kill_and_start()
    assert world.run(run)["state"] == world.run(move["id"])["state"] == "paused"
    refused = world.post("/v1/pools/pool-basic-1/rebalance")
    assert (refused.status, refused.json["run"]) == (409, run)
    assert world.server.api("GET", "/v1/pools/pool-basic-1").json["closedBy"] == run
    world.ask(run, "resume")
    world.wait_for_phase(move["id"], "keep")
    world.server.wait_for(lambda: "can still be taken back" in world.run(run)["progress"]["text"])
    load.wait_for_writes(50)
    world.ask(run, "cancel")
    world.wait(run, "undone")
    assert world.run(move["id"])["state"] == "undone"
    assert set(stores(world).values()) == {"pool-basic-1"}
    world.end_load()
    world.check()


def test_what_the_commands_show(world):
    server = world.server
    # So many writes, one after the other, that the pool can say what they wait.
    for number in range(25):
        world.schools[0].client.put_item(TableName=TABLE, Item=world.schools[0].item("PACE", "PROFILE", number))
    [pool] = server.cli_json("pool", "list")["pools"]
    assert pool["writeP99Microseconds"] > 0
    [row] = [line for line in server.cli("pool", "list").stdout.splitlines() if "pool-basic-1" in line]
    assert row.split()[-2] == "ms"
    shown = server.cli("pool", "show", "pool-basic-1").stdout
    assert "Mover" in shown and "Neighbour" in shown and "2 of 100" in shown
    plan = server.cli("pool", "rebalance", "pool-basic-1", "--dry-run").stdout
    assert "pool-basic-2" in plan and "nothing was changed" in plan
    refused = server.cli("pool", "merge", "pool-basic-2", "--into", "pool-basic-1", check=False)
    assert refused.returncode == 2 and "--yes" in refused.stderr
    missing = server.cli("pool", "show", "pool-basic-9", check=False)
    assert missing.returncode == 1 and "there is no pool `pool-basic-9`" in missing.stderr
    done = server.cli("pool", "rebalance", "pool-basic-1", "--undo-window", "0", "--wait").stdout
    assert "completed" in done
    full = server.cli("tenant", "move", "Mover", "--pool", stores(world)["Mover"], check=False)
    assert full.returncode == 1 and "is in pool" in full.stderr
    done = server.cli(
        "pool", "merge", "pool-basic-2", "--into", "pool-basic-1", "--undo-window", "0", "--yes", "--wait")
    assert "completed" in done.stdout
    assert [pool["pool"] for pool in server.cli_json("pool", "list")["pools"]] == ["pool-basic-1"]


def test_a_tenant_moves_to_a_pool_that_is_named(world):
    run = begin(world, "pool-basic-1", "rebalance", undoWindowSeconds=0)
    world.wait(run, "completed")
    name, store = next((name, store) for name, store in stores(world).items() if store == "pool-basic-2")
    world.server.cli("tenant", "move", name, "--pool", "pool-basic-1", "--undo-window", "0", "--wait")
    assert set(stores(world).values()) == {"pool-basic-1"}
    # --wait is over once the tenant has switched; cleaning up comes after it.
    for move in moves(world):
        world.wait(move["id"], "completed")
    world.check()


def test_a_move_keeps_to_the_rate_that_somebody_sets_while_it_runs(slow_world):
    world = slow_world
    run = world.move("advanced", undoWindowSeconds=0)
    world.hold(run, "copy")
    world.throttle(run, 40)
    world.ask(run, "resume")
    world.wait_for_phase(run, "copy")
    shown = world.server.cli("run", "throttle", run, "--items-per-second", "20").stdout
    assert "20 items a second at most" in shown
    wanted = {"itemsPerSecond": 20, "reason": "as somebody asked"}
    world.server.wait_for(lambda: world.run(run)["progress"].get("pace") == wanted)
    assert "20 items a second: as somebody asked" in world.server.cli("run", "show", run).stdout
    begun, first = time.monotonic(), world.run(run)["progress"]["done"]
    done = world.server.wait_for(lambda: max(0, world.run(run)["progress"]["done"] - first - 40))
    assert world.run(run)["step"] == "copy"
    # A second's items may come at once.
    assert done + 40 <= 20 * (time.monotonic() - begun + 1), "it copies faster than it was told to"
    for body in [{}, {"itemsPerSecond": 0}, {"itemsPerSecond": 5, "off": True}, {"off": False}]:
        assert world.post(f"/v1/runs/{run}/throttle", body).status == 400, body
    world.server.cli("run", "throttle", run, "--off")
    world.wait(run, "completed")
    ended = world.server.cli("run", "throttle", run, "--items-per-second", "5", check=False)
    assert ended.returncode == 1 and "nothing more can be asked" in ended.stderr
    requests = [request["what"] for request in world.run(run)["requests"]]
    assert requests == ["pause", "throttle", "resume", "throttle", "throttle"]
    world.check()


@pytest.mark.parametrize("phase", PHASES[:-1])
def test_held_let_go_and_taken_back_at_each_stage(world, phase):
    """A stage may be over before it is asked for: then it is the next."""
    load = world.begin_load(Random(PHASES.index(phase)))
    run = world.move("premium", undoWindowSeconds=600)
    world.wait_for_phase(run, phase)
    world.ask(run, "pause")
    held = world.wait(run, "paused")
    assert PHASES.index(held["step"]) >= PHASES.index(phase)
    load.wait_for_writes(30)
    world.ask(run, "resume")
    world.wait_for_phase(run, "keep")
    load.wait_for_writes(30)
    world.ask(run, "pause")
    world.wait(run, "paused")
    world.ask(run, "cancel")
    world.wait(run, "undone")
    assert world.tier() == "basic"

    again = world.move("premium", undoWindowSeconds=600)
    world.wait_for_phase(again, phase)
    world.ask(again, "cancel")
    world.wait(again, "undone")
    load.wait_for_writes(30)
    world.end_load()
    assert world.tier() == "basic"
    world.check()
    outcomes = {receipt["outcome"] for receipt in world.check_receipts([run, again])}
    assert outcomes <= {"cancelled", "rolledBack"}


def test_a_move_that_failed_at_its_end_is_tried_again(world):
    """Something of the district lies where nobody has put it: nothing is removed until somebody has seen to it."""
    world.server.onboard("Third", tier="advanced")
    world.server.kill()
    database = sqlite3.connect(world.server.data / "stores" / "pool-advanced-1.sqlite")
    numbers = [
        number for number, text in database.execute("SELECT number, schema FROM tables")
        if '"student-table-advanced"' in text]
    key = f"TENANT#{world.schools[0].id}#STUDENT#stray"
    with database:
        database.execute(
            f"INSERT INTO t{numbers[0]} (pk, sk, size, item) VALUES (CAST(? AS BLOB), CAST('PROFILE' AS BLOB), 9, '{{}}')",
            (key,))
    database.close()
    world.start()
    run = world.move("premium", undoWindowSeconds=0)
    failed = world.wait(run, "failed", seconds=60)
    assert failed["step"] == "clean up" and "1 items are left in `student-table-advanced`" in failed["reason"]
    assert world.post(f"/v1/runs/{run}/cancel").status == 409, "it is past its return"
    assert world.post(f"/v1/runs/{run}/resume").status == 409, "it is not held"
    world.server.kill()
    database = sqlite3.connect(world.server.data / "stores" / "pool-advanced-1.sqlite")
    with database:
        assert database.execute(f"DELETE FROM t{numbers[0]} WHERE pk = CAST(? AS BLOB)", (key,)).rowcount == 1
    database.close()
    world.start()
    world.ask(run, "retry")
    world.wait(run, "completed")
    assert world.tier() == "premium"
    [receipt] = world.check_receipts([run])
    assert receipt["outcome"] == "moved"
