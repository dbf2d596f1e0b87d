"""What the tests of the reviewer's commands share: a folder that may be changed, answers, the rules of SARIF."""

import json
import pathlib
import re
import shutil
import subprocess

from conftest import ROOT, binary, plain_environment

SCHOOL, TENANT = "s00000000000def2", "t00000000000abc1"
OWN_KEY = f"TENANT#{SCHOOL}#STUDENT#1"
TEACHER = ["--role", "teacher", "--school", SCHOOL, "--tenant", TENANT]
GET_OWN = ["--action", "GetItem", "--table", "student-table", "--key", OWN_KEY]


def run(*words, cwd=ROOT, environment=None):
    return subprocess.run(
        [binary(), "policy", *map(str, words)], capture_output=True, text=True, timeout=60, cwd=cwd,
        env={**plain_environment(), **(environment or {})})


def answer(code, *words, cwd=ROOT):
    """The JSON of a command that ends with this code."""
    done = run(*words, "--json", cwd=cwd)
    assert done.returncode == code, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return json.loads(done.stdout)


def copy_of_policies(tmp_path):
    """A copy of the shipped policies that a test may change."""
    shutil.copytree(ROOT / "Policies", tmp_path / "Policies")
    return tmp_path / "Policies"


def change(file, edit):
    document = json.loads(file.read_text())
    edit(document)
    file.write_text(json.dumps(document, indent=2))


def open_reads(folder):
    """Every school's key in a statement that is to be about one school's."""
    def edit(document):
        for statement in document["Statement"]:
            statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"] = "TENANT#*"

    change(folder / "policies/student-table-read.json", edit)


def check_sarif(text, folder=None):
    """The rules of the SARIF 2.1.0 schema that a reader relies on; the results."""
    log = json.loads(text)
    assert log["version"] == "2.1.0" and log["$schema"].endswith("sarif-2.1.0.json")
    (run_,) = log["runs"]
    driver = run_["tool"]["driver"]
    assert driver["name"] == "homeroom" and re.fullmatch(r"\d+\.\d+\.\d+", driver["semanticVersion"])
    assert run_["columnKind"] in ("unicodeCodePoints", "utf16CodeUnits")
    rules = driver["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    for rule in rules:
        assert rule["shortDescription"]["text"] and rule["fullDescription"]["text"] and rule["help"]["text"]
        assert rule["defaultConfiguration"]["level"] in ("error", "warning", "note")
    prints = set()
    for result in run_["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note") and result["message"]["text"]
        (location,) = result["locations"]
        place = location["physicalLocation"]
        uri = place["artifactLocation"]["uri"]
        assert re.fullmatch(r"[A-Za-z0-9._~!$&'()*+,;=@%/:-]+", uri) and not uri.startswith("/")
        assert place["region"]["startLine"] >= 1 and place["region"]["startColumn"] >= 1
        if folder:
            assert pathlib.Path(uri.removeprefix("file://")).is_file()
        (value,) = result["partialFingerprints"].values()
        assert re.fullmatch(r"[0-9a-f]{32}", value) and value not in prints
        prints.add(value)
        for fix in result.get("fixes", []):
            for changed in fix["artifactChanges"]:
                assert changed["artifactLocation"]["uri"] == uri
                for replacement in changed["replacements"]:
                    assert {"startLine", "startColumn", "endLine", "endColumn"} <= set(replacement["deletedRegion"])
    assert all(set(invocation) >= {"executionSuccessful"} for invocation in run_["invocations"])
    return run_["results"]


def s(text):
    return {"S": text}
