import Base
import Policies
import Registry

extension PolicyDesk.Wish {
    /// - Throws: `.badText` where the reason or the note is empty or too long.
    func check() throws(PolicyActivationError) {
        for (field, text) in [("acceptRisk", acceptRisk), ("note", note)] {
            guard let text else { continue }
            let isEmpty = text.unicodeScalars.allSatisfy { scalar in
                scalar.properties.isWhitespace
                    || [.control, .format].contains(scalar.properties.generalCategory)
            }
            guard !isEmpty, text.utf8.count <= Limits.policyReasonBytesMax else {
                throw .badText(field: field)
            }
        }
    }

    /// - Throws: `.overtaken` where another version is in force than the one with which the wish was made.
    func check(_ number: Int) throws(PolicyActivationError) {
        if let expectedVersion, expectedVersion != number {
            throw .overtaken(expected: expectedVersion, found: number)
        }
    }

    /// Why the wish is refused, or nil.
    func refusal(of report: PolicyGateReport) -> PolicyDesk.Refusal? {
        switch report.verdict {
        case .passed: nil
        case .refused: .faulty
        case .risky:
            if acceptRisk == nil { .risky } else { mayAcceptRisk ? nil : .reviewerNeeded }
        }
    }

    /// The version that the wish makes. A reason that was given where there is no risk is not kept: nobody took any.
    func record(
        number: Int, _ files: PolicyFiles, _ origin: PolicyVersionRecord.Origin, _ report: PolicyGateReport,
        _ changes: PolicyFileChanges, now: Timestamp
    ) -> PolicyVersionRecord {
        PolicyVersionRecord(
            id: number, digest: files.digest, bytes: files.archive.count,
            parts: PolicyVersions.parts(of: files).count, origin: origin, activatedAt: now, actor: actor,
            note: note, gate: report.record,
            acceptedRisk: report.risks.isEmpty
                ? nil : acceptRisk.map { .init(reason: $0, actor: actor) },
            changes: changes)
    }

    /// What the audit log says of a refusal.
    func note(
        of refusal: PolicyDesk.Refusal, _ report: PolicyGateReport, _ origin: PolicyVersionRecord.Origin
    ) -> AuditNote {
        var detail = report.record.auditDetail
        detail["digest"] = report.files.digest
        detail["unreadable"] = report.problems.isEmpty ? nil : String(report.problems.count)
        detail["failedCases"] = report.failedCases.isEmpty ? nil : String(report.failedCases.count)
        detail["note"] = note
        if case .rollback(let number) = origin { detail["rollbackOf"] = String(number) }
        switch refusal {
        case .faulty: detail["why"] = "faulty"
        case .risky: detail["why"] = "not proved"
        case .reviewerNeeded: detail["why"] = "not proved, and who accepted it is no reviewer"
        }
        return AuditNote(
            actor: actor, action: "policy.refused", subject: "policies", detail: detail, outcome: .refused)
    }
}

extension PolicyVersionRecord {
    /// What the audit log says of the activation; of a risk that was taken in an entry of its own.
    func auditNotes(over before: PolicyVersionRecord?) -> [AuditNote] {
        let subject = "policies \(id)"
        var detail = gate.auditDetail
        detail["digest"] = digest
        detail["before"] = before.map { String($0.id) }
        detail["note"] = note
        detail["changedFiles"] = String(changes.added.count + changes.changed.count + changes.removed.count)
        var action = "policy.activated"
        if case .rollback(let number) = origin {
            detail["rollbackOf"] = String(number)
            action = "policy.rolled-back"
        }
        var notes = [
            AuditNote(
                actor: actor, action: action, subject: subject, detail: detail,
                before: before.map { ["version": String($0.id), "digest": $0.digest] } ?? [:],
                after: ["version": String(id), "digest": digest])
        ]
        if let acceptedRisk {
            notes.append(
                AuditNote(
                    actor: acceptedRisk.actor, action: "policy.risk-accepted", subject: subject,
                    detail: [
                        "reason": acceptedRisk.reason, "digest": digest,
                        "roles": gate.risks.map { "\($0.name): \($0.verdict)" }.joined(separator: ", "),
                    ], after: ["version": String(id), "risk": "accepted"]))
        }
        return notes
    }
}

extension PolicyGateRecord {
    /// The roles that are not proved.
    public var risks: [Role] { roles.filter { $0.verdict != "proved" } }

    /// The record as words of the audit log.
    fileprivate var auditDetail: [String: String] {
        var detail = ["cases": String(cases)]
        for (severity, count) in findings { detail["lint-\(severity)"] = String(count) }
        for verdict in ["proved", "counterexample", "unproven"] {
            let names = roles.filter { $0.verdict == verdict }.map(\.name)
            if !names.isEmpty { detail[verdict] = names.joined(separator: ", ") }
        }
        return detail
    }
}
