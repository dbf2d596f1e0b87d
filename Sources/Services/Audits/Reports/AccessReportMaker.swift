import Base
import Registry
import Tables

/// Makes access reports: walks the audit page by page, so that what it holds does not grow with it.
public struct AccessReportMaker {
    private let registry: Registry
    private let clock: any Clock
    private let secondsMax: Int
    private let deadline: UInt64

    /// Of this registry; a report is to be made in so many seconds from now.
    public init(
        registry: Registry, clock: any Clock, secondsMax: Int = Limits.accessReportSecondsMax
    ) {
        self.registry = registry
        self.clock = clock
        self.secondsMax = secondsMax
        deadline = clock.monotonicNanoseconds() + UInt64(secondsMax) * 1_000_000_000
    }

    /// The report on a tenant and a period.
    /// - Throws: `AccessReportError` where the time was over; `RegistryError`.
    public func report(on tenant: TenantID, from: Timestamp, to: Timestamp) throws -> AccessReport {
        var report = AccessReport(tenant: tenant, from: from, to: to, madeAt: clock.now())
        report.name = try registry.read(TenantRecord.self, tenant)?.name
        report.heads = try registry.auditHeads()
        for kind in AuditKind.allCases {
            if let anchor = try registry.auditAnchor(kind) { report.keptFrom[kind] = anchor.time }
        }
        var sums = AccessSums(tenant: tenant, stores: try stores(of: tenant))
        var own = AuditQuery()
        own.tenant = tenant
        try forEach(own, from, to) { sums.take($0) }
        // Looks at everybody's items, or at those of several tenants, name no one tenant.
        var shared = AuditQuery()
        shared.kind = .access
        try forEach(shared, from, to) { if $0.tenant == nil { sums.takeShared($0) } }
        sums.fill(&report)
        let issued = try issued(tenant, from, to)
        report.holders = try holders(tenant, from, to, and: issued.holders)
        report.holdersLeftOut = issued.leftOut
        report.policies = try policies(from, to)
        return report
    }

    private func forEach(
        _ query: AuditQuery, _ from: Timestamp, _ to: Timestamp, _ body: (AuditEntry) -> Void
    ) throws {
        var query = query
        query.from = from
        query.to = to
        query.isNewestFirst = false
        try forEach(query, body)
    }

    /// All that the query takes, page by page, until the time is over.
    private func forEach(_ query: AuditQuery, _ body: (AuditEntry) -> Void) throws {
        var query = query
        query.limit = Limits.auditPageEntriesMax
        repeat {
            guard clock.monotonicNanoseconds() < deadline else {
                throw AccessReportError.tooMuch(seconds: secondsMax)
            }
            let page = try registry.audit(query)
            page.entries.forEach(body)
            query.after = page.next
        } while query.after != nil
    }

    /// All stores that the tenant's items are known to have been in.
    private func stores(of tenant: TenantID) throws -> Set<String> {
        var stores: Set<String> = []
        if let placement = try registry.read(PlacementRecord.self, tenant) {
            stores.insert(placement.store.text)
            for earlier in placement.earlier ?? [] { stores.insert(earlier.store.text) }
        }
        var query = AuditQuery()
        query.tenant = tenant
        query.action = .beginning("tenant.")
        try forEach(query) { entry in
            for store in [entry.before?["store"], entry.after?["store"]] {
                if let store { stores.insert(store) }
            }
        }
        return stores
    }

    private func holders(
        _ tenant: TenantID, _ from: Timestamp, _ to: Timestamp, and issued: [AccessReport.Holder]
    ) throws -> [AccessReport.Holder] {
        var records: [CredentialRecord] = []
        try registry.forEach(CredentialRecord.self) { record in
            if record.createdAt < to, record.kind.tenant == nil || record.kind.tenant == tenant {
                records.append(record)
            }
        }
        let revoked = try ends("credential.revoked")
        let keys: [AccessReport.Holder] = records.compactMap { record in
            let revocation = record.isDisabled ? revoked[record.id] : nil
            let expiry = record.expiresAt.flatMap { $0 < to ? $0 : nil }
            let end = [revocation, expiry].compactMap { $0 }.min()
            if let end, end < from { return nil }
            return AccessReport.Holder(
                key: record.id, kind: record.kind.name, role: record.role, label: record.label,
                from: record.createdAt, to: end, isRevoked: record.isDisabled, knownTo: record.knownTo)
        }
        let people = try people(from, to)
        return (keys + people + issued).sorted { ($0.kind, $0.from, $0.key) < ($1.kind, $1.from, $1.key) }
    }

    /// Those who run the platform by an account of their own.
    private func people(
        _ from: Timestamp, _ to: Timestamp
    ) throws -> [AccessReport.Holder] {
        var records: [AccountRecord] = []
        try registry.forEach(AccountRecord.self) { if $0.createdAt < to { records.append($0) } }
        let disabled = try ends("account.disabled")
        return records.compactMap { record in
            let end = record.isDisabled ? disabled[record.id.text] : nil
            if let end, end < from { return nil }
            return AccessReport.Holder(
                key: record.id.text, kind: "account",
                role: record.roles.map(\.rawValue).joined(separator: ","), label: record.name,
                from: record.createdAt, to: end, isRevoked: record.isDisabled)
        }
    }

    /// Whom tokens are issued to by what they have of their own: the tenant's programs, its identity providers, and those of its
    /// members whose invitation somebody else was shown.
    private func issued(
        _ tenant: TenantID, _ from: Timestamp, _ to: Timestamp
    ) throws -> (holders: [AccessReport.Holder], leftOut: Int) {
        var found: [AccessReport.Holder] = []
        let disabled = try ends("service-account.disabled")
        try registry.forEach(ServiceAccountRecord.self) { record in
            guard record.tenant == tenant, record.createdAt < to else { return }
            let ends = [
                record.isDisabled ? disabled[record.id] : nil,
                record.expiresAt.flatMap { $0 < to ? $0 : nil },
            ]
            found.append(
                AccessReport.Holder(
                    key: record.id, kind: "service-account", role: record.role, label: record.label,
                    from: record.createdAt, to: ends.compactMap { $0 }.min(), isRevoked: record.isDisabled,
                    knownTo: record.knownTo))
        }
        let refused = try ends("member.disabled")
        var members = 0
        try registry.forEach(MemberRecord.self, prefix: MemberRecord.prefix(of: tenant)) { record in
            guard let staff = record.knownTo, record.createdAt < to else { return }
            members += 1
            guard members <= Limits.reportMembersMax else { return }
            found.append(
                AccessReport.Holder(
                    key: record.id, kind: "member", role: record.role, label: record.displayName,
                    from: record.createdAt, to: record.isDisabled ? refused[record.id] : nil,
                    isRevoked: record.isDisabled, knownTo: staff))
        }
        try registry.forEach(
            IdentityProviderRecord.self, prefix: IdentityProviderRecord.prefix(of: tenant)
        ) { record in
            guard record.createdAt < to else { return }
            let roles = Set(
                record.mapping.roles.map(\.target) + [record.mapping.roleDefault].compactMap { $0 })
            found.append(
                AccessReport.Holder(
                    key: record.name, kind: "identity-provider", role: roles.sorted().joined(separator: ","),
                    label: record.issuer, from: record.createdAt, to: nil, isRevoked: false,
                    knownTo: record.registeredBy))
        }
        return (found.filter { $0.to.map { $0 >= from } ?? true }, max(0, members - Limits.reportMembersMax))
    }

    /// When what has an end in the audit had its last one, by the subjects of those entries.
    private func ends(_ action: String) throws -> [String: Timestamp] {
        var found: [String: Timestamp] = [:]
        var query = AuditQuery()
        query.action = .named(action)
        try forEach(query) { entry in
            if found[entry.subject] == nil { found[entry.subject] = entry.id.time }
        }
        return found
    }

    private func policies(_ from: Timestamp, _ to: Timestamp) throws(RegistryError) -> [AccessReport.Policy] {
        var records: [PolicyVersionRecord] = []
        try registry.forEach(PolicyVersionRecord.self) { records.append($0) }
        var found: [AccessReport.Policy] = []
        for (place, record) in records.enumerated() {
            let end = place + 1 < records.count ? records[place + 1].activatedAt : nil
            guard record.activatedAt < to, end.map({ $0 > from }) ?? true else { continue }
            found.append(
                AccessReport.Policy(
                    version: record.id, digest: record.digest, from: record.activatedAt, to: end,
                    by: record.actor.text,
                    roles: Dictionary(
                        record.gate.roles.map { ($0.name, $0.verdict) },
                        uniquingKeysWith: { first, _ in first }),
                    acceptedRisk: record.acceptedRisk.map { "\($0.reason) (\($0.actor.text))" }))
        }
        return found
    }
}

/// Why there is no access report.
public enum AccessReportError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The audit of the period could not be gone through in that time.
    case tooMuch(seconds: Int)

    /// In words.
    public var description: String {
        switch self {
        case .tooMuch(let seconds):
            "the audit of that period has more entries than can be gone through in \(seconds) s; ask for a shorter one, and put the "
                + "reports together"
        }
    }
}

extension CredentialRecord.Kind {
    /// What a report calls it.
    fileprivate var name: String {
        switch self {
        case .admin: "admin"
        case .tenant: "tenant"
        case .operators: "operator"
        case .reviewer: "reviewer"
        case .platform: "platform"
        }
    }
}
