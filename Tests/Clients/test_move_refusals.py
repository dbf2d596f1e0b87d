"""Moves that are refused on a real server before anything is made: no room in a pool or on the disk, a tenant that leaves, two at once."""

import json

import pytest
from conftest import ROOT
from fault_world import District, SmallDisk
from move_stores import registry_records
from move_world import SLOW, World


def made(server):
    """What a move would make: runs, records of stores, files of stores; and what it would leave in the audit log and in events."""
    kinds = ["run", "store", "placement", "receipt", "outbox"]
    # The stores of decisions and of usage come with the first one that is kept, whenever that is.
    files = sorted(path.name for path in (server.data / "stores").glob("*.sqlite") if path.stem not in ("decisions", "usage"))
    changes = [entry["action"] for entry in server.cli_json("audit", "list")["entries"] if entry["action"] != "api.refused"]
    return files, changes, {kind: registry_records(server, kind) for kind in kinds}


def refused(server, tenant, body, status, kind, *texts):
    """The move and the dry run of it are refused in the same words, and nothing is made."""
    before = made(server)
    for more in [{}, {"dryRun": True}]:
        answer = server.api("POST", f"/v1/tenants/{tenant}/moves", {**body, **more})
        assert (answer.status, answer.json["type"]) == (status, f"urn:homeroom:problem:{kind}"), answer.text
        for text in texts:
            assert text in answer.json["detail"], answer.text
    assert made(server) == before


def test_into_a_full_pool(stopped_server):
    server = stopped_server
    catalog = json.loads((ROOT / "Templates/catalogs/default.json").read_text())
    for tier in catalog["tiers"]:
        if tier["isolation"] == "pooled":
            tier["tenantsPerPool"] = 1
    path = server.folder / "catalog.json"
    path.write_text(json.dumps(catalog))
    server.start("--catalog", str(path))
    first, second = [server.onboard(name, tier="advanced").json["tenant"] for name in ["First", "Second"]]
    assert [tenant["placement"]["store"] for tenant in [first, second]] == ["pool-advanced-1", "pool-advanced-2"]
    refused(server, first["id"], {"pool": "pool-advanced-2"}, 409, "limit-reached", "pool-advanced-2", "full")
    said = server.cli("tenant", "move", "First", "--pool", "pool-advanced-2", check=False)
    assert said.returncode == 1 and "full" in said.stderr
    # One that has room takes it.
    run = server.api("POST", f"/v1/tenants/{first['id']}/moves", {"tier": "basic", "undoWindowSeconds": 0}).json["id"]
    server.wait_for(lambda: server.api("GET", f"/v1/runs/{run}").json["state"] == "completed", seconds=60)


def test_without_room_on_the_disk(stopped_server):
    server = stopped_server
    disk = SmallDisk(server.folder / "disk", megabytes=64)
    server.data = disk.folder / "data"
    try:
        server.start()
        district = District(server, "Springfield", "basic")
        for _ in range(20):
            district.put(100_000)
        disk.fill(leaving_bytes=3_000_000)
        for tier in ["advanced", "premium"]:
            refused(server, district.id, {"tier": tier}, 507, "no-capacity", "make room")
        district.put()
        district.check()
        disk.empty()
        answer = server.api("POST", f"/v1/tenants/{district.id}/moves", {"tier": "premium", "undoWindowSeconds": 0})
        assert answer.status == 202, answer.text
        run = answer.json["id"]
        server.wait_for(lambda: server.api("GET", f"/v1/runs/{run}").json["state"] == "completed", seconds=60)
        district.check()
        assert server.terminate() == 0
    finally:
        if server.process is not None:
            server.kill()
        disk.remove()


@pytest.mark.parametrize("mode", ["closed", "read-only"])
def test_of_a_suspended_district(server, mode):
    tenant = server.onboard().json["tenant"]["id"]
    assert server.api("POST", f"/v1/tenants/{tenant}/suspend", {"reason": "unpaid", "mode": mode}).status == 200
    refused(server, tenant, {"tier": "premium"}, 409, "not-applicable", "suspended")


def test_of_a_district_that_leaves(server):
    tenant = server.onboard().json["tenant"]["id"]
    answer = server.api(
        "POST", f"/v1/tenants/{tenant}/offboard", {"reason": "contract ended", "graceSeconds": 86_400, "export": False})
    assert answer.status == 202, answer.text
    run = answer.json["id"]
    server.wait_for(lambda: server.api("GET", f"/v1/runs/{run}").json.get("step") == "grace")
    refused(server, tenant, {"tier": "premium"}, 409, "not-applicable", "being offboarded")


def test_of_a_district_that_is_moved(stopped_server):
    world = World(stopped_server, copy_rate=SLOW, loaded=400)
    run = world.move("advanced")
    world.hold(run, "copy")
    before = made(world.server)
    for body in [{"tier": "premium"}, {"tier": "premium", "undoWindowSeconds": 0}, {"tier": "advanced"}]:
        answer = world.post(f"/v1/tenants/{world.mover['id']}/moves", body)
        assert (answer.status, answer.json["type"], answer.json["run"]) == (
            409, "urn:homeroom:problem:run-under-way", run), answer.text
    assert made(world.server) == before
    world.ask(run, "cancel")
    world.wait(run, "undone")
    world.check()
