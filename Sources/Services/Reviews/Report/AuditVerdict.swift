import Policies
import Proofs

/// What an audit comes to, in one sentence.
struct AuditVerdict {
    /// How it turned out.
    let mark: AuditMark
    /// The sentence.
    let sentence: Phrase
    /// Where to read on.
    let more: String

    init(_ audit: PolicyAudit) {
        let broken = audit.broken.map { Phrase(exactly: $0.definition.name) }
        let open = audit.unsettled.map { Phrase(exactly: $0.definition.name) }
        if !broken.isEmpty {
            mark = .bad
            sentence =
                "A session of role \(Phrase.list(broken, "or")) can reach records that are not its own."
            more = "A request that does stands with the role, and so does what is known of the others."
        } else if !open.isEmpty {
            mark = .doubt
            sentence =
                "It is not proved that sessions of role \(Phrase.list(open, "or")) stay with their own records."
            more = "No request is known that leaves them. The reasons stand with the role."
        } else {
            mark = .good
            sentence =
                "No session of any role can reach another district's records, as far as the stated assumptions hold."
            more = "The assumptions stand with each role."
        }
    }
}

extension PolicyAudit {
    /// What the audit comes to, in one sentence for a terminal.
    public var verdict: String { AuditVerdict(self).sentence.text }
}
