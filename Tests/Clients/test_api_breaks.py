"""Nothing that was released of the OpenAPI document breaks, and each kind of break is found."""

import copy
import json
import pathlib
import re

import pytest

from breaking import breaking_changes

RELEASED = pathlib.Path(__file__).with_name("openapi-released.json")


# Where the released document promised what no server has ever taken, and the present one says how it is.
CORRECTED = [
    r"GET /v1/audit/export: the parameter \('query', 'kind'\) is needed now",
    r"GET /v1/audit/access-report: the parameter \('query', '(tenant|from)'\) is needed now",
    r"(PUT|DELETE) /v1/tenants/\{tenant\}/overrides/\{limit\} \('path', 1\): takes fewer words",
    r"GET /v1/costs \('query', 'month'\): takes another pattern",
    r"[A-Z]+ /v1/\S+ body\.reason: maxLength is 500, was 2000",
    # These could take longer than a request may (ten minutes, or as long as a district has items): now they are runs.
    r"POST /v1/(reconcile|tenants/\{tenant\}/usage/recount): the answer 200 is gone",
    r"GET /v1/reconcile \('query', 'deep'\): takes fewer words",
]


def test_nothing_that_was_released_breaks(shared_server):
    released = json.loads(RELEASED.read_text())
    present = shared_server.api("GET", "/openapi.json", key="").json
    faults = breaking_changes(released, present)
    broken = [fault for fault in faults if not any(re.fullmatch(known, fault) for known in CORRECTED)]
    assert not broken, "\n".join(broken)
    unused = [known for known in CORRECTED if not any(re.fullmatch(known, fault) for fault in faults)]
    assert not unused, "the released document says so too by now: take it from the list"


def _tenants(document, method="post"):
    return document["paths"]["/v1/tenants"][method]


def _body(document):
    return _tenants(document)["requestBody"]["content"]["application/json"]["schema"]


def _problem(document):
    return document["components"]["schemas"]["Problem"]


def _states(document):
    return document["components"]["schemas"]["Run"]["properties"]["state"]


def _response(document, name):
    return document["components"]["responses"][name]


def _started(document):
    answer = document["paths"]["/v1/tenants/{tenant}/moves"]["post"]["responses"]["202"]
    return answer["content"]["application/json"]["schema"]


@pytest.mark.parametrize("change, fault", [
    (lambda d: d["paths"].pop("/v1/tenants"), "GET /v1/tenants is gone"),
    (lambda d: d["paths"]["/v1/tenants"].pop("post"), "POST /v1/tenants is gone"),
    (lambda d: d["components"]["schemas"]["School"]["properties"].pop("name"), "name: is gone"),
    (lambda d: d["components"]["schemas"]["School"]["required"].remove("name"), "name: may be missing now"),
    (lambda d: d["components"]["schemas"]["School"]["properties"]["name"].update(type="integer"), "was ['string']"),
    (lambda d: _body(d)["required"].append("schools"), "schools: is needed now"),
    (lambda d: _body(d)["properties"].pop("schools"), "schools: is not taken any more"),
    (lambda d: _body(d)["properties"]["name"].update(maxLength=3), "maxLength is 3"),
    (lambda d: _body(d)["properties"]["name"].update(minLength=2), "minLength is 2"),
    (lambda d: _body(d)["properties"]["schools"].update(minItems=1), "minItems is 1"),
    (lambda d: _body(d)["properties"]["name"].update(pattern="^a$"), "takes another pattern"),
    (lambda d: _body(d)["properties"]["name"].update(format="date"), "takes another format"),
    (lambda d: _body(d)["properties"]["allowDuplicateName"].update(type="boolean"), "takes ['boolean'] only"),
    (lambda d: _body(d)["properties"]["name"].update(enum=["a"]), "takes fewer words"),
    (lambda d: _tenants(d)["responses"].pop("201"), "the answer 201 is gone"),
    (lambda d: _tenants(d, "get")["parameters"].pop(0), "the parameter ('query', 'tier') is gone"),
    (lambda d: _tenants(d, "get")["parameters"][0].update(required=True), "is needed now"),
    (lambda d: _tenants(d).update(operationId="addTenant"), "is called addTenant, was onboardTenant"),
    # Refusals
    (lambda d: _tenants(d)["responses"].pop("409"), "POST /v1/tenants: the answer 409 is gone"),
    (lambda d: _tenants(d)["responses"].update({"409": {"description": ""}}), "409 is no application/problem+json any"),
    (lambda d: _problem(d)["properties"]["type"]["enum"].remove("urn:homeroom:problem:name-taken"),
     "urn:homeroom:problem:name-taken is gone"),
    (lambda d: _response(d, "Problem409").update(description="`urn:homeroom:problem:conflict`: Changed"),
     "POST /v1/tenants 409: urn:homeroom:problem:name-taken is gone"),
    (lambda d: _problem(d)["required"].remove("requestId"), "requestId: may be missing now"),
    # Ways in
    (lambda d: d["paths"]["/healthz"]["get"].update(security=[{"key": []}]), "/healthz: no key does not open it"),
    (lambda d: d["paths"]["/metrics"]["get"]["security"].remove({}), "/metrics: no key does not open it any more"),
    (lambda d: _tenants(d).update(security=[{"client": []}]), "POST /v1/tenants: key does not open it any more"),
    (lambda d: _tenants(d).update(security=[{"key": [], "client": []}]), "key does not open it any more"),
    (lambda d: d["components"]["securitySchemes"]["key"].update(scheme="basic"), "key: scheme is basic, was bearer"),
    (lambda d: d["components"]["securitySchemes"].pop("client"), "client: type is None, was http"),
    # Header fields of answers
    (lambda d: _tenants(d)["responses"]["202"]["headers"].pop("Location"), "202: the field Location is gone"),
    (lambda d: _response(d, "Problem409")["headers"].pop("X-Request-Id"), "409: the field X-Request-Id is gone"),
    (lambda d: d["components"]["headers"]["Location"].pop("required"), "the field Location may be missing now"),
    (lambda d: d["components"]["headers"]["Location"]["schema"].update(type="integer"), "Location: was ['string']"),
    # Forms of answers
    (lambda d: _states(d)["enum"].remove("failed"), "state: failed is gone"),
    (lambda d: _states(d).pop("enum"), "state: may be any word now"),
    (lambda d: d["components"]["schemas"]["Run"]["properties"]["createdAt"].pop("format"), "is no date-time any more"),
    (lambda d: _started(d)["anyOf"].pop(), "POST /v1/tenants/{tenant}/moves 202: has other forms now"),
])
def test_a_breaking_change_is_found(change, fault):
    old = json.loads(RELEASED.read_text())
    new = copy.deepcopy(old)
    change(new)
    assert any(fault in found for found in breaking_changes(old, new)), breaking_changes(old, new)


def test_what_is_only_added_breaks_nothing():
    old = json.loads(RELEASED.read_text())
    new = copy.deepcopy(old)
    new["paths"]["/v1/more"] = copy.deepcopy(new["paths"]["/v1/tenants"])
    new["components"]["schemas"]["School"]["properties"]["more"] = {"type": "string"}
    _body(new)["properties"]["more"] = {"type": "string"}
    _body(new)["properties"]["name"]["maxLength"] += 1
    _tenants(new, "get")["parameters"].append({"name": "more", "in": "query", "schema": {"type": "string"}})
    _tenants(new)["responses"]["418"] = {"description": "`urn:homeroom:problem:teapot`"}
    _tenants(new)["responses"]["202"]["headers"]["More"] = {"schema": {"type": "string"}}
    _tenants(new)["security"].append({"client": []})
    new["paths"]["/v1/me"]["get"]["security"] = []
    _problem(new)["properties"]["type"]["enum"].append("urn:homeroom:problem:teapot")
    new["components"]["securitySchemes"]["more"] = {"type": "http", "scheme": "digest"}
    assert breaking_changes(old, new) == []
