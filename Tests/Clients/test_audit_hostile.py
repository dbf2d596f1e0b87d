"""The audit and the events in the face of somebody who means harm: other tenants' keys, made-up cursors, texts that steer
terminals and logs, places outside that answer what they should not."""

import http.server
import json
import ssl
import subprocess
import threading

import pytest
from audit_world import entries, outside, watched  # noqa: F401
from conftest import Server
from test_aws_clients import School

EVIL = "unpaid\n<13>1 - evil audit-head - {}\r\x1b[2J\x1b]0;owned\x07 \u009b31m \u202egnissim"


def key_of(answer):
    return answer.json["credentials"]["key"]


def test_a_tenants_key_opens_nothing_of_the_audit(watched):
    own = watched.onboard("Shelbyville USD")
    key, tenant = key_of(own), own.json["tenant"]["id"]
    entry = entries(watched)[0]["id"]
    for path in [
        "/v1/audit", f"/v1/audit?tenant={tenant}", f"/v1/audit?tenant={watched.tenant}", "/v1/audit/heads",
        f"/v1/audit/entries/{entry}", "/v1/audit/export?kind=activity", f"/v1/audit/access-report?tenant={tenant}&from=1d",
    ]:
        assert watched.api("GET", path, key=key).status == 403, path
        assert watched.api("GET", path, key="").status == 401, path


def test_a_tenants_key_gets_its_own_events_alone_whatever_it_asks_for(watched):
    own = watched.onboard("Shelbyville USD")
    key, tenant = key_of(own), own.json["tenant"]["id"]
    all_of_them = watched.api("GET", "/v1/events?limit=100").json["events"]
    theirs = [event for event in all_of_them if event["tenant"] != tenant]
    assert theirs
    assert watched.api("GET", f"/v1/events?tenant={watched.tenant}", key=key).status == 404
    for cursor in [0, 1, theirs[0]["sequence"], theirs[-1]["sequence"] - 1, 2**63 - 1]:
        for more in ["", f"&tenant={tenant}", "&type=tenant.", "&since=30d"]:
            answer = watched.api("GET", f"/v1/events?after={cursor}&limit=100{more}", key=key)
            assert answer.status == 200, answer.text
            assert all(event["tenant"] == tenant for event in answer.json["events"]), (cursor, more)
            assert watched.tenant not in answer.text
    for bad in ["-1", "x", "9" * 30, "1&after=2", "%00"]:
        assert watched.api("GET", f"/v1/events?after={bad}", key=key).status == 400, bad
    reviewer = watched.api("POST", "/v1/keys", {"role": "reviewer"}).json["controlKey"]
    assert watched.api("GET", "/v1/events", key=reviewer).status == 403


@pytest.mark.parametrize("query", [
    "limit=0", "limit=100000", "limit=-1", "after=x", "after=0", "kind=gossip", "outcome=perhaps", "order=random",
    "tenant=x", "since=yesterday", "tenant=a&tenant=b", "unknown=1", "since=99999999999999999999d",
])
def test_a_parameter_out_of_bounds_is_refused(watched, query):
    assert watched.api("GET", f"/v1/audit?{query}").status in (400, 404)


def test_a_long_parameter_finds_nothing_and_costs_nothing(watched):
    for name in ["actor", "action"]:
        answer = watched.api("GET", f"/v1/audit?{name}={'x' * 8000}")
        assert answer.status == 200 and answer.json["entries"] == []
    assert watched.api("GET", "/v1/audit?action=*&limit=3").json["next"]


def test_every_export_has_an_entry_also_one_with_a_cursor_that_was_made_up(watched):
    reviewer = watched.api("POST", "/v1/keys", {"role": "reviewer"}).json["controlKey"]
    other = watched.api("POST", "/v1/keys", {"role": "reviewer"}).json["controlKey"]

    def count():
        return len(entries(watched, action="audit.exported"))

    first = watched.api("GET", "/v1/audit/export?kind=activity&limit=2", key=reviewer)
    cursor = first.headers["Homeroom-Next"]
    assert count() == 1
    # The pages of an export have one entry together, however often they are asked for.
    for _ in range(2):
        assert watched.api("GET", f"/v1/audit/export?kind=activity&limit=2&after={cursor}", key=reviewer).status == 200
    assert count() == 1
    # What no earlier page said begins another: a cursor of one's own, of somebody else, of another chain or period.
    beyond = "a000000000" + "0" * 8
    asked = [
        (reviewer, f"kind=activity&after={beyond}"), (other, f"kind=activity&after={cursor}"),
        (reviewer, f"kind=access&after={cursor}"), (reviewer, f"kind=activity&since=1d&after={cursor}"),
    ]
    for number, (key, query) in enumerate(asked):
        assert watched.api("GET", f"/v1/audit/export?{query}", key=key).status == 200
        assert count() == 2 + number, query
    assert entries(watched, action="audit.exported")[0]["detail"]["after"] == cursor
    for bad in ["0", "b", "x" * 5000, "%0A", "audit.denial", f"{cursor}%00"]:
        assert watched.api("GET", f"/v1/audit/export?kind=activity&after={bad}", key=reviewer).status == 400, bad
    assert watched.cli("audit", "verify").returncode == 0


def test_no_text_steers_a_terminal_a_log_or_an_export(watched, tmp_path):
    assert watched.api("POST", f"/v1/tenants/{watched.tenant}/suspend", {"reason": EVIL}).status in (200, 400)
    watched.api(
        "GET", "/v1/tenants/x%0A%1B[2J", headers={"User-Agent": "x\x1b[2J", "X-Forwarded-For": "evil"})
    watched.api("GET", f"/v1/audit?actor={'%1B%5B2J%0A'}")
    for words in [["audit", "search"], ["audit", "access-report", "--tenant", watched.tenant, "--from", "1d"], ["events", "tail"]]:
        done = watched.cli(*words)
        text = done.stdout + done.stderr
        assert not any(character in text for character in "\x1b\x07\r\x9b\u202e"), words
    for entry in entries(watched)[:10]:
        text = watched.cli("audit", "show", entry["id"]).stdout
        assert not any(character in text for character in "\x1b\x07\r\x9b\u202e")
        assert "evil audit-head" not in [line[:15] for line in text.splitlines()]
    path = tmp_path / "all.jsonl"
    watched.cli("audit", "export", "--out", str(path))
    lines = path.read_bytes().split(b"\n")
    assert lines[-1] == b"" and all(json.loads(line) for line in lines[:-1])
    assert watched.terminate() == 0
    for line in watched.log.read_bytes().splitlines():
        assert b"\x1b" not in line and b"\x07" not in line
        json.loads(line)
    watched.start()


# Places outside


class Place:
    """A web address that answers as a test wants it to."""

    def __init__(self, answer, certificate=None):
        self.bodies = []
        self.answered = threading.Event()
        place = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                place.bodies.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
                answer(self)
                place.answered.set()

            def do_GET(self):
                place.bodies.append((self.path, b""))

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, *_):
                place.answered.set()

        self.web = Server(("127.0.0.1", 0), Handler)
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.web.socket = context.wrap_socket(self.web.socket, server_side=True)
        threading.Thread(target=self.web.serve_forever, daemon=True).start()
        self.port = self.web.server_port

    def close(self):
        self.web.shutdown()


def trouble(server, port):
    """What the log says of a place, once it does."""
    def found():
        lines = [json.loads(line) for line in server.log.read_text().splitlines()]
        return [line for line in lines if f":{port}" in str(line.get("sink", "")) and line.get("trouble")]
    return server.wait_for(found)[0]["trouble"]


def test_a_redirect_is_not_followed(tmp_path):
    target = Place(lambda _: None)

    def redirect(request):
        request.send_response(307)
        request.send_header("Location", f"http://127.0.0.1:{target.port}/stolen")
        request.end_headers()

    place = Place(redirect)
    server = Server(tmp_path)
    server.start("--audit-sink", f"http://127.0.0.1:{place.port}/heads?token=secret#more")
    try:
        assert "status 307" in trouble(server, place.port)
        assert place.bodies and target.bodies == []
    finally:
        server.terminate()
        place.close()
        target.close()
    assert "secret" not in server.log.read_text()


def test_an_endless_answer_is_cut_off(tmp_path):
    def flood(request):
        request.send_response(200)
        request.end_headers()
        try:
            for _ in range(64):
                request.wfile.write(b"x" * 1024 * 1024)
        except OSError:
            place.cut = True

    place = Place(flood)
    place.cut = False
    server = Server(tmp_path)
    server.start("--audit-sink", f"http://127.0.0.1:{place.port}/heads")
    try:
        assert "did not answer" in trouble(server, place.port)
        assert place.answered.wait(20) and place.cut
    finally:
        server.terminate()
        place.close()


def test_a_certificate_that_nobody_vouches_for_gets_no_head(tmp_path):
    certificate = tmp_path / "self.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext",
         "subjectAltName=IP:127.0.0.1", "-keyout", str(tmp_path / "key"), "-out", str(tmp_path / "crt")],
        check=True, capture_output=True)
    certificate.write_text((tmp_path / "key").read_text() + (tmp_path / "crt").read_text())
    place = Place(lambda request: (request.send_response(204), request.end_headers()), certificate)
    folder = tmp_path / "server"
    folder.mkdir()
    server = Server(folder)
    server.start("--audit-sink", f"https://user:word@127.0.0.1:{place.port}/heads?token=secret")
    try:
        assert trouble(server, place.port)
        assert place.bodies == []
    finally:
        server.terminate()
        place.close()
    log = server.log.read_text()
    assert "secret" not in log and "word@" not in log


@pytest.mark.parametrize("option", ["http://127.0.0.1:secret@example.com/", "https://user:secret@/x", "http://secret@h/"])
def test_a_place_that_is_refused_is_not_spelled_out(tmp_path, option):
    server = Server(tmp_path)
    done = server.command("--audit-sink", option)
    ended = subprocess.run(done, capture_output=True, text=True, timeout=20)
    assert ended.returncode == 2 and "--audit-sink" in ended.stderr and "secret" not in ended.stderr


# Sessions


def test_sessions_are_in_the_audit_those_of_operators_one_by_one(watched, monkeypatch):
    tenant = watched.api("GET", f"/v1/tenants/{watched.tenant}").json
    school = School(watched, tenant["id"], tenant["schools"][0]["id"])
    identity = school.session(monkeypatch).client("sts").get_caller_identity()
    assert identity["Account"]
    own = watched.onboard("Shelbyville USD")
    theirs = own.json["tenant"]
    # The one that onboarding has shown is somebody else's too, as far as the audit is concerned.
    key = watched.api(
        "POST", f"/v1/keys/{own.json['credentials']['id']}/rotate", {"graceSeconds": 0}, key=key_of(own)).json["controlKey"]
    token = watched.api(
        "POST", "/v1/tokens", {"tenant": theirs["id"], "school": theirs["schools"][0]["id"], "role": "service"}, key=key)
    assert token.status == 201
    other = School.__new__(School)
    other.server, other.tenant, other.school, other.role = watched, theirs["id"], theirs["schools"][0]["id"], "service"
    other.token_file = watched.folder / "own.jwt"
    other.token_file.write_text(token.json["token"])
    credentials = other.session(monkeypatch).get_credentials().get_frozen_credentials()
    assert watched.terminate() == 0
    watched.start()
    (entry,) = entries(watched, action="session.issued")
    issued = entries(watched, action="token.issued", tenant=tenant["id"])
    assert entry["kind"] == "access" and entry["tenant"] == tenant["id"] and entry["subject"].startswith("ASIA")
    assert entry["actor"] == "token:" + issued[0]["subject"] and issued[0]["actor"].startswith("credential:admin-")
    assert entry["address"] == "127.0.0.1" and entry["requestId"] and entry["signIn"] == "token"
    assert entry["detail"]["school"] == school.school and entry["detail"]["role"] == "service"
    assert int(entry["detail"]["seconds"]) > 0 and entry["detail"]["expiresAt"] > entry["detail"]["at"]
    (counted,) = entries(watched, action="sessions.issued")
    assert counted["tenant"] == theirs["id"] and counted["detail"]["sessions"] == "1"
    assert counted["detail"]["samples"] == credentials.access_key
    text = json.dumps(entries(watched))
    assert credentials.secret_key not in text and credentials.token not in text
    report = watched.cli_json("audit", "access-report", "--tenant", tenant["id"], "--from", "1d")
    assert any(access["action"] == "session.issued" for access in report["accesses"])
    assert watched.cli("audit", "verify").returncode == 0
