#!/usr/bin/env python3
"""How a move is felt while the district and its pool are used: how long writes wait at the switch and at the switch back, and what
the others of the pool see.

Usage: pauses.py [--moves N] [--items N] [--writes N] [--requests N] [--large N]

One district with `--large` items is moved to another pool once; then another with `--items` items is moved and taken back in each of
`--moves` rounds. Meanwhile `--writes` a second go to the district and `--requests` a second, half of them writes, to another of its
pool; before and between the moves the other's latency is measured without one. A request that is not answered with 200 ends the run.
Prints lines of `name value`; milliseconds.
"""

import argparse
import collections
import itertools
import json
import pathlib
import re
import selectors
import socket
import statistics
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
from harness import BUILD, ROOT, Failure, Homeroom, load, read_requests, run

SIGNATURES_SECONDS = 14 * 60
POLL_SECONDS = 0.01
QUIET_SECONDS, BETWEEN_SECONDS = 8, 0.5
# Of one kind of request: enough to keep its rate while an answer takes a fiftieth of a second.
CONNECTIONS = 32


def catalog(folder):
    found = json.loads((ROOT / "Templates/catalogs/default.json").read_text())
    for tier in found["tiers"]:
        tier.update(readUnitsPerSecond=10**9, writeUnitsPerSecond=10**9, copyRateItemsPerSecond=20_000)
    path = folder / "catalog.json"
    path.write_text(json.dumps(found))
    return path


class Answering:
    """A connection that waits for the answer to a request."""

    def __init__(self, address, lane):
        host, port = address.rsplit(":", 1)
        self.socket, self.lane, self.due, self.data = socket.create_connection((host, int(port))), lane, 0.0, b""
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def is_answered(self):
        """Takes what has come; whether the answer is whole."""
        piece = self.socket.recv(65536)
        if not piece:
            raise Failure("the server closed the connection")
        self.data += piece
        head, end, body = self.data.partition(b"\r\n\r\n")
        if not end or len(body) < int(re.search(rb"(?i)content-length: *(\d+)", head)[1]):
            return False
        if not head.startswith(b"HTTP/1.1 200"):
            raise Failure(f"expected 200, found {head[:60]!r}: {body[:300]!r}")
        self.data = b""
        return True


class Lane:
    """Requests of one kind, so many a second, over as many connections as wait for answers."""

    def __init__(self, server, name, requests, rate):
        self.name, self.requests, self.pace = name, itertools.cycle(requests), 1 / rate
        # In turn: a connection that is not used for half a minute is closed by the server.
        self.idle, self.due = collections.deque(Answering(server.address, self) for _ in range(CONNECTIONS)), 0.0


class Load(threading.Thread):
    """Requests to the district that moves and to another of its pool, until the block ends. How long each took counts from when it
    was due, so a server that does not keep up is not spared."""

    def __init__(self, server, mover, other, asked):
        super().__init__(daemon=True)
        self.server, self.now, self.begun = server, "quiet", time.monotonic()
        self.took, self.failure, self.stopping = {}, None, threading.Event()
        self.lanes = [
            Lane(server, "district", self.requests("put", mover, 1), asked["writes"]),
            Lane(server, "others", self.requests("put", other, 2), asked["requests"] / 2),
            Lane(server, "others", self.requests("get", other, 3), asked["requests"] / 2)]

    def requests(self, kind, school, seed):
        path = self.server.requests(kind, school, school["items"], count=4000, seed=seed, name=f"{kind}-{seed}")
        requests = list(read_requests(path))
        path.unlink()
        return requests

    def run(self):
        try:
            self.send()
        except (Failure, OSError) as error:
            self.failure = error

    def send(self):
        selector = selectors.DefaultSelector()
        for lane in self.lanes:
            lane.due = time.monotonic()
            for connection in lane.idle:
                selector.register(connection.socket, selectors.EVENT_READ, connection)
        while not self.stopping.is_set():
            now = time.monotonic()
            for lane in self.lanes:
                while lane.due <= now and lane.idle:
                    connection = lane.idle.popleft()
                    connection.due = lane.due
                    connection.socket.sendall(next(lane.requests))
                    lane.due += lane.pace
            next_due = min((lane.due for lane in self.lanes if lane.idle), default=now + 1)
            for key, _ in selector.select(max(0, next_due - time.monotonic())):
                connection = key.data
                if connection.is_answered():
                    took = self.took.setdefault((connection.lane.name, self.now), [])
                    took.append((time.monotonic() - connection.due) * 1000)
                    connection.lane.idle.append(connection)

    def __enter__(self):
        self.start()
        time.sleep(QUIET_SECONDS)
        return self

    def __exit__(self, kind, error, trace):
        self.stopping.set()
        self.join(60)
        if self.failure:
            raise Failure(f"a request failed: {self.failure}")

    def check_time(self):
        if time.monotonic() - self.begun > SIGNATURES_SECONDS:
            raise Failure("the signatures of the requests are about to end; ask for less")

    def figures(self):
        """p50, p99 and worst of each group, without and with a move."""
        found = {}
        for (name, now), took in self.took.items():
            ordered = sorted(took)
            found[f"{name}_{now}"] = {
                "requests": len(ordered), "p50": percentile(ordered, 0.5), "p99": percentile(ordered, 0.99),
                "worst": ordered[-1]}
        return found


def percentile(ordered, part):
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def wait(load, identifier, is_reached):
    while not is_reached(found := load.server.api(f"/v1/runs/{identifier}")):
        if found["state"] in ("failed", "completed"):
            raise Failure(f"the move is {found['state']}: {found.get('reason')}")
        load.check_time()
        time.sleep(POLL_SECONDS)
    return found


def move(load, tenant):
    return load.server.api(f"/v1/tenants/{tenant}/moves", {"tier": "advanced", "undoWindowSeconds": 600})["id"]


def large_move(server, mover, other, asked):
    """One move of a large district under load: how long it took, and what the others saw of it."""
    with Load(server, mover, other, asked) as load:
        begun = time.monotonic()
        load.now = "moving"
        shown = wait(load, move(load, mover["tenant"]), lambda found: found.get("step") == "keep")
        load.now = "after"
        seconds = time.monotonic() - begun
    return {"seconds": seconds, "items": mover["items"], "run": shown["id"], **load.figures()}


def many_moves(server, mover, other, asked, say):
    """Many moves of a small district under load, each taken back: the pauses of both ways."""
    receipts = []
    with Load(server, mover, other, asked) as load:
        for number in range(asked["moves"]):
            load.check_time()
            load.now = "moving"
            identifier = move(load, mover["tenant"])
            wait(load, identifier, lambda found: found.get("step") == "keep")
            server.api(f"/v1/runs/{identifier}/rollback", {})
            wait(load, identifier, lambda found: found["state"] == "undone")
            load.now = "quiet"
            receipts.append(server.api(f"/v1/runs/{identifier}/receipt")["receipt"])
            say(f"move {number + 1} of {asked['moves']} under load")
            time.sleep(BETWEEN_SECONDS)
    found = {"moves": len(receipts), "items": mover["items"], "fences": max(receipt["fences"] for receipt in receipts),
             **load.figures()}
    for way, name in [("switch", "writePauseMilliseconds"), ("rollback", "rollbackPauseMilliseconds")]:
        pauses = sorted(receipt[name] for receipt in receipts)
        found[way] = {"median": statistics.median(pauses), "p90": percentile(pauses, 0.9), "worst": pauses[-1]}
    return found


def measure(folder, asked, say):
    """Both, on a server of their own in an empty folder."""
    # Who sends should not wait for Python's lock as long as a request takes.
    sys.setswitchinterval(0.0002)
    server = Homeroom(folder, catalog(folder), is_pinned=False, threads=2)
    try:
        server.onboard({"basic": 3})
        large, small, other = server.schools()
        large["items"], small["items"], other["items"] = asked["large"], asked["items"], asked["items"]
        for school in (small, other):
            load(server, server.requests("load", school, school["items"]))
    finally:
        server.stop()
    say(f"filling a district with {asked['large']:,} items")
    placement = large["placement"]
    run(BUILD / "bench-tool", "fill", folder / "data" / "stores" / f"{placement['store']}.sqlite",
        placement["tables"]["student-table"], "--schools", large["id"], "--items", asked["large"], "--bytes", 950)
    server = Homeroom(folder, catalog(folder), is_pinned=False, threads=2)
    try:
        say("its move, under load")
        found = {"large": large_move(server, large, other, asked)}
        found["many"] = many_moves(server, small, other, asked, say)
        return found
    finally:
        server.stop()


def flat(found, name=""):
    for key, value in found.items():
        if isinstance(value, dict):
            yield from flat(value, f"{name}{key}.")
        else:
            yield f"{name}{key}", value


def main():
    parser = argparse.ArgumentParser()
    for name, standard in [("moves", 50), ("items", 2000), ("writes", 1000), ("requests", 2000), ("large", 100_000)]:
        parser.add_argument(f"--{name}", type=int, default=standard)
    with tempfile.TemporaryDirectory(dir=ROOT / ".build") as name:
        found = measure(
            pathlib.Path(name), vars(parser.parse_args()), lambda text: print(f"pauses: {text}", file=sys.stderr, flush=True))
    for key, value in flat(found):
        print(key, round(value, 2) if isinstance(value, float) else value)


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(f"pauses: {failure}")
