import Base
import Policies
import Registry

extension PolicyVersions {
    /// What came of a first start.
    public enum FirstStart: Sendable {
        /// They are in force as version 1.
        case inForce(LoadedPolicies)
        /// They are not.
        case refused(PolicyDesk.Refusal, PolicyGateReport)
    }

    /// Puts the first policies of a deployment in force where nothing is in the way, or the risk is accepted: whoever starts a
    /// server may.
    /// - Throws: `PolicyActivationError.badText`; what the registry throws, `.conflict` where there are policies already.
    public func begin(
        with files: PolicyFiles, gate: PolicyGate, acceptRisk: String?, now: Timestamp
    ) throws -> FirstStart {
        let wish = PolicyDesk.Wish(actor: .system, mayAcceptRisk: true, acceptRisk: acceptRisk)
        try wish.check()
        let report = gate.look(at: files)
        guard wish.refusal(of: report) == nil, let policies = report.policies else {
            return .refused(wish.refusal(of: report) ?? .faulty, report)
        }
        let record = wish.record(
            number: 1, files, .firstStart, report, files.changes(since: PolicyFiles(files: [:])), now: now)
        try commit(record, files, over: nil, audit: record.auditNotes(over: nil))
        return .inForce(LoadedPolicies(record: record, files: files, policies: policies))
    }
}
