"""Districts that are moved in every way there is while their server is killed, and what must be true after each kill.

A kill comes at a moment drawn from the whole length of what is under way, on whatever machine: the length is measured first.
"""

import json
import subprocess
import time

from conftest import binary, plain_environment
from move_stores import check_students, read_stores, registry_records
from move_world import FINAL, World

TIERS = ["basic", "basic", "advanced", "premium"]
POOL_SECONDS_MORE = 2
# The longer the test, the longer the past that a move takes along, in sips while others write.
END_SECONDS = 300


class Errand:
    """Something that was asked for: its run, what it is, and how long it may take undisturbed."""

    def __init__(self, kind, run, seconds, wish=None):
        self.kind, self.run, self.seconds, self.wish = kind, run, seconds, wish


class KillWorld(World):
    """Four districts with five schools; moves up, down, between pools and back, pools that are spread and merged."""

    def __init__(self, server, random):
        super().__init__(server, others=["Third", "Fourth"])
        self.random = random
        self.kills = self.moves_seconds = 0
        self.kinds, self.hits = {}, {}

    def measure(self):
        """How long a move takes that nobody disturbs."""
        begun = time.monotonic()
        for tier in ["advanced", "basic"]:
            self.wait(self.move(tier, undoWindowSeconds=0), "completed", seconds=END_SECONDS)
        self.moves_seconds = (time.monotonic() - begun) / 2

    # What is asked for

    def errands(self):
        """One to be carried out, or two at a time."""
        found = None
        while not found:
            found = self.random.choices(
                [self._tier_moves, self._between_pools, self._rebalance, self._merge], [5, 3, 3, 3])[0]()
        for errand in found:
            self.kinds[errand.kind] = self.kinds.get(errand.kind, 0) + 1
        return found

    def _tier_moves(self):
        tenants = self.random.sample(self.tenants, self.random.choice([1, 1, 2]))
        return [
            self._move(tenant, {"tier": self.random.choice([tier for tier in TIERS if tier != self.tier(tenant)])})
            for tenant in tenants]

    def _between_pools(self):
        tenant = self.random.choice(self.tenants)
        store = self._placement(tenant)["store"]
        others = [pool for pool in self._pools_like(store) if pool != store]
        return others and [self._move(tenant, {"pool": self.random.choice(others)}, "between pools")]

    def _move(self, tenant, where, kind=None):
        wish = self.random.choice([None, None, "rollback", "cancel"])
        answer = self.post(
            f"/v1/tenants/{tenant['id']}/moves", {**where, "undoWindowSeconds": 600 if wish else 0})
        assert answer.status == 202, answer.text
        if not kind:
            order = ["basic", "advanced", "premium"]
            kind = "up" if order.index(where["tier"]) > order.index(self.tier(tenant)) else "down"
        return Errand(f"{kind}, {wish or 'on'}", answer.json["id"], self.moves_seconds, wish)

    def _rebalance(self):
        for pool in self._pools():
            plan = self.post(f"/v1/pools/{pool['pool']}/rebalance", {"dryRun": True})
            if plan.status == 200 and plan.json["moves"]:
                return [self._over_pool("rebalance", pool["pool"], len(plan.json["moves"]))]

    def _merge(self):
        pools = [pool for pool in self._pools() if len(self._pools_like(pool["pool"])) > 1]
        if pools:
            pool = self.random.choice(pools)
            into = self.random.choice([other for other in self._pools_like(pool["pool"]) if other != pool["pool"]])
            return [self._over_pool("merge", pool["pool"], pool["occupants"], into=into)]

    def _over_pool(self, verb, pool, moves, **body):
        wish = self.random.choice([None, None, "cancel"])
        answer = self.post(f"/v1/pools/{pool}/{verb}", {**body, "undoWindowSeconds": 600 if wish else 0})
        assert answer.status == 202, answer.text
        return Errand(f"{verb}, {wish or 'on'}", answer.json["id"], self.moves_seconds * (moves + POOL_SECONDS_MORE), wish)

    def _pools(self):
        return self.server.api("GET", "/v1/pools").json["pools"]

    def _pools_like(self, store):
        """The pools of the same tier, this one among them; none where it is no pool."""
        pools = self._pools()
        tiers = [pool["tier"] for pool in pools if pool["pool"] == store]
        return [pool["pool"] for pool in pools if pool["tier"] in tiers]

    def _placement(self, tenant):
        return self.server.api("GET", f"/v1/tenants/{tenant['id']}").json["placement"]

    # What is done to it

    def disturb(self, errands):
        """Lets them go on for a moment, may take one back, kills the server, looks at what it has left, starts it again."""
        errand = self.random.choice(errands)
        time.sleep(self.random.random() * errand.seconds)
        if errand.wish and self.random.random() < 0.5:
            self.take_back(errand)
            time.sleep(self.random.random() ** 2 * errand.seconds)
        self.server.kill()
        self.kills += 1
        self.check_dead()
        self.start()
        under_way = [run for run in self._all("runs", "runs") if run["state"] not in FINAL] or [{"state": "ended"}]
        for found in under_way:
            hit = f"{found['state']} {found.get('step', '')}"
            self.hits[hit] = self.hits.get(hit, 0) + 1

    def take_back(self, errand):
        """As wished: it may be over already, or on its way back."""
        assert self.post(f"/v1/runs/{errand.run}/{errand.wish}").status in [202, 409]

    def end(self, errand):
        """Waits until it has ended, as it was wished to."""
        if errand.wish == "rollback":
            self.server.wait_for(lambda: self._can_be_taken_back(errand), seconds=END_SECONDS)
        if errand.wish:
            self.take_back(errand)
        found = self.server.wait_for(lambda: self._ended(errand.run), seconds=END_SECONDS)
        # Nothing is left to be taken back of a pool in which nobody was.
        may_be = {"undone": errand.wish, "completed": not errand.wish or found["kind"] != "move"}
        assert may_be.get(found["state"]), json.dumps(found, indent=1)

    def _can_be_taken_back(self, errand):
        found = self.run(errand.run)
        return found["state"] in FINAL or "reason" in found or found.get("step") == "keep"

    def _ended(self, run):
        found = self.run(run)
        assert "stuck" not in found, json.dumps(found, indent=1)
        return found if found["state"] in FINAL else None

    # What must be true

    def check_dead(self):
        """At any moment: at most one store takes a district's writes, and the store of its placement has all that was
        acknowledged and nothing that nobody wrote."""
        stores = read_stores(self.server)
        placements = {place["tenant"]: place for place in registry_records(self.server, "placement")}
        possible = self.load.possible()
        for tenant in self.tenants:
            states = {name: store.residents[tenant["id"]]["state"] for name, store in stores.items()
                      if tenant["id"] in store.residents}
            in_charge = [name for name, state in states.items() if "active" in state]
            place = placements[tenant["id"]]
            assert len(in_charge) <= 1, f"{tenant['name']} may be written in {in_charge}"
            assert {"active": {}} == states[place["store"]] or {"fenced": {}} == states[place["store"]], (place, states)
            students = place["tables"]["student-table"]
            found = stores[place["store"]].items(tenant)
            check_students(
                {key: item for (table, key), item in found.items() if table == students}, tenant, possible, self.fixed)

    def check_records(self):
        """Every run has ended; runs, receipts, audit and events agree with one another and with where the districts are."""
        assert self.server.cli("reconcile", "--deep").stdout == "nothing is wrong\n"
        assert "The audit is whole." in self.server.cli("audit", "verify").stdout
        runs = self._all("runs", "runs")
        assert {run["state"] for run in runs} <= {"completed", "undone"}
        moves = {run["id"]: run for run in runs if run["kind"] == "move"}
        outcomes = {run: self._outcome(run) for run in moves}
        self._check_signatures(self.check_receipts([run for run in moves if outcomes[run]]))
        for run, move in moves.items():
            assert outcomes[run] in (["moved"] if move["state"] == "completed" else ["rolledBack", "cancelled", None])
        self._check_events(moves)
        return len(moves)

    def _outcome(self, run):
        """What the move's receipt says; None where it was cancelled before it was planned, so that there is none."""
        answer = self.server.api("GET", f"/v1/runs/{run}/receipt")
        if answer.status == 200:
            return answer.json["outcome"]
        found = self.run(run)
        done = [attempt for attempt in found["steps"][0]["history"] if attempt["direction"] == "forward"]
        assert answer.status == 404 and found["reason"] == "cancelled" and not done, json.dumps(found, indent=1)

    def _all(self, path, name):
        found, after = [], ""
        while True:
            page = self.server.api("GET", f"/v1/{path}?limit=100{after}").json
            found += page[name]
            if not page.get("next"):
                return found
            after = f"&after={page['next']}"

    def _check_signatures(self, receipts):
        keys, signed = self.server.folder / "jwks.json", self.server.folder / "receipt.jws"
        keys.write_text(self.server.api("GET", "/.well-known/jwks.json").text)
        for receipt in receipts:
            signed.write_text(receipt["statement"])
            done = subprocess.run(
                [binary(), "receipt", "verify", str(signed), "--keys", str(keys), "--json"], capture_output=True, text=True,
                env=plain_environment(), check=False)
            assert done.returncode == 0, done.stderr
            assert json.loads(done.stdout)["number"] == receipt["number"]

    def _check_events(self, moves):
        """Numbers without a gap; a switch for each move that was made, one back for each that was taken back behind it; the
        last of a district names its tier and is told in the audit log too."""
        lines = self.server.cli("events", "tail", "--since", "all", "--json", timeout=600).stdout.splitlines()
        events = [json.loads(line) for line in lines]
        assert [event["sequence"] for event in events] == list(range(1, len(events) + 1))
        switches = [event for event in events if event["type"] in ["tenant.switched", "tenant.switchedBack"]]
        for run, move in moves.items():
            own = [event["type"] for event in switches if event["payload"]["run"] == run]
            there, back = ["tenant.switched"], ["tenant.switched", "tenant.switchedBack"]
            assert own in ([there] if move["state"] == "completed" else [[], back]), (run, own)
        audit = [entry for entry in self._all("audit", "entries") if entry["action"].startswith("tenant.switched")]
        told = sorted((entry["action"], entry["detail"]["run"], entry["detail"]["tier"]) for entry in audit)
        assert told == sorted((event["type"], event["payload"]["run"], event["payload"]["tier"]) for event in switches)
        for tenant in self.tenants:
            own = [event for event in switches if event["tenant"] == tenant["id"]]
            assert not own or own[-1]["payload"]["tier"] == self.tier(tenant)
