import Policies
import Proofs

/// What an audit comes to, in one sentence.
struct AuditVerdict {
    /// How it turned out.
    let mark: AuditMark
    /// The sentence.
    let sentence: Phrase
    /// Where to read on.
    let more: Phrase

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
            let closed = audit.closed.map { Phrase(exactly: $0.definition.name) }
            guard closed.isEmpty else {
                sentence =
                    "No session that a token opens can reach another district's records, as far as the stated assumptions hold."
                more = Phrase.closing(closed)
                return
            }
            sentence =
                "No session of any role can reach another district's records, as far as the stated assumptions hold."
            more = "The assumptions stand with each role."
        }
    }
}

extension Phrase {
    /// What there is to know about roles that no token opens.
    fileprivate static func closing(_ roles: [Phrase]) -> Phrase {
        let roles = roles.count == 1 ? "Role \(list(roles)) is" : "Roles \(list(roles)) are" as Phrase
        return
            "\(roles) opened by no token: whoever holds a static key for it reaches all that stands with it."
    }
}

extension PolicyAudit {
    /// What the audit comes to, in one sentence for a terminal.
    public var verdict: String { AuditVerdict(self).sentence.text }
}
