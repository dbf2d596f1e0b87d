"""Moves: how fast a tenant is copied and verified, what a move takes of the memory, and what everybody feels of it."""

import shutil

import pauses
from harness import BUILD, ROOT, figures, run
from page import count, percent, table

# Items of the rounds that ratios are medians of; and of the runs that tell of memory alone.
ROUND_ITEMS, MEMORY_ITEMS = 1_000_000, [10_000, 100_000]
QUICK_ROUND_ITEMS, QUICK_MEMORY_ITEMS = 10_000, [3_000]
ASKED = {"moves": 50, "items": 2000, "writes": 1000, "requests": 2000, "large": 1_000_000}
QUICK_ASKED = {"moves": 3, "items": 500, "writes": 200, "requests": 400, "large": 80_000}
CATALOG = ROOT / "Templates/catalogs/default.json"


def measure(bench, rounds, is_quick):
    """All rows of the section."""
    round_items, memory_items = (
        (QUICK_ROUND_ITEMS, QUICK_MEMORY_ITEMS) if is_quick else (ROUND_ITEMS, MEMORY_ITEMS))
    found = {"rounds": rounds, "idle": {}, "memory": {}}
    for items, times in [*[(items, 1) for items in memory_items], (round_items, rounds)]:
        bench.say(f"moving a tenant with {items:,} items, {times} times, beside SQLite's own copy")
        folder = bench.folder / "move"
        folder.mkdir()
        found["idle"][items] = figures(run(
            BUILD / "bench-tool", "move", folder, CATALOG, "--items", items, "--rounds", times, timeout=3600))
        found["memory"][items] = found["idle"][items]["memory_megabytes_most"]
        shutil.rmtree(folder)
    found["round"] = round_items
    folder = bench.folder / "pauses"
    folder.mkdir()
    found["loaded"] = pauses.measure(folder, QUICK_ASKED if is_quick else ASKED, bench.say)
    found["asked"] = QUICK_ASKED if is_quick else ASKED
    shutil.rmtree(folder)
    return found


def memory_ratio(found):
    """How much more memory the largest move took than the next one."""
    by = found["memory"]
    sizes = sorted(by)
    return by[sizes[-1]] / by[sizes[-2]]


def section(found):
    """The section's text."""
    moves = found["moves"]
    large = moves["loaded"]["large"]
    return f"""A tenant with {count(moves["round"])} items of 1 KB, each with an entry in an index that holds it whole, is moved from a pool to
a store of its own while nothing else happens, {moves["rounds"]} times, the move taken back in between; figures and ratio are medians.
Beside each, in the same minutes, SQLite's own `INSERT … SELECT` of the same tables and indexes between two files of the same layout, in
one transaction, synced at the end. The move commits each chunk, synced, and reads both sides once more to compare them.

{_idle(moves)}

A server with its shipped rates of copying, {count(moves["asked"]["writes"])} writes a second to the moving district and
{count(moves["asked"]["requests"])} requests a second, half of them writes, to another of its pool. A request's time counts from when it
was due. None failed. One move of {count(large["items"])} items, which took {large["seconds"]:.0f} s: it goes on for
{pauses.MOVING_SECONDS} s and is paused for {pauses.PAUSED_SECONDS} s by turns, so that what the others see with it and without it is of
the same minutes; p50 and p99 are medians of those windows. In a pause behind the switch the district's writes go to a twin of it in
the pool that it has left, as they would without a move. The p99 of each window by that of the pause behind it, in the median:

{_ratios(large)}

A write waits for a sync and for the writes
before it, a read for neither. (What both wait for is measured in `Benchmarks/PROFILE.md`; the load's own process, which stands
for other machines, gets a processor as soon as it wakes.) Then {moves["loaded"]["many"]["moves"]} moves of {count(moves["loaded"]["many"]["items"])} items from pool to
pool, each taken back.

{_loaded(moves)}

How long the district's writes waited, from the fence to the switch; the fence was raised {moves["loaded"]["many"]["fences"]} times
at the most.

{_pauses(moves)}

The most memory that a move took beside what the process had before, files that are mapped left out:
{", ".join(f"{count(items)} items {megabytes:.0f} MB" for items, megabytes in sorted(moves["memory"].items()))}."""


def _idle(moves):
    by = moves["idle"][moves["round"]]
    return table(
        ["items", "copy", "verify", "SQLite's copy", "SQLite's copy by copy and verify", "confirm, after the switch",
         "clean up, searched"],
        [[count(moves["round"]), f"{by['copy_seconds']:.2f} s", f"{by['verify_seconds']:.2f} s", f"{by['sqlite_seconds']:.2f} s",
          f"**{percent(by['ratio'])}** ({percent(by['ratio_least'])} to {percent(by['ratio_most'])})",
          f"{by['confirm_seconds']:.2f} s", f"{by['clean_up_seconds']:.2f} s"]])


def _ratios(large):
    steps = [("copy", "copied"), ("verify", "compared"), ("confirm", "compared again, behind the switch")]
    found = [("in all", sum(by["pairs"] for by in large["steps"].values()), large["ratios"])]
    found += [(text, by["pairs"], by) for step, text in steps if (by := large["steps"].get(step))]
    return table(
        ["while it is", "pairs", "the others' requests", "their reads", "their writes", "the district's writes"],
        [[text, count(pairs), *[f"{ratios[lane]:.2f}" for lane in ("others", "others/reads", "others/writes", "district")]]
         for text, pairs, ratios in found])


def _loaded(moves):
    rows = []
    for name, text in [("others/reads", "others' reads"), ("others/writes", "others' writes"), ("district", "the district's writes")]:
        for part, now, when in [("large", "quiet", "before the large move"), ("large", "paused", "it is paused"),
                                ("large", "moving", "it goes on"), ("many", "quiet", "between the small moves"),
                                ("many", "moving", "the small moves")]:
            by = moves["loaded"][part][f"{name}_{now}"]
            rows.append([text, when, count(by["requests"]), f"{by['p50']:.2f} ms", f"{by['p99']:.2f} ms", f"{by['worst']:.1f} ms"])
    return table(["requests", "while", "answered", "p50", "p99", "worst"], rows)


def _pauses(moves):
    many = moves["loaded"]["many"]
    return table(["", "median", "p90", "worst"], [
        [text, *[f"{many[way][name]:.1f} ms" for name in ["median", "p90", "worst"]]]
        for way, text in [("switch", "switch"), ("rollback", "roll-back")]])
