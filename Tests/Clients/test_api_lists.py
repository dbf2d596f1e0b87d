"""Lists of the control API: their pages, and the commands that show all of them."""

import pytest
from identity_provider import AUDIENCE


def walk(server, path, member, limit=1, **more):
    """All pages of a list."""
    pages, cursor = [], ""
    while True:
        answer = server.api("GET", f"{path}{'&' if '?' in path else '?'}limit={limit}{cursor}", **more)
        assert answer.status == 200, answer.text
        pages.append(answer.json[member])
        assert len(pages[-1]) <= limit
        if "next" not in answer.json:
            return pages
        cursor = f"&cursor={answer.json['next']}"


def whole(server, path, member, **more):
    """A list page by page, which is the same as all at once."""
    found = [element for page in walk(server, path, member, **more) for element in page]
    assert found == [element for page in walk(server, path, member, 500, **more) for element in page]
    return found


@pytest.fixture
def district(server):
    """A district with three of whatever it can have; its id, its key, and another's key."""
    made, other = server.onboard().json, server.onboard("Shelbyville").json
    tenant = made["tenant"]["id"]
    for name in ("ada", "ben", "cy"):
        for owner in (tenant, other["tenant"]["id"]):
            server.api("POST", f"/v1/tenants/{owner}/contacts", {"name": name, "role": "it", "email": f"{name}@b.example"})
        server.api("POST", f"/v1/tenants/{tenant}/identity-providers", {
            "name": name, "issuer": f"https://{name}.example", "audiences": [AUDIENCE], "defaultSchool": "district",
            "defaultRole": "teacher"})
    return tenant, made["credentials"]["key"], other


def test_lists_of_a_district_come_in_pages_and_commands_show_them_whole(server, district):
    tenant, key, other = district
    path = f"/v1/tenants/{tenant}"
    for caller in ({}, {"key": key}):
        contacts = whole(server, path + "/contacts", "contacts", **caller)
        assert [contact["name"] for contact in contacts] == ["ada", "ben", "cy"]
        providers = whole(server, path + "/identity-providers", "providers", **caller)
        assert [provider["name"] for provider in providers] == ["ada", "ben", "cy"]
    assert server.cli_json("tenant", "contact", "list", tenant)["contacts"] == contacts
    assert server.cli_json("identity-provider", "list", tenant)["providers"] == providers
    assert "next" not in server.cli_json("identity-provider", "list", tenant)
    assert len(walk(server, path + "/contacts", "contacts")) == 3


def test_a_page_of_contacts_says_which_state_it_is_of(server, district):
    path = f"/v1/tenants/{district[0]}/contacts"
    page = server.api("GET", path + "?limit=1")
    gone = server.api("DELETE", path + "/1", headers={"If-Match": page.headers["ETag"]})
    assert gone.status == 200, gone.text
    assert server.api("DELETE", path + "/2", headers={"If-Match": page.headers["ETag"]}).status == 412


def test_backups_and_receipts_come_in_pages_and_commands_show_them_whole(server, district):
    tenant, key, other = district
    stranger = other["tenant"]["id"]
    for owner in (tenant, tenant, stranger):
        server.cli("backup", "create", owner, "--wait")
    server.cli("tenant", "offboard", stranger, "--reason", "done", "--now", "--no-export", "--yes", "--wait")
    path = f"/v1/tenants/{tenant}/backups"
    backups = whole(server, path, "backups", key=key)
    assert len(backups) == 2 and {backup["tenant"] for backup in backups} == {tenant}
    assert server.cli_json("backup", "list", "--tenant", tenant)["backups"] == backups
    # Wherever a cursor points to, a district's list has its own alone.
    for cursor in (stranger, "0", "zzz", stranger + ".", tenant[:-1]):
        page = server.api("GET", f"{path}?cursor={cursor}", key=key).json["backups"]
        assert {backup["tenant"] for backup in page} <= {tenant}
    receipts = whole(server, f"/v1/tenants/{stranger}/receipts", "receipts")
    assert server.cli_json("tenant", "receipt", stranger) == {"tenant": stranger, "receipts": receipts}


def test_lists_of_the_platform_come_in_pages_and_commands_show_them_whole(server):
    keys = whole(server, "/v1/signing-keys", "keys")
    assert server.cli_json("signing-key", "list")["keys"] == keys and len(keys) > 1


@pytest.mark.parametrize("path", ["/v1/signing-keys", "/v1/tenants/{}/contacts", "/v1/tenants/{}/identity-providers"])
def test_a_page_cannot_begin_anywhere_or_be_of_any_length(server, path):
    path = path.format(server.onboard().json["tenant"]["id"])
    for query, field in [("cursor=nonsense", "cursor"), ("cursor=", "cursor"), ("limit=0", "limit"), ("limit=501", "limit")]:
        answer = server.api("GET", f"{path}?{query}")
        assert (answer.status, answer.json["field"]) == (400, field), (path, query)
