"""Districts that leave, and single students' items that are erased, with a real server, its files and real clients."""

import json
import sqlite3
import shutil
import subprocess
import time
from random import Random

import pytest
from botocore.exceptions import ClientError
from conftest import binary
from move_world import World
from move_writers import TABLE

MARKER = "zebra-umbrella-7731"


@pytest.fixture
def world(stopped_server):
    """Two districts in one pool."""
    return World(stopped_server)


def mark(school, students):
    """Puts items with a marker in them, some large, and writes each twice so that old versions lie in freed pages."""
    for version in range(2):
        for student in students:
            for entity in ["PROFILE", "GRADES"]:
                item = school.item(student, entity, version)
                item["secret"] = {"S": f"{MARKER} " * (5 if entity == "PROFILE" else 900)}
                school.client.put_item(TableName=TABLE, Item=item)


def tables_with(world, needles):
    """Where one of these texts stands, in any column of any table of any store: a set of (store, table or kind of record)."""
    found = set()
    for path in sorted((world.server.data / "stores").glob("*.sqlite")):
        copy = world.server.folder / "copy.sqlite"
        for suffix in ["", "-wal"]:
            source = path.with_name(path.name + suffix)
            target = copy.with_name(copy.name + suffix)
            target.unlink(missing_ok=True)
            if source.exists():
                shutil.copy(source, target)
        database = sqlite3.connect(copy)
        names = [name for name, in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for name in names:
            for row in database.execute(f'SELECT * FROM "{name}"'):
                text = b"\0".join(value if isinstance(value, bytes) else str(value).encode() for value in row)
                if any(needle in text for needle in needles):
                    place = row[0].decode() if path.stem == "registry" and isinstance(row[0], bytes) else name
                    found.add((path.stem, place))
        database.close()
    return found


def bytes_with(world, needles):
    """The files of the data folder that hold one of these texts in their bytes, the registry's left out."""
    return {
        str(path.relative_to(world.server.data)) for path in world.server.data.rglob("*")
        if path.is_file() and not path.name.startswith("registry.sqlite")
        and any(needle in path.read_bytes() for needle in needles)}


def ids(tenant):
    return [text.encode() for text in [tenant["id"], *(school["id"] for school in tenant["schools"])]]


def offboard(world, tenant, grace=0, **more):
    answer = world.post(
        f"/v1/tenants/{tenant['id']}/offboard",
        {"reason": "contract ended", "graceSeconds": grace, "export": False, **more})
    assert answer.status == 202, answer.text
    return answer.json["id"]


def receipts(world, tenant):
    return world.server.api("GET", f"/v1/tenants/{tenant['id']}/receipts").json["receipts"]


def check_gone(world, tenant, needles, refused_since=False):
    """Nothing of it is anywhere but where it may be. A request that is refused when it has left is a denial as any other, and kept."""
    answer = world.server.api("GET", f"/v1/tenants/{tenant['id']}")
    assert answer.status == 410 and "receipt" in answer.json["detail"], answer.text
    assert world.server.terminate() == 0
    allowed = (
        "audit", "tenant", "run", "outbox", "receipt", "removal-receipt", "idempotency", "school-receipt", "restore-receipt")
    left = {place for place in tables_with(world, ids(tenant)) if not (
        place[0] == "registry" and place[1].startswith((*allowed, "t"))) and not (refused_since and place[0] == "decisions")}
    assert not left, left
    assert bytes_with(world, needles) == set()
    named = bytes_with(world, ids(tenant))
    assert {file for file in named if not (refused_since and "decisions" in file)} == set()
    world.start()


def test_one_district_leaves_and_the_other_notices_nothing(world):
    leaver, neighbour = world.tenants
    leaving = [school for school in world.schools if school.tenant == leaver["id"]]
    staying = [school for school in world.schools if school.tenant == neighbour["id"]]
    for school in leaving:
        mark(school, range(5))
    with pytest.raises(ClientError):
        leaving[0].client.query(
            TableName=TABLE, KeyConditionExpression="recordKey = :k",
            ExpressionAttributeValues={":k": {"S": staying[0].record("L00001")}})
    before = {key: item for key, item in world.fixed[staying[0].id].items()}
    plan = world.post(
        f"/v1/tenants/{leaver['id']}/offboard",
        {"reason": "contract ended", "graceSeconds": 0, "export": False, "dryRun": True}).json
    assert sum(table["items"] for table in plan["tables"]) >= 220 and plan["credentials"] == 1

    world.schools = staying
    load = world.begin_load(Random(1))
    run = offboard(world, leaver)
    found = world.wait(run, "completed", 60)
    load.wait_for_writes(50)
    world.end_load()
    assert found["input"]["reason"] == "contract ended"
    with pytest.raises(ClientError) as refused:
        leaving[0].client.get_item(
            TableName=TABLE, Key={"recordKey": {"S": leaving[0].record("L00001")}, "entityKey": {"S": "LOADED"}})
    assert "no longer served" in str(refused.value)
    assert staying[0].read(before) == before

    [receipt] = receipts(world, leaver)
    tables = {table["name"]: table["items"] for table in receipt["receipt"]["tables"]}
    assert tables == {table["name"]: table["items"] for table in plan["tables"]}
    check_gone(world, leaver, [MARKER.encode()], refused_since=True)
    # What is refused since is counted to the district's id, and says nothing of a person: no session's name, no subject, no key.
    with pytest.raises(ClientError):
        leaving[0].client.get_item(
            TableName=TABLE, Key={"recordKey": {"S": leaving[0].record("L00001")}, "entityKey": {"S": "LOADED"}})
    kept = world.server.api("GET", f"/v1/decisions?tenant={leaver['id']}").json["decisions"]
    assert kept and {entry["tenant"] for entry in kept} == {leaver["id"]}
    assert {(entry.get("principal", ""), entry.get("resource", "")) for entry in kept} == {("", "")}
    assert {entry["summary"] for entry in kept} == {"The tenant of this session is no longer served"}

    # The receipt is checked without a server; a changed one is not believed.
    folder = world.server.folder
    world.server.cli("tenant", "receipt", leaver["id"], "--out", str(folder / "receipt.jws"))
    keys = world.server.api("GET", "/.well-known/jwks.json")
    (folder / "jwks.json").write_text(json.dumps(keys.json))
    verify = [binary(), "receipt", "verify", str(folder / "receipt.jws"), "--keys", str(folder / "jwks.json")]
    checked = subprocess.run(verify, capture_output=True, text=True)
    assert checked.returncode == 0 and leaver["id"] in checked.stdout, checked.stderr
    text = (folder / "receipt.jws").read_text()
    (folder / "receipt.jws").write_text(text.replace(text[200:204], "AAAA", 1))
    assert subprocess.run(verify, capture_output=True).returncode == 1
    # The name is free, and its id is not given again.
    again = world.server.onboard("Mover").json["tenant"]
    assert again["id"] != leaver["id"]


def test_kept_within_the_grace_it_is_what_it_was(world):
    leaver = world.mover
    school = world.schools[0]
    before = world.fixed[school.id]
    run = offboard(world, leaver, grace=3600)
    world.server.wait_for(lambda: world.run(run)["step"] == "grace")
    assert school.read(before) == before, "it reads what it has"
    with pytest.raises(ClientError) as refused:
        mark(school, [1])
    assert "leaving" in str(refused.value)
    world.kill_and_start()
    assert world.run(run)["state"] == "waiting"
    shown = world.server.cli("tenant", "keep", leaver["id"], "--wait", check=False)
    assert "active" in shown.stdout, shown.stderr
    world.begin_load(Random(2)).wait_for_writes(50)
    world.end_load()
    assert receipts(world, leaver) == []
    world.check()


@pytest.mark.parametrize("step", ["count", "remove items", "remove history", "remove records", "search"])
def test_killed_in_the_middle_it_goes_on(world, step):
    leaver = world.mover
    for school in world.schools[:2]:
        mark(school, range(3))
    run = offboard(world, leaver)
    end = time.monotonic() + 30
    order = [found["name"] for found in world.run(run)["steps"]]
    while time.monotonic() < end:
        found = world.run(run)
        if found["state"] == "completed" or order.index(found["step"]) >= order.index(step):
            break
    world.kill_and_start()
    world.wait(run, "completed", 60)
    assert len(receipts(world, leaver)) == 1
    check_gone(world, leaver, [MARKER.encode()])


def test_a_district_with_a_store_of_its_own_leaves_no_file(world):
    leaver = world.mover
    move = world.move("premium", undoWindowSeconds=3600)
    world.wait_for_phase(move, "keep")
    refused = world.post(f"/v1/tenants/{leaver['id']}/offboard", {"reason": "r", "graceSeconds": 0})
    assert refused.status == 409 and refused.json["run"] == move, refused.text
    world.ask(move, "rollback")
    world.wait(move, "undone")
    world.wait(world.move("premium", undoWindowSeconds=0), "completed")
    mark(world.schools[0], range(3))
    assert (world.server.data / "stores" / f"premium-{leaver['id']}.sqlite").exists()
    world.wait(offboard(world, leaver), "completed", 60)
    assert not (world.server.data / "stores" / f"premium-{leaver['id']}.sqlite").exists()
    check_gone(world, leaver, [MARKER.encode()])


def test_one_student_is_erased_and_no_neighbour(world):
    leaver = world.mover
    school = world.schools[0]
    for student in ["1001", "1001#SIBLINGS", "10012", "1001x", "100"]:
        mark(school, [student])
    pattern = f"{TABLE}: {school.record('1001')}*"
    dry = world.server.cli_json("erasure", "start", leaver["id"], "--keys", pattern, "--reason", "request 12", "--dry-run")
    assert dry["items"] == 4
    for bad in ["TENANT#*", world.schools[2].record("1001"), "TENANT#" + school.id + "*"]:
        answer = world.post(f"/v1/tenants/{leaver['id']}/erasures", {"reason": "r", "keys": [f"{TABLE}: {bad}"]})
        assert answer.status in (400, 403), answer.text
    done = world.server.cli(
        "erasure", "start", leaver["id"], "--keys", pattern, "--reason", "request 12", "--yes", "--wait")
    assert "1001" not in done.stdout.replace(leaver["id"], "").replace(school.id, "")
    left = school.read([(school.record(student), "PROFILE") for student in ["1001", "1001#SIBLINGS", "10012", "1001x", "100"]])
    assert {key[0].split("#", 3)[3] for key in left} == {"10012", "1001x", "100"}
    [receipt] = receipts(world, leaver)
    assert receipt["kind"] == "erasure" and sum(t["items"] for t in receipt["receipt"]["tables"]) == 4
    assert "STUDENT" not in json.dumps(receipt)
    assert world.server.terminate() == 0
    needles = [(school.record(student) + end).encode() for student in ["1001", "1001#SIBLINGS"] for end in ['"', "\0", "*"]]
    assert tables_with(world, needles) == set()
    assert bytes_with(world, [b'STUDENT#1001"', b"STUDENT#1001#SIBLINGS"]) == set()
    world.start()


def finished(world, *words):
    """What a command says that waits for its run's end."""
    return world.server.cli(*words, "--wait", check=False)


def test_what_was_erased_does_not_come_back(world):
    leaver, school = world.mover, world.schools[0]
    mark(school, ["1001", "2002"])
    folder = world.server.folder / "export"
    world.server.cli("tenant", "export", leaver["id"], "--out", str(folder))
    backup = world.server.cli_json("backup", "create", leaver["id"], "--wait")
    [listed] = world.server.cli_json("backup", "list", "--tenant", leaver["id"])["backups"]
    keys = [(school.record(student), entity) for student in ["1001", "2002"] for entity in ["PROFILE", "GRADES"]]
    before = school.read(keys)
    assert len(before) == 4 and backup
    time.sleep(1.1)
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    time.sleep(1.1)
    mark(school, ["1001"])
    world.server.cli(
        "erasure", "start", leaver["id"], "--keys", f"{TABLE}: {school.record('1001')}*", "--reason", "request 12",
        "--yes", "--wait")
    staying = {key: item for key, item in before.items() if "1001" not in key[0]}
    assert school.read(keys) == staying

    assert finished(world, "backup", "restore", listed["id"], "--yes").returncode == 0
    assert school.read(keys) == staying
    assert finished(world, "backup", "restore", leaver["id"], "--to", moment, "--yes").returncode == 0
    assert school.read(keys) == staying
    arguments = ["tenant", "import-data", leaver["id"], "--from", str(folder), "--on-conflict", "skip"]
    refused = world.server.cli(*arguments, check=False)
    assert refused.returncode != 0
    assert "under keys that were erased" in refused.stdout + refused.stderr, refused.stdout + refused.stderr
    assert school.read(keys) == staying
    world.server.cli(*arguments, "--allow-erased")
    assert school.read(keys) == before


def test_the_grace_is_changed_and_the_export_has_an_end(world):
    leaver = world.mover
    run = offboard(world, leaver, grace=30 * 86400, export=True, exportDays=7)
    world.server.wait_for(lambda: world.run(run)["step"] == "grace")
    export = next((world.server.data / "exports").glob("r*"))
    removal = world.server.api("DELETE", f"/v1/exports/{export.name}")
    assert removal.status == 409 and "takes along" in removal.text
    world.server.cli("tenant", "grace", leaver["id"], "--to", "60d", "--reason", "they asked", "--yes")
    refused = world.post(f"/v1/tenants/{leaver['id']}/grace", {"graceSeconds": 400 * 86400, "reason": "r"})
    assert refused.status == 400
    assert world.run(run)["step"] == "grace"
    world.server.cli("tenant", "grace", leaver["id"], "--to", "0", "--reason", "they asked", "--yes")
    world.wait(run, "completed", 60)
    [receipt] = receipts(world, leaver)
    taken = receipt["receipt"]["export"]
    assert taken["folder"] == f"exports/{export.name}" and export.exists()
    days = (taken["keptUntil"] - receipt["receipt"]["finishedAt"]) / 86_400_000
    assert 6.9 < days <= 7
    assert "kept until" in world.server.cli("tenant", "receipt", leaver["id"]).stdout
