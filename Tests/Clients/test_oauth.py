"""Tokens by OAuth 2.0, the keys that sign them and what seals the keys: a real server, and an OAuth client library's forms."""

import base64
import contextlib
import shutil
import signal
import sqlite3
import subprocess
import time

import boto3
import botocore.exceptions
import jwt
import pytest
from conftest import binary, plain_environment
from wire import bring

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
# Each start picks another port, and tokens of another issuer are none of ours: who starts twice has a name that stays.
ISSUER = ("--issuer", "https://homeroom.example")


def form(server, path, auth=None, headers=None, **values):
    """Posts a form; `auth` is a client's id and secret for HTTP's Basic authentication."""
    headers = {**FORM, **(headers or {})}
    if auth:
        headers["Authorization"] = "Basic " + base64.b64encode(":".join(auth).encode()).decode()
    body = "&".join(f"{name}={value}" for name, value in values.items())
    return server.api("POST", path, body.encode(), key="", headers=headers)


class Program:
    """A service account of a district's school."""

    def __init__(self, server, name="Springfield USD", role="service", **more):
        self.server = server
        answer = server.onboard(name)
        assert answer.status == 201, answer.text
        self.tenant, self.key = answer.json["tenant"], answer.json["credentials"]["key"]
        self.school = self.tenant["schools"][0]["id"]
        made = server.api("POST", "/v1/service-accounts", {
            "tenant": self.tenant["id"], "schools": [self.school], "role": role, **more})
        assert made.status == 201, made.text
        self.auth = (made.json["clientId"], made.json["clientSecret"])

    def token(self, **values):
        return form(self.server, "/oauth/token", self.auth, grant_type="client_credentials", **values)

    def refresh(self, token):
        return form(self.server, "/oauth/token", self.auth, grant_type="refresh_token", refresh_token=token)

    def is_active(self, token):
        return form(self.server, "/oauth/introspect", self.auth, token=token).json["active"]

    def session(self, token, role="service"):
        sts = boto3.client("sts", endpoint_url=self.server.gateway, region_name="us-east-1",
                           aws_access_key_id="x", aws_secret_access_key="x")
        found = sts.assume_role_with_web_identity(
            RoleArn=f"arn:aws:iam::000000000000:role/{role}", RoleSessionName="program", WebIdentityToken=token)
        keys = found["Credentials"]
        return boto3.client(
            "dynamodb", endpoint_url=self.server.gateway, region_name="us-east-1",
            aws_access_key_id=keys["AccessKeyId"], aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys["SessionToken"])

    def read(self, client):
        return client.get_item(TableName="student-table", Key={
            "recordKey": {"S": f"TENANT#{self.school}#STUDENT#1"}, "entityKey": {"S": "PROFILE"}})


def records(server, copy):
    """All that the registry holds; read of a copy, for a look may move pages of the file."""
    shutil.copytree(server.data / "stores", copy)
    with contextlib.closing(sqlite3.connect(copy / "registry.sqlite")) as registry:
        return list(registry.iterdump())


def code(answer):
    return answer.status, answer.json["error"]


# The token endpoint


def test_a_program_gets_a_token_and_works_with_it(server):
    program = Program(server)
    answer = program.token()
    assert answer.status == 200, answer.text
    assert (answer.headers["Cache-Control"], answer.headers["Pragma"]) == ("no-store", "no-cache")
    assert (answer.json["token_type"], answer.json["expires_in"]) == ("Bearer", 900)
    assert answer.json["scope"] == f"school:{program.school}" and "refresh_token" not in answer.json
    discovery = server.api("GET", "/.well-known/oauth-authorization-server", key="").json
    assert discovery["token_endpoint"] == server.control + "/oauth/token"
    key = jwt.PyJWKClient(discovery["jwks_uri"]).get_signing_key_from_jwt(answer.json["access_token"])
    claims = jwt.decode(
        answer.json["access_token"], key.key, algorithms=["ES256"], audience="sts.amazonaws.com",
        issuer=discovery["issuer"])
    assert (claims["client_id"], claims["sub"]) == (program.auth[0], program.auth[0])
    assert (claims["tenant_id"], claims["school_id"]) == (program.tenant["id"], program.school)
    assert "Item" not in program.read(program.session(answer.json["access_token"]))


def test_credentials_may_stand_in_the_body(server):
    program = Program(server)
    answer = form(
        server, "/oauth/token", grant_type="client_credentials", client_id=program.auth[0],
        client_secret=program.auth[1])
    assert answer.status == 200, answer.text


def test_a_program_that_needs_it_gets_rs256(server):
    token = Program(server, algorithm="RS256").token().json["access_token"]
    key = jwt.PyJWKClient(server.control + "/.well-known/jwks.json").get_signing_key_from_jwt(token)
    assert jwt.decode(token, key.key, algorithms=["RS256"], options={"verify_aud": False})["role"] == "service"


def test_refusals_are_the_protocols(server):
    program = Program(server)
    identity, secret = program.auth
    post = lambda auth=None, headers=None, **values: form(server, "/oauth/token", auth, headers, **values)
    wrong = post((identity, "wrong"), grant_type="client_credentials")
    assert code(wrong) == (401, "invalid_client") and wrong.headers["WWW-Authenticate"].startswith("Basic")
    assert code(post(("nobody", secret), grant_type="client_credentials")) == (401, "invalid_client")
    missing = post(grant_type="client_credentials")
    assert code(missing) == (401, "invalid_client") and "WWW-Authenticate" not in missing.headers
    assert code(post(program.auth)) == (400, "invalid_request")
    assert code(post(program.auth, grant_type="authorization_code")) == (400, "unsupported_grant_type")
    assert code(post(program.auth, grant_type="client_credentials", client_secret=secret)) == (400, "invalid_request")
    assert code(post(program.auth, grant_type="client_credentials", scope="school:other")) == (400, "invalid_scope")
    assert code(post(program.auth, grant_type="refresh_token", refresh_token="hrr_none")) == (400, "invalid_grant")
    assert code(post(program.auth, grant_type="refresh_token")) == (400, "invalid_request")
    twice = server.api(
        "POST", "/oauth/token", b"grant_type=client_credentials&grant_type=client_credentials", key="", headers=FORM)
    assert code(twice) == (400, "invalid_request")
    as_json = server.api("POST", "/oauth/token", {"grant_type": "client_credentials"}, key="")
    assert code(as_json) == (400, "invalid_request")
    assert server.api("GET", "/oauth/token", key="").status == 405


def test_wrong_secrets_are_slowed_down_and_the_right_one_elsewhere_is_not(server):
    program, other = Program(server), Program(server, "Shelbyville")
    answers = [form(server, "/oauth/token", (program.auth[0], "wrong"), grant_type="client_credentials")
               for _ in range(12)]
    assert [answer.status for answer in answers[:10]] == [401] * 10
    assert code(answers[-1]) == (429, "temporarily_unavailable") and int(answers[-1].headers["Retry-After"]) >= 1
    assert other.token().status == 200


def test_ids_that_nobody_has_are_slowed_down_together_and_nobody_who_has_one(server):
    program = Program(server)
    marks = "a" + "\u0301" * 100
    answers = [form(server, "/oauth/token", grant_type="client_credentials", client_id=f"{marks}{number}", client_secret="x")
               for number in range(12)]
    assert [answer.status for answer in answers[:10]] == [401] * 10
    assert answers[-1].status == 429 and int(answers[-1].headers["Retry-After"]) >= 1
    assert program.token().status == 200


def test_a_refresh_token_used_twice_ends_its_family(server):
    program = Program(server)
    first = program.token(scope="offline_access").json
    session = program.session(first["access_token"])
    second = program.refresh(first["refresh_token"])
    assert second.status == 200 and second.json["refresh_token"] != first["refresh_token"]
    assert program.is_active(second.json["access_token"]) and program.is_active(second.json["refresh_token"])
    program.read(session)
    assert code(program.refresh(first["refresh_token"])) == (400, "invalid_grant")
    assert code(program.refresh(second.json["refresh_token"])) == (400, "invalid_grant")
    assert not program.is_active(second.json["access_token"])
    with pytest.raises(botocore.exceptions.ClientError, match="UnrecognizedClient"):
        program.read(session)
    # Another client's refresh token is nobody's.
    third = program.token(scope="offline_access").json["refresh_token"]
    other = Program(server, "Shelbyville")
    assert code(other.refresh(third)) == (400, "invalid_grant")


def test_introspection_tells_a_tenant_of_its_own_tokens_alone(server):
    program, other = Program(server), Program(server, "Shelbyville")
    token = program.token().json["access_token"]
    known = form(server, "/oauth/introspect", program.auth, token=token).json
    assert known["active"] and known["school_id"] == program.school and known["client_id"] == program.auth[0]
    assert form(server, "/oauth/introspect", other.auth, token=token).json == {"active": False}
    assert form(server, "/oauth/introspect", program.auth, token=token + "x").json == {"active": False}
    assert code(form(server, "/oauth/introspect", token=token)) == (401, "invalid_client")
    asked = server.api("POST", "/oauth/introspect", f"token={token}".encode(), headers=FORM)
    assert asked.json["active"], "an administrator sees all"
    refused = form(server, "/oauth/revoke", other.auth, token=token)
    assert refused.status == 200 and program.is_active(token), "another tenant's token is none to it"


# What stops, and how soon


def doors(program):
    """Whatever a program's rights open, by name: a function that tells whether it does."""
    granted = program.token(scope="offline_access").json
    session = program.session(granted["access_token"])

    def works(call):
        try:
            call()
            return True
        except botocore.exceptions.ClientError:
            return False

    # Who looks with a client's credentials is refused with the client: an administrator looks.
    look = f"token={granted['access_token']}".encode()
    return {
        "temporary credentials": lambda: works(lambda: program.read(session)),
        "assuming a role": lambda: works(lambda: program.session(granted["access_token"])),
        "the token by itself": lambda: bring(program.server, granted["access_token"], "GetItem", {
            "TableName": "student-table", "Key": {
                "recordKey": {"S": f"TENANT#{program.school}#STUDENT#1"}, "entityKey": {"S": "PROFILE"}}}) == (200, {}),
        "introspection": lambda: program.server.api("POST", "/oauth/introspect", look, headers=FORM).json["active"],
    }, granted


@pytest.mark.parametrize("way", ["suspended", "disabled", "revoked", "key"])
def test_what_is_refused_stops_at_every_door_within_a_second(server, way):
    program = Program(server)
    opened, granted = doors(program)
    account = program.auth[0]
    stop = {
        "suspended": lambda: server.api(
            "POST", f"/v1/tenants/{program.tenant['id']}/suspend", {"reason": "unpaid"}),
        "disabled": lambda: server.api("POST", f"/v1/service-accounts/{account}/disable"),
        "revoked": lambda: form(server, "/oauth/revoke", program.auth, token=granted["refresh_token"]),
        "key": lambda: server.api(
            "POST", "/v1/signing-keys/" + jwt.get_unverified_header(granted["access_token"])["kid"] + "/revoke"),
    }[way]
    assert all(works() for works in opened.values())
    answer = stop()
    assert answer.status in (200, 202), answer.text
    begun = time.monotonic()
    while any(works() for works in opened.values()):
        assert time.monotonic() - begun < 1, [name for name, works in opened.items() if works()]
    if way != "key":
        refused = program.refresh(granted["refresh_token"])
        assert refused.status in (400, 401) and refused.json["error"] in ("invalid_grant", "invalid_client")


def test_a_token_that_was_revoked_stays_so_over_a_restart(stopped_server, tmp_path):
    server = stopped_server.start(*ISSUER)
    program = Program(server)
    file = tmp_path / "token.jwt"
    server.cli("token", "issue", "--tenant", "Springfield USD", "--school", "Lincoln High", "--role", "service",
               "--out", str(file))
    session = program.session(file.read_text())
    program.read(session)
    server.cli("token", "revoke", "--file", str(file))
    server.terminate()
    server.start(*ISSUER)
    with pytest.raises(botocore.exceptions.ClientError, match="InvalidIdentityToken"):
        program.session(file.read_text())


# The keys that sign, and what seals them


def test_keys_are_listed_and_wait_before_they_sign(server):
    states = [(key["algorithm"], key["state"]) for key in server.cli_json("signing-key", "list")["keys"]]
    assert sorted(states) == [("ES256", "current"), ("ES256", "next"), ("RS256", "current"), ("RS256", "next")]
    published = server.api("GET", "/.well-known/jwks.json", key="")
    assert len(published.json["keys"]) == 4 and published.headers["Cache-Control"] == "public, max-age=300"
    early = server.cli("signing-key", "rotate", check=False)
    assert early.returncode == 1 and "not known to all verifiers yet" in early.stderr


def test_secrets_are_sealed_and_a_wrong_master_key_opens_nothing(server, tmp_path):
    assert not (server.data / "master-secret").exists() and not (server.data / "signing-keys.json").exists()
    token = server.onboard() and server.cli(
        "token", "issue", "--tenant", "Springfield USD", "--role", "teacher").stdout.strip()
    server.terminate()
    for file in (server.data / "stores").iterdir():
        assert b"PRIVATE KEY" not in file.read_bytes(), file
    before = records(server, tmp_path / "before")
    assert before
    wrong = subprocess.run(
        server.command(), capture_output=True, text=True, timeout=20,
        env={**plain_environment(), "HOMEROOM_MASTER_KEY": "ab" * 32})
    assert wrong.returncode == 1 and "the wrong one" in wrong.stderr and "Nothing was changed" in wrong.stderr
    assert records(server, tmp_path / "after") == before
    server.start()
    key = jwt.PyJWKClient(server.control + "/.well-known/jwks.json").get_signing_key_from_jwt(token)
    jwt.decode(token, key.key, algorithms=["ES256"], options={"verify_aud": False})


def test_a_new_master_key_with_a_server_and_without(stopped_server, tmp_path):
    server = stopped_server.start(*ISSUER)
    program = Program(server)
    token = program.token().json["access_token"]
    first = (server.data / "master-key").read_text()
    assert "secrets are sealed under master key" in server.cli("key", "rewrap").stdout
    second = (server.data / "master-key").read_text()
    assert second != first and not (server.data / "master-key.next").exists()
    assert program.is_active(token)
    server.terminate()
    server.start(*ISSUER)
    assert program.is_active(token)
    server.terminate()
    # Without a server, out of the data folder.
    own = tmp_path / "own-key"
    own.write_text("cd" * 32 + "\n")
    own.chmod(0o600)
    server.cli("key", "rewrap", "--new-master-key-file", str(own))
    assert not (server.data / "master-key").exists()
    server.start(*ISSUER, "--master-key-file", str(own))
    assert program.is_active(token)
    server.terminate()
    missing = subprocess.run(
        server.command(), capture_output=True, text=True, timeout=20, env=plain_environment())
    assert missing.returncode == 1 and "the master key is missing" in missing.stderr
    server.start(*ISSUER, environment={"HOMEROOM_MASTER_KEY": "cd" * 32})
    assert program.is_active(token)


@pytest.mark.parametrize("has_server", [False, True])
def test_sealing_anew_may_be_killed_at_any_moment(stopped_server, has_server):
    """The command without a server, or the server that carries it out, killed after longer and longer."""
    server = stopped_server.start(*ISSUER)
    program = Program(server)
    token = program.token().json["access_token"]
    if not has_server:
        server.terminate()
    words = [binary(), "key", "rewrap", "--data", str(server.data)]
    begun = time.monotonic()
    subprocess.run(words, env=plain_environment(), capture_output=True, check=True)
    whole = time.monotonic() - begun
    killed, rounds = 0, 12
    for number in range(rounds):
        command = subprocess.Popen(
            words, env=plain_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(whole * (number + 0.5) / rounds)
        if has_server:
            server.kill()
            killed += command.wait(30) != 0
        else:
            command.kill()
            killed += command.wait(30) == -signal.SIGKILL
        server.start(*ISSUER)
        assert program.is_active(token), f"round {number}"
        assert program.token().status == 200
        if not has_server:
            server.terminate()
    assert killed, "no round was cut off in the middle"
    server.cli("key", "rewrap")
    assert not (server.data / "master-key.next").exists()


def test_who_asks_for_tokens_too_often_is_told_so_in_the_words_of_the_protocol(stopped_server):
    server = stopped_server.start("--control-rate", "2")
    answers = [form(server, "/oauth/token", ("nobody", "none"), grant_type="client_credentials") for _ in range(12)]
    refused = [answer for answer in answers if answer.status == 429]
    assert refused and {answer.json["error"] for answer in refused} == {"temporarily_unavailable"}
    assert all(int(answer.headers["Retry-After"]) >= 1 for answer in refused)
