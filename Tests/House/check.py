"""The house check: rules of the style that a program can hold us to. Run by `make check` from anywhere in the package.

Prints one line a fault, `file:line: rule: what; remedy`, and ends with status 1 when there is any.
"""

import json
import pathlib
import subprocess
import sys

import floors
import lines
import sizes
import workflows
from swift_source import masked

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
EXCEPTIONS = "Tests/House/exceptions.txt"


def read_texts(root):
    """The text files that git tracks or would track, by path."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(command, cwd=root, check=True, capture_output=True).stdout.decode().split("\0")
    texts = {}
    for name in sorted(set(filter(None, names))):
        path = root / name
        if not path.is_file() or path.is_symlink():
            continue
        content = path.read_bytes()
        if b"\0" in content:
            continue
        try:
            texts[name] = content.decode()
        except UnicodeDecodeError:
            continue
    return texts


def check(texts, package):
    """Every fault of a package, as (file, line, rule, what and remedy)."""
    faults, too_long, sources = [], {}, {}
    for path, text in texts.items():
        faults += lines.check_text(path, text)
        if path.endswith(".swift"):
            sources[path] = masked(text)
            faults += lines.check_swift(path, text, sources[path])
        if path.endswith((".swift", ".py")):
            too_long.update(sizes.measure(path, text, sources.get(path)))
    faults += sizes.check(too_long, EXCEPTIONS, texts.get(EXCEPTIONS, ""))
    faults += workflows.check(sources)
    faults += floors.check(floors.Drawing(texts.get("README.md", "")), package, sources)
    return sorted(set(faults))


def main():
    command = ["swift", "package", "--package-path", str(ROOT), "dump-package"]
    package = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    faults = check(read_texts(ROOT), package)
    for path, line, rule, what in faults:
        print(f"{path}:{line}: {rule}: {what}")
    if faults:
        print(f"house check: {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
