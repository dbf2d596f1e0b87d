"""`homeroom reconcile`: what should exist beside what does, on a real server."""

import json
import os
import sqlite3
import threading
import time

import pytest
from move_world import World


@pytest.fixture
def settled(server):
    """A server with two districts, in a pool and in a store of its own."""
    server.onboard("Pooled")
    server.onboard("Apart", tier="premium")
    return server


def found(server, *options):
    done = server.cli("reconcile", "--json", *options, check=False)
    report = json.loads(done.stdout)
    assert done.returncode == (1 if report["findings"] else 0), done.stderr
    return report["findings"]


def stop_and(server, change):
    assert server.terminate() == 0
    change()
    server.start()


def old(path, content=b"x"):
    path.write_bytes(content)
    os.utime(path, (time.time() - 3600, time.time() - 3600))


def test_a_healthy_system_is_clean(settled):
    done = settled.cli("reconcile", "--deep")
    assert done.stdout == "nothing is wrong\n"
    assert settled.api("GET", "/v1/reconcile").json == {"isClean": True, "findings": [], "done": [], "failures": []}


def test_a_strange_stores_file_is_removed_only_when_it_is_named(settled):
    stray = settled.data / "stores/pool-basic-9.sqlite"
    home = next((settled.data / "stores").glob("pool-basic-1.sqlite"))
    stop_and(settled, lambda: stray.write_bytes(home.read_bytes()))
    settled.wait_for(lambda: '"finding":"store-file-stray:pool-basic-9"' in settled.log.read_text())
    [finding] = found(settled)
    assert (finding["id"], finding["remedy"]) == ("store-file-stray:pool-basic-9", "removal")
    shown = settled.cli("reconcile", check=False)
    assert shown.returncode == 1 and "no run owns it" in shown.stdout
    settled.cli("reconcile", "--repair", check=False)
    assert stray.exists()
    refused = settled.cli("reconcile", "--remove", finding["id"], check=False)
    assert refused.returncode == 2 and "--yes" in refused.stderr and stray.exists()
    done = settled.cli("reconcile", "--remove", finding["id"], "--yes")
    assert "nothing else is wrong" in done.stdout and not stray.exists()
    entry = settled.api("GET", "/v1/audit?action=reconcile.removed&limit=1").json["entries"][0]
    assert (entry["action"], entry["subject"]) == ("reconcile.removed", "pool-basic-9")
    assert entry["actor"].startswith("credential:")
    gone = settled.cli("reconcile", "--remove", finding["id"], "--yes", check=False)
    assert gone.returncode == 1 and "there is no finding" in gone.stderr


def test_files_that_nobody_knows_and_files_not_written_to_their_end(settled):
    old(settled.data / "notes.txt")
    old(settled.data / "stores/premium-x.sqlite.new")
    old(settled.data / "backups/b1.part")
    (settled.data / "stores/fresh.sqlite.new").write_bytes(b"being written")
    (settled.data / "stores/fresh.sqlite.new-journal").write_bytes(b"being written")
    assert {finding["id"] for finding in found(settled)} == {
        "file-stray:notes.txt", "file-unfinished:stores/premium-x.sqlite.new", "file-unfinished:backups/b1.part"}
    settled.cli("reconcile", "--remove", "file-unfinished", "--remove", "file-stray:notes.txt", "--yes")
    assert found(settled) == []
    assert (settled.data / "stores/fresh.sqlite.new").exists() and not (settled.data / "notes.txt").exists()


def test_a_lost_store_is_told_and_not_touched(settled):
    [lost] = (settled.data / "stores").glob("premium-*.sqlite")
    kept = []

    def lose():
        kept.append(lost.read_bytes())
        lost.unlink()

    stop_and(settled, lose)
    [finding] = [f for f in found(settled) if f["kind"] == "store-file-missing"]
    assert finding["remedy"] == "by-hand" and lost.name in finding["action"]
    refused = settled.cli("reconcile", "--remove", finding["id"], "--yes", check=False)
    assert refused.returncode == 1 and "is not removed for you" in refused.stderr
    stop_and(settled, lambda: lost.write_bytes(kept[0]))
    assert found(settled) == []


def test_a_tenants_key_and_a_wrong_body_are_refused(settled):
    key = settled.onboard("Keyed").json["credentials"]["key"]
    assert settled.api("GET", "/v1/reconcile", key=key).status == 403
    assert settled.api("GET", "/v1/reconcile?deep=perhaps").status == 400
    for body in [{}, {"repair": True, "remove": ["x"]}, {"remove": []}]:
        assert settled.api("POST", "/v1/reconcile", body).status == 400


def test_nothing_is_found_while_districts_come_and_move(stopped_server):
    world = World(stopped_server)
    server, ended, reports = world.server, threading.Event(), []

    def watch():
        while not ended.is_set():
            reports.append(server.api("GET", "/v1/reconcile").json["findings"])

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        tenants = [server.onboard(f"Moving {n}").json["tenant"]["id"] for n in range(4)]
        for tier in ["premium", "basic"]:
            runs = []
            for tenant in tenants:
                answer = server.api("POST", f"/v1/tenants/{tenant}/moves", {"tier": tier, "undoWindowSeconds": 0})
                assert answer.status == 202, answer.text
                runs.append(answer.json["id"])
            for run in runs:
                server.wait_for(lambda: server.api("GET", f"/v1/runs/{run}").json["state"] == "completed", seconds=60)
    finally:
        ended.set()
        watcher.join()
    assert len(reports) > 3 and all(report == [] for report in reports), [r for r in reports if r]


def age(path):
    os.utime(path, (time.time() - 3600, time.time() - 3600), follow_symlinks=False)


def test_files_of_backups_and_exports_beside_what_records_them(stopped_server, tmp_path):
    world = World(stopped_server)
    server = world.server
    backup = server.cli_json("backup", "create", world.mover["id"], "--wait")["result"]["backup"]
    server.cli("tenant", "export", world.mover["id"], "--out", str(tmp_path / "copy"))
    server.cli("tenant", "import-data", world.mover["id"], "--from", str(tmp_path / "copy"), "--on-conflict", "skip")
    assert server.cli("reconcile", "--deep").stdout == "nothing is wrong\n"
    tenant, name = backup.split(".")
    home = server.data / "backups/tenants" / tenant / name
    [export] = [path for path in (server.data / "exports").iterdir() if path.name != "images"]
    part = next(export.rglob("part-*"))
    kept = {path: path.read_bytes() for path in [home / "items-1.zst", part]}
    # What nothing names: told when nobody can be writing it any more, and removed when it is named.
    strays = [home / "items-7.zst", home.parent / "01700000000000-0a1b2c3d", server.data / "exports/notes"]
    strays[0].write_bytes(b"x")
    strays[1].mkdir()
    strays[2].write_bytes(b"x")
    assert found(server) == []
    for path in strays:
        age(path)
    assert {finding["id"] for finding in found(server)} == {
        f"file-stray:{path.relative_to(server.data)}" for path in strays}
    server.cli("reconcile", "--repair", check=False)
    assert all(path.exists() for path in strays)
    server.cli("reconcile", "--remove", "file-stray", "--yes")
    assert not any(path.exists() for path in strays)
    # What should be there: cut short, then gone. Nobody but a person puts that right.
    for path, content in kept.items():
        subject = str(path.relative_to(server.data))
        path.write_bytes(content[:-1])
        [finding] = found(server)
        assert (finding["id"], finding["remedy"]) == (f"file-differs:{subject}", "by-hand"), finding
        path.unlink()
        [finding] = found(server)
        assert (finding["id"], finding["remedy"]) == (f"file-missing:{subject}", "by-hand"), finding
        refused = server.cli("reconcile", "--remove", finding["id"], "--yes", check=False)
        assert refused.returncode == 1 and "is not removed for you" in refused.stderr
        path.write_bytes(content)
    assert found(server) == []


def test_a_receipt_taken_out_of_the_chain_is_told(stopped_server):
    world = World(stopped_server)
    server = world.server
    first, second = world.move("advanced", undoWindowSeconds=0), None
    world.wait(first, "completed")
    second = world.move("basic", undoWindowSeconds=0)
    world.wait(second, "completed")
    assert found(server) == []
    assert server.terminate() == 0
    with sqlite3.connect(server.data / "stores/registry.sqlite") as file:
        gone = file.execute("DELETE FROM t1 WHERE pk = CAST('receipt' AS BLOB) AND sk = CAST(? AS BLOB)", (first,))
        assert gone.rowcount == 1
    file.close()
    world.start()
    [finding] = found(server)
    assert (finding["id"], finding["remedy"]) == (f"receipt-chain:{second}", "by-hand"), finding
    assert "receipt 1 is missing before 2" in finding["problem"]
    server.wait_for(lambda: f"receipt-chain:{second}" in server.log.read_text())
