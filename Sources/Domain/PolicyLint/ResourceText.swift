import Policies

/// The resource of a statement in its parts, as written.
struct ResourceText {
    let segments: [String]
    /// The parts of the last segment between its slashes; a slash in a variable's name is none of theirs.
    let parts: [String]
    /// The kinds of resource that it can match; nil where it has a form that no kind has.
    ///
    /// Source: AWS Service Authorization Reference, DynamoDB, "Resource types". A wildcard runs over slashes.
    let kinds: Set<PolicyAction.ResourceKind>?

    /// Nil for `*` and whatever has not six segments.
    init?(_ text: String) {
        segments = Glob.segments(text)
        guard segments.count == 6 else { return nil }
        parts = Glob.split(segments[5], at: UInt8(ascii: "/"), max: .max)
        let service = segments[2]
        guard service == "dynamodb" || service.contains("*") || service.contains("?") else {
            kinds = []
            return
        }
        let pattern = ResourceText.tokens(segments[5])
        let found = ResourceText.forms.filter { ResourceText.overlap(pattern, $0.1) }.map(\.0)
        kinds = found.isEmpty ? nil : Set(found)
    }

    var service: String { segments[2] }
    var last: String { segments[5] }

    /// The table it names, pattern or not; nil where the last segment is about no table.
    var table: String? {
        return parts.count > 1 && parts[0] == "table" ? parts[1] : nil
    }

    /// The index it names, pattern or not.
    var index: String? {
        return parts.count == 4 && parts[0] == "table" && parts[2] == "index" ? parts[3] : nil
    }

    static func isPattern(_ text: String) -> Bool { text.contains { $0 == "*" || $0 == "?" || $0 == "$" } }

    private static let forms: [(PolicyAction.ResourceKind, [UInt8])] = [
        (.table, form("table/1")), (.index, form("table/1/index/1")), (.stream, form("table/1/stream/2")),
        (.backup, form("table/1/backup/1")), (.export, form("table/1/export/1")),
        (.import, form("table/1/import/1")), (.globalTable, form("global-table/1")),
    ]

    private static func form(_ text: String) -> [UInt8] {
        text.utf8.map { $0 == UInt8(ascii: "1") ? 1 : $0 == UInt8(ascii: "2") ? 2 : $0 }
    }

    /// Whether a pattern of a policy and a form have a text in common. In a form 1 stands for a name without
    /// slash, 2 for any text.
    private static func overlap(_ pattern: [UInt8], _ form: [UInt8]) -> Bool {
        // Bit n: the pattern so far can end where n bytes of the form are used up. Forms have at most 30 bytes.
        var row: UInt32 = 1
        for token in pattern {
            if token == UInt8(ascii: "*") {
                // All places from the first on.
                let before: UInt32 = (1 << UInt32(row.trailingZeroBitCount)) &- 1
                let whole: UInt32 = (2 << UInt32(form.count)) &- 1
                row = whole & ~before
                continue
            }
            var next: UInt32 = 0
            for (place, byte) in form.enumerated() where row >> UInt32(place) & 1 == 1 {
                switch byte {
                case 1:
                    if token != UInt8(ascii: "/"), token != UInt8(ascii: " ") { next |= 3 << UInt32(place) }
                case 2: if token != UInt8(ascii: " ") { next |= 3 << UInt32(place) }
                default: if token == UInt8(ascii: "?") || token == byte { next |= 2 << UInt32(place) }
                }
            }
            row = next
            if row == 0 { return false }
        }
        return row >> UInt32(form.count) & 1 == 1
    }

    /// The bytes of a pattern, a variable as `*`.
    private static func tokens(_ pattern: String) -> [UInt8] {
        var tokens: [UInt8] = []
        var rest = Array(pattern.utf8)[...]
        while let byte = rest.first {
            if rest.starts(with: "${".utf8), let close = rest.firstIndex(of: UInt8(ascii: "}")) {
                tokens.append(UInt8(ascii: "*"))
                rest = rest[(close + 1)...]
            } else {
                tokens.append(byte)
                rest = rest.dropFirst()
            }
        }
        return tokens
    }
}
