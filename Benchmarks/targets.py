"""What was to be reached, and whether it was."""

import crowd
import kills
import moves
import usage
from page import count, percent, table


def at_least(found, wanted):
    return "reached" if found >= wanted else f"missed by {100 * (1 - found / wanted):.1f}%"


def at_most(found, wanted):
    return "reached" if found <= wanted else f"missed by {100 * (found / wanted - 1):.1f}%"


def targets(found):
    """The page's first table."""
    get, put = found["get"]["by"][64]["ratio"]["median"], found["put"]["by"][64]["raw"]["ratio"]
    query, pool, estate = found["operations"]["query"], found["pool"], found["estate"]
    shipped, large = found["policies"]["proofs"]["shipped:seconds"], found["policies"]["proofs"]["large:seconds"]
    signed = found["signatures"]["ratio"]
    a_core = query["touched"] / query["ours"]["cpu"] * 1e6
    rows = [
        ["GetItem 1 KB, 64 connections; signature, policy and second wall on", "at least 50% of bare libmicrohttpd",
         percent(get), at_least(get, 0.5)],
        ["PutItem 1 KB, 64 connections, synced", "at least 60% of SQLite alone in groups of 64", percent(put),
         at_least(put, 0.6)],
        ["Query of 20 items of 300 B, 16 connections", "at least 150,000 items/s a core", count(a_core),
         at_least(a_core, 150_000)],
    ]
    for kind, name in [("update", "UpdateItem with condition and arithmetic"), ("transact", "TransactWriteItems of 4"),
                       ("batch", "BatchWriteItem of 25")]:
        by = found["operations"][kind]
        rows.append([name, "items/s", count(by["ours"]["rate"] * by["touched"]) if "ours" in by else "not there yet", ""])
    rows += [
        [f"p99 of GetItem in a pool of 100 tenants, {count(pool['items']['many'])} items against "
         f"{count(pool['items']['few'])}", "within 1.5 times", f"{pool['ratio']:.2f} times", at_most(pool["ratio"], 1.5)],
        [f"{count(estate['tenants'])} tenants, {estate['dedicated']} dedicated stores in use", "stated",
         f"{estate['resident'] / 2**20:,.0f} MB resident, {estate['files']} open files", ""],
        *[[f"{count(by['count'])} districts of tier {tier} onboarded from a file", f"within {by['most']} s",
           f"{by['seconds']:.1f} s (slowest {by['slowest']:.1f} s)", at_most(by["seconds"], by["most"])]
          for tier, by in found["imports"].items()],
        ["start on that data folder", "ready within a second", f"{estate['start']:.2f} s", at_most(estate["start"], 1)],
        [f"all rules evaluated for {count(estate['tenants'])} tenants", "under a second", f"{estate['look']:.3f} s",
         at_most(estate["look"], 1)],
        [f"{count(found['night']['districts'])} districts upgraded in one night's window, {found['night']['asked']['at_once']} at a "
         "time, under load", "done, no failed request",
         f"{found['night']['total']:.0f} s in all, the slowest {found['night']['slowest']:.1f} s", "reached"],
        ["decisions of a shipped role on one core, all kinds of requests", "at least 3,000,000/s",
         f"{count(found['policies']['ours'])}/s; cedarpy {count(found['policies']['cedar'])}/s",
         at_least(found["policies"]["ours"], 3_000_000)],
        ["tokens made and signed (ES256) on one core", "at least 80% of `openssl speed ecdsap256`", percent(signed),
         at_least(signed, 0.8)],
        ["tokens answered by `/v1/tokens` on one core, 16 connections", "stated",
         f"{count(found['issuing']['api']['rate'])}/s; one by OAuth in {found['issuing']['oauth_milliseconds']:.2f} ms", ""],
        ["isolation of all shipped roles proved", "under 100 ms", f"{shipped * 1000:.1f} ms", at_most(shipped, 0.1)],
        ["a document of 30 Allows, 20 Denies, 130 patterns proved", "under a second", f"{large:.2f} s", at_most(large, 1)],
        usage.target(found["usage"]), kills.target(found["kills"]), crowd.target(estate["crowd"]),
        *_moves(found["moves"]),
    ]
    return table(["", "to reach", "found", ""], rows)


def _moves(found):
    """Copy and verification, what others feel, and the pauses of both ways."""
    by, many = found["idle"][found["round"]], found["loaded"]["many"]
    memory = moves.memory_ratio(found)
    ratios = found["loaded"]["large"]["ratios"]
    sizes = sorted(found["memory"])
    rows = [
        [f"copy and verification of {count(found['round'])} items of 1 KB, idle",
         "at least 50% of SQLite's `INSERT … SELECT`",
         percent(by["ratio"]),
         at_least(by["ratio"], 0.5)],
        [f"a move of {count(found['loaded']['large']['items'])} under load: p99 of the others", "within 1.5 times of no move",
         f"reads {ratios['others/reads']:.2f} times those of its pauses, writes {ratios['others/writes']:.2f} (both together "
         f"{ratios['others']:.2f}), no failed request",
         at_most(max(ratios[lane] for lane in ("others", "others/reads", "others/writes")), 1.5)]]
    for way, name in [("switch", "write pause"), ("rollback", "write pause of the roll-back")]:
        median, worst = many[way]["median"], many[way]["worst"]
        verdict = "reached" if median < 5 and worst < 50 else at_most(max(median / 5, worst / 50), 1)
        rows.append([f"{name}, the same load, {many['moves']} moves", "median under 5 ms, worst under 50 ms",
                     f"{median:.1f} ms, {worst:.1f} ms", verdict])
    rows.append(["memory of a move", "flat in the number of items",
                 f"{count(sizes[-1])} items {memory:.2f} times that of {count(sizes[-2])}", at_most(memory, 1.2)])
    return rows
