"""What schemathesis looks at beside its own checks. It is loaded into its process; what to expect stands in a file that the test writes."""

import json
import os
import pathlib
import re

import schemathesis

EXPECTED = json.loads(pathlib.Path(os.environ["HOMEROOM_SCHEMATHESIS"]).read_text())
# What cannot be read as a request is refused before anybody asks who sends it.
UNREADABLE = {400, 405, 413, 414, 415, 429, 431}


def is_good(case):
    return case.meta is not None and case.meta.generation.mode.is_positive


def problem(response):
    return response.json() if response.headers.get("content-type", [""])[0].startswith("application/problem+json") else {}


@schemathesis.check
def good_input_is_taken(ctx, response, case):
    """What the document allows is refused with 400 only for what no schema can say, which the test lists by operation and field."""
    if response.status_code != 400 or not is_good(case) or not EXPECTED["opened"].get(case.operation.label, True):
        return
    found = problem(response)
    field = re.split(r"[.\[]", found.get("field") or "")[0]
    allowed = EXPECTED["refused"].get(case.operation.label, []) + EXPECTED["refused"]["*"]
    assert field in allowed, f"good input is refused for `{field}`: {found.get('detail') or response.text}"


@schemathesis.check
def who_may_is_as_the_table_says(ctx, response, case):
    """What the access table closes to this key is answered with 403, and nothing that it opens is."""
    opened = EXPECTED["opened"].get(case.operation.label)
    # Some of what it sends has another key, or none.
    if opened is None or response.request.headers.get("Authorization") != f"Bearer {EXPECTED['key']}":
        return
    if opened:
        assert response.status_code not in (401, 403), f"the table opens it: {response.text}"
    else:
        allowed = {403} if is_good(case) else {403, *UNREADABLE}
        assert response.status_code in allowed, f"the table closes it, and it was answered {response.status_code}"


@schemathesis.check
def nothing_is_told_of_others(ctx, response, case):
    """Nothing of another district is in an answer: neither what nobody has sent, nor, where it is done, what was sent."""
    sent = f"{response.request.url} {response.request.body!r}"
    for text in EXPECTED["foreign"]:
        if text in response.text:
            assert response.status_code >= 400 and text in sent, f"{text!r} is another district's"
