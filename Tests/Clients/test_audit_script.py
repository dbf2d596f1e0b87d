"""The audit's chains, verified by a script that knows nothing but the rule: a line's SHA-256 is what the next line of its kind
names as `previous`, and numbers have no gaps."""

import hashlib
import json

import pytest


def verify(lines):
    """The heads of the chains; an assertion fails where one is broken."""
    ends, heads = {}, {}
    for line in lines:
        value = json.loads(line)
        if "anchor" in value:
            anchor = value["anchor"]
            ends[anchor["kind"]] = (anchor["number"], anchor["digest"])
        elif "head" in value:
            heads[value["head"]["kind"]] = (value["head"]["number"], value["head"]["digest"])
        elif "kind" in value:
            number, digest = ends.get(value["kind"], (0, ""))
            assert (value["number"], value["previous"]) == (number + 1, digest), line
            ends[value["kind"]] = (number + 1, hashlib.sha256(line.encode()).hexdigest())
    assert {kind: heads.get(kind, (0, "")) for kind in ends} == ends
    return ends


def test_a_script_verifies_an_export(server):
    for number in range(5):
        server.onboard(f"District {number}")
    server.cli("tenant", "suspend", "District 1", "--reason", "unpaid: \"é\" / \\")
    path = server.folder / "audit.jsonl"
    server.cli("audit", "export", "--out", str(path))
    lines = path.read_text().splitlines()
    ends = verify(lines)
    assert ends["activity"][0] > 10
    place = next(place for place, line in enumerate(lines) if "tenant.onboarded" in line)
    for changed in [
            lines[:place] + lines[place + 1:], lines[:place] + [lines[place].replace("onboarded", "0nboarded")] + lines[place + 1:],
            lines[:place - 1] + [lines[place], lines[place - 1]] + lines[place + 1:]]:
        with pytest.raises(AssertionError):
            verify(changed)
