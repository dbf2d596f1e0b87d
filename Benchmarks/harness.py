"""The servers that are measured, the load generator, and what they cost."""

import contextlib
import ctypes
import http
import json
import os
import pathlib
import platform
import random
import re
import resource
import socket
import statistics
import struct
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
BUILD = ROOT / ".build" / "release"
SERVER_CORE, CLIENT_CORE = "0", "1"
ROLE = "arn:aws:iam::000000000000:role/service"
MOTO = ROOT / ".build" / "moto" / "bin" / "moto_server"


class Failure(Exception):
    """Why the benchmark ends early, in a sentence."""


def environment(**more):
    """The environment without what steers Homeroom or AWS clients elsewhere."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("HOMEROOM_", "AWS_"))}
    return {**kept, **more}


def run(*words, timeout=600, core=None, **more):
    """Runs a program; what it printed. One that fails ends the benchmark."""
    words = [str(word) for word in words]
    if core is not None:
        words = ["taskset", "-c", core] + words
    done = subprocess.run(words, capture_output=True, text=True, timeout=timeout, env=environment(**more))
    if done.returncode != 0:
        raise Failure(f"`{' '.join(words[:6])} …` ended with {done.returncode}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def come_first():
    """In a client that stands for machines of its own: it gets the processor when it wakes, not when whoever has it has had enough. A
    wish, which systems before Linux 6.12 do not know. Source: sched_setattr(2)."""
    call = {"x86_64": 314, "aarch64": 274}.get(platform.machine())
    if call is not None:
        ctypes.CDLL(None).syscall(call, 0, struct.pack("=IIQiIQQQ", 48, os.SCHED_OTHER, 0, 0, 0, 100_000, 0, 0), 0)


def figures(text):
    """Lines of `name value` as a dictionary."""
    return {name: float(value) for name, value in (line.split() for line in text.splitlines() if line)}


class Process:
    """A server on a core of its own, and how much of it it uses."""

    def __init__(self, words, core=None, **more):
        self.words = (["taskset", "-c", core] if core else []) + [str(word) for word in words]
        self.process = subprocess.Popen(self.words, stdout=subprocess.PIPE, text=True, env=environment(), **more)

    def cpu_seconds(self):
        """What its threads have used: the first figure of schedstat, in nanoseconds."""
        nanoseconds = 0
        for task in pathlib.Path(f"/proc/{self.process.pid}/task").glob("*/schedstat"):
            # A thread that ends meanwhile, as moto's do, is left out.
            with contextlib.suppress(OSError):
                nanoseconds += int(task.read_text(encoding="ascii").split()[0])
        return nanoseconds / 1e9

    def _figure(self, file, name):
        """A figure of a file of `name: figure` lines under /proc."""
        text = pathlib.Path(f"/proc/{self.process.pid}/{file}").read_text(encoding="ascii")
        return int(re.search(rf"(?m)^{name}:\s+(\d+)", text)[1])

    def written_bytes(self):
        """What it has made the disk write."""
        return self._figure("io", "write_bytes")

    def resident_bytes(self):
        return self._figure("status", "VmRSS") * 1024

    def open_files(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def stop(self):
        self.process.terminate()
        try:
            code = self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise Failure(f"`{self.words[0]}` did not end") from None
        self.process.stdout.close()
        if code not in (0, -15):
            raise Failure(f"`{' '.join(self.words)}` ended with {code}")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port, what):
    for _ in range(500):
        try:
            with socket.create_connection(("127.0.0.1", port)):
                return
        except OSError:
            time.sleep(0.02)
    raise Failure(f"{what} did not start")


class BareServer(Process):
    """Plain libmicrohttpd that answers a fixed number of bytes, after so many microseconds of busy idling."""

    def __init__(self, answer_bytes, delay_microseconds=0.0):
        port = free_port()
        super().__init__([BUILD / "bare-server", port, answer_bytes, 1, round(delay_microseconds * 1000)], core=SERVER_CORE)
        self.address = f"127.0.0.1:{port}"
        wait_for(port, "the bare server")


class Moto(Process):
    """moto's server with the one table that the requests are about."""

    def __init__(self):
        port = free_port()
        super().__init__([MOTO, "-H", "127.0.0.1", "-p", port], core=SERVER_CORE, stderr=subprocess.DEVNULL)
        self.address = f"127.0.0.1:{port}"
        wait_for(port, "moto")
        self.call("CreateTable", {
            "TableName": "student-table", "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ["recordKey", "entityKey"]],
            "KeySchema": [{"AttributeName": "recordKey", "KeyType": "HASH"},
                          {"AttributeName": "entityKey", "KeyType": "RANGE"}]})

    def call(self, operation, body):
        """moto looks at the service in the credential's scope and at nothing else of a signature."""
        scope = "Credential=bench/20260101/us-east-1/dynamodb/aws4_request"
        request = urllib.request.Request(f"http://{self.address}/", data=json.dumps(body).encode(), headers={
            "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": f"DynamoDB_20120810.{operation}",
            "Authorization": f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)


class Homeroom(Process):
    """`homeroom serve` on a data folder, and the commands that speak to it."""

    def __init__(self, folder, catalog, is_pinned, threads=1, *options):
        self.folder = folder
        with open(folder / "log.jsonl", "ab") as log:
            super().__init__(
                [BUILD / "homeroom", "serve", "--json", "--data", folder / "data", "--catalog", catalog,
                 "--gateway", "127.0.0.1:0", "--control", "127.0.0.1:0", "--threads", threads, *options],
                core=SERVER_CORE if is_pinned else None, stderr=log)
        line = self.process.stdout.readline()
        if not line:
            raise Failure(f"the server did not start: {(folder / 'log.jsonl').read_text()[-2000:]}")
        self.gateway, self.control = (json.loads(line)[name] for name in ["gateway", "control"])
        self.address = self.gateway.removeprefix("http://")

    def cli(self, *words):
        return run(BUILD / "homeroom", *words, "--data", self.folder / "data")

    def json(self, *words):
        return json.loads(self.cli(*words, "--json"))

    def api(self, path, body=None):
        """What the control API answers an administrator."""
        key = (self.folder / "data" / "admin-key").read_text(encoding="ascii").strip()
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.control}{path}", data=data, headers={
            "Authorization": f"Bearer {key}", "Content-Type": "application/json"})
        while True:
            try:
                with urllib.request.urlopen(request, timeout=30) as answer:
                    return json.load(answer)
            except urllib.error.HTTPError as refusal:
                # One caller may ask so often; what is measured here is not what it asks.
                if refusal.code != http.HTTPStatus.TOO_MANY_REQUESTS:
                    raise
                time.sleep(int(refusal.headers["Retry-After"]))

    def schools(self, tier=None):
        """The first school of each tenant."""
        found, after = [], ""
        while after is not None:
            page = self.api("/v1/tenants?limit=100" + (f"&tier={tier}" if tier else "") + (after and f"&after={after}"))
            for listed in page["tenants"]:
                tenant = self.api(f"/v1/tenants/{listed['id']}")
                found.append({"tenant": tenant["id"], "id": tenant["schools"][0]["id"], "placement": tenant["placement"]})
            after = page.get("next")
        return found

    def onboard(self, tiers):
        """Districts from a file, so many of each tier; how many seconds that took."""
        rows = [f"{tier} {n:05},{tier},it@{tier}{n}.example,School {n},America/Chicago,{tier}{n}"
                for tier, count in tiers.items() for n in range(count)]
        path = self.folder / "districts.csv"
        path.write_text("\n".join(["name,tier,admin,school,timezone,external_id", *rows]) + "\n")
        begun = time.monotonic()
        self.cli("tenant", "import", path)
        return time.monotonic() - begun

    def session(self, school):
        """Temporary credentials of a school's application, as the environment of bench-tool."""
        token = self.api("/v1/tokens", {"tenant": school["tenant"], "school": school["id"], "role": "service"})["token"]
        form = urllib.parse.urlencode({
            "Action": "AssumeRoleWithWebIdentity", "Version": "2011-06-15", "RoleArn": ROLE,
            "RoleSessionName": "bench", "DurationSeconds": "3600", "WebIdentityToken": token})
        with urllib.request.urlopen(f"{self.gateway}/", data=form.encode(), timeout=30) as answer:
            text = answer.read().decode()
        parts = {name: re.search(f"<{name}>(.*?)</{name}>", text)[1]
                 for name in ["AccessKeyId", "SecretAccessKey", "SessionToken"]}
        return {"BENCH_KEY_ID": parts["AccessKeyId"], "BENCH_SECRET": parts["SecretAccessKey"],
                "BENCH_TOKEN": parts["SessionToken"]}

    def requests(self, kind, school, items, count=0, seed=1, name=None):
        """A file of signed requests, good for 15 minutes."""
        path = self.folder / f"{name or kind}.requests"
        run(BUILD / "bench-tool", "requests", kind, "--host", self.address, "--school", school["id"], "--items", items,
            "--count", count, "--seed", seed, "--out", path, **self.session(school))
        return path

    def mixed_requests(self, kind, schools, items, count):
        """The same of many schools, mixed: so many of each."""
        mixed = []
        for number, school in enumerate(schools):
            mixed += read_requests(self.requests(kind, school, items, count, seed=number, name="part"))
        random.Random(1).shuffle(mixed)
        path = self.folder / f"{kind}-mixed.requests"
        with open(path, "wb") as file:
            for request in mixed:
                file.write(b"%08d\n" % len(request) + request)
        return path


def read_requests(path):
    with open(path, "rb") as file:
        while head := file.read(9):
            yield file.read(int(head))


class Connection:
    """A connection that sends whole requests as they are."""

    def __init__(self, address):
        host, port = address.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), timeout=60)
        self.rest = b""

    def send(self, request):
        """Sends a request; the answer's whole bytes. One that is not 200 ends the benchmark."""
        self.socket.sendall(request)
        data = self.rest
        while b"\r\n\r\n" not in data:
            data += self._more()
        head, _, body = data.partition(b"\r\n\r\n")
        length = int(re.search(rb"(?i)content-length: *(\d+)", head)[1])
        while len(body) < length:
            body += self._more()
        self.rest = body[length:]
        if not head.startswith(b"HTTP/1.1 200"):
            raise Failure(f"expected 200, found {head[:60]!r}: {body[:300]!r}")
        return head + b"\r\n\r\n" + body[:length]

    def _more(self):
        piece = self.socket.recv(65536)
        if not piece:
            raise Failure("the server closed the connection")
        return piece

    def close(self):
        self.socket.close()


def load(server, path, keeps_alive=True):
    """Sends each request once, over one connection where the server keeps it."""
    connection = Connection(server.address)
    for request in read_requests(path):
        answer = connection.send(request)
        if not re.search(rb'"UnprocessedItems": ?\{\}', answer):
            raise Failure("a batch was not written as a whole")
        if not keeps_alive:
            connection.close()
            connection = Connection(server.address)
    connection.close()
    path.unlink()


def one_answer(server, path):
    """The answer to a file's first request."""
    connection = Connection(server.address)
    answer = connection.send(next(read_requests(path)))
    connection.close()
    return answer


def wrk(server, path, connections, seconds, may_refuse=False):
    """One run of the load generator against a server."""
    written, busy, spent = server.written_bytes(), server.cpu_seconds(), resource.getrusage(resource.RUSAGE_CHILDREN)
    text = run("wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", HERE / "signed.lua",
               f"http://{server.address}/", "--", path, core=CLIENT_CORE)
    busy = server.cpu_seconds() - busy
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    result = json.loads(re.search(r"RESULT (.*)", text)[1])
    written = server.written_bytes() - written
    if (result["refused"] and not may_refuse) or result["broken"] or not result["requests"]:
        raise Failure(f"{result['refused']} requests were refused, {result['broken']} failed of {result['requests']}")
    elapsed = result["microseconds"] / 1e6
    return {
        "rate": result["requests"] / elapsed, "refused": result["refused"] / result["requests"],
        "written": written / result["requests"], "cpu": busy / result["requests"] * 1e6,
        "busy": busy / elapsed, "client": (now.ru_utime + now.ru_stime - spent.ru_utime - spent.ru_stime) / elapsed,
        "p50": result["p50"], "p99": result["p99"],
    }


def medians(runs):
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}
