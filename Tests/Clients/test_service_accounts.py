"""Service accounts: made, listed, disabled, removed, and what becomes of what was issued to them: a real server."""

import json
import os
import stat

import botocore.exceptions
import pytest
from test_oauth import Program, code


def test_a_secret_is_changed_with_a_grace_or_without(server, tmp_path):
    program = Program(server)
    file = tmp_path / "secret.json"
    server.cli("service-account", "rotate", program.auth[0], "--grace", "600", "--out", str(file))
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
    new = json.loads(file.read_text())["clientSecret"]
    assert program.token().status == 200, "the one before is good for a while"
    program.auth = (program.auth[0], new)
    assert program.token().status == 200
    newest = server.cli_json("service-account", "rotate", program.auth[0])["clientSecret"]
    assert code(program.token()) == (401, "invalid_client")
    program.auth = (program.auth[0], newest)
    assert program.token().status == 200
    shown = server.cli("service-account", "list", "--tenant", "Springfield USD").stdout
    assert program.auth[0] in shown and newest not in shown


def test_a_tenants_key_lists_its_own_accounts_and_learns_of_no_others(server):
    program, other = Program(server), Program(server, "Shelbyville")
    made = server.api("POST", "/v1/service-accounts", {"tenant": program.tenant["id"], "schools": [], "role": "service"}).json
    own = sorted([program.auth[0], made["clientId"]])
    for caller in [{"key": program.key}, {}]:
        path = "/v1/service-accounts?limit=1" + ("" if caller else f"&tenant={program.tenant['id']}")
        pages = [server.api("GET", path, **caller).json]
        while "next" in pages[-1]:
            pages.append(server.api("GET", f"{path}&cursor={pages[-1]['next']}", **caller).json)
        assert [[account["id"] for account in page["accounts"]] for page in pages[:2]] == [[own[0]], [own[1]]]
        assert other.auth[0] not in str(pages) and len(pages) <= 3
    everybody = [account["id"] for account in server.api("GET", "/v1/service-accounts").json["accounts"]]
    assert sorted(everybody) == sorted([*own, other.auth[0]])
    assert server.api("GET", "/v1/service-accounts?cursor=x", key=program.key).status == 400


def test_an_account_is_removed_with_what_was_issued_to_it(server):
    program, other = Program(server), Program(server, "Shelbyville")
    granted = program.token(scope="offline_access").json
    session = program.session(granted["access_token"])
    program.read(session)
    path = "/v1/service-accounts/" + program.auth[0]
    assert server.api("DELETE", path, key=other.key).status == 404
    assert "is removed" in server.cli("service-account", "remove", program.auth[0], "--yes").stdout
    assert code(program.token()) == code(program.refresh(granted["refresh_token"])) == (401, "invalid_client")
    with pytest.raises(botocore.exceptions.ClientError):
        program.read(session)
    assert server.api("DELETE", path).status == 404
    assert server.api("GET", "/v1/service-accounts", key=program.key).json["accounts"] == []


def test_no_account_is_made_for_another_tenants_school_or_an_unknown_role(server):
    program, other = Program(server), Program(server, "Shelbyville")
    make = lambda **body: server.api("POST", "/v1/service-accounts", {"tenant": program.tenant["id"], **body})
    assert make(schools=[other.school], role="service").status == 404
    assert make(schools=[], role="nobody").status == 400
    assert make(schools=[], role="operator").status == 400


def test_an_account_that_is_enabled_again_gets_new_tokens_and_the_old_stay_refused(server):
    program = Program(server)
    old = program.token(scope="offline_access").json
    account = "/v1/service-accounts/" + program.auth[0]
    server.api("POST", account + "/disable")
    assert code(program.token()) == (401, "invalid_client")

    def held():
        for verb in ["/disable", "/enable"]:
            assert server.api("POST", account + verb).status == 200
        answer = program.token()
        return answer.status == 429 and answer.headers["Retry-After"] == "1"

    # What it got within the second would have the time of what it got before.
    server.wait_for(held)
    server.wait_for(lambda: program.token().status == 200)
    assert not program.is_active(old["access_token"]) and not program.is_active(old["refresh_token"])
    assert code(program.refresh(old["refresh_token"])) == (400, "invalid_grant")
    new = program.token(scope="offline_access").json
    assert program.is_active(new["access_token"]) and program.refresh(new["refresh_token"]).status == 200
