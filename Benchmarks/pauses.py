#!/usr/bin/env python3
"""How a move is felt while the district and its pool are used: how long writes wait at the switch and at the switch back, and what
the others of the pool see.

Usage: pauses.py [--moves N] [--items N] [--writes N] [--requests N] [--large N]

One district with `--large` items is moved to another pool once; then another with `--items` items is moved and taken back in each of
`--moves` rounds. Meanwhile `--writes` a second go to the district and `--requests` a second, half of them writes, to another of its
pool; before and between the moves the other's latency is measured without one. A request that is not answered with 200 ends the run.
Where the large move is paused behind its switch, the district's writes go to a twin of it instead, in the pool that it has left: as
they would without a move. Prints lines of `name value`; milliseconds.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
from harness import BUILD, ROOT, Failure, Homeroom, come_first, load, run

# A signature holds for 15 minutes; new ones are made between two moves, or while one is paused.
SIGNATURES_SECONDS, RENEWED_SECONDS = 14 * 60, 9 * 60
POLL_SECONDS = 0.2
QUIET_SECONDS, BETWEEN_SECONDS = 30, 0.5
# The large move goes on and pauses by turns, for so long each, in the steps that read or write all of a district.
MOVING_SECONDS, PAUSED_SECONDS = 6, 3
FELT_STEPS = ["copy", "verify", "confirm"]
LANES = ["district", "others", "others/reads", "others/writes"]
# Of one kind of request: enough to keep its rate while an answer takes a fiftieth of a second.
CONNECTIONS = 32


def catalog(folder):
    found = json.loads((ROOT / "Templates/catalogs/default.json").read_text())
    for tier in found["tiers"]:
        tier.update(readUnitsPerSecond=10**9, writeUnitsPerSecond=10**9, copyRateItemsPerSecond=20_000)
    path = folder / "catalog.json"
    path.write_text(json.dumps(found))
    return path


class Load:
    """Requests at fixed rates until the block ends, sent by `bench-tool send`: a lane each of NAME,RATE,FILE as `make_lanes` signs them.
    How long each took counts from when it was due, so a server that does not keep up is not spared."""

    def __init__(self, server, make_lanes):
        self.server, self.make_lanes, self.found = server, make_lanes, {}

    def mark(self, name, *held):
        """Says what goes on from now, by which the answers are told apart, and which lanes are held back meanwhile."""
        self.program.stdin.write(" ".join([name, *held]) + "\n")
        self.program.stdin.flush()

    def __enter__(self):
        lanes, self.begun = self.make_lanes(), time.monotonic()
        self.program = subprocess.Popen(
            [BUILD / "bench-tool", "send", *lanes, "--host", self.server.address, "--connections", str(CONNECTIONS)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=come_first)
        return self

    def __exit__(self, kind, error, trace):
        try:
            printed, complaint = self.program.communicate(timeout=60)
        finally:
            self.program.kill()
        if self.program.returncode != 0:
            raise Failure(f"a request failed: {complaint.strip()}")
        for line in printed.splitlines():
            lane, name, count, *took = line.split()
            # Of the same name as before the signatures were renewed: another window.
            while (key := f"{lane}_{name}") in self.found:
                name += ".again"
            self.found[key] = {"requests": int(count), **dict(zip(("p50", "p99", "worst"), map(float, took)))}

    def renew(self):
        """Makes new signatures where those that there are will soon not hold; no request is sent meanwhile."""
        if time.monotonic() - self.begun > RENEWED_SECONDS:
            self.__exit__(None, None, None)
            self.__enter__()

    def check(self):
        if self.program.poll() is not None:
            raise Failure("a request failed")
        if time.monotonic() - self.begun > SIGNATURES_SECONDS:
            raise Failure("the signatures of the requests are about to end; ask for less")

    def figures(self):
        """How many, p50, p99 and worst of each window of each lane."""
        return self.found


def lane(server, name, kind, school, seed, rate):
    path = server.requests(kind, school, school["items"], count=4000, seed=seed, name=f"{kind}-{seed}")
    return f"{name},{rate},{path}"


def lanes(server, mover, other, asked):
    """What goes to the district that moves, and to another of its pool."""
    return [
        lane(server, "district", "put", mover, 1, asked["writes"]),
        lane(server, "others/writes", "put", other, 2, asked["requests"] / 2),
        lane(server, "others/reads", "get", other, 3, asked["requests"] / 2)]


def percentile(ordered, part):
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def wait(load, identifier, is_reached):
    while not is_reached(found := load.server.api(f"/v1/runs/{identifier}")):
        if found["state"] in ("failed", "completed"):
            raise Failure(f"the move is {found['state']}: {found.get('reason')}")
        load.check()
        time.sleep(POLL_SECONDS)
    return found


def move(load, tenant):
    return load.server.api(f"/v1/tenants/{tenant}/moves", {"tier": "advanced", "undoWindowSeconds": 600})["id"]


def over_windows(figures):
    """The figures of each lane by what went on, `lane_name` of `lane_name.number`: p50 and p99 are medians of the windows'."""
    groups = {}
    for name, found in figures.items():
        groups.setdefault(name.split(".")[0], []).append(found)
    return {
        name: {
            "windows": len(windows),
            "requests": sum(found["requests"] for found in windows),
            **{figure: statistics.median(found[figure] for found in windows) for figure in ("p50", "p99")},
            "worst": max(found["worst"] for found in windows)}
        for name, windows in groups.items()}


def ratios(figures, steps):
    """How much larger p99 was in a window of the move than in the pause behind it, of each lane: the median over the pairs, of which
    `steps` says what the move did in them."""
    def without_move(lane, pair):
        stand_in = "twin" if lane == "district" and steps[pair] == "confirm" else lane
        return figures[f"{stand_in}_paused.{pair}"]["p99"]

    return {
        lane: statistics.median(figures[f"{lane}_moving.{pair}"]["p99"] / without_move(lane, pair) for pair in steps)
        for lane in LANES}


def by_step(figures, steps):
    """The ratios of the pairs of each step, and how many there were."""
    found = {}
    for step in FELT_STEPS:
        if pairs := {pair: name for pair, name in steps.items() if name == step}:
            found[step] = {"pairs": len(pairs), **ratios(figures, pairs)}
    return found


def large_move(server, mover, twin, other, asked):
    """One move of a large district under load: how long it took, and what the others saw of it. Again and again it is paused for a
    moment, so that what they see with it and without it is of the same minutes."""
    def all_lanes():
        return [*lanes(server, mover, other, asked), lane(server, "twin", "put", twin, 4, asked["writes"])]

    with Load(server, all_lanes) as load:
        load.mark("quiet", "twin")
        time.sleep(QUIET_SECONDS)
        begun = time.monotonic()
        load.mark("beginning", "twin")
        identifier = move(load, mover["tenant"])
        windows, steps = 0, {}
        while wait(load, identifier, lambda found: found.get("step") in [*FELT_STEPS, "keep"])["step"] != "keep":
            windows += 1
            load.mark(f"moving.{windows}", "twin")
            time.sleep(MOVING_SECONDS)
            load.mark("turning", "twin")
            step = server.api(f"/v1/runs/{identifier}").get("step")
            if step not in FELT_STEPS:
                continue
            server.api(f"/v1/runs/{identifier}/pause", {})
            wait(load, identifier, lambda found: found["state"] == "paused")
            load.mark(f"paused.{windows}", "district" if step == "confirm" else "twin")
            time.sleep(PAUSED_SECONDS)
            steps[windows] = step
            load.renew()
            load.mark("turning", "twin")
            server.api(f"/v1/runs/{identifier}/resume", {})
        load.mark("after", "twin")
        seconds = time.monotonic() - begun
    if not steps:
        raise Failure("the move had ended before it was paused; ask for more items")
    figures = load.figures()
    return {"seconds": seconds, "items": mover["items"], "run": identifier, "ratios": ratios(figures, steps),
            "steps": by_step(figures, steps), **over_windows(figures)}


def many_moves(server, mover, other, asked, say):
    """Many moves of a small district under load, each taken back: the pauses of both ways."""
    receipts = []
    with Load(server, lambda: lanes(server, mover, other, asked)) as load:
        time.sleep(QUIET_SECONDS)
        for number in range(asked["moves"]):
            load.renew()
            load.check()
            load.mark("moving")
            identifier = move(load, mover["tenant"])
            wait(load, identifier, lambda found: found.get("step") == "keep")
            server.api(f"/v1/runs/{identifier}/rollback", {})
            wait(load, identifier, lambda found: found["state"] == "undone")
            load.mark("quiet")
            receipts.append(server.api(f"/v1/runs/{identifier}/receipt")["receipt"])
            say(f"move {number + 1} of {asked['moves']} under load")
            time.sleep(BETWEEN_SECONDS)
    found = {"moves": len(receipts), "items": mover["items"], "fences": max(receipt["fences"] for receipt in receipts),
             **over_windows(load.figures())}
    for way, name in [("switch", "writePauseMilliseconds"), ("rollback", "rollbackPauseMilliseconds")]:
        pauses = sorted(receipt[name] for receipt in receipts)
        found[way] = {"median": statistics.median(pauses), "p90": percentile(pauses, 0.9), "worst": pauses[-1]}
    return found


def measure(folder, asked, say):
    """Both, on a server of their own in an empty folder."""
    server = Homeroom(folder, catalog(folder), is_pinned=False, threads=2)
    try:
        server.onboard({"basic": 4})
        large, twin, small, other = server.schools()
        large["items"], twin["items"], small["items"], other["items"] = asked["large"], asked["large"], asked["items"], asked["items"]
        for school in (small, other):
            load(server, server.requests("load", school, school["items"]))
    finally:
        server.stop()
    say(f"filling a district with {asked['large']:,} items, and its twin")
    placement = large["placement"]
    run(BUILD / "bench-tool", "fill", folder / "data" / "stores" / f"{placement['store']}.sqlite",
        placement["tables"]["student-table"], "--schools", f"{large['id']},{twin['id']}", "--items", asked["large"], "--bytes", 950)
    server = Homeroom(folder, catalog(folder), is_pinned=False, threads=2)
    try:
        say("its move, under load")
        found = {"large": large_move(server, large, twin, other, asked)}
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
