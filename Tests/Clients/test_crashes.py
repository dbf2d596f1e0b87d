"""kill -9 under a load of 64 writers: what was acknowledged is there, and every store's file is sound."""

import json
import os
import time
from random import Random

import pytest
from conftest import ROOT
from crash_writers import Load
from move_stores import read_stores
from wire import Refused, Session, Wire

SEED = int(os.environ.get("HOMEROOM_CRASH_SEED", time.time_ns() % 100_000))
KILLS = int(os.environ.get("HOMEROOM_CRASH_KILLS", 50))
WRITERS = 64
DISTRICTS = [("Pooled", "basic"), ("Beside", "basic"), ("Apart", "premium")]


class School:
    """A school with its session."""

    def __init__(self, server, tenant, school):
        self.id = school["id"]
        self.session = Session(server, tenant["id"], school["id"])


class CrashWorld:
    """Districts in a pool and in a store of their own, under load; a server that is killed and started again."""

    def __init__(self, server, random):
        self.server = server
        self.catalog = server.folder / "catalog.json"
        catalog = json.loads((ROOT / "Templates/catalogs/default.json").read_text())
        for tier in catalog["tiers"]:
            tier.update(readUnitsPerSecond=1_000_000, writeUnitsPerSecond=1_000_000)
        self.catalog.write_text(json.dumps(catalog))
        self.start()
        self.schools = []
        for name, tier in DISTRICTS:
            tenant = server.onboard(name, tier=tier, schools=[f"{name} North", f"{name} South"]).json["tenant"]
            self.schools += [School(server, tenant, school) for school in tenant["schools"]]
        self.load = Load(server, self.schools, random, WRITERS)
        self.rounds = [0] * WRITERS
        self.load.transacts = self._knows("TransactWriteItems")

    def _knows(self, operation):
        try:
            Wire(self.server, self.schools[0].session).call(operation)
        except Refused as error:
            return error.name != "UnknownOperationException"

    def start(self):
        """Starts the server; again on the ports it had."""
        ports = []
        if self.server.gateway:
            for name in ["gateway", "control"]:
                ports += [f"--{name}", getattr(self.server, name).removeprefix("http://")]
        self.server.start("--catalog", str(self.catalog), *ports)

    def kill(self):
        self.load.up.clear()
        self.server.kill()

    def check_files(self):
        """Each store's file is sound, and its indexes are what building them anew would give."""
        done = self.server.cli("store", "check", "--json", check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)["stores"]

    def go_on(self):
        self.rounds = [writer.rounds for writer in self.load.writers]
        self.start()
        self.load.up.set()

    def wait_for_looks(self):
        """Waits until every writer has found what must be there since the last start."""
        self.wait_for(lambda: all(writer.rounds > seen for writer, seen in zip(self.load.writers, self.rounds)))

    def wait_for(self, what, seconds=30):
        end = time.monotonic() + seconds
        while not what():
            assert not self.load.failures, self.load.report()
            assert time.monotonic() < end, f"waited in vain: {self.load.counts}"
            time.sleep(0.005)


@pytest.fixture
def world(stopped_server):
    print("HOMEROOM_CRASH_SEED =", SEED)
    return CrashWorld(stopped_server, Random(SEED))


def test_killed_under_64_writers_loses_nothing_it_acknowledged(world):
    random, load = Random(SEED + 1), world.load.start()
    for number in range(KILLS):
        if number % 5:
            # Everybody has looked for what was there before the last kill, and writes again; else the next one comes soon.
            world.wait_for_looks()
            writes = load.acknowledged
            world.wait_for(lambda: load.acknowledged >= writes + WRITERS)
        time.sleep(random.random() ** 2 * 0.3)
        world.kill()
        stores = world.check_files()
        world.go_on()
    world.wait_for_looks()
    load.stop()
    for writer in load.writers:
        writer.look()
    assert not load.failures, load.report()
    print(f"{KILLS} kills; acknowledged {load.counts}; {load.doubts} writes in doubt; {load.checked} looks; {stores}")
    assert world.server.terminate() == 0
    world.check_files()
    for store in read_stores(world.server).values():
        store.check()
