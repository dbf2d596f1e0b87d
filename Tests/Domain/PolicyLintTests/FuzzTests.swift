import Base
import TestKit
import Testing

@testable import PolicyLint

/// Files that are none: never a crash, every place inside the file, every fix applicable and final.
@Suite struct FuzzTests {
    private static let seeds: [[UInt8]] = {
        var seeds = LintRule.all.flatMap { [$0.faulty, $0.repaired] }.flatMap { Array($0.folder.values) }
        for name in SharedData.names(in: "iam/wild") where name != "index.json" {
            do {
                if let bytes = try SharedData.bytes(of: "iam/wild/" + name) { seeds.append(bytes) }
            } catch { Issue.record("\(name): \(error)") }
        }
        return seeds.filter { $0.count < 4000 }.sorted { $0.lexicographicallyPrecedes($1) }
    }()

    private static let words = [
        "\"", "{", "}", "[", "]", ",", ":", "*", "?", "${", "}", "${aws:PrincipalTag/school_id}", "#", "Null",
        "IfExists", "ForAllValues:", "ForAnyValue:", "dynamodb:*", "dynamodb:Scan", "\"Deny\"", "NotAction",
        "table/", "/index/*", "arn:aws:dynamodb:*:*:", "é", "\\u0041", "\\n", "5", "true", "[]", "{}",
        "{{x}}",
    ]

    private static func changed(_ random: SeededRandom) -> [UInt8] {
        var random = random
        guard var bytes = seeds.randomElement(using: &random), !bytes.isEmpty else { return [] }
        for _ in 0..<Int.random(in: 1...5, using: &random) {
            let place = Int.random(in: 0..<max(1, bytes.count), using: &random)
            let end = min(bytes.count, place + Int.random(in: 0...12, using: &random))
            switch Int.random(in: 0..<5, using: &random) {
            case 0: bytes.replaceSubrange(place..<end, with: [UInt8.random(in: 0...255, using: &random)])
            case 1, 2:
                bytes.insert(
                    contentsOf: (words.randomElement(using: &random) ?? "").utf8, at: min(place, bytes.count))
            case 3: bytes.removeSubrange(min(place, end)..<end)
            default:
                bytes.insert(contentsOf: Array(bytes[min(place, end)..<end]), at: min(place, bytes.count))
            }
        }
        return bytes
    }

    @Test func fuzzDocumentsNeverCrashAndFixesAreFinal() throws {
        let linter = try linter()
        try Fuzzer("policy lint, documents", rounds: 300).run { random in
            let bytes = FuzzTests.changed(random)
            let found = linter.lint(document: bytes, file: "f.json")
            try Places.check(found, in: bytes)
            let fixed = linter.fixed(document: bytes, file: "f.json")
            let again = linter.lint(document: fixed, file: "f.json")
            try #require(linter.fixed(document: fixed, file: "f.json") == fixed, "a fix is not final")
            // A fix takes its finding away and makes no text that cannot be read.
            if !found.contains(where: { $0.check.id == "json-syntax" }) {
                try #require(!again.contains { $0.check.id == "json-syntax" }, "a fix broke the file")
            }
        }
    }

    @Test func fuzzFoldersNeverCrash() throws {
        let linter = try linter()
        try Fuzzer("policy lint, folders", rounds: 150).run { random in
            var files = RefusalTests.sound
            var pick = random
            let path = files.keys.sorted().randomElement(using: &pick) ?? "roles/teacher.json"
            files[path] =
                Bool.random(using: &pick)
                ? FuzzTests.changed(random) : FuzzTests.mutated(files[path] ?? [], random)
            for (file, findings) in Dictionary(grouping: linter.lint(files: files), by: \.file) {
                guard let bytes = files[file] else { continue }
                try Places.check(findings, in: bytes)
            }
            let fixed = files.merging(linter.fixed(files: files)) { _, new in new }
            try #require(linter.fixed(files: fixed).isEmpty, "a fix is not final")
        }
    }

    private static func mutated(_ bytes: [UInt8], _ random: SeededRandom) -> [UInt8] {
        var random = random
        var bytes = bytes
        let place = Int.random(in: 0..<bytes.count, using: &random)
        bytes.insert(contentsOf: (words.randomElement(using: &random) ?? "").utf8, at: place)
        return bytes
    }

    @Test func fuzzRandomBytesAreNoJSON() throws {
        let linter = PolicyLinter(catalog: nil)
        try Fuzzer("policy lint, bytes", rounds: 200).run { random in
            var random = random
            let bytes = (0..<Int.random(in: 0..<60, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            let found = linter.lint(document: bytes, file: "f.json")
            try #require(!found.isEmpty)
            try Places.check(found, in: bytes)
        }
    }
}
