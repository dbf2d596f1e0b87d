"""kill -9 while a district is moved: the run goes on by itself, and every acknowledged write is there, once."""

import json
import os
import time
from random import Random

import pytest
from move_world import PHASES, SLOW, World

SEED = int(os.environ.get("HOMEROOM_MOVE_SEED", time.time_ns() % 100_000))
RANDOM_KILLS = int(os.environ.get("HOMEROOM_MOVE_KILLS", 40))


@pytest.fixture
def world(stopped_server):
    """Moves whose copy takes about three seconds, in slices of a tenth of one."""
    return World(stopped_server, copy_rate=SLOW, loaded=300)


@pytest.fixture
def fast_world(stopped_server):
    """Moves of a few hundredths of a second."""
    return World(stopped_server)


def test_killed_at_every_phase_a_move_goes_on(world):
    load = world.begin_load(Random(1), may_lose_connection=True)
    run = world.move("premium", undoWindowSeconds=5)
    hit = []
    for phase in PHASES:
        if phase == "copy":
            # However long a start takes, it is still copying then.
            world.hold(run, "copy")
            world.throttle(run, 20)
            world.ask(run, "resume")
        found = world.wait_for_phase(run, phase)
        if found.get("step") not in hit and found["state"] != "completed":
            hit.append(found["step"])
            world.kill_and_start()
        if phase == "copy":
            # Whether it was killed there now, or had been already when its plan was waited for.
            world.throttle(run)
    world.wait(run, "completed")
    load.wait_for_writes(50)
    world.end_load()
    print("killed at", hit)
    assert {"copy", "keep"} <= set(hit)
    assert world.tier() == "premium"
    world.check()
    [receipt] = world.check_receipts([run])
    assert receipt["outcome"] == "moved"


def test_killed_in_the_midst_of_a_copy_it_goes_on_where_it_was(world):
    run = world.move("premium", undoWindowSeconds=0)
    world.server.wait_for(lambda: (world.run(run).get("progress") or {}).get("done", 0) > 100)
    held = world.hold(run, "copy")["progress"]["done"]
    world.kill_and_start()
    assert world.run(run)["progress"]["done"] == held
    world.throttle(run, 50)
    world.ask(run, "resume")
    done = world.server.wait_for(lambda: max(0, world.run(run)["progress"]["done"] - held))
    assert done < held, "it began again, or did not wait"
    world.throttle(run)
    world.wait(run, "completed")
    # No item was copied twice: nobody has written meanwhile.
    [receipt] = world.check_receipts([run])
    assert receipt["copied"]["items"] == receipt["verifiedItems"] == 600 + len(world.items[world.mover["id"]])
    world.check()


def test_killed_on_the_way_back_a_move_goes_on(world):
    load = world.begin_load(Random(2), may_lose_connection=True)
    run = world.move("advanced")
    world.wait_for_phase(run, "keep")
    load.wait_for_writes(50)
    world.ask(run, "rollback")
    hit = set()
    while len(hit) < len(PHASES):
        found = world.run(run)
        if found["state"] == "undone":
            break
        if found["step"] not in hit:
            hit.add(found["step"])
            world.kill_and_start()
    world.wait(run, "undone")
    assert world.tier() == "basic"
    load.wait_for_writes(50)
    world.end_load()
    print("killed at the undo of", sorted(hit, key=PHASES.index))
    world.check()
    [receipt] = world.check_receipts([run])
    assert receipt["outcome"] == "rolledBack"


@pytest.mark.parametrize("wish", ["pause", "cancel"])
def test_a_wish_survives_the_crash_that_comes_with_it(fast_world, wish):
    """Killed in the same moment at any phase; whatever became of the move, nobody waits and nothing is lost."""
    world, random = fast_world, Random(SEED)
    print("HOMEROOM_MOVE_SEED =", SEED)
    load = world.begin_load(random, may_lose_connection=True)
    tiers, runs = ["advanced", "premium", "basic"], []
    for number in range(RANDOM_KILLS // 2):
        target = random.choice([tier for tier in tiers if tier != world.tier()])
        run = world.move(target, undoWindowSeconds=0)
        runs.append(run)
        # One that ends before it is planned leaves no receipt.
        world.wait_for_phase(run, "provision")
        time.sleep(random.random() * 0.06)
        answer = world.post(f"/v1/runs/{run}/{wish}")
        assert answer.status in [202, 409], answer.text
        time.sleep(random.random() ** 2 * 0.03)
        world.kill_and_start()
        if wish == "pause":
            world.server.wait_for(lambda: world.run(run)["state"] in ["paused", "completed"])
            load.wait_for_writes(20, seconds=5)
            found = world.run(run)
            if found["state"] == "paused":
                may_go_back = found["step"] != "clean up"
                world.ask(run, random.choice(["resume", "rollback"]) if may_go_back else "resume")
        world.server.wait_for(lambda: world.run(run)["state"] in ["undone", "completed", "failed"])
        assert world.run(run)["state"] != "failed", json.dumps(world.run(run), indent=1)
        load.wait_for_writes(5)
    world.end_load()
    world.check()
    world.check_receipts(runs)
