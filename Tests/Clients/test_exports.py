"""Exports of districts while applications write, and imports of them, as operators make them."""

import json
import pathlib
import stat
import subprocess
import threading

import pytest
from move_world import World
from move_writers import TABLE


@pytest.fixture
def world(stopped_server):
    return World(stopped_server)


def read_export(folder):
    """The manifest, and all items by logical table, decompressed by zstd's own tool."""
    folder = pathlib.Path(folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    tables = {}
    for table in manifest["tables"]:
        lines = []
        for file in table["files"]:
            text = subprocess.run(["zstd", "-dc", str(folder / file["name"])], check=True, capture_output=True).stdout
            found = [json.loads(line)["Item"] for line in text.splitlines()]
            assert len(found) == file["items"]
            lines += found
        assert len(lines) == table["items"]
        tables[table["name"]] = lines
    return manifest, tables


def export(world, folder, *more, tenant=None):
    done = world.server.cli("tenant", "export", (tenant or world.mover)["id"], "--out", str(folder), *more)
    return done.stdout


class Pairs:
    """Gives two records the same number in one transaction, again and again."""

    def __init__(self, school):
        self.school, self.stopping, self.count, self.failures = school, threading.Event(), 0, []
        self.thread = threading.Thread(target=self._work)

    def _work(self):
        number = 0
        while not self.stopping.is_set():
            number += 1
            puts = [{"Put": {"TableName": TABLE, "Item": self.school.item(name, "PAIR", number)}} for name in "AB"]
            try:
                self.school.client.transact_write_items(TransactItems=puts)
                self.count = number
            except Exception as error:
                self.failures.append(str(error))
                return

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.thread.join()
        assert not self.failures, self.failures


def test_an_export_is_of_one_instant_while_an_application_writes(world, tmp_path):
    with Pairs(world.schools[0]) as pairs:
        world.server.wait_for(lambda: pairs.count > 3)
        for number in range(4):
            least = pairs.count
            export(world, tmp_path / str(number))
            manifest, tables = read_export(tmp_path / str(number))
            values = [item["number"]["N"] for item in tables[TABLE] if item["entityKey"]["S"] == "PAIR"]
            assert len(values) == 2 and values[0] == values[1], values
            assert int(values[0]) >= least
    owned = {world.mover["id"]} | {school["id"] for school in world.mover["schools"]}
    for item in tables["school-table"]:
        assert item["tenantId"]["S"] == world.mover["id"]
    for item in tables[TABLE]:
        assert item["recordKey"]["S"].split("#")[1] in owned
    assert manifest["tenant"] == world.mover["id"] and manifest["name"] == "Mover"
    for path in (world.server.data / "exports").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)


def test_an_export_survives_the_end_of_the_process(world, tmp_path):
    expected = dict(world.fixed[world.schools[0].id])
    answer = world.post(f"/v1/tenants/{world.mover['id']}/exports")
    assert answer.status == 202, answer.text
    run = answer.json["id"]
    world.kill_and_start()
    world.server.wait_for(lambda: world.server.cli_json("run", "show", run)["state"] == "completed")
    export(world, tmp_path / "copy", "--run", run)
    _, tables = read_export(tmp_path / "copy")
    found = {(item["recordKey"]["S"], item["entityKey"]["S"]): item for item in tables[TABLE]}
    assert all(found[key] == item for key, item in expected.items())
    # A copy that was cut short goes on, and one that is whole is left alone.
    (tmp_path / "copy" / "manifest.json").unlink()
    part = next((tmp_path / "copy" / TABLE / "data").iterdir())
    half = part.read_bytes()[:100]
    part.rename(part.with_name(part.name + ".fetching"))
    part.with_name(part.name + ".fetching").write_bytes(half)
    export(world, tmp_path / "copy", "--run", run)
    assert read_export(tmp_path / "copy")[1] == tables


def test_who_may_fetch_an_export(world):
    server = world.server
    keys = {}
    for name in ["First", "Second"]:
        answer = server.onboard(name).json
        keys[name] = (answer["tenant"]["id"], answer["credentials"]["key"])
    tenant, key = keys["First"]
    answer = server.api("POST", f"/v1/tenants/{tenant}/exports", {}, key=key)
    assert answer.status == 202, answer.text
    run = answer.json["id"]
    server.wait_for(lambda: server.api("GET", f"/v1/exports/{run}", key=key).status == 200)
    assert server.api("GET", f"/v1/exports/{run}").status == 200
    other = keys["Second"][1]
    name = "school-table%2Fmanifest-files.json"
    for path in [f"/v1/exports/{run}", f"/v1/exports/{run}/files/{name}"]:
        assert server.api("GET", path, key=key).status == 200
        assert server.api("GET", path, key=other).status == 404
        assert server.api("GET", path, key="").status == 401
    assert server.api("POST", f"/v1/tenants/{tenant}/exports", {}, key=other).status == 404
    for bad in ["..%2F..%2Fmaster-secret", "%2Fetc%2Fpasswd", "school-table%2F..%2F..%2F..%2Fadmin-key"]:
        assert server.api("GET", f"/v1/exports/{run}/files/{bad}").status == 404
    assert server.api("DELETE", f"/v1/exports/{run}", key=key).status == 403
    assert server.api("DELETE", f"/v1/exports/{run}").status == 200
    assert server.api("GET", f"/v1/exports/{run}").status == 404


def test_an_import_brings_a_district_into_another(world, tmp_path):
    server = world.server
    export(world, tmp_path / "copy")
    target = server.onboard("Target", schools=["N", "S"]).json["tenant"]
    words = ["tenant", "import-data", target["id"], "--from", str(tmp_path / "copy")]
    refused = server.cli(*words, check=False)
    assert refused.returncode == 1
    assert "rows belong to another tenant or to nobody" in refused.stdout + refused.stderr
    words += ["--map-tenant", world.mover["id"]]
    for old, new in zip(world.mover["schools"], target["schools"]):
        words += ["--map-school", f"{old['id']}={new['id']}"]
    dry = server.cli(*words, "--dry-run").stdout
    assert "nothing was written" in dry
    server.cli(*words, "--on-conflict", "skip")
    again = server.cli(*words, "--on-conflict", "skip").stdout
    assert "created" not in again
    export(world, tmp_path / "target", tenant=target)
    _, wanted = read_export(tmp_path / "copy")
    _, found = read_export(tmp_path / "target")
    ids = {world.mover["id"]: target["id"]}
    ids.update({old["id"]: new["id"] for old, new in zip(world.mover["schools"], target["schools"])})

    def mapped(text):
        for old, new in ids.items():
            text = text.replace(old, new)
        return text

    keys = ["recordKey", "entityKey", "teacherKey"]
    expected = [{**item, **{key: {"S": mapped(item[key]["S"])} for key in keys if key in item}} for item in wanted[TABLE]]

    def order(item):
        return json.dumps(item, sort_keys=True)

    assert sorted(found[TABLE], key=order) == sorted(expected, key=order)
    # A flipped byte is found, and named.
    part = next((tmp_path / "copy" / TABLE / "data").iterdir())
    bytes_ = bytearray(part.read_bytes())
    bytes_[len(bytes_) // 2] ^= 1
    part.write_bytes(bytes_)
    damaged = server.cli(*words, check=False)
    assert damaged.returncode == 1
    assert part.name in damaged.stdout + damaged.stderr
