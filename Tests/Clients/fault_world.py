"""Districts whose stores fail one at a time, and the disks that make them fail."""

import contextlib
import hashlib
import json
import os
import subprocess

import pytest
from wire import Refused, Session, Wire

TABLE = "student-table"


class District:
    """A district with one school, one connection, and what was acknowledged to it."""

    def __init__(self, server, name, tier):
        self.server = server
        answer = server.onboard(name, tier=tier, schools=[f"{name} High"])
        assert answer.status == 201, answer.text
        self.tenant = answer.json["tenant"]
        self.id = self.tenant["id"]
        self.store = self.tenant["placement"]["store"]
        self.school = self.tenant["schools"][0]["id"]
        self.acknowledged, self.number = {}, 0
        self.open()

    def open(self):
        """A session and a connection of its own, as after the server was started anew."""
        self.wire = Wire(self.server, Session(self.server, self.id, self.school))

    @property
    def path(self):
        return self.server.data / "stores" / f"{self.store}.sqlite"

    def key(self, number):
        return {"recordKey": {"S": f"TENANT#{self.school}#STUDENT#{number}"}, "entityKey": {"S": "PROFILE"}}

    def put(self, filler=10):
        """Writes one more item."""
        self.number += 1
        item = {**self.key(self.number), "filler": {"S": str(self.number % 10) * filler}}
        self.wire.call("PutItem", TableName=TABLE, Item=item)
        self.acknowledged[self.number] = item

    def get(self, number):
        return self.wire.call("GetItem", TableName=TABLE, Key=self.key(number), ConsistentRead=True).get("Item")

    def put_fails(self, filler=10):
        """Whether a write is answered by InternalServerError; nothing else may happen but that it succeeds."""
        return failed(lambda: self.put(filler))

    def check(self):
        """Everything acknowledged is there."""
        for number, item in self.acknowledged.items():
            assert self.get(number) == item, number


def failed(call):
    try:
        call()
    except Refused as error:
        assert (error.status, error.name, error.message) == (500, "InternalServerError", "Internal server error")
        return True
    return False


def log_lines(server, message, store=None):
    """The log's lines with this message, of this store."""
    lines = [json.loads(line) for line in server.log.read_text().splitlines() if line.startswith("{")]
    return [line for line in lines if line["message"] == message and store in [None, line.get("store")]]


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def run(*words):
    return subprocess.run(words, capture_output=True, text=True)


class SmallDisk:
    """A disk of a few megabytes at a folder, which can be filled and emptied."""

    def __init__(self, folder, megabytes):
        self.folder = folder
        folder.mkdir()
        done = run("mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=700", "none", str(folder))
        if done.returncode:
            pytest.skip(f"needs the right to mount: {done.stderr.strip()}")

    def take_in(self, path):
        """Moves a store's file here; a link stays in its place."""
        target = self.folder / path.name
        target.write_bytes(path.read_bytes())
        path.unlink()
        path.symlink_to(target)

    def fill(self, leaving_bytes):
        room = os.statvfs(self.folder)
        with open(self.folder / "filler", "wb") as file:
            file.write(bytes(room.f_bavail * room.f_frsize - leaving_bytes))

    def empty(self):
        (self.folder / "filler").unlink()

    def remove(self):
        run("umount", "-l", str(self.folder))


@contextlib.contextmanager
def read_only(path):
    """The file cannot be opened to be written: by its mode, or, since that stops no root, by a mount of it over itself."""
    if os.geteuid() != 0:
        path.chmod(0o400)
        try:
            yield
        finally:
            path.chmod(0o600)
        return
    if run("mount", "--bind", str(path), str(path)).returncode:
        pytest.skip("root needs the right to mount")
    try:
        assert run("mount", "-o", "remount,ro,bind", str(path)).returncode == 0
        yield
    finally:
        # The server may still have it open: it goes when that has let go of it.
        assert run("umount", "-l", str(path)).returncode == 0


@contextlib.contextmanager
def frozen(*paths):
    """Nobody, not even root, not even who has them open, writes to the files (chattr's `i`)."""
    done = run("chattr", "+i", *map(str, paths))
    if done.returncode:
        run("chattr", "-i", *map(str, paths))
        pytest.skip(f"needs files that can be made immutable: {done.stderr.strip()}")
    try:
        yield
    finally:
        assert run("chattr", "-i", *map(str, paths)).returncode == 0
