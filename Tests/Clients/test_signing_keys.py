"""Keys that sign tokens are changed while tokens are in use: those from before and from behind it are taken alike."""

import jwt
import pytest
from fake_clock import FakeClock
from test_oauth import ISSUER, Program
from wire import bring

# The next key signs when it has been published for six minutes; tokens of programs are good for fifteen.
AHEAD_SECONDS = 400


def keys(server, algorithm):
    """The ids of the keys that sign by it, or did, by their states."""
    found = server.cli_json("signing-key", "list")["keys"]
    return {key["state"]: key["id"] for key in found if key["algorithm"] == algorithm}


def works(program, token):
    """Whether all that look at tokens take this one: whoever has the published keys, introspection, the gateway and STS."""
    server = program.server
    key = jwt.PyJWKClient(server.control + "/.well-known/jwks.json").get_signing_key_from_jwt(token)
    claims = jwt.decode(token, key.key, algorithms=["ES256", "RS256"], audience="sts.amazonaws.com", issuer=ISSUER[1])
    assert claims["school_id"] == program.school
    key = {"recordKey": {"S": f"TENANT#{program.school}#STUDENT#1"}, "entityKey": {"S": "PROFILE"}}
    assert bring(server, token, "GetItem", {"TableName": "student-table", "Key": key}) == (200, {})
    program.read(program.session(token))
    return program.is_active(token)


@pytest.mark.parametrize("algorithm", ["ES256", "RS256"])
def test_no_token_is_refused_when_keys_rotate(stopped_server, algorithm):
    server, clock = stopped_server, FakeClock(stopped_server.folder)
    clock.set(-AHEAD_SECONDS)
    clock.start(server, *ISSUER)
    program = Program(server, algorithm=algorithm)
    granted = program.token(scope="offline_access").json
    before = granted["access_token"]
    session = program.session(before)
    old = keys(server, algorithm)
    assert old.keys() == {"current", "next"}
    assert jwt.get_unverified_header(before)["kid"] == old["current"]
    assert "not known to all verifiers yet" in server.cli("signing-key", "rotate", check=False).stderr
    # The hour that all others have: the keys are six minutes old.
    clock.set(0)
    shown = server.cli("signing-key", "rotate").stdout
    assert {word for line in shown.splitlines()[1:] for word in line.split()} >= {"former", "current", "next"}
    new = keys(server, algorithm)
    assert (new["former"], new["current"]) == (old["current"], old["next"]) and new["next"] not in old.values()
    published = {key["kid"] for key in server.api("GET", "/.well-known/jwks.json", key="").json["keys"]}
    assert published >= set(new.values())
    after = program.token().json["access_token"]
    refreshed = program.refresh(granted["refresh_token"]).json["access_token"]
    assert {jwt.get_unverified_header(token)["kid"] for token in (after, refreshed)} == {new["current"]}

    def check():
        program.read(session)
        assert all(works(program, token) for token in (before, after, refreshed))

    check()
    # The key that comes after has its six minutes yet to come.
    assert "not known to all verifiers yet" in server.cli("signing-key", "rotate", check=False).stderr
    assert keys(server, algorithm) == new
    # At the same addresses, which the session's client knows.
    gateway, control = (url.removeprefix("http://") for url in (server.gateway, server.control))
    server.kill()
    clock.start(server, *ISSUER, "--gateway", gateway, "--control", control)
    check()
