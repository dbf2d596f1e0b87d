"""What tests of tenants' and schools' lives have in common."""

import pytest
from botocore.exceptions import ClientError

UNKNOWN = "t000000000000000"
UNKNOWN_SCHOOL = "s000000000000000"


def onboarded(server, name="Springfield USD", tier="basic", schools=("Lincoln High",)):
    answer = server.onboard(name, tier=tier, schools=schools)
    assert answer.status == 201, answer.text
    return answer.json["tenant"]


def refused(call, **arguments):
    """The code and the message that boto3 sees."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def changes(server):
    """What the audit log has of changes; that a request was refused is no change."""
    entries = server.cli_json("audit", "list")["entries"]
    return [(entry["action"], entry["subject"]) for entry in entries if entry["action"] != "api.refused"]


def settled(server, run, seconds=30):
    return server.wait_for(
        lambda: (found := server.api("GET", f"/v1/runs/{run}").json)["state"] in ("completed", "failed", "undone")
        and found, seconds)
