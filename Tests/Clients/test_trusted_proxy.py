"""A proxy before the server: whom it asks for is the client, and nobody who comes through it is on the server's machine."""

import json
import shutil

import pytest
import urllib3
from conftest import ROOT
from test_accounts import ADA, PASSWORD, invite


@pytest.fixture
def behind(stopped_server):
    """A server that takes what is on this machine for its proxy."""
    return stopped_server.start("--trusted-proxy", "127.0.0.1")


def sign_in(server, client, password=PASSWORD):
    return server.api("POST", "/v1/sessions", {"account": ADA, "password": password}, key="", headers={
        "X-Forwarded-For": client})


def test_who_guesses_holds_back_themselves_and_not_all_who_come_through_the_proxy(behind):
    invite(behind)
    assert sign_in(behind, "192.0.2.1").status == 201
    for _ in range(5):
        assert sign_in(behind, "198.51.100.1", "wrong").status == 401
    assert sign_in(behind, "198.51.100.1").status == 429
    # What a client writes itself stands further left.
    assert sign_in(behind, "192.0.2.1, 198.51.100.1").status == 429
    assert sign_in(behind, "192.0.2.1").status == 201
    held = behind.api("GET", "/v1/audit?action=account.held-back&kind=denial").json["entries"]
    assert [entry["detail"]["address"] for entry in held] == ["198.51.100.1"]
    begun = behind.api("GET", "/v1/audit?action=session.started").json["entries"]
    assert {entry["address"] for entry in begun} == {"192.0.2.1"}
    lines = [json.loads(line) for line in behind.log.read_text().splitlines()]
    assert "198.51.100.1" in {line.get("remoteAddress") for line in lines if line.get("route") == "/v1/sessions"}


def test_policies_go_by_each_request_s_own_client_on_one_connection_of_the_proxy(stopped_server):
    server, folder = stopped_server, stopped_server.folder / "Policies"
    shutil.copytree(ROOT / "Policies", folder)
    path = folder / "policies/student-table-read.json"
    policy = json.loads(path.read_text())
    policy["Statement"].append({
        "Sid": "DenyFromThere", "Effect": "Deny", "Action": "dynamodb:GetItem", "Resource": "*",
        "Condition": {"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}}})
    path.write_text(json.dumps(policy))
    server.start("--trusted-proxy", "127.0.0.1", "--policies", str(folder))
    tenant = server.onboard().json["tenant"]
    school = tenant["schools"][0]["id"]
    token = server.api("POST", "/v1/tokens", {"tenant": tenant["id"], "school": school, "role": "teacher"}).json["token"]
    host, port = server.gateway.split("//")[1].split(":")
    body = json.dumps({"TableName": "student-table", "Key": {
        "recordKey": {"S": f"TENANT#{school}#STUDENT#1"}, "entityKey": {"S": "PROFILE"}}})
    with urllib3.HTTPConnectionPool(host, int(port), maxsize=1, retries=False) as connection:
        answers = [
            connection.request("POST", "/", body=body, headers={
                "Authorization": f"Bearer {token}", "X-Amz-Target": "DynamoDB_20120810.GetItem",
                "Content-Type": "application/x-amz-json-1.0", "X-Forwarded-For": client}).status
            for client in ["192.0.2.1", "198.51.100.1", "192.0.2.1", "198.51.100.2"]]
        assert connection.num_connections == 1
    assert answers == [200, 400, 200, 400]


def test_nobody_who_comes_through_a_proxy_is_local(behind):
    for headers in [{}, {"X-Forwarded-For": "127.0.0.1"}]:
        assert behind.api("GET", "/metrics", key="", headers=headers).status == 401
    assert behind.api("GET", "/metrics").status == 200


def test_a_proxy_that_nobody_has_named_makes_nobody_local(server):
    assert server.api("GET", "/metrics", key="").status == 200
    assert server.api("GET", "/metrics", key="", headers={"X-Forwarded-For": "127.0.0.1"}).status == 401
    invite(server)
    assert sign_in(server, "192.0.2.1").status == 201
    begun = server.api("GET", "/v1/audit?action=session.started").json["entries"]
    assert [entry["address"] for entry in begun] == ["127.0.0.1"]


def test_a_server_for_other_machines_without_a_proxy_s_name_says_so(stopped_server):
    stopped_server.start("--allow-remote", "--control", "0.0.0.0:0")
    assert "--trusted-proxy" in stopped_server.log.read_text()
    # The commands on its machine reach it all the same.
    assert "no tenants" in stopped_server.cli("tenant", "list").stdout
