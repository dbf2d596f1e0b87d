"""An audit to look at: a server with some history whose heads go to a file, and its registry as somebody with a shell has it."""

import hashlib
import json
import sqlite3
import subprocess

import pytest
from conftest import Server, binary, plain_environment


def entries(server, **query):
    words = "&".join(f"{name}={value}" for name, value in query.items())
    return server.api("GET", f"/v1/audit?limit=500&{words}").json["entries"]


def offline(*words):
    """Verifies without any server: the command, its code and what it says."""
    done = subprocess.run(
        [binary(), "audit", "verify", *map(str, words)], capture_output=True, text=True, env=plain_environment(), timeout=60)
    return done


class Registry:
    """The registry's file of a stopped server, as somebody with a shell has it."""

    def __init__(self, server):
        self.file = sqlite3.connect(server.data / "stores" / "registry.sqlite")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.commit()
        self.file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.file.close()

    def chain(self, partition=b"audit"):
        rows = self.file.execute("SELECT rowid, item FROM t1 WHERE pk = ? ORDER BY sk", [partition]).fetchall()
        return [(number, json.loads(item)) for number, item in rows]

    def store(self, number, item):
        text = json.dumps(item, separators=(",", ":"), ensure_ascii=False).encode()
        self.file.execute("UPDATE t1 SET item = ?, size = size WHERE rowid = ?", [text, number])

    def place(self, text):
        return next(place for place, (_, item) in enumerate(self.chain()) if text in item["body"]["S"])

    def change(self, place, old, new):
        """The number of the entry, counted from 1."""
        number, item = self.chain()[place]
        assert old in item["body"]["S"]
        item["body"]["S"] = item["body"]["S"].replace(old, new)
        self.store(number, item)
        return place + 1

    def remove(self, place):
        self.file.execute("DELETE FROM t1 WHERE rowid = ?", [self.chain()[place][0]])

    def swap(self, first, second):
        rows = self.chain()
        (one, left), (two, right) = rows[first], rows[second]
        left["body"], right["body"] = right["body"], left["body"]
        self.store(one, left)
        self.store(two, right)

    def rewrite(self, old, new):
        """Changes an entry and computes every digest behind it anew, that of the recorded end included."""
        rows = self.chain()
        place = self.place(old)
        last = hashlib.sha256(rows[-1][1]["body"]["S"].encode()).hexdigest()
        digest = None
        for index, (number, item) in enumerate(rows):
            text = item["body"]["S"]
            if index == place:
                text = text.replace(old, new)
            elif index > place:
                begin = text.index('"previous":"') + len('"previous":"')
                text = text[:begin] + digest + text[begin + 64:]
            item["body"]["S"] = text
            self.store(number, item)
            digest = hashlib.sha256(text.encode()).hexdigest()
        changed = 0
        for number, item in self.file.execute("SELECT rowid, item FROM t1 WHERE pk != ?", [b"audit"]).fetchall():
            if last.encode() in item and b"audit-head" not in item:
                changed += 1
                self.file.execute(
                    "UPDATE t1 SET item = ? WHERE rowid = ?", [item.replace(last.encode(), digest.encode()), number])
        assert changed == 1


@pytest.fixture
def outside(tmp_path):
    return tmp_path / "outside.jsonl"


@pytest.fixture
def watched(tmp_path, outside):
    """A server that sends its heads to a file, with some history."""
    server = Server(tmp_path)
    server.start("--audit-sink", f"file:{outside}")
    tenant = server.onboard().json["tenant"]["id"]
    for reason in ["unpaid", "still unpaid"]:
        server.api("POST", f"/v1/tenants/{tenant}/suspend", {"reason": reason})
    server.api("POST", f"/v1/tenants/{tenant}/resume", {})
    server.tenant = tenant
    yield server
    if server.process:
        server.terminate()


def exported(server, tmp_path, name="export.jsonl"):
    path = tmp_path / name
    server.cli("audit", "export", "--out", str(path))
    keys = tmp_path / "jwks.json"
    keys.write_text(server.api("GET", "/.well-known/jwks.json", key="").text)
    return path, keys
