"""Districts: REST and the command line, idempotency, imports, and what a crash leaves."""

import collections
import json
import os
import signal
import stat
import subprocess
import threading
import time
from random import Random

import pytest
from conftest import binary, plain_environment


def test_rest_answers_with_tenant_schools_credentials_and_place(shared_server):
    answer = shared_server.onboard("Ogdenville Public Schools", schools=["Ogdenville High", "Elm"])
    assert answer.status == 201
    body = answer.json
    tenant = body["tenant"]
    assert answer.headers["Location"] == f"/v1/tenants/{tenant['id']}"
    assert (tenant["name"], tenant["tier"], tenant["state"]) == ("Ogdenville Public Schools", "basic", "active")
    assert [school["name"] for school in tenant["schools"]] == ["Ogdenville High", "Elm"]
    assert set(tenant["placement"]) == {"store", "isolation", "epoch", "tables"}
    assert tenant["placement"]["isolation"] == "pooled"
    assert tenant["placement"]["tables"]["school-table"] == "school-table-basic"
    assert body["credentials"]["key"].startswith(body["credentials"]["id"] + ".")
    run = shared_server.api("GET", f"/v1/runs/{body['run']}").json
    assert run["state"] == "completed" and all(step["state"] == "done" for step in run["steps"])


def test_same_idempotency_key_gives_the_same_answer(shared_server):
    first = shared_server.onboard("Brockway Union", key="brockway-1")
    again = shared_server.onboard("Brockway Union", key="brockway-1")
    assert (first.status, again.status) == (201, 201)
    assert again.text == first.text and again.headers["Location"] == first.headers["Location"]
    assert "Idempotency-Replayed" not in first.headers and again.headers["Idempotency-Replayed"] == "true"


def test_an_idempotency_key_with_another_request_is_refused(shared_server):
    assert shared_server.onboard("North Haverbrook", key="haverbrook-1").status == 201
    answer = shared_server.onboard("North Haverbrook", tier="advanced", key="haverbrook-1")
    assert (answer.status, answer.json["type"]) == (422, "urn:homeroom:problem:idempotency-key-reused")


def test_a_duplicate_name_is_refused_unless_asked_for(shared_server):
    first = shared_server.onboard("Capital City").json["tenant"]["id"]
    refused = shared_server.onboard("capital  CITY")
    assert (refused.status, refused.json["type"]) == (409, "urn:homeroom:problem:name-taken")
    assert (refused.json["tenant"], refused.json["field"]) == (first, "name")
    assert shared_server.onboard("Capital City", allowDuplicateName=True).status == 201
    shown = shared_server.cli("tenant", "show", "Capital City", check=False)
    assert shown.returncode == 1 and "2 tenants are named" in shown.stderr and first in shown.stderr


def test_a_dedicated_tenant_has_tables_of_its_own(shared_server):
    tenant = shared_server.onboard("Premium District", tier="premium").json["tenant"]
    assert tenant["placement"]["isolation"] == "dedicated"
    assert tenant["placement"]["tables"]["school-table"] == f"school-table-premium-{tenant['id']}"


@pytest.mark.parametrize("change, field, hint", [
    ({"tier": "basik"}, "tier", "did you mean `basic`?"),
    ({"tier": None}, "tier", "`tier` is missing"),
    ({"admin": "nobody"}, "admin", "e-mail"),
    ({"timezone": "America/Chicgo"}, "timezone", "America/Chicago"),
    ({"name": ""}, "name", "missing"),
    ({"schools": "Lincoln"}, "schools", "expected `schools` as an array of strings, found a string"),
    ({"schools": ["A", 1]}, "schools[1]", "expected a string"),
    ({"shcools": ["A"]}, "shcools", "did you mean `schools`?"),
    ({"schools": ["A", "A"]}, "school", "once"),
])
def test_invalid_requests_name_the_field_and_the_remedy(shared_server, change, field, hint):
    body = {"name": "Invalid District", "tier": "basic", "admin": "it@d.example", "timezone": "UTC", **change}
    answer = shared_server.api("POST", "/v1/tenants", body)
    assert answer.status == 400, answer.text
    assert answer.json["field"] == field
    assert hint in answer.json["detail"], answer.json["detail"]


def test_a_tiers_limit_of_schools_holds(shared_server):
    answer = shared_server.onboard("Too Many", schools=[f"School {n}" for n in range(11)])
    assert (answer.status, answer.json["type"]) == (409, "urn:homeroom:problem:limit-reached")
    assert "`advanced`" in answer.json["detail"]


def test_schools_are_added_once_per_key(shared_server):
    tenant = shared_server.onboard("School District").json["tenant"]["id"]
    add = lambda name, key: shared_server.api(
        "POST", f"/v1/tenants/{tenant}/schools", {"name": name}, headers={"Idempotency-Key": key})
    first = add("Washington Middle", "a")
    assert first.status == 201 and first.json["school"]["id"].startswith("s")
    assert add("Washington Middle", "a").json == first.json
    assert add("Washington Middle", "b").json["type"] == "urn:homeroom:problem:name-taken"
    names = [s["name"] for s in shared_server.api("GET", f"/v1/tenants/{tenant}").json["schools"]]
    assert names == ["Lincoln High", "Washington Middle"]


def test_the_command_line_does_the_main_job(shared_server):
    shown = shared_server.cli(
        "tenant", "onboard", "Shelbyville", "--tier", "basic", "--admin", "it@s.example", "--school", "Heritage",
        "--school", "Elm", "--timezone", "America/Chicago").stdout
    assert "pool-basic-1 (pooled)" in shown and "Heritage" in shown and "hk_" in shown
    assert "Shelbyville" in shared_server.cli("tenant", "list").stdout
    view = shared_server.cli("tenant", "show", "shelbyville").stdout
    assert "school-table is school-table-basic" in view and "tenant.onboard, completed" in view
    assert "is a school of Shelbyville" in shared_server.cli("school", "add", "Shelbyville", "Oak").stdout
    assert "is suspended" in shared_server.cli("tenant", "suspend", "Shelbyville", "--reason", "unpaid").stdout
    assert "suspended, closed: unpaid" in shared_server.cli("tenant", "show", "Shelbyville").stdout
    refused = shared_server.cli("token", "issue", "--tenant", "Shelbyville", "--role", "teacher", check=False)
    assert refused.returncode == 1 and "resume it" in refused.stderr
    assert "is served again" in shared_server.cli("tenant", "resume", "Shelbyville").stdout
    actions = [e["action"] for e in shared_server.cli_json("audit", "list")["entries"]]
    assert {"tenant.suspended", "tenant.resumed", "school.added"} <= set(actions)


def test_the_key_can_go_to_a_file_that_only_its_owner_reads(shared_server):
    file = shared_server.folder / "tenant-key"
    out = shared_server.cli(
        "tenant", "onboard", "Key District", "--tier", "basic", "--admin", "it@s.example", "--timezone", "UTC",
        "--key-out", str(file)).stdout
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
    key = file.read_text().strip()
    assert key not in out
    assert shared_server.api("GET", "/v1/tenants", key=key).json["tenants"][0]["name"] == "Key District"


def districts(path, count, tier="basic"):
    lines = ["name,tier,admin,school,timezone,external_id"]
    for number in range(count):
        lines.append(f"District {number:04},{tier},it@d{number}.example,North;South,America/Denver,row-{number}")
    path.write_text("\n".join(lines) + "\n")
    return path


def names(server):
    return [tenant["name"] for tenant in server.cli_json("tenant", "list")["tenants"]]


def test_an_import_tells_all_faults_with_line_and_column_before_anything_is_made(server):
    server.onboard("District 0020")
    file = districts(server.folder / "districts.csv", 30)
    text = file.read_text().splitlines()
    text[5] = text[5].replace("basic", "basik")
    text[9] = text[9].replace("it@d8.example", "nobody").replace("America/Denver", "America/Denvr")
    text[11] = text[11].replace("North;South", ";".join(f"School {n}" for n in range(11)))
    text[13] = text[13].replace("District 0012", "district  0001").replace(",row-12", ",")
    text[15] = text[15].replace("row-14", "row-2")
    text[17] += ",more"
    text[30] = '"' + text[30]
    file.write_text("\n".join(text) + "\n")
    first = server.cli("tenant", "import", str(file), check=False)
    assert first.returncode == 1 and "9 faults; nothing was onboarded" in first.stdout
    expected = [
        ("line 6, column 2:", "did you mean `basic`?"), ("line 10, column 3:", "e-mail"),
        ("line 10, column 5:", "did you mean `America/Denver`?"), ("line 12, column 4:", "takes 10 schools"),
        ("line 14, column 1:", "stands on line 3 already"), ("line 16, column 6:", "stands on line 4 already"),
        ("line 18:", "7 fields where the header has 6"), ("line 22, column 1:", "is taken by tenant"),
        ("line 31, column 1:", "never closed")]
    lines = first.stderr.splitlines()
    for (place, what), line in zip(expected, lines, strict=True):
        assert line.startswith(place) and what in line, line
    assert names(server) == ["District 0020"] and server.cli_json("run", "list")["runs"][1:] == []
    told = json.loads(server.cli("tenant", "import", str(file), "--json", check=False).stdout)
    assert [(fault["line"], fault.get("column")) for fault in told["faults"]][:2] == [(6, 2), (10, 3)]


def test_an_import_can_be_run_again_and_takes_what_has_come(server):
    file = districts(server.folder / "districts.csv", 28)
    assert "28 onboarded" in server.cli("tenant", "import", str(file)).stdout
    districts(file, 30)
    second = server.cli("tenant", "import", str(file))
    assert "2 onboarded, 28 were there already" in second.stdout
    assert sorted(names(server)) == [f"District {n:04}" for n in range(30)]


def test_an_import_killed_at_any_row_gives_each_district_once_with_its_key(server):
    """The client is killed, and the server too, at random rows; then the same command once more."""
    seed = int(os.environ.get("HOMEROOM_CRASH_SEED", time.time_ns() % 100_000))
    print("HOMEROOM_CRASH_SEED =", seed)
    random = Random(seed)
    file = districts(server.folder / "districts.csv", 60, tier="premium")
    for number in range(4):
        importing = subprocess.Popen(
            [binary(), "tenant", "import", str(file), "--data", str(server.data)], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, env=plain_environment())
        count = random.randrange(60)
        server.wait_for(
            lambda: importing.poll() is not None
            or len(server.api("GET", "/v1/tenants?limit=500").json["tenants"]) >= min(count, 59), seconds=60)
        importing.kill()
        importing.wait()
        if number % 2:
            server.kill()
            server.start()
    keys = server.folder / "keys.csv"
    server.cli("tenant", "import", str(file), "--keys-out", str(keys), timeout=120)
    assert sorted(names(server)) == [f"District {n:04}" for n in range(60)]
    rows = [line.rsplit(",", 1) for line in keys.read_text().splitlines()[1:]]
    assert len(rows) == 60
    for name, key in rows:
        [own] = server.api("GET", "/v1/tenants", key=key).json["tenants"]
        assert own["name"] == name.strip('"')
    assert server.cli("reconcile", "--deep").stdout == "nothing is wrong\n"


def test_an_import_writes_the_keys_to_a_private_file(server):
    file = districts(server.folder / "districts.csv", 3)
    keys = server.folder / "keys.csv"
    server.cli("tenant", "import", str(file), "--keys-out", str(keys))
    assert stat.S_IMODE(os.stat(keys).st_mode) == 0o600
    rows = keys.read_text().splitlines()
    assert rows[0] == "name,key" and len(rows) == 4 and rows[1].startswith('"District 0000",hk_')


def test_kill_during_an_import_then_again_doubles_nothing(server):
    file = districts(server.folder / "districts.csv", 250)
    importing = subprocess.Popen(
        [binary(), "tenant", "import", str(file), "--data", str(server.data)], stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, env=plain_environment())
    server.wait_for(lambda: len(server.api("GET", "/v1/tenants?limit=500").json["tenants"]) > 20)
    server.kill()
    out, err = importing.communicate(timeout=60)
    assert importing.returncode == 1, (out, err)
    server.start()
    done = server.cli("tenant", "import", str(file), timeout=120)
    assert "failed" not in done.stdout, done.stderr
    found = names(server)
    assert collections.Counter(found).most_common(1)[0][1] == 1
    assert sorted(found) == [f"District {n:04}" for n in range(250)]
    stores = server.cli_json("store", "list")["stores"]
    assert sorted(store["occupants"] for store in stores) == [50, 100, 100]
    open_runs = [run for run in server.cli_json("run", "list", "--limit", "1000")["runs"] if run["state"] != "completed"]
    assert open_runs == []


def test_sigterm_during_an_import_finishes_what_is_in_flight(server):
    file = districts(server.folder / "districts.csv", 250)
    importing = subprocess.Popen(
        [binary(), "tenant", "import", str(file), "--data", str(server.data)], stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, env=plain_environment())
    server.wait_for(lambda: len(server.api("GET", "/v1/tenants?limit=500").json["tenants"]) > 20)
    assert server.terminate() == 0
    importing.communicate(timeout=60)
    server.start()
    server.cli("tenant", "import", str(file), timeout=120)
    assert sorted(names(server)) == [f"District {n:04}" for n in range(250)]


def test_many_onboardings_at_once_do_not_starve_readers(server):
    answers = []
    threads = [
        threading.Thread(target=lambda n=n: answers.append(server.onboard(f"Parallel {n}").status)) for n in range(40)
    ]
    for thread in threads:
        thread.start()
    began = time.monotonic()
    assert server.api("GET", "/readyz").status == 200
    assert time.monotonic() - began < 5
    for thread in threads:
        thread.join()
    assert answers == [201] * 40
