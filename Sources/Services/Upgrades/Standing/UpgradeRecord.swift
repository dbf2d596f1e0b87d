import Base
import Registry
import Tenancy
import Tiering

/// Where a tenant stands on its way to another tier, as it outlives the process.
public struct UpgradeRecord: RegistryRecord {
    /// Where the records of this kind lie.
    public static let partition = "upgrade"

    /// The tenant.
    public let id: TenantID
    /// The tier that this is about: the tenant in another one begins anew.
    public var tier: TierName
    /// What its rules say, who has agreed, what was tried.
    public var standing = UpgradeStanding()
    /// How many moves have ended, or could not begin: the number of the next one.
    public var attempts = 0
    /// When the last of them began.
    public var begunAt: Timestamp?
    /// The move that brought it to its tier; nil where it came otherwise.
    var arrival: Arrival?
    /// How many times the record was written.
    public var version: Int64 = 0

    /// A move that has switched, and may still be taken back.
    struct Arrival: Hashable, Sendable, Codable {
        let run: String
        let from: TierName
        /// How the tenant stood when it was moved.
        let standing: UpgradeStanding
    }

    /// A tenant that nobody has looked at.
    init(id: TenantID, tier: TierName) {
        self.id = id
        self.tier = tier
    }

    /// The key that the next move is started with, or was.
    var attempt: String { "upgrade/\(id)/\(attempts)" }

    /// What is stored of it: two records with the same need not be written.
    var lasting: UpgradeRecord {
        var kept = self
        kept.standing = standing.lasting
        return kept
    }
}
