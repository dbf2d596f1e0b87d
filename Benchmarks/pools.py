"""Many tenants in one pool: does it make reads slower, and does one of them who asks too much?"""

import statistics
import threading
import time

from harness import BUILD, Connection, Homeroom, load, medians, figures, read_requests, run, wrk

TENANTS = 100
CONNECTIONS = 16
ITEM_BYTES = 300


class Pool:
    """A pool of a hundred tenants with so many items each, filled through the engine while no server runs."""

    def __init__(self, bench, name, items_each):
        self.folder, self.catalog, self.items_each = bench.folder / name, bench.catalog, items_each
        self.folder.mkdir()
        server = Homeroom(self.folder, self.catalog, is_pinned=False, threads=2)
        try:
            server.onboard({"basic": TENANTS})
            self.schools = server.schools()
        finally:
            server.stop()
        placement = self.schools[0]["placement"]
        file = self.folder / "data" / "stores" / f"{placement['store']}.sqlite"
        self.fill_rate = figures(run(
            BUILD / "bench-tool", "fill", file, placement["tables"]["student-table"],
            "--schools", ",".join(school["id"] for school in self.schools), "--items", items_each,
            "--bytes", ITEM_BYTES))["items_per_second"]
        self.bytes = file.stat().st_size
        self.server = None

    def start(self):
        self.server = Homeroom(self.folder, self.catalog, is_pinned=True)
        self.path = self.server.mixed_requests("get", self.schools, self.items_each, 200)


def compare(bench, few, many, rounds, seconds):
    """p50 and p99 of GetItem in a pool with few items and in one with many, in turn."""
    bench.say(f"filling pools with {few:,} and {many:,} items")
    pools = {"few": Pool(bench, "pool-few", few // TENANTS), "many": Pool(bench, "pool-many", many // TENANTS)}
    try:
        for pool in pools.values():
            pool.start()
        runs = {name: [] for name in pools}
        for number in range(rounds + 1):
            bench.say(f"reads in both pools, round {number} of {rounds}")
            for name, pool in pools.items():
                found = wrk(pool.server, pool.path, CONNECTIONS, seconds)
                if number > 0:
                    runs[name].append(found)
    finally:
        for pool in pools.values():
            if pool.server:
                pool.server.stop()
    ratio = statistics.median(many["p99"] / few["p99"] for few, many in zip(runs["few"], runs["many"]))
    return {"ratio": ratio, "items": {"few": few, "many": many}, "bytes": pools["many"].bytes,
            "fill": pools["many"].fill_rate, **{name: medians(found) for name, found in runs.items()}}


def paced(server, path, seconds, every=0.01):
    """Sends a request every so many seconds over one connection; the answers' times in microseconds."""
    connection, times = Connection(server.address), []
    requests = list(read_requests(path))
    end = time.monotonic() + seconds
    while (begun := time.monotonic()) < end:
        connection.send(requests[len(times) % len(requests)])
        times.append((time.monotonic() - begun) * 1e6)
        time.sleep(max(0, begun + every - time.monotonic()))
    connection.close()
    return {"p50": statistics.median(times), "p99": statistics.quantiles(times, n=100)[98], "requests": len(times)}


def neighbour(bench, catalog, rounds, seconds):
    """A tenant within its rate, alone and beside one who sends as fast as the wire takes it."""
    folder = bench.folder / "neighbour"
    folder.mkdir()
    server = Homeroom(folder, catalog, is_pinned=True)
    try:
        server.onboard({"basic": 2})
        quiet, loud = server.schools()
        for school in (quiet, loud):
            load(server, server.requests("load", school, 100))
        quiet_path = server.requests("get", quiet, 100, count=1000, name="quiet")
        loud_path = server.requests("get", loud, 100, count=1000, name="loud")
        # The loud one's saved-up units are used up first.
        for _ in range(30):
            if wrk(server, loud_path, CONNECTIONS, 1, may_refuse=True)["refused"] > 0.9:
                break
        found = {"alone": [], "beside": []}
        refused = []
        for number in range(rounds):
            bench.say(f"a loud neighbour, round {number + 1} of {rounds}")
            found["alone"].append(paced(server, quiet_path, seconds))
            answers = []
            thread = threading.Thread(
                target=lambda: answers.append(wrk(server, loud_path, CONNECTIONS, seconds + 1, may_refuse=True)))
            thread.start()
            time.sleep(0.5)
            found["beside"].append(paced(server, quiet_path, seconds))
            thread.join()
            refused.append(answers[0])
        return {"refused": medians(refused), **{name: medians(runs) for name, runs in found.items()}}
    finally:
        server.stop()
