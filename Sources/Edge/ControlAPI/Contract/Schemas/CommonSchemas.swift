import Base
import Registry
import Tenancy
import Tokens

extension Schema {
    // MARK: Ids and names

    private static let idTail = "[0-9a-hjkmnp-tv-z]{15}$"
    static let tenantID = Schema.text(pattern: "^t" + idTail)
    static let studentID = Schema.text(pattern: "^[A-Za-z0-9._-]{1,64}$")
    static let schoolID = Schema.text(pattern: "^s" + idTail)
    static let runID = Schema.text(pattern: "^r" + idTail)
    /// SHA-256 in lower case hex.
    static let digest = Schema.text(pattern: "^[0-9a-f]{64}$")
    static let isolation = Schema.words(["pooled", "dedicated"])
    /// What tokens are signed with.
    static let algorithm = Schema.words(SigningAlgorithm.allCases.map(\.rawValue))
    /// A day of the calendar.
    static let day = Schema(.text(format: "date", pattern: nil, length: nil))
    /// Days on which no tenant is moved by itself.
    static let blackouts = Schema.list(.object(["from": .day, "to": .day, "reason": .text]))
    /// Texts by their names.
    static let texts = Schema.map(.text)

    /// A role of those who run the platform.
    static let platformRole = Schema.words(PlatformRole.allCases.map(\.rawValue))
    static let platformRoles = Schema.list(.platformRole, max: PlatformRole.allCases.count)

    // MARK: Parameters

    static let cursor = Schema.text(1...Limits.cursorBytesMax).saying(
        "the `next` of the page before, as it was")
    static let limit = Schema.integer(1...Limits.pageMax)
        .saying("entries of one page; \(Limits.pageStandard) where nobody says")
    static let past = Schema.text(1...64)
        .saying("how long ago (`30m`, `1h`, `2d`), a day, or a moment in UTC (`2026-01-31T08:05:00Z`)")
    /// How a list may be sorted, by the first of these fields where nobody says.
    static func sort(_ fields: [String], standard: String? = nil) -> Schema {
        .words(ListSort.words(fields)).saying(
            "what the list is sorted by, with `-` the other way round; `\(standard ?? fields[0])` where nobody says"
        )
    }
    static let trueOnly = Schema.words(["true"])

    // MARK: Parts of requests

    static let dryRun = Schema.flag.saying("answer what would be done, and do nothing")
    static let reason = Schema.text(1...500).saying("why, in up to 500 bytes; the audit keeps it")
    /// A character as people count them may be several of JSON's.
    static let name = Schema.text(1...Limits.displayNameCharactersMax * 4)
        .saying("up to \(Limits.displayNameCharactersMax) characters as people count them")
    static let files = Schema.map(.text).saying("the files' texts by their paths")

    /// A page of a list.
    static func page(_ member: String, of element: Schema, and more: KeyValuePairs<String, Schema> = [:])
        -> Schema
    {
        var members = [Member(name: member, isRequired: true, schema: .list(element))]
        members += Schema.object(more).members
        let next = Schema.text.saying("`cursor` of the next page; missing on the last one")
        members.append(Member(name: "next", isRequired: false, schema: next))
        return Schema(.object(members, isClosed: false))
    }
}

/// Schemas that operations of several subjects share.
enum CommonSchemas {
    static let schemas: KeyValuePairs<String, Schema> = ["Problem": problem]

    /// More members than these, where the kind of problem has them.
    static let problem = Schema.object([
        "type": .words(Problem.Kind.allCases.map(\.type)),
        "title": .text, "status": .integer(400...599),
        "detail": .text.saying("what was expected, what was found, and what to do"),
        "field?": .text.saying("the member, parameter or header field at fault"),
        "pointer?": .text.saying(
            "where the member at fault stands in the body, as a JSON pointer (RFC 6901)"),
        "requestId": .text.saying("the same as the field X-Request-Id; the server's log has it too"),
    ])
}

extension Problem.Kind {
    /// What names the kind for programs.
    var type: String { "urn:homeroom:problem:\(rawValue)" }
}
