"""Ten thousand tenants, some of them with stores of their own: what they cost while they are in use, and at a start."""

import re
import statistics
import time
import urllib.request

import crowd
from harness import Connection, Homeroom, read_requests


def use(server, schools):
    """One write for each, which opens its store."""
    for school in schools:
        connection = Connection(server.address)
        for request in read_requests(server.requests("put", school, 1, count=1)):
            connection.send(request)
        connection.close()


def start(bench, folder):
    """A server and how many seconds it took until it said that it is ready."""
    begun = time.monotonic()
    server = Homeroom(folder, bench.catalog, is_pinned=False, threads=2)
    while True:
        with urllib.request.urlopen(f"{server.control}/readyz", timeout=10) as answer:
            if answer.status == 200:
                return server, time.monotonic() - begun


def looks(server, seconds=70):
    """How long looking at all tenants took, for each rule of their tiers: the longest of what shows within that time."""
    end, longest = time.monotonic() + seconds, 0.0
    while time.monotonic() < end:
        with urllib.request.urlopen(f"{server.control}/metrics", timeout=10) as answer:
            found = re.search(r"(?m)^homeroom_upgrade_look_seconds (\S+)", answer.read().decode())
        longest = max(longest, float(found[1])) if found else longest
        time.sleep(1)
    return longest


def measure(bench, tenants, dedicated, rounds, is_quick):
    folder = bench.folder / "estate"
    folder.mkdir()
    bench.say(f"onboarding {tenants:,} districts, {dedicated} of them with stores of their own")
    server, _ = start(bench, folder)
    try:
        seconds = server.onboard({"basic": tenants - dedicated, "premium": dedicated})
        schools = server.schools("premium")
        server.stop()
        times = []
        for number in range(rounds):
            bench.say(f"start {number + 1} of {rounds}")
            server, took = start(bench, folder)
            times.append(took)
            if number < rounds - 1:
                server.stop()
        found = {"atStart": server.resident_bytes()}
        use(server, schools)
        bench.say("looking at all tenants")
        found["look"] = looks(server)
        found.update(resident=server.resident_bytes(), files=server.open_files())
        return {
            "tenants": tenants, "dedicated": dedicated, "onboarding": seconds, "start": statistics.median(times),
            "slowestStart": max(times), "crowd": crowd.measure(bench, server, tenants, is_quick), **found}
    finally:
        server.stop()
