"""Tokens of districts' own identity providers are exchanged for Homeroom's: a real provider, a real server, boto3."""

import threading
import time

import boto3
import botocore.exceptions
import jwt
import pytest
from identity_provider import AUDIENCE, Provider
from test_oauth import Program, code, form

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token"
ROLES = [{"value": "teacher", "role": "teacher"}, {"value": "principal", "role": "school-admin"}]


@pytest.fixture
def provider():
    made = Provider()
    yield made
    made.close()


@pytest.fixture
def other():
    made = Provider("ES256")
    yield made
    made.close()


class District:
    """A district of two schools with an identity provider."""

    def __init__(self, server, provider, name="Springfield USD", schools=("Lincoln High", "Oak Hill"), **more):
        self.server, self.provider = server, provider
        answer = server.onboard(name, schools=schools)
        assert answer.status == 201, answer.text
        self.tenant, self.key = answer.json["tenant"], answer.json["credentials"]["key"]
        self.id = self.tenant["id"]
        self.schools = {school["name"]: school["id"] for school in self.tenant["schools"]}
        made = self.register(**more)
        assert made.status == 201, made.text

    def register(self, name="own", **more):
        return self.server.api("POST", f"/v1/tenants/{self.id}/identity-providers", {
            "name": name, "issuer": self.provider.issuer, "audiences": [AUDIENCE], "schoolClaim": "school",
            "roleClaim": "type", "roles": ROLES, **more})

    def exchange(self, token=None, **more):
        return exchange(self.server, token or self.provider.token(), **more)


def exchange(server, token, auth=None, **more):
    return form(server, "/oauth/token", auth, **{
        "grant_type": EXCHANGE, "subject_token": token, "subject_token_type": ID_TOKEN, **more})


def claims(answer):
    return jwt.decode(answer.json["access_token"], options={"verify_signature": False})


def says(answer, *words):
    """Whether it is refused, in these words."""
    assert code(answer) == (400, "invalid_request"), answer.text
    return all(word in answer.json["error_description"] for word in words)


def table(server, token, role="teacher"):
    sts = boto3.client("sts", endpoint_url=server.gateway, region_name="us-east-1", aws_access_key_id="x",
                       aws_secret_access_key="x")
    keys = sts.assume_role_with_web_identity(
        RoleArn=f"arn:aws:iam::000000000000:role/{role}", RoleSessionName="person", WebIdentityToken=token)["Credentials"]
    client = boto3.client(
        "dynamodb", endpoint_url=server.gateway, region_name="us-east-1", aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"], aws_session_token=keys["SessionToken"])
    return lambda school: client.get_item(TableName="student-table", Key={
        "recordKey": {"S": f"TENANT#{school}#STUDENT#1"}, "entityKey": {"S": "PROFILE"}})


# What gets in


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_a_teacher_reaches_their_own_school_alone(server, algorithm):
    own = Provider(algorithm)
    district = District(server, own)
    answer = district.exchange()
    assert answer.status == 200, answer.text
    assert answer.json["issued_token_type"] == "urn:ietf:params:oauth:token-type:access_token"
    assert (answer.json["token_type"], answer.json["expires_in"]) == ("Bearer", 900)
    school = district.schools["Lincoln High"]
    assert answer.json["scope"] == f"school:{school}" and "refresh_token" not in answer.json
    said = claims(answer)
    assert (said["sub"], said["role"], said["tenant_id"]) == ("own/person-1", "teacher", district.id)
    read = table(server, answer.json["access_token"])
    assert "Item" not in read(school)
    for foreign in [district.schools["Oak Hill"], "s000000000000000"]:
        with pytest.raises(botocore.exceptions.ClientError, match="AccessDenied"):
            read(foreign)
    issued = server.api("GET", "/v1/audit?action=token.issued&limit=1").json["entries"][0]
    assert issued["actor"] == f"identity-provider:{district.id}/own" and issued["detail"]["person"] == "own/person-1"
    own.close()


def test_a_school_is_found_by_id_name_or_table_and_chosen_by_scope(server, provider):
    district = District(server, provider, schools=("Lincoln High", "Oak Hill"))
    lincoln, oak = district.schools["Lincoln High"], district.schools["Oak Hill"]
    assert district.exchange(provider.token(school=oak)).json["scope"] == f"school:{oak}"
    both = provider.token(school=["Lincoln High", "Oak Hill", "somewhere else"])
    assert code(district.exchange(both)) == (400, "invalid_scope")
    assert district.exchange(both, scope=f"school:{oak}").json["scope"] == f"school:{oak}"
    assert code(district.exchange(scope=f"school:{oak}")) == (400, "invalid_scope")
    assert code(district.exchange(scope="offline_access")) == (400, "invalid_scope")
    server.api("DELETE", f"/v1/tenants/{district.id}/identity-providers/own")
    more = {"schools": [{"value": "0042", "school": "Oak Hill"}, {"value": "9", "school": "district"}],
            "defaultSchool": "Lincoln High", "defaultRole": "parent"}
    assert district.register(**more).status == 201
    assert district.exchange(provider.token(school="0042")).json["scope"] == f"school:{oak}"
    assert district.exchange(provider.token(school=9)).json["scope"] == "district"
    assert district.exchange(provider.token(without=["school"])).json["scope"] == f"school:{lincoln}"
    assert says(district.exchange(provider.token(school="nowhere")), "school of the district")
    assert claims(district.exchange(provider.token(type="guest")))["role"] == "parent"


# What does not


def test_another_districts_school_is_refused_and_the_audit_says_so(server, provider, other):
    district, neighbour = District(server, provider), District(server, other, "Shelbyville", schools=("Heritage",))
    for school in [neighbour.schools["Heritage"], "Heritage"]:
        assert says(district.exchange(provider.token(school=school)), "school of the district")
    assert code(district.exchange(scope=f"school:{neighbour.schools['Heritage']}")) == (400, "invalid_scope")
    found = server.api("GET", f"/v1/audit?action=token.refused&tenant={district.id}").json["entries"]
    assert len(found) == 3 and "school of the district" in found[-1]["detail"]["reason"]
    assert not server.api("GET", f"/v1/audit?action=token.refused&tenant={neighbour.id}").json["entries"]
    events = server.api("GET", "/v1/events?limit=500").json["events"]
    assert [event["tenant"] for event in events if event["type"] == "token.refused"] == [district.id] * 3


def test_tokens_that_anybody_can_make_are_counted_and_no_events(stopped_server, provider):
    server = stopped_server.start()
    district = District(server, provider)
    stranger = Provider()
    for number in range(20):
        junk = stranger.token(iss=provider.issuer, headers={"kid": provider.kid if number % 2 else "unknown"})
        assert code(district.exchange(junk)) == (400, "invalid_request")
    stranger.close()
    # What the provider has signed is worth an entry of its own.
    assert code(district.exchange(provider.token(school="nowhere"))) == (400, "invalid_request")
    found = lambda: server.api("GET", f"/v1/audit?action=token.refused&tenant={district.id}&order=oldest").json["entries"]
    # A minute may have ended meanwhile.
    own = [note for note in found() if "reason" in note["detail"]]
    assert len(own) == 1 and "school of the district" in own[0]["detail"]["reason"]
    events = server.api("GET", "/v1/events?limit=500").json["events"]
    assert [event["type"] for event in events].count("token.refused") == 1
    server.terminate()
    server.start()
    assert sum(int(note["detail"].get("count", 0)) for note in found()) == 20


def test_an_issuer_speaks_for_its_own_district_alone(server, provider, other):
    district, neighbour = District(server, provider), District(server, other, "Shelbyville", schools=("Lincoln High",))
    # The neighbour's provider says that it is the district's: its keys do not fit.
    assert says(district.exchange(other.token(iss=provider.issuer)), "known key")
    named = other.token(iss=provider.issuer, headers={"kid": provider.kid})
    assert says(district.exchange(named), "by a key for that algorithm")
    assert claims(neighbour.exchange())["tenant_id"] == neighbour.id
    for issuer in [provider.issuer, provider.issuer + "/", provider.issuer.replace("http", "HTTP")]:
        taken = neighbour.register("again", issuer=issuer)
        assert (taken.status, taken.json["field"]) == (409, "issuer"), taken.text
    shared = neighbour.register("again", issuer=provider.issuer, sharedBy="hd", required={"hd": "shelbyville.example"})
    assert shared.status == 409
    stranger = Provider()
    assert says(exchange(server, stranger.token()), "no district has registered")
    stranger.close()


def test_a_shared_issuer_is_divided_by_a_claim(server, provider):
    district = District(server, provider, sharedBy="hd", required={"hd": "springfield.example"})
    neighbour = District(
        server, provider, "Shelbyville", schools=("Lincoln High",), sharedBy="hd", required={"hd": "shelbyville.example"})
    for who, domain in [(district, "springfield.example"), (neighbour, "shelbyville.example")]:
        assert claims(who.exchange(provider.token(hd=domain)))["tenant_id"] == who.id
    for more in [{}, {"hd": "other.example"}, {"hd": ["springfield.example", "shelbyville.example"]}]:
        assert says(district.exchange(provider.token(**more)), "no district has registered")
    third = server.onboard("Capital City", schools=["North"]).json["tenant"]["id"]
    register = lambda **more: server.api("POST", f"/v1/tenants/{third}/identity-providers", {
        "name": "own", "issuer": provider.issuer, "audiences": ["a"], "defaultSchool": "North", "defaultRole": "teacher",
        **more})
    assert register().status == 409
    assert register(sharedBy="hd", required={"hd": "springfield.example"}).status == 409
    assert register(sharedBy="tid", required={"tid": "1"}).status == 409
    google = register(issuer="https://accounts.google.com")
    assert google.status == 400 and "--shared-by hd" in google.json["detail"]


def test_what_is_wrong_with_a_token_is_told(server, provider):
    district = District(server, provider, required={"tid": "42"})
    token = lambda **more: provider.token(**{"tid": "42", **more})
    assert district.exchange(token()).status == 200
    now = int(time.time())
    for more, words in [
        ({"exp": now - 120}, "expired"), ({"nbf": now + 600}, "nbf"), ({"iat": now + 600}, "iat"),
        ({"iat": now - 90_000, "exp": now + 90_000}, "24 hours"), ({"aud": "another"}, "aud"),
        ({"aud": [AUDIENCE, "another"]}, "azp"), ({"aud": [AUDIENCE, "another"], "azp": "another"}, "azp"),
        ({"tid": "43"}, "tid"), ({"type": "janitor"}, "stand for roles"), ({"sub": ""}, "sub"),
    ]:
        assert says(district.exchange(token(**more)), words), more
    assert district.exchange(token(aud=[AUDIENCE, "another"], azp=AUDIENCE)).status == 200
    assert district.exchange(token(exp=now - 30)).status == 200, "clocks may differ by a minute"
    for missing in ["tid", "iat", "exp", "sub", "aud"]:
        assert says(district.exchange(token(without=[missing])), missing), missing
    subject = claims(district.exchange(token(sub="auth0|ada")))["sub"]
    assert subject.startswith("own/sha256:") and len(subject) == len("own/sha256:") + 64


def test_no_algorithm_but_the_keys_own_is_believed(server, provider):
    district = District(server, provider)
    assert says(district.exchange(provider.unsigned()), "signed with `none`")
    public = provider.jwks()["keys"][0]["n"].encode()
    assert says(district.exchange(provider.token(key=public, algorithm="HS256")), "signed with `HS256`")
    assert says(district.exchange(provider.token(algorithm="PS256")), "signed with `PS256`", "ES256 and RS256 are taken")
    other = Provider()
    brought = {"jwk": other.jwks()["keys"][0], "jku": other.issuer + "/keys", "kid": provider.kid}
    assert says(district.exchange(other.token(iss=provider.issuer, headers=brought)), "signature does not fit")
    assert other.fetched == [], "a token's own keys are not asked for"
    other.close()


def test_requests_that_are_no_exchange(server, provider):
    district = District(server, provider)
    token = provider.token()
    for change, wanted in [
        ({"subject_token_type": "urn:ietf:params:oauth:token-type:saml2"}, "invalid_request"),
        ({"requested_token_type": "urn:ietf:params:oauth:token-type:refresh_token"}, "invalid_request"),
        ({"actor_token": token}, "invalid_request"), ({"audience": "elsewhere"}, "invalid_target"),
        ({"resource": "https://elsewhere.example"}, "invalid_target"), ({"scope": "school:x"}, "invalid_scope"),
        ({"token": "x" * 70_000}, "invalid_request"), ({"token": "a.b.c"}, "invalid_request"),
    ]:
        assert code(district.exchange(**{"token": token, **change})) == (400, wanted), change
    missing = form(server, "/oauth/token", grant_type=EXCHANGE, subject_token_type=ID_TOKEN)
    assert code(missing) == (400, "invalid_request")
    program, stranger = Program(server, "Capital City"), Program(server, "Ogdenville")
    assert code(district.exchange(auth=program.auth)) == (400, "unauthorized_client")
    assert code(district.exchange(auth=(stranger.auth[0], "wrong"))) == (401, "invalid_client")
    assert district.exchange(audience="sts.amazonaws.com").status == 200


def test_a_suspended_district_and_a_closed_school_get_no_tokens(server, provider):
    district = District(server, provider)
    lincoln = district.schools["Lincoln High"]
    server.api("POST", f"/v1/tenants/{district.id}/schools/{lincoln}/close", {"reason": "holidays"})
    assert says(district.exchange(), "is closed")
    assert district.exchange(provider.token(school="Oak Hill")).status == 200
    server.api("POST", f"/v1/tenants/{district.id}/suspend", {"reason": "unpaid"})
    assert says(district.exchange(provider.token(school="Oak Hill")), "is suspended")


def test_a_provider_that_is_removed_takes_its_tokens_along(server, provider):
    district = District(server, provider)
    issued = district.exchange().json["access_token"]
    read = table(server, issued)
    read(district.schools["Lincoln High"])
    removed = server.cli("identity-provider", "remove", "Springfield USD", "own", "--yes").stdout
    assert "is removed" in removed
    begun = time.monotonic()
    with pytest.raises(botocore.exceptions.ClientError, match="UnrecognizedClient|ExpiredToken"):
        while time.monotonic() - begun < 1:
            read(district.schools["Lincoln High"])
    with pytest.raises(botocore.exceptions.ClientError, match="InvalidIdentityToken"):
        table(server, issued)
    assert says(district.exchange(), "no district has registered")
    assert district.register().status == 201 and district.exchange().status == 200
    with pytest.raises(botocore.exceptions.ClientError, match="InvalidIdentityToken"):
        table(server, issued)


# The provider's keys


def test_keys_are_asked_for_once_and_again_for_a_new_one(server, provider):
    district = District(server, provider)
    for _ in range(5):
        assert district.exchange().status == 200
    assert provider.fetched == ["/.well-known/openid-configuration", "/keys"]
    for number in range(40):
        refused = district.exchange(provider.token(headers={"kid": f"unknown-{number}"}))
        assert says(refused, "known key")
    assert provider.fetched.count("/keys") <= 2, "a storm of unknown keys reaches the provider at most each ten seconds"
    time.sleep(10)
    provider.rotate(keep=True)
    assert district.exchange().status == 200
    assert provider.fetched.count("/keys") <= 3


def test_a_trace_goes_on_to_the_provider(server, provider):
    district = District(server, provider)
    trace, parent = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
    answer = server.http.request("POST", server.control + "/oauth/token", encode_multipart=False, fields={
        "grant_type": EXCHANGE, "subject_token": provider.token(), "subject_token_type": ID_TOKEN},
        headers={"traceparent": f"00-{trace}-{parent}-01"})
    assert answer.status == 200, answer.data
    assert provider.fetched == ["/.well-known/openid-configuration", "/keys"]
    for [sent] in provider.traces:
        version, same, span, flags = sent.split("-")
        assert (version, same, flags) == ("00", trace, "01") and len(span) == 16 and span != parent
    entry = server.api("GET", f"/v1/audit?action=token.issued&tenant={district.id}").json["entries"][0]
    assert entry["traceId"] == trace


def test_where_no_trace_was_sent_one_begins_here(server, provider):
    District(server, provider).exchange()
    for [sent] in provider.traces:
        version, trace, span, flags = sent.split("-")
        assert (version, len(trace), len(span), flags) == ("00", 32, 16, "00")


@pytest.mark.parametrize("mode", ["down", "garbage", "huge", "forged", "redirect", "slow"])
def test_a_provider_that_fails_lets_nobody_in_and_holds_nobody_up(server, provider, other, mode):
    district = District(server, provider)
    provider.mode, provider.elsewhere = mode, other.issuer + "/keys"
    begun = time.monotonic()
    slow = threading.Thread(target=district.exchange)
    slow.start()
    time.sleep(0.2)
    quick = time.monotonic()
    assert Program(server, "Capital City").token().status == 200
    assert time.monotonic() - quick < 3, "others are served meanwhile"
    slow.join()
    answer = district.exchange()
    assert code(answer) == (503, "temporarily_unavailable") and int(answer.headers["Retry-After"]) >= 1
    assert time.monotonic() - begun < 12
    assert other.fetched == [], "redirects are not followed"
    noted = server.api("GET", f"/v1/audit?action=token.refused&tenant={district.id}").json["entries"]
    assert noted and noted[0]["outcome"] == "failed"


def test_known_keys_are_used_while_the_provider_is_down(server, provider):
    district = District(server, provider)
    assert district.exchange().status == 200
    provider.mode = "down"
    assert district.exchange().status == 200
