"""What the document of the control API says in words, or a server's catalog does, said to schemathesis: as schemas,
where that can be done, and else as a list of what may be refused."""

import datetime

# Where good input is refused with 400 all the same: the fields that problems then name, and why no schema says so.
# As people count characters, or in bytes; a name has one line. Numbers have 64 bits.
COUNTED = ["name", "school", "reason", "phone", "password", "offset", "value"]
# What another answer gave.
ANOTHERS = ["cursor"]
# One moment is before the other.
SPANS = ["until"]
# OAuth takes each parameter of a form once, and schemathesis nests others in it. OAuth's errors name no field.
FORMS = dict.fromkeys(["POST /oauth/token", "POST /oauth/introspect", "POST /oauth/revoke"], [""])
# Texts with a language or an alphabet of their own.
LANGUAGES = {
    "POST /v1/tenants/{tenant}/contacts": ["role"], "POST /v1/tenants/{tenant}/members": ["member", "students"],
    "POST /v1/tokens": ["subject", "student"], "POST /v1/tenants/{tenant}/identity-providers/{provider}/test": ["scope"],
    "POST /v1/catalog/plan": ["content"], "POST /v1/catalog/apply": ["content"],
    "POST /v1/tenants/{tenant}/erasures": ["keys"],
    "POST /v1/policies/activations": ["files", "note", "acceptRisk"],
    "POST /v1/policies/rollbacks": ["note", "acceptRisk"],
    "POST /v1/policies/diff": ["old", "new", "roles"], "POST /v1/policies/report": ["files"],
    **{f"POST /v1/policies/{what}": ["files", "active", "policy", "roles"] for what in ["lint", "test", "prove"]},
    "POST /v1/policies/simulate": [
        "files", "active", "role", "policy", "request", "question", "tenant", "school", "table", "action", "resource",
        "index", "context", "tags", "student"],
}
# One of two and not both, one before the other, or what another member makes needed.
TOGETHER = {
    "POST /v1/reconcile": ["repair", "remove"], "POST /v1/runs/{run}/throttle": ["itemsPerSecond"],
    "POST /v1/tenants/{tenant}/restores": ["to"], "PATCH /v1/tenants/{tenant}": ["tier", "timezone"],
    "POST /v1/tenants/{tenant}/moves": ["tier", "pool", "undoWindowSeconds"],
    "POST /v1/keys": ["role", "opens"], "POST /v1/accounts": ["role"], "PUT /v1/accounts/{account}/roles": ["role"],
    "GET /v1/audit": ["sort"], "GET /v1/tenants/{tenant}/upgrade/plan": ["tier"],
    "GET /v1/audit/access-report": ["to"], "GET /v1/tenants/{tenant}/usage": ["from"], "GET /v1/costs": ["by"],
    "PUT /v1/tenants/{tenant}/overrides/{limit}": [
        "schools", "read-units", "write-units", "undo-window-seconds", "write-pause-milliseconds", "copy-items"],
    "POST /v1/pools/{pool}/merge": ["into"], "PUT /v1/tenants/{tenant}/members/{member}/students": ["students"],
    "PUT /v1/tenants/{tenant}/blackouts/{from}": ["to"],
    **dict.fromkeys([
        "POST /v1/tenants/{tenant}/identity-providers", "PUT /v1/tenants/{tenant}/identity-providers/{provider}"], [
        "audiences", "schools", "schoolClaim", "sharedBy", "role", "roles", "defaultSchool", "required", "roleClaim",
        "studentClaim", "issuer"]),
}
REFUSED = {**FORMS, **LANGUAGES, **TOGETHER, "*": COUNTED + ANOTHERS + SPANS}

PAST = ["1h", "2d", "30m", "2026-01-31T08:05:00Z"]
# Behind the `?` only what lies behind us is asked for.
OF_QUERIES = dict.fromkeys(["since", "until", "from", "to"], PAST)
# Whoever has no answer has no cursor, and few have a key: what stands behind these would be looked at by few.
WITH_CURSOR, WITH_KEY = {"/v1/tenants", "/v1/events"}, {"/v1/keys"}


def day(ahead):
    return str(datetime.date.today() + datetime.timedelta(days=ahead))


def words_of(catalog):
    """By the names of members and parameters, some of what the server takes for them."""
    addresses, coming = ["it@oakhill.example", "a.b+c@lincoln.example"], ["90d", day(30)]
    return {
        "tier": [tier["name"] for tier in catalog["tiers"]], "timezone": ["UTC", "America/Chicago", "Pacific/Auckland"],
        "admin": addresses, "email": addresses, "account": addresses, "to": PAST, "asOf": PAST, "until": coming,
        "expires": coming, "month": [day(0)[:7]], "issuer": ["https://idp.example"],
        "keysUrl": ["https://idp.example/keys"], "role": ["teacher", "service", "parent"], "defaultRole": ["parent"],
        "pool": ["pool-basic-1", "pool-basic-2"], "into": ["pool-basic-2"], "limit": ["schools", "read-units"],
        "person": ["own/ada", "own/grace"],
    }


def say(name, schema, words):
    """Puts the words for a member of that name into its schema, where it says no more than that it is a text."""
    for inner, one in schema.get("items", {}).get("properties", {}).items():
        say(inner, one, words)
    if name not in words or "string" not in schema.get("type", []) or "enum" in schema or (
            "pattern" in schema and name != "month"):
        return
    for word in ["minLength", "maxLength", "format", "pattern"]:
        schema.pop(word, None)
    schema["enum"] = words[name] + ([None] if "null" in schema["type"] else [])


def as_it_is_meant(document, catalog):
    """The document with all that in it."""
    words = words_of(catalog)
    for path, operations in document["paths"].items():
        here = dict(words)
        if "/blackouts/" in path:
            here |= {"from": [day(30), day(60)], "to": [day(70)]}
        elif path.endswith("/contacts"):
            here.pop("role")
        elif path == "/v1/imports/check":
            # It says of any row what is wrong with it.
            here = {}
        for operation in operations.values():
            operation["parameters"] = [
                one for one in operation["parameters"]
                if not one.get("$ref", "").endswith("/IdempotencyKey") or path in WITH_KEY
                if one.get("name") != "cursor" or path in WITH_CURSOR]
            for one in operation["parameters"]:
                if one.get("in") == "query":
                    say(one["name"], one["schema"], {"tier": words["tier"], "month": words["month"], **OF_QUERIES})
                elif one.get("name") in ("limit", "from"):
                    say(one["name"], one["schema"], here)
            for content in operation.get("requestBody", {}).get("content", {}).values():
                for name, schema in content["schema"].get("properties", {}).items():
                    say(name, schema, here)
    for name in ["IfMatch", "IfNoneMatch"]:
        document["components"]["parameters"][name]["schema"] = {"type": "string", "enum": ["*", '"a"', 'W/"a", "b"']}
    return document
