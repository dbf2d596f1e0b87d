"""Files and functions that a reader can hold in view; the exceptions are listed with their size and may only shrink."""

import ast

from swift_source import functions

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60


def measure(path, text, code):
    """Everything in a file that is too long, as {(kind, path, name): (line, lines)}; names of functions count up."""
    found = {}
    lines = text.count("\n") + (not text.endswith("\n"))
    if lines > FILE_LINES_MAX:
        found[("file", path, "-")] = (1, lines)
    for name, line, count in (functions(code) if path.endswith(".swift") else _python_functions(text)):
        if count > FUNCTION_LINES_MAX:
            key, number = ("function", path, name), 2
            while key in found:
                key, number = ("function", path, f"{name}#{number}"), number + 1
            found[key] = (line, count)
    return found


def _python_functions(text):
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [
        (node.name, node.lineno, node.end_lineno - node.lineno + 1) for node in ast.walk(ast.parse(text))
        if isinstance(node, kinds)
    ]


def check(found, exceptions_path, exceptions):
    """Every fault, as (file, line, rule, what and remedy). `exceptions` holds lines `kind path name lines`."""
    faults, allowed = [], {}
    for number, line in enumerate(exceptions.splitlines(), 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if len(words) != 4 or words[0] not in ("file", "function") or not words[3].isdigit():
            faults.append((exceptions_path, number, "exceptions", "expected `file|function PATH NAME LINES`; correct it"))
            continue
        key, size = tuple(words[:3]), int(words[3])
        allowed[key] = size
        if key not in found:
            faults.append((exceptions_path, number, "exceptions", "nothing is too long there any more; delete the line"))
        elif found[key][1] < size:
            faults.append((exceptions_path, number, "exceptions", f"it is down to {found[key][1]}; write that"))
    for key, (line, size) in found.items():
        limit = FILE_LINES_MAX if key[0] == "file" else FUNCTION_LINES_MAX
        if size > allowed.get(key, 0):
            subject = "the file" if key[0] == "file" else f"`{key[2]}`"
            faults.append((key[1], line, "size", f"{subject} has {size} lines, {limit} are allowed; take it apart"))
    return faults
