"""Decisions of the shipped policies, beside the same ones by Cedar (`cedarpy`), and how long proofs of isolation take.

Cedar's `like` takes a literal pattern and its sets have no quantifier. So the teacher's statements are translated for one
session, its ids put in, and a request brings its one leading key as an attribute; requests with several keys are not asked.
Everything else of the statements is translated: actions, resources, presence of keys, permits and forbids.
"""

import importlib.metadata
import json
import pathlib
import sys
import time

TENANT, SCHOOL, OTHER = "t2f4p04e4s3jmwgp", "s27xpt9rcwab03ar", "sya5ak9rk493y95p"
ACTIONS = ["GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "BatchGetItem", "BatchWriteItem", "PartiQLSelect"]
PYTHON_SECONDS = 3


def questions():
    """Lines of `action table key`: own and others' keys on both tables and the indexes, and what has no key."""
    lines = []
    for action in ACTIONS:
        for key in [f"TENANT#{SCHOOL}#STUDENT#1", f"TENANT#{OTHER}#STUDENT#1", f"TENANT#{SCHOOL}", f"TENANT#{SCHOOL}9#X"]:
            lines.append(f"dynamodb:{action} student-table {key}")
        for key in [TENANT, "t0000000000000z9"]:
            lines.append(f"dynamodb:{action} school-table {key}")
    for key in [f"TENANT#{SCHOOL}#TEACHER#1", f"TENANT#{OTHER}#TEACHER#1"]:
        lines.append(f"dynamodb:Query student-table/teacher-index {key}")
    for action in ["Scan", "DescribeTable", "DeleteTable", "ListBackups"]:
        lines.append(f"dynamodb:{action} student-table -")
    return lines


def measure(bench, root, build, core, run, figures):
    """Both engines' answers and rates, and the proofs."""
    bench.say("decisions, beside Cedar")
    path = bench.folder / "questions"
    path.write_text("\n".join(questions()) + "\n")
    ours = figures(run(build / "bench-tool", "asked", root / "Policies", path, "--tenant", TENANT, "--school", SCHOOL,
                       core=core))
    answers = [ours[f"answer:{place}"] == 1 for place in range(len(questions()))]
    cedar = json.loads(run(root / ".build/moto/bin/python", __file__, root, path, core=core))
    differing = [line for line, a, b in zip(questions(), answers, cedar["answers"]) if a != b]
    bench.say("proofs of isolation")
    proofs = figures(run(build / "bench-tool", "proofs", root / "Policies", root / "Templates/catalogs/default.json",
                         core=core))
    return {"asked": len(answers), "allowed": sum(answers), "ours": 1e9 / ours["decision_ns"], "cedar": cedar["rate"],
            "version": cedar["version"], "statements": cedar["statements"], "differing": differing, "proofs": proofs}


def text(value):
    return json.dumps(value)


def filled(value):
    return value.replace("${aws:PrincipalTag/school_id}", SCHOOL).replace("${aws:PrincipalTag/tenant_id}", TENANT)


def resources(statement):
    named = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
    if "*" in named:
        return []
    return ["resource in [" + ", ".join(f"Table::{text(arn.split(':table/')[1])}" for arn in named) + "]"]


def test(operator, key, value):
    """One condition; whatever is not known stops the translation."""
    if (operator, key) == ("Null", "dynamodb:LeadingKeys") and value == "false":
        return "context has leadingKey"
    if (operator, key) == ("ForAllValues:StringLike", "dynamodb:LeadingKeys"):
        return f"(!(context has leadingKey) || context.leadingKey like {text(filled(value))})"
    if (operator, key) == ("ForAllValues:StringEquals", "dynamodb:LeadingKeys"):
        return f"(!(context has leadingKey) || context.leadingKey == {text(filled(value))})"
    if (operator, key) == ("Bool", "dynamodb:FullTableScan"):
        return f"(context has fullTableScan && context.fullTableScan == {value})"
    raise SystemExit(f"no translation for {operator} {key} {value}")


def translated(statement):
    """A statement in Cedar."""
    actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
    names = ", ".join(f"Action::{text(action)}" for action in actions)
    tests = resources(statement) + [test(operator, key, value) for operator, block in statement.get("Condition", {}).items()
             for key, value in block.items()]
    effect = "permit" if statement["Effect"] == "Allow" else "forbid"
    when = f" when {{ {' && '.join(tests)} }}" if tests else ""
    return f"@id({text(statement['Sid'])})\n{effect}(principal == Session::\"teacher\", action in [{names}], resource){when};"


def main(root, path):
    """Asks Cedar; runs where `cedarpy` is installed."""
    import cedarpy
    policies = pathlib.Path(root) / "Policies"
    role = json.loads((policies / "roles/teacher.json").read_text())
    statements = [statement for name in role["policies"]
                  for statement in json.loads((policies / "policies" / name).read_text())["Statement"]]
    policy_set = cedarpy.PolicySet.from_str("\n".join(translated(statement) for statement in statements))
    entities = cedarpy.Entities.from_json_str(text([{"uid": {"type": "Session", "id": "teacher"}, "attrs": {}, "parents": []}]))
    requests = []
    for line in pathlib.Path(path).read_text().splitlines():
        action, table, key = line.split(" ")
        table = table.replace("/", "/index/")
        requests.append({"principal": 'Session::"teacher"', "action": f"Action::{text(action)}",
                         "resource": f"Table::{text(table)}", "context": {} if key == "-" else {"leadingKey": key}})
    results = cedarpy.is_authorized_batch(requests, policy_set, entities)
    done, begun = 0, time.monotonic()
    while time.monotonic() - begun < PYTHON_SECONDS:
        cedarpy.is_authorized_batch(requests * 20, policy_set, entities)
        done += len(requests) * 20
    print(text({"answers": [result.allowed for result in results], "rate": done / (time.monotonic() - begun),
                "version": importlib.metadata.version("cedarpy"), "statements": len(statements)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
