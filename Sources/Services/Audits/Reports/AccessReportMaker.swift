import Base
import Registry
import Tables

/// Makes access reports: walks the audit page by page, so that what it holds does not grow with it.
public struct AccessReportMaker {
    private let registry: Registry
    private let clock: any Clock

    /// Of this registry.
    public init(registry: Registry, clock: any Clock) {
        self.registry = registry
        self.clock = clock
    }

    /// The report on a tenant and a period.
    /// - Throws: `RegistryError`.
    public func report(
        on tenant: TenantID, from: Timestamp, to: Timestamp, isStopping: () -> Bool = { false }
    ) throws(RegistryError) -> AccessReport {
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
        report.holders = try holders(tenant, from, to)
        report.policies = try policies(from, to)
        return report
    }

    private func forEach(
        _ query: AuditQuery, _ from: Timestamp, _ to: Timestamp, _ body: (AuditEntry) -> Void
    ) throws(RegistryError) {
        var query = query
        query.from = from
        query.to = to
        query.isNewestFirst = false
        query.limit = Limits.auditPageEntriesMax
        repeat {
            let page = try registry.audit(query)
            page.entries.forEach(body)
            query.after = page.next
        } while query.after != nil
    }

    /// All stores that the tenant's items are known to have been in.
    private func stores(of tenant: TenantID) throws(RegistryError) -> Set<String> {
        var stores: Set<String> = []
        if let placement = try registry.read(PlacementRecord.self, tenant) {
            stores.insert(placement.store.text)
            for earlier in placement.earlier ?? [] { stores.insert(earlier.store.text) }
        }
        var query = AuditQuery()
        query.tenant = tenant
        query.action = .beginning("tenant.")
        query.limit = Limits.auditPageEntriesMax
        repeat {
            let page = try registry.audit(query)
            for entry in page.entries {
                for store in [entry.before?["store"], entry.after?["store"]] {
                    if let store { stores.insert(store) }
                }
            }
            query.after = page.next
        } while query.after != nil
        return stores
    }

    private func holders(
        _ tenant: TenantID, _ from: Timestamp, _ to: Timestamp
    ) throws(RegistryError) -> [AccessReport.Holder] {
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
                from: record.createdAt, to: end, isRevoked: record.isDisabled)
        }
        let people = try people(from, to)
        return (keys + people).sorted { ($0.kind, $0.from, $0.key) < ($1.kind, $1.from, $1.key) }
    }

    /// Those who run the platform by an account of their own.
    private func people(
        _ from: Timestamp, _ to: Timestamp
    ) throws(RegistryError) -> [AccessReport.Holder] {
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

    /// When what has an end in the audit had its last one, by the subjects of those entries.
    private func ends(_ action: String) throws(RegistryError) -> [String: Timestamp] {
        var found: [String: Timestamp] = [:]
        var query = AuditQuery()
        query.action = .named(action)
        query.limit = Limits.auditPageEntriesMax
        repeat {
            let page = try registry.audit(query)
            for entry in page.entries where found[entry.subject] == nil {
                found[entry.subject] = entry.id.time
            }
            query.after = page.next
        } while query.after != nil
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
