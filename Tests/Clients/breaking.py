"""What of an OpenAPI document breaks those who relied on the one before it."""

import re

# How a response names the kinds of problem that it may have.
PROBLEM = re.compile(r"`(urn:homeroom:problem:[a-z-]+)`")


def breaking_changes(old, new):
    """Each breaking change, as a sentence. Both documents are of this server's own making."""
    faults = []
    for path, operations in old["paths"].items():
        for method, before in operations.items():
            where = f"{method.upper()} {path}"
            after = new["paths"].get(path, {}).get(method)
            if after is None:
                faults.append(f"{where} is gone")
                continue
            # Generated clients name their functions by it.
            if after["operationId"] != before["operationId"]:
                faults.append(f"{where}: is called {after['operationId']}, was {before['operationId']}")
            faults += _security(where, before, after)
            faults += _parameters(where, _resolve_all(before, old), _resolve_all(after, new), old, new)
            faults += _bodies(where, before, after, old, new)
            faults += _answers(where, before, after, old, new)
    return faults + _schemes(old, new)


def _security(where, before, after):
    """Each way in must be left, and ask for no more. No way in at all is the same as one that asks for nothing."""
    ways = after["security"] or [{}]
    return [
        f"{where}: {' and '.join(way) or 'no key'} does not open it any more"
        for way in before["security"] or [{}] if not any(set(other) <= set(way) for other in ways)]


def _schemes(old, new):
    faults = []
    for name, scheme in old["components"]["securitySchemes"].items():
        now = new["components"]["securitySchemes"].get(name, {})
        for member in scheme.keys() - {"description"}:
            if now.get(member) != scheme[member]:
                faults.append(f"the way in {name}: {member} is {now.get(member)}, was {scheme[member]}")
    return faults


def _resolve(value, document):
    while isinstance(value, dict) and "$ref" in value:
        node = document
        for name in value["$ref"].removeprefix("#/").split("/"):
            node = node[name]
        value = node
    return value


def _resolve_all(operation, document):
    parameters = [_resolve(parameter, document) for parameter in operation.get("parameters", [])]
    return {(p["in"], p["name"]) if p["in"] != "path" else ("path", i): p for i, p in enumerate(parameters)}


def _parameters(where, before, after, old, new):
    faults = []
    for key, parameter in before.items():
        if key not in after:
            faults.append(f"{where}: the parameter {key} is gone")
        else:
            faults += _narrowed(f"{where} {key}", parameter["schema"], after[key]["schema"], old, new)
    for key, parameter in after.items():
        if parameter.get("required") and not before.get(key, {}).get("required"):
            faults.append(f"{where}: the parameter {key} is needed now")
    return faults


def _bodies(where, before, after, old, new):
    if "requestBody" not in after:
        return [f"{where}: takes no body any more"] if "requestBody" in before else []
    if "requestBody" not in before:
        return [f"{where}: needs a body now"] if after["requestBody"].get("required") else []
    faults = []
    for kind, content in before["requestBody"]["content"].items():
        now = after["requestBody"]["content"].get(kind)
        if now is None:
            faults.append(f"{where}: takes no {kind} any more")
        else:
            faults += _narrowed(f"{where} body", content["schema"], now["schema"], old, new)
    return faults


def _answers(where, before, after, old, new):
    faults = []
    for status, response in before["responses"].items():
        now = after["responses"].get(status)
        if now is None:
            faults.append(f"{where}: the answer {status} is gone")
            continue
        response, now = _resolve(response, old), _resolve(now, new)
        faults += _headers(f"{where} {status}", response, now, old, new)
        for kind in sorted(_problems(response) - _problems(now)):
            faults.append(f"{where} {status}: {kind} is gone")
        content = now.get("content", {})
        for kind, body in response.get("content", {}).items():
            if kind not in content:
                faults.append(f"{where}: {status} is no {kind} any more")
            elif "schema" in body:
                # What was promised of an answer must be in the new one, so old and new change places.
                faults += _widened(f"{where} {status}", body["schema"], content[kind].get("schema", {}), old, new)
    return faults


def _problems(response):
    return set(PROBLEM.findall(response["description"]))


def _headers(where, before, after, old, new):
    faults = []
    for name, header in before.get("headers", {}).items():
        now = after.get("headers", {}).get(name)
        if now is None:
            faults.append(f"{where}: the field {name} is gone")
            continue
        header, now = _resolve(header, old), _resolve(now, new)
        if header.get("required") and not now.get("required"):
            faults.append(f"{where}: the field {name} may be missing now")
        faults += _widened(f"{where} {name}", header["schema"], now["schema"], old, new)
    return faults


def _types(schema):
    kinds = schema.get("type", [])
    return set(kinds if isinstance(kinds, list) else [kinds])


def _narrowed(where, before, after, old, new, seen=()):
    """What was taken before and is not now."""
    before, after = _resolve(before, old), _resolve(after, new)
    if (id(before), id(after)) in seen:
        return []
    seen += ((id(before), id(after)),)
    faults = _range_faults(where, before, after)
    if _types(after) and not (_types(before) and _types(before) <= _types(after)):
        faults.append(f"{where}: takes {sorted(_types(after))} only")
    if "enum" in after and not ("enum" in before and set(before["enum"]) <= set(after["enum"])):
        faults.append(f"{where}: takes fewer words")
    for name in ["pattern", "format"]:
        if after.get(name) not in (None, before.get(name)):
            faults.append(f"{where}: takes another {name}")
    if len(before.get("anyOf", [])) > len(after.get("anyOf", [])) > 0:
        faults.append(f"{where}: takes fewer forms")
    for name, schema in before.get("properties", {}).items():
        now = after.get("properties", {}).get(name)
        if now is not None:
            faults += _narrowed(f"{where}.{name}", schema, now, old, new, seen)
        elif after.get("additionalProperties") is False:
            faults.append(f"{where}.{name}: is not taken any more")
    for name in set(after.get("required", [])) - set(before.get("required", [])):
        faults.append(f"{where}.{name}: is needed now")
    for part in ["items", "additionalProperties"]:
        if isinstance(before.get(part), dict) and isinstance(after.get(part), dict):
            faults += _narrowed(f"{where}[]", before[part], after[part], old, new, seen)
    return faults


def _range_faults(where, before, after):
    faults = []
    for name in ["minimum", "minLength", "minItems"]:
        if after.get(name, 0) > before.get(name, float("-inf") if name == "minimum" else 0):
            if name in after:
                faults.append(f"{where}: {name} is {after[name]}, was {before.get(name)}")
    for name in ["maximum", "maxLength", "maxItems"]:
        if after.get(name, float("inf")) < before.get(name, float("inf")):
            faults.append(f"{where}: {name} is {after[name]}, was {before.get(name)}")
    return faults


def _widened(where, before, after, old, new, seen=()):
    """What was promised of an answer before and is not now."""
    before, after = _resolve(before, old), _resolve(after, new)
    if (id(before), id(after)) in seen:
        return []
    seen += ((id(before), id(after)),)
    faults = []
    if _types(before) and not (_types(after) and _types(after) <= _types(before)):
        faults.append(f"{where}: was {sorted(_types(before))}, is {sorted(_types(after))}")
    if "enum" in before and "enum" not in after:
        faults.append(f"{where}: may be any word now")
    if "format" in before and after.get("format") != before["format"]:
        faults.append(f"{where}: is no {before['format']} any more")
    # Who waits for a word that does not come waits for ever.
    for word in sorted(set(before.get("enum", [])) - set(after.get("enum", before.get("enum", [])))):
        faults.append(f"{where}: {word} is gone")
    if "anyOf" in before and len(after.get("anyOf", [])) != len(before["anyOf"]):
        faults.append(f"{where}: has other forms now")
    for name, schema in before.get("properties", {}).items():
        now = after.get("properties", {}).get(name)
        if now is None:
            faults.append(f"{where}.{name}: is gone")
            continue
        if name in before.get("required", []) and name not in after.get("required", []):
            faults.append(f"{where}.{name}: may be missing now")
        faults += _widened(f"{where}.{name}", schema, now, old, new, seen)
    for part in ["items", "additionalProperties"]:
        if isinstance(before.get(part), dict):
            now = after.get(part)
            faults += _widened(f"{where}[]", before[part], now if isinstance(now, dict) else {}, old, new, seen)
    return faults
