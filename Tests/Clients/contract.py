"""Holds each answer of the control API against the document that the server itself serves."""

import copy
import functools
import json
import re

import jsonschema_rs

# What a problem has beside the members of every problem depends on its kind.
OPEN_SCHEMAS = {"Problem"}


def closed(schema):
    """The schema with every object closed: a member that the document does not name is a fault of the document."""
    if isinstance(schema, list):
        return [closed(element) for element in schema]
    if not isinstance(schema, dict):
        return schema
    result = {name: closed(value) for name, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and "additionalProperties" not in schema:
        result["additionalProperties"] = False
    return result


def place_of_work(body):
    """Where the work goes on that a 202 has this body for: a run, or, until a tenant's window, its way to another tier."""
    return f"/v1/tenants/{body['tenant']}/upgrade" if "rules" in body else f"/v1/runs/{body.get('run') or body['id']}"


class Contract:
    """What the document says of requests and answers."""

    def __init__(self, text):
        self.document = json.loads(text)
        components = copy.deepcopy(self.document["components"])
        schemas = components["schemas"]
        components["schemas"] = {
            name: schema if name in OPEN_SCHEMAS else closed(schema) for name, schema in schemas.items()}
        self.components = components
        self.validators = {}
        # Literal segments before parameters, as the router has them.
        self.paths = sorted(
            ((re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path) + r"\Z"), path) for path in self.document["paths"]),
            key=lambda pair: pair[1].count("{"))

    def operation(self, method, path):
        """The path as the document has it and the operation; None where it has none."""
        method = "get" if method == "HEAD" else method.lower()
        for pattern, name in self.paths:
            if pattern.match(path) and method in self.document["paths"][name]:
                return name, method, self.document["paths"][name][method]
        return None

    def resolved(self, value):
        while "$ref" in value:
            node = self.document
            for name in value["$ref"].removeprefix("#/").split("/"):
                node = node[name]
            value = node
        return value

    def check(self, method, path, answer):
        """Fails where the answer is not one that the document promises."""
        found = self.operation(method, path.split("?")[0])
        if found is None:
            assert answer.status in (400, 404, 405), f"{method} {path} is no operation of the document: {answer.status}"
            return
        name, method, operation = found
        where = f"{method.upper()} {name} answered {answer.status}"
        assert str(answer.status) in operation["responses"], f"{where}, which the document does not have"
        response = self.resolved(operation["responses"][str(answer.status)])
        for field, header in response.get("headers", {}).items():
            assert field in answer.headers or not self.resolved(header).get("required"), f"{where} without {field}"
        if answer.status == 202:
            assert answer.headers["Location"] == place_of_work(answer.json), f"{where}: {answer.headers['Location']}"
        kind = answer.headers.get("Content-Type", "").split(";")[0]
        if not response.get("content"):
            return
        assert kind in response["content"], f"{where} as {kind}"
        schema = response["content"][kind].get("schema")
        if schema is None or not kind.endswith("json") or not answer.text:
            return
        key = (name, method, answer.status)
        if key not in self.validators:
            self.validators[key] = jsonschema_rs.Draft202012Validator({**closed(schema), "components": self.components})
        faults = [f"{list(fault.instance_path)}: {fault.message}" for fault in self.validators[key].iter_errors(answer.json)]
        assert not faults, f"{where} with what the document does not have: {faults[:5]}"


@functools.cache
def contract(text):
    return Contract(text)
