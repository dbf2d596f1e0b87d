"""The audit: who did what, from where; heads that are kept outside; the report for a lawyer."""

import http.server
import json
import socket
import subprocess
import threading

import botocore.exceptions
import pytest
from audit_world import entries, outside, watched  # noqa: F401
from conftest import Server, binary, plain_environment
from test_aws_clients import STUDENTS, School
from test_operators import POOL, client


def test_an_entry_says_who_how_from_where_and_by_which_request(watched):
    answer = watched.api("POST", f"/v1/tenants/{watched.tenant}/suspend", {"reason": "unpaid again"})
    entry = entries(watched, action="tenant.suspended")[0]
    assert entry["requestId"] == answer.headers["X-Request-Id"]
    assert entry["signIn"] == "key" and entry["address"] == "127.0.0.1"
    assert entry["actor"].startswith("credential:admin-")
    assert entry["before"]["state"] == "active" and entry["after"]["state"] == "suspended"
    assert entry["outcome"] == "done" and entry["kind"] == "activity"
    # The runs that a call starts say so too.
    started = entries(watched, action="run.started")[0]
    assert started["signIn"] == "key" and started["requestId"].startswith("q")
    shown = watched.cli("audit", "show", entry["id"]).stdout
    assert entry["requestId"] in shown and "after state" in shown
    assert watched.cli("audit", "show", "a1k7uirp8t00000000", check=False).returncode == 1


def test_what_is_refused_is_an_entry_and_what_nobody_signed_is_counted(watched):
    key = watched.api("POST", "/v1/keys", {"role": "reviewer"}).json["controlKey"]
    before = len(entries(watched, outcome="refused"))
    refused = watched.api("POST", f"/v1/tenants/{watched.tenant}/suspend", {"reason": "no"}, key=key)
    assert refused.status == 403
    taken = watched.onboard()
    assert taken.status == 409
    found = entries(watched, outcome="refused")
    assert len(found) == before + 2
    by_request = {entry["requestId"]: entry for entry in found}
    entry = by_request[refused.headers["X-Request-Id"]]
    assert entry["subject"] == f"POST /v1/tenants/{watched.tenant}/suspend" and entry["tenant"] == watched.tenant
    assert entry["actor"].startswith("credential:reviewer-") and entry["detail"]["status"] == "403"
    assert watched.api("POST", "/v1/tenants", {"name": 7}).status == 400
    for _ in range(30):
        assert watched.api("POST", "/v1/tenants", {}, key="admin-nobody.secret").status == 401
    # Asking again and again fills nothing.
    for _ in range(100):
        assert watched.api("POST", f"/v1/tenants/{watched.tenant}/suspend", {"reason": "no"}, key=key).status == 403
    found = entries(watched, outcome="refused", action="api.refused")
    assert len(found) <= before + 2 + 60
    # What was only counted is written at the latest when the server stops.
    watched.terminate()
    watched.start()
    counted = {}
    for entry in entries(watched, action="api.denied"):
        assert entry["kind"] == "denial"
        for name, count in entry["detail"].items():
            counted[name.split("-")[0]] = counted.get(name.split("-")[0], 0) + int(count)
    assert counted["unauthenticated"] == 30
    ones = len([e for e in entries(watched, action="api.refused") if e["actor"].startswith("credential:reviewer-")])
    assert ones + counted["credential:reviewer"] == 101


def test_denials_at_the_gateway_are_counted_by_reason_with_samples(watched, monkeypatch):
    tenant = watched.api("GET", f"/v1/tenants/{watched.tenant}").json
    school = School(watched, tenant["id"], tenant["schools"][0]["id"])
    dynamodb = school.dynamodb(monkeypatch)
    ids = []
    for _ in range(3):
        with pytest.raises(botocore.exceptions.ClientError) as error:
            dynamodb.get_item(TableName=STUDENTS, Key={"recordKey": {"S": "TENANT#x#1"}, "entityKey": {"S": "P"}})
        ids.append(error.value.response["ResponseMetadata"]["RequestId"])
    watched.terminate()
    watched.start()
    (entry,) = entries(watched, action="gateway.denied", tenant=tenant["id"])
    assert entry["kind"] == "denial" and entry["detail"]["no-allow"] == "3" and entry["detail"]["total"] == "3"
    assert entry["detail"]["samples.no-allow"].split() == ids
    decided = watched.api("GET", "/v1/decisions?decision=denied").json["decisions"]
    assert set(ids) <= {decision["requestId"] for decision in decided}


def test_heads_get_to_syslog_and_to_a_web_address(tmp_path):
    collector = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    collector.bind(("127.0.0.1", 0))
    collector.settimeout(20)
    local = tmp_path / "log.sock"
    datagrams = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    datagrams.bind(str(local))
    datagrams.settimeout(20)
    posts = []
    arrived = threading.Event()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            posts.append((self.path, self.headers["Content-Type"], body))
            # The first answer says that it was not taken: it comes again.
            self.send_response(500 if len(posts) == 1 else 204)
            self.end_headers()
            if len(posts) > 1:
                arrived.set()

        def log_message(self, *_):
            pass

    web = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    server = Server(tmp_path)
    server.start(
        "--audit-sink", f"syslog:127.0.0.1:{collector.getsockname()[1]}", "--audit-sink", f"syslog:{local}",
        "--audit-sink", f"http://127.0.0.1:{web.server_port}/heads?token=secret",
        "--audit-sink", "http://127.0.0.1:1/nobody")
    try:
        message = collector.recv(65536).decode()
        assert message.startswith("<109>1 20") and " homeroom " in message and " audit-head - {" in message
        head = json.loads(message[message.index("{"):])
        assert head["kind"] == "activity" and len(head["digest"]) == 64
        assert json.loads(datagrams.recv(65536).decode().split(" - ", 1)[1])["statement"] == head["statement"]
        assert arrived.wait(20)
        assert posts[0] == posts[1] and posts[0][:2] == ("/heads?token=secret", "application/json")
        assert json.loads(posts[0][2]) == head
        # A place that is not there keeps nobody waiting, and is told once.
        assert server.onboard().status == 201
        (tmp_path / "syslog.txt").write_text(message + "\n")
        assert server.cli("audit", "verify", "--heads", str(tmp_path / "syslog.txt")).returncode == 0
    finally:
        assert server.terminate() == 0
        web.shutdown()
    log = server.log.read_text()
    assert log.count('"sink":"http://127.0.0.1:1/nobody"') == 1 and "token=secret" not in log


@pytest.mark.parametrize(
    "option", ["ftp://x", "file:", "syslog:host", "http://example.com/heads", "syslog:host:0", "https://"])
def test_a_place_of_no_known_form_is_refused(tmp_path, option):
    done = subprocess.run(
        [binary(), "serve", "--data", str(tmp_path / "data"), "--audit-sink", option], capture_output=True, text=True,
        env=plain_environment(), timeout=20)
    assert done.returncode == 2 and "--audit-sink" in done.stderr


@pytest.mark.parametrize("option", ["activity", "activity=2y", "activity=0d", "gossip=2d", "activity=2d,denial"])
def test_a_time_of_no_known_form_is_refused(tmp_path, option):
    done = subprocess.run(
        [binary(), "serve", "--data", str(tmp_path / "data"), "--audit-keep", option], capture_output=True, text=True,
        env=plain_environment(), timeout=20)
    assert done.returncode == 2 and "--audit-keep" in done.stderr


def test_the_access_report_has_every_look_every_move_and_every_key(watched, tmp_path, monkeypatch):
    tenant = watched.api("GET", f"/v1/tenants/{watched.tenant}").json
    other = watched.onboard("Shelbyville USD").json["tenant"]
    school = School(watched, tenant["id"], tenant["schools"][0]["id"])
    school.dynamodb(monkeypatch).put_item(TableName=STUDENTS, Item=school.item(1, name={"S": "Ada Park"}))
    key = watched.cli_json("key", "create", "--role", "operator", "--label", "night shift")
    dynamodb = client(watched, key["accessKeyId"], key["secretAccessKey"])
    scanned = dynamodb.scan(TableName=POOL)
    dynamodb.get_item(TableName=POOL, Key=school.key(1))
    theirs = School(watched, other["id"], other["schools"][0]["id"])
    dynamodb.get_item(TableName=POOL, Key=theirs.key(1))
    with pytest.raises(botocore.exceptions.ClientError):
        dynamodb.put_item(TableName=POOL, Item=school.item(2))
    watched.api("GET", f"/v1/decisions?tenant={tenant['id']}")
    run = watched.api("POST", f"/v1/tenants/{tenant['id']}/moves", {"tier": "advanced", "undoWindowSeconds": 0}).json["id"]
    watched.wait_for(lambda: watched.api("GET", f"/v1/runs/{run}").json["state"] == "completed")
    watched.api("DELETE", f"/v1/keys/{key['accessKeyId']}")

    report = watched.cli_json("audit", "access-report", "--tenant", "Springfield USD", "--from", "1d")
    assert report["tenant"] == tenant["id"] and not report["cutShort"]
    kinds = {holder["kind"] for holder in report["holders"]}
    assert kinds == {"admin", "tenant", "operator"}
    revoked = next(holder for holder in report["holders"] if holder["key"] == key["accessKeyId"])
    assert revoked["revoked"] and revoked["to"] and revoked["label"] == "night shift"
    assert "teacher" in report["policies"][0]["roles"]
    assert {(tokens["school"], tokens["role"]) for tokens in report["tokens"]} >= {(tenant["schools"][0]["id"], "service")}
    looks = [access for access in report["accesses"] if access["action"] == "operator.looked"]
    assert [look["detail"]["action"].split(":")[1] for look in looks] == ["Scan", "GetItem", "PutItem"]
    assert looks[0]["detail"]["items"] == str(scanned["Count"]) and looks[0]["detail"]["tenants"] == "all"
    assert looks[1]["tenant"] == tenant["id"] and looks[1]["detail"]["items"] == "1"
    assert looks[2]["outcome"] == "refused"
    assert all(look["signIn"] == "static-key" and look["address"] == "127.0.0.1" for look in looks)
    assert any(access["action"] == "decisions.read" for access in report["accesses"])
    assert any(deed["action"] == "tenant.suspended" and deed["count"] == 2 for deed in report["deeds"])
    assert any(entry["action"].startswith("tenant.switched") for entry in report["disclosures"])
    moved = next(entry for entry in report["disclosures"] if entry["action"] == "tenant.switched")
    assert moved["before"]["tier"] == "basic" and moved["after"]["tier"] == "advanced"
    assert int(moved["after"]["epoch"]) > int(moved["before"]["epoch"])
    # Nothing of any item, and no key of one.
    assert "Ada Park" not in json.dumps(report) and school.key(1)["recordKey"]["S"] not in json.dumps(report)
    # A period in which nothing was.
    empty = watched.cli_json("audit", "access-report", "--tenant", tenant["id"], "--from", "2020-01-01", "--to", "2020-02-01")
    assert empty["accesses"] == empty["deeds"] == empty["holders"] == empty["policies"] == []
    text = watched.cli("audit", "access-report", "--tenant", tenant["id"], "--from", "1d").stdout
    for title in ["Keys and accounts that opened the data", "night shift", "Access by those who run the service", "dynamodb:Scan"]:
        assert title in text
    assert watched.cli("audit", "access-report", "--tenant", tenant["id"], "--from", "yesterday", check=False).returncode == 2
