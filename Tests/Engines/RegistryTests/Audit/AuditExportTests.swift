import Base
import Registry
import TestKit
import Testing

/// An export is read as it was written, or is refused.
@Suite struct AuditExportTests {
    private static let anchor = AuditAnchor(
        kind: .denial, number: 12, digest: String(repeating: "d", count: 64),
        time: Timestamp(milliseconds: 5), cutBy: AuditActor("credential:k", origin: .init(address: "::1")),
        cutAt: Timestamp(milliseconds: 9))
    private static let lines: [AuditExportLine] = [
        .begin(kinds: [.activity, .denial], time: Timestamp(milliseconds: 7)), .anchor(anchor),
        .entry(Array(#"{"kind":"activity","number":1}"#.utf8)),
        .unchained(Array(#"{"id":{"sequence":1}}"#.utf8)),
        .head(AuditHead(kind: .access, number: 3, digest: "ab", time: Timestamp(milliseconds: 8))),
        .other(name: "signature", Array(#"{"signature":"x"}"#.utf8)),
    ]

    @Test func readsWhatItWrote() throws {
        for line in Self.lines {
            #expect(line.bytes.last == 0x0A)
            #expect(!line.bytes.dropLast().contains(0x0A))
            #expect(try AuditExportLine(parsing: line.bytes) == line)
            #expect(try AuditExportLine(parsing: line.bytes.dropLast()) == line)
        }
    }

    @Test(arguments: [
        ("", AuditExportError.notALine), ("[]", .notALine), ("{}", .notALine), ("{\"a b\":1}", .notALine),
        ("{\"head\":{}}", .malformed("head")), ("{\"head\":1,\"kind\":2}", .malformed("head")),
        (#"{"head":{"digest":"","kind":"other","number":1,"time":2}}"#, .malformed("head")),
        ("{\"anchor\":[]}", .malformed("anchor")),
        (#"{"export":{"format":2,"kinds":[],"time":1}}"#, .otherFormat(2)),
    ]) func refusesWhatIsNoLine(text: String, error: AuditExportError) {
        #expect(throws: error) { try AuditExportLine(parsing: text.utf8) }
    }

    @Test func refusesALineWithoutEnd() throws {
        var splitter = AuditLineSplitter()
        let piece = [UInt8](repeating: 0x20, count: 100_000)
        #expect(throws: AuditExportError.tooLong(max: Limits.auditLineBytesMax)) {
            for _ in 0..<10 { try splitter.take(piece) { _ in } }
        }
    }

    @Test func takesLinesApartInWhateverPiecesTheyCome() throws {
        let text = Self.lines.flatMap(\.bytes)
        for size in [1, 2, 7, 64, 100_000] {
            var splitter = AuditLineSplitter()
            var found: [AuditExportLine] = []
            for start in stride(from: 0, to: text.count - 1, by: size) {
                try splitter.take(text[start..<min(start + size, text.count - 1)]) {
                    found.append(try AuditExportLine(parsing: $0))
                }
            }
            try splitter.end { found.append(try AuditExportLine(parsing: $0)) }
            #expect(found == Self.lines)
        }
    }

    @Test func anExportWithoutItsEndIsNotSound() throws {
        let world = try AuditWorld()
        try world.write(5)
        let lines = try world.export([.activity])
        for count in 0..<lines.count {
            var verifier = AuditChainVerifier()
            for line in lines.prefix(count) { try verifier.take(line: line) }
            let verdict = verifier.finish()
            // Of nothing at all nothing can be said.
            #expect(verdict.isSound == (count == 0))
        }
    }

    @Test func fuzzedExportsNeverPassForOthers() throws {
        let world = try AuditWorld()
        try world.write(6)
        try world.write(3, .denial)
        let lines = try world.export()
        let text = lines.flatMap { $0 }
        let entries = Set(lines.filter { $0.starts(with: Array(#"{"kind""#.utf8)) })
        let pieces = ["\n", "{", "}", "\"number\":", "\"previous\":\"\"", "{\"head\":", "{\"anchor\":"]
        try Fuzzer("exports of the audit", rounds: 400, accepting: 0.0...1.0).runParser { random in
            var verifier = AuditChainVerifier()
            var splitter = AuditLineSplitter()
            var seen = Set<[UInt8]>()
            let changed = text.mutated(random, changesMax: 3, pieces: pieces)
            do {
                let take: (ArraySlice<UInt8>) throws -> Void = { line in
                    if case .entry(let text) = try AuditExportLine(parsing: line) {
                        seen.insert(text + [0x0A])
                    }
                    try verifier.take(line: line)
                }
                try splitter.take(changed, take)
                try splitter.end(take)
            } catch is AuditExportError { return .refused }
            let verdict = verifier.finish()
            // Whatever passes as whole has the entries that were written and no others.
            if verdict.isSound, verdict.chains.map(\.entries) == [6, 0, 3],
                verdict.chains.allSatisfy({ $0.cutThrough == 0 })
            {
                try #require(seen == entries || verdict.chains.count < 3)
            }
            return verdict.isSound ? .accepted : .refused
        }
    }
}
