"""Tenants' lives, as operators and applications see them: suspensions, names, contacts, overrides."""

import datetime
import time

import pytest
from botocore.exceptions import ClientError
from lives_world import UNKNOWN, UNKNOWN_SCHOOL, changes, onboarded, refused
from move_writers import TABLE, School


@pytest.fixture
def server(stopped_server):
    return stopped_server.start()


# Suspension


def test_a_read_only_suspension_serves_reads_of_running_sessions_and_refuses_every_write(server):
    tenant = onboarded(server)
    school = School(server, tenant["id"], tenant["schools"][0]["id"])
    item = school.item("1", "PROFILE", 1)
    key = {"recordKey": item["recordKey"], "entityKey": item["entityKey"]}
    school.client.put_item(TableName=TABLE, Item=item)
    server.cli("tenant", "suspend", tenant["name"], "--reason", "unpaid", "--read-only")

    client = school.client
    assert client.get_item(TableName=TABLE, Key=key)["Item"] == item
    assert school.query("recordKey", item["recordKey"]["S"]) == [item]
    assert client.batch_get_item(RequestItems={TABLE: {"Keys": [key]}})["Responses"][TABLE] == [item]
    assert client.transact_get_items(TransactItems=[{"Get": {"TableName": TABLE, "Key": key}}])["Responses"] == [
        {"Item": item}]
    select = {"Statement": f'SELECT * FROM "{TABLE}" WHERE "recordKey" = ?', "Parameters": [item["recordKey"]]}
    assert client.execute_statement(**select)["Items"] == [item]

    words = ("AccessDeniedException", "The tenant of this session is suspended and may only read")
    delete = {"Statement": f'DELETE FROM "{TABLE}" WHERE "recordKey" = ? AND "entityKey" = ?',
              "Parameters": [item["recordKey"], item["entityKey"]]}
    for call, arguments in [
        (client.put_item, {"TableName": TABLE, "Item": item}),
        (client.delete_item, {"TableName": TABLE, "Key": key}),
        (client.update_item, {"TableName": TABLE, "Key": key}),
        (client.batch_write_item, {"RequestItems": {TABLE: [{"DeleteRequest": {"Key": key}}]}}),
        (client.transact_write_items, {"TransactItems": [{"Delete": {"TableName": TABLE, "Key": key}}]}),
        (client.execute_statement, delete),
        (client.execute_transaction, {"TransactStatements": [delete]}),
    ]:
        assert refused(call, **arguments) == words, call
    batch = client.batch_execute_statement(Statements=[delete])["Responses"][0]["Error"]
    assert batch["Code"] == "AccessDenied", batch

    # New tokens and sessions read, too.
    again = School(server, tenant["id"], school.id)
    assert again.client.get_item(TableName=TABLE, Key=key)["Item"] == item
    shown = server.api("GET", f"/v1/tenants/{tenant['id']}").json
    assert (shown["state"], shown["mode"], shown["reason"]) == ("suspended", "read-only", "unpaid")

    server.cli("tenant", "suspend", tenant["name"], "--reason", "unpaid")
    assert refused(client.get_item, TableName=TABLE, Key=key) == (
        "AccessDeniedException", "The tenant of this session is suspended")
    body = {"tenant": tenant["id"], "school": school.id, "role": "service"}
    assert server.api("POST", "/v1/tokens", body).status == 409
    server.cli("tenant", "resume", tenant["name"])
    client.put_item(TableName=TABLE, Item=item)


def test_an_unknown_mode_of_suspension_is_refused(server):
    tenant = onboarded(server)
    answer = server.api("POST", f"/v1/tenants/{tenant['id']}/suspend", {"reason": "x", "mode": "readonly"})
    assert answer.status == 400 and "`read-only`" in answer.json["detail"]
    assert server.api("GET", f"/v1/tenants/{tenant['id']}").json["state"] == "active"


def test_the_states_are_shown(server):
    shown = server.cli("tenant", "states").stdout
    assert "offboarding" in shown and "the offboarding is taken back" in shown


# What others ran into


def test_no_verb_makes_anything_of_a_tenant_that_is_not_there(server):
    tenant = onboarded(server)
    before = changes(server)
    for method, path, body in [
        ("GET", "", None), ("DELETE", "", None), ("PATCH", "", {"name": "A"}), ("PUT", "", {"name": "A"}),
        ("POST", "/suspend", {"reason": "x"}), ("POST", "/resume", {}), ("POST", "/moves", {"tier": "premium"}),
        ("POST", "/schools", {"name": "A"}), ("GET", "/contacts", None), ("GET", "/overrides", None),
        ("POST", "/contacts", {"name": "A", "role": "b", "email": "a@b.example"}), ("DELETE", "/contacts/1", None),
        ("PUT", "/overrides/read-units", {"value": 1, "reason": "x"}), ("DELETE", "/overrides", None),
        ("DELETE", "/overrides/read-units", None), ("GET", "/blackouts", None),
        ("PUT", "/blackouts/2099-01-01", {"reason": "x"}), ("DELETE", "/blackouts/2099-01-01", None),
        ("DELETE", "/blackouts", None), ("POST", f"/schools/{UNKNOWN_SCHOOL}/close", {"reason": "x"}),
        ("POST", f"/schools/{UNKNOWN_SCHOOL}/reopen", {}),
        ("POST", f"/schools/{UNKNOWN_SCHOOL}/moves", {"to": tenant["id"]}),
    ]:
        answer = server.api(method, f"/v1/tenants/{UNKNOWN}{path}", body)
        # No such tenant, or no such method whoever is asked about.
        assert answer.status == 404 or (answer.status == 405 and not path), f"{method} {path}: {answer.text}"
    assert changes(server) == before
    assert [found["id"] for found in server.api("GET", "/v1/tenants").json["tenants"]] == [tenant["id"]]
    assert server.api("GET", f"/v1/schools/{UNKNOWN_SCHOOL}").status == 404


def test_a_tier_is_not_an_attribute(server):
    tenant = onboarded(server)
    before = changes(server)
    for body in [{"tier": "premium"}, {"tier": "premium", "name": "Another"}]:
        answer = server.api("PATCH", f"/v1/tenants/{tenant['id']}", body)
        assert answer.status == 409 and answer.json["field"] == "tier", answer.text
        assert f"POST /v1/tenants/{tenant['id']}/moves" in answer.json["detail"]
    shown = server.api("GET", f"/v1/tenants/{tenant['id']}").json
    assert (shown["tier"], shown["name"]) == ("basic", "Springfield USD")
    assert changes(server) == before


def test_a_failed_run_says_its_step_and_its_reason(server):
    source = onboarded(server)
    target = onboarded(server, "Shelbyville", schools=("Lincoln High",))
    school = source["schools"][0]["id"]
    path = f"/v1/tenants/{source['id']}/schools/{school}/moves"
    answer = server.api("POST", path, {"to": target["id"]})
    assert answer.status == 409 and "has a school `Lincoln High` already" in answer.json["detail"], answer.text
    assert server.api("GET", "/v1/runs").json["runs"][0]["kind"] == "tenant.onboard", "no run was made"


# Names, contacts, overrides


def test_a_renamed_tenant_is_found_by_its_new_name_and_the_old_one_is_free(server):
    tenant = onboarded(server)
    assert "Springfield Unified" in server.cli("tenant", "rename", "Springfield USD", "Springfield Unified").stdout
    server.cli("tenant", "rename", "Springfield Unified", "Springfield Unified")
    assert server.cli_json("tenant", "show", "Springfield Unified")["id"] == tenant["id"]
    other = onboarded(server, "Springfield USD")
    failed = server.cli("tenant", "rename", other["id"], "springfield  unified", check=False)
    assert failed.returncode == 1 and "is taken by tenant" in failed.stderr
    server.cli("tenant", "timezone", tenant["id"], "America/Denver")
    assert server.cli_json("tenant", "show", tenant["id"])["timezone"] == "America/Denver"
    failed = server.cli("tenant", "timezone", tenant["id"], "America/Nowhere", check=False)
    assert failed.returncode == 1 and "America/Nowhere" in failed.stderr
    assert [action for action, _ in changes(server)].count("tenant.renamed") == 1


def test_contacts_come_and_go(server):
    onboarded(server)
    add = ["tenant", "contact", "add", "Springfield USD", "Edna Park", "--role", "billing"]
    assert "contact 1" in server.cli(*add, "--email", "edna@springfield.example", "--phone", "+1 555 0100").stdout
    assert server.cli(*add, "--email", "nobody", check=False).returncode == 1
    assert "edna@springfield.example" in server.cli("tenant", "contact", "list", "Springfield USD").stdout
    assert "Edna Park, billing" in server.cli("tenant", "show", "Springfield USD").stdout
    assert "no contacts" in server.cli("tenant", "contact", "remove", "Springfield USD", "1").stdout
    failed = server.cli("tenant", "contact", "remove", "Springfield USD", "1", check=False)
    assert failed.returncode == 1 and "has no contact 1" in failed.stderr
    assert "Edna" not in server.cli("audit", "list", "--json").stdout, "the audit log keeps no contact's name"


def test_an_override_takes_effect_at_once_and_ends_by_itself(server):
    tenant = onboarded(server)
    school = School(server, tenant["id"], tenant["schools"][0]["id"])
    filler = {"S": "x" * 390_000}

    def put(number):
        school.client.put_item(
            TableName=TABLE, Item={**school.item(str(number), "PROFILE", number), "filler": filler})

    def is_held_back():
        try:
            for number in range(3):
                put(number)
        except ClientError as error:
            assert error.response["Error"]["Code"] == "ProvisionedThroughputExceededException"
            return True
        return False

    put(0)
    assert not is_held_back()
    set_override = ["tenant", "override", "set", "Springfield USD", "--reason", "exam weeks"]
    # The bucket keeps its seconds: at one unit a second it holds 300 units, less than three of these items.
    server.cli(*set_override, "write-units=1", "--until", "1h")
    assert server.wait_for(is_held_back)
    shown = server.cli("tenant", "show", "Springfield USD").stdout
    assert "write-units 1 (override, until" in shown and "read-units 1,000" in shown
    assert "exam weeks" in server.cli("tenant", "override", "list", "Springfield USD").stdout
    # When it has ended the tier's word holds again, and says so.
    server.cli(*set_override, "write-units=1", "--until", "1s")
    server.wait_for(lambda: ("tenant.override-ended", tenant["id"]) in changes(server), 60)
    assert server.api("GET", f"/v1/tenants/{tenant['id']}").json["limits"]["write-units"] == 500

    server.cli(*set_override, "schools=11", "read-units=2000")
    limits = server.api("GET", f"/v1/tenants/{tenant['id']}").json["limits"]
    assert (limits["schools"], limits["read-units"]) == (11, 2000)
    assert "none" in server.cli("tenant", "override", "clear", "Springfield USD").stdout
    for words in [["read-unit=1"], ["read-units=0"], ["read-units"]]:
        assert server.cli(*set_override, *words, check=False).returncode != 0
    assert server.cli(*set_override, "read-units=1", "--until", "2020-01-01", check=False).returncode == 1


def test_an_override_that_ended_while_nobody_served_is_cleared_at_the_start(server):
    tenant = onboarded(server)
    server.cli(
        "tenant", "override", "set", tenant["id"], "read-units=7", "--until", "2s", "--reason", "a test")
    server.kill()
    time.sleep(2.1)
    server.start()
    assert server.api("GET", f"/v1/tenants/{tenant['id']}").json["limits"]["read-units"] == 1000
    server.wait_for(lambda: ("tenant.override-ended", tenant["id"]) in changes(server), 60)


def test_a_district_has_blackouts_of_its_own(server):
    tenant = onboarded(server)
    days = [str(datetime.date.today() + datetime.timedelta(days)) for days in (30, 34, 60)]
    command = ["tenant", "blackout"]
    assert "none" in server.cli(*command, "list", "Springfield USD").stdout
    server.cli(*command, "set", "Springfield USD", days[0], days[1], "--reason", "exam week")
    shown = server.cli(*command, "set", "Springfield USD", days[2], "--reason", "first day of term").stdout
    assert "exam week" in shown and "first day of term" in shown and "the tenant" in shown
    answer = server.api("GET", f"/v1/tenants/{tenant['id']}/blackouts").json
    assert answer == {
        "timezone": "America/Chicago", "catalog": [],
        "blackouts": [{"from": days[0], "to": days[1], "reason": "exam week"},
                      {"from": days[2], "to": days[2], "reason": "first day of term"}]}
    assert f"blackout   {days[0]} to {days[1]}: exam week" in server.cli("tenant", "show", tenant["id"]).stdout
    assert f"{days[0]} to {days[1]}: exam week" in server.cli("upgrade", "explain", tenant["id"]).stdout
    for words, said in [
        (["set", "Springfield USD", "2026-02-30", "--reason", "x"], "expected a day such as 2026-12-14"),
        (["set", "Springfield USD", "2020-01-01", "--reason", "x"], "that is past"),
        (["set", "Springfield USD", days[1], days[0], "--reason", "x"], "use a last day from"),
        (["clear", "Springfield USD", days[1]], "has no blackout of its own that begins on"),
    ]:
        failed = server.cli(*command, *words, check=False)
        assert failed.returncode == 1 and said in failed.stderr, failed.stderr
    assert days[0] not in server.cli(*command, "clear", "Springfield USD", days[0]).stdout
    assert "none" in server.cli(*command, "clear", "Springfield USD").stdout
    actions = [action for action, _ in changes(server)]
    assert actions.count("tenant.blackout-set") == 2 and actions.count("tenant.blackout-cleared") == 2
    told = [event["type"] for event in server.api("GET", "/v1/events?limit=500").json["events"]]
    assert told.count("tenant.blackout-set") == 2


# Room


def test_a_deployment_takes_so_many_tenants_and_no_more(stopped_server):
    server = stopped_server.start("--tenants-max", "2")
    onboarded(server, "A")
    onboarded(server, "B")
    before = changes(server)
    answer = server.onboard("C", key="once")
    assert answer.status == 507 and "--tenants-max" in answer.json["detail"], answer.text
    assert changes(server) == before, "nothing is recorded of what was refused"
    assert server.onboard("C", tier="premium").status == 507
    assert len(server.api("GET", "/v1/tenants").json["tenants"]) == 2
    # What was done before is answered as before.
    server.terminate()
    server.start()
    assert server.onboard("C", key="once").status == 201
