import Base
import Synchronization

/// All tenants with their placements, in memory, for lookups on the hot path; kept current from the commits of this
/// process, in their order.
public final class Directory: Sendable {
    /// Makes what a user of the directory keeps with each tenant. Called anew at each change of the tenant.
    public typealias Compile = @Sendable (TenantRecord, PlacementRecord?) -> (any AnyObject & Sendable)?

    /// Reads all tenants and placements of the registry and follows it from then on. Before anything else is committed.
    public init(following registry: Registry, compile: @escaping Compile = { _, _ in nil })
        throws(RegistryError)
    {
        preconditionFailure("skeleton")
    }

    /// How many tenants there are.
    public var count: Int { preconditionFailure("skeleton") }

    /// The tenant's entry as it is now, or nil.
    public func entry(_ tenant: TenantID) -> TenantEntry? { preconditionFailure("skeleton") }

    /// The entry of the tenant whose id has these bytes, or nil.
    public func entry(tenantBytes: UnsafeRawBufferPointer) -> TenantEntry? {
        preconditionFailure("skeleton")
    }

    /// The entry of the tenant that the school with these bytes belongs to, or nil.
    public func owner(schoolBytes: UnsafeRawBufferPointer) -> TenantEntry? {
        preconditionFailure("skeleton")
    }

    /// The entry of the tenant that the school belongs to, or nil.
    public func owner(of school: SchoolID) -> TenantEntry? { preconditionFailure("skeleton") }

    /// The ids of all tenants, in order.
    public func tenants() -> [TenantID] { preconditionFailure("skeleton") }

    /// Calls `listener` after each change of a tenant's entry, on the thread that committed it, when lookups show it.
    public func onChange(_ listener: @escaping @Sendable (TenantID) -> Void) {
        preconditionFailure("skeleton")
    }

    /// Makes all entries anew: where what `compile` goes by has changed.
    public func recompile() { preconditionFailure("skeleton") }
}
