"""A store's file fails: its tenants are answered InternalServerError, others are served, the log says what to do, nothing that
was acknowledged is lost or written over, and the store goes on by itself where its file can be used again."""

import json
import os
import resource

import pytest
from conftest import ROOT
from fault_world import District, SmallDisk, digest, failed, log_lines, read_only

FILLER = 100_000
PAGE = 4096


@pytest.fixture
def districts(server):
    """One in the pool, one in a store of its own."""
    return District(server, "Pooled", "basic"), District(server, "Apart", "premium")


def check_trouble(server, store, cause, remedy):
    """The log names the store, the cause and what to do, once where it began and with each request that failed."""
    begun = log_lines(server, "a store fails", store)
    assert begun and cause in begun[-1]["trouble"] and remedy in begun[-1]["trouble"], begun
    requests = [line for line in log_lines(server, "gateway request") if line["error"] == "InternalServerError"]
    assert requests, "no request is in the log"
    for line in requests:
        assert line["level"] == "error" and line["tenant"]
        assert f"store `{store}`" in line["detail"] and remedy in line["detail"], line


def check_recovery(server, well, ill):
    """The store goes on without a restart, and nothing that was acknowledged is missing."""
    ill.put()
    well.put()
    ill.check()
    well.check()
    lines = log_lines(server, "a store that failed works again")
    assert lines and {line["store"] for line in lines} == {ill.store}
    assert server.terminate() == 0
    assert server.cli("store", "check").returncode == 0


def fill_up(ill, well):
    """Writes until that fails, and then some more; the neighbour is served all the time."""
    count = 0
    while not ill.put_fails(FILLER):
        count += 1
        assert count < 2000
    for _ in range(10):
        ill.put_fails(FILLER)
        well.put()
    assert ill.get(1) == ill.acknowledged[1]
    well.check()


def test_a_full_disk(server, districts):
    well, ill = districts
    assert server.terminate() == 0
    disk = SmallDisk(server.folder / "disk", megabytes=32)
    try:
        disk.take_in(ill.path)
        server.start()
        well.open(), ill.open()
        ill.put()
        disk.fill(leaving_bytes=1_500_000)
        fill_up(ill, well)
        check_trouble(server, ill.store, "no space is left", "free space on the disk of")
        disk.empty()
        check_recovery(server, well, ill)
    finally:
        disk.remove()


def test_a_file_that_may_not_grow(server, districts):
    well, ill = districts
    pid = server.process.pid
    soft, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (2_000_000, hard))
    ill.put()
    fill_up(ill, well)
    check_trouble(server, ill.store, "has reached the size", "ulimit -f")
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (soft, hard))
    check_recovery(server, well, ill)


def test_a_file_that_can_only_be_read(server, districts):
    well, ill = districts
    ill.put()
    assert server.terminate() == 0
    before = digest(ill.path)
    with read_only(ill.path):
        server.start()
        well.open(), ill.open()
        assert ill.get(1) == ill.acknowledged[1]
        for _ in range(3):
            assert ill.put_fails()
            well.put()
        assert ill.get(1) == ill.acknowledged[1]
        check_trouble(server, ill.store, "cannot be written", "let the server write")
        assert digest(ill.path) == before
    check_recovery(server, well, ill)


def test_no_file_descriptors_left(stopped_server):
    """Stores that are open go on; those that are not cannot be opened, until there are descriptors again."""
    server = stopped_server
    # Without journals and metering: the stores that have one are opened at the start, to trim it, and all to count what is in them.
    catalog = json.loads((ROOT / "Templates/catalogs/default.json").read_text())
    for tier in catalog["tiers"]:
        tier.get("backups", {})["recoveryHours"] = 0
    server.folder.mkdir(parents=True, exist_ok=True)
    path = server.folder / "catalog.json"
    path.write_text(json.dumps(catalog))
    server.start("--catalog", str(path), "--no-metering")
    well = District(server, "Pooled", "basic")
    ill = [District(server, f"Apart {number}", "premium") for number in range(12)]
    for district in ill:
        district.put()
    assert server.terminate() == 0
    server.start("--catalog", str(path), "--no-metering")
    for district in [well, *ill]:
        district.open()
        # Its connection is open before there are no descriptors left; its store is not.
        district.wire.call("ListTables")
    well.put()
    well.check()
    pid = server.process.pid
    soft, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (len(os.listdir(f"/proc/{pid}/fd")) + 11, hard))
    outcomes = [district.put_fails() for district in ill]
    assert True in outcomes and False in outcomes, outcomes
    assert outcomes == sorted(outcomes), "a store that was open failed, or one was opened after the last descriptor"
    # Those that are open are served as before.
    for district, has_failed in zip(ill, outcomes):
        assert district.put_fails() == has_failed
        well.put()
    well.check()
    for line in log_lines(server, "gateway request"):
        assert line["level"] == "error" and "ulimit -n" in line["detail"] and "store `premium-" in line["detail"], line
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (soft, hard))
    for district in [well, *ill]:
        district.put()
        district.check()
    assert server.terminate() == 0
    assert server.cli("store", "check").returncode == 0


# How a file is damaged while the server is down, by name: a function of its bytes.
DAMAGES = {
    "a page": lambda data: data[:PAGE] + bytes([0xA5]) * (len(data) - PAGE),
    "the header": lambda data: bytes([0xA5]) * 100 + data[100:],
    "the first page": lambda data: bytes(PAGE) + data[PAGE:],
    "cut in half": lambda data: data[:len(data) // 2 // PAGE * PAGE],
    "empty": lambda data: b"",
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file(server, districts, damage):
    well, ill = districts
    for _ in range(30):
        ill.put(1000)
    assert server.terminate() == 0
    whole = ill.path.read_bytes()
    ill.path.write_bytes(DAMAGES[damage](whole))
    before = digest(ill.path)
    check = server.cli("store", "check", "--json", check=False)
    assert check.returncode == 1
    found = {store["store"]: store for store in json.loads(check.stdout)["stores"]}
    assert [name for name, store in found.items() if not store["isSound"]] == [ill.store]
    assert found[ill.store]["findings"]

    server.start()
    well.open(), ill.open()
    for _ in range(3):
        assert ill.put_fails()
        assert failed(lambda: ill.get(1))
        well.put()
    well.check()
    lines = log_lines(server, "gateway request")
    assert len(lines) == 6
    for line in lines:
        assert line["level"] == "error" and line["tenant"] == ill.id
        for words in [f"store `{ill.store}`", f"`homeroom store check --store {ill.store}`", "backup"]:
            assert words in line["detail"], line
    server.terminate()
    assert digest(ill.path) == before, "the damaged file was written to"
    # A backup in its place, and everything is as it was.
    for ending in ["-wal", "-shm"]:
        ill.path.with_name(ill.path.name + ending).unlink(missing_ok=True)
    ill.path.write_bytes(whole)
    server.start()
    ill.open()
    ill.check()
    ill.put()


def test_damage_that_few_requests_meet(server, districts):
    """Once it has been met nothing is written any more, though other items can still be read."""
    well, ill = districts
    for _ in range(300):
        ill.put(1000)
    assert server.terminate() == 0
    data = bytearray(ill.path.read_bytes())
    marked = [place for place in range(PAGE, len(data), PAGE) if data[place] == 13 and b'"filler"' in data[place:place + PAGE]]
    assert len(marked) > 20
    data[marked[-1]:marked[-1] + PAGE] = bytes([0xA5]) * PAGE
    ill.path.write_bytes(data)
    before = digest(ill.path)
    server.start()
    well.open(), ill.open()
    outcomes = [failed(lambda: ill.get(number)) for number in ill.acknowledged]
    assert 0 < sum(outcomes) < 20
    assert ill.put_fails()
    assert ill.get(1) == ill.acknowledged[1]
    well.put()
    well.check()
    check_trouble(server, ill.store, "is damaged", "put a backup in the file's place")
    server.terminate()
    assert digest(ill.path) == before
    done = server.cli("store", "check", "--store", ill.store, check=False)
    assert done.returncode == 1 and "damaged" in done.stdout


def test_a_registry_that_is_gone_is_not_begun_anew(server, districts):
    assert server.terminate() == 0
    registry = server.data / "stores" / "registry.sqlite"
    registry.rename(server.folder / "kept")
    with pytest.raises(pytest.fail.Exception, match="registry.sqlite.*restore it from a backup"):
        server.start()
    assert not registry.exists()
    server.process = None
    (server.folder / "kept").rename(registry)
    server.start()
