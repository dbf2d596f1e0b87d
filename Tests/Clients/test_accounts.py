"""Accounts of people over a real server: invitations, sessions, second factors, lockout, and the commands for them."""

import base64
import hashlib
import hmac
import json
import struct
import subprocess
import threading
import time
import urllib.parse

import pytest

from conftest import binary

PASSWORD = "correct horse battery staple"
ADA = "ada@vendor.example"


def invite(server, account=ADA, roles=("sales",), password=PASSWORD):
    """An account whose owner has set a password; the invitation."""
    made = server.api("POST", "/v1/accounts", {"account": account, "name": "Ada Park", "roles": list(roles)})
    assert made.status == 201, made.text
    code = made.json["invitation"]
    accepted = server.api("POST", "/v1/invitations", {"account": account, "code": code, "password": password}, key="")
    assert accepted.status == 201, accepted.text
    return code


def sign_in(server, password=PASSWORD, account=ADA, **more):
    return server.api("POST", "/v1/sessions", {"account": account, "password": password, **more}, key="")


def token(server, **more):
    answer = sign_in(server, **more)
    assert answer.status == 201, answer.text
    return answer.json["token"]


def status(server, key, path="/v1/me"):
    return server.api("GET", path, key=key).status


def one_time_code(secret, moment=None):
    """RFC 6238 by itself: no code of the server's."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    step = int((moment or time.time()) // 30)
    digest = hmac.new(key, struct.pack(">Q", step), hashlib.sha1).digest()
    offset = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[offset:offset + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


def test_somebody_is_invited_signs_in_and_has_their_roles_alone(server):
    code = invite(server)
    begun = sign_in(server)
    assert begun.status == 201 and begun.json["roles"] == ["sales"]
    key = begun.json["token"]
    assert server.api("GET", "/v1/me", key=key).json == {
        "account": ADA, "session": key.split(".")[0], "roles": ["sales"]}
    assert status(server, key, "/v1/tenants") == 200
    for path in ["/v1/keys", "/v1/accounts", "/v1/pools", "/v1/audit"]:
        assert status(server, key, path) == 403, path
    assert server.onboard("Sold USD").status == 201
    again = server.api("POST", "/v1/invitations", {"account": ADA, "code": code, "password": PASSWORD}, key="")
    assert (again.status, again.json["field"]) == (401, "code")

    assert server.api("DELETE", "/v1/sessions/current", key=key).json == {"ended": 1}
    assert status(server, key) == 401
    notes = server.api("GET", "/v1/audit?order=oldest&limit=500").json["entries"]
    mine = [note["action"] for note in notes if note["actor"] == f"account:{ADA}"]
    assert mine[:2] == ["account.accepted", "session.started"] and mine[-1] == "session.ended"
    secrets = [code, PASSWORD, key.split(".")[1]]
    everything = json.dumps(notes) + server.log.read_text()
    assert not any(secret in everything for secret in secrets)
    assert server.terminate() == 0
    for file in server.data.rglob("*"):
        assert not file.is_file() or not any(secret.encode() in file.read_bytes() for secret in secrets), file


def test_all_wrong_answers_are_the_same(server):
    invite(server)
    invite(server, "bob@vendor.example")
    server.api("POST", "/v1/accounts/bob@vendor.example/disable", {})
    answers = [
        sign_in(server, "wrong"), sign_in(server, account="nobody@vendor.example"), sign_in(server, account="nothing"),
        sign_in(server, account="bob@vendor.example"),
    ]
    told = [{**answer.json, "requestId": ""} for answer in answers]
    assert told[0]["status"] == 401 and told.count(told[0]) == len(told)
    for wrong in ["session-000000000000000000000000.x", token(server).split(".")[0] + ".x"]:
        assert status(server, wrong) == 401


@pytest.mark.parametrize("body, field", [
    ({"account": "nobody", "name": "A", "roles": ["sales"]}, "account"),
    ({"account": "a@b.example", "name": "", "roles": ["sales"]}, "name"),
    ({"account": "a@b.example", "name": "A", "roles": ["teacher"]}, "roles"), ({"account": "a@b.example", "name": "A"}, "role"),
])
def test_what_is_no_account_is_refused(shared_server, body, field):
    refused = shared_server.api("POST", "/v1/accounts", body)
    assert (refused.status, refused.json["field"]) == (400, field), refused.text


def test_a_weak_password_is_refused_and_the_invitation_stays_good(server):
    made = server.api("POST", "/v1/accounts", {"account": ADA, "name": "Ada", "role": "sales"}).json
    for weak in ["short", "a" * 40, "ada@vendor.example1", "x y z " * 100]:
        refused = server.api(
            "POST", "/v1/invitations", {"account": ADA, "code": made["invitation"], "password": weak}, key="")
        assert (refused.status, refused.json["field"]) == (400, "password"), weak
    good = {"account": ADA, "code": made["invitation"], "password": PASSWORD}
    assert server.api("POST", "/v1/invitations", good, key="").status == 201


def test_what_is_taken_away_is_gone_within_a_second(server):
    """Measured: from the change's answer to the first refusal, while the session is used without a pause."""
    invite(server, roles=["operator"])
    changes = {
        "disabled": ("POST", f"/v1/accounts/{ADA}/disable", {}, 401),
        "signed out": ("DELETE", f"/v1/accounts/{ADA}/sessions", None, 401),
        "other roles": ("PUT", f"/v1/accounts/{ADA}/roles", {"roles": ["reviewer"]}, 403),
    }
    for name, (method, path, body, expected) in changes.items():
        server.api("POST", f"/v1/accounts/{ADA}/enable", {})
        server.api("PUT", f"/v1/accounts/{ADA}/roles", {"roles": ["operator"]})
        key = token(server)
        seen, stop = [], threading.Event()

        def use(key=key, seen=seen, stop=stop):
            while not stop.is_set():
                asked = time.monotonic()
                seen.append((asked, status(server, key, "/v1/pools")))

        thread = threading.Thread(target=use)
        thread.start()
        server.wait_for(lambda: len(seen) > 5)
        assert server.api(method, path, body).status == 200
        changed = time.monotonic()
        server.wait_for(lambda: seen[-1][1] == expected)
        stop.set()
        thread.join()
        late = [moment - changed for moment, code in seen if code == 200 and moment > changed]
        assert not late or max(late) < 1, (name, max(late))


def test_signing_out_everywhere_and_another_password_end_sessions(server):
    invite(server)
    one, two = token(server), token(server)
    assert server.api("DELETE", "/v1/sessions", key=one).json == {"ended": 2}
    assert [status(server, key) for key in [one, two]] == [401, 401]
    one, two = token(server), token(server)
    new = "an entirely different phrase"
    assert server.api("POST", "/v1/me/password", {"current": "wrong", "password": new}, key=one).status == 401
    assert server.api("POST", "/v1/me/password", {"current": PASSWORD, "password": new}, key=one).status == 200
    assert [status(server, key) for key in [one, two]] == [200, 401]
    assert sign_in(server).status == 401 and sign_in(server, new).status == 201
    # A key has no session.
    assert server.api("POST", "/v1/me/password", {"current": PASSWORD, "password": new}).status == 409


def test_sessions_and_passwords_outlive_a_restart(server):
    invite(server)
    key = token(server)
    assert server.terminate() == 0
    server.start()
    assert status(server, key) == 200 and sign_in(server).status == 201


def test_a_second_factor_as_an_authenticator_has_it(server):
    invite(server)
    key = token(server)
    begun = server.api("POST", "/v1/me/second-factor", {"password": PASSWORD}, key=key)
    assert begun.status == 201, begun.text
    address = urllib.parse.urlparse(begun.json["uri"])
    assert urllib.parse.parse_qs(address.query)["secret"] == [begun.json["secret"]]
    assert server.api("POST", "/v1/me/second-factor/confirm", {"code": "12345"}, key=key).status == 401
    confirmed = server.api(
        "POST", "/v1/me/second-factor/confirm", {"code": one_time_code(begun.json["secret"])}, key=key)
    assert confirmed.status == 200, confirmed.text
    codes = confirmed.json["recoveryCodes"]
    assert len(set(codes)) == 10

    missing = sign_in(server)
    assert (missing.status, missing.json["field"]) == (401, "code")
    # The next period's code is good already: clocks differ.
    code = one_time_code(begun.json["secret"], time.time() + 30)
    assert sign_in(server, code=code).status == 201
    assert sign_in(server, code=code).status == 401, "a code is good once"
    assert sign_in(server, code=codes[0]).json["recoveryCodesLeft"] == 9
    assert sign_in(server, code=codes[0]).status == 401, "so is a recovery code"
    assert server.api("GET", f"/v1/accounts/{ADA}").json["secondFactor"] == "on"
    removed = server.api(
        "POST", "/v1/me/second-factor/remove", {"password": PASSWORD, "code": codes[1]}, key=key)
    assert removed.status == 200 and sign_in(server).status == 201


def test_who_guesses_is_held_back_and_not_for_good(server):
    invite(server)
    for _ in range(5):
        assert sign_in(server, "wrong").status == 401
    held = sign_in(server)
    assert (held.status, held.json["type"]) == (429, "urn:homeroom:problem:too-many-attempts")
    assert held.headers["Retry-After"] == "1" == held.json["retryAfterSeconds"]
    time.sleep(1.1)
    assert sign_in(server).status == 201
    notes = server.api("GET", "/v1/audit?action=account.held-back&kind=denial").json["entries"]
    assert [note["subject"] for note in notes] == [ADA]


def test_who_has_signed_in_on_a_device_is_not_held_back_there_by_others(server):
    invite(server)
    home = {"HOME": str(server.folder), "XDG_CONFIG_HOME": ""}
    (server.folder / "password").write_text(PASSWORD + "\n")
    login = ["login", ADA, "--password-file", "password"]
    shown = server.cli(*login, "--json", environment=home)
    kept = json.loads((server.folder / ".config/homeroom/credentials.json").read_text())["profiles"][0]
    assert kept["device"].startswith("hrd_") and kept["device"] not in shown.stdout
    for _ in range(5):
        assert sign_in(server, "wrong").status == 401
    assert sign_in(server).status == 429
    server.cli(*login, environment=home)
    server.cli("logout", environment=home)
    server.cli(*login, environment=home)


def test_the_commands_from_invitation_to_signing_out(server):
    home = {"HOME": str(server.folder), "XDG_CONFIG_HOME": ""}
    (server.folder / "password").write_text(PASSWORD + "\n")
    invitation = server.folder / "invitation"
    shown = server.cli(
        "account", "create", ADA, "--name", "Ada Park", "--role", "sales", "--role", "reviewer", "--out", str(invitation)).stdout
    assert f"homeroom account accept {ADA} --server {server.control}" in shown
    assert invitation.stat().st_mode & 0o777 == 0o600 and invitation.read_text().strip() not in shown
    server.cli("account", "accept", ADA, "--code-file", str(invitation), "--password-file", "password", environment=home)
    server.cli("login", ADA, "--password-file", "password", environment=home)
    kept = server.folder / ".config/homeroom/credentials.json"
    assert kept.stat().st_mode & 0o777 == 0o600
    secret = json.loads(kept.read_text())["profiles"][0]["token"]

    def as_ada(*words, check=True):
        return server.cli(*words, environment=home, check=check)

    assert "sales, reviewer" in as_ada("whoami").stdout and ADA in as_ada("whoami").stdout
    assert as_ada("tenant", "list").returncode == 0
    refused = as_ada("account", "list", check=False)
    assert refused.returncode == 1 and "`account.list` needs the role `admin`" in refused.stderr
    # Without a login the administrator's key of the folder is taken, as ever.
    assert "active" in server.cli("account", "list").stdout
    server.cli("account", "roles", ADA, "--role", "operator")
    assert "operator" in as_ada("whoami").stdout
    (server.folder / "new").write_text("an entirely different phrase\n")
    as_ada("account", "password", "--current-file", "password", "--password-file", "new")
    begun = json.loads(as_ada("account", "factor", "add", "--password-file", "new", "--json").stdout)
    (server.folder / "code").write_text(one_time_code(begun["secret"]))
    codes = as_ada("account", "factor", "confirm", "--code-file", "code").stdout
    assert len([line for line in codes.splitlines() if line.count("-") == 3]) == 10
    assert "on" in server.cli("account", "show", ADA).stdout
    as_ada("logout")
    assert status(server, secret) == 401
    [profile] = json.loads(kept.read_text())["profiles"]
    # What it is known by opens nothing, and spares its owner the neighbours' failures when they sign in again.
    assert profile.pop("device").startswith("hrd_")
    assert profile == {"name": "default", "server": server.control, "account": ADA}
    (server.folder / "code").write_text("nothing\n")
    refused = server.cli(
        "login", ADA, "--password-file", "new", "--code-file", "code", environment=home, check=False)
    assert refused.returncode == 1 and "the code is wrong" in refused.stderr
    shown = server.cli("account", "disable", ADA).stdout
    assert "disabled" in shown and "active" in server.cli("account", "enable", ADA).stdout
    assert "good until" in server.cli("account", "reset", ADA, "--yes").stdout


def test_no_command_takes_a_password_as_a_word(server):
    for command in ["login", "account accept", "account password", "account factor add"]:
        shown = subprocess.run(
            [binary(), *command.split(), "--help"], capture_output=True, text=True, check=True).stdout
        assert "--password-file FILE" in shown and "--password " not in shown
    done = server.cli("login", ADA, "--password", PASSWORD, check=False)
    assert done.returncode == 2 and "--password" in done.stderr
