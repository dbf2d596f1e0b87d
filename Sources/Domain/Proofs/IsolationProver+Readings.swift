import Base
import JSONText
import Policies

extension IsolationProver {
    /// Proves what can be read of a document by itself, whoever it is given to.
    ///
    /// What is left out of it never makes a proof: an Allow that cannot be read is a reason for `unproven`, and a Deny that
    /// cannot be read is one fewer that could have helped. A counterexample is one of what could be read.
    public func prove(_ reading: PolicyReading) -> RoleProof {
        let proof: RoleProof
        if reading.document.statements.isEmpty {
            proof = RoleProof(
                role: reading.document.file, verdict: .proved,
                assumptions: ["The document allows nothing that reaches items of a table."], questions: 0,
                states: 0)
        } else {
            proof = prove(document: reading.document)
        }
        let reasons = reading.reasonsForDoubt
        let verdict: IsolationVerdict =
            switch proof.verdict {
            case .counterexample(let story): .counterexample(story)
            case .proved: reasons.isEmpty ? .proved : .unproven(reasons: reasons)
            case .unproven(let more):
                .unproven(reasons: Array((reasons + more).prefix(Limits.proofReasonsMax)))
            }
        let isNothingRead = reading.document.statements.isEmpty && !reasons.isEmpty
        return RoleProof(
            role: proof.role, verdict: verdict,
            assumptions: reading.assumptions + (isNothingRead ? [] : proof.assumptions),
            questions: proof.questions, states: proof.states)
    }
}

extension PolicyReading {
    /// What may open items and could not be read, each a reason.
    fileprivate var reasonsForDoubt: [String] {
        let outside = problems.filter { $0.kind != .unknownElement }.map {
            "line \($0.position.line): \($0.message)"
        }
        let allows = omissions.compactMap { omission -> String? in
            guard omission.effect != .deny, case .unreadable(let problem) = omission.reason else {
                return nil
            }
            return
                "line \(problem.position.line): \(problem.message), so what the statement allows cannot be read"
        }
        return Array((outside + allows + placeholders).prefix(Limits.proofReasonsMax))
    }

    /// Resources of Allows that are no ARN at all, so that something else is meant to stand there.
    private var placeholders: [String] {
        document.statements.flatMap { statement -> [String] in
            guard statement.effect == .allow, !statement.resources.isNegated,
                ProofActions.asked.contains(where: { statement.actions.set.contains($0) })
            else { return [] }
            return zip(statement.resources.texts, statement.resources.patterns).compactMap { text, pattern in
                guard case .incomplete = pattern, !text.value.hasPrefix("arn:") else { return nil }
                return
                    "line \(text.position.line): `\(text.value)` is no ARN; it matches nothing until one stands there"
            }
        }
    }

    /// What was left out without harm, each a sentence.
    fileprivate var assumptions: [String] {
        var sentences: [String] = []
        if isForPrincipals {
            sentences.append(
                "The document names a Principal; it is proved as if it were attached to each caller that is considered."
            )
        }
        if problems.contains(where: { $0.kind == .unknownElement }) {
            sentences.append("Elements of the document that the policy language does not have say nothing.")
        }
        var others: [Int] = []
        for omission in omissions {
            switch omission.reason {
            case .otherServices: others.append(omission.position.line)
            case .unreadable(let problem):
                guard omission.effect == .deny else { continue }
                sentences.append(
                    "The Deny at line \(omission.position.line) is left out, which makes nothing safer: \(problem.message)."
                )
            case .principal:
                sentences.append(
                    "The Deny at line \(omission.position.line) is for some callers only and is left out, which makes"
                        + " nothing safer.")
            }
        }
        if !others.isEmpty {
            let lines = others.prefix(Limits.proofReasonsMax).map { "\($0)" }.joined(separator: ", ")
            sentences.append(
                "Statements whose actions are all of other services open no items and are left out: line \(lines)"
                    + (others.count > Limits.proofReasonsMax ? " and more." : "."))
        }
        return sentences
    }
}
