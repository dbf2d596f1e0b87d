import Base

/// The run that an idempotency key stands for.
///
/// The request is compared with the run's own `input`, which is kept whole, so that two requests are the same
/// only if they really are.
public struct IdempotencyRecord: RegistryRecord {
    /// Where the records of this kind lie.
    public static let partition = "idempotency"

    /// The key, as the caller chose it.
    public let id: String
    /// The run it started.
    public let run: RunID
    /// How many times the record was written.
    public var version: Int64 = 0

    /// The key.
    public static func sortKey(of id: String) -> String { id }

    /// The key of a run.
    public init(key: String, run: RunID) {
        id = key
        self.run = run
    }
}

/// Keeps a tenant to one run at a time of those that share the lock's name. It is made and removed in the
/// transactions that start and end the run.
public struct RunLock: RegistryRecord {
    /// A lock's name and whose it is.
    public struct ID: Hashable, Sendable, Codable {
        /// The tenant.
        public let tenant: TenantID
        /// The lock's name.
        public let name: String

        /// The lock of that name of a tenant.
        public init(tenant: TenantID, name: String) {
            self.tenant = tenant
            self.name = name
        }
    }

    /// Where the records of this kind lie.
    public static let partition = "run-lock"

    /// Which lock.
    public let id: ID
    /// The run that holds it.
    public let run: RunID
    /// How many times the record was written.
    public var version: Int64 = 0

    /// Tenant and name.
    public static func sortKey(of id: ID) -> String { id.tenant.text + "#" + id.name }

    /// The lock as held by a run.
    public init(id: ID, run: RunID) {
        self.id = id
        self.run = run
    }
}

/// Marks a run that has not come to its end: what a restart looks for.
public struct OpenRun: RegistryRecord {
    /// Where the records of this kind lie.
    public static let partition = "run-open"

    /// The run.
    public let id: RunID
    /// How many times the record was written.
    public var version: Int64 = 0

    /// The mark of a run.
    public init(run: RunID) { id = run }
}

/// Marks a run as a tenant's: what a list of one tenant's runs is made of.
public struct TenantRun: RegistryRecord {
    /// Tenant and run.
    public struct ID: Hashable, Sendable, Codable {
        /// The tenant.
        public let tenant: TenantID
        /// The run.
        public let run: RunID

        /// The run as the tenant's.
        public init(tenant: TenantID, run: RunID) {
            self.tenant = tenant
            self.run = run
        }
    }

    /// Where the records of this kind lie.
    public static let partition = "run-of"

    /// Tenant and run.
    public let id: ID
    /// How many times the record was written.
    public var version: Int64 = 0

    /// Tenant and run, so that a tenant's runs lie together in the order of their start.
    public static func sortKey(of id: ID) -> String { prefix(of: id.tenant) + id.run.text }

    /// What the sort keys of a tenant's marks begin with.
    public static func prefix(of tenant: TenantID) -> String { tenant.text + "#" }

    /// The mark of a tenant's run.
    public init(tenant: TenantID, run: RunID) { id = ID(tenant: tenant, run: run) }
}
