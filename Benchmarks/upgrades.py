"""A night of upgrades: districts that outgrow their tier are moved by themselves, so many at a time, while all is used."""

import datetime
import json
import math
import time
import zoneinfo

import pauses
from harness import BUILD, ROOT, Failure, Homeroom, load, run
from page import count, table

ASKED = {"districts": 100, "items": 2000, "at_once": 4, "writes": 200, "requests": 1000}
QUICK_ASKED = {"districts": 8, "items": 200, "at_once": 4, "writes": 100, "requests": 200}
LIMIT_SECONDS, POLL_SECONDS = 600, 0.25
# The districts' own, as they are onboarded. The window opens on a full minute that is so far away at least: all tenants
# are looked at every 30 seconds, so by then it is known of each that it waits.
ZONE, WINDOW_HOURS, AHEAD_SECONDS = "America/Chicago", 3, 45


def maintenance(asked, opens):
    """A night as a company has it: a window on the districts' clocks that opens then, days without moves, and limits."""
    clock = datetime.datetime.fromtimestamp(opens, zoneinfo.ZoneInfo(ZONE))
    wall = lambda moment: moment.strftime("%H:%M")
    day = lambda days: (clock + datetime.timedelta(days=days)).date().isoformat()
    return {
        "windows": [{"from": wall(clock), "to": wall(clock + datetime.timedelta(hours=WINDOW_HOURS))}],
        "blackouts": [{"from": day(7), "to": day(11), "reason": "exams"}],
        "movesAtOnce": asked["at_once"], "movesPerNight": asked["districts"]}


def catalog(folder, asked, opens):
    """The catalog that ships, where a second school is one too many for the smallest tier."""
    found = json.loads((ROOT / "Templates/catalogs/default.json").read_text())
    for tier in found["tiers"]:
        tier.update(readUnitsPerSecond=10**9, writeUnitsPerSecond=10**9, undoWindowSeconds=3600)
        tier.pop("upgrade", None)
    basic, advanced = found["tiers"][:2]
    basic.update(tenantsPerPool=100_000, upgrade={
        "to": advanced["name"], "mode": "automatic", "rules": [{"metric": "schools", "above": 1}]})
    found["maintenance"] = maintenance(asked, opens)
    path = folder / "catalog.json"
    path.write_text(json.dumps(found))
    return path


def receipts(server, tenants):
    """What each move has left, by tenant; nil for those that have not been switched."""
    found, after = {}, ""
    while after is not None:
        page = server.api("/v1/runs?kind=move&limit=100" + (after and f"&after={after}"))
        for listed in page["runs"]:
            if listed["tenant"] in tenants:
                found[listed["tenant"]] = listed
        after = page.get("next")
    return found


def is_moved(listed):
    return listed.get("step") in ("keep", "clean up") or listed["state"] == "completed"


def wait_for_window(server, grown, opens):
    """Until it opens. By then it is known of each district that it has outgrown its tier, and none was moved."""
    time.sleep(max(0, opens - 2 - time.time()))
    waiting = {pending["tenant"] for pending in server.api("/v1/upgrades")["upgrades"]}
    if waiting != {school["tenant"] for school in grown}:
        raise Failure(f"{len(waiting)} of {len(grown)} districts wait for the window")
    if receipts(server, waiting):
        raise Failure("a district was moved before the window opened")
    time.sleep(max(0, opens - time.time()))


def night(server, grown, mover, other, asked, opens):
    """Every district gets its second school before the window opens; from then until the last is in the larger tier."""
    with pauses.Load(server, lambda: pauses.lanes(server, mover, other, asked)) as sent:
        time.sleep(pauses.QUIET_SECONDS)
        for school in grown:
            server.api(f"/v1/tenants/{school['tenant']}/schools", {"name": "Second"})
        wait_for_window(server, grown, opens)
        waiting, began, opened, took = {school["tenant"] for school in grown}, None, time.monotonic(), {}
        sent.mark("moving")
        seen = {}
        while waiting:
            now = time.monotonic()
            if now - opened > LIMIT_SECONDS:
                raise Failure(f"{len(waiting)} districts were not moved in {LIMIT_SECONDS} s")
            for tenant, listed in receipts(server, waiting).items():
                began = began or now
                seen.setdefault(tenant, now)
                if listed["state"] in ("failed", "undone"):
                    raise Failure(f"the move of {tenant} is {listed['state']}: {listed.get('reason')}")
                if is_moved(listed):
                    took[tenant] = now - seen[tenant]
                    waiting.discard(tenant)
            time.sleep(POLL_SECONDS)
        sent.mark("after")
        ended = time.monotonic()
    return {"districts": len(grown), "opened": began - opened, "total": ended - opened, "slowest": max(took.values()),
            **sent.figures()}


def next_opening():
    """The full minute on which the window opens, in seconds of the epoch."""
    return math.ceil((time.time() + pauses.QUIET_SECONDS + AHEAD_SECONDS) / 60) * 60


def measure(bench, is_quick):
    asked = QUICK_ASKED if is_quick else ASKED
    folder = bench.folder / "night"
    folder.mkdir()
    bench.say(f"a night with {asked['districts']} districts of {asked['items']:,} items that have outgrown their tier")
    server = Homeroom(folder, catalog(folder, asked, next_opening()), is_pinned=False, threads=2)
    try:
        server.onboard({"basic": asked["districts"] + 1})
        schools = server.schools()
        for school in schools:
            school["items"] = asked["items"]
        other = schools[-1]
        load(server, server.requests("load", other, asked["items"]))
        load(server, server.requests("load", schools[0], asked["items"]))
    finally:
        server.stop()
    placement = other["placement"]
    run(BUILD / "bench-tool", "fill", folder / "data" / "stores" / f"{placement['store']}.sqlite",
        placement["tables"]["student-table"], "--schools", ",".join(school["id"] for school in schools[1:-1]),
        "--items", asked["items"], "--bytes", 950)
    opens = next_opening()
    server = Homeroom(folder, catalog(folder, asked, opens), is_pinned=False, threads=2)
    try:
        return {"asked": asked, **night(server, schools[:-1], schools[0], other, asked, opens)}
    finally:
        server.stop()


def section(found):
    """The section's text."""
    by, asked = found["night"], found["night"]["asked"]
    rows = [[kind, when, f"{by[key]['p50']:.2f} ms", f"{by[key]['p99']:.2f} ms", f"{by[key]['worst']:.1f} ms",
             count(by[key]["requests"])]
            for kind, lane in [("reads", "others/reads"), ("writes", "others/writes")]
            for when, key in [("without a move", f"{lane}_quiet"), ("while districts are moved", f"{lane}_moving")]]
    return f"""{count(by["districts"])} districts of {count(asked["items"])} items of 1 KB in one pool get a school too many by day. Their
tier's upgrade is `automatic`; the catalog has a window in the districts' time zone, days without moves,
{asked["at_once"]} moves at once and {count(asked["districts"])} a night. While they wait for the window, and while they are moved to stores
of their own by themselves, {count(asked["writes"])} writes a second go to one of them and {count(asked["requests"])} requests a second,
half of them writes, to a district that stays. A request that fails ends the run, and so does a move before the window
opens. The first began {by["opened"]:.1f} s after that, all were in the larger tier {by["total"]:.0f} s after it; the slowest move
took {by["slowest"]:.1f} s from its start to its switch (looked at every {POLL_SECONDS} s).

{table(["the district that stays", "", "p50", "p99", "worst", "requests"], rows)}"""
