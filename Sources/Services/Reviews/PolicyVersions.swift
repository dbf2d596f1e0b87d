import Base
import Policies
import Registry

/// A version of the policies as it is in force: its record, its files and what they compile to.
public struct LoadedPolicies: Sendable {
    /// The version.
    public let record: PolicyVersionRecord
    /// Its files.
    public let files: PolicyFiles
    /// Its roles, ready to decide.
    public let policies: PolicyCatalog
}

/// The versions of the policies in the registry.
public struct PolicyVersions: Sendable {
    private let registry: Registry
    private let versionsMax: Int

    /// The versions that `registry` keeps, `versionsMax` at the most.
    public init(registry: Registry, versionsMax: Int = Limits.policyVersionsMax) {
        self.registry = registry
        self.versionsMax = versionsMax
    }

    /// Which version is in force, or nil where none ever was.
    func active() throws(RegistryError) -> ActivePolicyRecord? {
        try registry.read(ActivePolicyRecord.self, ActivePolicyRecord.theID)
    }

    /// The version in force, ready to decide; nil where none ever was.
    /// - Throws: what the registry throws; `PolicyActivationError` where the files are not those that were put in force, or this
    ///   build cannot read them.
    public func loadActive() throws -> LoadedPolicies? {
        guard let active = try active() else { return nil }
        let (record, files) = try read(active.number)
        do throws(PolicyProblems) {
            return LoadedPolicies(
                record: record, files: files, policies: try PolicyCatalog.load(files: files.files))
        } catch { throw PolicyActivationError.unreadable(active.number, error) }
    }

    /// A version and its files.
    /// - Throws: `PolicyActivationError.noSuchVersion`, `.damaged`; what the registry throws.
    public func read(_ number: Int) throws -> (record: PolicyVersionRecord, files: PolicyFiles) {
        guard let record = try registry.read(PolicyVersionRecord.self, number) else {
            throw PolicyActivationError.noSuchVersion(number)
        }
        var bytes: [UInt8] = []
        for index in 0..<record.parts {
            let id = PolicyPart.ID(number: number, index: index)
            guard let part = try registry.read(PolicyPart.self, id) else {
                throw PolicyActivationError.damaged(number)
            }
            bytes += part.bytes
        }
        guard let files = PolicyFiles(archive: bytes), files.digest == record.digest else {
            throw PolicyActivationError.damaged(number)
        }
        return (record, files)
    }

    /// A page of the versions, the newest first.
    public func list(after: String?, limit: Int) throws(RegistryError) -> RegistryPage<PolicyVersionRecord> {
        try registry.list(after: after, limit: limit, isForward: false)
    }

    /// The newest version before `number` whose files are others than those with `digest`, or nil.
    func newest(before number: Int, otherThan digest: String) throws(RegistryError) -> PolicyVersionRecord? {
        var after: String? = PolicyVersionRecord.sortKey(of: number)
        repeat {
            let page = try registry.list(
                PolicyVersionRecord.self, after: after, limit: Limits.registryPageRecordsMax, isForward: false
            )
            if let found = page.records.first(where: { $0.digest != digest }) { return found }
            after = page.next
        } while after != nil
        return nil
    }

    /// Stores a version, says that it is in force, and lets the oldest go, in one transaction with what the audit log says.
    ///
    /// Relies on INVARIANT (one version in force).
    /// - Parameter active: what was in force until now, as it was read; nil where nothing ever was.
    /// - Throws: `.conflict` where something else is in force by now; what else the registry throws.
    func commit(
        _ record: PolicyVersionRecord, _ files: PolicyFiles, over active: ActivePolicyRecord?,
        audit: [AuditNote]
    ) throws(RegistryError) {
        var transaction = RegistryTransaction([.insert(record)], audit: audit)
        for (index, bytes) in PolicyVersions.parts(of: files).enumerated() {
            transaction.changes.append(.insert(PolicyPart(number: record.id, index: index, bytes: bytes)))
        }
        if var active {
            (active.number, active.digest) = (record.id, record.digest)
            transaction.changes.append(.replace(active))
        } else {
            transaction.changes.append(
                .insert(ActivePolicyRecord(number: record.id, digest: record.digest)))
        }
        try forgetOldest(beside: record.id, &transaction)
        try registry.transact(transaction)
    }

    /// How many parts an archive is kept in.
    static func parts(of files: PolicyFiles) -> [ArraySlice<UInt8>] {
        let bytes = files.archive
        return stride(from: 0, to: bytes.count, by: Limits.policyPartBytesMax).map {
            bytes[$0..<min($0 + Limits.policyPartBytesMax, bytes.count)]
        }
    }

    /// Adds what makes room for version `number`. One version goes for each that comes; two where a limit has become less, so
    /// that a transaction stays small. The version in force is the newest and so never among them.
    private func forgetOldest(
        beside number: Int, _ transaction: inout RegistryTransaction
    ) throws(RegistryError) {
        for old in try registry.list(PolicyVersionRecord.self, limit: 2).records
        where old.id <= number - versionsMax {
            transaction.changes.append(.delete(old))
            for index in 0..<old.parts {
                let part = try registry.read(PolicyPart.self, PolicyPart.ID(number: old.id, index: index))
                if let part { transaction.changes.append(.delete(part)) }
            }
        }
    }

    /// Notes in the audit log alone.
    func note(_ note: AuditNote) throws(RegistryError) {
        try registry.transact(RegistryTransaction([], audit: [note]))
    }
}
