"""kill -9 under a load of 64 writers: what was acknowledged is there, and every store's file is sound."""

import json
import os
import shutil
import time
from random import Random

import pytest
from conftest import ROOT
from crash_streams import check_streams, consumers
from crash_writers import Load
from move_stores import read_stores
from wire import Session

SEED = int(os.environ.get("HOMEROOM_CRASH_SEED", time.time_ns() % 100_000))
KILLS = int(os.environ.get("HOMEROOM_CRASH_KILLS", 50))
WRITERS = 64
STREAMS_READ = {
    "Version": "2012-10-17",
    "Statement": [{
        "Sid": "ReadStreams", "Effect": "Allow", "Resource": "*",
        "Action": [f"dynamodb:{name}" for name in ["ListStreams", "DescribeStream", "GetShardIterator", "GetRecords"]]}]}
DISTRICTS = [("Pooled", "basic"), ("Beside", "basic"), ("Apart", "premium")]


class School:
    """A school with its session."""

    def __init__(self, server, tenant, school):
        self.tenant, self.id = tenant["id"], school["id"]
        self.session = Session(server, tenant["id"], school["id"])


class CrashWorld:
    """Districts in a pool and in a store of their own, under load; a server that is killed and started again."""

    def __init__(self, server, random):
        self.server = server
        self.catalog = server.folder / "catalog.json"
        catalog = json.loads((ROOT / "Templates/catalogs/default.json").read_text())
        for tier in catalog["tiers"]:
            tier.update(readUnitsPerSecond=1_000_000, writeUnitsPerSecond=1_000_000)
        for table in catalog["tables"]:
            table["stream"] = "NEW_AND_OLD_IMAGES"
        self.catalog.write_text(json.dumps(catalog))
        # The application of a school may write its district's settings here, so that transactions span two tables, and read the
        # streams of both.
        self.policies = server.folder / "Policies"
        shutil.copytree(ROOT / "Policies", self.policies)
        role = json.loads((self.policies / "roles/service.json").read_text())
        role["policies"] += ["school-table-write.json", "streams-read.json"]
        (self.policies / "policies/streams-read.json").write_text(json.dumps(STREAMS_READ))
        (self.policies / "roles/service.json").write_text(json.dumps(role))
        # These tell of the role that ships.
        (self.policies / "cases/service.json").unlink()
        self.start()
        self.schools = []
        for name, tier in DISTRICTS:
            tenant = server.onboard(name, tier=tier, schools=[f"{name} North", f"{name} South"]).json["tenant"]
            self.schools += [School(server, tenant, school) for school in tenant["schools"]]
        self.load = Load(server, self.schools, random, WRITERS)
        self.rounds = [0] * WRITERS

    def start(self):
        """Starts the server; again on the ports it had."""
        ports = []
        if self.server.gateway:
            for name in ["gateway", "control"]:
                ports += [f"--{name}", getattr(self.server, name).removeprefix("http://")]
        # By its policies alone a stream is everybody's; the gateway narrows it to one tenant's.
        self.server.start(
            "--catalog", str(self.catalog), "--policies", str(self.policies), "--accept-policy-risk",
            "the gateway narrows streams", *ports)

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
    readers = consumers(load)
    for number in range(KILLS):
        if number % 5:
            # Everybody has looked for what was there before the last kill, and writes again; else the next one comes soon.
            world.wait_for_looks()
            readers[number % len(readers)].read()
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
    for reader in readers:
        reader.read()
    changes = check_streams(load, readers)
    print(f"{KILLS} kills; {changes} changes, each with its record; acknowledged {load.counts}; {load.doubts} writes in doubt; {load.checked} looks; {stores}")
    assert world.server.cli("reconcile", "--deep").stdout == "nothing is wrong\n"
    assert world.server.terminate() == 0
    world.check_files()
    for store in read_stores(world.server).values():
        store.check()
