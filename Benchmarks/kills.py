"""What a server knows of usage after it was killed: nothing twice, and how much is missing."""

import json
import random
import threading
import time

from harness import Connection, Failure, Homeroom, load, read_requests
from page import count, table

ASKED = {"kills": 10, "items": 2000, "connections": 8, "requests": 800, "most": 3.5}
QUICK_ASKED = {"kills": 3, "items": 500, "connections": 4, "requests": 400, "most": 2.5}
LEAST_SECONDS, CALIBRATED, SEED = 1.2, 50, 7
FIGURES = ["readUnits", "writeUnits", "requests"]
MAY_BE_MISSING_MILLISECONDS = 1000


class Worker(threading.Thread):
    """A connection that sends requests at a steady pace until the server is gone, and keeps when it was answered."""

    def __init__(self, server, requests, pace):
        super().__init__(daemon=True)
        self.connection, self.requests, self.pace = Connection(server.address), requests, pace
        self.sent, self.answered, self.failure = [], [], None

    def run(self):
        due = time.monotonic()
        for kind, request in self.requests:
            time.sleep(max(0, due - time.monotonic()))
            due += self.pace
            self.sent.append(kind)
            try:
                self.connection.send(request)
            except (OSError, Failure) as error:
                self.failure = error
                break
            self.answered.append((time.monotonic(), kind))
        self.connection.close()


def used(server, tenant):
    hours = server.api(f"/v1/tenants/{tenant}/usage")["usage"]
    return {name: sum(hour[name] for hour in hours) for name in FIGURES}


def recount(server, tenant):
    return server.api(f"/v1/tenants/{tenant}/usage/recount", {})


def signed(server, school, items, seed):
    """Reads and writes by turns, and the same file's order each time."""
    reads, writes = (
        list(read_requests(server.requests(kind, school, items, count=4000, seed=seed))) for kind in ["get", "put"])
    return [pair for both in zip(reads, writes) for pair in zip(["get", "put"], both)]


def calibrate(server, school, items):
    """What one request of each kind takes: all are about items of one size."""
    before, taken = used(server, school["tenant"]), {}
    requests = signed(server, school, items, SEED)[:2 * CALIBRATED]
    for kind in ["get", "put"]:
        connection = Connection(server.address)
        for name, request in requests:
            if name == kind:
                connection.send(request)
        connection.close()
        after = used(server, school["tenant"])
        taken[kind] = {name: (after[name] - before[name]) / CALIBRATED for name in FIGURES}
        before = after
    if taken["get"]["requests"] != 1 or taken["put"]["requests"] != 1:
        raise Failure(f"a request is not counted as one: {taken}")
    return taken


def judge(gained, taken, life):
    """How much more there is than can be; how long before the kill the first missing answer came, in milliseconds."""
    surplus, missing = 0.0, 0.0
    for name in FIGURES:
        least = sum(taken[kind][name] for _, kind in life.answered)
        most = least + sum(taken[kind][name] for kind in life.unanswered)
        surplus = max(surplus, gained[name] - most)
        short = least - gained[name]
        for at, kind in sorted(life.answered, reverse=True):
            if short <= 0:
                break
            if taken[kind][name]:
                short -= taken[kind][name]
                missing = max(missing, (life.killed - at) * 1000)
        if short > 0:
            raise Failure(f"{short} {name} are missing of what was counted before this life")
    return surplus, missing


class Life:
    """A server between a start and a kill, under load from the one to the other."""

    def __init__(self, server, school, asked, seed):
        self.server = server
        requests = signed(server, school, asked["items"], seed)
        width = asked["connections"]
        self.workers = [Worker(server, requests[n::width], width / asked["requests"]) for n in range(width)]

    def use_and_kill(self, seconds):
        for worker in self.workers:
            worker.start()
        time.sleep(seconds)
        self.killed = time.monotonic()
        self.server.process.kill()
        for worker in self.workers:
            worker.join(60)
            if not worker.failure:
                raise Failure("a connection has outlived its server")
            if isinstance(worker.failure, Failure) and "closed" not in str(worker.failure):
                raise worker.failure
        self.server.process.wait(60)
        self.server.process.stdout.close()

    @property
    def answered(self):
        return [answer for worker in self.workers for answer in worker.answered]

    @property
    def unanswered(self):
        """Of each connection what was on its way."""
        return [worker.sent[-1] for worker in self.workers if len(worker.sent) > len(worker.answered)]


def item_bytes(request):
    """What the item that a request writes takes by DynamoDB's rule: names and values, in UTF-8."""
    written = json.loads(request.partition(b"\r\n\r\n")[2])["Item"]
    return sum(len(name.encode()) + len(value["S"].encode()) for name, value in written.items())


def agree(server, school, asked, base):
    """Corrects what the kills have left out; then all is written once more, and has to come to what is known of it."""
    first = recount(server, school["tenant"])
    size = item_bytes(signed(server, school, asked["items"], SEED)[1][1])
    load(server, server.requests("load", school, asked["items"]))
    second = recount(server, school["tenant"])
    known = {"items": base["items"] + asked["items"], "bytes": base["bytes"] + asked["items"] * size}
    if second["counted"] != known or any(second["drift"].values()):
        raise Failure(f"counted {second['counted']}, reckoned {second['reckoned']}, and there are {known}")
    return first["drift"]


def measure(bench, is_quick):
    asked, draw = QUICK_ASKED if is_quick else ASKED, random.Random(SEED)
    folder = bench.folder / "kills"
    folder.mkdir()
    start = lambda: Homeroom(folder, bench.catalog, is_pinned=False, threads=2)
    server = start()
    found = {"asked": asked, "answered": 0, "unanswered": 0, "surplus": 0.0, "missing": []}
    try:
        server.onboard({"basic": 1})
        school = server.schools()[0]
        base = recount(server, school["tenant"])["counted"]
        taken = calibrate(server, school, asked["items"])
        for number in range(asked["kills"]):
            bench.say(f"usage after a kill, {number + 1} of {asked['kills']}")
            life = Life(server, school, asked, SEED + 1 + number)
            before = used(server, school["tenant"])
            life.use_and_kill(draw.uniform(LEAST_SECONDS, asked["most"]))
            server = start()
            after = used(server, school["tenant"])
            surplus, missing = judge({name: after[name] - before[name] for name in FIGURES}, taken, life)
            found["surplus"] = max(found["surplus"], surplus)
            found["missing"].append(missing)
            found["answered"] += len(life.answered)
            found["unanswered"] += len(life.unanswered)
        return {**found, "drift": agree(server, school, asked, base)}
    finally:
        server.process.kill()
        server.process.wait(60)
        server.process.stdout.close()


def target(found):
    """The row of the page's first table."""
    late = max(found["missing"])
    if found["surplus"] > 0:
        verdict = f"missed: {found['surplus']:g} too much"
    elif late > MAY_BE_MISSING_MILLISECONDS:
        verdict = f"missed by {late - MAY_BE_MISSING_MILLISECONDS:.0f} ms"
    else:
        verdict = "reached"
    text = f"{found['surplus']:g} too much; at most the last {late:.0f} ms missing; the recount agrees"
    return [f"metering after kill -9, {len(found['missing'])} times",
            "never double, missing at most the last second; recount agrees", text, verdict]


def section(found):
    """The page's part of it."""
    asked, missing = found["asked"], sorted(found["missing"])
    drift = found["drift"]
    row = [f"{found['surplus']:g}"]
    row += [f"{value:.0f} ms" for value in [missing[0], missing[len(missing) // 2], missing[-1]]]
    return f"""**After `kill -9`**: {count(asked["requests"])} requests a second over {asked["connections"]} connections, half GetItem
and half PutItem of 1 KB, and a kill after {LEAST_SECONDS} to {asked["most"]} s; {len(missing)} times. Units and requests that
`tenant usage` shows after the next start, beside those that were answered: too much is what is more than all that were
answered or on their way ({count(found["answered"])} and {found["unanswered"]}); missing is told by how long before the kill the
first of the answers came that is not in it.

{table(["too much, most of all kills", "missing: least", "median", "most"], [row])}

Of items and bytes {count(drift["items"])} and {count(drift["bytes"])} were missing after all kills. A recount corrected that;
then every item was written once more, and the meter, a second recount and what there is agree to the byte."""
