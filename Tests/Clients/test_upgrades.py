"""Tenants that outgrow their tier: looked at, explained, asked for, approved, moved by themselves."""

import json
import pathlib
import re
import subprocess
import time

import pytest
from conftest import binary, plain_environment
from terminals import Terminal

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Tenants are looked at every 30 seconds.
LOOK_SECONDS = 90


def catalog(folder, mode, windows=(), more_schools=1):
    """The shipped catalog, with an upgrade from basic of more than two schools, and moves at any time unless `windows` says otherwise."""
    text = json.loads((ROOT / "Templates/catalogs/default.json").read_text())
    for tier in text["tiers"]:
        tier.pop("upgrade", None)
        tier["undoWindowSeconds"] = 3600
    text["tiers"][0]["schoolsMax"] = 2
    text["tiers"][0]["upgrade"] = {
        "to": text["tiers"][1]["name"], "mode": mode, "schoolsGrace": more_schools,
        "rules": [{"metric": "schools", "above": 2}],
    }
    text["maintenance"] = {"windows": list(windows), "movesAtOnce": 2, "movesPerNight": 10}
    path = pathlib.Path(folder) / "catalog.json"
    path.write_text(json.dumps(text))
    return str(path)


def start(server, mode="automatic", windows=(), **more):
    """The server on such a catalog, and a district of two schools; the district."""
    server.start("--catalog", catalog(server.folder, mode, windows, **more))
    answer = server.onboard(schools=("Lincoln High", "Adams Middle"))
    assert answer.status in (201, 202), answer.text
    return server.wait_for(
        lambda: next(
            (t for t in server.api("GET", "/v1/tenants").json["tenants"] if t["state"] == "active"), None))


def add_school(server, tenant, name="Roosevelt Elementary"):
    return server.cli("school", "add", tenant["id"], name, check=False)


def outlook(server, tenant):
    return server.api("GET", f"/v1/tenants/{tenant['id']}/upgrade").json


def tier(server, tenant):
    return server.api("GET", f"/v1/tenants/{tenant['id']}").json["tier"]


def announced(server, tenant):
    found = server.api("GET", "/v1/events?limit=500").json["events"]
    return [e for e in found if e.get("tenant") == tenant["id"]]


def events(server, tenant):
    return [e["type"] for e in announced(server, tenant)]


def audited(server, tenant, action):
    """The entries with that action, the newest first."""
    entries = server.cli_json("audit", "list", "--tenant", tenant["id"])["entries"]
    return [e for e in entries if e["action"] == action]


# A quarter of an hour that is not now, in the district's time zone.
def closed_window():
    hour = (time.gmtime().tm_hour + 12) % 24
    days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
    return [{"days": days, "from": f"{hour:02}:00", "to": f"{hour:02}:15"}]


def test_a_district_in_its_grace_is_moved_by_itself(stopped_server):
    server = stopped_server
    tenant = start(server)
    added = add_school(server, tenant)
    assert added.returncode == 0, added.stderr
    server.wait_for(lambda: tier(server, tenant) == "advanced", LOOK_SECONDS)
    server.wait_for(lambda: outlook(server, tenant)["state"] == "fits", LOOK_SECONDS)
    told = events(server, tenant)
    for kind in ["tenant.outgrown", "tenant.upgrade-begun", "tenant.upgraded"]:
        assert told.count(kind) == 1, told
    # Its people are told why, and so is whoever reads the audit or the run.
    said = {e["type"]: e["payload"]["detail"] for e in announced(server, tenant) if "detail" in e["payload"]}
    assert said["tenant.near-limit"] == {"limit": "schools", "percent": "100"}
    assert said["tenant.outgrown"] == {"rules": "schools above 2", "target": "advanced"}
    begun = said["tenant.upgrade-begun"]
    assert (begun["why"], begun["target"]) == ("schools above 2", "advanced")
    assert [e["detail"] for e in audited(server, tenant, "tenant.upgrade-begun")] == [begun]
    run = server.api("GET", f"/v1/runs/{begun['run']}").json
    assert (run["why"], run["actor"]) == ("schools above 2", "system")


def test_beyond_its_grace_a_school_is_refused(stopped_server):
    server = stopped_server
    tenant = start(server, windows=closed_window())
    assert add_school(server, tenant).returncode == 0
    refused = add_school(server, tenant, "Fillmore Elementary")
    assert refused.returncode != 0
    assert "2 schools" in refused.stderr, refused.stderr


def test_what_waits_is_explained_and_outlives_a_crash(stopped_server):
    server = stopped_server
    tenant = start(server, windows=closed_window())
    add_school(server, tenant)
    server.wait_for(lambda: outlook(server, tenant)["state"] == "outgrown", LOOK_SECONDS)
    shown = server.cli("upgrade", "explain", tenant["id"]).stdout
    assert "schools above 2" in shown and "waits: the next window" in shown
    assert max(map(len, shown.splitlines())) <= 120
    metrics = server.api("GET", "/metrics").text
    assert re.findall(r"(?m)^homeroom_upgrade_tenants(.*)$", metrics) == ['{state="outgrown"} 1']
    assert 0 < float(re.search(r"(?m)^homeroom_upgrade_look_seconds (\S+)$", metrics)[1]) < 10
    server.kill()
    server.start("--catalog", str(server.folder / "catalog.json"))
    assert [u["tenant"] for u in server.cli_json("upgrade", "list")["upgrades"]] == [tenant["id"]]
    time.sleep(1)
    assert events(server, tenant).count("tenant.outgrown") == 1
    assert tier(server, tenant) == "basic"


def test_sales_asks_an_operator_agrees_and_it_begins_at_once(stopped_server):
    server = stopped_server
    tenant = start(server, mode="recommend", windows=closed_window())
    nothing = server.cli("upgrade", "approve", tenant["id"], "--to", "advanced", check=False)
    assert nothing.returncode != 0 and "nobody has asked for another" in nothing.stderr
    keys = {role: server.folder / f"{role}.key" for role in ("sales", "operator")}
    actors = {}
    for role, path in keys.items():
        made = server.api("POST", "/v1/keys", {"roles": [role], "opens": "control"}).json
        path.write_text(made["controlKey"])
        path.chmod(0o600)
        actors[role] = "credential:" + made["key"]["id"]

    def sales(*words, **more):
        return server.cli(*words, "--key-file", str(keys["sales"]), **more)

    # Sales sees what it would be and cost, and asks. It moves nobody and agrees to nothing.
    request = ["upgrade", "request", tenant["id"], "--tier", "advanced"]
    assert "expected --reason TEXT" in sales(*request, check=False).stderr
    plan = sales(*request, "--dry-run").stdout
    assert "advanced, store " in plan and re.search(r"(?m)^cost +\d+\.\d\d USD a month, ", plan), plan
    assert re.search(r"(?m)^window +\d{4}-\d\d-\d\d \d\d:00 to ", plan), plan
    assert outlook(server, tenant)["state"] == "fits", "nothing was asked for"
    sales(*request, "--reason", "contract 4711")
    assert "waits for an operator who approves it" in sales("upgrade", "explain", tenant["id"]).stdout
    assert [u["state"] for u in json.loads(sales("upgrade", "list", "--json").stdout)["upgrades"]] == ["asked"]
    for words, operation in [
        (["upgrade", "approve", tenant["id"], "--to", "advanced"], "upgrade.approve"),
        (["upgrade", "refuse", tenant["id"], "--reason", "x"], "upgrade.refuse"),
        (["tenant", "move", tenant["id"], "--tier", "advanced"], "tenant.move"),
        (["tenant", "move", tenant["id"], "--tier", "advanced", "--when", "window"], "tenant.move"),
    ]:
        refused = sales(*words, check=False)
        assert refused.returncode == 1 and f"`{operation}` needs one of the roles `operator`" in refused.stderr, refused
    # An operator sees the same, and agrees.
    as_operator = ["--key-file", str(keys["operator"])]
    plan = server.cli("upgrade", "approve", tenant["id"], *as_operator).stdout
    assert "advanced, store " in plan and re.search(r"(?m)^cost +\d+\.\d\d USD a month, ", plan), plan
    assert "nothing was approved; add --to advanced" in plan and "\nwindow " in plan
    assert "\nwindow " not in server.cli("upgrade", "approve", tenant["id"], "--now", *as_operator).stdout
    assert outlook(server, tenant)["state"] == "asked"
    server.cli("upgrade", "approve", tenant["id"], "--to", "advanced", *as_operator)
    assert outlook(server, tenant)["next"] == "waits: the next window"
    began = server.cli_json("upgrade", "approve", tenant["id"], "--to", "advanced", "--now", *as_operator)
    assert began["state"] == "moving"
    server.wait_for(lambda: tier(server, tenant) == "advanced")
    # Who asked, who agreed, and why: in the run and in the audit.
    why = f"asked for by {actors['sales']}: contract 4711"
    run = server.api("GET", f"/v1/runs/{began['run']}").json
    assert (run["actor"], run["why"]) == (actors["operator"], why)
    assert [(e["actor"], e["detail"]["reason"]) for e in audited(server, tenant, "tenant.upgrade-requested")] == [
        (actors["sales"], "contract 4711")]
    assert {e["actor"] for e in audited(server, tenant, "tenant.upgrade-approved")} == {actors["operator"]}
    started = [e for e in audited(server, tenant, "run.started") if e["subject"] == began["run"]]
    assert [(e["actor"], e["detail"]["reason"]) for e in started] == [(actors["operator"], why)]


def test_an_approved_move_is_followed_where_that_is_said(stopped_server):
    """Also while the catalog lets no other begin: of these there is one at once, and the first copies an item a second."""
    server, folder = stopped_server, stopped_server.folder
    path = pathlib.Path(catalog(folder, "recommend", closed_window()))
    text = json.loads(path.read_text())
    text["maintenance"]["movesAtOnce"] = 1
    text["tiers"][0]["copyRateItemsPerSecond"] = 1
    path.write_text(json.dumps(text))
    server.start("--catalog", str(path))
    approvals = []
    for name in ["First", "Second"]:
        tenant = server.onboard(name, schools=("Lincoln High",)).json["tenant"]["id"]
        server.cli("upgrade", "request", tenant, "--tier", "advanced", "--reason", "sold")
        approvals.append(["upgrade", "approve", tenant, "--to", "advanced", "--now"])
    first, second = approvals
    assert server.cli_json(*first)["state"] == "moving"
    shown = Terminal(
        [binary(), *second, "--wait", "--data", str(server.data)], 120, plain_environment(), cwd=folder)
    shown.wait_for("waits: 1 moves are under way")
    assert shown.end(2 * LOOK_SECONDS) == 0
    assert "moved" in shown.text and "homeroom run rollback r" in shown.text
    assert tier(server, {"id": second[2]}) == "advanced"
    third = server.onboard("Third", schools=("Lincoln High",)).json["tenant"]["id"]
    server.cli("upgrade", "request", third, "--tier", "advanced", "--reason", "sold")
    done = server.cli("upgrade", "approve", third, "--to", "advanced", "--now", "--wait", "--json", timeout=2 * LOOK_SECONDS)
    assert json.loads(done.stdout)["kind"] == "move" and tier(server, {"id": third}) == "advanced"


def test_an_operators_move_now_keeps_who_and_why(stopped_server):
    server = stopped_server
    tenant = start(server, mode="recommend", windows=closed_window())
    move = ["tenant", "move", tenant["id"], "--tier", "advanced", "--reason"]
    assert "USD a month" in server.cli(*move, "contract 4711", "--dry-run").stdout
    for reason in ["", "x" * 501]:
        refused = server.cli(*move, reason, check=False)
        assert refused.returncode != 0 and "expected why, in 1 to 500 bytes" in refused.stderr, refused.stderr
    assert tier(server, tenant) == "basic"
    run = server.cli_json(*move, "contract 4711")
    assert run["why"] == "contract 4711"
    server.wait_for(lambda: tier(server, tenant) == "advanced")
    assert re.search(r"(?m)^why +contract 4711$", server.cli("run", "show", run["id"]).stdout)
    started = [e for e in audited(server, tenant, "run.started") if e["subject"] == run["id"]]
    assert [(e["actor"], e["detail"]["reason"]) for e in started] == [(run["actor"], "contract 4711")]


def test_the_plan_is_of_the_tier_that_comes_next_where_none_is_named(stopped_server):
    server = stopped_server
    tenant = start(server, mode="recommend")
    plan = server.api("GET", f"/v1/tenants/{tenant['id']}/upgrade/plan").json
    assert plan["to"]["tier"] == "advanced" and "window" in plan
    large = server.onboard("Shelbyville USD", tier="premium").json["tenant"]
    answer = server.api("GET", f"/v1/tenants/{large['id']}/upgrade/plan")
    assert answer.status == 400 and "on its way to none" in answer.json["detail"], answer.text


@pytest.mark.parametrize("query, status, said", [
    ("?tier=gold", 400, "there is no tier `gold`"),
    ("?tier=advanced&when=later", 400, "`later` is no time of a move"),
    ("?tier=basic", 409, "is in tier `basic` already"),
])
def test_what_is_no_plan_is_said(stopped_server, query, status, said):
    tenant = start(stopped_server, mode="recommend")
    answer = stopped_server.api("GET", f"/v1/tenants/{tenant['id']}/upgrade/plan{query}")
    assert answer.status == status and said in answer.json["detail"], answer.text


def test_an_operators_move_for_the_window_goes_through_the_same_door(stopped_server):
    server = stopped_server
    tenant = start(server, mode="recommend", windows=closed_window())
    move = ["tenant", "move", tenant["id"], "--tier", "advanced"]
    now = server.cli(*move, "--dry-run").stdout
    assert "\nwindow " not in now and "USD a month" in now
    plan = server.cli(*move, "--when", "window", "--dry-run").stdout
    assert re.search(r"^window +\d{4}-\d\d-\d\d \d\d:00 to \d{4}-\d\d-\d\d \d\d:15 UTC$", plan, re.MULTILINE), plan
    assert "USD a month" in plan and outlook(server, tenant)["state"] == "fits"
    shown = server.cli(*move, "--when", "window", "--reason", "contract 4711").stdout
    assert "waits: the next window" in shown and "contract 4711" in shown
    server.cli(*move, "--when", "window", "--reason", "contract 4711")
    told = events(server, tenant)
    assert [told.count(f"tenant.upgrade-{what}") for what in ("requested", "approved", "begun")] == [1, 1, 0]
    assert tier(server, tenant) == "basic"
    server.cli("upgrade", "refuse", tenant["id"], "--reason", "not paid")
    assert outlook(server, tenant)["state"] == "fits"
    for words, said in [
        (["--when", "later"], "expected now or window"),
        (["--when", "window", "--wait"], "--wait goes with a move now"),
        (["--when", "window", "--undo-window", "60"], "`undoWindowSeconds` does not go with"),
        (["--when", "window", "--pool", "pool-basic-2"], "`pool` does not go with"),
    ]:
        refused = server.cli(*move, *words, check=False)
        assert refused.returncode != 0 and said in refused.stderr, refused.stderr
    path = f"/v1/tenants/{tenant['id']}/moves"
    answer = server.api("POST", path, {"tier": "advanced", "when": "tonight"})
    assert answer.status == 400 and answer.json["field"] == "when"


def test_what_is_asked_for_in_an_open_window_begins_at_once(stopped_server):
    server = stopped_server
    tenant = start(server, mode="recommend")
    answer = server.api("POST", f"/v1/tenants/{tenant['id']}/moves", {"tier": "advanced", "when": "window"})
    assert answer.status == 202 and answer.json["state"] == "moving", answer.text
    server.wait_for(lambda: tier(server, tenant) == "advanced")


def test_a_catalog_lets_no_more_moves_begin_at_once_than_the_server_carries_out(stopped_server):
    server = stopped_server
    path = pathlib.Path(catalog(server.folder, "automatic"))
    path.write_text(path.read_text().replace('"movesAtOnce": 2', '"movesAtOnce": 5'))
    refused = subprocess.run(
        [binary(), "serve", "--data", str(server.folder / "other"), "--catalog", str(path)], capture_output=True,
        text=True, timeout=30, env=plain_environment(), check=False)
    assert refused.returncode != 0
    assert "use a number from 1 to 4, since a server carries out 4 moves at once" in refused.stderr


def test_a_refusal_is_kept_with_its_reason(stopped_server):
    server = stopped_server
    tenant = start(server, mode="ask")
    add_school(server, tenant)
    server.wait_for(lambda: outlook(server, tenant)["state"] == "outgrown", LOOK_SECONDS)
    assert outlook(server, tenant)["next"] == "waits for an operator who approves it"
    without = server.cli("upgrade", "refuse", tenant["id"], check=False)
    assert without.returncode == 2 and "--reason" in without.stderr
    server.cli("upgrade", "refuse", tenant["id"], "--reason", "two schools merge in June")
    assert outlook(server, tenant)["coolsUntil"]
    refused = audited(server, tenant, "tenant.upgrade-refused")
    assert [e["detail"]["reason"] for e in refused] == ["two schools merge in June"]


@pytest.mark.parametrize("words, said", [
    (["explain", "t2f4p04e4s3jmwgp"], "there is no tenant"),
    (["request", "{}", "--tier", "gold", "--reason", "x"], "there is no tier `gold`"),
    (["request", "{}", "--tier", "basic", "--reason", "x"], "is in tier `basic` already"),
    (["refuse", "{}", "--reason", "x"], "there is nothing to refuse"),
    (["approve", "{}", "--to", "gold"], "there is no tier `gold`"),
])
def test_says_what_is_wrong(stopped_server, words, said):
    server = stopped_server
    tenant = start(server)
    answer = server.cli("upgrade", *[w.format(tenant["id"]) for w in words], check=False)
    assert answer.returncode != 0 and said in answer.stderr, answer.stderr


def test_nothing_is_listed_where_all_tiers_fit(stopped_server):
    start(stopped_server)
    assert stopped_server.cli("upgrade", "list").stdout == "no tenant has outgrown its tier\n"
