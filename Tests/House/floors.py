"""The floors: who may import whom. README's drawing is the law, Package.swift and the imports are held to it."""

import re

ORDER = ["Apps", "Edge", "Services", "Engines", "Domain", "Bindings", "Base", "Headers"]
SYSTEM_MODULES = {
    "Foundation", "FoundationEssentials", "FoundationInternationalization", "Glibc", "Synchronization", "Dispatch", "Testing",
}
IMPORT = re.compile(
    r"^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?import\s+"
    r"(?:(?:struct|class|enum|protocol|func|var|let|typealias)\s+)?(\w+)")


class Drawing:
    """What the fenced block after README's heading `## Floors` says."""

    def __init__(self, readme):
        self.floor_of = {}
        self.line_of = {}
        self.arrows = {}
        floor, in_section, in_block = None, False, False
        for number, line in enumerate(readme.splitlines(), 1):
            if line.startswith("```"):
                in_block = in_section and not in_block
            elif line.startswith("#") and not in_block:
                in_section = line.strip() == "## Floors"
            elif in_block and line.strip().startswith("arrows:"):
                for arrow in line.split(":", 1)[1].split(","):
                    ends = tuple(end.strip() for end in arrow.split("→"))
                    if len(ends) == 2:
                        self.arrows[ends] = number
            elif in_block:
                floor = self._read_targets(line, number, floor)

    def _read_targets(self, line, number, floor):
        first = re.match(r"\s+(\w+)/\s+(.*)", line)
        more = re.match(r"\s{8,}(\w.*)", line)
        if not (first and first[1] in ORDER) and not (more and floor):
            return None
        floor, rest = (first[1], first[2]) if first else (floor, more[1])
        names = re.split(r"\s{2,}", rest)[0]
        for name in names.split(","):
            self.floor_of[name.strip()] = floor
            self.line_of[name.strip()] = number
        return floor


def check(drawing, package, sources):
    """Every fault, as (file, line, rule, what and remedy).

    `package` is what `swift package dump-package` prints; `sources` maps the paths of Swift files to their masked code.
    """
    declared = {
        target["name"]: (target.get("path") or "", {name for name in map(_dependency, target["dependencies"]) if name})
        for target in package["targets"]
    }
    floor_of = {
        name: path.split("/")[1] for name, (path, _) in declared.items()
        if path.startswith("Sources/") and path.count("/") == 2
    }
    faults = _check_drawing(drawing, declared, floor_of)
    for path, code in sources.items():
        parts = path.split("/")
        if parts[0] == "Sources" and len(parts) > 3:
            faults += _check_imports(path, code, parts[2], declared, floor_of, drawing)
    return faults


def _dependency(entry):
    value = entry.get("byName") or entry.get("target") or entry.get("product")
    return value[0] if value else None


def _check_drawing(drawing, declared, floor_of):
    faults = []
    for name, floor in floor_of.items():
        if floor not in ORDER:
            faults.append(("Package.swift", 1, "floors", f"`{name}` is on `{floor}`, which is no floor; use one of {ORDER}"))
        elif drawing.floor_of.get(name) != floor:
            faults.append(("README.md", 1, "drawing", f"`{name}` is on `{floor}`; draw it there under `## Floors`"))
        for other in declared[name][1] & floor_of.keys():
            faults += _faults_of_step("Package.swift", 1, name, other, floor_of, drawing)
    for name, line in drawing.line_of.items():
        if name not in floor_of:
            faults.append(("README.md", line, "drawing", f"`{name}` is drawn but is no target; take it out"))
    for (start, end), line in drawing.arrows.items():
        if end not in declared.get(start, ("", set()))[1] or floor_of.get(start) != floor_of.get(end):
            faults.append(("README.md", line, "drawing", f"no target takes the arrow {start} → {end}; take it out"))
    return faults + _circles(drawing)


def _circles(drawing):
    faults = []
    for (start, end), line in drawing.arrows.items():
        seen, waiting = set(), [end]
        while waiting:
            name = waiting.pop()
            waiting += [to for (source, to) in drawing.arrows if source == name and to not in seen]
            seen.add(name)
        if start in seen:
            faults.append(("README.md", line, "drawing", f"{start} → {end} closes a circle; turn one arrow around"))
    return faults


def _faults_of_step(path, line, name, other, floor_of, drawing):
    """What is wrong with `name` using `other`."""
    mine, its = floor_of[name], floor_of[other]
    if mine not in ORDER or its not in ORDER or name == other:
        return []
    if ORDER.index(its) < ORDER.index(mine):
        return [(path, line, "floors", f"`{name}` ({mine}) uses `{other}` ({its}), which is above it; move one of them")]
    if mine == its and (name, other) not in drawing.arrows:
        return [(path, line, "floors", f"`{name}` uses its sibling `{other}`; draw the arrow in README or do without")]
    if its == "Headers" and mine != "Bindings":
        return [(path, line, "floors", f"`{name}` uses the C library `{other}`; go through its target in Bindings")]
    return []


def _check_imports(path, code, name, declared, floor_of, drawing):
    faults = []
    for number, line in enumerate(code.splitlines(), 1):
        match = IMPORT.match(line)
        if not match or match[1] in SYSTEM_MODULES:
            continue
        other = match[1]
        if other not in declared:
            faults.append((path, number, "imports", f"`{other}` is no target and not a module the house uses; do without"))
        elif other not in declared.get(name, ("", set()))[1]:
            faults.append((path, number, "imports", f"`{other}` is not declared for `{name}`; add it in Package.swift"))
        if other in floor_of and name in floor_of:
            faults += _faults_of_step(path, number, name, other, floor_of, drawing)
    return faults
