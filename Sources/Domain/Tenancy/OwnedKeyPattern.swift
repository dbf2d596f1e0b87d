import Base

/// A form of partition keys that says whose they are, as a catalog writes it: `{tenantId}`,
/// `TENANT#{schoolId}#*`.
///
/// A literal, one variable, a literal, and perhaps a `*` at the end that stands for any bytes, none included.
/// It is matched on the bytes of the key, so it decides as DynamoDB compares.
///
/// INVARIANT (prefix-free ids): ids have one length and hold no delimiter, and what follows the variable
/// begins with a delimiter. So the keys of different owners never mix, and neither do the runs of keys that
/// `spans` answers.
public struct OwnedKeyPattern: Hashable, Sendable, CustomStringConvertible {
    /// What the variable stands for.
    public enum Variable: String, Hashable, Sendable, CaseIterable {
        /// The district's own id.
        case tenantID = "tenantId"
        /// The id of one of its schools.
        case schoolID = "schoolId"
    }

    /// Which kind of id the keys hold.
    public let variable: Variable
    /// Whether keys may go on behind the last literal.
    public let isOpen: Bool
    /// What stands before the id.
    public let prefix: [UInt8]
    /// What stands behind it, up to the end or the `*`.
    public let suffix: [UInt8]

    /// Reads a pattern as a catalog writes it.
    /// - Throws: `OwnedKeyPatternError` where it has no variable or several, an unknown one, a `*` not at its
    ///   end, a brace that is not closed, more than `Limits.ownedKeyPatternBytesMax` bytes, or no delimiter
    ///   after the variable: then one id could be the beginning of another's key.
    public init(parsing text: String) throws(OwnedKeyPatternError) {
        guard text.utf8.count <= Limits.ownedKeyPatternBytesMax else {
            throw .tooLong(bytes: text.utf8.count)
        }
        guard let open = text.firstIndex(of: "{") else { throw .noVariable(text) }
        guard let close = text[open...].firstIndex(of: "}") else { throw .unclosedVariable(text) }
        let name = String(text[text.index(after: open)..<close])
        guard let variable = Variable(rawValue: name) else { throw .unknownVariable(name) }
        let head = text[..<open]
        var tail = text[text.index(after: close)...]
        let isOpen = tail.last == "*"
        if isOpen { tail = tail.dropLast() }
        guard !tail.contains("{") else { throw .severalVariables(text) }
        guard !head.contains("}"), !tail.contains("}") else { throw .unclosedVariable(text) }
        guard !head.contains("*"), !tail.contains("*") else { throw .misplacedStar(text) }
        if isOpen || !tail.isEmpty {
            guard let delimiter = tail.utf8.first, !OwnedKeyPattern.mayContinueName(delimiter) else {
                throw .noDelimiter(text)
            }
        }
        self.variable = variable
        self.isOpen = isOpen
        prefix = Array(head.utf8)
        suffix = Array(tail.utf8)
    }

    /// The pattern as a catalog writes it.
    public var description: String {
        String(decoding: prefix, as: UTF8.self) + "{\(variable.rawValue)}"
            + String(decoding: suffix, as: UTF8.self) + (isOpen ? "*" : "")
    }

    /// Whose key this is, or nil where it has another form.
    public func owner(of key: UnsafeRawBufferPointer) -> KeyOwner? {
        guard hasForm(key) else { return nil }
        let id = key[prefix.count..<prefix.count + PackedID.byteCount]
        let text = String(decoding: id, as: UTF8.self)
        switch variable {
        case .tenantID: return TenantID(text).map { .tenant($0) }
        case .schoolID: return SchoolID(text).map { .school($0) }
        }
    }

    /// Whose key this is, or nil where it has another form.
    public func owner(of key: [UInt8]) -> KeyOwner? { key.withUnsafeBytes { owner(of: $0) } }

    /// The same key with another id in the variable's place; nil where it has another form.
    public func key(_ key: [UInt8], withID id: [UInt8]) -> [UInt8]? {
        guard key.withUnsafeBytes({ hasForm($0) }), id.count == PackedID.byteCount else { return nil }
        return Array(key[..<prefix.count]) + id + Array(key[(prefix.count + PackedID.byteCount)...])
    }

    /// Whether the key has this form and holds one of these ids: the second wall's question. Allocates
    /// nothing.
    public func matches(_ key: UnsafeRawBufferPointer, owners: KeyOwners) -> Bool {
        hasForm(key) && owners.contains(PackedID(key, at: prefix.count), as: variable)
    }

    /// Whether the key has this form and holds one of these ids.
    public func matches(_ key: [UInt8], owners: KeyOwners) -> Bool {
        key.withUnsafeBytes { matches($0, owners: owners) }
    }

    /// Whether literals and length fit. What stands in the variable's place is not looked at.
    private func hasForm(_ key: UnsafeRawBufferPointer) -> Bool {
        let literalEnd = prefix.count + PackedID.byteCount + suffix.count
        guard isOpen ? key.count >= literalEnd : key.count == literalEnd else { return false }
        return OwnedKeyPattern.equals(key, at: 0, prefix)
            && OwnedKeyPattern.equals(key, at: prefix.count + PackedID.byteCount, suffix)
    }

    private static func equals(_ key: UnsafeRawBufferPointer, at offset: Int, _ literal: [UInt8]) -> Bool {
        for index in literal.indices where key[offset + index] != literal[index] { return false }
        return true
    }

    /// Letters and digits, and the bytes of other scripts' letters: after an id they could be read as more of
    /// it.
    private static func mayContinueName(_ byte: UInt8) -> Bool {
        (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5A) || (byte >= 0x61 && byte <= 0x7A)
            || byte >= 0x80
    }
}

/// Why a text is no owned-key pattern.
public enum OwnedKeyPatternError: Error, Hashable, Sendable, CustomStringConvertible {
    /// No `{…}`.
    case noVariable(String)
    /// More than one `{…}`.
    case severalVariables(String)
    /// A `{` without `}`, or the other way round.
    case unclosedVariable(String)
    /// A name in braces that stands for nothing.
    case unknownVariable(String)
    /// A `*` that is not the last character.
    case misplacedStar(String)
    /// Behind the variable comes `*`, a letter or a digit.
    case noDelimiter(String)
    /// Longer than `Limits.ownedKeyPatternBytesMax`.
    case tooLong(bytes: Int)

    /// What is wrong and what to do: `what; remedy`.
    public var description: String {
        switch self {
        case .noVariable(let text):
            "the owned-key pattern `\(text)` names no owner; put `{tenantId}` or `{schoolId}` where the id stands"
        case .severalVariables(let text):
            "the owned-key pattern `\(text)` has several variables; keep the one that says whose key it is"
        case .unclosedVariable(let text):
            "the owned-key pattern `\(text)` has a brace without its partner; write `{tenantId}` or `{schoolId}`"
        case .unknownVariable(let name):
            "`{\(name)}` is no variable of an owned-key pattern; "
                + Suggestion.remedy(for: name, among: OwnedKeyPattern.Variable.allCases.map(\.rawValue))
        case .misplacedStar(let text):
            "the owned-key pattern `\(text)` has a `*` before its end; keep only the last one"
        case .noDelimiter(let text):
            "the owned-key pattern `\(text)` has no delimiter after its variable, so one owner's keys could begin"
                + " with another's; put `#` there"
        case .tooLong(let bytes):
            "the owned-key pattern has \(bytes) bytes; use at most \(Limits.ownedKeyPatternBytesMax)"
        }
    }
}
