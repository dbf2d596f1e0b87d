import Base

/// A set of policies that was put in force: what it was, by whom, when, and what was known of it. Never changed.
///
/// Each activation makes one, also where it puts the files of an earlier one in force again: so the numbers tell the order in
/// which things happened.
public struct PolicyVersionRecord: RegistryRecord {
    /// How it came to be in force.
    public enum Origin: Hashable, Sendable, Codable {
        /// It was the folder that the server was first started with.
        case firstStart
        /// Somebody sent it.
        case activation
        /// Somebody asked for the files of that version again.
        case rollback(of: Int)
    }

    /// A risk that a reviewer has taken: roles that were not proved.
    public struct AcceptedRisk: Hashable, Sendable, Codable {
        /// Why, in the reviewer's words.
        public let reason: String
        /// Who.
        public let actor: AuditActor

        /// A risk that was taken.
        public init(reason: String, actor: AuditActor) {
            self.reason = reason
            self.actor = actor
        }
    }

    /// Where the records of this kind lie.
    public static let partition = "policy-version"

    /// Its number, from 1.
    public let id: Int
    /// SHA-256 of the files (see `PolicyFiles.archive`), in lower case hex.
    public let digest: String
    /// The archive's bytes: how many, and in how many parts they are kept.
    public let bytes: Int
    /// How many `PolicyPart` records hold them, from part 0.
    public let parts: Int
    /// How it came to be in force.
    public let origin: Origin
    /// When it was put in force.
    public let activatedAt: Timestamp
    /// Who put it in force.
    public let actor: AuditActor
    /// What they said of it, or nil.
    public let note: String?
    /// What was found before it was put in force.
    public let gate: PolicyGateRecord
    /// The risk that was taken with it, or nil where all roles were proved.
    public let acceptedRisk: AcceptedRisk?
    /// The files that it has otherwise than the version before.
    public let changes: PolicyFileChanges
    /// 1 once it is recorded.
    public var version: Int64 = 0

    /// The number in twelve digits, so that versions lie in their order.
    public static func sortKey(of id: Int) -> String {
        let digits = String(id)
        return String(repeating: "0", count: max(0, 12 - digits.utf8.count)) + digits
    }

    /// A version that is not recorded yet.
    public init(
        id: Int, digest: String, bytes: Int, parts: Int, origin: Origin, activatedAt: Timestamp,
        actor: AuditActor, note: String?, gate: PolicyGateRecord, acceptedRisk: AcceptedRisk?,
        changes: PolicyFileChanges
    ) {
        self.id = id
        self.digest = digest
        self.bytes = bytes
        self.parts = parts
        self.origin = origin
        self.activatedAt = activatedAt
        self.actor = actor
        self.note = note
        self.gate = gate
        self.acceptedRisk = acceptedRisk
        self.changes = changes
    }
}

/// What was found of a set of policies before it was put in force.
public struct PolicyGateRecord: Hashable, Sendable, Codable {
    /// What came of a role's proof.
    public struct Role: Hashable, Sendable, Codable {
        /// The role's name.
        public let name: String
        /// `proved`, `counterexample` or `unproven`.
        public let verdict: String
        /// How long the proof took.
        public let milliseconds: Double

        /// What came of a role's proof.
        public init(name: String, verdict: String, milliseconds: Double) {
            self.name = name
            self.verdict = verdict
            self.milliseconds = milliseconds
        }
    }

    /// How many things lint found, by how grave they are: `error`, `security-warning`, `warning`, `suggestion`.
    public let findings: [String: Int]
    /// How many decision cases there were; all of them passed.
    public let cases: Int
    /// The roles, by name.
    public let roles: [Role]
    /// How long all of it took.
    public let milliseconds: Double

    /// What was found.
    public init(findings: [String: Int], cases: Int, roles: [Role], milliseconds: Double) {
        self.findings = findings
        self.cases = cases
        self.roles = roles
        self.milliseconds = milliseconds
    }
}

/// How the files of a set of policies differ from those of another: paths, each list in order.
public struct PolicyFileChanges: Hashable, Sendable, Codable {
    /// Files that were not there.
    public let added: [String]
    /// Files with other contents.
    public let changed: [String]
    /// Files that are not there any more.
    public let removed: [String]

    /// Differences.
    public init(added: [String], changed: [String], removed: [String]) {
        self.added = added
        self.changed = changed
        self.removed = removed
    }

    /// Whether there is none.
    public var isEmpty: Bool { added.isEmpty && changed.isEmpty && removed.isEmpty }
}
