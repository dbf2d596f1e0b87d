import Base
import Registry

extension [DenialCount] {
    /// What the audit says of them: an entry for each tenant, with how many there were for which reason, and by which requests some
    /// of them are found among the kept decisions.
    public func auditNotes(from start: Timestamp, to end: Timestamp) -> [AuditNote] {
        let byTenant = Dictionary(grouping: self) { $0.tenant }
        return byTenant.sorted { ($0.key?.text ?? "") < ($1.key?.text ?? "") }.map { tenant, counts in
            var detail = ["from": start.iso8601, "to": end.iso8601]
            for denial in counts {
                detail[denial.reason.rawValue] = String(denial.count)
                if !denial.samples.isEmpty {
                    detail["samples.\(denial.reason.rawValue)"] = denial.samples.joined(separator: " ")
                }
            }
            detail["total"] = String(counts.reduce(0) { $0 + $1.count })
            return AuditNote(
                actor: .system, action: "gateway.denied", subject: tenant?.text ?? "gateway", tenant: tenant,
                detail: detail, kind: .denial, outcome: .refused)
        }
    }
}
