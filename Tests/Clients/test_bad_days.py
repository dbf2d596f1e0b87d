"""Bad days: what README's table says of each is what happens, and nothing is lost. (A store of one tenant that fails:
test_faults.py. The engine's part of a clock that goes back and of a definition that changed: the Swift tests of Workflows.)"""

import json
import re
import sqlite3
import subprocess

import pytest
from conftest import ROOT, binary, plain_environment
from fault_world import District, SmallDisk, digest, frozen, read_only
from wire import Session, Wire

CLEAN = "nothing is wrong\n"


def start_fails(server, *options):
    """Tries to start a server; what it says."""
    done = subprocess.run(server.command(*options), capture_output=True, text=True, env=plain_environment(), timeout=60)
    assert done.returncode == 1, done.stdout
    return done.stderr


# The disk is full.

def test_a_disk_that_fills_during_onboarding(stopped_server):
    server = stopped_server
    disk = SmallDisk(server.folder / "disk", megabytes=48)
    server.data = disk.folder / "data"
    try:
        server.start()
        well = District(server, "Before", "basic")
        for _ in range(20):
            well.put(1000)
        disk.fill(leaving_bytes=200_000)
        for number in range(200):
            answer = server.onboard(f"During {number}", tier="premium", key=f"during-{number}")
            if answer.status not in (200, 201):
                break
        assert answer.status in (202, 507), (answer.status, answer.text)
        if answer.status == 507:
            # Refused for the room it needs before anything was made, or because the disk was full while it was made.
            detail = answer.json["detail"]
            assert "make room on it" in detail or ("no space is left" in detail and "Idempotency-Key" in detail), detail
        else:
            run = server.api("GET", f"/v1/runs/{answer.json['run']}").json
            assert any("no space is left" in step.get("lastError", "") for step in run["steps"]), run
        well.check()
        disk.empty()
        again = lambda: server.onboard(f"During {number}", tier="premium", key=f"during-{number}").status in (200, 201)
        server.wait_for(again, seconds=60)
        names = [tenant["name"] for tenant in server.cli_json("tenant", "list")["tenants"]]
        assert sorted(names) == sorted(["Before", *(f"During {n}" for n in range(number + 1))])
        well.put()
        well.check()
        assert server.cli("reconcile", "--deep").stdout == CLEAN
        assert server.terminate() == 0
        assert server.cli("store", "check").returncode == 0
    finally:
        if server.process is not None:
            server.kill()
        disk.remove()


def test_a_disk_that_fills_during_an_export(stopped_server, tmp_path):
    server = stopped_server
    server.data.mkdir(mode=0o700)
    disk = SmallDisk(server.data / "exports", megabytes=40)
    try:
        server.start()
        district = District(server, "Springfield", "basic")
        for _ in range(30):
            district.put(100_000)
        disk.fill(leaving_bytes=1_500_000)
        failed = server.cli("tenant", "export", district.id, "--out", str(tmp_path / "refused"), check=False)
        said = failed.stdout + failed.stderr
        assert failed.returncode == 1 and ("make room" in said or "disk is full" in said), said
        left = [path.name for path in (server.data / "exports").iterdir()]
        assert sorted(left) in (["filler"], ["filler", "images"]), left
        assert not (tmp_path / "refused/manifest.json").exists()
        district.put()
        district.check()
        disk.empty()
        server.cli("tenant", "export", district.id, "--out", str(tmp_path / "copy"))
        assert (tmp_path / "copy/manifest.json").exists()
        assert server.cli("reconcile", "--deep").stdout == CLEAN
        assert server.terminate() == 0
    finally:
        if server.process is not None:
            server.kill()
        disk.remove()


# The registry can only be read.

def test_a_registry_that_can_only_be_read(server):
    """Tenants are served by the sessions they have; what would change the registry is refused until it can be written, new tokens
    too, since each is an entry of the audit."""
    district = District(server, "Springfield", "basic")
    district.put()
    session = Session(server, district.id, district.school)
    assert server.terminate() == 0
    before = digest(server.data / "stores/registry.sqlite")
    with read_only(server.data / "stores/registry.sqlite"):
        server.start()
        district.wire = Wire(server, session)
        district.check()
        district.put()
        for answer in [
                server.onboard("Refused", key="refused"),
                server.api("POST", f"/v1/tenants/{district.id}/suspend", {"reason": "x"})]:
            assert answer.status == 503 and "can only be read" in answer.json["detail"], answer.text
        assert [tenant["name"] for tenant in server.cli_json("tenant", "list")["tenants"]] == ["Springfield"]
        assert server.api("GET", f"/v1/tenants/{district.id}").json["state"] == "active"
        assert digest(server.data / "stores/registry.sqlite") == before
    # Without a restart.
    assert server.onboard("Refused", key="refused").status == 201
    district.put()
    district.check()
    assert server.cli("reconcile", "--deep").stdout == CLEAN


def test_a_registry_that_can_no_longer_be_written(server):
    """The file is taken away from a server that has it open."""
    district = District(server, "Springfield", "basic")
    district.put()
    files = sorted((server.data / "stores").glob("registry.sqlite*"))
    with frozen(*files):
        district.put()
        district.check()
        answer = server.onboard("Refused", key="refused")
        assert answer.status == 503, answer.text
        refused = server.api("POST", f"/v1/tenants/{district.id}/suspend", {"reason": "x"})
        assert refused.status == 503, refused.text
        assert server.api("GET", f"/v1/tenants/{district.id}").json["state"] == "active"
    # Without a restart.
    server.wait_for(lambda: server.onboard("Refused", key="refused").status in (200, 201))
    assert sorted(tenant["name"] for tenant in server.cli_json("tenant", "list")["tenants"]) == ["Refused", "Springfield"]
    district.put()
    district.check()
    assert server.cli("reconcile", "--deep").stdout == CLEAN
    assert server.terminate() == 0


def test_a_registry_that_a_start_must_write_and_cannot(stopped_server):
    """The first start of all writes the registry: nothing is served by a server that could not."""
    disk = SmallDisk(stopped_server.folder / "disk", megabytes=16)
    stopped_server.data = disk.folder / "data"
    try:
        disk.fill(leaving_bytes=20_000)
        said = start_fails(stopped_server)
        assert "registry" in said or "no space" in said, said
        disk.empty()
        stopped_server.start()
        district = District(stopped_server, "Springfield", "basic")
        district.put()
        district.check()
        assert stopped_server.terminate() == 0
    finally:
        if stopped_server.process is not None:
            stopped_server.kill()
        disk.remove()


# Two servers on one folder.

def test_two_servers_on_one_folder(server):
    district = District(server, "Springfield", "basic")
    said = start_fails(server)
    assert f"is in use by process {server.process.pid}" in said and "--data" in said, said
    # The first is not disturbed.
    district.put()
    server.kill()
    # After a kill nothing is held any more; what the lock's file says is not asked.
    (server.data / "lock").write_text("4194304 another-host\n")
    server.start()
    district.open()
    district.check()


# A run's definition changed between versions while it was under way.

def change_run(server, run, *edits):
    """Edits the run's record in the file of a stopped server, each by as many bytes as there were."""
    file = sqlite3.connect(server.data / "stores/registry.sqlite")
    place = "pk = CAST('run' AS BLOB) AND sk = CAST(? AS BLOB)"
    [[item]] = file.execute(f"SELECT item FROM t1 WHERE {place}", (run,)).fetchall()
    for old, new in edits:
        changed = re.sub(old, new, item)
        assert changed != item and len(changed) == len(item), (old, item)
        item = changed
    file.execute(f"UPDATE t1 SET item = ? WHERE {place}", (item, run))
    file.commit()
    file.close()


def test_a_run_of_another_versions_definition(stopped_server, catalog):
    """As if another version had begun the move: one with another number, whose last step had another name."""
    _, change = catalog

    def slow(catalog):
        for tier in catalog["tiers"]:
            tier["copyRateItemsPerSecond"] = 1

    server = stopped_server.start("--catalog", str(change(slow)))
    district = District(server, "Springfield", "basic")
    district.put()
    answer = server.api("POST", f"/v1/tenants/{district.id}/moves", {"tier": "premium", "undoWindowSeconds": 0})
    run = answer.json["id"]
    show = lambda: server.api("GET", f"/v1/runs/{run}").json
    server.wait_for(lambda: show()["step"] == "copy")
    assert server.terminate() == 0
    change_run(server, run, (rb'(definition\\":)\d', rb"\g<1>9"), (rb'(name\\":\\")clean up', rb"\g<1>clean-up"))
    server.start("--catalog", str(server.folder / "catalog.json"))
    failed = server.wait_for(lambda: show() if show()["state"] == "failed" else None, seconds=60)
    # It is told at once, in the run, and stops where this version does not know what to do.
    told = json.dumps(failed)
    assert "started under version 9" in told and "will stop at `clean-up`, no longer known" in told, told
    assert failed["step"] == "clean-up" and "knows no step `clean-up`" in told
    district.open()
    district.put()
    district.check()
    assert server.api("GET", f"/v1/tenants/{district.id}").json["tier"] == "premium"
    server.cli("run", "skip", run, "--reason", "done by hand")
    server.wait_for(lambda: show()["state"] == "completed")
    strays = {finding["kind"] for finding in json.loads(server.cli("reconcile", "--json", check=False).stdout)["findings"]}
    assert "resident-stray" in strays
    district.check()
    assert server.terminate() == 0


# Another catalog under living tenants.

@pytest.fixture
def catalog(stopped_server):
    """A catalog of the test's own, and how to change it."""
    path = stopped_server.folder / "catalog.json"
    shipped = json.loads((ROOT / "Templates/catalogs/default.json").read_text())
    path.write_text(json.dumps(shipped))

    def change(edit):
        changed = json.loads(json.dumps(shipped))
        edit(changed)
        path.write_text(json.dumps(changed))
        return path

    return path, change


def tables(server):
    return [table["name"] for table in server.cli_json("catalog", "show")["tables"]]


def test_another_catalog_changes_nothing_until_it_is_accepted(stopped_server, catalog):
    path, change = catalog
    server = stopped_server.start("--catalog", str(path))
    district = District(server, "Springfield", "basic")
    district.put()
    assert server.terminate() == 0

    def grades(catalog):
        catalog["tables"].append({
            "name": "grade-table", "ownedKeys": ["{schoolId}"],
            "partitionKey": {"name": "schoolId", "type": "S"}, "sortKey": {"name": "grade", "type": "S"}})
        catalog["tiers"][0]["schoolsMax"] = 2
        catalog["tiers"][0].pop("upgrade", None)

    change(grades)
    server.start("--catalog", str(path))
    assert server.greeting["catalogDiffers"] and "homeroom catalog plan" in server.log.read_text()
    assert "grade-table" not in tables(server)
    assert server.cli("reconcile").stdout == CLEAN
    plan = server.cli("catalog", "plan", str(path))
    assert "table grade-table: is added, empty, for every tenant" in plan.stdout and district.id in plan.stdout
    assert "schools become 2 schools" in plan.stdout and "nothing was changed" in plan.stdout
    assert "in force from the next start" in server.cli("catalog", "apply", str(path)).stdout
    assert "grade-table" not in tables(server)
    assert server.terminate() == 0
    server.start("--catalog", str(path))
    assert "grade-table" in tables(server)
    assert server.cli("reconcile", "--deep").stdout == CLEAN
    shown = server.api("GET", f"/v1/tenants/{district.id}").json
    assert "grade-table" in json.dumps(shown["placement"])
    district.open()
    district.check()
    entries = server.api("GET", "/v1/audit?limit=500").json["entries"]
    kinds = [entry["action"] for entry in entries if entry["action"].startswith("catalog.")]
    assert kinds == ["catalog.in-force", "catalog.accepted", "catalog.in-force"]
    # Another district gets the table too, in the same pool.
    other = District(server, "Shelbyville", "basic")
    assert other.store == district.store
    assert server.cli("reconcile", "--deep").stdout == CLEAN


def without_premium(catalog):
    """Takes a tier out; tenants of the one below are upgraded past it."""
    catalog["tiers"] = [tier for tier in catalog["tiers"] if tier["name"] != "premium"]
    for tier in catalog["tiers"]:
        if tier.get("upgrade", {}).get("to") == "premium":
            tier["upgrade"]["to"] = "enterprise"


def test_a_catalog_that_would_orphan_data_is_refused(stopped_server, catalog):
    path, change = catalog
    server = stopped_server.start("--catalog", str(path))
    district = District(server, "Springfield", "premium")
    district.put()

    def keyless(catalog):
        for table in catalog["tables"]:
            if table["name"] == "student-table":
                table["ownedKeys"] = ["T#{schoolId}#*"]
                for index in table.get("indexes", []):
                    index["ownedKeys"] = ["T#{schoolId}#*"]
        catalog["firstItems"] = {}

    for edit, what in [(without_premium, "is removed with tenants in it"), (keyless, "other keys become whose")]:
        change(edit)
        for verb in ["plan", "apply"]:
            done = server.cli("catalog", verb, str(path), check=False)
            assert done.returncode == 1 and what in done.stdout + done.stderr, done
        assert server.terminate() == 0
        said = start_fails(server, "--catalog", str(path), "--accept-catalog-changes")
        assert "is not put in force" in said and what in said, said
        server.start("--catalog", str(path))
        district.open()
        district.check()
    assert server.cli("reconcile").stdout == CLEAN


def test_a_tenant_that_comes_to_a_tier_after_its_removal_was_accepted(stopped_server, catalog):
    path, change = catalog
    server = stopped_server.start("--catalog", str(path))

    change(without_premium)
    server.cli("catalog", "apply", str(path))
    district = District(server, "Late", "premium")
    assert server.terminate() == 0
    server.start("--catalog", str(path))
    assert "cannot be put in force any more" in server.log.read_text()
    district.open()
    district.put()
    assert "premium" in [tier["name"] for tier in server.cli_json("catalog", "show")["tiers"]]
