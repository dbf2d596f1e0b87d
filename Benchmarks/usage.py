"""What it costs to count what tenants use."""

import shutil
import statistics

from harness import Homeroom, wrk
from page import count, table

CONNECTIONS = 64


def measure(bench, items, keys, rounds, seconds):
    """GetItem by a server that counts and by one that does not, over copies of the same folder, in turn.

    Which of the two comes first changes from round to round, as a machine may become slower meanwhile. What is compared is the
    processor's time a request: the load generator's core is busy too, and the rate depends on it.
    """
    bench.stop()
    folders = {}
    for name in ["counted", "uncounted"]:
        folders[name] = bench.folder / name
        folders[name].mkdir()
        shutil.copytree(bench.folder / "data", folders[name] / "data")
    servers = {}
    try:
        servers["counted"] = Homeroom(folders["counted"], bench.catalog, is_pinned=True)
        servers["uncounted"] = Homeroom(folders["uncounted"], bench.catalog, True, 1, "--no-metering")
        paths = {name: server.requests("get", bench.school, items, count=keys, seed=1) for name, server in servers.items()}
        found = []
        # The first round warms up.
        for number in range(2 * rounds + 1):
            bench.say(f"GetItem counted and not, round {number} of {2 * rounds}")
            order = sorted(servers, reverse=number % 2 == 1)
            found.append({name: wrk(servers[name], paths[name], CONNECTIONS, seconds) for name in order})
        usage = servers["counted"].json("tenant", "usage", bench.tenant)["usage"]
        asked = sum(hour["requests"] for hour in usage)
        return digest(found[1:], asked)
    finally:
        for server in servers.values():
            server.stop()
        for folder in folders.values():
            shutil.rmtree(folder)


def digest(rounds, asked):
    """The medians, and by how much a request that is counted takes longer: of each round, so that a slow one is slow for both."""
    costs = [one["counted"]["cpu"] / one["uncounted"]["cpu"] - 1 for one in rounds]
    middle = lambda name, figure: statistics.median(one[name][figure] for one in rounds)
    return {
        "rounds": len(rounds), "cost": statistics.median(costs), "least": min(costs), "most": max(costs),
        "asked": asked,
        **{name: {figure: middle(name, figure) for figure in ["rate", "cpu", "p50", "p99"]} for name in ["counted", "uncounted"]},
    }


def tenths(share):
    return f"{share * 100:.1f}%"


def section(found):
    """The page's part of it."""
    rows = [
        [name, count(found[key]["rate"]), f"{found[key]['cpu']:.2f} µs", f"{found[key]['p50'] / 1000:.2f} ms",
         f"{found[key]['p99'] / 1000:.2f} ms"]
        for key, name in [("uncounted", "`--no-metering`"), ("counted", "as it is")]]
    return "\n".join([
        f"GetItem of 1 KB with {CONNECTIONS} connections, by two servers over copies of the same folder, on the same core in turn: one "
        "that counts what the tenant uses and writes it down each second, and one that does not. Medians of "
        f"{found['rounds']} rounds; the cost is the processor's time a request beside that of the same round without.", "",
        table(["", "GetItem a second", "processor's time a request", "p50", "p99"], rows), "",
        f"Counting costs {tenths(found['cost'])} of a request (lowest {tenths(found['least'])}, highest {tenths(found['most'])}). The first server had counted {count(found['asked'])} requests at the end."])
