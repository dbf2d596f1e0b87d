import Base

/// The forms of a partition key by which the keys of one table, or one index, belong to tenants.
///
/// INVARIANT (one owner): no two of its patterns overlap, so a key has one owner at the most.
public struct OwnedKeys: Hashable, Sendable {
    /// The patterns, in the catalog's order.
    public let patterns: [OwnedKeyPattern]

    init(_ patterns: [OwnedKeyPattern]) { self.patterns = patterns }

    /// Whose key this is, or nil where no pattern covers it.
    public func owner(of key: [UInt8]) -> KeyOwner? {
        for pattern in patterns { if let owner = pattern.owner(of: key) { return owner } }
        return nil
    }

    /// Whether the key belongs to one of `owners`. Allocates nothing.
    public func belongs(_ key: [UInt8], to owners: KeyOwners) -> Bool {
        for pattern in patterns where pattern.matches(key, owners: owners) { return true }
        return false
    }

    /// Whether the key belongs to one of `owners`. Allocates nothing.
    public func belongs(_ key: UnsafeRawBufferPointer, to owners: KeyOwners) -> Bool {
        for pattern in patterns where pattern.matches(key, owners: owners) { return true }
        return false
    }

    /// All keys that belong to the tenant and these schools: disjoint, in order.
    public func spans(tenant: TenantID, schools: some Sequence<SchoolID>) -> [KeySpan] {
        let schools = Array(schools)
        return patterns.flatMap { $0.spans(tenant: tenant, schools: schools) }
            .sorted { $0.lower.lexicographicallyPrecedes($1.lower) }
    }
}
