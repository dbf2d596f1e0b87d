"""A server to be measured, and a client that signs: what the benchmark needs of AWS, with the standard library alone."""

import concurrent.futures
import datetime
import hashlib
import hmac
import http.client
import json
import os
import pathlib
import re
import subprocess
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[1]
BUILD = ROOT / ".build/release"
HOMEROOM = BUILD / "homeroom"
REGION = "us-east-1"


def catalog(folder):
    """The default catalog with rates that no load reaches; its path."""
    content = json.loads((ROOT / "Templates/catalogs/default.json").read_text())
    for tier in content["tiers"]:
        for rate in ["readUnitsPerSecond", "writeUnitsPerSecond", "copyRateItemsPerSecond"]:
            tier[rate] = 10_000_000
    path = pathlib.Path(folder) / "catalog.json"
    path.write_text(json.dumps(content))
    return path


class Server:
    """`homeroom serve` on one core."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith(("HOMEROOM_", "AWS_"))}
        self.environment["HOMEROOM_DATA"] = str(self.folder / "data")
        words = ["taskset", "-c", "0", HOMEROOM, "serve", "--json", "--gateway", "127.0.0.1:0", "--control",
                 "127.0.0.1:0", "--threads", "1", "--catalog", catalog(folder), "--log-level", "warning"]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, env=self.environment)
        greeting = json.loads(self.process.stdout.readline())
        self.gateway = urllib.parse.urlsplit(greeting["gateway"]).netloc

    def stop(self):
        self.process.terminate()
        if self.process.wait(60) != 0:
            raise RuntimeError("the server did not end well")

    def command(self, *words):
        """What a command answers, as JSON."""
        done = subprocess.run([HOMEROOM, *words, "--json"], env=self.environment, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"homeroom {' '.join(words)}: {done.stderr.strip()}")
        return json.loads(done.stdout)

    def onboard(self, name, tier):
        """A new district with one school: its id and the school's."""
        tenant = self.command("tenant", "onboard", name, "--tier", tier, "--admin", "it@bench.example", "--school",
                              "Bench High", "--timezone", "UTC")["tenant"]
        return tenant["id"], tenant["schools"][0]["id"]

    def session(self, tenant, school):
        """Temporary credentials of the school's application: a Signer."""
        token = self.folder / f"{school}.jwt"
        self.command("token", "issue", "--tenant", tenant, "--school", school, "--role", "service", "--out", str(token))
        form = urllib.parse.urlencode({
            "Action": "AssumeRoleWithWebIdentity", "Version": "2011-06-15", "RoleSessionName": "bench",
            "RoleArn": "arn:aws:iam::000000000000:role/service", "WebIdentityToken": token.read_text().strip()})
        answer = post(self.gateway, form.encode(), {"Content-Type": "application/x-www-form-urlencoded"})
        parts = [re.search(f"<{name}>(.*?)</{name}>", answer) for name in
                 ["AccessKeyId", "SecretAccessKey", "SessionToken"]]
        if not all(parts):
            raise RuntimeError(f"no session: {answer}")
        return Signer(self.gateway, *(part.group(1) for part in parts))


def post(host, body, headers):
    connection = http.client.HTTPConnection(host, timeout=60)
    try:
        connection.request("POST", "/", body, headers)
        return connection.getresponse().read().decode()
    finally:
        connection.close()


class Signer:
    """Signs DynamoDB requests by Signature Version 4."""

    def __init__(self, host, key, secret, token):
        self.host, self.key, self.secret, self.token = host, key, secret, token

    def headers(self, operation, body):
        now = datetime.datetime.now(datetime.timezone.utc)
        stamp, day = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
        signed = {
            "content-type": "application/x-amz-json-1.0", "host": self.host, "x-amz-date": stamp,
            "x-amz-security-token": self.token, "x-amz-target": f"DynamoDB_20120810.{operation}"}
        names = ";".join(signed)
        lines = "".join(f"{name}:{value}\n" for name, value in signed.items())
        canonical = f"POST\n/\n\n{lines}\n{names}\n{hashlib.sha256(body).hexdigest()}"
        scope = f"{day}/{REGION}/dynamodb/aws4_request"
        text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        key = f"AWS4{self.secret}".encode()
        for part in [day, REGION, "dynamodb", "aws4_request"]:
            key = hmac.new(key, part.encode(), "sha256").digest()
        signature = hmac.new(key, text.encode(), "sha256").hexdigest()
        signed["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={self.key}/{scope}, SignedHeaders={names}, Signature={signature}")
        return signed

    def raw(self, operation, content):
        """A whole HTTP request."""
        body = json.dumps(content, separators=(",", ":")).encode()
        lines = [f"{name}: {value}" for name, value in self.headers(operation, body).items()]
        head = "\r\n".join(["POST / HTTP/1.1", *lines, f"content-length: {len(body)}", "", ""])
        return head.encode() + body

    def load(self, items, threads=4):
        """Stores the items, 25 a request, over several connections."""
        items = list(items)
        batches = [items[at:at + 25] for at in range(0, len(items), 25)]

        def work(number):
            connection = http.client.HTTPConnection(self.host, timeout=60)
            for batch in batches[number::threads]:
                body = json.dumps({"RequestItems": {"student-table": [{"PutRequest": {"Item": item}} for item in batch]}})
                body = body.encode()
                connection.request("POST", "/", body, self.headers("BatchWriteItem", body))
                answer = connection.getresponse()
                text = answer.read()
                if answer.status != 200 or json.loads(text)["UnprocessedItems"]:
                    raise RuntimeError(f"loading: {answer.status} {text[:300]}")
            connection.close()

        with concurrent.futures.ThreadPoolExecutor(threads) as pool:
            list(pool.map(work, range(threads)))


def key(school, number):
    return {"recordKey": {"S": f"TENANT#{school}#STUDENT#{number:08}"}, "entityKey": {"S": "PROFILE"}}


def item(school, number):
    """An item of 1 KB: six attributes."""
    return {**key(school, number), "name": {"S": f"Student {number}"}, "grade": {"N": str(number % 13)},
            "active": {"BOOL": True}, "notes": {"S": "x" * 880}}


def write_requests(path, requests):
    with open(path, "wb") as file:
        for request in requests:
            file.write(str(len(request)).encode() + b"\n" + request)
