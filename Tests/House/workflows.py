"""No workflow without its fault test: each kind of run in Sources has a `RunFaults(of: …)` in Tests that names it."""

import re

# A type that says it is a workflow, at its declaration or in an extension.
CONFORMS = re.compile(r"\b(?:struct|class|enum|actor|extension)\s+(\w+)\s*(?:<[^>{]*>)?\s*:\s*([^{]*)\{")
FAULTS = re.compile(r"\bRunFaults\s*\(\s*of:\s*(?:\w+\.)*?(\w+)\.\w+\s*\)")


def workflows(path, code):
    """The workflows that a file declares, as (type, line); `code` is masked."""
    for found in CONFORMS.finditer(code):
        supers = re.split(r"[,&\s]+|\bwhere\b", found[2])
        if "Workflow" in supers or "Workflows.Workflow" in supers:
            yield found[1], code.count("\n", 0, found.start()) + 1


def check(sources):
    """The faults of a package's Swift files, masked, by path."""
    tested = set()
    for path, code in sources.items():
        if path.startswith("Tests/") and not path.startswith("Tests/RunTestKit/"):
            tested.update(FAULTS.findall(code))
    faults = []
    for path, code in sources.items():
        if not path.startswith("Sources/"):
            continue
        for name, line in workflows(path, code):
            if name not in tested:
                what = (f"`{name}` has no fault test; put its runs through every fault with "
                        f"`RunFaults(of: {name}.kind) {{ … }}.exhaust()` in Tests (see Tests/RunTestKit/RunFaults.swift)")
                faults.append((path, line, "workflows", what))
    return faults
