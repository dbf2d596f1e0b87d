"""What tenants cost, the fleet at a glance, and what a catalog's rules would have done: over real commands and a real server."""

import json
import re
import subprocess

import pytest
from conftest import ROOT, binary, plain_environment
from test_aws_clients import STUDENTS, School

HISTORY = """time,tenant,schools,timezone
2026-09-14T08:00:00Z,springfield,9,America/Chicago
2026-09-14T17:00:00Z,springfield,11,
2026-09-20T12:00:00Z,springfield,51,
"""


def simulate(folder, text, *words):
    """Tries the rules on a history; needs no server."""
    path = folder / "history.csv"
    path.write_text(text, encoding="utf-8")
    return subprocess.run(
        [binary(), "upgrade", "simulate", "--usage", str(path), *words], capture_output=True, text=True, timeout=60,
        env=plain_environment(), cwd=folder)


@pytest.fixture
def priced(stopped_server):
    """A server whose catalog has these prices."""

    def start(prices):
        catalog = json.loads((ROOT / "Templates/catalogs/default.json").read_text())
        if prices is None:
            del catalog["prices"]
        else:
            catalog["prices"] = prices
        path = stopped_server.folder / "catalog.json"
        path.write_text(json.dumps(catalog))
        return stopped_server.start("--catalog", str(path))

    return start


def test_the_shipped_rules_are_tried_without_a_server(tmp_path):
    done = simulate(tmp_path, HISTORY)
    assert done.returncode == 0, done
    lines = [line.split(maxsplit=2) for line in done.stdout.split("\n\n")[0].splitlines()[1:]]
    assert [(f"{day} {time}", what) for day, time, what in lines] == [
        ("2026-09-14 08:00", "near a limit: 80% of its schools"),
        ("2026-09-14 17:00", "near a limit: 100% of its schools"),
        ("2026-09-14 17:00", "holds: schools above 10 (11 schools)"),
        ("2026-09-14 17:00", "has outgrown its tier (automatic)"),
        ("2026-09-14 17:00", "waits until 2026-09-15 03:00: the next window"),
        ("2026-09-15 03:00", "would be moved from basic to advanced"),
        ("2026-09-15 03:00", "cool-down until 2026-09-22 03:00"),
        ("2026-09-20 12:00", "near a limit: 100% of its schools"),
        ("2026-09-20 12:00", "holds: schools above 50 (51 schools)"),
        ("2026-09-20 12:00", "has outgrown its tier (ask)"),
        ("2026-09-20 12:00", "would wait for an approval to go to premium"),
    ]
    assert "the file does not tell of it:\n  bytes, items, reads, writes, throttled requests\n" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80, done.stdout
    found = json.loads(simulate(tmp_path, HISTORY, "--json", "--approve").stdout)
    assert found["tenants"] == [
        {"tenant": "springfield", "from": "basic", "to": "premium", "moves": 2, "outgrown": 2,
         "longestWaitSeconds": found["tenants"][0]["longestWaitSeconds"], "isOutgrown": False}]
    assert [event["kind"] for event in found["events"]].count("moved") == 2


@pytest.mark.parametrize("text, words, code, said", [
    ("time,tenant,scools\n", [], 1, "line 1, column 3: `scools` is no column; did you mean `schools`?"),
    ("time,tenant\n14.9.2026,a\n", [], 1, "line 2, column 1: `14.9.2026` is no time; write it in UTC"),
    (HISTORY, ["--tier", "gold"], 2, "--tier: there is no tier `gold`; "),
    (HISTORY, ["--timezone", "Chicago"], 2, "--timezone: `Chicago` is no time zone; "),
    (HISTORY, ["--schools", "-1"], 2, "--schools: expected a whole number from 0 to 1000000, found `-1`"),
])
def test_what_is_wrong_with_a_simulation_is_said(tmp_path, text, words, code, said):
    done = simulate(tmp_path, text, *words)
    assert (done.returncode, done.stdout) == (code, "") and said in done.stderr, done


def test_costs_are_of_what_was_used(priced, monkeypatch):
    server = priced({"currency": "EUR", "perTableMonth": 7, "perMillionWriteUnits": 1000000})
    small = server.onboard("Springfield USD").json["tenant"]
    large = server.onboard("Shelbyville USD", tier="premium", schools=("North", "South", "West")).json["tenant"]
    school = School(server, small["id"], small["schools"][0]["id"])
    dynamodb = school.dynamodb(monkeypatch)
    for student in range(20):
        dynamodb.put_item(TableName=STUDENTS, Item=school.item(student))

    def written():
        lines = server.cli_json("cost", "report")["lines"]
        return next(line for line in lines if line["name"] == "Springfield USD")["cost"]["perMillionWriteUnits"]

    # A unit costs one: the school's first items and the twenty, with their index entries.
    server.wait_for(lambda: written() >= 20_000_000)
    report = server.cli_json("cost", "report")
    assert report["currency"] == "EUR" and re.fullmatch(r"\d{4}-\d{2}", report["month"])
    assert report["cost"]["totalMicros"] == sum(line["cost"]["totalMicros"] for line in report["lines"])
    tiers = server.cli_json("cost", "report", "--by", "tier")
    assert {line["id"]: line["tenants"] for line in tiers["lines"]} == {"basic": 1, "premium": 1}
    one = server.cli_json("cost", "report", "--tenant", "Shelbyville USD")
    schools = server.cli_json("cost", "report", "--tenant", "Shelbyville USD", "--by", "school")
    assert sorted(line["name"] for line in schools["lines"]) == ["North", "South", "West"]
    assert [line["name"] for line in one["lines"]] == ["Shelbyville USD"]
    text = server.cli("cost", "report").stdout
    assert "Springfield USD" in text and "EUR SO FAR" in text
    assert max(map(len, text.splitlines())) <= 80, text

    fleet = server.cli_json("tier", "report")
    assert [(tier["tier"], tier["tenants"], tier["schools"]) for tier in fleet["tiers"]] == [
        ("basic", 1, 1), ("advanced", 0, 0), ("premium", 1, 3), ("enterprise", 0, 0)]
    assert fleet["total"]["items"] >= 20 and fleet["total"]["writeUnitsPerSecond"] > 0
    assert [pool["store"] for pool in fleet["fullest"]] == ["pool-basic-1"] and fleet["poolCount"] == 1
    assert fleet["growers"] == [] and fleet["moves"]["done"] == 0
    assert [fleet["moves"][name] for name in ("waitingForWindow", "waitingForApproval", "recommended")] == [0, 0, 0]
    server.cli("upgrade", "request", small["id"], "--tier", "premium", "--reason", "sold")
    assert server.cli_json("tier", "report")["moves"]["waitingForApproval"] == 1
    text = server.cli("tier", "report").stdout
    assert "\nto come  0 waiting for a window, 1 for an approval, 0 only recommended\n" in text
    assert "nobody will outgrow its tier" in text and "pool-basic-1" in text
    assert max(map(len, text.splitlines())) <= 80, text

    plan = server.api("POST", f"/v1/tenants/{small['id']}/moves", {"tier": "premium", "dryRun": True}).json
    assert plan["currency"] == "EUR" and plan["monthBeforeMicros"] == plan["monthAfterMicros"] > 0, "it is alone in its pool"
    server.onboard("Ogdenville USD")
    plan = server.api("POST", f"/v1/tenants/{small['id']}/moves", {"tier": "premium", "dryRun": True}).json
    assert plan["monthAfterMicros"] - plan["monthBeforeMicros"] == 7_000_000, "half of two tables at seven"
    shown = server.cli("tenant", "move", "Springfield USD", "--tier", "premium", "--dry-run").stdout
    assert "7.00 EUR more than now" in shown

    history = server.cli("upgrade", "history", "Springfield USD").stdout
    header, row = history.splitlines()[:2]
    assert header.startswith("time,tenant,schools") and row.split(",")[1] == small["id"]
    assert json.loads(simulate(server.folder, history, "--json").stdout)["tenants"][0]["to"] == "basic"
    assert large["id"] not in history


def test_what_cannot_be_reported_is_refused(priced):
    server = priced(None)
    small = server.onboard("Springfield USD").json["tenant"]
    refused = server.cli("cost", "report", check=False)
    assert refused.returncode == 1 and "the catalog in force has no `prices`" in refused.stderr
    assert "cost" not in server.cli_json("tier", "report")["total"]
    plan = server.api("POST", f"/v1/tenants/{small['id']}/moves", {"tier": "premium", "dryRun": True}).json
    assert "monthBeforeMicros" not in plan and "currency" not in plan
    for path, status, field in [
        ("/v1/costs?month=2026-13", 400, "month"), ("/v1/costs?by=shool", 400, "by"),
        ("/v1/costs?tier=gold", 400, "tier"), ("/v1/costs?tenant=nobody", 404, "tenant"),
    ]:
        answer = server.api("GET", path)
        assert (answer.status, answer.json["field"]) == (status, field), answer.text
    assert server.cli("cost", "report", "--by", "school", check=False).returncode == 2
    assert server.api("GET", "/v1/costs", key="wrong").status == 401
