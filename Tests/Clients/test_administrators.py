"""Districts' administrators at the control API by their own tokens: a real server, a real identity provider, boto3, the commands."""

import time

import botocore.exceptions
import pytest
from identity_provider import Provider
from test_access import make
from test_members import PASSWORD, Member
from test_oauth import form
from test_token_exchange import District, claims, exchange, says, table
from wire import bring

ROLES = [{"value": "teacher", "role": "teacher"}, {"value": "superintendent", "role": "district-admin"}]


@pytest.fixture
def provider():
    made = Provider()
    yield made
    made.close()


def administrator(server, district="Springfield USD"):
    server.onboard(district)
    ada = Member(server, district, schools=(), role="district-admin")
    ada.token = ada.sign_in().json["access_token"]
    return ada


def is_forbidden(answer, *words):
    return answer.status == 403 and all(word in answer.json["detail"] for word in words)


def until_refused(ask, seconds=1):
    begun = time.monotonic()
    while ask():
        assert time.monotonic() - begun < seconds, "still let in"


# By a password


def test_sales_invites_the_first_administrator_and_nobody_else(server):
    sales = make(server, roles=["sales"], opens="control")["controlKey"]
    onboarded = server.api("POST", "/v1/tenants", {
        "name": "Springfield USD", "tier": "basic", "admin": "it@springfield.example", "timezone": "UTC",
        "schools": ["Lincoln High"]}, key=sales)
    assert onboarded.status == 201 and "credentials" not in onboarded.json
    tenant = onboarded.json["tenant"]["id"]
    path, body = f"/v1/tenants/{tenant}/members", {"member": "ada", "name": "Ada Park", "role": "district-admin"}
    for change in [{"role": "teacher"}, {"schools": ["Lincoln High"]}]:
        assert is_forbidden(server.api("POST", path, {**body, **change}, key=sales), "first administrator")
    invited = server.api("POST", path, body, key=sales)
    assert invited.status == 201, invited.text
    assert is_forbidden(server.api("POST", path, {**body, "member": "bo"}, key=sales), "has members already")
    assert server.api("POST", "/v1/member-invitations", {
        "tenant": tenant, "member": "ada", "code": invited.json["invitation"], "password": PASSWORD}, key="").status == 201
    token = form(server, "/oauth/token", grant_type="password", tenant=tenant, username="ada",
                 password=PASSWORD.replace(" ", "+")).json["access_token"]
    # She has the key that nobody has seen, and invites the others.
    key = server.api("GET", "/v1/keys", key=token).json["keys"]
    assert [one["tenant"] for one in key] == [tenant] and "knownTo" not in key[0]
    assert server.api("POST", path, {**body, "member": "bo", "role": "teacher", "schools": ["Lincoln High"]}, key=token).status == 201
    rotated = server.api("POST", f"/v1/keys/{key[0]['id']}/rotate", {}, key=token).json
    assert server.api("GET", f"/v1/tenants/{tenant}/members", key=rotated["controlKey"]).status == 200
    # Sales was shown her invitation.
    assert rotated["key"]["knownTo"] == "credential:" + sales.split(".")[0]


def test_onboarding_by_sales_says_how_the_first_administrator_is_invited(server, tmp_path):
    sales = make(server, roles=["sales"], opens="control")["controlKey"]
    key = tmp_path / "key"
    done = server.cli(
        "tenant", "onboard", "Springfield USD", "--tier", "basic", "--admin", "it@springfield.example", "--timezone", "UTC",
        "--school", "Lincoln High", "--key-out", str(key), environment={"HOMEROOM_KEY": sales})
    assert "not shown" in done.stdout and "--role district-admin" in done.stdout and "it@springfield.example" in done.stdout
    assert not key.exists() and "no key was shown" in done.stderr


def test_an_administrator_has_what_the_tenants_key_has_but_tokens(server):
    neighbour = server.onboard("Shelbyville").json["tenant"]["id"]
    ada = administrator(server)
    ask = lambda method, path, body=None: server.api(method, path, body, key=ada.token)
    own = f"/v1/tenants/{ada.id}"
    assert ask("GET", "/v1/me").json == {"member": claims(ada.sign_in())["sub"], "tenant": ada.id}
    assert [one["id"] for one in ask("GET", "/v1/tenants").json["tenants"]] == [ada.id]
    assert ask("GET", f"/v1/tenants/{neighbour}").status == ask("GET", f"/v1/tenants/{neighbour}/members").status == 404
    assert ask("POST", f"/v1/tenants/{neighbour}/members", {"member": "x", "name": "X", "role": "teacher"}).status == 404
    made = ask("POST", "/v1/service-accounts", {"tenant": ada.id, "role": "service"})
    assert made.status == 201, made.text
    note = server.api("GET", "/v1/audit?action=service-account.created").json["entries"][0]
    assert note["actor"].startswith("member:mbr_") and note["signIn"] == "token"
    assert is_forbidden(ask("POST", "/v1/tokens", {"tenant": ada.id, "role": "service"}), "a district administrator's")
    for method, path in [("POST", f"{own}/suspend"), ("GET", "/v1/runs"), ("GET", "/v1/audit"), ("POST", "/v1/keys")]:
        assert is_forbidden(ask(method, path, {} if method == "POST" else None)), path
    shown = server.cli("whoami", environment={"HOMEROOM_KEY": ada.token}).stdout
    assert "mbr_" in shown and ada.id in shown


def test_other_tokens_open_the_gateway_alone(server):
    ada = administrator(server)
    teacher = Member(server, name="bo@springfield.example")
    lead = Member(server, name="cy@springfield.example", role="district-admin")
    for member in (teacher, lead):
        assert is_forbidden(server.api("GET", "/v1/me", key=member.sign_in().json["access_token"]), "opens the gateway")
    issued = server.api("POST", "/v1/tokens", {"tenant": ada.id, "role": "district-admin"}).json["token"]
    assert is_forbidden(server.api("GET", "/v1/me", key=issued), "a person's own sign-in")
    head, body, signature = ada.token.split(".")
    wrong = signature[:-8] + ("A" if signature[-8] != "A" else "B") + signature[-7:]
    for token in [f"{head}.{body}.{wrong}", f"{head}.{body}.", "a.b.c", "..", ada.token + "A"]:
        assert server.api("GET", "/v1/me", key=token).status == 401


@pytest.mark.parametrize("end", ["disable", "sign-out", "remove", "reset", "revoke", "suspend"])
def test_what_ends_an_administrator_ends_their_token_here(server, end):
    ada = administrator(server)
    ask = lambda: server.api("GET", f"/v1/tenants/{ada.id}/members", key=ada.token).status == 200
    assert ask()
    if end == "revoke":
        assert form(server, "/oauth/revoke", token=ada.token).status == 200
    elif end == "suspend":
        server.api("POST", f"/v1/tenants/{ada.id}/suspend", {"reason": "unpaid"})
    elif end == "remove":
        server.api("DELETE", ada.path())
    else:
        server.api("POST", ada.path(end), {})
    until_refused(ask)


# By an identity provider


def federated(server, provider):
    district = District(server, provider, roles=ROLES, defaultSchool="district")
    district.superintendent = lambda **more: provider.token(type="superintendent", without=["school"], **more)
    return district


def test_an_administrator_whom_an_identity_provider_knows(server, provider):
    district = federated(server, provider)
    answer = district.exchange(district.superintendent())
    assert answer.status == 200 and answer.json["scope"] == "district", answer.text
    token = answer.json["access_token"]
    assert server.api("GET", "/v1/me", key=token).json == {"person": "own/person-1", "tenant": district.id}
    invited = server.api("POST", f"/v1/tenants/{district.id}/members", {
        "member": "bo", "name": "Bo", "role": "teacher", "schools": ["Lincoln High"]}, key=token)
    assert invited.status == 201, invited.text
    note = server.api("GET", "/v1/audit?action=member.invited").json["entries"][0]
    assert note["actor"] == "person:own/person-1"
    # Nobody of the platform was shown this invitation, and none can have been the one who asked for it.
    report = server.cli_json("audit", "access-report", "--tenant", district.id, "--from", "1d")
    assert "member" not in [holder["kind"] for holder in report["holders"]]
    shown = server.api("POST", f"/v1/tenants/{district.id}/members/bo/reset", {})
    report = server.cli_json("audit", "access-report", "--tenant", district.id, "--from", "1d")
    assert shown.status == 200 and [holder["label"] for holder in report["holders"] if holder["kind"] == "member"] == ["Bo"]
    assert is_forbidden(server.api("GET", "/v1/me", key=district.exchange().json["access_token"]), "opens the gateway")


def test_one_person_is_refused_and_the_others_are_not(stopped_server, provider):
    # Its ports are others at each start, its tokens' issuer is not.
    server, issuer = stopped_server, ["--issuer", "https://homeroom.example"]
    server.start(*issuer)
    district = federated(server, provider)
    token = district.exchange(district.superintendent()).json["access_token"]
    teacher, colleague = (district.exchange(provider.token(sub=sub)).json["access_token"] for sub in ("person-1", "person-2"))
    school = district.schools["Lincoln High"]
    sessions = [table(server, one) for one in (teacher, colleague)]
    bearers = [
        lambda one=one: bring(server, one, "GetItem", {"TableName": "student-table", "Key": {
            "recordKey": {"S": f"TENANT#{school}#STUDENT#1"}, "entityKey": {"S": "PROFILE"}}}) == (200, {})
        for one in (teacher, colleague)]
    assert all(ask() for ask in bearers)
    done = server.cli("person", "refuse", "Springfield USD", "own/person-1", "--reason", "left")
    assert "refused from now on" in done.stdout
    until_refused(lambda: server.api("GET", "/v1/me", key=token).status == 200)
    until_refused(bearers[0])
    with pytest.raises(botocore.exceptions.ClientError, match="UnrecognizedClient|ExpiredToken"):
        sessions[0](school)
    assert says(district.exchange(), "refused the token's holder")
    assert bearers[1]() and "Item" not in sessions[1](school)
    assert district.exchange(provider.token(sub="person-2")).status == 200
    # A restart forgets none of it.
    assert server.terminate() == 0
    server.start(*issuer)
    assert says(district.exchange(), "refused the token's holder") and not bearers[0]() and bearers[1]()
    listed = server.cli_json("person", "list", "Springfield USD")["people"]
    assert [(one["person"], one["state"], one["reason"]) for one in listed] == [("own/person-1", "refused", "left")]
    assert "can come in again" in server.cli("person", "allow", "Springfield USD", "own/person-1").stdout
    assert not bearers[0](), "what was issued before stays refused"
    time.sleep(1.1)
    teacher_again = district.exchange().json["access_token"]
    assert "Item" not in table(server, teacher_again)(school)
    assert server.terminate() == 0
    server.start(*issuer)
    assert not bearers[0]() and "Item" not in table(server, teacher_again)(school)
    notes = server.api("GET", f"/v1/audit?tenant={district.id}&action=person.*&order=oldest").json["entries"]
    assert [note["action"] for note in notes] == ["person.refused", "person.allowed"]
    assert all(note["subject"] == listed[0]["id"] and "person-1" not in str(note) for note in notes)


def test_whom_a_district_refuses_is_its_own_matter(server, provider):
    district = federated(server, provider)
    other = server.onboard("Shelbyville").json
    path = f"/v1/tenants/{district.id}/refused-people"
    for body, status in [({"person": "own/person-2"}, 200), ({"person": "own/person-2"}, 200), ({"person": "own/"}, 400),
                         ({"person": "other/person-2"}, 404), ({"person": "own/x", "reason": "x" * 501}, 400), ({}, 400)]:
        assert server.api("POST", path, body, key=district.key).status == status, body
    identity = server.api("GET", path, key=district.key).json["people"][0]["id"]
    neighbour = other["credentials"]["key"]
    assert server.api("GET", path, key=neighbour).status == 404
    assert server.api("DELETE", f"{path}/{identity}", key=neighbour).status == 404
    assert server.api("DELETE", f"/v1/tenants/{other['tenant']['id']}/refused-people/{identity}", key=neighbour).status == 404
    assert server.api("DELETE", f"{path}/{identity}", key=district.key).json["state"] == "allowed"
    assert server.api("DELETE", f"{path}/p_nobody", key=district.key).status == 404
    # The same name at another district is another person.
    assert exchange(server, provider.token(sub="person-2")).status == 200
