import Base
import Registry

/// What is known of tenants' usage: it goes with them. It is told by numbers alone, so that an erasure of items has nothing to do in it.
public struct UsageHoard: TenantHoard {
    private let usage: UsageStore
    private let forget: @Sendable (TenantID) -> Void

    /// Usage in this store.
    /// - Parameter forget: has whoever counts forget the tenant, so that nothing of it is written again.
    public init(usage: UsageStore, forget: @escaping @Sendable (TenantID) -> Void) {
        self.usage = usage
        self.forget = forget
    }

    /// In the plural.
    public var name: String { "records of usage" }

    /// All records together, where there are some.
    public func holdings(of tenant: TenantRecord) throws -> [Holding] {
        try usage.count(of: tenant.id) > 0
            ? [Holding(name: "usage/\(tenant.id)", what: "hours and days of usage")] : []
    }

    /// Removes all records.
    public func remove(of tenant: TenantRecord, except kept: String?) throws -> Int {
        try remove(of: tenant.id)
    }

    /// Removes all records; answers how many there were. Also for a tenant whose onboarding is taken back.
    public func remove(of tenant: TenantID) throws -> Int {
        forget(tenant)
        return try usage.remove(of: tenant)
    }

    /// Nothing: no key is in it.
    public func rewrite(of tenant: TenantRecord, without keys: ErasedKeys, run: RunID) -> [Rewriting] { [] }
}
