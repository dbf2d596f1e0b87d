import Base
import Crypto
import Registry

/// An erasure as its run keeps it: without the keys.
public struct ErasureInput: Hashable, Sendable, Codable {
    /// Whose items.
    public var tenant: TenantID
    /// Why. It must name nobody: it stays in the receipt.
    public var reason: String
    /// Which order has the keys.
    public var order: String
}

/// The keys of an erasure, kept only while it is under way.
struct ErasureOrder: RegistryRecord {
    static let partition = "erasure-order"

    /// SHA-256 over tenant and patterns, in base 16.
    let id: String
    let tenant: TenantID
    let keys: ErasedKeys
    var version: Int64 = 0

    static func sortKey(of id: String) -> String { id }

    init(tenant: TenantID, keys: ErasedKeys) {
        let hasher = SHA256Hasher()
        hasher.updateCounted(Array(tenant.text.utf8))
        for pattern in keys.patterns {
            for part in [pattern.table, pattern.partition, pattern.sort ?? ""] {
                hasher.updateCounted(Array(part.utf8))
            }
        }
        id = hasher.finish().hex
        self.tenant = tenant
        self.keys = keys
    }
}

/// What an erasure found or would find. No key is in it.
public struct ErasurePlan: Hashable, Sendable, Codable {
    /// By table.
    public var tables: [RemovalReceipt.Table] = []
    /// SHA-256 over the keys of the items in order, each part with its length before it, in base 16.
    public var keysDigest = ""
    /// Entries of journals that show such items.
    public var journalEntries = 0
    /// Recorded decisions that name such keys.
    public var decisions = 0
    /// What else holds items of the tenant: it is written anew, or stays until it ends.
    public var holdings: [Holding] = []

    /// How many items.
    public var items: Int { tables.reduce(0) { $0 + $1.items } }
}
