import Archives
import Base
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

    /// A keyed digest of tenant and patterns, in base 16.
    let id: String
    let tenant: TenantID
    let keys: ErasedKeys
    var version: Int64 = 0

    static func sortKey(of id: String) -> String { id }

    init(tenant: TenantID, keys: ErasedKeys, digests: ErasureDigests) {
        let parts = keys.patterns.flatMap { [$0.table, $0.partition, $0.sort ?? ""] }
        id = digests.digest("order", ([tenant.text] + parts).map { Array($0.utf8)[...] })
        self.tenant = tenant
        self.keys = keys
    }
}

/// What an erasure found or would find. No key is in it.
public struct ErasurePlan: Hashable, Sendable, Codable {
    /// By table.
    public var tables: [RemovalReceipt.Table] = []
    /// HMAC-SHA256, under a secret of this deployment, of the SHA-256 over the keys of the items in order, each part with its
    /// length before it; in base 16.
    public var keysDigest = ""
    /// Entries of journals that show such items.
    public var journalEntries = 0
    /// Recorded decisions that name such keys.
    public var decisions = 0
    /// Which of these figures there was no time to count to their end: they are the least it can be. Nil where all were.
    public var unfinished: [String]?
    /// What else holds items of the tenant: it is written anew, or stays until it ends.
    public var holdings: [Holding] = []

    /// How many items.
    public var items: Int { tables.reduce(0) { $0 + $1.items } }
}
