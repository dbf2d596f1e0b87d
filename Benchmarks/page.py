"""Renders Benchmarks/RESULTS.md from what was measured."""

import datetime
import statistics


def moment(text):
    """Seconds of an ISO 8601 text."""
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def count(number):
    return f"{number:,.0f}"


def percent(share):
    return f"{share * 100:.0f}%"


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def requests(found, kind):
    rows = []
    for connections, by in found[kind]["by"].items():
        ours, bare, ratio = by["ours"], by["bare"], by["ratio"]
        rows.append([
            str(connections), count(ours["rate"]), count(bare["rate"]),
            f"**{percent(ratio['median'])}** ({percent(ratio['least'])} to {percent(ratio['most'])})",
            f"{ours['p50'] / 1000:.2f} / {ours['p99'] / 1000:.2f} ms"])
    return table(["connections", "gateway, a second", "bare, a second", "ratio", "gateway p50 / p99"], rows)


def processor(found):
    return table(
        ["connections", "gateway", "bare", "bare at the gateway's pace", "so the gateway's own part"],
        [[str(connections)] + [f"{by[name]['cpu']:.1f} µs" for name in ["ours", "bare", "paced"]]
         + [f"{by['ours']['cpu'] - by['paced']['cpu']:.1f} µs"] for connections, by in found["get"]["by"].items()])


def raw_writes(found):
    return table(
        ["connections", "gateway, a second", "SQLite, a second", "ratio"],
        [[str(connections), count(by["ours"]["rate"]), count(by["raw"]["rate"]), f"**{percent(by['raw']['ratio'])}**"]
         for connections, by in found["put"]["by"].items()])


def move(found):
    steps, receipt = found["move"]["steps"], found["move"]["receipt"]
    items = receipt["copied"]["items"]
    own = found["move"]["sqlite"]
    own_rate = statistics.median(run["rows"] / run["seconds"] for run in own)
    copy = items / steps["copy"]
    rows = [
        ["copy", f"{steps['copy']:.2f} s", count(copy), f"**{percent(copy / own_rate)}** of SQLite's"],
        ["SQLite's `INSERT … SELECT`", f"{statistics.median(run['seconds'] for run in own):.2f} s", count(own_rate), ""],
        ["verify, both sides read", f"{steps['verify']:.2f} s", count(receipt["verifiedItems"] / steps["verify"]), ""],
        ["confirm, after the switch", f"{steps['confirm']:.2f} s", count(receipt["confirmedItems"] / steps["confirm"]), ""],
    ]
    pause = receipt.get("writePauseMilliseconds")
    return (f"{count(items)} items; write pause at the switch {pause:.1f} ms.\n\n"
            + table(["step", "took", "items a second", ""], rows))


def crowd(found):
    return table(
        ["tenants in the pool", "GetItem a second", "p50", "p99", "onboarding"],
        [[count(row["tenants"]), count(row["rate"]), f"{row['p50'] / 1000:.2f} ms", f"{row['p99'] / 1000:.2f} ms",
          f"{count(row['onboarded'])} districts in {row['seconds']:.1f} s" if row["seconds"] else ""]
         for row in found["crowd"]])


def parts(found):
    decisions, signatures, openssl = found["decisions"], found["signatures"], found["openssl"]
    tokens = 1e9 / signatures["token_ns"]
    return table(["what, on one core", "figure"], [
        ["a decision of the shipped teacher's policy about GetItem: allowed",
         f"{decisions['allowed_ns']:.0f} ns, {count(1e9 / decisions['allowed_ns'])} a second"],
        ["the same: refused, another school's key",
         f"{decisions['denied_ns']:.0f} ns, {count(1e9 / decisions['denied_ns'])} a second"],
        ["a request's signature verified: fields, body's hash, canonical request, HMAC",
         f"{signatures['verify_ns']:.0f} ns, {count(1e9 / signatures['verify_ns'])} a second"],
        ["a token made and signed (ES256)",
         f"{signatures['token_ns'] / 1000:.1f} µs, {count(tokens)} a second: {percent(tokens / openssl['signs'])} of "
         "`openssl speed`"],
        ["`openssl speed ecdsap256`", f"{count(openssl['signs'])} signatures, {count(openssl['verifies'])} verifications "
         "a second"],
    ])


def render(machine, found, seconds, profile):
    get, put = found["get"], found["put"]
    return f"""# Measured

Written by `make bench` in {seconds / 60:.0f} minutes; every figure comes out of that run, except under "Where the time goes".

{table(["machine", ""], [[name, text] for name, text in machine])}

## A request through the gateway, beside the bare HTTP library

The server runs on one core (`--threads 1`), the load generator (wrk, requests signed beforehand) on another. A request
through the gateway is authenticated (Signature Version 4 with a session token), decided by the shipped policies of the role
`service`, checked by the second wall, throttled, routed, carried out and counted. The bare server is libmicrohttpd alone: it
reads the same requests and answers the same number of bytes. Both are measured in turn, {found["rounds"]} times
{found["seconds"]} seconds each after a first round that does not count; figures and ratios are medians, in brackets the
lowest and the highest ratio.

**GetItem**, {count(found["keys"])} different keys out of {count(found["items"])} items of 1 KB; a request has
{count(get["requestBytes"])} bytes, an answer {count(get["answerBytes"])}.

{requests(found, "get")}

What a GetItem costs in processor time, kernel included. The bare server keeps the load generator busy without a pause; a
slower one has to wake it for each answer, which costs the server more the busier the machine is. So the bare server is
measured once more, slowed down to the gateway's pace; what it idles is taken off.

{processor(found)}

**PutItem**, items of 1 KB to random keys; a request has {count(put["requestBytes"])} bytes, an answer
{count(put["answerBytes"])}. Answered when the write is on disk.

{requests(found, "put")}

PutItem beside SQLite alone: the same rows to a copy of the same file, the same statement and pragmas, in groups of 64 that
are synced, from one thread on the same core in the same minutes.

{raw_writes(found)}

{profile}

## Many tenants in one pool

GetItem with 16 connections for one tenant, as above.

{crowd(found)}

## A move

{move(found)}

The move goes from the pool to a store of its own, in commits of its own, each synced, beside what applications write.
SQLite copies the same rows between two files of the same layout in one transaction, synced at the end.

## Parts

{parts(found)}
"""

