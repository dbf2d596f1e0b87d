import FoundationEssentials
import Testing

/// Every note in the product's sources: what is changed says what it was like before, and after.
@Suite struct AuditNoteTests {
    /// What changes nothing that has a before and an after, and why.
    private static let others: [String: String] = [
        "run.started": "a run: its record tells the rest", "run.*": "a run's end: its record tells the rest",
        "tenant.move.*": "a move's receipt: the switch told before and after",
        "policy.refused": "nothing was changed", "api.*": "nothing was changed",
        "api.denied": "counts", "gateway.denied": "counts",
        "operator.changes": "what is about to be: the entry behind it tells the outcome",
        "operator.changed": "the store keeps the table's definition; the request is named",
        "operator.looked": "a look", "*.read": "a look", "token.issued": "nothing was there before",
        "token.refused": "nothing was changed",
        "account.held-back": "nothing was changed", "member.held-back": "nothing was changed",
        "account.credentials-changed": "what they were and are is in no entry",
        "session.issued": "credentials that were handed out: nothing is changed",
        "sessions.issued": "the same, counted",
        "export.read": "a look", "tenant.exported": "a copy: the tenant is as it was",
        "tenant.imported": "its detail counts the items; what they are is never in an entry",
        "erasure.started": "a run: its record tells the rest",
        "erasure.done": "its detail counts what went; what it was is to be forgotten",
        "school.move.receipt": "a move's receipt: the switch told before and after",
        "service-account.rotated": "secrets are in no entry", "secret.created": "nothing was there before",
        "data-key.created": "nothing was there before",
        "master-key.replaced": "its subject is the new key, its detail the rest",
        "audit.exported": "a look", "audit.trimmed": "its detail says which entries went",
    ]

    private static let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Sources")

    /// Each `AuditNote(…)` of the sources: the file, its action, its text.
    private static func notes() throws -> [(file: String, action: String, text: String)] {
        var found: [(String, String, String)] = []
        let paths = try FileManager.default.subpathsOfDirectory(atPath: sources.path)
        for path in paths.sorted() where path.hasSuffix(".swift") {
            let data = try Data(contentsOf: sources.appendingPathComponent(path))
            let text = String(decoding: data, as: UTF8.self)
            for range in text.ranges(of: "AuditNote(") {
                let call = balanced(text[range.upperBound...])
                guard call.contains("action:") else { continue }
                found.append((path, action(in: call), String(call)))
            }
        }
        return found
    }

    /// The text up to the parenthesis that closes it.
    private static func balanced(_ text: Substring) -> Substring {
        var depth = 1
        let end = text.firstIndex { character in
            if character == "(" { depth += 1 }
            if character == ")" { depth -= 1 }
            return depth == 0
        }
        return text[..<(end ?? text.endIndex)]
    }

    private static func action(in call: Substring) -> String {
        let rest = call.firstRange(of: "action:").map { call[$0.upperBound...] } ?? ""
        let value = rest.drop { $0.isWhitespace }
        guard value.first == "\"" else { return "" }
        let literal = value.dropFirst().prefix { $0 != "\"" }
        return literal.firstRange(of: "\\(").map { String(literal[..<$0.lowerBound]) + "*" }
            ?? String(literal)
    }

    @Test func eachChangeSaysWhatWasBeforeOrWhatIsAfter() throws {
        let notes = try Self.notes()
        #expect(notes.count > 20)
        for note in notes where !note.text.contains("before:") && !note.text.contains("after:") {
            let isKnown =
                Self.others[note.action] != nil
                // Whose name is made elsewhere: calls of runs and of the control API.
                || note.action.isEmpty
            #expect(
                isKnown,
                "\(note.file): the note `\(note.action)` says neither `before:` nor `after:`; add them, or add the action to the table with the reason"
            )
        }
    }

    /// Secrets and item contents have no way in by their names.
    @Test func noNoteNamesASecretOrAnItem() throws {
        for note in try Self.notes() {
            for word in ["secretDigest", ".secret", "password", "item.", "image", "attributes"] {
                #expect(!note.text.contains(word), "\(note.file): `\(note.action)` has `\(word)` in it")
            }
        }
    }
}
