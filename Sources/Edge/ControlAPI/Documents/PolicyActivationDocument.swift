import Base
import Registry
import Reviews

/// What came of an activation or a rollback, as the API shows it.
struct PolicyActivationDocument {
    private static let obstaclesShownMax = 20

    let answer: PolicyDesk.Answer

    func write(to json: inout JSONWriter) {
        json.beginObject()
        writeMembers(to: &json)
        json.endObject()
    }

    /// The members alone: those of a problem document stand beside them.
    func writeMembers(to json: inout JSONWriter) {
        switch answer.outcome {
        case .activated(let record):
            json.member("outcome", "activated")
            json.name("version")
            PolicyVersionDocument(record: record, isActive: true).write(to: &json)
        case .unchanged: json.member("outcome", "unchanged")
        case .possible: json.member("outcome", "possible")
        case .refused(let refusal):
            json.member("outcome", "refused")
            json.member("refusal", PolicyActivationDocument.name(of: refusal))
        }
        if case .rollback(let number) = answer.origin { json.member("rollbackOf", number) }
        json.member("before", answer.before.id)
        json.member("digest", answer.gate.files.digest)
        json.name("changes")
        PolicyVersionDocument.write(answer.changes, to: &json)
        json.name("gate")
        PolicyGateDocument(report: answer.gate).write(to: &json)
    }

    private static func name(of refusal: PolicyDesk.Refusal) -> String {
        switch refusal {
        case .faulty: "faulty"
        case .risky: "risky"
        case .reviewerNeeded: "reviewer-needed"
        }
    }

    /// Why it was refused and what to do, for people.
    func detail(of refusal: PolicyDesk.Refusal) -> String {
        let lines = answer.gate.obstacles
        var shown = lines.prefix(Self.obstaclesShownMax).flatMap { $0.split(separator: "\n") }.map {
            "\n  \($0)"
        }
        .joined()
        if lines.count > Self.obstaclesShownMax {
            shown += "\n  and \(lines.count - Self.obstaclesShownMax) more"
        }
        let head = "the policies are refused, version \(answer.before.id) stays in force"
        switch refusal {
        case .faulty: return "\(head):\(shown)"
        case .risky:
            return
                "\(head). A reviewer must accept this, with --accept-risk \"reason\" and a reviewer's key:\(shown)"
        case .reviewerNeeded:
            return "\(head). A reviewer must accept this, and the key that was sent is an administrator's: "
                + "`homeroom key create --role reviewer` makes one, --key-file names it:\(shown)"
        }
    }
}
