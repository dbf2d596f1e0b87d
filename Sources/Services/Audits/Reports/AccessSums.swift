import Base
import Registry

/// Adds entries up to what an access report tells of them: pure.
struct AccessSums {
    private struct DeedKey: Hashable {
        let actor: String
        let action: String
        let outcome: AuditOutcome
    }

    private struct TokenKey: Hashable {
        let school: String
        let role: String
        let by: String
    }

    /// What takes data out of its place, or brings some there; what their names begin with.
    private static let disclosing = [
        "tenant.export", "export.", "tenant.import", "import.", "tenant.move", "tenant.switched",
        "tenant.backup", "backup.", "tenant.restore", "restore.", "tenant.erase", "erasure.", "school.move",
        "tenant.gone", "tenant.offboard", "archive.",
    ]

    private let tenant: TenantID
    private let stores: Set<String>
    private var deeds: [DeedKey: AccessReport.Deed] = [:]
    private var tokens: [TokenKey: AccessReport.Tokens] = [:]
    private var accesses: [AuditEntry] = []
    private var accessCount = 0
    private var disclosures: [AuditEntry] = []
    private var disclosureCount = 0
    private var denials: [String: Int] = [:]
    private var entries = 0

    /// Nothing yet, of a tenant whose items were in these stores.
    init(tenant: TenantID, stores: Set<String>) {
        self.tenant = tenant
        self.stores = stores
    }

    /// An entry that concerns the tenant.
    mutating func take(_ entry: AuditEntry) {
        entries += 1
        switch entry.kind {
        case .denial: addDenials(entry)
        case .access:
            list(entry)
            add(entry)
        case .activity:
            if entry.action == "token.issued" { return addToken(entry) }
            add(entry)
            guard Self.disclosing.contains(where: { entry.action.hasPrefix($0) }) else { return }
            disclosureCount += 1
            if disclosures.count < Limits.accessReportEntriesMax { disclosures.append(entry) }
        }
    }

    /// An access that names no one tenant: taken where it may have reached this one.
    mutating func takeShared(_ entry: AuditEntry) {
        let named = entry.detail["tenants"]
        let isMeant: Bool
        if let named, named != "all" {
            isMeant = named.split(separator: " ").contains { $0 == tenant.text }
        } else if let store = entry.detail["store"] {
            isMeant = stores.contains(store)
        } else {
            // What says nothing of whom it concerns may concern everybody.
            isMeant = true
        }
        guard isMeant else { return }
        entries += 1
        list(entry)
        add(entry)
    }

    /// Puts the sums into a report.
    func fill(_ report: inout AccessReport) {
        report.deeds = deeds.values.sorted {
            ($0.actor, $0.first, $0.action) < ($1.actor, $1.first, $1.action)
        }
        report.tokens = tokens.values.sorted {
            ($0.school, $0.role, $0.by) < ($1.school, $1.role, $1.by)
        }
        report.accesses = accesses.sorted { $0.id < $1.id }
        report.accessesLeftOut = accessCount - accesses.count
        report.disclosures = disclosures
        report.disclosuresLeftOut = disclosureCount - disclosures.count
        report.denials = denials
        report.entries = entries
    }

    private mutating func list(_ entry: AuditEntry) {
        accessCount += 1
        if accesses.count < Limits.accessReportEntriesMax { accesses.append(entry) }
    }

    private mutating func add(_ entry: AuditEntry) {
        var key = DeedKey(actor: entry.actor.text, action: entry.action, outcome: entry.outcome)
        if deeds[key] == nil, deeds.count >= Limits.accessReportRowsMax {
            key = DeedKey(actor: "others", action: "others", outcome: entry.outcome)
        }
        let time = entry.id.time
        var deed =
            deeds[key]
            ?? AccessReport.Deed(
                actor: key.actor, action: key.action, outcome: key.outcome, count: 0, first: time, last: time)
        deed.count += 1
        deed.first = min(deed.first, time)
        deed.last = max(deed.last, time)
        deeds[key] = deed
    }

    private mutating func addToken(_ entry: AuditEntry) {
        var key = TokenKey(
            school: entry.detail["school"] ?? "", role: entry.detail["role"] ?? "", by: entry.actor.text)
        if tokens[key] == nil, tokens.count >= Limits.accessReportRowsMax {
            key = TokenKey(school: "others", role: "others", by: "others")
        }
        let time = entry.id.time
        var sum =
            tokens[key]
            ?? AccessReport.Tokens(
                school: key.school, role: key.role, by: key.by, count: 0, first: time, last: time, until: "")
        sum.count += 1
        sum.first = min(sum.first, time)
        sum.last = max(sum.last, time)
        sum.until = max(sum.until, entry.detail["expiresAt"] ?? "")
        tokens[key] = sum
    }

    private mutating func addDenials(_ entry: AuditEntry) {
        for (reason, count) in entry.detail {
            guard reason != "total", let count = Int(count) else { continue }
            denials[reason, default: 0] += count
        }
    }
}
