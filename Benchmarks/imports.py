"""Districts onboarded from a file: pooled, and with stores of their own. Each round on a folder of its own."""

import shutil
import statistics

from harness import Homeroom

# Seconds that an import may take, by tier and number of districts.
SIZES = {"basic": (1000, 10), "premium": (200, 20)}


def measure(bench, rounds):
    found = {}
    for tier, (count, most) in SIZES.items():
        times = []
        for number in range(rounds):
            bench.say(f"importing {count:,} districts of tier {tier}, {number + 1} of {rounds}")
            folder = bench.folder / f"import-{tier}-{number}"
            folder.mkdir()
            server = Homeroom(folder, bench.catalog, is_pinned=False, threads=2)
            try:
                times.append(server.onboard({tier: count}))
            finally:
                server.stop()
            shutil.rmtree(folder)
        found[tier] = {"count": count, "most": most, "seconds": statistics.median(times), "slowest": max(times)}
    return found
