import Base
import HTTPServer

/// A request, taken over from the connection so that any thread may work on it.
struct ControlRequest: Sendable {
    /// Names the request in the answer and in the log.
    let id: String
    let method: HTTPMethod
    /// Path and query as they were sent.
    let target: [UInt8]
    /// The path's segments, percent-encoding removed; the empty path has none.
    let path: [String]
    /// What stands behind the `?`.
    let query: RequestQuery
    let authorization: String?
    let idempotencyKey: String?
    let ifMatch: String?
    let ifNoneMatch: String?
    let lastEventID: String?
    let contentType: String?
    let remoteAddress: String
    /// Whether the client is on this machine, and no proxy between.
    var isLocal = false
    let body: [UInt8]
}

extension ControlRequest {
    /// The request of an exchange.
    /// - Throws: `Problem` where the target or the idempotency key is malformed.
    init(_ exchange: HTTPExchange, id: String) throws(Problem) {
        self.id = id
        method = exchange.method
        target = exchange.target
        let parts = exchange.target.split(
            separator: UInt8(ascii: "?"), maxSplits: 1, omittingEmptySubsequences: false)
        path = try ControlRequest.segments(parts[0])
        query = try RequestQuery(parsing: parts.count > 1 ? parts[1] : [])
        authorization = exchange.fields.text(of: "authorization")
        contentType = exchange.fields.text(of: "content-type")
        remoteAddress = exchange.remoteAddress
        isLocal = exchange.isLocal
        body = exchange.body
        idempotencyKey = try ControlRequest.checkedKey(exchange.fields.text(of: "idempotency-key"))
        ifMatch = exchange.fields.text(of: "if-match")
        ifNoneMatch = exchange.fields.text(of: "if-none-match")
        lastEventID = exchange.fields.text(of: "last-event-id")
    }

    /// The same caller's request to read what lies at the path, with neither query nor body.
    var reading: ControlRequest {
        ControlRequest(
            id: id, method: .get, target: target, path: path, query: RequestQuery(),
            authorization: authorization, idempotencyKey: nil, ifMatch: nil, ifNoneMatch: nil,
            lastEventID: nil, contentType: nil, remoteAddress: remoteAddress, isLocal: isLocal, body: [])
    }

    private static func segments(_ bytes: ArraySlice<UInt8>) throws(Problem) -> [String] {
        var result: [String] = []
        // An empty segment is none of a path's: what was meant to stand there has been forgotten.
        for part in bytes.dropFirst().split(
            separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        {
            guard let text = PercentText.decode(part) else {
                throw .invalid("the path is not percent-encoded UTF-8; encode it by RFC 3986")
            }
            result.append(text)
        }
        return result
    }

    private static func checkedKey(_ key: String?) throws(Problem) -> String? {
        guard let key else { return nil }
        let isPrintable = key.utf8.allSatisfy { $0 >= 0x21 && $0 <= 0x7E }
        guard (1...Limits.requestKeyBytesMax).contains(key.utf8.count), isPrintable else {
            throw .invalid(
                "expected 1 to \(Limits.requestKeyBytesMax) printable ASCII characters without spaces in Idempotency-Key; "
                    + "a UUID will do", field: "Idempotency-Key")
        }
        return key
    }
}

/// The names and values behind a target's `?`.
struct RequestQuery: Sendable, Equatable {
    private var values: [String: String] = [:]

    /// No parameters.
    init() {}

    init(parsing bytes: ArraySlice<UInt8>) throws(Problem) {
        for part in bytes.split(separator: UInt8(ascii: "&")) {
            let pair = part.split(
                separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let sent = PercentText.decode(pair[0], isForm: true),
                let value = PercentText.decode(pair.count > 1 ? pair[1] : [], isForm: true)
            else { throw .invalid("the query is not percent-encoded UTF-8; encode it by RFC 3986") }
            // What `cursor` was called before.
            let name = sent == "after" ? "cursor" : sent
            guard values[name] == nil else {
                throw .invalid("the parameter `\(name)` stands there twice; give it once", field: name)
            }
            values[name] = value
        }
    }

    /// The names that stand there.
    var names: [String] { values.keys.sorted() }

    /// The parameter's value, or nil.
    subscript(name: String) -> String? { values[name] }

    /// Where the page before has ended, or nil for the first page.
    func cursor() throws(Problem) -> String? {
        guard let text = values["cursor"] else { return nil }
        guard (1...Limits.cursorBytesMax).contains(text.utf8.count) else {
            throw ListPage<Never>.badCursor
        }
        return text
    }

    /// The parameter as a whole number of a range, or nil.
    func integer(_ name: String, in range: ClosedRange<Int>) throws(Problem) -> Int? {
        guard let text = values[name] else { return nil }
        guard let number = Int(text), String(number) == text, range.contains(number) else {
            throw .invalid(
                "expected a whole number from \(range.lowerBound) to \(range.upperBound) as `\(name)`, found `\(text)`",
                field: name)
        }
        return number
    }

    /// The parameter as a moment that is past, named or so long ago; or nil.
    func moment(_ name: String, before now: Timestamp) throws(Problem) -> Timestamp? {
        guard let text = values[name] else { return nil }
        if let moment = Timestamp(past: text, before: now) { return moment }
        throw .invalid(
            "expected how long ago (`30m`, `1h`, `2d`) or a moment in UTC (`2026-01-31T08:05:00Z`), found `\(text)`",
            field: name)
    }
}

/// Percent-encoding (RFC 3986 section 2.1).
enum PercentText {
    /// The text; nil where an escape is malformed or the bytes are not UTF-8. In a form `+` is a space.
    static func decode(_ bytes: ArraySlice<UInt8>, isForm: Bool = false) -> String? {
        var result: [UInt8] = []
        var rest = bytes
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%") {
                guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit)
                else {
                    return nil
                }
                result.append(high << 4 | low)
            } else {
                result.append(isForm && byte == UInt8(ascii: "+") ? 0x20 : byte)
            }
        }
        return String(validating: result, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x37
        case 0x61...0x66: byte - 0x57
        default: nil
        }
    }
}
