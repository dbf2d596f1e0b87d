"""Each rule of the house check: a case that triggers it and the neighbour that passes."""

import copy
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import check
import floors
import lines
import sizes
import workflows
from swift_source import functions, masked

README = """
# X

## Floors

```
Sources/
  Edge/       API             what callers see
  Domain/     Items, Keys     values
              Names           more
  Bindings/   SQLite          one target
  Headers/    CSQLite         nothing more

arrows: Items → Names
```

## Words
"""


def target(path, *dependencies):
    name = path.split("/")[-1]
    return {"name": name, "path": path, "dependencies": [{"byName": [other, None]} for other in dependencies]}


PACKAGE = {"targets": [
    target("Sources/Edge/API", "Items", "SQLite"), target("Sources/Domain/Items", "Names"), target("Sources/Domain/Keys"),
    target("Sources/Domain/Names"), target("Sources/Bindings/SQLite", "CSQLite"), target("Sources/Headers/CSQLite"),
    target("Tests/Domain/ItemsTests", "Items"),
]}


def of_floors(sources=None, readme=README, change=None):
    package = copy.deepcopy(PACKAGE)
    if change:
        change({entry["name"]: entry for entry in package["targets"]})
    return floors.check(floors.Drawing(readme), package, {path: masked(text) for path, text in (sources or {}).items()})


def depend(name, other):
    return lambda targets: targets[name]["dependencies"].append({"byName": [other, None]})


def rules(faults):
    return [(path, line, rule) for path, line, rule, _ in faults]


class Floors(unittest.TestCase):
    def test_passes_what_goes_down_or_along_an_arrow(self):
        sources = {
            "Sources/Edge/API/A.swift": "import Items\nimport Foundation\n@testable import SQLite\n",
            "Sources/Domain/Items/I.swift": "public import Names\n// import Keys\nimport Synchronization\n",
            "Sources/Bindings/SQLite/S.swift": "import CSQLite\n",
        }
        self.assertEqual(of_floors(sources), [])

    def test_refuses_an_import_that_goes_up(self):
        faults = of_floors({"Sources/Domain/Items/I.swift": "\nimport API\n"})
        self.assertIn(("Sources/Domain/Items/I.swift", 2, "floors"), rules(faults))

    def test_refuses_a_dependency_that_goes_up_although_nothing_imports_it(self):
        self.assertEqual(rules(of_floors(change=depend("Names", "API"))), [("Package.swift", 1, "floors")])

    def test_refuses_a_sibling_without_an_arrow(self):
        faults = of_floors({"Sources/Domain/Items/I.swift": "import Keys\n"}, change=depend("Items", "Keys"))
        self.assertEqual(rules(faults), [("Package.swift", 1, "floors"), ("Sources/Domain/Items/I.swift", 1, "floors")])

    def test_refuses_an_arrow_against_its_direction(self):
        faults = of_floors({"Sources/Domain/Names/N.swift": "import Items\n"})
        self.assertIn(("Sources/Domain/Names/N.swift", 1, "floors"), rules(faults))

    def test_refuses_an_import_that_is_not_declared(self):
        faults = of_floors({"Sources/Edge/API/A.swift": "import Names\n"})
        self.assertEqual(rules(faults), [("Sources/Edge/API/A.swift", 1, "imports")])

    def test_refuses_an_unknown_module(self):
        faults = of_floors({"Sources/Edge/API/A.swift": "import struct XCTest.Case\n"})
        self.assertEqual(rules(faults), [("Sources/Edge/API/A.swift", 1, "imports")])

    def test_refuses_a_c_library_outside_of_bindings(self):
        faults = of_floors({"Sources/Domain/Items/I.swift": "import CSQLite\n"}, change=depend("Items", "CSQLite"))
        self.assertIn(("Sources/Domain/Items/I.swift", 1, "floors"), rules(faults))

    def test_refuses_a_target_that_is_not_drawn_or_drawn_elsewhere(self):
        self.assertEqual(rules(of_floors(readme=README.replace("Items, Keys", "Items"))), [("README.md", 1, "drawing")])
        moved = README.replace("  Edge/       API             what callers see\n", "").replace("SQLite   ", "SQLite, API   ")
        self.assertEqual(rules(of_floors(readme=moved)), [("README.md", 1, "drawing")])

    def test_refuses_a_drawn_target_that_is_none(self):
        faults = of_floors(readme=README.replace("Items, Keys", "Items, Keys, Doors"))
        self.assertEqual(rules(faults), [("README.md", 9, "drawing")])

    def test_refuses_an_arrow_that_nothing_takes(self):
        faults = of_floors(readme=README.replace("Items → Names", "Items → Names, Keys → Names"))
        self.assertEqual(rules(faults), [("README.md", 14, "drawing")])

    def test_refuses_a_circle(self):
        faults = of_floors(readme=README.replace("→ Names", "→ Names, Names → Items"), change=depend("Names", "Items"))
        self.assertEqual(rules(faults), [("README.md", 14, "drawing")] * 2)


class Sizes(unittest.TestCase):
    def measured(self, path, text):
        return sizes.measure(path, text, masked(text))

    def test_files(self):
        self.assertEqual(self.measured("A.swift", "x\n" * 400), {})
        self.assertEqual(self.measured("A.swift", "x\n" * 401), {("file", "A.swift", "-"): (1, 401)})
        self.assertEqual(self.measured("a.py", "x\n" * 401), {("file", "a.py", "-"): (1, 401)})

    def test_functions(self):
        def swift(count):
            return "\nfunc long(a: Int) -> Int {\n" + "x\n" * (count - 2) + "}\n"
        self.assertEqual(self.measured("A.swift", swift(60)), {})
        self.assertEqual(self.measured("A.swift", swift(61)), {("function", "A.swift", "long"): (2, 61)})
        self.assertEqual(len(self.measured("A.swift", swift(61) * 2)), 2)
        python = "def long():\n" + "    x = 1\n" * 60
        self.assertEqual(self.measured("a.py", python), {("function", "a.py", "long"): (1, 61)})
        self.assertEqual(self.measured("a.py", python.replace("    x = 1\n", "", 1)), {})

    def test_the_list_of_exceptions_only_shrinks(self):
        found = {("file", "A.swift", "-"): (1, 450)}
        for text, expected in [
            ("", ["size"]), ("# why\nfile A.swift - 450\n", []), ("file A.swift - 449\n", ["size"]),
            ("file A.swift - 451\n", ["exceptions"]), ("file A.swift - 450\nfile B.swift - 500\n", ["exceptions"]),
            ("file A.swift - 450\nnonsense\n", ["exceptions"]),
        ]:
            with self.subTest(text):
                self.assertEqual([fault[2] for fault in sizes.check(found, "e.txt", text)], expected)


class SwiftSource(unittest.TestCase):
    def test_masks_comments_and_strings_only(self):
        for text, expected in [
            ('a "b" c', "a     c"), ("a // b\nc", "a     \nc"), ("a /* b /* c */ d */ e", "a                   e"),
            ('"\\("x" + y(z))" q', "                q"), ('#"a"b"# c', " " * 8 + "c"), ('"a\\"b" c', "       c"),
            ('"""\na "b" c\n""" d', "   \n       \n    d"), ('f(#"\\#("}")"#) {', "f(           ) {"),
        ]:
            with self.subTest(text):
                self.assertEqual(masked(text), expected)

    def test_finds_functions(self):
        text = """
        protocol P { func a(); init(x: Int)
            func b() -> Int }
        func c(d: () -> Void = {}) {
            x.init(); let y = "}"
            func inner() {
            }
        }
        init() { }
        static func < (a: A, b: A) -> Bool { true }
        subscript(i: Int) -> Int {
            1
        }
        """
        expected = [("c", 4, 5), ("inner", 6, 2), ("init", 9, 1), ("<", 10, 1), ("subscript", 11, 3)]
        self.assertEqual(functions(masked(text)), expected)


class Lines(unittest.TestCase):
    def swift(self, text, path="Sources/Domain/Items/A.swift"):
        return [(line, rule) for _, line, rule, _ in lines.check_swift(path, text, masked(text))]

    def test_try(self):
        self.assertEqual(self.swift("try! f()\n\nlet x = try? f()"), [(1, "try!"), (3, "try?")])
        self.assertEqual(self.swift('try f()\nlet x = "try! try?" // try!\nlet y = try (a ? b : c)()'), [])
        self.assertEqual(self.swift("if try !f() {}"), [])

    def test_unchecked_sendable(self):
        text = "class A: @unchecked Sendable {}"
        self.assertEqual(self.swift(text), [(1, "unchecked")])
        self.assertEqual(self.swift(text, "Sources/Bindings/SQLite/A.swift"), [])
        self.assertEqual(self.swift("class A: Sendable {} // not @unchecked Sendable"), [])

    def test_deliberate_faults(self):
        use = "#if MUTANTS\n    if Mutant.isOn(.noFence) { return }\n#endif"
        self.assertEqual(self.swift(f"import Tables\n{use}"), [(3, "mutant")])
        self.assertEqual(self.swift(f"import Base\n{use}"), [])
        self.assertEqual(self.swift(f"#if MUTANTS\n    import Base\n#endif\n{use}"), [])
        self.assertEqual(self.swift(use, "Sources/Base/Base/TaskQueue.swift"), [])

    def test_docstrings(self):
        for declaration in [
            "public let a = 1", "@inlinable public static func f() {}", "public private(set) var a: Int", "public init() {}",
            "public final class A {}", "public typealias B = C", "    public mutating func f() {}", "open class A {}",
        ]:
            with self.subTest(declaration):
                self.assertEqual(self.swift(f"\n{declaration}"), [(2, "docstring")])
                self.assertEqual(self.swift(f"// no docstring\n{declaration}"), [(2, "docstring")])
                self.assertEqual(self.swift(f"/// What for.\n{declaration}"), [])
                self.assertEqual(self.swift(f"/// What for.\n@discardableResult\n@inlinable\n{declaration}"), [])
                self.assertEqual(self.swift(f"/// What for.\n// Why so.\n{declaration}"), [])
                self.assertEqual(self.swift(declaration, "Tests/Domain/ItemsTests/A.swift"), [])
        self.assertEqual(self.swift("let a = 1\nfunc f() {}\npublic extension A {\n"), [])

    def test_docstrings_of_requirements(self):
        text = "/// P.\npublic protocol P {\n{}    func f()\n}\n\nstruct S {\n    func g() {\n        var x = 1\n    }\n}\n"
        self.assertEqual(self.swift(text.replace("{}", "", 1)), [(3, "docstring")])
        self.assertEqual(self.swift(text.replace("{}", "    /// What for.\n", 1)), [])
        self.assertEqual(self.swift("protocol P {\n    func f()\n}\n"), [])

    def text(self, text):
        return [rule for _, _, rule, _ in lines.check_text("notes.md", text)]

    def test_machine_paths(self):
        for path in ["/" + "work/x", "cd /" + "root/.cache", "/tmp/" + "wt/a", "/home/" + "me/x"]:
            self.assertEqual(self.text(path), ["machine path"], path)
        for path in ["../shared/data", "src/" + "work/x", "/tmp/x", "a./" + "root/x"]:
            self.assertEqual(self.text(path), [], path)

    def test_registries(self):
        for host in ["https://pypi." + "org/simple", "ghcr." + "io/x", "--index-" + "url x", "registry." + "example.com"]:
            self.assertEqual(self.text(host), ["registry"], host)
        self.assertEqual(self.text("the registry. Then homeroom.example"), [])

    def test_later(self):
        self.assertEqual(self.text("// TO" + "DO: x"), ["later"])
        self.assertEqual(self.text("FIX" + "ME"), ["later"])
        self.assertEqual(self.text("a mastodon, TO" + "DOS"), [])


class Workflows(unittest.TestCase):
    def of(self, source, test=""):
        texts = {"Sources/Services/Moves/M.swift": source, "Tests/Services/MovesTests/T.swift": test}
        return rules(workflows.check({path: masked(text) for path, text in texts.items()}))

    def test_demands_the_fault_test_of_each_workflow(self):
        missing = [("Sources/Services/Moves/M.swift", 2, "workflows")]
        for declaration in [
            "public struct Move: Workflow {", "final class Move: Sendable, Workflow {", "extension Move: Workflow {",
            "struct Move<Store>: Workflow where Store: Sendable {", "struct Move: Workflows.Workflow {",
        ]:
            with self.subTest(declaration):
                source = f"\n{declaration}\n}}\n"
                self.assertEqual(self.of(source), missing)
                self.assertEqual(self.of(source, "RunFaults { try World() }.exhaust()"), missing)
                self.assertEqual(self.of(source, "RunFaults(of: Other.kind) { try World() }.exhaust()"), missing)
                self.assertEqual(self.of(source, "// RunFaults(of: Move.kind) { }"), missing)
                self.assertEqual(self.of(source, "RunFaults(of: Move.kind) { try World() }.exhaust()"), [])
                self.assertEqual(self.of(source, "RunFaults(of: Moves.Move.runKind) { try World() }.exhaust()"), [])

    def test_passes_what_is_no_workflow(self):
        for source in [
            "struct Move: WorkflowStep {\n}", "let all: [any Workflow] = []", "struct A { let b: Workflow\n}",
            "// struct Move: Workflow {", "protocol Workflow: Sendable {", "extension Workflow {\n}",
        ]:
            with self.subTest(source):
                self.assertEqual(self.of(source), [])

    def test_a_test_of_the_kit_itself_counts_for_nothing(self):
        sources = {"Sources/A/M.swift": "struct Move: Workflow {\n}", "Tests/RunTestKit/R.swift": "RunFaults(of: Move.kind) {}"}
        self.assertEqual(rules(workflows.check(sources)), [("Sources/A/M.swift", 1, "workflows")])


class Whole(unittest.TestCase):
    def test_puts_the_rules_together(self):
        texts = {"README.md": README, "Sources/Domain/Items/A.swift": "public let a = try! f()\n", check.EXCEPTIONS: ""}
        self.assertEqual(rules(check.check(texts, PACKAGE)), [
            ("Sources/Domain/Items/A.swift", 1, "docstring"), ("Sources/Domain/Items/A.swift", 1, "try!"),
        ])
        texts["Sources/Domain/Items/A.swift"] = "/// What for.\npublic let a = try f()\n"
        self.assertEqual(check.check(texts, PACKAGE), [])


if __name__ == "__main__":
    unittest.main()
