#!/usr/bin/env python3
"""How long writes wait at the switch of a move, and at the switch back, while the district and its pool are used.

Usage: pauses.py [--moves N] [--items N] [--writes N] [--requests N]

Each round moves the district to another pool and takes the move back. Meanwhile `--writes` a second go to the district and
`--requests` a second, half of them writes, to another of its pool; before and between the moves the other's latency is measured
without one. A request that is not answered with 200 ends the run. Prints lines of `name value`; milliseconds.
"""

import argparse
import itertools
import json
import pathlib
import statistics
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
from harness import ROOT, Connection, Failure, Homeroom, load, read_requests

SIGNATURES_SECONDS = 14 * 60
POLL_SECONDS = 0.01


def catalog(folder):
    found = json.loads((ROOT / "Templates/catalogs/default.json").read_text())
    for tier in found["tiers"]:
        tier.update(readUnitsPerSecond=10**9, writeUnitsPerSecond=10**9, copyRateItemsPerSecond=20_000)
    path = folder / "catalog.json"
    path.write_text(json.dumps(found))
    return path


class Sender(threading.Thread):
    """Sends requests one after the other, so many a second; remembers how long each took, by whether a move was under way."""

    def __init__(self, server, requests, rate, phase):
        super().__init__(daemon=True)
        self.connection, self.requests, self.pace, self.phase = Connection(server.address), requests, 1 / rate, phase
        self.took, self.failure, self.stopping = {}, None, threading.Event()

    def run(self):
        due = time.monotonic()
        try:
            for request in itertools.cycle(self.requests):
                if self.stopping.is_set():
                    return
                # A request that comes late for the ones before it is counted from when it was due.
                time.sleep(max(0, due - time.monotonic()))
                self.connection.send(request)
                self.took.setdefault(self.phase["now"], []).append((time.monotonic() - due) * 1000)
                due += self.pace
        except (Failure, OSError) as error:
            self.failure = error


def percentile(values, part):
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def wait(server, run, is_reached):
    while not is_reached(found := server.api(f"/v1/runs/{run}")):
        if found["state"] in ("failed", "completed"):
            raise Failure(f"the move is {found['state']}: {found.get('reason')}")
        time.sleep(POLL_SECONDS)


def measure(server, asked):
    server.onboard({"basic": 2})
    mover, other = server.schools()
    for school in (mover, other):
        load(server, server.requests("load", school, asked.items))
    phase = {"now": "quiet"}

    def sender(kind, school, rate, seed):
        path = server.requests(kind, school, asked.items, count=2000, seed=seed, name=f"{kind}-{seed}")
        return Sender(server, list(read_requests(path)), rate, phase)

    senders = {
        "district": [sender("put", mover, asked.writes / 4, seed) for seed in range(4)],
        "others": [sender(kind, other, asked.requests / 4, 10 + n) for n, kind in enumerate(["put", "get"] * 2)]}
    everyone = [each for group in senders.values() for each in group]
    begun = time.monotonic()
    for each in everyone:
        each.start()
    receipts = []
    try:
        time.sleep(3)
        for number in range(asked.moves):
            if time.monotonic() - begun > SIGNATURES_SECONDS:
                raise Failure("the signatures of the requests are about to end; ask for fewer moves")
            phase["now"] = "moving"
            run = server.api(
                f"/v1/tenants/{mover['tenant']}/moves", {"tier": "advanced", "undoWindowSeconds": 600})["id"]
            wait(server, run, lambda found: found.get("step") == "keep")
            server.api(f"/v1/runs/{run}/rollback", {})
            wait(server, run, lambda found: found["state"] == "undone")
            phase["now"] = "quiet"
            receipts.append(server.api(f"/v1/runs/{run}/receipt")["receipt"])
            print(f"pauses: move {number + 1} of {asked.moves}", file=sys.stderr, flush=True)
            time.sleep(0.5)
    finally:
        for each in everyone:
            each.stopping.set()
        for each in everyone:
            each.join(60)
    failures = [each.failure for each in everyone if each.failure]
    if failures:
        raise Failure(f"a request failed: {failures[0]}")
    for name in ["writePauseMilliseconds", "rollbackPauseMilliseconds"]:
        pauses = [receipt[name] for receipt in receipts]
        print(name + "_median", round(statistics.median(pauses), 2))
        print(name + "_worst", round(max(pauses), 2))
    print("fences_most", max(receipt["fences"] for receipt in receipts))
    for name, group in senders.items():
        for now in ["quiet", "moving"]:
            took = [value for each in group for value in each.took.get(now, [])]
            print(f"{name}_{now}_requests", len(took))
            print(f"{name}_{now}_p50", round(percentile(took, 0.5), 2))
            print(f"{name}_{now}_p99", round(percentile(took, 0.99), 2))
            print(f"{name}_{now}_worst", round(max(took), 2))


def main():
    parser = argparse.ArgumentParser()
    for name, standard in [("moves", 50), ("items", 2000), ("writes", 1000), ("requests", 2000)]:
        parser.add_argument(f"--{name}", type=int, default=standard)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        server = Homeroom(folder, catalog(folder), is_pinned=False, threads=2)
        try:
            measure(server, asked)
        finally:
            server.stop()


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(f"pauses: {failure}")
