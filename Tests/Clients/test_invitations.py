"""Invitations of members by a link: a real server, a real browser, and a token at the end."""

import json
import re

import pytest
from browser import Browser
from test_members import ADA, PASSWORD
from test_oauth import form

SCHOOLS = ("Lincoln High", "Oak Hill")
FORM = "!document.getElementById('form').hidden"
TITLE = "document.getElementById('title').textContent"
STATUS = "document.getElementById('status').textContent"
PROBLEM = "document.getElementById('problem').textContent"


@pytest.fixture
def browser(tmp_path):
    made = Browser(tmp_path / "browser")
    yield made
    made.close()


class Invited:
    """A teacher of two schools with an invitation."""

    def __init__(self, server, name=ADA, district="Springfield USD"):
        self.server, self.name = server, name
        self.tenant = server.onboard(district, schools=SCHOOLS).json["tenant"]["id"]
        schools = [word for school in SCHOOLS for word in ("--school", school)]
        said = server.cli(
            "member", "invite", self.tenant, name, "--name", "Ada Park", "--role", "school-admin", *schools).stdout
        self.code = re.search(r"^invitation +(\S+)$", said, re.M)[1]
        self.link = re.search(r"^link +(\S+)$", said, re.M)[1]

    def body(self, **more):
        return {"tenant": self.tenant, "member": self.name, "code": self.code, **more}

    def check(self, **more):
        return self.server.api("POST", "/v1/member-invitations/check", self.body(**more), key="")

    def token(self, password=PASSWORD):
        lincoln = self.server.api("GET", f"/v1/tenants/{self.tenant}").json["schools"][0]["id"]
        return form(self.server, "/oauth/token", None, grant_type="password", tenant=self.tenant,
                    username=self.name.replace("+", "%2B"), password=password.replace(" ", "+"),
                    scope=f"school:{lincoln}")


# In a browser


def test_from_the_invitation_to_a_token_by_keyboard_alone(server, browser):
    ada = Invited(server, "ada+new@springfield.example")
    browser.look(390)
    browser.open(ada.link)
    browser.wait_for(FORM)
    assert browser.evaluate("location.href") == server.control + "/invitation", "the secret has left the address"
    seen = browser.evaluate("document.getElementById('about').innerText")
    for word in ["Ada Park", "Springfield USD", "Lincoln High, Oak Hill", "school admin"]:
        assert word in seen
    assert browser.names("textbox") == ["You will sign in as", "Password", "The same password again"]
    assert browser.names("checkbox") == ["Show the password"] and browser.names("button") == ["Set the password"]

    browser.tab_to("password")
    browser.type("too short")
    browser.press("Enter")
    assert "It needs 15 or more" in browser.wait_for(PROBLEM)
    assert browser.evaluate("[document.activeElement.id, document.activeElement.ariaInvalid]") == ["password", "true"]
    browser.evaluate("document.activeElement.select()")
    browser.type("springfield.example ada+new")
    browser.tab_to("again")
    browser.type("something else altogether")
    browser.press("Enter")
    browser.wait_for(PROBLEM + ".includes('not the same')")
    assert browser.evaluate("document.activeElement.id") == "again"
    browser.evaluate("document.activeElement.select()")
    browser.type("springfield.example ada+new")
    browser.press("Enter")
    browser.wait_for(PROBLEM + ".includes('easily guessed')")
    assert browser.evaluate("document.activeElement.id") == "password"
    browser.evaluate("document.activeElement.select()")
    browser.type(PASSWORD)
    browser.tab_to("again")
    browser.evaluate("document.activeElement.select()")
    browser.type(PASSWORD)
    browser.tab_to("shown")
    browser.press("Space")
    assert browser.evaluate("document.getElementById('password').type") == "text"
    browser.tab_to("button")
    browser.press("Enter")
    browser.wait_for(TITLE + " == 'Your password is set'")
    assert browser.evaluate("document.activeElement.id") == "title", "a screen reader goes on there"
    assert f"sign in as {ada.name}" in browser.evaluate(STATUS)
    assert browser.evaluate("['password', 'again'].every(id => !document.getElementById(id).value)")

    token = ada.token()
    assert token.status == 200, token.text
    assert [text for text in browser.complaints() if "favicon" not in text and "400" not in text] == []
    sent = [event["params"]["request"] for event in browser.events
            if event.get("method") == "Network.requestWillBeSent"]
    assert all(request["url"].startswith(server.control) for request in sent)
    assert not any(request["headers"].get("Referer") for request in sent)
    assert not any(ada.code in request["url"] + json.dumps(request["headers"]) for request in sent)
    log = server.log.read_text()
    assert ada.code not in log and PASSWORD not in log


def test_a_link_that_is_good_no_more_says_what_to_do(server, browser):
    ada = Invited(server)
    browser.open(ada.link)
    browser.wait_for(FORM)
    accepted = server.api("POST", "/v1/member-invitations", ada.body(password=PASSWORD), key="")
    assert accepted.status == 201, accepted.text
    # Somebody else was first: it shows when the password is sent.
    for field in ["password", "again"]:
        browser.evaluate(f"document.getElementById('{field}').focus()")
        browser.type("another good password")
    browser.press("Enter")
    browser.wait_for(STATUS + ".includes('no longer good')")
    assert browser.evaluate("document.getElementById('form').hidden")
    # The same page, another link: the address changes alone.
    browser.evaluate(f"location.hash = {json.dumps(ada.link.split('#')[1])}")
    browser.wait_for(STATUS + ".includes('no longer good')")
    browser.open("about:blank")
    browser.open(server.control + "/invitation")
    assert "opened by the link" in browser.wait_for(STATUS)
    invited = server.cli_json("member", "reset", ada.tenant, ADA, "--yes")
    browser.evaluate(f"location.hash = {json.dumps(invited['invitationUrl'].split('#')[1])}")
    browser.wait_for(FORM)


def test_who_cannot_reach_the_server_can_try_again(server, browser):
    ada = Invited(server)
    browser.open(server.control + "/invitation")
    offline = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    browser.call("Network.emulateNetworkConditions", offline=True, **offline)
    browser.evaluate(f"location.hash = {json.dumps(ada.link.split('#')[1])}")
    browser.wait_for(STATUS + ".includes('does not answer')")
    browser.call("Network.emulateNetworkConditions", offline=False, **offline)
    browser.tab_to("retry")
    browser.press("Enter")
    browser.wait_for(FORM)


def test_without_javascript_the_page_says_so(server, browser):
    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    browser.open(server.control + "/invitation#code=x&member=y&tenant=z")
    assert "needs JavaScript" in browser.evaluate("document.body.innerText")
    assert browser.evaluate("document.getElementById('form').hidden")


@pytest.mark.parametrize("width", [320, 390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_the_screen(shared_server, browser, width, scheme):
    name = f"a-name-that-is-rather-long-for-a-screen-that-is-narrow-{width}-{scheme}@springfield.example"
    ada = Invited(shared_server, name, f"Invitations {width} {scheme}")
    browser.look(width, scheme)
    browser.open(ada.link)
    browser.wait_for(FORM)
    assert browser.evaluate("document.documentElement.scrollWidth") <= width
    seen = "[...document.querySelectorAll('button, input[type=password]')].filter(element => element.offsetParent)"
    assert browser.evaluate(f"Math.min(...{seen}.map(element => element.offsetHeight))") >= 44, "for a finger"
    browser.picture(shared_server.folder / f"invitation-{width}-{scheme}.png")


# Over REST


def test_an_invitation_says_what_it_is_for_to_its_holder_alone(server):
    ada = Invited(server)
    neighbour = server.onboard("Shelbyville", schools=["Heritage"]).json["tenant"]["id"]
    said = ada.check()
    assert said.status == 200 and said.headers["Cache-Control"] == "no-store", said.text
    assert {**said.json, "schools": [school["name"] for school in said.json["schools"]]} == {
        "tenant": ada.tenant, "tenantName": "Springfield USD", "member": ADA, "name": "Ada Park",
        "schools": ["Lincoln High", "Oak Hill"], "role": "school-admin",
        "invitationUntil": said.json["invitationUntil"]}
    wrong = [ada.check(**change) for change in [
        {"code": "x"}, {"member": "nobody"}, {"tenant": neighbour}, {"tenant": "t000000000000000"}]]
    assert len({(answer.status, answer.json["detail"]) for answer in wrong}) == 1 and wrong[0].status == 401
    assert ada.check(tenant=1).status == 400 and ada.check(more=1).status == 400
    assert ada.check().status == 200, "looking uses nothing up"
    assert server.api("POST", "/v1/member-invitations", ada.body(password=PASSWORD), key="").status == 201
    assert ada.check().status == 401
    assert {ada.check(code="x").status for _ in range(60)} == {401}, "nobody's guesses keep anybody from theirs"


def test_a_link_leads_where_the_server_says_whatever_the_request_names(stopped_server):
    server = stopped_server.start("--issuer", "https://homeroom.example/own")
    tenant = server.onboard().json["tenant"]["id"]
    answer = server.api("POST", f"/v1/tenants/{tenant}/members", {
        "member": ADA, "name": "Ada", "role": "teacher", "schools": ["Lincoln High"]},
        headers={name: "elsewhere.example" for name in ["Host", "X-Forwarded-Host"]})
    base, fragment = answer.json["invitationUrl"].split("#")
    assert base == "https://homeroom.example/own/invitation"
    assert dict(part.split("=") for part in fragment.split("&")) == {
        "code": answer.json["invitation"], "member": ADA.replace("@", "%40"), "tenant": tenant}
    page = server.api("GET", "/invitation", key="")
    assert page.headers["Cache-Control"] == "no-store" and page.headers["Referrer-Policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
