"""What others ran into (onboarding and tenancy): each fault is a test here or in the file named.

| what happened elsewhere | the tests that show it does not happen here |
|---|---|
| separate steps, a crash leaves orphans; a retried POST makes a second tenant | test_a_post_retried_over_crashes_makes_one_tenant |
| DELETE of an unknown tenant answered 200 and created a row | test_an_unknown_tenant_is_404_and_nothing_is_written |
| changing the tier is an attribute update: nothing moves, nobody is told | test_a_change_of_tier_is_a_run_that_moves_the_items |
| onboarding failed, no reason in API or UI | test_a_failed_onboarding_tells_step_attempt_and_reason |
| a tenant shown as deleted, its resources still there | test_departures.py: test_one_district_leaves_and_the_other_notices_nothing, test_a_district_with_a_store_of_its_own_leaves_no_file; test_reconcile.py: test_a_strange_stores_file_is_removed_only_when_it_is_named |
| one deleted tenant blocked all the others | test_one_tenants_fault_stays_its_own |
| the deprovisioning script was empty: offboarding would report success | test_a_step_that_did_nothing_does_not_succeed; test_departures.py: test_killed_in_the_middle_it_goes_on |
| Scan allowed under ForAllValues on a shared table | test_a_scan_of_a_shared_table_is_denied |

Those of moving data are in test_move_lessons.py.
"""

import os
import pathlib
import random
import re
import threading
import time

from wire import Refused, Session, Wire

SEED = int(os.environ.get("HOMEROOM_CRASH_SEED", time.time_ns() % 100_000))
CLEAN = "nothing is wrong\n"
KILLS = 12


def rows(text):
    """The rows of the first table in a text, without its head."""
    table = re.search(r"(?:^\|.*\n)+", text, re.M).group()
    return [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in table.splitlines()[2:]]


def test_each_fault_has_tests_that_exist():
    named = []
    for fault, where in rows(__doc__):
        file, count = pathlib.Path(__file__), len(named)
        for part in re.split(r"[;,]", where):
            words = part.split(": ")
            if len(words) == 2:
                file = pathlib.Path(__file__).with_name(words[0].strip())
            assert re.search(rf"^def {words[-1].strip()}\(", file.read_text(), re.M), f"{fault}: {file.name} has no {words[-1]}"
            named.append(words[-1].strip())
        assert len(named) > count, fault
    own = set(re.findall(r"^def (test_\w+)", pathlib.Path(__file__).read_text(), re.M))
    assert own - set(named) == {"test_each_fault_has_tests_that_exist", "test_every_fault_that_was_found_is_here"}


def test_every_fault_that_was_found_is_here(lessons):
    found = rows(lessons)
    assert len(found) == len(rows(__doc__)), [row[1] for row in found]


def tenants(server):
    return server.cli_json("tenant", "list")["tenants"]


def test_a_post_retried_over_crashes_makes_one_tenant(server):
    print("HOMEROOM_CRASH_SEED =", SEED)
    chance = random.Random(SEED)
    made = {}
    for number in range(KILLS):
        name, key = f"District {number}", f"key-{number}"
        tier = ["basic", "premium"][number % 2]

        def post():
            try:
                server.onboard(name, tier=tier, key=key)
            except Exception as error:  # the server was killed while it answered
                print(type(error).__name__)

        posting = threading.Thread(target=post)
        posting.start()
        time.sleep(chance.random() * 0.05)
        server.kill()
        posting.join()
        server.start()
        answers = [server.onboard(name, tier=tier, key=key) for _ in range(3)]
        assert all(answer.status in (200, 201) for answer in answers), [answer.text for answer in answers]
        ids = {answer.json["tenant"]["id"] for answer in answers}
        assert len(ids) == 1 and len({answer.json["credentials"]["key"] for answer in answers}) == 1
        made[name] = ids.pop()
    assert {tenant["name"]: tenant["id"] for tenant in tenants(server)} == made
    assert len(tenants(server)) == KILLS
    assert server.cli("reconcile", "--deep").stdout == CLEAN


def test_an_unknown_tenant_is_404_and_nothing_is_written(server):
    server.onboard("Springfield")
    before = (tenants(server), server.api("GET", "/v1/audit").json["entries"], server.cli_json("store", "list"))
    unknown = "t000000000000000"
    for method, path, body in [
            ("DELETE", f"/v1/tenants/{unknown}", None), ("POST", f"/v1/tenants/{unknown}/suspend", {"reason": "x"}),
            ("POST", f"/v1/tenants/{unknown}/resume", {}), ("POST", f"/v1/tenants/{unknown}/moves", {"tier": "premium"}),
            ("POST", f"/v1/tenants/{unknown}/schools", {"name": "x"}), ("GET", f"/v1/tenants/{unknown}", None)]:
        assert server.api(method, path, body).status in (404, 405), (method, path)
    assert (tenants(server), server.api("GET", "/v1/audit").json["entries"], server.cli_json("store", "list")) == before


def test_a_change_of_tier_is_a_run_that_moves_the_items(server):
    tenant = server.onboard("Springfield").json["tenant"]
    refused = server.api("PATCH", f"/v1/tenants/{tenant['id']}", {"tier": "premium"})
    assert refused.status == 409 and "moving the tenant" in refused.json["detail"], refused.text
    assert server.api("GET", f"/v1/tenants/{tenant['id']}").json["tier"] == "basic"
    answer = server.api("POST", f"/v1/tenants/{tenant['id']}/moves", {"tier": "premium", "undoWindowSeconds": 0})
    assert answer.status == 202
    run = answer.json["id"]
    server.wait_for(lambda: server.api("GET", f"/v1/runs/{run}").json["state"] == "completed")
    after = server.api("GET", f"/v1/tenants/{tenant['id']}").json
    assert after["tier"] == "premium" and after["placement"]["store"] == f"premium-{tenant['id']}"
    receipt = server.api("GET", f"/v1/runs/{run}/receipt").json
    assert receipt["outcome"] == "moved" and receipt["receipt"]["copied"]["items"] > 0
    actions = [entry["action"] for entry in server.api("GET", "/v1/audit").json["entries"]]
    assert "tenant.move.moved" in actions
    assert server.cli("reconcile", "--deep").stdout == CLEAN


def broken_pool(server):
    """The next onboarding into a pool of basic meets a file that is none."""
    (server.data / "stores").mkdir(parents=True, exist_ok=True)
    [pool] = (server.data / "stores").glob("pool-basic-1.sqlite")
    whole = pool.read_bytes()
    pool.write_bytes(bytes([0xA5]) * len(whole))
    return pool, whole


def test_a_failed_onboarding_tells_step_attempt_and_reason(server):
    first = server.onboard("Before").json["tenant"]["id"]
    assert server.terminate() == 0
    broken_pool(server)
    server.start()
    answer = server.onboard("After", key="after")
    run = answer.json["run"]
    found = server.wait_for(
        lambda: next((step for step in server.api("GET", f"/v1/runs/{run}").json["steps"] if step.get("lastError")), None))
    assert found["name"] == "provision" and found["attempts"] >= 1 and "pool-basic-1" in found["lastError"], found
    shown = server.cli("run", "show", run).stdout
    assert "provision" in shown and "pool-basic-1" in shown
    assert server.api("GET", f"/v1/tenants/{first}").status == 200


def test_one_tenants_fault_stays_its_own(server):
    server.onboard("In the pool")
    assert server.terminate() == 0
    broken_pool(server)
    server.start()
    server.onboard("Into the pool", key="k")
    apart = server.onboard("Apart", tier="premium")
    assert apart.status == 201, apart.text
    other = server.onboard("Other pool", tier="advanced")
    assert other.status == 201, other.text


def test_a_step_that_did_nothing_does_not_succeed(server):
    """A move from a store whose file somebody took away does not begin. (Each workflow's test of all faults has every step
    of it done by nothing: the run must notice.)"""
    tenant = server.onboard("Springfield", tier="premium").json["tenant"]
    assert server.terminate() == 0
    [file] = (server.data / "stores").glob(f"premium-{tenant['id']}.sqlite")
    file.unlink()
    server.start()
    answer = server.api("POST", f"/v1/tenants/{tenant['id']}/moves", {"tier": "basic", "undoWindowSeconds": 0})
    assert answer.status == 503, answer.text
    assert f"premium-{tenant['id']}" in answer.json["detail"] and "homeroom reconcile" in answer.json["detail"]
    [run] = server.cli_json("run", "list")["runs"]
    assert run["kind"] == "tenant.onboard"
    assert server.api("GET", f"/v1/tenants/{tenant['id']}").json["tier"] == "premium"


def test_a_scan_of_a_shared_table_is_denied(server):
    tenant = server.onboard("Springfield").json["tenant"]
    server.onboard("Shelbyville")
    wire = Wire(server, Session(server, tenant["id"], tenant["schools"][0]["id"]))
    try:
        wire.call("Scan", TableName="student-table")
    except Refused as error:
        assert (error.status, error.name) == (400, "AccessDeniedException")
    else:
        raise AssertionError("a scan of the pool was answered")
