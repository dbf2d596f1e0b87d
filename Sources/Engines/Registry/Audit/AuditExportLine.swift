import Base
import FoundationEssentials

/// A line of an export of the audit: JSON text, ended by a line feed.
///
/// An export has for each chain the line of its anchor, where its beginning was cut, the lines of its entries from the oldest
/// to the newest, and the line of its head. The first line of all says `{"export":{"format":1,"kinds":[…],"time":T}}`. An
/// entry's line is exactly the text whose digest its successor names (see `AuditEntry`); the others have one member, whose
/// name says what they are: `anchor`, `head` and `unchained`, the last of which holds an entry from before there were chains.
/// Lines with other members are whoever's and are passed over: they cannot stand in the place of any of these.
public enum AuditExportLine: Equatable, Sendable {
    /// The first line.
    case begin(kinds: [AuditKind], time: Timestamp)
    /// Where a chain begins.
    case anchor(AuditAnchor)
    /// An entry's text.
    case entry([UInt8])
    /// The text of an entry from before there were chains.
    case unchained([UInt8])
    /// Where a chain ends.
    case head(AuditHead)
    /// Something else: the name of its member, and the line.
    case other(name: String, [UInt8])

    private struct Beginning: Codable {
        let format: Int
        let kinds: [AuditKind]
        let time: Timestamp
    }

    private struct Anchor: Codable {
        let cutAt: Timestamp
        let cutBy: AuditActor
        let digest: String
        let kind: AuditKind
        let number: Int64
        let time: Timestamp
    }

    /// The line, with its line feed.
    public var bytes: [UInt8] {
        switch self {
        case .begin(let kinds, let time):
            Self.wrapped("export", Beginning(format: 1, kinds: kinds, time: time))
        case .anchor(let anchor):
            Self.wrapped(
                "anchor",
                Anchor(
                    cutAt: anchor.cutAt, cutBy: anchor.cutBy, digest: anchor.digest, kind: anchor.id,
                    number: anchor.number, time: anchor.time))
        case .entry(let text), .other(_, let text): text + [0x0A]
        case .unchained(let text): Array(#"{"unchained":"#.utf8) + text + Array("}\n".utf8)
        case .head(let head): Self.wrapped("head", head)
        }
    }

    private static func wrapped(_ name: String, _ value: some Encodable) -> [UInt8] {
        Array("{\"\(name)\":\(RegistryTable.text(value))}\n".utf8)
    }

    /// Reads a line, with or without its line feed.
    /// - Throws: `AuditExportError` where it is none.
    public init(parsing line: some Collection<UInt8>) throws(AuditExportError) {
        var bytes = Array(line)
        if bytes.last == 0x0A { bytes.removeLast() }
        guard bytes.count <= Limits.auditLineBytesMax else { throw .tooLong(max: Limits.auditLineBytesMax) }
        guard bytes.first == UInt8(ascii: "{"), bytes.last == UInt8(ascii: "}"), let name = Self.name(bytes)
        else { throw .notALine }
        switch name {
        case "kind": self = .entry(bytes)
        case "export":
            let beginning: Beginning = try Self.unwrapped(name, bytes)
            guard beginning.format == 1 else { throw .otherFormat(beginning.format) }
            self = .begin(kinds: beginning.kinds, time: beginning.time)
        case "anchor":
            let anchor: Anchor = try Self.unwrapped(name, bytes)
            self = .anchor(
                AuditAnchor(
                    kind: anchor.kind, number: anchor.number, digest: anchor.digest, time: anchor.time,
                    cutBy: anchor.cutBy, cutAt: anchor.cutAt))
        case "head": self = .head(try Self.unwrapped(name, bytes))
        case "unchained":
            self = .unchained(Array(bytes.dropFirst(#"{"unchained":"#.utf8.count).dropLast()))
        default: self = .other(name: name, bytes)
        }
    }

    /// The name of the line's first member: letters alone.
    private static func name(_ bytes: [UInt8]) -> String? {
        guard bytes.count > 5, bytes[1] == UInt8(ascii: "\"") else { return nil }
        let letters = bytes[2...].prefix(33).prefix {
            (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
        }
        guard (1...32).contains(letters.count), bytes[letters.endIndex...].starts(with: Array("\":".utf8))
        else {
            return nil
        }
        return String(decoding: letters, as: UTF8.self)
    }

    private static func unwrapped<Value: Decodable>(
        _ name: String, _ bytes: [UInt8]
    ) throws(AuditExportError) -> Value {
        do {
            let members = try JSONDecoder().decode([String: Value].self, from: Data(bytes))
            guard members.count == 1, let value = members[name] else { throw AuditExportError.notALine }
            return value
        } catch { throw .malformed(name) }
    }
}

/// Why a line of an export cannot be read.
public enum AuditExportError: Error, Equatable, Sendable, CustomStringConvertible {
    /// It is no JSON object on one line.
    case notALine
    /// It is longer than any line that is written.
    case tooLong(max: Int)
    /// It says that it is this, and is not.
    case malformed(String)
    /// The export is of another version's format.
    case otherFormat(Int)

    /// One line for people.
    public var description: String {
        switch self {
        case .notALine: "expected a line `{…}` of an export of the audit"
        case .tooLong(let max): "the line is longer than the \(max) bytes that a line may have"
        case .malformed(let name): "the line begins as `\(name)` does and is none"
        case .otherFormat(let format):
            "the export is of format \(format), and this Homeroom reads format 1; use the Homeroom that wrote it"
        }
    }
}

/// Takes an export apart into its lines, in the pieces in which it comes.
public struct AuditLineSplitter: Sendable {
    private var rest: [UInt8] = []

    /// At the beginning of an export.
    public init() {}

    /// Hands the lines that `piece` completes to `body`, without their line feeds. Empty ones are left out.
    /// - Throws: `.tooLong` where a line does not end; what `body` throws.
    public mutating func take(
        _ piece: some Collection<UInt8>, _ body: (ArraySlice<UInt8>) throws -> Void
    ) throws {
        rest += piece
        var start = rest.startIndex
        while let end = rest[start...].firstIndex(of: 0x0A) {
            if end > start { try body(rest[start..<end]) }
            start = end + 1
        }
        rest.removeSubrange(..<start)
        guard rest.count <= Limits.auditLineBytesMax else {
            throw AuditExportError.tooLong(max: Limits.auditLineBytesMax)
        }
    }

    /// Hands what stands behind the last line feed to `body`, where anything does.
    public mutating func end(_ body: (ArraySlice<UInt8>) throws -> Void) rethrows {
        if !rest.isEmpty { try body(rest[...]) }
        rest = []
    }
}
