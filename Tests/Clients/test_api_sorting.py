"""Lists of the control API, sorted and filtered: every field, both ways, page by page; and the commands that ask for it."""

import re

import pytest
from conftest import Server
from test_api_lists import walk, whole


class Fleet:
    """A vendor's server with a little of everything that there are lists of."""

    def __init__(self, server):
        self.server = server
        api = lambda method, path, body: self.done(server.api(method, path, body))
        self.made = {
            name: server.onboard(name, tier, schools).json for name, tier, schools in [
                ("Springfield", "basic", ["Oak", "elm", "Ash"]), ("ogden", "premium", ["Oak"]),
                ("Élan", "basic", ["Fir"]), ("Ames", "advanced", ["Yew"])]}
        self.ids = {name: made["tenant"]["id"] for name, made in self.made.items()}
        self.own, self.other = self.ids["Springfield"], self.ids["ogden"]
        self.schools = {school["name"]: school["id"] for school in self.made["Springfield"]["tenant"]["schools"]}
        api("POST", f"/v1/tenants/{self.other}/suspend", {"reason": "unpaid"})
        api("POST", f"/v1/tenants/{self.own}/schools/{self.schools['elm']}/close", {"reason": "merged"})
        members = f"/v1/tenants/{self.own}/members"
        for member, name, role, schools in [
                ("zoe", "ada", "teacher", ["Oak"]), ("ben", "Ben", "teacher", ["Ash"]), ("cy", "Cy", "district-admin", [])]:
            api("POST", members, {"member": member, "name": name, "role": role, "schools": schools})
        api("POST", members + "/ben/disable", {})
        for label, tenant, schools in [("b", self.own, ["Oak"]), ("A", self.own, []), ("c", self.other, [])]:
            made = api("POST", "/v1/service-accounts", {
                "tenant": tenant, "role": "service", "label": label, "schools": schools, "days": ord(label)})
        api("POST", f"/v1/service-accounts/{made['clientId']}/disable", {})
        for label, role in [("crm", "sales"), ("Ops", "operator"), ("audits", "reviewer")]:
            made = api("POST", "/v1/keys", {"role": role, "label": label, "opens": "control", "expires": "90d"})
        api("DELETE", f"/v1/keys/{made['key']['id']}", None)
        for account, role in [("b@v.example", "sales"), ("a@v.example", "admin"), ("c@v.example", "sales")]:
            api("POST", "/v1/accounts", {"account": account, "name": account[::-1], "role": role})
        api("POST", "/v1/accounts/c@v.example/disable", {})
        for name, role in [("Zoe", "billing"), ("ada", "technology")]:
            api("POST", f"/v1/tenants/{self.own}/contacts", {"name": name, "role": role, "email": "it@usd.example"})
        for name, issuer in [("b", "https://one.example"), ("a", "https://two.example")]:
            api("POST", f"/v1/tenants/{self.own}/identity-providers", {
                "name": name, "issuer": issuer, "audiences": ["homeroom"], "defaultSchool": "district", "defaultRole": "teacher"})
        for tenant, tier in [(self.own, "premium"), (self.ids["Élan"], "advanced")]:
            api("POST", f"/v1/tenants/{tenant}/upgrade/request", {"tier": tier, "reason": "more schools"})
        for tenant in (self.own, self.own, self.other):
            server.cli("backup", "create", tenant, "--wait")

    def done(self, answer):
        assert 200 <= answer.status < 300, answer.text
        return answer.json


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("fleet")).start()
    yield Fleet(server)
    assert server.terminate() == 0


def lists(fleet):
    """Each list that can be sorted: its path, its member, its fields."""
    document = fleet.server.api("GET", "/openapi.json", key="").json
    for path, operations in document["paths"].items():
        for parameter in operations.get("get", {}).get("parameters", []):
            if parameter.get("name") == "sort":
                path = path.replace("{tenant}", fleet.own)
                page = fleet.server.api("GET", path).json
                member = next(name for name, value in page.items() if isinstance(value, list))
                yield path, member, parameter["schema"]["enum"]


def test_every_list_is_sorted_by_each_of_its_fields_both_ways(fleet):
    seen = set()
    for path, member, words in lists(fleet):
        seen.add(path)
        assert words == [word for name in words[::2] for word in (name, "-" + name)]
        for field in words[::2]:
            # What changes while it is looked at has no use in a comparison.
            plain = lambda found: [{k: v for k, v in element.items() if k not in ("lastUsedAt", "diskBytes")} for element in found]
            size = 20 if path == "/v1/audit" else 2
            ways = [
                plain([element for page in walk(fleet.server, f"{path}?sort={way}{field}", member, size) for element in page])
                for way in ("", "-")]
            assert len(ways[0]) > 1 and ways[0] == ways[1][::-1], (path, field)
            keys = [element[field] for element in ways[0] if field in element]
            if keys and field not in ("name", "label", "tier"):
                assert keys == sorted(keys), (path, field)
        refused = fleet.server.api("GET", f"{path}?sort=nonsense")
        assert (refused.status, refused.json["field"]) == (400, "sort")
        assert all(f"`{word}`" in refused.json["detail"] for word in words[::2]), refused.text
    assert seen == {
        *(f"/v1/{name}" for name in [
            "accounts", "audit", "backups", "keys", "placements", "pools", "runs", "schools", "service-accounts", "stores",
            "tables", "tenants", "upgrades"]),
        *(f"/v1/tenants/{fleet.own}/{name}" for name in ["backups", "contacts", "identity-providers", "members"])}


@pytest.mark.parametrize("path, member, field, expected", [
    ("/v1/tenants", "tenants", "name", ["Ames", "ogden", "Springfield", "Élan"]),
    ("/v1/tenants/{}/members", "members", "name", ["ada", "Ben", "Cy"]),
    ("/v1/service-accounts", "accounts", "label", ["A", "b", "c"]),
])
def test_names_are_sorted_as_people_read_them(fleet, path, member, field, expected):
    found = whole(fleet.server, f"{path.format(fleet.own)}?sort={field}", member)
    assert [element[field] for element in found] == expected


FILTERS = [
    ("/v1/tenants", "tenants", "tier=basic", lambda f, e: e["tier"] == "basic"),
    ("/v1/tenants", "tenants", "state=suspended", lambda f, e: e["state"] == "suspended"),
    ("/v1/schools", "schools", "tenant={own}", lambda f, e: e["tenant"] == f.own),
    ("/v1/schools", "schools", "state=closed", lambda f, e: e["school"]["state"] == "closed"),
    ("/v1/schools", "schools", "name=oak&tenant={other}", lambda f, e: e["school"]["name"] == "Oak" and e["tenant"] == f.other),
    ("/v1/tenants/{own}/members", "members", "role=teacher", lambda f, e: e["role"] == "teacher"),
    ("/v1/tenants/{own}/members", "members", "state=disabled", lambda f, e: e["state"] == "disabled"),
    ("/v1/tenants/{own}/members", "members", "school={oak}", lambda f, e: f.schools["Oak"] in e["schools"]),
    ("/v1/service-accounts", "accounts", "tenant={own}", lambda f, e: e["tenant"] == f.own),
    ("/v1/service-accounts", "accounts", "state=disabled", lambda f, e: e["state"] == "disabled"),
    ("/v1/service-accounts", "accounts", "school={oak}&tenant={own}", lambda f, e: f.schools["Oak"] in e["schools"]),
    ("/v1/keys", "keys", "role=sales", lambda f, e: e["role"] == "sales"),
    ("/v1/keys", "keys", "state=revoked", lambda f, e: e["state"] == "revoked"),
    ("/v1/keys", "keys", "tenant={own}", lambda f, e: e.get("tenant") == f.own),
    ("/v1/keys", "keys", "kind=platform", lambda f, e: e["kind"] == "platform"),
    ("/v1/accounts", "accounts", "role=sales", lambda f, e: "sales" in e["roles"]),
    ("/v1/accounts", "accounts", "state=disabled", lambda f, e: e["state"] == "disabled"),
    ("/v1/backups", "backups", "tenant={own}", lambda f, e: e["tenant"] == f.own),
    ("/v1/runs", "runs", "kind=tenant.backup", lambda f, e: e["kind"] == "tenant.backup"),
    ("/v1/stores", "stores", "isolation=dedicated", lambda f, e: e["isolation"] == "dedicated"),
    ("/v1/stores", "stores", "tier=basic", lambda f, e: e["tier"] == "basic"),
    ("/v1/placements", "placements", "store=pool-basic-1", lambda f, e: e["placement"]["store"] == "pool-basic-1"),
    ("/v1/placements", "placements", "tenant={other}", lambda f, e: e["tenant"] == f.other),
    ("/v1/placements", "placements", "isolation=dedicated", lambda f, e: e["placement"]["isolation"] == "dedicated"),
    ("/v1/tables", "tables", "store=pool-basic-1", lambda f, e: e["store"] == "pool-basic-1"),
    ("/v1/tables", "tables", "tenant={other}", lambda f, e: e.get("tenant") == f.other),
    ("/v1/tables", "tables", "name=school-table", lambda f, e: e["name"] == "school-table"),
]


@pytest.mark.parametrize("path, member, query, wanted", FILTERS, ids=[f"{line[0]}?{line[2]}" for line in FILTERS])
def test_a_filter_leaves_what_it_names_and_nothing_else(fleet, path, member, query, wanted):
    names = {"own": fleet.own, "other": fleet.other, "oak": fleet.schools["Oak"]}
    path, query = path.format(**names), query.format(**names)
    # What changes while it is looked at has no use in a comparison.
    still = lambda pages: [
        {k: v for k, v in element.items() if k not in ("lastUsedAt", "diskBytes")} for page in pages for element in page]
    every = still(walk(fleet.server, path, member, 500))
    found = still(walk(fleet.server, f"{path}?{query}", member))
    assert found == [element for element in every if wanted(fleet, element)]
    assert 0 < len(found) < len(every)


@pytest.mark.parametrize("path, member", [("/v1/tenants", "tenants"), ("/v1/schools", "schools"), ("/v1/backups", "backups"), ("/v1/runs", "runs")])
def test_a_list_is_of_what_was_made_in_a_time(fleet, path, member):
    made = lambda element: element.get("school", element)["createdAt"]
    every = whole(fleet.server, path, member)
    middle = sorted(made(element) for element in every)[len(every) // 2]
    count = lambda query: len(whole(fleet.server, f"{path}?{query}", member))
    assert count(f"since={middle}") == sum(made(element) >= middle for element in every) < len(every)
    assert count(f"until={middle}") == sum(made(element) < middle for element in every) > 0
    assert count("since=1h") == len(every) and count("until=1h") == 0
    assert fleet.server.api("GET", f"{path}?since=soon").json["field"] == "since"


@pytest.mark.parametrize("path, field", [
    ("/v1/tenants?state=closed", "state"), ("/v1/tenants?tier=basik", "tier"), ("/v1/schools?state=active", "state"),
    ("/v1/schools?tenant=t-nobody", "tenant"), ("/v1/tenants/{}/members?state=active,disabled", "state"),
    ("/v1/tenants/{}/members?school=Oak", "school"), ("/v1/keys?kind=master", "kind"), ("/v1/accounts?role=teacher", "role"),
    ("/v1/backups?purpose=fun", "purpose"), ("/v1/stores?isolation=none", "isolation"), ("/v1/pools?tier=basik", "tier"),
    ("/v1/runs?state=done", "state"), ("/v1/audit?order=oldest&sort=time", "sort"), ("/v1/tables?tier=basik", "tier"),
])
def test_what_no_list_can_be_asked_for_is_refused(fleet, path, field):
    answer = fleet.server.api("GET", path.format(fleet.own))
    assert answer.status in (400, 404) and answer.json["field"] == field, answer.text


def test_a_districts_key_sees_its_own_in_every_order(fleet):
    key = fleet.made["Springfield"]["credentials"]["key"]
    for path, member in [("/v1/tenants", "tenants"), ("/v1/schools", "schools"), ("/v1/placements", "placements"),
                         ("/v1/service-accounts", "accounts"), (f"/v1/tenants/{fleet.own}/members", "members"),
                         (f"/v1/tenants/{fleet.own}/backups", "backups")]:
        for query in ["", "sort=-createdAt", "sort=-id", "sort=-tenant", "cursor=zzz", "cursor=0&sort=-id", "sort=-store"]:
            answer = fleet.server.api("GET", f"{path}?{query}", key=key)
            if answer.status == 400:
                continue
            assert answer.status == 200
            owners = {element.get("tenant", element.get("id")) for element in answer.json[member]}
            assert owners <= {fleet.own}, (path, query)
    assert fleet.server.api("GET", f"/v1/schools?tenant={fleet.other}", key=key).status == 404
    assert fleet.server.api("GET", f"/v1/placements?tenant={fleet.other}", key=key).status == 404
    assert fleet.server.api("GET", "/v1/tables", key=key).status == 403
    for query in ["", "&sort=-createdAt", "&sort=-id", "&cursor=zzz", "&role=tenant"]:
        page = fleet.server.api("GET", f"/v1/keys?limit=1{query}", key=key)
        assert page.status == 400 or {found["tenant"] for found in page.json["keys"]} <= {fleet.own}, query
        assert "next" not in page.json, "a district has one key, and the next page of others is none of its business"
    own, foreign = (fleet.made[name]["credentials"]["id"] for name in ("Springfield", "ogden"))
    assert fleet.server.api("GET", f"/v1/keys/{own}", key=key).json["id"] == own
    assert fleet.server.api("GET", f"/v1/keys/{foreign}", key=key).status == 404
    assert fleet.server.api("GET", f"/v1/keys?tenant={fleet.other}", key=key).status == 404


def test_every_table_of_a_placement_is_listed(fleet):
    tables = {(table["store"], table["name"]): table for table in whole(fleet.server, "/v1/tables", "tables")}
    for place in whole(fleet.server, "/v1/placements", "placements"):
        assert place["placement"]["tables"], place
        for name, physical in place["placement"]["tables"].items():
            assert tables[place["placement"]["store"], name]["table"] == physical
    shared = fleet.server.api("GET", f"/v1/tables?tenant={fleet.own}&name=school-table").json["tables"]
    assert [(table["table"], table["tenants"]) for table in shared] == [("school-table-basic", 2)]


COMMANDS = [
    (["tenant", "list", "--tier", "basic", "--sort", "-name"], "tenants", lambda e: e["name"], ["Élan", "Springfield"]),
    (["school", "list", "--tenant", "Springfield", "--state", "open"], "schools", lambda e: e["school"]["name"], ["Ash", "Oak"]),
    (["member", "list", "Springfield", "--role", "teacher", "--sort", "name"], "members", lambda e: e["member"], ["zoe", "ben"]),
    (["member", "list", "Springfield", "--school", "Oak"], "members", lambda e: e["member"], ["zoe"]),
    (["service-account", "list", "--state", "active", "--sort", "-label"], "accounts", lambda e: e["label"], ["b", "A"]),
    (["key", "list", "--role", "sales"], "keys", lambda e: e["label"], ["crm"]),
    (["account", "list", "--role", "sales", "--sort", "name"], "accounts", lambda e: e["id"], ["b@v.example", "c@v.example"]),
    (["store", "list", "--isolation", "dedicated"], "stores", lambda e: e["tier"], ["premium"]),
    (["pool", "list", "--tier", "basic"], "pools", lambda e: e["pool"], ["pool-basic-1"]),
]


@pytest.mark.parametrize("words, member, key, expected", COMMANDS, ids=[" ".join(line[0]) for line in COMMANDS])
def test_commands_sort_and_filter(fleet, words, member, key, expected):
    assert [key(element) for element in fleet.server.cli_json(*words)[member]] == expected
    shown = fleet.server.cli(*words).stdout
    assert len(shown.strip().splitlines()) == len(expected) + 1, shown
    places = [element["school"]["id"] if "school" in element else None for element in fleet.server.cli_json(*words)[member]]
    assert all(place in shown for place in places if place)


def test_runs_and_backups_of_commands_are_sorted(fleet):
    runs = fleet.server.cli_json("run", "list", "--sort", "createdAt")["runs"]
    assert [run["id"] for run in runs] == sorted(run["id"] for run in runs)
    assert runs == fleet.server.cli_json("run", "list")["runs"][::-1]
    backups = fleet.server.cli_json("backup", "list", "--tenant", fleet.own, "--sort", "-createdAt")["backups"]
    assert len(backups) == 2 and backups[0]["createdAt"] >= backups[1]["createdAt"]
    assert fleet.server.cli_json("backup", "list", "--purpose", "schedule")["backups"] == []


def test_commands_name_the_fields_that_the_server_sorts_by(fleet):
    fields = {path: words[::2] for path, _, words in lists(fleet)}
    for command, path in [
            ("tenant", "tenants"), ("school", "schools"), ("key", "keys"), ("account", "accounts"), ("run", "runs"),
            ("service-account", "service-accounts"), ("backup", "backups"), ("store", "stores"), ("pool", "pools"),
            ("member", f"tenants/{fleet.own}/members")]:
        shown = " ".join(fleet.server.cli(command, "list", "--help").stdout.split())
        named = re.search(r"--sort FIELD (.*?); with - before it", shown)[1]
        assert set(named.split(", ")) == set(fields[f"/v1/{path}"]), command
