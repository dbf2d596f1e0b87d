"""What the gateway does a second of each kind of request, beside moto given the same ones."""

from harness import Failure, Moto, load, medians, one_answer, wrk

# A kind of request, how many connections send it, how many items one touches.
OPERATIONS = {"get": (64, 1), "put": (64, 1), "query": (16, 20), "update": (64, 1), "transact": (64, 4), "batch": (16, 25)}
NAMES = {
    "get": "GetItem, 1 KB", "put": "PutItem, 1 KB", "query": "Query, 20 items of 300 B",
    "update": "UpdateItem, condition and arithmetic, 1 KB", "transact": "TransactWriteItems, 4 puts of 1 KB",
    "batch": "BatchWriteItem, 25 puts of 1 KB"}
# moto answers some hundred requests a second: it gets a table that is loaded in seconds.
MOTO_ITEMS = 1000
# As many connections as keep its one thread busy. It copies whole tables for a transaction, which takes seconds.
MOTO_CONNECTIONS, MOTO_SECONDS, MOTO_SECONDS_MAX = 4, 1, 16


def measure(bench, items, keys, rounds, seconds):
    """Figures of each kind, ours and moto's; ours are lent the server that is running."""
    bench.say("loading classes")
    load(bench.server, bench.server.requests("load-classes", bench.school, keys))
    found = {}
    for kind, (connections, touched) in OPERATIONS.items():
        bench.say(f"{kind} with {connections} connections")
        # Classes are there for as many items as there are keys, everything else for all.
        path = bench.server.requests(kind, bench.school, keys if kind == "query" else items, count=min(keys, 10_000))
        found[kind] = {"connections": connections, "touched": touched}
        if is_served(bench, path):
            found[kind]["ours"] = medians([wrk(bench.server, path, connections, seconds) for _ in range(rounds + 1)][1:])
        path.unlink()
    ask_moto(bench, found, rounds)
    return found


def is_served(bench, path):
    try:
        one_answer(bench.server, path)
        return True
    except Failure as failure:
        bench.say(f"left out: {failure}")
        return False


def ask_moto(bench, found, rounds):
    moto = Moto()
    try:
        bench.say("loading moto")
        for kind in ["load", "load-classes"]:
            load(moto, bench.server.requests(kind, bench.school, MOTO_ITEMS), keeps_alive=False)
        for kind in OPERATIONS:
            bench.say(f"{kind} at moto")
            path = bench.server.requests(kind, bench.school, MOTO_ITEMS, count=MOTO_ITEMS)
            found[kind]["moto"] = medians([patiently(moto, path) for _ in range(rounds + 1)][1:])
            path.unlink()
    finally:
        moto.stop()


def patiently(moto, path, seconds=MOTO_SECONDS):
    """A run that is long enough for one answer."""
    try:
        return wrk(moto, path, MOTO_CONNECTIONS, seconds)
    except Failure:
        if seconds >= MOTO_SECONDS_MAX:
            raise
        return patiently(moto, path, seconds * 4)
