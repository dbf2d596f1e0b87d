"""The REST interface: problem documents, keys and what they open, tokens."""

import json
import os
import re
import socket
import stat

import jwt
import pytest


def assert_problem(answer, status, kind):
    body = answer.json
    assert answer.status == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert body["type"] == f"urn:homeroom:problem:{kind}"
    assert body["status"] == status
    assert body["title"] and body["detail"]
    assert body["requestId"] == answer.headers["X-Request-Id"]


@pytest.mark.parametrize("method, path, body, status, kind", [
    ("GET", "/v1/nothing", None, 404, "not-found"),
    ("GET", "/v1/tenants/t00000000000000", None, 404, "not-found"),
    ("GET", "/v1/tenants/t000000000000000", None, 404, "not-found"),
    ("GET", "/v1/runs/r000000000000000", None, 404, "not-found"),
    ("DELETE", "/v1/tenants", None, 405, "method-not-allowed"),
    ("GET", "/v1/tenants?limt=1", None, 400, "invalid-request"),
    ("GET", "/v1/tenants?limit=0", None, 400, "invalid-request"),
    ("GET", "/v1/tenants?limit=1&limit=2", None, 400, "invalid-request"),
    ("GET", "/v1/tenants/%ff", None, 400, "invalid-request"),
    ("POST", "/v1/tenants", b"{", 400, "invalid-request"),
    ("POST", "/v1/tenants", b"[]", 400, "invalid-request"),
    ("POST", "/v1/tenants", b'{"name": "a", "name": "b"}', 400, "invalid-request"),
    ("POST", "/v1/tenants", b"\xff", 400, "invalid-request"),
    ("POST", "/v1/tenants", b"[" * 1000, 400, "invalid-request"),
    ("POST", "/v1/tenants", b" " * 3_000_000, 413, "too-large"),
])
def test_refusals_are_problem_documents(shared_server, method, path, body, status, kind):
    assert_problem(shared_server.api(method, path, body), status, kind)


def test_a_refused_method_names_those_that_apply(shared_server):
    assert shared_server.api("PUT", "/v1/tenants").headers["Allow"] == "POST, GET, HEAD"


def test_a_body_that_is_not_declared_as_json_is_refused(shared_server):
    answer = shared_server.api("POST", "/v1/tenants", b"{}", headers={"Content-Type": "text/plain"})
    assert_problem(answer, 415, "unsupported-media-type")


def test_a_malformed_idempotency_key_is_refused(shared_server):
    answer = shared_server.api("POST", "/v1/tenants", {}, headers={"Idempotency-Key": "a b"})
    assert_problem(answer, 400, "invalid-request")
    assert answer.json["field"] == "Idempotency-Key"


@pytest.mark.parametrize("key", ["", "nonsense", "admin-0000.secret", "hk_00000000000000000000.x"])
def test_without_a_valid_key_nothing_is_shown(shared_server, key):
    for path in ["/v1/tenants", "/v1/runs", "/v1/stores", "/v1/audit", "/v1/catalog"]:
        answer = shared_server.api("GET", path, key=key)
        assert_problem(answer, 401, "unauthorized")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_key_with_a_wrong_secret_is_refused(shared_server):
    identity, secret = shared_server.admin_key.split(".")
    wrong = secret[:-1] + ("A" if secret[-1] != "A" else "B")
    assert_problem(shared_server.api("GET", "/v1/tenants", key=f"{identity}.{wrong}"), 401, "unauthorized")


def test_a_tenants_key_opens_that_tenant_only(shared_server):
    own = shared_server.onboard("Own District").json
    other = shared_server.onboard("Other District").json
    key = own["credentials"]["key"]
    own_id, other_id = own["tenant"]["id"], other["tenant"]["id"]
    api = lambda method, path, body=None: shared_server.api(method, path, body, key=key)

    shown = api("GET", f"/v1/tenants/{own_id}").json
    assert {name: shown[name] for name in own["tenant"]} == own["tenant"]
    assert [t["id"] for t in api("GET", "/v1/tenants").json["tenants"]] == [own_id]
    school = own["tenant"]["schools"][0]["id"]
    assert api("POST", "/v1/tokens", {"tenant": own_id, "school": school, "role": "teacher"}).status == 201
    assert api("GET", f"/v1/runs/{own['run']}").status == 200

    assert_problem(api("GET", f"/v1/tenants/{other_id}"), 404, "not-found")
    assert_problem(api("GET", f"/v1/runs/{other['run']}"), 404, "not-found")
    assert_problem(api("POST", "/v1/tokens", {"tenant": other_id, "role": "teacher"}), 404, "not-found")
    foreign = other["tenant"]["schools"][0]["id"]
    answer = api("POST", "/v1/tokens", {"tenant": own_id, "school": foreign, "role": "teacher"})
    assert_problem(answer, 404, "not-found")
    unknown = api("POST", "/v1/tokens", {"tenant": own_id, "school": "s000000000000000", "role": "teacher"})
    mask = lambda a: re.sub(r"s[0-9a-z]{15}|q[0-9a-f]{16}", "X", a.text)
    assert mask(answer) == mask(unknown), "another's school looks like one that does not exist"

    for path in ["/v1/runs", "/v1/stores", "/v1/audit"]:
        assert_problem(api("GET", path), 403, "forbidden")
    assert_problem(api("POST", "/v1/tenants", {}), 403, "forbidden")
    for tenant in [own_id, other_id]:
        for verb in ["suspend", "resume", "schools", "moves"]:
            assert_problem(api("POST", f"/v1/tenants/{tenant}/{verb}", {}), 403, "forbidden")


def test_usage_upgrades_and_costs_are_shown_to_whom_they_concern_and_decided_by_administrators(shared_server):
    own, other = (shared_server.onboard(name).json for name in ["Metered District", "Metered Neighbour"])
    key = own["credentials"]["key"]
    own_id, other_id = own["tenant"]["id"], other["tenant"]["id"]
    file = shared_server.folder / "metered.key"
    shared_server.cli("key", "create", "--role", "reviewer", "--label", "Rae", "--out", str(file))
    reviewer = file.read_text().strip()
    changes = [
        ("usage/recount", {}), ("upgrade/request", {"tier": "premium", "reason": "a test"}),
        ("upgrade/approve", {"tier": "premium", "now": True}), ("upgrade/refuse", {"reason": "a test"})]
    before = [shared_server.api("GET", f"/v1/tenants/{other_id}/{part}").json for part in ["usage", "upgrade"]]

    for part in ["usage", "usage?period=day", "upgrade"]:
        shown = shared_server.api("GET", f"/v1/tenants/{own_id}/{part}", key=key)
        assert shown.status == 200 and other_id not in shown.text
        foreign = shared_server.api("GET", f"/v1/tenants/{other_id}/{part}", key=key)
        assert_problem(foreign, 404, "not-found")
        unknown = shared_server.api("GET", f"/v1/tenants/t{'0' * 15}/{part}", key=key)
        mask = lambda answer: re.sub(r"t[0-9a-z]{15}|q[0-9a-f]{16}", "X", answer.text)
        assert mask(foreign) == mask(unknown), "another's usage looks like that of nobody"
    for caller in [key, reviewer]:
        for path in ["/v1/costs", f"/v1/costs?tenant={own_id}", "/v1/tiers/report", "/v1/upgrades"]:
            assert_problem(shared_server.api("GET", path, key=caller), 403, "forbidden")
        for tenant in [own_id, other_id]:
            for path, body in changes:
                answer = shared_server.api("POST", f"/v1/tenants/{tenant}/{path}", body, key=caller)
                assert_problem(answer, 403, "forbidden")
    for tenant in [own_id, other_id]:
        for part in ["usage", "upgrade"]:
            assert_problem(shared_server.api("GET", f"/v1/tenants/{tenant}/{part}", key=reviewer), 403, "forbidden")
            assert_problem(shared_server.api("GET", f"/v1/tenants/{tenant}/{part}", key=""), 401, "unauthorized")
    after = [shared_server.api("GET", f"/v1/tenants/{other_id}/{part}").json for part in ["usage", "upgrade"]]
    assert after[0]["current"].get("recount") == before[0]["current"].get("recount")
    assert after[1]["state"] == before[1]["state"] != "asked"


def test_lists_are_paged(server):
    for number in range(5):
        server.onboard(f"District {number}")
    seen, after = [], None
    while True:
        page = server.api("GET", "/v1/tenants?limit=2" + (f"&after={after}" if after else "")).json
        assert len(page["tenants"]) <= 2
        seen += [tenant["id"] for tenant in page["tenants"]]
        after = page.get("next")
        if not after:
            break
    assert len(seen) == 5 == len(set(seen))
    entries, after = [], None
    while True:
        page = server.api("GET", "/v1/audit?limit=7" + (f"&after={after}" if after else "")).json
        entries += [entry["id"] for entry in page["entries"]]
        after = page.get("next")
        if not after:
            break
    assert entries == sorted(entries, reverse=True) and len(set(entries)) == len(entries)


# Tokens


def test_pyjwt_verifies_tokens_by_discovery_and_jwks(shared_server):
    tenant = shared_server.onboard("Token District").json["tenant"]
    school = tenant["schools"][0]["id"]
    issued = shared_server.cli_json(
        "token", "issue", "--tenant", "Token District", "--school", "Lincoln High", "--role", "teacher")
    discovery = shared_server.api("GET", "/.well-known/openid-configuration", key="").json
    assert discovery["issuer"] == shared_server.control
    assert discovery["jwks_uri"] == shared_server.control + "/.well-known/jwks.json"
    key = jwt.PyJWKClient(discovery["jwks_uri"]).get_signing_key_from_jwt(issued["token"])
    claims = jwt.decode(
        issued["token"], key.key, algorithms=["ES256"], audience=issued["audience"], issuer=discovery["issuer"],
        options={"require": ["exp", "iat", "nbf", "iss", "aud", "sub", "jti"]})
    assert (claims["tenant_id"], claims["school_id"], claims["custom:school_id"]) == (tenant["id"], school, school)
    assert (claims["role"], claims["tier"]) == ("teacher", "basic")
    assert claims["exp"] - claims["iat"] == 900
    tags = claims["https://aws.amazon.com/tags"]["principal_tags"]
    assert tags == {"tenant_id": [tenant["id"]], "school_id": [school], "role": ["teacher"], "tier": ["basic"]}
    with pytest.raises(jwt.InvalidSignatureError):
        header, payload, signature = issued["token"].split(".")
        flipped = ("A" if signature[0] != "A" else "B") + signature[1:]
        jwt.decode(
            f"{header}.{payload}.{flipped}", key.key, algorithms=["ES256"], audience=issued["audience"])


def test_a_token_file_is_private_and_replaced_in_one_step(shared_server):
    shared_server.onboard("File District")
    file = shared_server.folder / "token.jwt"
    issue = lambda: shared_server.cli(
        "token", "issue", "--tenant", "File District", "--school", "Lincoln High", "--role", "service", "--out",
        str(file)).stdout
    shown = issue()
    first = file.read_text()
    assert first not in shown and "arn:aws:iam::000000000000:role/service" in shown
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
    issue()
    assert file.read_text() != first and file.read_text().count(".") == 2


def test_a_district_token_names_the_district_as_its_school(shared_server):
    tenant = shared_server.onboard("District Role").json["tenant"]["id"]
    token = shared_server.api("POST", "/v1/tokens", {"tenant": tenant, "role": "district-admin"}).json
    assert token["school"] == tenant
    assert jwt.decode(token["token"], options={"verify_signature": False})["school_id"] == tenant


@pytest.mark.parametrize("change, status, field", [
    ({"role": "techer"}, 400, "role"),
    ({"school": "Nowhere"}, 404, "school"),
    ({"lifetimeSeconds": 0}, 400, "lifetimeSeconds"),
    ({"lifetimeSeconds": 86401}, 400, "lifetimeSeconds"),
    ({"subject": "a#b"}, 400, "subject"),
    ({"tenant": "Token"}, 404, "tenant"),
])
def test_wrong_token_requests_are_refused(shared_server, change, status, field):
    name = "Refused Tokens"
    found = shared_server.api("GET", f"/v1/tenants?name={name.replace(' ', '%20')}").json["tenants"]
    tenant = found[0]["id"] if found else shared_server.onboard(name).json["tenant"]["id"]
    answer = shared_server.api("POST", "/v1/tokens", {"tenant": tenant, "role": "teacher", **change})
    assert (answer.status, answer.json["field"]) == (status, field), answer.text


def test_tokens_of_before_a_restart_still_verify(server):
    server.onboard()
    token = server.cli("token", "issue", "--tenant", "Springfield USD", "--role", "teacher").stdout.strip()
    server.terminate()
    server.start()
    key = jwt.PyJWKClient(server.control + "/.well-known/jwks.json").get_signing_key_from_jwt(token)
    assert jwt.decode(token, key.key, algorithms=["ES256"], options={"verify_aud": False})["role"] == "teacher"


# Moves and runs


def test_a_move_is_planned_done_and_taken_back(server):
    tenant = server.onboard().json["tenant"]["id"]
    plan = server.api("POST", f"/v1/tenants/{tenant}/moves", {"tier": "premium", "dryRun": True}).json
    assert (plan["from"]["tier"], plan["to"]["tier"], plan["to"]["isolation"]) == ("basic", "premium", "dedicated")
    assert server.api("GET", f"/v1/tenants/{tenant}").json["tier"] == "basic"

    start = lambda: server.api(
        "POST", f"/v1/tenants/{tenant}/moves", {"tier": "premium"}, headers={"Idempotency-Key": "up"})
    first = start()
    assert first.status == 202
    run = first.json["id"]
    assert start().json["id"] == run
    switched = lambda: server.api("GET", f"/v1/tenants/{tenant}").json["tier"] == "premium"
    server.wait_for(switched)
    busy = server.api("POST", f"/v1/tenants/{tenant}/moves", {"tier": "advanced"})
    assert (busy.status, busy.json["type"], busy.json["run"]) == (409, "urn:homeroom:problem:run-under-way", run)

    assert server.api("POST", f"/v1/runs/{run}/rollback").status == 202
    state = lambda: server.api("GET", f"/v1/runs/{run}").json["state"]
    server.wait_for(lambda: state() == "undone")
    tenant_now = server.api("GET", f"/v1/tenants/{tenant}").json
    assert (tenant_now["tier"], tenant_now["placement"]["isolation"]) == ("basic", "pooled")
    again = server.api("POST", f"/v1/runs/{run}/pause")
    assert (again.status, again.json["type"]) == (409, "urn:homeroom:problem:not-applicable")
    onboarding = server.api("GET", "/v1/runs").json["runs"][-1]["id"]
    assert server.api("POST", f"/v1/runs/{onboarding}/rollback").json["type"] == "urn:homeroom:problem:not-found"
    receipt = server.api("GET", f"/v1/runs/{run}/receipt").json
    assert receipt["outcome"] == "rolledBack"
    assert "taken back, as asked" in server.cli("run", "watch", run).stdout
    assert "rolled back" in server.cli("run", "show", run).stdout


def test_the_command_line_moves_and_watches(server):
    server.onboard()
    plan = server.cli("tenant", "move", "Springfield USD", "--tier", "premium", "--dry-run").stdout
    assert "nothing was changed" in plan
    moved = server.cli("tenant", "move", "Springfield USD", "--tier", "premium", "--wait", "--undo-window", "0").stdout
    assert "moved" in moved or "completed" in moved
    run = server.cli_json("run", "list")["runs"][0]["id"]
    watched = server.cli("run", "watch", run).stdout
    assert "completed" in watched
    shown = server.cli("run", "show", run).stdout
    assert "outcome      moved" in shown and "items before the switch" in shown
    refused = server.cli("run", "rollback", run, check=False)
    assert refused.returncode == 1 and "completed" in refused.stderr


@pytest.mark.parametrize("end", ["kill", "terminate"])
def test_a_run_under_way_goes_on_after_the_end(server, end):
    tenant = server.onboard().json["tenant"]["id"]
    run = server.api("POST", f"/v1/tenants/{tenant}/moves", {"tier": "advanced", "undoWindowSeconds": 0}).json["id"]
    getattr(server, end)()
    server.start()
    assert server.greeting["resumedRuns"] <= 1
    server.wait_for(lambda: server.api("GET", f"/v1/runs/{run}").json["state"] == "completed")
    assert server.api("GET", f"/v1/tenants/{tenant}").json["tier"] == "advanced"


# The commands' manners


@pytest.mark.parametrize("words, code, message", [
    (["tenat", "list"], 2, "did you mean `tenant`?"),
    (["tenant", "lsit"], 2, "did you mean `list`?"),
    (["tenant", "list", "--tear", "basic"], 2, "did you mean `--tier`?"),
    (["tenant", "show"], 2, "TENANT is missing"),
    (["tenant", "show", "Nobody"], 1, "there is no tenant `Nobody`"),
    (["tenant", "list", "--tier", "basik"], 1, "did you mean `basic`?"),
    (["run", "show", "r1"], 1, "there is no run `r1`"),
    (["run", "list", "--limit", "x"], 2, "--limit: expected a whole number"),
])
def test_mistakes_are_answered_with_the_remedy(shared_server, words, code, message):
    done = shared_server.cli(*words, check=False)
    assert (done.returncode, done.stdout) == (code, "")
    assert message in done.stderr


def test_without_a_server_the_command_says_how_to_start_one(stopped_server):
    stopped_server.start()
    stopped_server.terminate()
    done = stopped_server.cli("tenant", "list", "--server", "http://127.0.0.1:9", check=False)
    assert done.returncode == 1 and "start it with `homeroom serve`" in done.stderr
    done = stopped_server.cli("tenant", "list", check=False)
    assert done.returncode == 1 and f"start it with `homeroom serve --data {stopped_server.data}`" in done.stderr


def test_after_a_crash_no_key_is_sent_to_who_has_the_port_now(stopped_server):
    stopped_server.start()
    stopped_server.kill()
    assert (stopped_server.data / "address").exists()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.5)
        (stopped_server.data / "address").write_text(f"http://127.0.0.1:{listener.getsockname()[1]}\n")
        done = stopped_server.cli("tenant", "list", check=False)
        assert done.returncode == 1 and "no server runs on" in done.stderr
        with pytest.raises(TimeoutError):
            listener.accept()


def test_without_a_key_the_command_says_where_it_looked(stopped_server):
    done = stopped_server.cli("tenant", "list", check=False)
    assert done.returncode == 1 and "no key" in done.stderr and str(stopped_server.data) in done.stderr


def test_json_output_is_the_servers_and_so_are_its_problems(shared_server):
    done = shared_server.cli("tenant", "show", "t000000000000000", "--json", check=False)
    assert done.returncode == 1
    assert json.loads(done.stdout)["type"] == "urn:homeroom:problem:not-found"


def test_the_key_may_come_from_the_environment(shared_server, tmp_path):
    shared_server.onboard("Environment District")
    done = shared_server.cli(
        "tenant", "list", "--json", environment={"HOMEROOM_KEY": shared_server.admin_key})
    assert json.loads(done.stdout)["tenants"]
    wrong = shared_server.cli("tenant", "list", check=False, environment={"HOMEROOM_KEY": "a.b"})
    assert wrong.returncode == 1 and "key is not known" in wrong.stderr


def test_a_token_file_comes_with_what_an_sdk_needs(server):
    server.onboard()
    said = server.cli("token", "issue", "--tenant", "Springfield USD", "--school", "Lincoln High", "--role", "teacher",
                      "--out", "school.jwt").stdout
    assert f"export AWS_ENDPOINT_URL={server.gateway}\n" in said
    assert "export AWS_ROLE_ARN=arn:aws:iam::000000000000:role/teacher\n" in said
    assert "export AWS_WEB_IDENTITY_TOKEN_FILE=school.jwt\n" in said
