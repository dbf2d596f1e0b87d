"""Thousands of tenants that all ask something in the same second: what it costs to write down what each has used."""

import concurrent.futures
import datetime
import hashlib
import hmac
import json
import re
import time
import urllib.request

import pauses
from harness import Failure
from page import count, table

# Requests a second, of so few tenants or of all; each for a while before it counts, in which the meter comes to know
# them.
RATE, FEW = 10_000, 100
WARM_SECONDS, SECONDS, QUICK_SECONDS = 5, 20, 3
POLL_SECONDS, RECOUNTS_SECONDS = 0.1, 900
# Usage is written down half a second after the last time; a crash may lose a second of it.
MOST_MILLISECONDS = 500
WORKERS = 4
SCOPE = "us-east-1/dynamodb/aws4_request"


def digest(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


class Signer:
    """Signature Version 4 for one session, as the AWS guide has it: ten thousand programs would take minutes."""

    def __init__(self, credentials, host):
        self.credentials, self.host = credentials, host
        self.moment = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        key = digest(b"AWS4" + credentials["BENCH_SECRET"].encode(), self.moment[:8])
        for part in SCOPE.split("/"):
            key = digest(key, part)
        self.key = key

    def sign(self, body):
        fields = {
            "content-type": "application/x-amz-json-1.0", "host": self.host, "x-amz-date": self.moment,
            "x-amz-security-token": self.credentials["BENCH_TOKEN"], "x-amz-target": "DynamoDB_20120810.GetItem"}
        names = ";".join(fields)
        head = "".join(f"{name}:{value}\n" for name, value in fields.items())
        canonical = f"POST\n/\n\n{head}\n{names}\n{hashlib.sha256(body).hexdigest()}"
        scope = f"{self.moment[:8]}/{SCOPE}"
        text = f"AWS4-HMAC-SHA256\n{self.moment}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        signature = digest(self.key, text).hex()
        fields["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={self.credentials['BENCH_KEY_ID']}/{scope}, SignedHeaders={names}, "
            f"Signature={signature}")
        lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        return f"POST / HTTP/1.1\r\n{lines}content-length: {len(body)}\r\n\r\n".encode() + body


def signed(server, schools):
    """A GetItem of each school's, signed with a session of its own."""
    def of(school):
        body = json.dumps({"TableName": "student-table", "Key": {
            "recordKey": {"S": f"TENANT#{school['id']}#STUDENT#1"}, "entityKey": {"S": "PROFILE"}}}).encode()
        return Signer(server.session(school), server.address).sign(body)

    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(of, schools))


def metric(server, name):
    with urllib.request.urlopen(f"{server.control}/metrics", timeout=10) as answer:
        return float(re.search(rf"(?m)^{name} (\S+)", answer.read().decode())[1])


def writing(server):
    """How long the last writing of usage took, in seconds."""
    return metric(server, "homeroom_usage_collect_seconds")


def wait_for_recounts(server):
    """Tenants that were never counted are counted after a start, one after the other: that is another thing to measure."""
    end, before = time.monotonic() + RECOUNTS_SECONDS, None
    while (now := metric(server, "homeroom_usage_recounts_total")) != before:
        if time.monotonic() > end:
            raise Failure(f"the tenants are not counted in {RECOUNTS_SECONDS} s")
        before = now
        time.sleep(3)


def ask(server, requests, seconds):
    """Latencies of the requests, and how long each writing took meanwhile, as far as no two took the very same time."""
    path = server.folder / "crowd.requests"
    with open(path, "wb") as file:
        for request in requests:
            file.write(f"{len(request):08}\n".encode() + request)
    with pauses.Load(server, lambda: [f"crowd,{RATE},{path}"]) as sent:
        time.sleep(WARM_SECONDS)
        sent.mark("asked")
        took, end = set(), time.monotonic() + seconds
        begun = server.cpu_seconds()
        while time.monotonic() < end:
            took.add(writing(server))
            time.sleep(POLL_SECONDS)
        busy = server.cpu_seconds() - begun
        sent.mark("after")
    figures = sent.figures()["crowd_asked"]
    took = sorted(value * 1000 for value in took)
    return {**figures, "rate": figures["requests"] / seconds, "cpu": busy / figures["requests"] * 1e6,
            "writing": took[len(took) // 2], "longest": took[-1], "writings": len(took)}


def measure(bench, server, tenants, is_quick):
    """On a server with so many tenants that is up already."""
    schools = server.schools()[:tenants]
    bench.say("until all tenants are counted")
    wait_for_recounts(server)
    bench.say(f"signing a request of each of {len(schools):,} tenants")
    requests = signed(server, schools)
    seconds = QUICK_SECONDS if is_quick else SECONDS
    found = {"tenants": len(schools), "few": min(FEW, len(schools))}
    for name, some in [("by_few", requests[:FEW]), ("by_all", requests)]:
        bench.say(f"{RATE:,} requests a second, {name.replace('_', ' ')}")
        found[name] = ask(server, some, seconds)
    return found


def target(found):
    """The row of the page's first table."""
    by = found["by_all"]
    late = by["longest"] - MOST_MILLISECONDS
    verdict = "reached" if late < 0 else f"missed by {late:.0f} ms"
    return [f"usage of {count(found['tenants'])} tenants active in the same second written down",
            f"under {MOST_MILLISECONDS} ms, so that a crash loses a second at most",
            f"{by['writing']:.0f} ms, the longest {by['longest']:.0f} ms", verdict]


def section(found):
    """The page's part of it."""
    rows = [
        [f"{count(tenants)} tenants", count(by["rate"]), f"{by['p50']:.2f} ms", f"{by['p99']:.2f} ms",
         f"{by['worst']:.1f} ms", f"{by['cpu']:.1f} µs", f"{by['writing']:.1f} ms", f"{by['longest']:.1f} ms"]
        for tenants, by in [(found["few"], found["by_few"]), (found["tenants"], found["by_all"])]]
    head = ["requests of", "a second", "p50", "p99", "worst", "processor's time a request, writing included",
            "a writing", "the longest"]
    return f"""**All at once**: {count(RATE)} GetItems a second, answered by a server with two threads on both cores, beside the
load generator: of {count(found["few"])} of its tenants, then of {count(found["tenants"])}, so that each asks once a second. Twice a
second what all of them have used is written down, an hour's record for each.

{table(head, rows)}"""
