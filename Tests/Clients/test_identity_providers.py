"""Identity providers of districts: registered, shown, tried and changed, over REST and by commands, with a real provider."""

import subprocess
import time

import botocore.exceptions
import pytest
from conftest import binary, plain_environment
from identity_provider import AUDIENCE
from test_token_exchange import District, claims, other, provider, says, table  # noqa: F401

# Registering and testing


def test_what_is_no_registration_is_refused(server, provider):
    district = District(server, provider)
    for change, field in [
        ({"issuer": "http://idp.example"}, "issuer"), ({"issuer": "ftp://127.0.0.1"}, "issuer"),
        ({"issuer": "https://user@idp.example"}, "issuer"), ({"issuer": "https://idp.example?a=b"}, "issuer"),
        ({"issuer": "https://idp.example", "keysUrl": "http://127.0.0.1/keys"}, "keysUrl"),
        ({"audiences": []}, "audiences"), ({"name": "Own"}, "name"), ({"name": "own"}, "name"),
        ({"roles": [{"value": "a", "role": "operator"}]}, "role"), ({"defaultRole": "nobody"}, "role"),
        ({"roles": [{"value": "a"}]}, "roles"), ({"sharedBy": "hd"}, "sharedBy"),
        ({"schools": [{"value": "1", "school": "Heritage"}]}, "schools"), ({"schoolClaim": None}, "schoolClaim"),
        ({"roles": []}, "roles"), ({"defaultSchool": "Heritage"}, "defaultSchool"),
    ]:
        answer = district.register(**{"name": "second", **change})
        assert answer.status in (400, 409) and answer.json["field"] == field, (change, answer.text)
    shown = server.cli_json("identity-provider", "list", "Springfield USD")["providers"]
    assert [one["name"] for one in shown] == ["own"]


def test_a_district_looks_at_its_own_providers_and_changes_none(server, provider, other):
    district, neighbour = District(server, provider), District(server, other, "Shelbyville")
    ask = lambda method, path, body=None: server.api(method, path, body, key=district.key).status
    own, foreign = (f"/v1/tenants/{one.id}/identity-providers" for one in (district, neighbour))
    assert ask("GET", own) == ask("GET", own + "/own") == 200
    assert ask("POST", own + "/own/test", {"token": provider.token()}) == 200
    assert ask("GET", foreign) == ask("GET", foreign + "/own") == 404
    assert ask("POST", foreign + "/own/test", {"token": other.token()}) == 404
    assert ask("DELETE", own + "/own") == ask("POST", own, {}) == 403


def test_the_commands_register_show_and_test(server, provider, tmp_path):
    server.onboard(schools=["Lincoln High", "Oak Hill"])
    server.cli(
        "identity-provider", "add", "Springfield USD", "sso", "--issuer", provider.issuer, "--audience", AUDIENCE,
        "--school-claim", "school", "--school", "0042=Oak Hill", "--role-claim", "type", "--role", "teacher=teacher",
        "--default-role", "parent", "--require", "email_verified=true")
    shown = server.cli("identity-provider", "show", "Springfield USD", "sso").stdout
    assert "email_verified=true" in shown and "0042 → s" in shown and "else parent" in shown
    file = tmp_path / "token"
    file.write_text(provider.token(school="0042", email_verified=True) + "\n")
    good = server.cli("identity-provider", "test", "Springfield USD", "sso", "--file", str(file)).stdout
    assert "the token would be exchanged: sso/person-1, teacher, s" in good
    bad = subprocess.run(
        [binary(), "identity-provider", "test", "Springfield USD", "sso", "--data", str(server.data)],
        input=provider.token(school="0042", email_verified=False), capture_output=True, text=True,
        env=plain_environment(), timeout=30)
    assert bad.returncode == 1 and "email_verified" in bad.stdout and "would be refused" in bad.stdout
    steps = [line.split("  ")[0] for line in bad.stdout.splitlines()[1:5]]
    assert steps == ["form", "keys", "signature, issuer, audience, times", "required claims"]
    added = server.api("GET", "/v1/audit?action=identity-provider.added").json["entries"][0]
    assert added["after"]["issuer"] == provider.issuer


# A provider that changes


class Changed:
    """A district's provider as it is registered, and how it is changed."""

    def __init__(self, district):
        self.server, self.path = district.server, f"/v1/tenants/{district.id}/identity-providers/own"
        self.shown = self.server.api("GET", self.path)
        self.body = {name: value for name, value in self.shown.json.items()
                     if name not in ("name", "tenant", "createdAt")}

    def put(self, headers=None, without=(), **more):
        body = {name: value for name, value in {**self.body, **more}.items() if name not in without}
        return self.server.api("PUT", self.path, body, headers=headers)


def test_a_change_holds_from_the_next_exchange_on(server, provider):
    district = District(server, provider)
    own = Changed(district)
    issued = district.exchange().json["access_token"]
    read = table(server, issued)
    narrowed = own.put(audiences=["another"], roles=[{"value": "teacher", "role": "student"}])
    assert narrowed.status == 200 and narrowed.json["audiences"] == ["another"], narrowed.text
    assert says(district.exchange(), "aud")
    assert claims(district.exchange(provider.token(aud="another")))["role"] == "student"
    read(district.schools["Lincoln High"])
    table(server, issued)
    assert own.put(audiences=["another"], refuseIssued=True).status == 200
    begun = time.monotonic()
    with pytest.raises(botocore.exceptions.ClientError, match="UnrecognizedClient|ExpiredToken"):
        while time.monotonic() - begun < 1:
            read(district.schools["Lincoln High"])
    with pytest.raises(botocore.exceptions.ClientError, match="InvalidIdentityToken"):
        table(server, issued)
    fresh = district.exchange(provider.token(aud="another")).json["access_token"]
    table(server, fresh)(district.schools["Lincoln High"])
    notes = server.api(
        "GET", f"/v1/audit?action=identity-provider.changed&tenant={district.id}&order=oldest").json["entries"]
    assert [note["detail"]["issued"] for note in notes] == ["good until it ends", "refused"]
    assert (notes[0]["before"]["roles"], notes[0]["after"]["roles"]) == (
        "teacher=teacher principal=school-admin", "teacher=student")
    events = [event for event in server.api("GET", "/v1/events?limit=500").json["events"]
              if event["type"] == "identity-provider.changed"]
    assert len(events) == 2 and events[0]["tenant"] == district.id


def test_only_what_a_provider_is_stays(server, provider, other):
    district = District(server, provider, sharedBy="hd", required={"hd": "springfield.example", "tid": "1"})
    own = Changed(district)
    for change, field in [
        ({"issuer": other.issuer}, "issuer"), ({"sharedBy": "tid"}, "sharedBy"),
        ({"required": {"hd": "shelbyville.example"}}, "required"), ({"audiences": []}, "audiences"),
        ({"roles": [{"value": "a", "role": "operator"}]}, "role"), ({"name": "other"}, "name"),
    ]:
        answer = own.put(**change)
        assert (answer.status, answer.json["field"]) == (400, field), (change, answer.text)
    assert "another provider" in own.put(issuer=other.issuer).json["detail"]
    # What it is may be left out; what else is left out is taken away.
    changed = own.put(without=["issuer", "sharedBy", "required", "roleClaim", "roles"], defaultRole="parent")
    assert changed.status == 200, changed.text
    assert changed.json["required"] == {"hd": "springfield.example"} and changed.json["roles"] == []
    assert claims(district.exchange(provider.token(hd="springfield.example", type="janitor")))["role"] == "parent"
    ask = lambda **more: server.api("PUT", own.path, own.body, **more).status
    assert ask(key=district.key) == 403
    assert server.api("PUT", own.path[:-3] + "none", own.body).status == 404


def test_a_change_of_what_somebody_else_has_changed_is_refused(server, provider):
    own = Changed(District(server, provider))
    seen = {"If-Match": own.shown.headers["ETag"]}
    assert own.put(seen, audiences=["a"]).status == 200
    late = own.put(seen, audiences=["b"])
    assert late.status == 412 and late.json["etag"] == server.api("GET", own.path).headers["ETag"]
    same = server.api("GET", own.path)
    assert own.put({"If-Match": same.headers["ETag"]}, audiences=["a"]).json == same.json
    assert len(server.api("GET", "/v1/audit?action=identity-provider.changed").json["entries"]) == 1
    assert server.api("DELETE", own.path, headers=seen).status == 412


def test_the_command_changes_what_its_options_name(server, provider):
    district = District(server, provider, required={"email_verified": "true"})
    update = lambda *words, **more: server.cli("identity-provider", "update", "Springfield USD", "own", *words, **more)
    before = server.cli_json("identity-provider", "show", "Springfield USD", "own")
    shown = update("--audience", AUDIENCE, "--audience", "second", "--role", "staff=teacher", "--unset", "require",
                   "--default-role", "parent").stdout
    assert "staff → teacher" in shown and "email_verified" not in shown
    after = server.cli_json("identity-provider", "show", "Springfield USD", "own")
    assert after == {**before, "audiences": [AUDIENCE, "second"], "required": {}, "defaultRole": "parent",
                     "roles": [{"value": "staff", "role": "teacher"}]}
    assert district.exchange(provider.token(type="staff")).status == 200
    for words, said in [
        ([], "say what is to be another"), (["--unset", "issuer"], "is none of them"),
        (["--unset", "role", "--role", "a=teacher"], "exclude each other"), (["--role", "a"], "expected VALUE=ROLE"),
        (["--issuer", "https://idp.example"], "--issuer"), (["--refuse-issued"], "add --yes"),
    ]:
        refused = update(*words, check=False)
        assert refused.returncode == 2 and said in refused.stderr, (words, refused.stderr)
    issued = district.exchange(provider.token(type="staff")).json["access_token"]
    update("--refuse-issued", "--yes")
    with pytest.raises(botocore.exceptions.ClientError, match="InvalidIdentityToken"):
        table(server, issued)
