"""Schools that close, reopen and move from one tenant to another, as applications see them."""

import threading
import time

import pytest
from botocore.exceptions import ClientError
from lives_world import UNKNOWN, changes, onboarded, refused, settled
from move_writers import TABLE, School, attributes


@pytest.fixture
def server(stopped_server):
    return stopped_server.start()


def test_a_closed_school_is_refused_and_its_district_reads_on(server):
    tenant = onboarded(server, schools=("Lincoln High", "Central"))
    lincoln, central = [School(server, tenant["id"], school["id"]) for school in tenant["schools"]]
    item = lincoln.item("1", "PROFILE", 1)
    lincoln.client.put_item(TableName=TABLE, Item=item)
    server.cli("school", "close", "Springfield USD", "Lincoln High", "--reason", "merged")
    key = {"recordKey": item["recordKey"], "entityKey": item["entityKey"]}
    assert refused(lincoln.client.get_item, TableName=TABLE, Key=key) == (
        "AccessDeniedException", "The school of this session is closed")
    answer = server.api("POST", "/v1/tokens", {"tenant": tenant["id"], "school": lincoln.id, "role": "service"})
    assert answer.status == 409 and "is closed (merged)" in answer.json["detail"]
    assert len(central.district_items()) == 7, "the district's own items are all there"
    assert "(closed)" in server.cli("tenant", "show", "Springfield USD").stdout
    server.cli("school", "reopen", "Springfield USD", "Lincoln High")
    assert lincoln.client.get_item(TableName=TABLE, Key=key)["Item"] == item


class Registrar(threading.Thread):
    """Writes for a school without an end, whoever it belongs to; remembers what was acknowledged."""

    def __init__(self, server, tenants, school):
        super().__init__(daemon=True)
        self.server, self.tenants, self.school = server, tenants, school
        self.stopping = threading.Event()
        self.acknowledged, self.unsure, self.failures = {}, {}, []
        self.held_back = self.moved = self.acknowledged_since_move = 0
        self.session = School(server, tenants[0], school)

    def run(self):
        number = 0
        while not self.stopping.is_set():
            number += 1
            item = self.session.item(f"R{number % 40}", "PROFILE", number)
            key = item["recordKey"]["S"]
            while not self.stopping.is_set():
                self.unsure[key] = item
                try:
                    self.session.client.put_item(TableName=TABLE, Item=item)
                    self.acknowledged[key] = self.unsure.pop(key)
                    self.acknowledged_since_move += self.moved
                    break
                except ClientError as error:
                    self.refused(error.response["Error"])
                    time.sleep(0.005)

    def refused(self, error):
        if error["Code"] == "InternalServerError":
            self.held_back += 1
        elif error["Code"] == "AccessDeniedException" and self.moved == 0:
            self.moved += 1
            self.session = School(self.server, self.tenants[1], self.school)
        else:
            self.failures.append(error)
            self.stopping.set()

    def stop(self):
        self.stopping.set()
        self.join(30)
        assert not self.failures, self.failures


@pytest.mark.parametrize("source_tier, target_tier", [("basic", "premium"), ("premium", "basic"), ("basic", "basic")])
def test_a_school_moves_while_it_is_written_to_and_no_acknowledged_write_is_lost(server, source_tier, target_tier):
    source = onboarded(server, "Springfield USD", source_tier, ("Lincoln High", "Central"))
    target = onboarded(server, "Shelbyville", target_tier, ("Heritage",))
    school = source["schools"][0]["id"]
    fixed = School(server, source["id"], school).load(300)
    central = School(server, source["id"], source["schools"][1]["id"])
    heritage = School(server, target["id"], target["schools"][0]["id"])
    assert len(central.district_items()) == 7 and len(heritage.district_items()) == 4

    plan = server.cli_json("school", "move", school, "--to", "Shelbyville", "--dry-run")
    assert (plan["items"], plan["hangingItems"], plan["unrecognisedItems"]) == (300, 3, 0)
    asked = server.cli("school", "move", school, "--to", "Shelbyville", check=False)
    assert asked.returncode == 2 and "--yes" in asked.stderr
    registrar = Registrar(server, [source["id"], target["id"]], school)
    old = registrar.session
    registrar.start()
    server.wait_for(lambda: len(registrar.acknowledged) > 20)
    run = server.cli_json("school", "move", school, "--to", "Shelbyville", "--yes")["id"]
    found = settled(server, run)
    assert found["state"] == "completed", found
    receipt = found["result"]
    server.wait_for(lambda: registrar.moved and registrar.acknowledged_since_move > 20)
    registrar.stop()

    # Everything that was acknowledged is there, under the new tenant.
    new = School(server, target["id"], school)
    wanted = {**{key[0]: item for key, item in fixed.items()}, **registrar.acknowledged}
    keys = [(item["recordKey"]["S"], item["entityKey"]["S"]) for item in wanted.values()]
    there = {key[0]: item for key, item in new.read(keys).items()}
    for key, item in wanted.items():
        assert there.get(key) in (item, registrar.unsure.get(key, item)), key
    # Neither tenant reaches what is the other's: by old sessions, by others of it, by the district's keys.
    key = attributes(keys[0])
    assert refused(old.client.get_item, TableName=TABLE, Key=key) == (
        "AccessDeniedException", "The school of this session does not belong to its tenant")
    assert refused(old.client.put_item, TableName=TABLE, Item=list(wanted.values())[0])[0] == "AccessDeniedException"
    for stranger in [central, heritage]:
        assert refused(stranger.client.get_item, TableName=TABLE, Key=key)[0] == "AccessDeniedException"
    body = {"tenant": source["id"], "school": school, "role": "service"}
    assert server.api("POST", "/v1/tokens", body).status == 404
    left, came = central.district_items(), heritage.district_items()
    assert (len(left), len(came)) == (4, 7)
    assert not [key for key in left if school in key[1]]
    assert len([key for key in came if school in key[1]]) == 3
    for item in came.values():
        assert item["tenantId"]["S"] == target["id"]
    is_copied = source_tier != target_tier
    assert receipt["verifiedItems"] == receipt["removedItems"] == receipt["copied"]["items"]
    assert receipt["copied"]["items"] >= (303 if is_copied else 3)
    assert receipt["remains"] and len(receipt["digest"]) == 64
    assert server.api("GET", f"/v1/schools/{school}").json["tenant"] == target["id"]
    assert "school.moved" in [action for action, _ in changes(server)]
    # The token that is still good for the old tenant opens no session.
    with pytest.raises(ClientError):
        old._client("sts", signature_version=None).assume_role_with_web_identity(
            RoleArn="arn:aws:iam::000000000000:role/service", RoleSessionName="late", WebIdentityToken=old.token)


def test_a_schools_move_is_refused_before_anything_is_made(server):
    source = onboarded(server)
    target = onboarded(server, "Shelbyville", schools=("Heritage",))
    school = source["schools"][0]["id"]
    path = f"/v1/tenants/{source['id']}/schools/{school}/moves"
    server.cli("tenant", "suspend", "Shelbyville", "--reason", "unpaid", "--read-only")
    before = changes(server)
    for to, status in [(target["id"], 409), (source["id"], 409), (UNKNOWN, 404), ("Shelbyville", 404)]:
        answer = server.api("POST", path, {"to": to})
        assert answer.status == status, answer.text
    assert changes(server) == before
    server.cli("tenant", "resume", "Shelbyville")
    first, second = [
        server.api("POST", path, {"to": target["id"]}, headers={"Idempotency-Key": "once"}) for _ in range(2)]
    assert (first.status, second.status) == (202, 202)
    assert first.json["id"] == second.json["id"], "the same key is the same run"
    assert settled(server, first.json["id"])["state"] == "completed"


def test_a_schools_move_that_is_killed_goes_on(server):
    source = onboarded(server, tier="premium")
    target = onboarded(server, "Shelbyville", schools=("Heritage",))
    school = source["schools"][0]["id"]
    fixed = School(server, source["id"], school).load(1500)
    run = server.api("POST", f"/v1/tenants/{source['id']}/schools/{school}/moves", {"to": target["id"]}).json["id"]
    for pause in [0.02, 0.05, 0.1]:
        time.sleep(pause)
        server.kill()
        server.start()
    assert settled(server, run)["state"] == "completed"
    assert School(server, target["id"], school).read(fixed) == fixed
