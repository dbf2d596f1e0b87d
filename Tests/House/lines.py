"""The rules that look at one line, or at one line and the one above it."""

import re

# Put together from pieces, so that this file passes its own rules.
_MACHINE_PATH = re.compile(r"(?<![\w.])(?:/" + r"work/|/" + r"root/|/tmp/" + r"wt|/home/\w+/)")
_REGISTRY = re.compile(
    r"(?i)\b(?:" + "|".join([
        r"pypi\." + "org", r"pythonhosted\." + "org", r"registry\." + r"[\w-]+\.\w+", r"artifactory" + r"[\w.-]*\.\w+",
        r"nexus" + r"[\w-]*\.[\w-]+\.\w+", r"deb\.debian\." + "org", r"ghcr\." + "io", r"index-" + r"url\b", r"trusted-" + r"host\b",
    ]) + ")")
_LATER = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME)\b")

_MODIFIERS = (
    r"(?:(?:static|class|final|mutating|nonmutating|nonisolated|override|convenience|required|indirect|borrowing|consuming|"
    r"unowned|weak|lazy|async|prefix|postfix|infix|(?:private|fileprivate|internal)\(set\)|nonisolated\(unsafe\))\s+)*")
_KINDS = r"(?:var|let|func|init|struct|enum|class|protocol|actor|typealias|subscript|case|associatedtype|macro)\b"
_ATTRIBUTES = r"\s*(?:@\w+(?:\([^)]*\))?\s+)*"
_PUBLIC = re.compile(_ATTRIBUTES + r"(?:public|open)\s+" + _MODIFIERS + _KINDS)
_PROTOCOL = re.compile(_ATTRIBUTES + r"(?:public|open)\s+protocol\b")
_REQUIREMENT = re.compile(_ATTRIBUTES + _MODIFIERS + r"(?:var|func|init|subscript|associatedtype)\b")
_ATTRIBUTE_LINE = re.compile(r"\s*(?:@\w+(?:\([^)]*\))?\s*)+$|\s*#(?:if|else|elseif|endif)\b.*$|\s*//(?!/)")


def check_text(path, text):
    """Rules for every text file that is tracked."""
    faults = []
    for number, line in enumerate(text.splitlines(), 1):
        if found := _MACHINE_PATH.search(line):
            faults.append((path, number, "machine path", f"`{found[0]}` is one machine's path; find it from the package"))
        if found := _REGISTRY.search(line):
            faults.append((path, number, "registry", f"`{found[0]}` binds us to one registry; leave it to configuration"))
        if found := _LATER.search(line):
            faults.append((path, number, "later", f"`{found[0]}`: do it now, or write an issue and take it out"))
    return faults


def check_swift(path, text, code):
    """Rules for Swift: `code` is `text` without comments and strings."""
    faults = []
    for number, line in enumerate(code.splitlines(), 1):
        if re.search(r"\btry!", line):
            faults.append((path, number, "try!", "a fault would end the process; use `do`/`catch` or let it throw"))
        if re.search(r"\btry\?", line):
            faults.append((path, number, "try?", "the error gets lost; use `do`/`catch` and say what happens then"))
        if re.search(r"@unchecked\s+Sendable", line) and not path.startswith("Sources/Bindings/"):
            faults.append((path, number, "unchecked", "`@unchecked Sendable` is for Bindings only; use Mutex or an actor"))
    # Nothing else compiles the deliberate faults but `make sim-mutants`, which takes too long for a check.
    mutant = re.search(r"\bMutant\.", code)
    if mutant and not path.startswith("Sources/Base/") and not re.search(r"^\s*import Base$", code, re.MULTILINE):
        number = code.count("\n", 0, mutant.start()) + 1
        faults.append((path, number, "mutant", "`Mutant` is of Base, which the file does not import; `import Base`"))
    if path.startswith(("Sources/", "Tests/TestKit/")):
        faults += _check_docstrings(path, text.splitlines(), code.splitlines())
    return faults


def _check_docstrings(path, lines, code):
    faults, depth, protocol_depth = [], 0, None
    for index, line in enumerate(code):
        is_requirement = protocol_depth is not None and depth == protocol_depth + 1 and _REQUIREMENT.match(line)
        if (_PUBLIC.match(line) or is_requirement) and not _has_docstring(lines, index):
            what = lines[index].strip()[:60]
            faults.append((path, index + 1, "docstring", f"`{what}` is public; say above it with `///` what it is for"))
        if protocol_depth is None and _PROTOCOL.match(line):
            protocol_depth = depth
        depth += line.count("{") - line.count("}")
        if protocol_depth is not None and depth <= protocol_depth and "}" in line:
            protocol_depth = None
    return faults


def _has_docstring(lines, index):
    index -= 1
    while index >= 0 and _ATTRIBUTE_LINE.match(lines[index]):
        index -= 1
    return index >= 0 and (lines[index].strip().startswith("///") or lines[index].strip().endswith("*/"))
