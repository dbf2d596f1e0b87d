"""Members of districts with a password of their own, and how soon what is refused stops at every door: a real server, boto3."""

import json
import os
import stat
import threading
import time

import botocore.exceptions
import pytest
import urllib3
from test_accounts import invite, sign_in
from test_oauth import FORM, Program, code, form
from test_token_exchange import claims, table

PASSWORD = "correct horse battery staple"
ADA = "ada@springfield.example"


class Member:
    """A teacher who has accepted their invitation."""

    def __init__(self, server, district="Springfield USD", name=ADA, schools=("Lincoln High",), role="teacher", password=PASSWORD):
        self.server, self.name = server, name
        found = server.api("GET", f"/v1/tenants?name={district.replace(' ', '%20')}").json["tenants"]
        self.id = found[0]["id"] if found else server.onboard(district, schools=schools).json["tenant"]["id"]
        self.tenant = server.api("GET", f"/v1/tenants/{self.id}").json
        self.school = self.tenant["schools"][0]["id"]
        made = server.api("POST", f"/v1/tenants/{self.id}/members", {
            "member": name, "name": "Ada Park", "schools": list(schools), "role": role})
        assert made.status == 201, made.text
        self.code = made.json["invitation"]
        accepted = self.accept(password)
        assert accepted.status == 201, accepted.text

    def accept(self, password=PASSWORD, code=None, **more):
        return self.server.api("POST", "/v1/member-invitations", {
            "tenant": self.id, "member": self.name, "code": code or self.code, "password": password, **more}, key="")

    def path(self, verb=""):
        return f"/v1/tenants/{self.id}/members/{self.name}" + (f"/{verb}" if verb else "")

    def sign_in(self, password=PASSWORD, **more):
        return form(self.server, "/oauth/token", more.pop("auth", None), **{
            "grant_type": "password", "tenant": self.id, "username": self.name,
            "password": password.replace(" ", "+"), **more})

    def refresh(self, token):
        return form(self.server, "/oauth/token", grant_type="refresh_token", refresh_token=token)


def test_a_member_is_invited_signs_in_and_reaches_their_school_alone(server):
    server.onboard("Springfield USD", schools=["Lincoln High", "Oak Hill"])
    ada = Member(server)
    answer = ada.sign_in()
    assert answer.status == 200, answer.text
    assert answer.json["scope"] == f"school:{ada.school}" and "refresh_token" not in answer.json
    said = claims(answer)
    assert said["role"] == "teacher" and said["sub"].startswith(f"mbr_{ada.id}_") and said["client_id"] == said["sub"]
    read = table(server, answer.json["access_token"])
    assert "Item" not in read(ada.school)
    with pytest.raises(botocore.exceptions.ClientError, match="AccessDenied"):
        read(ada.tenant["schools"][1]["id"])
    assert code(ada.sign_in(scope=f"school:{ada.tenant['schools'][1]['id']}")) == (400, "invalid_scope")
    assert ada.accept().status == 401, "an invitation is good once"
    shown = server.api("GET", ada.path()).json
    assert (shown["state"], shown["schools"], shown["role"]) == ("active", [ada.school], "teacher")
    notes = server.api("GET", f"/v1/audit?tenant={ada.id}&action=member.*&order=oldest").json["entries"]
    assert [note["action"] for note in notes] == ["member.invited", "member.accepted"]
    assert PASSWORD not in server.log.read_text() and ADA not in json.dumps(notes)


def test_all_who_are_wrong_get_the_same_answer(server):
    ada = Member(server)
    server.api("POST", f"/v1/tenants/{ada.id}/members", {
        "member": "invited", "name": "I", "role": "teacher", "schools": ["Lincoln High"]})
    neighbour = server.onboard("Shelbyville").json["tenant"]["id"]
    answers = [
        ada.sign_in("wrong"), ada.sign_in(username="nobody"), ada.sign_in(username="invited"), ada.sign_in(tenant=neighbour),
        ada.sign_in(tenant="t000000000000000"), ada.sign_in(tenant="x"), ada.sign_in(username="no%00name"),
        ada.sign_in("x" * 300)]
    assert {(*code(answer), answer.json["error_description"]) for answer in answers} == {
        (400, "invalid_grant", "the tenant, the username or the password is wrong, or the member is disabled")}
    for missing in ["username", "password", "tenant"]:
        assert code(ada.sign_in(**{missing: ""})) == (400, "invalid_request")
    # A service account is no member, and a member no client.
    program = Program(server, "Capital City")
    assert code(ada.sign_in(auth=program.auth)) == (400, "unauthorized_client")
    assert code(form(server, "/oauth/token", (ADA, PASSWORD), grant_type="client_credentials")) == (401, "invalid_client")


def test_whoever_guesses_is_held_back(server):
    ada = Member(server)
    answers = [ada.sign_in("wrong") for _ in range(7)]
    assert [answer.status for answer in answers[:5]] == [400] * 5
    held = [answer for answer in answers if answer.status == 429]
    assert held and int(held[0].headers["Retry-After"]) >= 1
    assert ada.sign_in().status == 429, "the right one is not looked at meanwhile"
    server.wait_for(lambda: ada.sign_in().status == 200)


def test_a_classmate_holds_nobody_back_who_has_signed_in_on_their_device(server):
    """All of a school have one address; here all are on this machine."""
    ada = Member(server)
    device = ada.sign_in().json["device"]
    for _ in range(5):
        assert ada.sign_in("wrong").status == 400
    assert ada.sign_in().status == 429
    answer = ada.sign_in(device=device)
    assert answer.status == 200 and answer.json["device"] == device
    assert device not in server.log.read_text()


def test_guessing_does_not_tell_who_is_in_a_district(server):
    """From an address where nobody has signed in: at its own one, a member's failures count for themselves."""
    ada = Member(server)
    http = urllib3.PoolManager(retries=False, timeout=60, source_address=("127.0.0.9", 0))

    def guesses(name):
        body = f"grant_type=password&tenant={ada.id}&username={name}&password=wrong"
        return [http.request("POST", server.control + "/oauth/token", body=body.encode(), headers={
            "Content-Type": "application/x-www-form-urlencoded"}).status for _ in range(6)]

    assert guesses(ADA) == guesses("nobody@springfield.example") == [400] * 5 + [429]


def test_passwords_hold_nobody_else_up(server):
    ada, program = Member(server), Program(server, "Capital City")
    guesses = [threading.Thread(target=lambda: ada.sign_in("wrong", username="nobody")) for _ in range(8)]
    for guess in guesses:
        guess.start()
    begun = time.monotonic()
    for _ in range(5):
        assert program.token().status == 200
    took = time.monotonic() - begun
    for guess in guesses:
        guess.join()
    assert took < 3


def test_a_queue_of_members_keeps_nobody_else_out(server):
    ada, other = Member(server), Member(server, "Capital City")
    invite(server)
    answers = []

    def guess(number):
        # Four addresses, all of this machine.
        http = urllib3.PoolManager(retries=False, timeout=60, source_address=(f"127.0.0.{2 + number % 4}", 0))
        body = f"grant_type=password&tenant={ada.id}&username=nobody{number}&password=wrong"
        answers.append(http.request("POST", server.control + "/oauth/token", body=body.encode(), headers={
            "Content-Type": "application/x-www-form-urlencoded"}).status)

    guesses = [threading.Thread(target=guess, args=(number,)) for number in range(48)]
    for one in guesses:
        one.start()
    # Members of others neither: a district has its share of the places.
    signed_in, member = sign_in(server).status, other.sign_in().status
    for one in guesses:
        one.join()
    assert (signed_in, member) == (201, 200)
    assert set(answers) == {400, 429} and answers.count(400) >= 16


def test_refresh_tokens_of_members(server):
    ada = Member(server)
    first = ada.sign_in(scope="offline_access").json
    second = ada.refresh(first["refresh_token"])
    assert second.status == 200 and second.json["refresh_token"] != first["refresh_token"]
    program = Program(server, "Capital City")
    assert code(program.refresh(second.json["refresh_token"])) == (400, "invalid_grant")
    assert code(ada.refresh(first["refresh_token"])) == (400, "invalid_grant"), "used before: somebody else has it"
    assert code(ada.refresh(second.json["refresh_token"])) == (400, "invalid_grant")
    assert code(ada.refresh("hrr_none")) == (400, "invalid_grant")
    third = ada.sign_in(scope="offline_access").json["refresh_token"]
    server.api("POST", ada.path("disable"), {})
    assert code(ada.refresh(third)) == (400, "invalid_grant")
    theirs = program.token(scope="offline_access").json["refresh_token"]
    assert code(ada.refresh(theirs)) == (401, "invalid_client"), "a program's needs its secret"


def test_members_sign_out_with_what_they_have(server):
    program = Program(server)
    ada = Member(server)
    give_back = lambda token: form(server, "/oauth/revoke", token=token)
    granted = ada.sign_in(scope="offline_access").json
    read = table(server, granted["access_token"])
    read(ada.school)
    for _ in range(2):
        assert give_back(granted["refresh_token"]).status == 200
    assert code(ada.refresh(granted["refresh_token"])) == (400, "invalid_grant")
    with pytest.raises(botocore.exceptions.ClientError):
        read(ada.school)
    online = table(server, ada.sign_in().json["access_token"])
    issued = ada.sign_in().json["access_token"]
    read = table(server, issued)
    assert give_back(issued).status == give_back("hrr_none").status == give_back("x.y.z").status == 200
    with pytest.raises(botocore.exceptions.ClientError):
        read(ada.school)
    online(ada.school)
    # What a program got, or a member by a program, needs the program's secret.
    theirs = program.token(scope="offline_access").json
    by_program = ada.sign_in(auth=program.auth, scope="offline_access").json["refresh_token"]
    for token in [theirs["access_token"], theirs["refresh_token"], by_program]:
        assert code(give_back(token)) == (401, "invalid_client") and program.is_active(token)
    # A district signs its members out.
    last = ada.sign_in(scope="offline_access").json["refresh_token"]
    assert "signed out" in server.cli("member", "sign-out", "Springfield USD", ADA).stdout
    assert code(ada.refresh(last)) == (400, "invalid_grant")
    server.wait_for(lambda: ada.sign_in().status == 200)
    actions = [note["action"] for note in server.api("GET", f"/v1/audit?tenant={ada.id}&order=oldest").json["entries"]
               if note["actor"].startswith("member:") and note["action"] != "token.issued"]
    assert actions == ["member.accepted", "refresh.revoked", "token.revoked"]


def test_a_programs_refresh_tokens_need_its_secret(server):
    program = Program(server)
    ada = Member(server)
    granted = lambda: ada.sign_in(auth=program.auth, scope="offline_access").json["refresh_token"]
    first = granted()
    assert code(ada.refresh(first)) == (401, "invalid_client")
    stranger = Program(server, "Capital City")
    assert code(stranger.refresh(first)) == (400, "invalid_grant")
    assert program.is_active(first)
    second = program.refresh(first)
    assert second.status == 200 and claims(second)["sub"].startswith("mbr_"), second.text
    assert code(program.refresh(first)) == (400, "invalid_grant"), "used before"
    assert code(program.refresh(second.json["refresh_token"])) == (400, "invalid_grant")
    # What a member got without the program is none of the program's.
    own = ada.sign_in(scope="offline_access").json["refresh_token"]
    assert code(program.refresh(own)) == (400, "invalid_grant") and ada.refresh(own).status == 200
    ended = granted()
    assert form(server, "/oauth/revoke", program.auth, token=ended).status == 200
    assert code(program.refresh(ended)) == (400, "invalid_grant")
    # Whoever disables the program ends what it was granted.
    last = granted()
    for verb in ["disable", "enable"]:
        server.api("POST", f"/v1/service-accounts/{program.auth[0]}/{verb}")
    server.wait_for(lambda: program.token().status == 200)
    assert code(program.refresh(last)) == (400, "invalid_grant") and not program.is_active(last)


@pytest.mark.parametrize("way", ["reset", "disable and enable"])
def test_a_refresh_token_from_before_is_refused_for_good(server, way):
    ada = Member(server)
    token = ada.sign_in(scope="offline_access").json["refresh_token"]
    is_active = lambda: server.api(
        "POST", "/oauth/introspect", f"token={token}".encode(), headers=FORM).json["active"]
    assert is_active()
    if way == "reset":
        invited = server.api("POST", ada.path("reset"), {}).json["invitation"]
        time.sleep(2)
        assert not is_active() and code(ada.refresh(token)) == (400, "invalid_grant"), "nobody has set a password yet"
        assert ada.accept("another good password!", invited).status == 201
    else:
        server.api("POST", ada.path("disable"), {})
        server.api("POST", ada.path("enable"), {})
    time.sleep(2)
    assert not is_active() and code(ada.refresh(token)) == (400, "invalid_grant")
    password = "another good password!" if way == "reset" else PASSWORD
    token = ada.sign_in(password, scope="offline_access").json["refresh_token"]
    assert is_active() and ada.refresh(token).status == 200


def test_a_reset_and_a_removal_refuse_what_was_issued(server):
    ada = Member(server)
    read = table(server, ada.sign_in().json["access_token"])
    read(ada.school)
    invited = server.api("POST", ada.path("reset"), {}).json
    with pytest.raises(botocore.exceptions.ClientError):
        read(ada.school)
    assert code(ada.sign_in()) == (400, "invalid_grant")
    time.sleep(1.1)  # Tokens tell their time in whole seconds.
    assert ada.accept("another good password!", invited["invitation"]).status == 201
    issued = ada.sign_in("another good password!").json["access_token"]
    table(server, issued)(ada.school)
    removed = server.cli("member", "remove", "Springfield USD", ADA, "--yes").stdout
    assert "is removed" in removed
    with pytest.raises(botocore.exceptions.ClientError, match="InvalidIdentityToken"):
        table(server, issued)
    server.terminate()
    server.start()
    again = Member(server)
    assert again.sign_in().status == 200


def test_members_are_their_districts_own(server):
    ada = Member(server)
    neighbour = server.onboard("Shelbyville", schools=["Heritage"]).json
    ask = lambda method, path, body=None: server.api(method, path, body, key=neighbour["credentials"]["key"]).status
    for verb in ["disable", "enable", "reset"]:
        assert ask("POST", ada.path(verb), {}) == 404
    assert ask("GET", ada.path()) == ask("DELETE", ada.path()) == ask("GET", f"/v1/tenants/{ada.id}/members") == 404
    own = f"/v1/tenants/{neighbour['tenant']['id']}/members"
    body = {"member": "bo", "name": "Bo", "role": "teacher", "schools": ["Heritage"]}
    assert ask("POST", own, {**body, "schools": [ada.school]}) == 404
    assert ask("POST", own, {**body, "role": "operator"}) == 400
    assert ask("POST", own, {**body, "member": "no name"}) == 400
    assert ask("POST", own, body) == 201 and ask("POST", own, body) == 409
    listed = server.api("GET", own, key=neighbour["credentials"]["key"]).json["members"]
    assert [member["member"] for member in listed] == ["bo"]
    for text in [ada.code, "x"]:
        assert ada.accept(code=text, member="bo", tenant=neighbour["tenant"]["id"]).status == 401


def test_the_commands(server, tmp_path):
    server.onboard()
    file = tmp_path / "invitation.json"
    server.cli("member", "invite", "Springfield USD", ADA, "--name", "Ada Park", "--role", "teacher", "--school",
               "Lincoln High", "--out", str(file))
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
    invited = json.loads(file.read_text())
    assert "invited" in server.cli("member", "list", "Springfield USD").stdout
    accepted = server.api("POST", "/v1/member-invitations", {
        "tenant": invited["member"]["tenant"], "member": ADA, "code": invited["invitation"], "password": PASSWORD}, key="")
    assert accepted.status == 201
    assert "active" in server.cli("member", "show", "Springfield USD", ADA).stdout
    assert "is refused" in server.cli("member", "disable", "Springfield USD", ADA).stdout
    assert "disabled" in server.cli("member", "show", "Springfield USD", invited["member"]["id"]).stdout
    assert "can sign in" in server.cli("member", "enable", "Springfield USD", ADA).stdout
    assert "invitation" in server.cli("member", "reset", "Springfield USD", ADA, "--yes").stdout
    missing = server.cli("member", "show", "Springfield USD", "nobody", check=False)
    assert missing.returncode == 1 and "member list" in missing.stderr
