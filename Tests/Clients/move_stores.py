"""What lies in the stores' files: the layout is that of Sources/Engines/LocalTables/Files/StoreFile.swift.

A store's file belongs to its server, so a copy of it is read: one made while nothing is written there.
"""

import contextlib
import json
import pathlib
import shutil
import sqlite3
import tempfile


@contextlib.contextmanager
def copy_of(path):
    """A store's database, to be read."""
    with tempfile.TemporaryDirectory() as folder:
        for file in [path, path.with_name(path.name + "-wal")]:
            if file.exists():
                shutil.copy(file, folder)
        with contextlib.closing(sqlite3.connect(pathlib.Path(folder) / path.name)) as database:
            yield database


def registry_records(server, kind):
    """All records of a kind."""
    with copy_of(server.data / "stores" / "registry.sqlite") as database:
        rows = database.execute("SELECT item FROM t1 WHERE pk = ?", [kind.encode()]).fetchall()
    return [json.loads(json.loads(item)["body"]["S"]) for item, in rows]


class StoreFile:
    """One store: its items by table, its index entries, its residents and its change log."""

    def __init__(self, path):
        self.name = path.name.removesuffix(".sqlite")
        self.residents, self.changes, self.tables, self.indexes, self.is_whole = {}, {}, {}, {}, True
        with copy_of(path) as database:
            # A crash may have come before anything was in a new file.
            if database.execute("SELECT 1 FROM sqlite_schema WHERE name = 'tables'").fetchone():
                self._read(database)

    def _read(self, database):
        self.residents = {tenant: json.loads(text) for tenant, text in database.execute("SELECT * FROM residents")}
        self.changes = dict(database.execute("SELECT tenant, count(*) FROM changes GROUP BY tenant"))
        for number, text in database.execute("SELECT number, schema FROM tables").fetchall():
            schema = json.loads(text)["schema"]
            rows = database.execute(f"SELECT pk, sk, item FROM t{number}").fetchall()
            self.tables[schema["name"]] = {(pk.decode(), sk.decode()): json.loads(item) for pk, sk, item in rows}
            for place, index in enumerate(schema["indexes"]):
                rows = database.execute(f"SELECT ipk, isk, pk, sk, item FROM t{number}_i{place}").fetchall()
                self.indexes[schema["name"], index["name"]] = (index["key"], [
                    (ipk.decode(), isk.decode(), (pk.decode(), sk.decode()), json.loads(item))
                    for ipk, isk, pk, sk, item in rows])
        self.is_whole = database.execute("PRAGMA integrity_check").fetchone() == ("ok",)

    def check(self):
        """Every index holds just what its table does, once."""
        assert self.is_whole, self.name
        for (table, index), (key, entries) in self.indexes.items():
            names = [key["partition"]["name"], key["sort"]["name"]]
            wanted = {
                (item[names[0]]["S"], item[names[1]]["S"], place): item for place, item in self.tables[table].items()
                if all(name in item for name in names)}
            found = {(ipk, isk, place): item for ipk, isk, place, item in entries}
            assert len(found) == len(entries)
            assert found == wanted, f"{index} of {table} in {self.name} is not what the table is"

    def items(self, tenant):
        """The tenant's items, by table and key."""
        prefixes = [f"TENANT#{school['id']}#" for school in tenant["schools"]]
        return {
            (table, key): item for table, rows in self.tables.items() for key, item in rows.items()
            if key[0] == tenant["id"] or any(key[0].startswith(prefix) for prefix in prefixes)}


def read_stores(server):
    """The stores that tenants are in, by name."""
    files = (server.data / "stores").glob("*.sqlite")
    others = ("registry.sqlite", "main.sqlite", "decisions.sqlite", "usage.sqlite")
    stores = [StoreFile(path) for path in sorted(files) if path.name not in others]
    return {store.name: store for store in stores}


def check_places(stores, tenants, possible, fixed):
    """Each item of the tenants is at the tenant's placement, once, and nowhere else; nothing is left of a move.

    `tenants` are as the server shows them, each with the `items` of its school table; `possible` and `fixed` say what may and
    what must be in the student table, by school and key.
    """
    for store in stores.values():
        store.check()
    for tenant in tenants:
        place = tenant["placement"]
        for store in stores.values():
            if store.name != place["store"]:
                assert store.items(tenant) == {}, f"items of {tenant['name']} are left in {store.name}"
                assert tenant["id"] not in store.residents, f"{tenant['name']} is known in {store.name}"
            assert tenant["id"] not in store.changes, f"the change log of {store.name} is not empty"
        store = stores[place["store"]]
        assert store.residents[tenant["id"]] == {"epoch": place["epoch"], "isCaptured": False, "state": {"active": {}}}
        found = store.items(tenant)
        students, schools = place["tables"]["student-table"], place["tables"]["school-table"]
        assert {table for table, _ in found} <= {students, schools}
        assert {key[1]: item for key, item in found.items() if key[0] == schools} == tenant["items"]
        check_students({key[1]: item for key, item in found.items() if key[0] == students}, tenant, possible, fixed)


def check_students(found, tenant, possible, fixed):
    for school in tenant["schools"]:
        mine = {key: item for key, item in found.items() if key[0].startswith(f"TENANT#{school['id']}#")}
        expected, loaded = possible.get(school["id"], {}), fixed.get(school["id"], {})
        strangers = mine.keys() - expected.keys() - loaded.keys()
        assert not strangers, f"nobody wrote {sorted(strangers)[:3]}"
        for key, item in loaded.items():
            assert mine.get(key) == item, f"{key} of {tenant['name']} is {mine.get(key)}"
        for key, states in expected.items():
            assert mine.get(key) in states, f"{key} of {tenant['name']} is {mine.get(key)}, not one of {states}"
