"""kill -9 at random moments of moves under load: `make kills KILLS=200`. What is checked after each is in kill_world.py.

A failure names its seed. HOMEROOM_MOVE_SEED repeats what was asked for and drawn, though not to the microsecond.
"""

import os
import shutil
import sqlite3
import time
from contextlib import closing
from random import Random

import pytest
from kill_world import KillWorld

SEED = int(os.environ.get("HOMEROOM_MOVE_SEED", time.time_ns() % 100_000))
KILLS = int(os.environ.get("HOMEROOM_MOVE_KILLS", 15))
LOOK_KILLS = 20


@pytest.fixture
def world(stopped_server):
    return KillWorld(stopped_server, Random(SEED))


def test_killed_at_random_moments_moves_of_all_kinds_lose_nothing(world):
    print("HOMEROOM_MOVE_SEED =", SEED)
    begun, looked = time.monotonic(), 0
    world.measure()
    load = world.begin_load(world.random, may_lose_connection=True)
    while world.kills < KILLS:
        errands = world.errands()
        for _ in range(world.random.choice([1, 1, 2])):
            world.disturb(errands)
        for errand in errands:
            world.end(errand)
        load.wait_for_writes(5)
        if world.kills >= looked + LOOK_KILLS:
            looked = world.kills
            # With nobody about and nothing under way: all is where it belongs, and nothing is anywhere else.
            world.end_load()
            world.check()
            load.start()
        print(f"{world.kills} kills, {load.requests} requests, {time.monotonic() - begun:.0f} s", flush=True)
    world.end_load()
    world.check()
    moves = world.check_records()
    print(f"{world.kills} kills, {moves} moves, {load.requests} requests, {time.monotonic() - begun:.0f} s, seed {SEED}")
    print("asked for:", dict(sorted(world.kinds.items())))
    print("found after the start:", dict(sorted(world.hits.items())))


# What is done to a store of a dead server, and what is said of it; a school of each district stands for its name.
SPOILED = [
    ("pool-basic-1", "UPDATE residents SET resident = (SELECT resident FROM residents WHERE resident LIKE '%active%')",
     "may be written in ['pool-advanced-1', 'pool-basic-1']"),
    ("pool-advanced-1", "DELETE FROM t2 WHERE sk = CAST('PROFILE' AS BLOB)", "not one of"),
    ("pool-advanced-1", "UPDATE t2 SET item = replace(item, '\"number\"', '\"munber\"')", "of Mover is"),
    ("pool-advanced-1", "INSERT INTO t2 SELECT CAST(pk || 'x' AS BLOB), sk, size, item FROM t2 LIMIT 1", "nobody wrote"),
    ("pool-advanced-1", "DELETE FROM residents", "KeyError"),
    # An item of another district: under a key that is somebody's, and under one that is nobody's.
    ("pool-basic-1", "UPDATE t2 SET item = (SELECT item FROM t2 WHERE instr(pk, CAST('{mover}' AS BLOB)) LIMIT 1) "
     "WHERE instr(pk, CAST('{neighbour}' AS BLOB)) AND sk = CAST('LOADED' AS BLOB)", "of Neighbour is"),
    ("pool-basic-1", "INSERT INTO t2 SELECT CAST('TENANT#{neighbour}#STUDENT#STRAY' AS BLOB), sk, size, item FROM t2 "
     "WHERE instr(pk, CAST('{mover}' AS BLOB)) LIMIT 1", "nobody wrote"),
]


def test_what_is_checked_of_a_dead_server_finds_what_is_wrong(world):
    load = world.begin_load(world.random, may_lose_connection=True)
    load.wait_for_writes(200)
    run = world.move("advanced", undoWindowSeconds=600)
    world.wait_for_phase(run, "keep")
    world.server.kill()
    load.stop()
    world.check_dead()
    stores, kept = world.server.data / "stores", world.server.folder / "kept"
    shutil.copytree(stores, kept)
    names = {name: tenant["schools"][0]["id"] for name, tenant in zip(["mover", "neighbour"], world.tenants)}
    for store, statement, said in SPOILED:
        with closing(sqlite3.connect(stores / f"{store}.sqlite")) as database, database:
            assert database.execute(statement.format(**names)).rowcount > 0
        with pytest.raises((AssertionError, KeyError)) as found:
            world.check_dead()
        assert said in f"{found.typename}: {found.value}"
        shutil.rmtree(stores)
        shutil.copytree(kept, stores)
    world.check_dead()
