"""The OpenAPI document: what is served is what it says, nothing that was released breaks, and schemathesis finds no fault."""

import json
import subprocess
import sys

import pytest

from browser import Browser
from conftest import plain_environment

# How long schemathesis may take, and what it draws.
SECONDS, EXAMPLES, SEED = 240, 4, 20261121


def test_the_document_is_served_to_everybody_and_has_a_tag(shared_server):
    answer = shared_server.api("GET", "/openapi.json", key="")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
    document = answer.json
    assert document["openapi"].startswith("3.1.") and len(document["paths"]) > 60
    again = shared_server.api("GET", "/openapi.json", key="", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status, again.text) == (304, "")


def test_the_reference_loads_nothing(shared_server):
    answer = shared_server.api("GET", "/docs", key="")
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert "onboardTenant" in answer.text and "<script" not in answer.text


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_reference_fits_the_screen_of_a_browser(shared_server, tmp_path, width, scheme):
    browser = Browser(tmp_path)
    try:
        browser.look(width, scheme)
        browser.open(shared_server.control + "/docs#onboardTenant")
        assert browser.evaluate("document.documentElement.scrollWidth") <= width
        assert browser.evaluate("getComputedStyle(document.querySelector('article')).borderTopWidth") == "1px"
        loaded = [url for url in browser.requests() if not url.startswith(shared_server.control)]
        assert loaded == [] and [text for text in browser.complaints() if "favicon" not in text] == []
        broken = """[...document.querySelectorAll('a[href^="#"]')].filter(a => !document.getElementById(a.hash.slice(1)))"""
        assert browser.evaluate(broken + ".map(a => a.hash)") == []
    finally:
        browser.close()


# Schemathesis


# What a schema cannot say: names that are taken, tiers that there are, states that allow it, conditions that hold. And that
# things there are be named now and then, so that not everything ends with a 404.
CONFIGURATION = """
continue-on-failure = true
request-timeout = 20.0
max-stream-events = 1

[checks.positive_data_acceptance]
expected-statuses = ["2xx", "304", "400", "401", "403", "404", "409", "410", "412", "413", "422", "429", "507"]

[checks.negative_data_rejection]
expected-statuses = ["400", "401", "403", "404", "405", "409", "410", "412", "413", "415", "422", "431"]

[dictionaries]
tenants = { values = [%s] }
runs = { values = [%s] }
pools = { values = ["pool-basic-1"] }

[parameters]
"path.tenant" = { dictionary = "tenants", probability = 0.5 }
"path.run" = { dictionary = "runs", probability = 0.5 }
"path.pool" = { dictionary = "pools", probability = 0.5 }

[[operations]]
include-name = "GET /v1/events"
parameters = { "query.wait" = 0 }
"""


def without_keys(document):
    """The document with `Idempotency-Key` in one place alone: schemathesis has few keys, so most of what it sends would be refused
    for its key, and nothing behind that looked at."""
    key = {"$ref": "#/components/parameters/IdempotencyKey"}
    for path, operations in document["paths"].items():
        for operation in operations.values():
            if path != "/v1/keys" and key in operation["parameters"]:
                operation["parameters"].remove(key)
    return document


def test_a_row_of_an_import_has_no_other_members(shared_server):
    row = {"key": "k", "name": "A", "tier": "basic", "admin": "a@b.example", "timezone": "UTC", "schools": ["A"]}
    check = lambda row: shared_server.api("POST", "/v1/imports/check", {"rows": [row]})
    assert check(row).json == {"faults": []}
    for change, field in [({"nmae": "A"}, "rows[0].nmae"), ({"schools": "A"}, "rows[0].schools"),
                          ({"schools": [1]}, "rows[0].schools"), ({"tier": 1}, "rows[0].tier")]:
        answer = check({**row, **change})
        assert (answer.status, answer.json["field"]) == (400, field), answer.text
    assert check({**row, "nmae": "A"}).json["pointer"] == "/rows/0/nmae"


def test_schemathesis_finds_no_fault(stopped_server):
    server = stopped_server.start("--control-rate", "100000")
    made = [server.onboard(f"District {n}", schools=("Lincoln High", "Jefferson Middle")).json for n in range(12)]
    document = server.folder / "openapi.json"
    document.write_text(json.dumps(without_keys(server.api("GET", "/openapi.json", key="").json)))
    quoted = lambda texts: ", ".join(f'"{text}"' for text in texts)
    configuration = server.folder / "schemathesis.toml"
    configuration.write_text(
        CONFIGURATION % (quoted(one["tenant"]["id"] for one in made), quoted(one["run"] for one in made)))
    # One worker: in Python 3.11 the parsers of two threads count into one depth, and hypothesis parses sources.
    words = [
        sys.executable, "-m", "schemathesis.cli", "--config-file", str(configuration), "run",
        str(document), "--url", server.control, "--header", f"Authorization: Bearer {server.admin_key}", "--checks", "all",
        "--seed", str(SEED), "--max-examples", str(EXAMPLES), "--workers", "1", "--no-color",
        "--generation-database", "none",
    ]
    done = subprocess.run(
        words, capture_output=True, text=True, timeout=SECONDS, cwd=server.folder, env=plain_environment())
    said = done.stdout + done.stderr
    (server.folder / "schemathesis.out").write_text(said)
    assert done.returncode == 0, said[-20_000:]
    assert server.process.poll() is None, "the server has ended"
