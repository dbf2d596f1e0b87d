"""Districts in one pool, of which some are moved: the server, its catalog, and what is asked of it."""

import json
import time

from conftest import ROOT
from move_stores import check_places, read_stores
from move_writers import TEACHERS, Load, School

FAST, SLOW = 20_000, 200
PHASES = ["plan", "provision", "copy", "verify", "switch", "confirm", "keep", "clean up"]
FINAL = ["completed", "undone", "failed"]
POLL_SECONDS = 0.002


class World:
    """The districts `mover` (two schools), `neighbour` (one) and as many `others` as asked in the pool of tier basic."""

    def __init__(self, server, copy_rate=FAST, loaded=100, others=(), policies=None):
        self.server, self.policies = server, policies
        self.catalog = server.folder / "catalog.json"
        self._write_catalog(copy_rate)
        self.start()
        self.tenants = [self._onboard("Mover", ["North", "South"]), self._onboard("Neighbour", ["East"])]
        self.mover, self.neighbour = self.tenants
        self.tenants += [self._onboard(name, ["Main"]) for name in others]
        self.schools = [
            School(server, tenant["id"], school["id"]) for tenant in self.tenants for school in tenant["schools"]]
        # What each district has in its school table.
        self.items = {school.tenant: school.district_items() for school in self.schools}
        self.fixed = {school.id: school.load(loaded) for school in self.schools}
        self.load = None

    def _write_catalog(self, copy_rate):
        catalog = json.loads((ROOT / "Templates/catalogs/default.json").read_text())
        for tier in catalog["tiers"]:
            tier.update(copyRateItemsPerSecond=copy_rate, readUnitsPerSecond=100_000, writeUnitsPerSecond=100_000)
            if tier["name"] == "advanced":
                tier["schoolsMax"] = 12
                # Who is moved here is moved by the test alone.
                tier.pop("upgrade", None)
        self.catalog.write_text(json.dumps(catalog))

    def _onboard(self, name, schools):
        return self.server.onboard(name, schools=schools).json["tenant"]

    def add_school(self, name):
        """Gives the mover one more school, with records of its own."""
        answer = self.post(f"/v1/tenants/{self.mover['id']}/schools", {"name": name})
        assert answer.status == 201, answer.text
        school = School(self.server, self.mover["id"], answer.json["school"]["id"])
        before, self.items[self.mover["id"]] = self.items[self.mover["id"]], school.district_items()
        assert len(self.items[self.mover["id"]]) == len(before) + 3
        self.fixed[school.id] = school.load(50)
        self.schools.append(school)

    def start(self):
        """Starts the server; again on the ports it had, so that clients find it."""
        ports = []
        if self.server.gateway:
            for name in ["gateway", "control"]:
                ports += [f"--{name}", getattr(self.server, name).removeprefix("http://")]
        policies = ["--policies", str(self.policies)] if self.policies else []
        self.server.start("--catalog", str(self.catalog), *policies, *ports)

    def kill_and_start(self):
        self.server.kill()
        self.start()

    # Load

    def begin_load(self, random, **more):
        self.load = Load(self.schools, random, **more).start()
        self.load.wait_for_writes(20)
        return self.load

    def end_load(self):
        """Stops the writers, and fails where a request did."""
        self.load.stop()
        assert not self.load.failures, self.load.report()

    # Runs

    def post(self, path, body=None):
        return self.server.api("POST", path, body or {})

    def move(self, tier, tenant=None, **more):
        """Starts a move; its run's id."""
        answer = self.post(f"/v1/tenants/{(tenant or self.mover)['id']}/moves", {"tier": tier, **more})
        assert answer.status == 202, answer.text
        return answer.json["id"]

    def run(self, run):
        answer = self.server.api("GET", f"/v1/runs/{run}")
        assert answer.status == 200, answer.text
        return answer.json

    def ask(self, run, what):
        answer = self.post(f"/v1/runs/{run}/{what}")
        assert answer.status == 202, answer.text

    def throttle(self, run, rate=None):
        """Sets how many items a second a move may copy, or takes that back."""
        self.server.cli("run", "throttle", run, *(["--items-per-second", str(rate)] if rate else ["--off"]))

    def hold(self, run, phase, seconds=60):
        """Pauses a move at this step, at which it must be for longer than a request takes; the run."""
        self.wait_for_phase(run, phase, seconds)
        self.ask(run, "pause")
        held = self.wait(run, "paused")
        assert held["step"] == phase, json.dumps(held, indent=1)
        return held

    def wait(self, run, state, seconds=60):
        """Waits until the run is in this state; the run. Fails at once where it ends in another."""
        end = time.monotonic() + seconds
        while True:
            found = self.run(run)
            if found["state"] == state:
                return found
            assert found["state"] not in FINAL and time.monotonic() < end, json.dumps(found, indent=1)
            time.sleep(POLL_SECONDS)

    def wait_for_phase(self, run, phase, seconds=60):
        """Waits until the run is at this step or has passed it; the run."""
        end = time.monotonic() + seconds
        while True:
            found = self.run(run)
            step = found.get("step")
            if found["state"] == "completed" or PHASES.index(step) >= PHASES.index(phase):
                return found
            assert found["state"] not in FINAL and time.monotonic() < end, json.dumps(found, indent=1)
            time.sleep(POLL_SECONDS)

    def tier(self, tenant=None):
        return self.server.api("GET", f"/v1/tenants/{(tenant or self.mover)['id']}").json["tier"]

    def target(self, run):
        """The store that the run moves to, while it is under way."""
        tiers = {"premium": f"premium-{self.mover['id']}", "advanced": "pool-advanced-1", "basic": "pool-basic-1"}
        return self.server.data / "stores" / f"{tiers[self.run(run)['input']['tier']]}.sqlite"

    # What must be true at the end

    def check(self):
        """Every acknowledged write is there, once, at the gateway and in the files, and nothing in two places."""
        possible = self.load.possible() if self.load else {}
        for school in self.schools:
            self._check_gateway(school, possible.get(school.id, {}), self.fixed.get(school.id, {}))
        tenants = [
            {**self.server.api("GET", f"/v1/tenants/{tenant['id']}").json, "items": self.items[tenant["id"]]}
            for tenant in self.tenants]
        assert self.server.terminate() == 0
        stores = read_stores(self.server)
        check_places(stores, tenants, possible, self.fixed)
        self.start()
        return stores

    def _check_gateway(self, school, possible, loaded):
        found = school.read([*possible, *loaded])
        for key, item in loaded.items():
            assert found.get(key) == item, f"{key} is {found.get(key)}"
        for key, states in possible.items():
            assert found.get(key) in states, f"{key} is {found.get(key)}, not one of {states}"
        indexed = [
            item for number in range(TEACHERS)
            for item in school.query("teacherKey", school.teacher(number), IndexName="teacher-index")]
        sort = lambda items: sorted(items, key=lambda item: (item["recordKey"]["S"], item["entityKey"]["S"]))
        assert sort(indexed) == sort(item for item in found.values() if "teacherKey" in item)

    def check_receipts(self, runs):
        """The receipts of these runs, all that there are, in the order they ended; each holds the digest of the one before."""
        receipts = [self.server.api("GET", f"/v1/runs/{run}/receipt").json["receipt"] for run in runs]
        receipts.sort(key=lambda receipt: receipt["number"])
        assert [receipt["number"] for receipt in receipts] == list(range(1, len(runs) + 1))
        for earlier, later in zip([{"digest": ""}, *receipts], receipts):
            assert later["previousDigest"] == earlier["digest"] and len(later["digest"]) == 64
        return receipts
