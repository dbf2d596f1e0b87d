"""What it costs to count what tenants use."""

import math
import os
import shutil
import socket
import statistics
import time

from counters import Instructions
from harness import CLIENT_CORE, Failure, Homeroom, one_answer, read_requests
from page import count, table

CONNECTIONS = 64
# Requests that one server is asked in turn, and how long all turns may take together. A round is four of them.
TURN_REQUESTS, WARM_ROUNDS = 32 * CONNECTIONS, 16
SECONDS, QUICK_SECONDS = 85, 8
LIMIT = 0.02
HEAD_END = b"\r\n\r\n"


class Bursts:
    """Connections that send one request each, then take the answers: a turn has a number of requests, not a length."""

    def __init__(self, server, path):
        host, port = server.address.rsplit(":", 1)
        # All answers have bodies of one length; a checksum in their heads has not.
        self.body_bytes = len(one_answer(server, path).partition(HEAD_END)[2])
        self.requests, self.next = list(read_requests(path)), 0
        self.sockets = []
        for _ in range(CONNECTIONS):
            connection = socket.create_connection((host, int(port)), timeout=60)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.sockets.append(connection)

    def turn(self):
        for _ in range(TURN_REQUESTS // CONNECTIONS):
            for connection in self.sockets:
                connection.sendall(self.requests[self.next])
                self.next = (self.next + 1) % len(self.requests)
            for connection in self.sockets:
                answer = connection.recv(65536)
                while len(answer.partition(HEAD_END)[2]) < self.body_bytes:
                    piece = connection.recv(65536)
                    if not piece:
                        raise Failure("the server closed the connection")
                    answer += piece
                if not answer.startswith(b"HTTP/1.1 200"):
                    raise Failure(f"expected 200, found {answer[:300]!r}")

    def close(self):
        for connection in self.sockets:
            connection.close()


class Side:
    """One of the two servers, its connections and its counters."""

    def __init__(self, bench, name, items, keys, *options):
        folder = bench.folder / name
        folder.mkdir()
        shutil.copytree(bench.folder / "data", folder / "data")
        self.server = Homeroom(folder, bench.catalog, True, 1, *options)
        self.bursts = Bursts(self.server, self.server.requests("get", bench.school, items, count=keys, seed=1))
        self.instructions = Instructions(self.server.process.pid)

    def read(self):
        return self.server.cpu_seconds(), self.instructions.read()

    def close(self):
        self.instructions.close()
        self.bursts.close()
        self.server.stop()
        shutil.rmtree(self.server.folder)


def measure(bench, items, keys, is_quick):
    """GetItem by a server that counts and by one that does not, over copies of the same folder, in turn.

    Both live side by side on one core. In a round each is asked twice, as in A B B A, so that a machine that becomes
    slower in its
    course does so for both. What a server does between its turns, such as writing down what it has counted, is its
    own all the same: it
    is looked at where rounds begin and end. What is compared is the processor's time a request, and the instructions
    a request.
    """
    bench.stop()
    sides = {}
    mine = os.sched_getaffinity(0)
    try:
        sides["counted"] = Side(bench, "counted", items, keys)
        sides["uncounted"] = Side(bench, "uncounted", items, keys, "--no-metering")
        bench.say("GetItem counted and not, in turn")
        os.sched_setaffinity(0, {int(CLIENT_CORE)})
        rounds, end = [], None
        before = {name: side.read() for name, side in sides.items()}
        while end is None or time.monotonic() < end:
            order = ["counted", "uncounted"] if len(rounds) % 2 == 0 else ["uncounted", "counted"]
            for name in order + order[::-1]:
                sides[name].bursts.turn()
            after = {name: side.read() for name, side in sides.items()}
            rounds.append({name: costs(before[name], after[name]) for name in sides})
            before = after
            if len(rounds) == WARM_ROUNDS:
                end = time.monotonic() + (QUICK_SECONDS if is_quick else SECONDS)
        used = sides["counted"].server.json("tenant", "usage", bench.tenant)["usage"]
        return digest(rounds[WARM_ROUNDS:], sum(hour["requests"] for hour in used))
    finally:
        os.sched_setaffinity(0, mine)
        for side in sides.values():
            side.close()


def costs(before, after):
    """Microseconds, and instructions, a request of a round."""
    asked = 2 * TURN_REQUESTS
    instructions = None if None in (before[1], after[1]) else (after[1] - before[1]) / asked
    return {"cpu": (after[0] - before[0]) / asked * 1e6, "instructions": instructions}


def interval(values):
    """The values between which the median lies with a probability of 95%, whatever they are distributed like: as many of
    them lie on either side of it as heads and tails fall."""
    ordered, n = sorted(values), len(values)
    below, outside = 0.0, 0
    while outside < n // 2:
        below += math.comb(n, outside) / 2**n
        if below > 0.025:
            break
        outside += 1
    if outside == 0:
        return ordered[0], ordered[-1]
    return ordered[outside - 1], ordered[n - outside]


def digest(rounds, asked):
    """By how much a request that is counted takes longer: of each round, their median, and where that lies."""
    found = {"rounds": len(rounds), "asked": asked}
    for figure in ["cpu", "instructions"]:
        if rounds[0]["counted"][figure] is None or rounds[0]["uncounted"][figure] is None:
            continue
        shares = [one["counted"][figure] / one["uncounted"][figure] - 1 for one in rounds]
        low, high = interval(shares)
        found[figure] = {
            "cost": statistics.median(shares), "low": low, "high": high,
            **{name: statistics.median(one[name][figure] for one in rounds) for name in ["counted", "uncounted"]}}
    return found


def tenths(share):
    return f"{share * 100:.1f}%"


def between(found):
    return f"{tenths(found['cost'])} (95%: {tenths(found['low'])} to {tenths(found['high'])})"


def target(found):
    """The row of the page's first table. Reached is what all of the interval says."""
    time_cost = found["cpu"]
    text = between(time_cost)
    if "instructions" in found:
        text += f"; of the instructions {between(found['instructions'])}"
    if time_cost["high"] < LIMIT:
        verdict = "reached"
    elif time_cost["low"] >= LIMIT:
        verdict = f"missed: at least {tenths(time_cost['low'])}"
    else:
        verdict = f"not shown: it may be up to {tenths(time_cost['high'])}"
    return ["cost of counting usage on GetItem 1 KB, 64 connections", "under 2% of the processor's time a request",
            text, verdict]


def section(found):
    """The page's part of it."""
    names = {"cpu": ("processor's time a request, kernel included", lambda value: f"{value:.2f} µs"),
             "instructions": ("instructions a request, outside the kernel", count)}
    rows = [
        [text, shown(found[key]["uncounted"]), shown(found[key]["counted"]), between(found[key])]
        for key, (text, shown) in names.items() if key in found]
    return f"""GetItem of 1 KB over {CONNECTIONS} connections, by two servers over copies of the same folder, side by side on one
core: one that counts what the tenant uses and writes it down twice a second, and one that does not. They are asked
{count(TURN_REQUESTS)} requests in turn, A B B A in a round; {found["rounds"]} rounds after {WARM_ROUNDS} that warm up. A round's cost is
its figure beside that without counting; given are the median of the rounds and, in brackets, where it lies with a
probability of 95%, by the number of rounds on either side of it.

{table(["", "`--no-metering`", "as it is", "the cost"], rows)}

The first server had counted {count(found["asked"])} requests at the end."""
