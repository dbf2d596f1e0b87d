"""Who may do what: each operation with each role over a real server, and the keys that have the roles."""

import json
import re
import time

import boto3
import pytest

from test_members import Member
from test_oauth import form

OWN = ["tenant", "district-admin"]
ROLES = ["sales", "operator", "reviewer", "admin"]
# Its answer waits, or computes about all there is.
SLOW = {"GET /v1/events", "GET /v1/reconcile"}


@pytest.fixture(scope="module")
def world(shared_server):
    """The server, and a key for each role, a tenant's, and none."""
    keys = {role: make(shared_server, roles=[role], opens="control")["controlKey"] for role in ROLES}
    keys["tenant"] = shared_server.onboard("Access USD").json["credentials"]["key"]
    keys["district-admin"] = Member(
        shared_server, "Access USD", schools=(), role="district-admin").sign_in().json["access_token"]
    keys["anyone"] = ""
    return shared_server, keys


def make(server, **body):
    answer = server.api("POST", "/v1/keys", body)
    assert answer.status == 201, answer.text
    return answer.json


def operations(server):
    return server.api("GET", "/v1/access").json["operations"]


def test_each_operation_opens_to_the_roles_of_its_line_and_to_no_other(world):
    server, keys = world
    lines = operations(server)
    assert len(lines) > 90
    for line in lines:
        if "client" in line["roles"]:
            continue
        name = f"{line['method']} {line['path']}"
        path = line["path"].replace("{}", "nothing-of-that-name")
        for role, key in keys.items():
            # Whoever asks here is on this machine.
            may = role in line["roles"] or "anyone" in line["roles"] or "local" in line["roles"]
            if may and name in SLOW:
                continue
            # No body that an operation could take: whoever may is told so after having been let in.
            answer = server.api(line["method"], path, {"no-such-member": 1} if line["method"] != "GET" else None, key=key)
            if may:
                assert answer.status not in (401, 403), (name, role, answer.text)
            else:
                assert answer.status == (401 if role == "anyone" else 403), (name, role, answer.text)
                if role not in ("anyone", "tenant"):
                    assert f"`{line['operation']}` needs" in answer.json["detail"]


@pytest.mark.parametrize("mode, still", [
    ("closed", {"access.list", "me.show", "tenant.list", "tenant.receipts", "tenant.show", "tenant.states"}),
    ("read-only", None),
])
def test_the_key_of_a_suspended_tenant_shows_how_it_stands_and_opens_nothing(shared_server, mode, still):
    server = shared_server
    made = server.onboard(f"Held {mode}").json
    tenant, key = made["tenant"]["id"], made["credentials"]["key"]
    lines = [line for line in operations(server) if "tenant" in line["roles"] and "client" not in line["roles"]]
    assert server.api("POST", f"/v1/tenants/{tenant}/suspend", {"reason": "unpaid", "mode": mode}).status == 200
    refused = set()
    for line in lines:
        path = line["path"].replace("{}", tenant if "/tenants/{}" in line["path"] else "nothing-of-that-name")
        answer = server.api(line["method"], path, {"no-such-member": 1} if line["method"] != "GET" else None, key=key)
        if answer.status == 403:
            assert answer.json["detail"].startswith("the tenant is suspended"), answer.text
            refused.add(line["operation"])
    assert refused == ({"erasure.start"} if still is None else {line["operation"] for line in lines} - still)
    assert server.api("GET", "/v1/me", key=key).status == 200
    assert server.api("POST", f"/v1/tenants/{tenant}/resume", {}).status == 200
    assert server.api("GET", f"/v1/tenants/{tenant}/usage", key=key).status == 200


def test_what_clients_of_oauth_ask_is_open_to_the_roles_of_its_line(world):
    server, keys = world
    lines = [line for line in operations(server) if "client" in line["roles"]]
    assert [line["path"] for line in lines] == ["/oauth/token", "/oauth/introspect", "/oauth/revoke"]
    for line in lines[1:]:
        for role, key in keys.items():
            answer = form(server, line["path"], headers={"Authorization": f"Bearer {key}"} if key else None, token="none")
            if role in line["roles"]:
                assert answer.status == 200, (line, role, answer.text)
            elif role == "anyone" and line["operation"] == "oauth.revoke":
                # Whoever has a refresh token of a public program may end it, and learns nothing of one that is none.
                assert (answer.status, answer.text) == (200, "{}"), answer.text
            elif role == "anyone":
                assert answer.json["error"] == "invalid_client"
            else:
                assert answer.status == 403 and f"`{line['operation']}` needs" in answer.json["error_description"]


def test_the_table_is_what_the_command_shows(world):
    server, _ = world
    lines = operations(server)
    assert json.loads(server.cli("access", "list", "--json").stdout)["operations"] == lines
    rows = [row.split() for row in server.cli("access", "list").stdout.splitlines()[1:]]
    assert [row[0] for row in rows] == [line["operation"] for line in lines]
    for row, line in zip(rows, lines):
        shown = {role for role, cell in zip(OWN + ROLES, row[1:7]) if cell == "yes"}
        assert shown == set(line["roles"]) & {*OWN, *ROLES} or "anyone" in line["roles"], row
    sales = server.cli_json("access", "list", "--role", "sales")["operations"]
    assert sales == [line for line in lines if {"sales", "anyone"} & set(line["roles"])]
    refused = server.cli("access", "list", "--role", "sale", check=False)
    assert refused.returncode == 1 and "did you mean `sales`?" in refused.stderr


def test_sales_onboards_and_sees_and_does_no_more(world):
    server, keys = world
    answer = server.api(
        "POST", "/v1/tenants",
        {"name": "Sold USD", "tier": "basic", "admin": "it@sold.example", "timezone": "UTC", "schools": ["One"]},
        key=keys["sales"])
    assert answer.status == 201 and "credentials" not in answer.json, answer.text
    tenant = answer.json["tenant"]["id"]
    assert server.api("GET", f"/v1/tenants/{tenant}", key=keys["sales"]).json["name"] == "Sold USD"
    for method, path, body in [
        ("POST", f"/v1/tenants/{tenant}/suspend", {"reason": "unpaid"}), ("POST", "/v1/tokens", {"tenant": tenant}),
        ("GET", "/v1/keys", None), ("GET", f"/v1/tenants/{tenant}/members", None), ("POST", "/v1/keys", {"role": "admin"}), ("GET", "/v1/audit", None),
    ]:
        refused = server.api(method, path, body, key=keys["sales"])
        assert (refused.status, refused.json["type"]) == (403, "urn:homeroom:problem:forbidden"), path
    note = server.api("GET", "/v1/audit?action=tenant.onboarded").json["entries"][0]
    assert note["actor"] == "credential:" + keys["sales"].split(".")[0]


def test_a_program_with_two_roles_has_both(world):
    server, _ = world
    made = make(server, roles=["reviewer", "sales"], label="crm")
    assert made["key"]["role"] == "sales,reviewer" and made["key"]["kind"] == "platform"
    key = made["controlKey"]
    assert server.api("GET", "/v1/me", key=key).json == {"key": made["key"]["id"], "roles": ["sales", "reviewer"]}
    assert server.api("GET", "/v1/tenants", key=key).status == 200
    assert server.api("GET", "/v1/audit", key=key).status == 200
    assert server.api("GET", "/v1/pools", key=key).status == 403


@pytest.mark.parametrize("body, field", [
    ({"role": "teacher"}, "role"), ({}, "role"), ({"roles": ["sales", "boss"]}, "roles"),
    ({"roles": ["sales"], "opens": "gateway"}, "role"), ({"role": "sales", "opens": "all"}, "opens"),
    ({"role": "sales", "expires": "yesterday"}, "expires"), ({"role": "sales", "expires": "2001-01-01"}, "expires"),
    ({"role": "sales", "expires": "0s"}, "expires"), ({"role": "sales", "label": "x" * 201}, "label"),
])
def test_what_is_no_key_is_refused(world, body, field):
    server, _ = world
    before = len(server.api("GET", "/v1/keys?limit=500").json["keys"])
    refused = server.api("POST", "/v1/keys", body)
    assert (refused.status, refused.json["field"]) == (400, field), refused.text
    assert len(server.api("GET", "/v1/keys?limit=500").json["keys"]) == before


def test_a_key_ends_by_itself(server):
    made = make(server, role="sales", expires="1s")
    assert made["key"]["state"] == "active"
    assert server.api("GET", "/v1/me", key=made["controlKey"]).status == 200
    time.sleep(1.1)
    assert server.api("GET", "/v1/me", key=made["controlKey"]).status == 401
    listed = {key["id"]: key for key in server.api("GET", "/v1/keys").json["keys"]}
    assert listed[made["key"]["id"]]["state"] == "expired"
    assert server.api("POST", f"/v1/keys/{made['key']['id']}/rotate", {}).status == 409


def test_a_rotated_key_has_two_secrets_for_a_while(server):
    old = make(server, role="sales", expires="30d")
    identity = old["key"]["id"]
    path = server.folder / "crm.key"
    shown = server.cli("key", "rotate", identity, "--grace", "1", "--out", str(path)).stdout
    new = path.read_text().strip()
    assert path.stat().st_mode & 0o777 == 0o600 and new.split(".")[1] not in shown
    assert new.split(".")[0] == identity and new != old["controlKey"]
    assert server.api("GET", "/v1/me", key=new).status == 200
    assert server.api("GET", "/v1/me", key=old["controlKey"]).status == 200
    time.sleep(1.1)
    assert server.api("GET", "/v1/me", key=old["controlKey"]).status == 401
    assert server.api("GET", "/v1/me", key=new).status == 200
    # Without a grace the secret before is refused at once, and so is the one before that.
    last = server.api("POST", f"/v1/keys/{identity}/rotate", {"graceSeconds": 0}).json
    assert [server.api("GET", "/v1/me", key=key).status for key in [old["controlKey"], new, last["controlKey"]]] == [
        401, 401, 200]
    assert last["key"]["expiresAt"] > old["key"]["expiresAt"]

    server.cli("key", "revoke", identity, "--yes")
    assert server.api("GET", "/v1/me", key=last["controlKey"]).status == 401
    notes = server.api("GET", "/v1/audit?action=credential.*&order=oldest").json["entries"]
    assert [note["action"] for note in notes if note["subject"] == identity] == [
        "credential.created", "credential.rotated", "credential.rotated", "credential.revoked"]
    events = server.api("GET", "/v1/events?type=credential.&limit=500").json["events"]
    assert [event["type"] for event in events if event["payload"].get("key") == identity] == [
        "credential.created", "credential.rotated", "credential.rotated", "credential.revoked"]
    secrets = [key.split(".")[1] for key in [old["controlKey"], new, last["controlKey"]]]
    assert not any(secret in json.dumps([notes, events]) for secret in secrets)
    assert not any(secret in server.log.read_text() for secret in secrets)


def test_the_secret_is_nowhere_in_the_data_folder(server):
    secret = make(server, role="sales")["controlKey"].split(".")[1].encode()
    assert server.terminate() == 0
    for file in server.data.rglob("*"):
        assert not file.is_file() or secret not in file.read_bytes(), file


def test_the_last_use_is_known_and_outlives_a_restart(server):
    made = make(server, role="sales")
    listed = lambda: {key["id"]: key for key in server.api("GET", "/v1/keys").json["keys"]}[made["key"]["id"]]  # noqa: E731
    assert "lastUsedAt" not in listed()
    for _ in range(20):
        assert server.api("GET", "/v1/me", key=made["controlKey"]).status == 200
    used = listed()["lastUsedAt"]
    assert re.fullmatch(r"20\d\d-.*Z", used)
    assert server.terminate() == 0
    server.start()
    assert listed()["lastUsedAt"] == used


def test_a_gateway_key_ends_too_and_is_not_rotated(server):
    made = make(server, role="operator", expires="1s")
    assert made["key"]["opens"] == "gateway" and made["accessKeyId"].startswith("AKIA")
    refused = server.api("POST", f"/v1/keys/{made['accessKeyId']}/rotate", {})
    assert (refused.status, refused.json["type"]) == (409, "urn:homeroom:problem:not-applicable")
    client = boto3.Session(
        aws_access_key_id=made["accessKeyId"], aws_secret_access_key=made["secretAccessKey"],
        region_name="us-east-1").client("dynamodb", endpoint_url=server.gateway)
    time.sleep(1.1)
    with pytest.raises(client.exceptions.ClientError) as error:
        client.list_tables()
    assert error.value.response["Error"]["Code"] == "UnrecognizedClientException"


def test_nobody_revokes_the_key_they_came_with(server):
    own = server.admin_key.split(".")[0]
    assert server.api("DELETE", f"/v1/keys/{own}").status == 409
    other = make(server, role="admin")
    assert server.api("DELETE", f"/v1/keys/{own}", key=other["controlKey"]).status == 200
    assert server.api("GET", "/v1/me").status == 401
