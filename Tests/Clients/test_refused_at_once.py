"""What is suspended, disabled or revoked is refused within a second at every door, whoever holds the token."""

import time

import botocore.exceptions
import pytest
from identity_provider import Provider
from test_members import Member
from test_oauth import Program
from test_token_exchange import District, table
from wire import bring


class Person:
    """Somebody with tokens of one of the three ways, and all the doors that these open."""

    def __init__(self, server, way):
        self.server = server
        self.refresh_token = None
        if way == "provider":
            self.provider = Provider("ES256")
            district = District(server, self.provider)
            self.tenant, self.school = district.id, district.schools["Lincoln High"]
            self.renew = lambda: district.exchange()
            issued = district.exchange().json
            self.disable = lambda: server.api("DELETE", f"/v1/tenants/{self.tenant}/identity-providers/own")
        elif way == "member":
            member = Member(server)
            self.tenant, self.school = member.id, member.school
            issued = member.sign_in(scope="offline_access").json
            self.renew = lambda: member.refresh(issued["refresh_token"])
            self.disable = lambda: server.api("POST", member.path("disable"), {})
        else:
            program = Program(server, role="teacher")
            self.tenant, self.school = program.tenant["id"], program.school
            issued = program.token(scope="offline_access").json
            self.renew = lambda: program.refresh(issued["refresh_token"])
            self.disable = lambda: server.api("POST", f"/v1/service-accounts/{program.auth[0]}/disable", {})
        self.token = issued["access_token"]
        self.read = table(server, self.token)

    def suspend(self):
        return self.server.api("POST", f"/v1/tenants/{self.tenant}/suspend", {"reason": "unpaid"})

    def revoke(self):
        return self.server.api("POST", "/oauth/revoke", f"token={self.token}".encode(), headers={
            "Content-Type": "application/x-www-form-urlencoded"})

    def doors(self, way):
        def works(call):
            try:
                call()
                return True
            except botocore.exceptions.ClientError:
                return False

        look = lambda: self.server.api("POST", "/oauth/introspect", f"token={self.token}".encode(), headers={
            "Content-Type": "application/x-www-form-urlencoded"}).json["active"]
        doors = {
            "temporary credentials": lambda: works(lambda: self.read(self.school)),
            "the token by itself": lambda: bring(self.server, self.token, "GetItem", {
                "TableName": "student-table", "Key": {
                    "recordKey": {"S": f"TENANT#{self.school}#STUDENT#1"}, "entityKey": {"S": "PROFILE"}}}) == (200, {}),
            "assuming a role": lambda: works(lambda: table(self.server, self.token)),
            "introspection": look,
        }
        # A token that is revoked says nothing of the grant it came from; a refresh token is used up by a look.
        return doors if way == "revoke" else {**doors, "a new token": lambda: self.renew().status == 200}


@pytest.mark.parametrize("way", ["suspend", "disable", "revoke"])
@pytest.mark.parametrize("holder", ["provider", "member", "program"])
def test_what_is_refused_stops_at_every_door_within_a_second(server, holder, way):
    person = Person(server, holder)
    doors = person.doors(way)
    before = {name: works() for name, works in doors.items() if name != "a new token"}
    assert all(before.values()), before
    answer = getattr(person, way)()
    begun = time.monotonic()
    assert answer.status in (200, 202), answer.text
    measured = {}
    while len(measured) < len(doors):
        for name, works in doors.items():
            if name not in measured and not works():
                measured[name] = time.monotonic() - begun
        assert time.monotonic() - begun < 5, f"still open: {doors.keys() - measured.keys()}"
    assert max(measured.values()) < 1, measured
    # And it stays so.
    assert not any(works() for works in doors.values())
