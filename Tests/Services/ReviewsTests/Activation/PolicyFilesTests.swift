import Base
import Crypto
import Registry
import TestKit
import Testing

@testable import Reviews

@Suite struct PolicyFilesTests {
    private func files(_ texts: [String: String]) -> PolicyFiles {
        PolicyFiles(files: texts.mapValues { Array($0.utf8) })
    }

    @Test func theDigestIsThatOfPathsLengthsAndBytesInOrder() {
        let some = files(["roles/b.json": "{}", "policies/a.json": "[1]\n"])
        #expect(
            String(decoding: some.archive, as: UTF8.self) == "policies/a.json\n4\n[1]\nroles/b.json\n2\n{}")
        #expect(some.digest == SHA256.hash("policies/a.json\n4\n[1]\nroles/b.json\n2\n{}").hex)
        // Source: FIPS 180-4's digest of the empty message.
        #expect(
            files([:]).digest == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    }

    @Test(arguments: [
        [:], ["roles/a.json": ""], ["roles/a.json": "x\ny", "roles/b.json": "\n\n0\n"],
        ["roles/a.json": "policies/b.json\n3\nabc"],
    ])
    func anArchiveIsReadBack(texts: [String: String]) {
        #expect(PolicyFiles(archive: files(texts).archive) == files(texts))
    }

    @Test(arguments: [
        "a", "a\n", "a\n1", "a\nx\n", "a\n-1\n", "a\n2\nx", "a\n1\nxb", "a\n1\nxa\n1\ny", "\n", "a\n1 \nx",
        "\u{0}",
    ])
    func whatIsNoArchiveIsRefused(text: String) { #expect(PolicyFiles(archive: Array(text.utf8)) == nil) }

    @Test func twoFoldersHaveOneDigestOnlyWhereTheyAreTheSame() {
        let ways = [
            files(["roles/a.json": "1"]), files(["roles/a.json": "2"]), files(["roles/b.json": "1"]),
            files(["roles/a.json": "1", "roles/b.json": ""]), files(["roles/a.json": "1\n"]),
            files(["roles/a.json": "1roles/b.json\n0\n"]),
        ]
        #expect(Set(ways.map(\.digest)).count == ways.count)
    }

    @Test(arguments: ["roles/a.json", "policies/A_b-1.2.json", "cases/x.json"])
    func takesAPath(path: String) { #expect(files([path: "{}"]).fault == nil) }

    @Test(arguments: [
        "a.json", "roles/a.txt", "roles/.json", "roles/..json", "roles/../a.json", "../roles/a.json",
        "roles/x/a.json", "/roles/a.json", "roles//a.json", "other/a.json", "roles/a b.json", "roles/é.json",
        "roles/a\n.json", "roles/\(String(repeating: "a", count: 129)).json", "README.md", "",
    ])
    func refusesAPath(path: String) {
        #expect(files([path: "{}"]).fault?.contains("is no file of policies") == true)
    }

    @Test func refusesTooManyFilesAndTooManyBytes() {
        let many = Dictionary(
            uniqueKeysWithValues: (0..<Limits.policyFolderFilesMax).map { ("roles/r\($0).json", "") })
        #expect(files(many).fault == nil)
        #expect(
            files(many.merging(["cases/one-more.json": ""]) { $1 }).fault
                == "there are 1001 files, at most 1000 are taken")
        let room = Limits.policyFolderBytesMax - "roles/a.json\n1048555\n".utf8.count
        #expect(files(["roles/a.json": String(repeating: "x", count: room)]).fault == nil)
        #expect(
            files(["roles/a.json": String(repeating: "x", count: room + 1)]).fault
                == "the files come to 1048577 bytes, at most 1048576 are taken")
    }

    @Test func tellsWhichFilesDiffer() {
        let old = files(["roles/a.json": "1", "roles/b.json": "1", "cases/c.json": "1"])
        let new = files(["roles/a.json": "1", "roles/b.json": "2", "policies/d.json": "1"])
        #expect(
            new.changes(since: old)
                == PolicyFileChanges(
                    added: ["policies/d.json"], changed: ["roles/b.json"], removed: ["cases/c.json"]))
        #expect(new.changes(since: new).isEmpty)
    }

    @Test func fuzzedArchivesAreRefusedOrReadBackAsTheyWere() throws {
        let seed = files(["roles/a.json": "{}", "policies/b.json": "12345678901", "cases/c.json": ""]).archive
        try Fuzzer("policy archives", rounds: 4000, accepting: 0.01...0.99).runParser { random in
            var bytes = seed
            for _ in 0...random.below(3) {
                let index = random.below(bytes.count)
                switch random.below(3) {
                case 0: bytes[index] = random.bytes(1)[0]
                case 1: bytes.remove(at: index)
                default: bytes.insert(UInt8(0x30 + random.below(10)), at: index)
                }
            }
            guard let read = PolicyFiles(archive: bytes) else { return .refused }
            // Files in another order are an archive, too; whatever is read holds the same bytes.
            try #require(PolicyFiles(archive: read.archive) == read)
            return .accepted
        }
    }
}
