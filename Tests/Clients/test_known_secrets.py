"""Whoever runs the platform and has seen a district's secret may be the one who uses it: such access is noted one by one."""

import jwt
import pytest
from test_members import PASSWORD, Member
from test_oauth import Program, form


def is_operators(answer):
    assert answer.status == 200, answer.text
    return jwt.decode(answer.json["access_token"], options={"verify_signature": False}).get("homeroom_issued_by") == "operator"


@pytest.fixture
def district(server):
    answer = server.onboard().json
    server.shown, server.tenant = answer["credentials"], answer["tenant"]
    # The one that onboarding showed is refused from here on.
    server.own = rotated(server, server.shown["key"], graceSeconds=0)
    return server


def rotated(server, key, **more):
    answer = server.api("POST", f"/v1/keys/{server.shown['id']}/rotate", more, key=key)
    assert answer.status == 200, answer.text
    return answer.json["controlKey"]


def known_to(server):
    return [key.get("knownTo") for key in server.api("GET", "/v1/keys", key=server.own).json["keys"]]


def issued(server, key):
    answer = server.api("POST", "/v1/tokens", {
        "tenant": server.tenant["id"], "school": server.tenant["schools"][0]["id"], "role": "service"}, key=key)
    assert answer.status == 201, answer.text
    return jwt.decode(answer.json["token"], options={"verify_signature": False}).get("homeroom_issued_by")


def test_a_tenants_key_that_onboarding_has_shown(server):
    answer = server.onboard().json
    server.shown, server.tenant, server.own = answer["credentials"], answer["tenant"], answer["credentials"]["key"]
    admin = "credential:" + server.admin_key.split(".")[0]
    assert known_to(server) == [admin] and issued(server, server.own) == "operator"
    assert is_operators(token(server, create(server, server.own)))
    noted = server.api("GET", "/v1/audit?action=token.issued").json["entries"]
    assert {entry["detail"]["knownTo"] for entry in noted} == {admin}
    # Whoever has the one before may be the one that asks, as long as that is good.
    server.own = rotated(server, server.own)
    assert known_to(server) == [admin] and issued(server, server.own) == "operator"
    server.own = rotated(server, server.own, graceSeconds=0)
    assert known_to(server) == [None] and issued(server, server.own) is None
    assert not is_operators(token(server, create(server, server.own)))
    server.own = rotated(server, None)
    assert known_to(server) == [admin] and issued(server, server.own) == "operator"
    other = server.onboard("Shelbyville").json["credentials"]["key"]
    assert server.api("POST", f"/v1/keys/{server.shown['id']}/rotate", {}, key=other).status == 404
    assert [key["tenant"] for key in server.api("GET", "/v1/keys", key=server.own).json["keys"]] == [server.tenant["id"]]
    report = server.cli_json("audit", "access-report", "--tenant", server.tenant["id"], "--from", "1d")
    holders = {holder["key"]: holder for holder in report["holders"]}
    assert holders[server.shown["id"]]["knownTo"] == admin


def create(server, key):
    made = server.api("POST", "/v1/service-accounts", {
        "tenant": server.tenant["id"], "schools": [server.tenant["schools"][0]["id"]], "role": "service"}, key=key).json
    return made["clientId"], made["clientSecret"]


def token(server, auth):
    return form(server, "/oauth/token", auth, grant_type="client_credentials")


def test_a_program_whose_secret_somebody_of_the_platform_has_seen(district):
    assert not is_operators(token(district, create(district, district.own)))
    seen = create(district, None)
    assert is_operators(token(district, seen))
    rotate = lambda key, **more: district.api("POST", f"/v1/service-accounts/{seen[0]}/rotate", more, key=key).json
    # The secret before stays good for a while: with whom it was shown to.
    during = rotate(district.own, graceSeconds=3600)
    assert is_operators(token(district, seen))
    assert is_operators(token(district, (seen[0], during["clientSecret"])))
    after = rotate(district.own)
    assert not is_operators(token(district, (seen[0], after["clientSecret"])))
    again = rotate(None)
    assert is_operators(token(district, (seen[0], again["clientSecret"])))


def test_a_member_whose_invitation_somebody_of_the_platform_has_seen(district):
    ada = Member(district)
    assert is_operators(ada.sign_in()) and is_operators(ada.refresh(ada.sign_in(scope="offline_access").json["refresh_token"]))
    invited = district.api("POST", ada.path("reset"), {}, key=district.own).json
    district.wait_for(lambda: ada.accept(code=invited["invitation"]).status == 201)
    district.wait_for(lambda: ada.sign_in().status == 200)
    assert not is_operators(ada.sign_in())
    invited = district.api("POST", f"/v1/tenants/{ada.id}/members", {
        "member": "bo", "name": "Bo", "schools": ["Lincoln High"], "role": "teacher"}, key=district.own).json
    assert ada.accept(code=invited["invitation"], member="bo").status == 201
    assert not is_operators(ada.sign_in(PASSWORD, username="bo"))


def test_their_sessions_are_noted_one_by_one_and_the_report_names_them(server):
    program = Program(server)
    server.api("POST", f"/v1/tenants/{program.tenant['id']}/members", {
        "member": "bo", "name": "Bo Lee", "schools": [program.school], "role": "teacher"})
    program.session(program.token().json["access_token"])
    # Sessions are written down each minute, and at the end.
    assert server.terminate() == 0
    server.start()
    found = server.api(
        "GET", f"/v1/audit?tenant={program.tenant['id']}&kind=access&action=session.issued").json["entries"]
    assert [entry["detail"]["for"] for entry in found] == [program.auth[0]]
    issuing = server.api("GET", f"/v1/audit?tenant={program.tenant['id']}&action=token.issued").json["entries"]
    assert [entry["detail"]["knownTo"] for entry in issuing] == ["credential:" + server.admin_key.split(".")[0]]
    report = server.cli_json("audit", "access-report", "--tenant", program.tenant["id"], "--from", "1d")
    holders = {holder["kind"]: holder for holder in report["holders"] if "knownTo" in holder}
    assert holders.keys() == {"service-account", "member", "tenant"} and report["holdersLeftOut"] == 0
    assert holders["service-account"]["key"] == program.auth[0] and holders["member"]["label"] == "Bo Lee"
