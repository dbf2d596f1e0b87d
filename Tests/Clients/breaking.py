"""What of an OpenAPI document breaks those who relied on the one before it."""


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
            faults += _parameters(where, _resolve_all(before, old), _resolve_all(after, new), old, new)
            faults += _bodies(where, before, after, old, new)
            faults += _answers(where, before, after, old, new)
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
        if not status.startswith("2"):
            continue
        now = after["responses"].get(status)
        if now is None:
            faults.append(f"{where}: the answer {status} is gone")
            continue
        content = _resolve(now, new).get("content", {})
        for kind, body in _resolve(response, old).get("content", {}).items():
            if kind not in content:
                faults.append(f"{where}: {status} is no {kind} any more")
            elif "schema" in body:
                # What was promised of an answer must be in the new one, so old and new change places.
                faults += _widened(f"{where} {status}", body["schema"], content[kind].get("schema", {}), old, new)
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
    if after.get("pattern") not in (None, before.get("pattern")):
        faults.append(f"{where}: takes another pattern")
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
    for name in ["minimum", "minLength"]:
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
