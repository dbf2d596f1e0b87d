import Crypto

/// Names a representation, so that a client can ask for it only where it has changed, and change it only where it has not.
/// Source: RFC 9110, section 8.8.3.
struct EntityTag: Sendable, Equatable {
    /// With its quotes.
    let text: String

    /// The strong tag of these bytes: they and no others have it. With a `state` the tag begins with that of the state and a dot,
    /// which others of the same state share.
    init(of body: [UInt8], state: [UInt8]? = nil) {
        let beginning = state.map { EntityTag.digest($0) + EntityTag.separator } ?? ""
        text = "\"" + beginning + EntityTag.digest(body) + "\""
    }

    /// The tag of an answer.
    init(_ response: ControlResponse) { self.init(of: response.body, state: response.state) }

    /// Whether a tag, with its quotes, is of the same state, or where there is none of the same bytes.
    func hasSameState(as other: String) -> Bool {
        guard let end = text.firstIndex(where: { String($0) == EntityTag.separator }) else {
            return other == text
        }
        return other.hasPrefix(text[...end])
    }

    private static func digest(_ bytes: [UInt8]) -> String {
        Base64URL.encode(SHA256.hash(bytes).bytes.prefix(digestBytes))
    }

    /// None of Base64's characters.
    private static let separator = "."

    /// Of SHA-256; nobody can make two answers of a server share a tag by chance.
    private static let digestBytes = 16
}

/// What `If-Match` or `If-None-Match` lists. Source: RFC 9110, sections 13.1.1 and 13.1.2.
struct EntityTagList: Sendable, Equatable {
    /// Whether it is `*`: any representation.
    private let isAny: Bool
    /// The tags with their quotes, and whether they are weak.
    private let tags: [Tag]

    private struct Tag: Sendable, Equatable {
        let text: String
        let isWeak: Bool
    }

    /// - Throws: `Problem` where it is neither `*` nor a list of tags.
    init(_ text: String, field: String) throws(Problem) {
        guard text != "*" else {
            (isAny, tags) = (true, [])
            return
        }
        var rest = Substring(text)
        var found: [Tag] = []
        while let tag = EntityTagList.next(&rest) { found.append(tag) }
        guard !found.isEmpty, rest.allSatisfy({ $0 == " " || $0 == "\t" || $0 == "," }) else {
            throw .invalid(
                "expected `*` or tags as they stand in the field ETag, with their quotes, in \(field)",
                field: field)
        }
        (isAny, tags) = (false, found)
    }

    /// Whether the representation is the very same, or another one of the same state: weak tags never match.
    func matches(_ tag: EntityTag) -> Bool {
        isAny || tags.contains { !$0.isWeak && tag.hasSameState(as: $0.text) }
    }

    /// Whether it is as good as the same.
    func weaklyMatches(_ tag: EntityTag) -> Bool { isAny || tags.contains { $0.text == tag.text } }

    private static func next(_ rest: inout Substring) -> Tag? {
        rest = rest.drop { $0 == " " || $0 == "\t" || $0 == "," }
        let isWeak = rest.hasPrefix("W/")
        let start = isWeak ? rest.dropFirst(2) : rest
        guard start.first == "\"", let end = start.dropFirst().firstIndex(of: "\"") else { return nil }
        let text = start[...end]
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else { return nil }
        rest = start[start.index(after: end)...]
        return Tag(text: String(text), isWeak: isWeak)
    }
}
