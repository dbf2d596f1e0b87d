"""Backups of single districts, and a district of a pool put back in place while the others go on."""

import json
import stat
import threading
import time
from random import Random

import pytest
from fault_world import SmallDisk
from move_world import World
from move_writers import TABLE, Load, attributes

# So slow that each step of a restore can be seen: changes a second.
SLOW = 300


@pytest.fixture
def world(stopped_server):
    return World(stopped_server)


@pytest.fixture
def slow_world(stopped_server):
    return World(stopped_server, copy_rate=SLOW, loaded=600)


def backup(world, tenant=None):
    """Makes a backup; its id."""
    found = world.server.cli_json("backup", "create", (tenant or world.mover)["id"], "--wait")
    assert found["state"] == "completed", found
    return found["result"]["backup"]


def everything(school, keys):
    return {**school.read(keys), **school.district_items()}


def spoil(world):
    """Changes, removes and adds records of the mover's first school; the keys that are looked at afterwards."""
    school = world.schools[0]
    keys = list(world.fixed[school.id])
    for key in keys[:100]:
        school.client.delete_item(TableName=TABLE, Key=attributes(key))
    for number, key in enumerate(keys[100:200]):
        student, entity = key[0].split("#")[-1], key[1]
        school.client.put_item(TableName=TABLE, Item=school.item(student, entity, 5000 + number))
    added = [school.item(f"NEW{number}", "PROFILE", number) for number in range(50)]
    for item in added:
        school.client.put_item(TableName=TABLE, Item=item)
    return keys + [(item["recordKey"]["S"], item["entityKey"]["S"]) for item in added]


def restore(world, what, **more):
    """Starts a restore of the mover; its run's id."""
    answer = world.post(f"/v1/tenants/{world.mover['id']}/restores", {**what, **more})
    assert answer.status == 202, answer.text
    return answer.json["id"]


def check_neighbour(world, load):
    """Every write that the neighbour was promised is there."""
    school, possible = world.schools[-1], load.possible()[world.schools[-1].id]
    found = school.read([*possible, *world.fixed[school.id]])
    for key, item in world.fixed[school.id].items():
        assert found.get(key) == item
    for key, states in possible.items():
        assert found.get(key) in states, f"{key} is {found.get(key)}, not one of {states}"


def test_a_district_is_put_back_and_its_neighbour_notices_nothing(world):
    school, neighbour = world.schools[0], world.schools[-1]
    before = everything(school, list(world.fixed[school.id]))
    identity = backup(world)
    load = Load([neighbour], Random(1)).start()
    load.wait_for_writes(20)
    keys = spoil(world)
    spoiled = everything(school, keys)
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 1))
    time.sleep(2)

    plan = world.server.cli_json("backup", "restore", identity, "--dry-run")["result"]
    [students] = [table for table in plan["tables"] if table["table"] == TABLE]
    assert (students["added"], students["removed"]) == (100, 50)
    changed = students["changed"]
    assert changed == min(100, len(keys) - 50 - 100)
    assert everything(school, keys) == spoiled, "a plan changes nothing"
    text = world.server.cli("backup", "restore", identity, "--dry-run").stdout
    assert "nothing was changed" in text

    refused = world.server.cli("backup", "restore", identity, check=False)
    assert refused.returncode == 2 and "--dry-run" in refused.stderr
    done = world.server.cli_json("backup", "restore", identity, "--yes", "--wait")
    assert done["state"] == "completed", json.dumps(done, indent=1)
    assert everything(school, keys) == before
    receipt = done["result"]
    assert receipt["digestBefore"] != receipt["digestAfter"]
    assert receipt["heldMilliseconds"] < 10_000

    # To what was a moment ago, by the journal.
    back = world.server.cli_json("backup", "restore", world.mover["id"], "--to", moment, "--yes", "--wait")
    assert back["state"] == "completed", json.dumps(back, indent=1)
    assert everything(school, keys) == spoiled
    load.wait_for_writes(20)
    load.stop()
    assert not load.failures, load.report()
    check_neighbour(world, load)
    # It goes on being used.
    school.client.put_item(TableName=TABLE, Item=school.item("AFTER", "PROFILE", 1))

    listed = world.server.cli_json("backup", "list", "--tenant", world.mover["id"])["backups"]
    assert [found["purpose"] for found in listed] == ["request", "restore", "restore"]
    for found in listed:
        assert world.server.cli_json("backup", "verify", found["id"], "--wait")["state"] == "completed"
        folder = world.server.data / "backups" / "tenants" / found["tenant"] / found["id"].split(".")[1]
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        for file in folder.iterdir():
            assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list((world.server.data / "backups" / "images").iterdir()) == []


def test_killed_at_every_step_a_restore_goes_on_and_the_neighbour_loses_nothing(slow_world):
    world = slow_world
    school = world.schools[0]
    before = everything(school, list(world.fixed[school.id]))
    identity = backup(world)
    keys = spoil(world)
    load = Load([world.schools[-1]], Random(3), may_lose_connection=True).start()
    load.wait_for_writes(20)
    run, hit = restore(world, {"backup": identity}), set()
    while True:
        found = world.run(run)
        if found["state"] == "completed":
            break
        assert found["state"] not in ["undone", "failed"], json.dumps(found, indent=1)
        if found.get("step") not in hit and found["state"] != "pending":
            hit.add(found["step"])
            world.kill_and_start()
    print("killed at", sorted(hit))
    assert "apply" in hit
    load.wait_for_writes(20)
    load.stop()
    assert not load.failures, load.report()
    assert everything(school, keys) == before
    check_neighbour(world, load)


def test_while_it_is_put_back_a_district_reads_and_its_writes_wait(slow_world):
    world = slow_world
    school = world.schools[0]
    identity = backup(world)
    keys = spoil(world)
    run = restore(world, {"backup": identity})
    world.server.wait_for(lambda: world.run(run).get("step") == "apply" or world.run(run)["state"] == "completed")
    answers = []

    def write():
        answers.append(school.client.put_item(TableName=TABLE, Item=school.item("DURING", "PROFILE", 1)))

    writer = threading.Thread(target=write)
    writer.start()
    school.read(keys[:50])
    assert not answers or world.run(run)["state"] == "completed"
    world.wait(run, "completed")
    writer.join(20)
    assert answers, "the write that waited was made when the district was let go"
    assert school.read([(school.record("DURING"), "PROFILE")])


def test_cancelled_a_restore_leaves_what_there_was(slow_world):
    world = slow_world
    school = world.schools[0]
    identity = backup(world)
    keys = spoil(world)
    spoiled = everything(school, keys)
    run = restore(world, {"backup": identity})
    world.server.wait_for(lambda: world.run(run).get("step") == "apply")
    world.ask(run, "cancel")
    world.wait(run, "undone")
    assert everything(school, keys) == spoiled
    school.client.put_item(TableName=TABLE, Item=school.item("AFTER", "PROFILE", 1))
    listed = world.server.cli_json("backup", "list", "--tenant", world.mover["id"])["backups"]
    assert [found["id"] for found in listed] == [identity]


def test_a_flipped_byte_is_found_before_anything_is_changed(world):
    school = world.schools[0]
    identity = backup(world)
    keys = spoil(world)
    spoiled = everything(school, keys)
    tenant, name = identity.split(".")
    path = world.server.data / "backups" / "tenants" / tenant / name / "items-1.zst"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    refused = world.server.cli("backup", "restore", identity, "--yes", "--wait", check=False)
    assert refused.returncode == 1 and "is damaged" in refused.stdout + refused.stderr
    assert everything(school, keys) == spoiled
    verified = world.server.cli("backup", "verify", identity, "--wait", check=False)
    assert verified.returncode == 1 and "is damaged" in verified.stdout + verified.stderr
    assert world.server.cli_json("backup", "show", identity)["state"] == "damaged"
    at_once = world.server.cli("backup", "restore", identity, "--yes", check=False)
    assert at_once.returncode == 1 and "choose another backup" in at_once.stderr


def test_a_full_disk_fails_a_backup_clearly_and_leaves_nothing(stopped_server):
    folder = stopped_server.data / "backups"
    folder.mkdir(parents=True, mode=0o700)
    stopped_server.data.chmod(0o700)
    disk = SmallDisk(folder / "tenants", 80)
    try:
        world = World(stopped_server)
        identity = backup(world)
        disk.fill(leaving_bytes=2_000_000)
        failed = world.server.cli("backup", "create", world.mover["id"], "--wait", check=False)
        assert failed.returncode == 1 and "make room and try again" in failed.stdout + failed.stderr
        listed = world.server.cli_json("backup", "list", "--tenant", world.mover["id"])["backups"]
        assert [found["id"] for found in listed] == [identity]
        assert len(list((disk.folder / world.mover["id"]).iterdir())) == 1
        # A restore needs room for what it replaces, and is refused before the district is held.
        refused = world.server.cli("backup", "restore", identity, "--yes", "--wait", check=False)
        assert refused.returncode == 1 and "make room and try again" in refused.stdout + refused.stderr
        world.schools[0].client.put_item(TableName=TABLE, Item=world.schools[0].item("AFTER", "PROFILE", 1))
        disk.empty()
        backup(world)
        assert world.server.terminate() == 0
    finally:
        disk.remove()


def test_who_may_and_what_is_refused(world):
    owner, stranger = world.server.onboard("Owner").json, world.server.onboard("Stranger").json
    mover, neighbour = owner["tenant"]["id"], stranger["tenant"]["id"]
    own_secret, secret = owner["credentials"]["key"], stranger["credentials"]["key"]
    identity = backup(world, owner["tenant"])
    api = world.server.api
    listed = api("GET", f"/v1/tenants/{mover}/backups", key=own_secret)
    assert listed.status == 200 and [found["id"] for found in listed.json["backups"]] == [identity]
    assert api("GET", f"/v1/backups/{identity}", key=own_secret).status == 200
    assert api("GET", f"/v1/tenants/{mover}/backups", key=secret).status == 404
    assert api("GET", f"/v1/backups/{identity}", key=secret).status == 404
    for method, path, body in [
        ("POST", f"/v1/tenants/{mover}/backups", {}), ("POST", f"/v1/backups/{identity}/verify", {}),
        ("POST", f"/v1/tenants/{mover}/restores", {"backup": identity}), ("DELETE", f"/v1/backups/{identity}", None),
        ("GET", "/v1/backups", None),
    ]:
        assert api(method, path, body, key=own_secret).status == 403, path

    window = world.server.cli_json("backup", "window", mover)
    assert window["from"] < window["to"] and window["beginning"] == "onboarding"
    for body, text in [
        ({}, "give either"), ({"backup": identity, "to": "1h"}, "give either"), ({"to": "yesterday"}, "2026-11-20T10:00:00Z"),
        ({"to": "2020-01-01T00:00:00Z"}, "can be restored to moments from"),
        ({"to": "2099-01-01T00:00:00Z"}, "can be restored to moments from"),
    ]:
        answer = api("POST", f"/v1/tenants/{mover}/restores", body)
        assert answer.status == 400 and text in answer.text, answer.text
    other = api("POST", f"/v1/tenants/{neighbour}/restores", {"backup": identity})
    assert other.status == 400 and "is not one of tenant" in other.text
    assert api("DELETE", f"/v1/backups/{mover}.01800000000000-0a1b2c3d").status == 404
    assert world.server.cli("backup", "delete", identity, check=False).returncode == 2
    world.server.cli("backup", "delete", identity, "--yes")
    assert api("GET", f"/v1/backups/{identity}").status == 404
    assert "homeroom_tenant_backup_age_seconds" in api("GET", "/metrics").text


def test_after_a_move_the_window_reaches_as_far_back_as_before(world):
    mover, school = world.mover["id"], world.schools[0]
    time.sleep(1.1)
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    time.sleep(1.1)
    keys = spoil(world)
    before = world.server.cli_json("backup", "window", mover)
    run = world.move("advanced", undoWindowSeconds=0)
    world.wait(run, "completed")
    window = world.server.cli_json("backup", "window", mover)
    assert (window["from"], window["beginning"]) == (before["from"], before["beginning"])
    refused = world.server.cli("backup", "restore", mover, "--to", "1h", "--yes", check=False)
    assert refused.returncode == 1 and window["from"] in refused.stderr
    done = world.server.cli_json("backup", "restore", mover, "--to", moment, "--yes", "--wait")
    assert done["state"] == "completed", json.dumps(done, indent=1)
    assert school.read(keys) == world.fixed[school.id]
    # A backup from before the move is restored all the same.
    identity = backup(world)
    keys = spoil(world)
    run = world.move("basic", undoWindowSeconds=0)
    world.wait(run, "completed")
    done = world.server.cli_json("backup", "restore", identity, "--yes", "--wait")
    assert done["state"] == "completed", json.dumps(done, indent=1)
    school = world.schools[0]
    found = school.read(keys)
    assert found == world.fixed[school.id]
