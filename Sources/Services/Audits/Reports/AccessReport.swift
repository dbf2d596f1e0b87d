import Base
import Registry

/// Who had access to a tenant's data in a period, and what they did: what a school's lawyer asks for.
///
/// Under FERPA a school keeps a record of each request for access to and each disclosure of education records, with the parties
/// and their interests (34 CFR 99.32). This report has what the service knows of it: the keys and roles that opened the data, the
/// tokens that were issued, what was done with the tenant, and every access by those who run the service. It does not have what
/// the tenant's own people read by their own sessions: that is the school application's to record.
public struct AccessReport: Sendable {
    /// A key that opened the tenant's data in the period.
    public struct Holder: Hashable, Sendable {
        /// The key's public half.
        public var key: String
        /// `admin`, `tenant`, `operator` or `reviewer`; `account`, `service-account`, `member`, `identity-provider`.
        public var kind: String
        /// The role its holder acts in.
        public var role: String
        /// What people know it by.
        public var label: String
        /// When it was made.
        public var from: Timestamp
        /// When it was revoked; nil where it is in force, or was revoked at a moment that is not known.
        public var to: Timestamp?
        /// Whether it is revoked now.
        public var isRevoked: Bool
        /// Who of those who run the platform was shown its secret, or has registered it; nil where nobody was, or it is their own.
        public var knownTo: String?
    }

    /// A version of the policies that was in force in the period.
    public struct Policy: Hashable, Sendable {
        /// Its number.
        public var version: Int
        /// SHA-256 of its files.
        public var digest: String
        /// From when.
        public var from: Timestamp
        /// Until when; nil where it is in force.
        public var to: Timestamp?
        /// Who put it in force.
        public var by: String
        /// Its roles, each with what its proof came to.
        public var roles: [String: String]
        /// The risk that was taken with it, and by whom; nil where all roles were proved.
        public var acceptedRisk: String?
    }

    /// What one actor did, again and again.
    public struct Deed: Hashable, Sendable {
        /// Who; `others` beyond the limit.
        public var actor: String
        /// What.
        public var action: String
        /// What became of it.
        public var outcome: AuditOutcome
        /// How often.
        public var count: Int
        /// The first time in the period.
        public var first: Timestamp
        /// The last time.
        public var last: Timestamp
    }

    /// Tokens that were issued.
    public struct Tokens: Hashable, Sendable {
        /// The school, or the tenant's own id for the district.
        public var school: String
        /// The role.
        public var role: String
        /// Who asked for them.
        public var by: String
        /// How many.
        public var count: Int
        /// The first of them.
        public var first: Timestamp
        /// The last of them.
        public var last: Timestamp
        /// The moment at which the last of them ended.
        public var until: String
    }

    /// Whose data.
    public var tenant: TenantID
    /// The tenant's name as it is now; nil where nothing is known of it.
    public var name: String?
    /// The period: from then on.
    public var from: Timestamp
    /// Before then.
    public var to: Timestamp
    /// When the report was made.
    public var madeAt: Timestamp
    /// The keys that opened the data.
    public var holders: [Holder] = []
    /// The policies by which they did.
    public var policies: [Policy] = []
    /// The tokens that were issued for it.
    public var tokens: [Tokens] = []
    /// What was done with the tenant.
    public var deeds: [Deed] = []
    /// Every access to its data by those who run the service.
    public var accesses: [AuditEntry] = []
    /// Accesses beyond those that are listed.
    public var accessesLeftOut = 0
    /// How many members are not among the holders, since there are too many.
    public var holdersLeftOut = 0
    /// What took data out of its place, or brought some there: exports, imports, moves, backups, restores, erasures.
    public var disclosures: [AuditEntry] = []
    /// Those beyond the ones that are listed.
    public var disclosuresLeftOut = 0
    /// Requests that were refused, by reason.
    public var denials: [String: Int] = [:]
    /// The beginning of what is kept of each chain, where its beginning was cut: the report knows nothing before it.
    public var keptFrom: [AuditKind: Timestamp] = [:]
    /// The ends of the chains that the report was made of.
    public var heads: [AuditHead] = []
    /// How many entries it was made of.
    public var entries = 0

    /// Whether entries of the period are no longer kept.
    public var isCutShort: Bool { keptFrom.values.contains { $0 >= from } }
}
