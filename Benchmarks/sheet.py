"""Benchmarks/RESULTS.md as a whole."""

import crowd
import kills
import moves
import page
import upgrades
import usage
from page import count, percent, table
from targets import targets


def render(machine, found, seconds, profile):
    """The page: of the machine, what was found on it, how long that took, and where the time goes."""
    return f"""# Measured

Written by `make bench` in {seconds / 60:.0f} minutes; every figure comes out of that run, except under "Where the time goes".

{table(["machine", ""], [[name, text] for name, text in machine])}

## What was to be reached

{targets(found)}

{_beside_the_library(found)}

## Each kind of request, and moto

The server on one core; the same requests to moto 5, its server on the same core in the same run, with a table of a thousand
items. moto keeps everything in memory and checks no signature. Medians of {found["rounds"]} runs.

{page.beside_moto(found)}

{profile}

{_many(found)}

## Moves

{moves.section(found)}

{_outgrown(found)}

## Parts

{page.parts(found)}

## The audit

{page.audit(found["audit"])}

## Exports, backups and restores

{page.archives(found["archives"])}

## Policies

**Decisions** of the role `teacher`, {found["policies"]["asked"]} requests in turn: own and others' keys on both tables and an
index, and actions without a key. All {found["policies"]["statements"]} statements of the role were translated to Cedar for one
session, its ids in the place of variables, as Cedar's `like` takes literal patterns alone; a request brings its one leading key
as an attribute. {page.agreement(found)}

{page.beside_cedar(found)}

**Proofs of isolation** of the shipped roles and of a large document that only its last Deny closes; the least of 5 runs.

{page.proofs(found)}
"""


def _outgrown(found):
    return f"""## Usage

{usage.section(found["usage"])}

{kills.section(found["kills"])}

{crowd.section(found["estate"]["crowd"])}

## A night of upgrades

{upgrades.section(found)}"""


def _beside_the_library(found):
    get, put = found["get"], found["put"]
    return f"""## A request through the gateway, beside the bare HTTP library

The server runs on one core (`--threads 1`), the load generator (wrk, requests signed beforehand) on another. A request
through the gateway is authenticated (Signature Version 4 with a session token), decided by the shipped policies of the role
`service`, checked by the second wall, throttled, routed, carried out and counted. The bare server is libmicrohttpd alone: it
reads the same requests and answers the same number of bytes. Both are measured in turn, {found["rounds"]} times
{found["seconds"]} seconds each after a first round that does not count; figures and ratios are medians, in brackets the
lowest and the highest ratio.

**GetItem**, {count(found["keys"])} different keys out of {count(found["items"])} items of 1 KB; a request has
{count(get["requestBytes"])} bytes, an answer {count(get["answerBytes"])}.

{page.requests(found, "get")}

What a GetItem costs in processor time, kernel included. The bare server keeps the load generator busy without a pause; a
slower one has to wake it for each answer, which costs the server more the busier the machine is. So the bare server is
measured once more, slowed down to the gateway's pace; what it idles is taken off.

{page.processor(found)}

**PutItem**, items of 1 KB to random keys; a request has {count(put["requestBytes"])} bytes, an answer
{count(put["answerBytes"])}. Answered when the write is on disk.

{page.requests(found, "put")}

PutItem beside SQLite alone: as many rows of the same size in the best layout that we know, in groups of 64 that are synced,
from one thread on the same core in the same minutes. What was written to disk is the system's count of the process's writes.

{page.raw_writes(found)}"""


def _many(found):
    pool, both, estate = found["pool"], found["neighbour"], found["estate"]
    return f"""## Many tenants

**In one pool**: two pools of 100 tenants, items of 300 B, GetItem of all tenants mixed, 16 connections, in turn. The median of
the p99s' ratios is {pool["ratio"]:.2f}. The fuller pool's file has {pool["bytes"] / 2**30:.1f} GB; the engine filled it with
{count(pool["fill"])} items a second.

{page.pools(found)}

**A loud neighbour**: two tenants of one pool. One sends 100 requests a second, within its rate; the other, its saved-up units
spent, as fast as 16 connections can, and gets a ProvisionedThroughputExceededException for {percent(both["refused"]["refused"])} of
{count(both["refused"]["rate"])} requests a second, which keep the server's one core busy.

{page.neighbour(found)}

**Ten thousand**: {count(estate["tenants"])} tenants were onboarded from a file in {estate["onboarding"]:.0f} s,
{estate["dedicated"]} of them with stores of their own. A start took {estate["start"]:.2f} s until ready (the slowest of
{found["rounds"]}: {estate["slowestStart"]:.2f} s), the server then had {estate["atStart"] / 2**20:,.0f} MB resident; with a write to
each dedicated store {estate["resident"] / 2**20:,.0f} MB, and {estate["files"]} files open."""
