"""What requests ask for beside their operation: once, only where nothing has changed, by which id and trace; and how often."""

import json
import threading

import pytest


def post(server, path, body, once, **more):
    return server.api("POST", path, body, headers={"Idempotency-Key": once}, **more)


# Idempotency-Key


def test_a_key_is_made_once_and_answered_the_same_also_after_a_restart(server):
    first = post(server, "/v1/keys", {"role": "operator", "label": "a"}, "once")
    assert first.status == 201
    for _ in range(2):
        again = post(server, "/v1/keys", {"role": "operator", "label": "a"}, "once")
        assert (again.status, again.text) == (201, first.text)
        assert again.headers["Idempotency-Replayed"] == "true"
        assert again.headers["X-Request-Id"] != first.headers["X-Request-Id"]
        server.kill()
        server.start()
    labels = [key["label"] for key in server.api("GET", "/v1/keys").json["keys"]]
    assert labels.count("a") == 1
    secret = first.json["secretAccessKey"].encode()
    stored = [path for path in server.data.rglob("*") if path.is_file() and secret in path.read_bytes()]
    assert not stored, "an answer with a secret lies open on the disk"


def test_another_request_under_the_same_key_is_refused(server):
    assert post(server, "/v1/keys", {"role": "operator", "label": "a"}, "once").status == 201
    for path, body in [("/v1/keys", {"role": "operator", "label": "b"}), ("/v1/tokens", {"role": "operator"})]:
        refused = post(server, path, body, "once")
        assert (refused.status, refused.json["type"]) == (422, "urn:homeroom:problem:idempotency-key-reused")
        assert refused.json["field"] == "Idempotency-Key"


def test_callers_have_keys_of_their_own(server):
    own = server.onboard().json
    key = own["credentials"]["key"]
    body = {"tenant": own["tenant"]["id"], "role": "teacher"}
    first = post(server, "/v1/tokens", body, "once")
    second = post(server, "/v1/tokens", body, "once", key=key)
    assert (first.status, second.status) == (201, 201) and first.json["token"] != second.json["token"]


def test_a_key_with_another_secret_is_the_same_caller(server):
    made = server.api("POST", "/v1/keys", {"role": "admin", "label": "CRM"}).json
    name, former = made["key"]["id"], made["controlKey"]
    body = {"role": "sales", "label": "before"}
    first = post(server, "/v1/keys", body, "once", key=former)
    rotated = post(server, f"/v1/keys/{name}/rotate", {"graceSeconds": 60}, "turn", key=former)
    new = rotated.json["controlKey"]
    assert (first.status, rotated.status) == (201, 200) and new != former
    for secret in (former, new):
        again = post(server, "/v1/keys", body, "once", key=secret)
        assert (again.status, again.text, again.headers["Idempotency-Replayed"]) == (201, first.text, "true")
        again = post(server, f"/v1/keys/{name}/rotate", {"graceSeconds": 60}, "turn", key=secret)
        assert (again.status, again.text) == (200, rotated.text), "whoever lost the answer gets the secret all the same"
    assert post(server, "/v1/keys", {"role": "sales"}, "once", key=new).status == 422
    labels = [key["label"] for key in server.api("GET", "/v1/keys").json["keys"]]
    assert labels.count("before") == 1
    stored = [path for path in server.data.rglob("*") if path.is_file() and new.encode() in path.read_bytes()]
    assert not stored, "an answer with a secret lies open on the disk"


def test_who_signs_in_again_is_the_same_caller(server):
    ada, word = "ada@vendor.example", "correct horse battery"
    code = server.api("POST", "/v1/accounts", {"account": ada, "name": "Ada", "role": "admin"}).json["invitation"]
    server.api("POST", "/v1/invitations", {"account": ada, "code": code, "password": word}, key="")
    sign_in = lambda: server.api("POST", "/v1/sessions", {"account": ada, "password": word}, key="").json["token"]
    body = {"role": "sales", "label": "hers"}
    first = post(server, "/v1/keys", body, "once", key=sign_in())
    again = post(server, "/v1/keys", body, "once", key=sign_in())
    assert (first.status, again.status, again.text) == (201, 201, first.text)
    assert post(server, "/v1/keys", body, "once").text != first.text, "somebody else's key is another one"


def test_of_two_at_once_one_is_done_and_the_other_comes_again(server):
    body = {"name": "Twice", "tier": "basic", "admin": "a@b.example", "timezone": "UTC"}
    answers = []
    threads = [
        threading.Thread(target=lambda: answers.append(post(server, "/v1/tenants", body, "twice"))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status for answer in answers} <= {201, 409}
    for answer in answers:
        if answer.status == 409:
            assert answer.json["type"] == "urn:homeroom:problem:idempotency-key-in-use"
            assert answer.headers["Retry-After"] == "1"
    made = {answer.text for answer in answers if answer.status == 201}
    assert len(made) == 1 and post(server, "/v1/tenants", body, "twice").text in made
    assert len(server.api("GET", "/v1/tenants").json["tenants"]) == 1


def test_what_was_refused_may_be_mended_under_the_same_key(server):
    assert post(server, "/v1/keys", {"role": "nobody"}, "once").status == 400
    assert post(server, "/v1/keys", {"role": "operator"}, "once").status == 201


# ETag


def test_a_change_is_made_only_where_nothing_has_changed(server):
    tenant = server.onboard().json["tenant"]["id"]
    path = f"/v1/tenants/{tenant}"
    seen = server.api("GET", path)
    tag = seen.headers["ETag"]
    unchanged = server.api("GET", path, headers={"If-None-Match": tag})
    assert (unchanged.status, unchanged.text, unchanged.headers["ETag"]) == (304, "", tag)
    change = lambda name, tag: server.api("PATCH", path, {"name": name}, headers={"If-Match": tag})
    assert change("Second", tag).json["name"] == "Second"
    refused = change("Third", tag)
    assert (refused.status, refused.json["type"]) == (412, "urn:homeroom:problem:precondition-failed")
    now = server.api("GET", path)
    assert now.json["name"] == "Second" and refused.json["etag"] == now.headers["ETag"] != tag
    assert server.api("GET", path, headers={"If-None-Match": tag}).status == 200
    assert change("Third", now.headers["ETag"]).status == 200
    assert change("Fourth", "*").status == 200
    assert change("Fifth", "nonsense").status == 400


def test_of_many_who_have_seen_the_same_one_changes_it(server):
    path = f"/v1/tenants/{server.onboard().json['tenant']['id']}"
    tag = server.api("GET", path).headers["ETag"]
    statuses = []
    change = lambda number: statuses.append(
        server.api("PATCH", path, {"name": f"District {number}"}, headers={"If-Match": tag}).status)
    threads = [threading.Thread(target=change, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] + [412] * 7


def people(server):
    """For each kind of whoever may come in: where it is, and its changes."""
    tenant = server.onboard().json["tenant"]["id"]
    account = server.api("POST", "/v1/accounts", {"account": "ada@vendor.example", "name": "Ada", "role": "sales"})
    key = server.api("POST", "/v1/keys", {"role": "sales", "label": "CRM"}).json["key"]["id"]
    program = server.api("POST", "/v1/service-accounts", {"tenant": tenant, "role": "service"}).json["clientId"]
    member = server.api("POST", f"/v1/tenants/{tenant}/members", {"member": "ben", "name": "Ben", "role": "teacher"})
    one = f"/v1/tenants/{tenant}/members/"
    return {
        f"/v1/accounts/{account.json['account']['id']}": [
            ("PUT", "/roles", {"role": "operator"}), ("POST", "/disable", {}), ("POST", "/enable", {}),
            ("POST", "/reset", {}), ("DELETE", "/sessions", None)],
        one + member.json["member"]["id"]: [
            ("POST", "/disable", {}), ("POST", "/enable", {}), ("POST", "/sign-out", {}),
            ("PUT", "/students", {"students": []}), ("POST", "/reset", {}), ("DELETE", "", None)],
        f"/v1/service-accounts/{program}": [
            ("POST", "/disable", {}), ("POST", "/enable", {}), ("POST", "/rotate", {}), ("DELETE", "", None)],
        f"/v1/keys/{key}": [("POST", "/rotate", {}), ("DELETE", "", None)],
    }


def test_whoever_may_come_in_is_changed_only_where_nothing_has_changed(server):
    for path, changes in people(server).items():
        for method, verb, body in changes:
            seen = server.api("GET", path)
            assert seen.status == 200, seen.text
            tag = seen.headers["ETag"]
            send = lambda tag: server.api(method, path + verb, body, headers={"If-Match": tag})
            refused = send('"another"')
            assert (refused.status, refused.json["etag"]) == (412, tag), (path, verb)
            assert "read it again" in refused.json["detail"]
            assert server.api("GET", path).headers["ETag"] == tag, "what was refused has changed nothing"
            assert send(tag).status == 200, (path, verb)
            if verb in ("/disable", "/enable", "/roles", "/rotate"):
                assert send(tag).status == 412, (path, verb)


def test_use_alone_refuses_no_change_and_is_news_all_the_same(server):
    made = server.api("POST", "/v1/keys", {"role": "admin", "label": "used"}).json
    path, own = f"/v1/keys/{made['key']['id']}", made["controlKey"]
    seen = server.api("GET", path)
    assert "lastUsedAt" not in seen.json and server.api("GET", "/v1/me", key=own).status == 200
    used = server.api("GET", path, headers={"If-None-Match": seen.headers["ETag"]})
    assert used.status == 200 and "lastUsedAt" in used.json and used.headers["ETag"] != seen.headers["ETag"]
    change = {"If-Match": seen.headers["ETag"]}
    assert server.api("POST", path + "/rotate", {}, key=own, headers=change).status == 200
    assert server.api("POST", path + "/rotate", {}, headers=change).status == 412


def test_a_member_is_one_by_name_and_by_id(server):
    tenant = server.onboard().json["tenant"]["id"]
    made = server.api("POST", f"/v1/tenants/{tenant}/members", {"member": "ben", "name": "Ben", "role": "teacher"})
    paths = [f"/v1/tenants/{tenant}/members/{text}" for text in ("ben", made.json["member"]["id"])]
    tags = {server.api("GET", path).headers["ETag"] for path in paths}
    assert len(tags) == 1
    statuses = []
    change = lambda path: statuses.append(
        server.api("POST", path + "/disable", {}, headers={"If-Match": next(iter(tags))}).status)
    threads = [threading.Thread(target=change, args=(paths[number % 2],)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] + [412] * 7


def test_a_condition_that_cannot_be_looked_at_is_not_passed_over(shared_server):
    answer = shared_server.api("POST", "/v1/keys", {"role": "operator"}, headers={"If-Match": '"a"'})
    assert (answer.status, answer.json["field"]) == (400, "If-Match")


# Ids and traces


def log_lines(server):
    return [json.loads(line) for line in server.log.read_text().splitlines() if line.startswith("{")]


def test_a_request_is_found_again_by_the_callers_id_and_trace(server):
    trace, parent = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
    answer = server.api("POST", "/v1/tenants", {}, headers={
        "X-Request-Id": "crm-42", "traceparent": f"00-{trace}-{parent}-01"})
    assert answer.headers["X-Request-Id"] == answer.json["requestId"] == "crm-42"
    line = next(line for line in log_lines(server) if line.get("requestId") == "crm-42")
    assert (line["traceId"], line["parentSpanId"]) == (trace, parent)
    assert len(line["spanId"]) == 16 and line["spanId"] != parent


def test_a_run_is_of_the_trace_of_the_request_that_started_it(server):
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    body = {"name": "Traced", "tier": "basic", "admin": "a@b.example", "timezone": "UTC"}
    made = server.api("POST", "/v1/tenants", body, headers={"traceparent": f"00-{trace}-00f067aa0ba902b7-00"})
    run = made.json["run"]
    assert server.api("GET", f"/v1/runs/{run}").json["traceId"] == trace
    assert server.api("GET", "/v1/runs").json["runs"][0]["traceId"] == trace
    entries = server.api("GET", "/v1/audit?action=run.*").json["entries"]
    said = {entry["action"]: entry["traceId"] for entry in entries if entry["subject"] == run}
    assert said == {"run.started": trace, "run.completed": trace}
    [event] = [event for event in server.api("GET", "/v1/events?type=run.completed").json["events"]
               if event["payload"]["run"] == run]
    assert event["payload"]["traceId"] == trace
    untraced = server.api("POST", "/v1/tenants", {**body, "name": "Untraced"}).json["run"]
    begun = server.api("GET", f"/v1/runs/{untraced}").json["traceId"]
    assert len(begun) == 32 and begun != trace


@pytest.mark.parametrize("wish", ["", "a b", "x" * 65, 'a"b'])
def test_an_id_that_is_not_sane_is_not_taken(shared_server, wish):
    answer = shared_server.api("GET", "/healthz", key="", headers={"X-Request-Id": wish})
    assert answer.headers["X-Request-Id"].startswith("q")


def test_a_malformed_trace_begins_a_new_one(server):
    answer = server.api("POST", "/v1/tenants", {}, headers={"traceparent": "00-" + "0" * 32 + "-00f067aa0ba902b7-01"})
    line = next(line for line in log_lines(server) if line.get("requestId") == answer.headers["X-Request-Id"])
    assert len(line["traceId"]) == 32 and line["traceId"] != "0" * 32 and line["parentSpanId"] == ""


# Problems


def test_the_place_of_a_fault_in_the_body_is_a_json_pointer(shared_server):
    body = {"name": "A", "tier": "basic", "admin": "a@b.example", "timezone": "UTC", "schools": ["A", 1]}
    answer = shared_server.api("POST", "/v1/tenants", body)
    assert (answer.json["field"], answer.json["pointer"]) == ("schools[1]", "/schools/1")
    answer = shared_server.api("POST", "/v1/tenants", {**body, "schools": ["A"], "tier": "basik"})
    assert answer.json["pointer"] == "/tier"
    assert shared_server.api("POST", "/v1/tenants", {"nmae": "A"}).json["pointer"] == "/nmae"
    for method, path, body in [("GET", "/v1/tenants?limt=1", None), ("POST", "/v1/tenants?name=x", {"name": "A"})]:
        assert "pointer" not in shared_server.api(method, path, body).json


def test_a_head_that_is_too_large_is_a_problem_of_its_own_status(shared_server):
    answer = shared_server.api("GET", "/v1/tenants", headers={"X-Long": "x" * 17_000})
    assert (answer.status, answer.json["status"], answer.json["type"]) == (
        431, 431, "urn:homeroom:problem:head-too-large")


# Rates


def test_a_caller_who_asks_too_often_is_told_when_to_come_again(stopped_server):
    server = stopped_server.start("--control-rate", "2")
    tenant_key = server.onboard().json["credentials"]["key"]
    answers = [server.api("GET", "/v1/catalog") for _ in range(12)]
    refused = [answer for answer in answers if answer.status == 429]
    assert refused and all(answer.json["type"] == "urn:homeroom:problem:too-many-requests" for answer in refused)
    assert int(refused[0].headers["Retry-After"]) >= 1
    assert server.api("GET", "/v1/catalog", key=tenant_key).status == 200, "another caller has its own rate"
    server.wait_for(lambda: server.api("GET", "/v1/catalog").status == 200)


# Lists


@pytest.mark.parametrize("sort", ["id", "-id", "name", "-name", "createdAt", "-createdAt"])
def test_tenants_come_in_the_order_that_is_asked_for(shared_server, sort):
    for name in ["Zeta", "alpha", "Beta", "Émile"]:
        shared_server.onboard(f"{name} of {sort}")
    seen, cursor = [], ""
    while True:
        page = shared_server.api("GET", f"/v1/tenants?sort={sort}&limit=3{cursor}").json
        seen += page["tenants"]
        if "next" not in page:
            break
        cursor = f"&cursor={page['next']}"
    assert len({tenant["id"] for tenant in seen}) == len(seen) >= 4
    if sort.strip("-") != "name":
        keys = [tenant[sort.strip("-")] for tenant in seen]
        assert keys == sorted(keys, reverse=sort.startswith("-"))
    else:
        names = [tenant["name"] for tenant in seen if tenant["name"].endswith(f" of {sort}")]
        expected = ["alpha", "Beta", "Zeta", "Émile"]
        assert [name.split()[0] for name in names] == (expected if sort == "name" else expected[::-1])


def test_a_cursor_that_is_none_is_refused(shared_server):
    for path in ["/v1/tenants", "/v1/pools", "/v1/upgrades"]:
        answer = shared_server.api("GET", f"{path}?cursor=nonsense")
        assert (answer.status, answer.json["field"]) == (400, "cursor")
    assert shared_server.api("GET", "/v1/tenants?sort=timezone").json["field"] == "sort"
