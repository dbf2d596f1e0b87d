import Archives
import Base
import Items
import Registry
import Tables
import Tenancy

/// Which keys of a tenant are to be erased: patterns of partition keys, perhaps with one of sort keys, each of a logical table.
///
/// A `*` at the end stands for nothing, or for more that begins with neither letter nor digit: `…#1001*` is `…#1001` and
/// `…#1001#GRADES`, and neither `…#10012` nor `…#1001x`, who are other people. Behind a delimiter it stands for anything.
public struct ErasedKeys: Hashable, Sendable, Codable {
    /// A pattern of keys of one table.
    public struct Pattern: Hashable, Sendable, Codable {
        /// The logical table.
        public var table: String
        /// The partition key, perhaps with a `*` at its end.
        public var partition: String
        /// The sort key, perhaps with a `*` at its end; nil for all.
        public var sort: String?

        /// Keys of a table.
        public init(table: String, partition: String, sort: String? = nil) {
            self.table = table
            self.partition = partition
            self.sort = sort
        }

        /// Keys as people write them: `TABLE: PARTITION`, or `TABLE: PARTITION / SORT`.
        /// - Throws: `DepartureError.invalid`.
        public init(parsing text: String) throws(DepartureError) {
            guard let colon = text.firstIndex(of: ":") else {
                throw .invalid(field: "keys", remedy: "write `TABLE: PARTITION` or `TABLE: PARTITION / SORT`")
            }
            let rest = text[text.index(after: colon)...].drop { $0 == " " }
            let parts = String(rest).split(separator: " / ", maxSplits: 1, omittingEmptySubsequences: false)
            self.init(
                table: String(text[..<colon]), partition: String(parts[0]),
                sort: parts.count == 2 ? String(parts[1]) : nil)
        }
    }

    /// The patterns.
    public let patterns: [Pattern]

    /// These patterns, for one tenant.
    /// - Throws: `DepartureError`: no pattern or too many, an unknown table, a `*` elsewhere than at the end, keys that are not
    ///   all the tenant's own.
    public init(_ patterns: [Pattern], of tenant: TenantRecord, catalog: Catalog) throws(DepartureError) {
        guard (1...Limits.erasurePatternsMax).contains(patterns.count) else {
            throw .invalid(field: "keys", remedy: "give 1 to \(Limits.erasurePatternsMax) key patterns")
        }
        let schools = tenant.schools.map(\.id)
        for (index, pattern) in patterns.enumerated() {
            let logical = TableName(pattern.table).flatMap { catalog.table(named: $0) }
            guard let table = logical else {
                let names = catalog.tables.map { "`\($0.name)`" }.joined(separator: ", ")
                throw .invalid(
                    field: "keys",
                    remedy: "pattern \(index + 1) names no table of the catalog; there are \(names)")
            }
            guard table.key.partition.type == .string, KeyText(pattern.partition) != nil,
                pattern.sort.map({ KeyText($0) != nil }) ?? true
            else {
                throw .invalid(
                    field: "keys",
                    remedy: "pattern \(index + 1): a `*` may stand only at the end of a key, behind something"
                )
            }
            if pattern.sort != nil, table.key.sort?.type != .string {
                throw .invalid(
                    field: "keys", remedy: "pattern \(index + 1): the table has no sort key that is a text")
            }
            let spans = table.ownedKeys.spans(tenant: tenant.id, schools: schools)
            guard let text = KeyText(pattern.partition), spans.contains(where: { text.isWithin($0) }) else {
                throw .foreignKeys(pattern: index + 1)
            }
        }
        self.patterns = patterns
    }

    /// Whether a key of a logical table is one of them.
    public func contains(_ key: EncodedKey, table: String) -> Bool {
        patterns.contains { pattern in
            pattern.table == table && KeyText(pattern.partition)?.matches(key.partition) == true
                && (pattern.sort.map { KeyText($0)?.matches(key.sort) == true } ?? true)
        }
    }

    /// Where to look for the keys of a physical table.
    func ranges(table: String, physical: TableName) -> [KeyRange] {
        patterns.filter { $0.table == table }.compactMap { pattern in
            KeyText(pattern.partition).map { text in
                KeyRange(table: physical, lower: text.literal, upper: text.end)
            }
        }
    }

    /// The marks that stay of them.
    func marks(
        of tenant: TenantRecord, catalog: Catalog, digests: ErasureDigests, run: RunID, at now: Timestamp
    ) -> [ErasureMark] {
        patterns.compactMap { pattern -> ErasureMark? in
            let sort = pattern.sort.flatMap { KeyText($0) }
            guard let partition = KeyText(pattern.partition),
                let owner = owner(of: pattern, partition, tenant, catalog)
            else { return nil }
            let shape = ErasureMark.Shape(table: pattern.table, partition: partition.part, sort: sort?.part)
            let digest = digests.digest(
                of: shape, partition: partition.literal[...], sort: (sort?.literal ?? [])[...])
            return ErasureMark(
                id: ErasureMark.ID(owner: owner, digest: digest), shape: shape, run: run, at: now)
        }
    }

    /// Whose keys a pattern is about: a school's, or the tenant's own.
    private func owner(
        of pattern: Pattern, _ text: KeyText, _ tenant: TenantRecord, _ catalog: Catalog
    ) -> String? {
        guard let table = TableName(pattern.table).flatMap({ catalog.table(named: $0) }) else { return nil }
        let school = tenant.schools.map(\.id).first { school in
            let withSchool = table.ownedKeys.spans(tenant: tenant.id, schools: [school])
            let without = table.ownedKeys.spans(tenant: tenant.id, schools: [])
            return withSchool.contains { text.isWithin($0) } && !without.contains { text.isWithin($0) }
        }
        return school?.text ?? tenant.id.text
    }

    /// What the partition keys begin with: what else may name them is told by it.
    var literals: [String] {
        patterns.compactMap { KeyText($0.partition) }.map { String(decoding: $0.literal, as: UTF8.self) }
    }
}

/// A key as a pattern writes it.
struct KeyText {
    let literal: [UInt8]
    let isOpen: Bool

    /// Nil where nothing is fixed, or a `*` stands elsewhere than at the end.
    init?(_ text: String) {
        isOpen = text.hasSuffix("*")
        literal = Array(isOpen ? text.dropLast().utf8 : text[...].utf8)
        guard !literal.isEmpty, !literal.contains(UInt8(ascii: "*")) else { return nil }
    }

    /// The first key behind all that match.
    var end: [UInt8] { isOpen ? KeyText.successor(literal) : literal + [0] }

    func matches(_ key: [UInt8]) -> Bool { key.starts(with: literal) && part.ends(in: key) }

    /// What it looks like without what is in it.
    var part: ErasureMark.Part { ErasureMark.Part(bytes: literal.count, isOpen: isOpen) }

    /// Whether a key that matches begins there in a text, be the text longer or not.
    func isNamed(at start: Int, in text: [UInt8]) -> Bool {
        let end = start + literal.count
        guard end <= text.count, text[start..<end].elementsEqual(literal) else { return false }
        return end == text.count || !ErasureMark.Part.isOfName(literal[literal.count - 1])
            || !ErasureMark.Part.isOfName(text[end])
    }

    /// Whether all that match are keys of the span.
    func isWithin(_ span: KeySpan) -> Bool {
        guard !literal.lexicographicallyPrecedes(span.lower) else { return false }
        guard let upper = span.upper else { return true }
        return !upper.lexicographicallyPrecedes(end)
    }

    private static func successor(_ bytes: [UInt8]) -> [UInt8] {
        // The last byte of UTF-8 text is never 0xFF.
        bytes.dropLast() + [bytes[bytes.count - 1] + 1]
    }
}
