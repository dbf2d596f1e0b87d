import Base

/// A run of partition keys: from `lower` on, to before `upper`, as bytes compare.
public struct KeySpan: Hashable, Sendable {
    /// The first key that belongs to it.
    public let lower: [UInt8]
    /// The first behind it, or nil where it has no end.
    public let upper: [UInt8]?
}

extension OwnedKeyPattern {
    /// The keys of this form that belong to the tenant and these schools: disjoint, in order. One for each
    /// owner, so what they cost is in proportion to what the tenant has, not to what the table holds.
    public func spans(tenant: TenantID, schools: some Sequence<SchoolID>) -> [KeySpan] {
        let ids =
            switch variable {
            case .tenantID: [tenant.text]
            case .schoolID: Set(schools).sorted().map(\.text)
            }
        return ids.map { id in
            let lower = prefix + Array(id.utf8) + suffix
            // The next byte string after `lower` itself is `lower` and a zero; behind all that begin with it
            // comes the one with its last byte raised, and an owned pattern's last literal byte is never 0xFF
            // (it is UTF-8).
            return KeySpan(lower: lower, upper: isOpen ? OwnedKeyPattern.successor(lower) : lower + [0])
        }
    }

    private static func successor(_ key: [UInt8]) -> [UInt8] {
        guard let last = key.last else { preconditionFailure("an owned key is never empty") }
        return Array(key.dropLast()) + [last + 1]
    }

    /// Whether some key has both forms: two such patterns in one table would leave open whose key it is.
    public func overlaps(_ other: OwnedKeyPattern) -> Bool {
        let left = byteClasses
        let right = other.byteClasses
        for (mine, others) in zip(left, right) where !mine.meets(others) { return false }
        if left.count == right.count { return true }
        return left.count < right.count ? isOpen : other.isOpen
    }

    private enum ByteClass {
        case literal(UInt8)
        case idFirst(UInt8)
        case idRest

        func meets(_ other: ByteClass) -> Bool {
            switch (self, other) {
            case (.literal(let left), .literal(let right)), (.literal(let left), .idFirst(let right)),
                (.idFirst(let left), .literal(let right)), (.idFirst(let left), .idFirst(let right)):
                left == right
            case (.literal(let byte), .idRest), (.idRest, .literal(let byte)),
                (.idFirst(let byte), .idRest), (.idRest, .idFirst(let byte)):
                (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x7A)
            case (.idRest, .idRest): true
            }
        }
    }

    private var byteClasses: [ByteClass] {
        let first = UInt8(ascii: variable == .tenantID ? "t" : "s")
        return prefix.map { .literal($0) } + [.idFirst(first)]
            + Array(repeating: .idRest, count: PackedID.byteCount - 1) + suffix.map { .literal($0) }
    }
}
