"""The servers that are measured, the load generator, and what they cost."""

import json
import os
import pathlib
import re
import resource
import socket
import statistics
import subprocess
import time
import urllib.parse
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
BUILD = ROOT / ".build" / "release"
SERVER_CORE, CLIENT_CORE = "0", "1"
ROLE = "arn:aws:iam::000000000000:role/service"


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
        tasks = pathlib.Path(f"/proc/{self.process.pid}/task").glob("*/schedstat")
        return sum(int(task.read_text(encoding="ascii").split()[0]) for task in tasks) / 1e9

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


class BareServer(Process):
    """Plain libmicrohttpd that answers a fixed number of bytes."""

    def __init__(self, answer_bytes):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        super().__init__([BUILD / "bare-server", port, answer_bytes], core=SERVER_CORE)
        self.address = f"127.0.0.1:{port}"
        for _ in range(200):
            try:
                with socket.create_connection(("127.0.0.1", port)):
                    return
            except OSError:
                time.sleep(0.02)
        raise Failure("the bare server did not start")


class Homeroom(Process):
    """`homeroom serve` on a data folder, and the commands that speak to it."""

    def __init__(self, folder, catalog, is_pinned, threads=1):
        self.folder = folder
        with open(folder / "log.jsonl", "ab") as log:
            super().__init__(
                [BUILD / "homeroom", "serve", "--json", "--data", folder / "data", "--catalog", catalog,
                 "--gateway", "127.0.0.1:0", "--control", "127.0.0.1:0", "--threads", threads],
                core=SERVER_CORE if is_pinned else None, stderr=log)
        line = self.process.stdout.readline()
        if not line:
            raise Failure(f"the server did not start: {(folder / 'log.jsonl').read_text()[-2000:]}")
        self.gateway = json.loads(line)["gateway"]
        self.address = self.gateway.removeprefix("http://")

    def cli(self, *words):
        return run(BUILD / "homeroom", *words, "--data", self.folder / "data")

    def json(self, *words):
        return json.loads(self.cli(*words, "--json"))

    def session(self, school):
        """Temporary credentials of a school's application, as the environment of bench-tool."""
        path = self.folder / "token.jwt"
        path.unlink(missing_ok=True)
        self.cli("token", "issue", "--tenant", school["tenant"], "--school", school["id"], "--role", "service",
                 "--out", path)
        form = urllib.parse.urlencode({
            "Action": "AssumeRoleWithWebIdentity", "Version": "2011-06-15", "RoleArn": ROLE,
            "RoleSessionName": "bench", "DurationSeconds": "3600", "WebIdentityToken": path.read_text().strip()})
        with urllib.request.urlopen(f"{self.gateway}/", data=form.encode(), timeout=30) as answer:
            text = answer.read().decode()
        parts = {name: re.search(f"<{name}>(.*?)</{name}>", text)[1]
                 for name in ["AccessKeyId", "SecretAccessKey", "SessionToken"]}
        return {"BENCH_KEY_ID": parts["AccessKeyId"], "BENCH_SECRET": parts["SecretAccessKey"],
                "BENCH_TOKEN": parts["SessionToken"]}

    def requests(self, kind, school, items, count=0, seed=1):
        """A file of signed requests, good for 15 minutes."""
        path = self.folder / f"{kind}.requests"
        run(BUILD / "bench-tool", "requests", kind, "--host", self.address, "--school", school["id"], "--items", items,
            "--count", count, "--seed", seed, "--out", path, **self.session(school))
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


def load(server, path):
    """Sends each request once, over one connection."""
    connection = Connection(server.address)
    for request in read_requests(path):
        answer = connection.send(request)
        if b'"UnprocessedItems":{}' not in answer:
            raise Failure("a batch was not written as a whole")
    connection.close()


def one_answer(server, path):
    """The answer to a file's first request."""
    connection = Connection(server.address)
    answer = connection.send(next(read_requests(path)))
    connection.close()
    return answer


def wrk(server, path, connections, seconds):
    """One run of the load generator against a server."""
    busy, spent = server.cpu_seconds(), resource.getrusage(resource.RUSAGE_CHILDREN)
    text = run("wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", HERE / "signed.lua",
               f"http://{server.address}/", "--", path, core=CLIENT_CORE)
    busy = server.cpu_seconds() - busy
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    result = json.loads(re.search(r"RESULT (.*)", text)[1])
    if result["refused"] or result["broken"] or not result["requests"]:
        raise Failure(f"{result['refused']} requests were refused, {result['broken']} failed of {result['requests']}")
    elapsed = result["microseconds"] / 1e6
    return {
        "rate": result["requests"] / elapsed, "cpu": busy / result["requests"] * 1e6,
        "busy": busy / elapsed, "client": (now.ru_utime + now.ru_stime - spent.ru_utime - spent.ru_stime) / elapsed,
        "p50": result["p50"], "p99": result["p99"],
    }


def medians(runs):
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}
