import Policies

/// What a Resource has to do with a family of resources, such as all streams of a table.
///
/// A family is the last part of an ARN, perhaps with a `*` at its end that stands for all names; regions and
/// accounts are any.
struct ARNReach {
    /// The family's text.
    private let family: [UInt8]
    private let isOpen: Bool

    /// The family that `text` names: `table/student-table`, `table/student-table/stream/*`.
    init(_ text: String) {
        isOpen = text.hasSuffix("*")
        family = Array(isOpen ? text.dropLast().utf8 : text[...].utf8)
    }

    /// Whether the pattern fits one resource of the family at least. A variable is taken to have any value: the answer may be
    /// yes where no session has such a value, never the other way round.
    func isTouched(by pattern: ARNPattern) -> Bool {
        switch pattern {
        case .everything: return true
        case .incomplete: return false
        case .segments(let segments):
            return isDynamoDB(segments) && fits(segments[5].tokens[...], family[...])
        }
    }

    /// Whether the pattern fits every resource of the family, in every region and account, whatever the session.
    func isCovered(by pattern: ARNPattern) -> Bool {
        switch pattern {
        case .everything: return true
        case .incomplete: return false
        case .segments(let segments):
            guard isDynamoDB(segments), segments[5].variables.isEmpty,
                segments[3].tokens == [.any], segments[4].tokens == [.any]
            else { return false }
            return covers(segments[5].tokens[...], family[...])
        }
    }

    private func isDynamoDB(_ segments: [PolicyPattern]) -> Bool {
        zip(segments.prefix(3), ["arn", "aws", "dynamodb"]).allSatisfy { pattern, wanted in
            let exact = ARNReach(wanted)
            return exact.fits(pattern.tokens[...], exact.family[...])
        }
    }

    /// Whether some text is matched by the pattern and lies in the family. What is left of a pattern or of the family gets
    /// shorter with every step.
    private func fits(_ tokens: ArraySlice<PolicyPattern.Token>, _ rest: ArraySlice<UInt8>) -> Bool {
        // The open end takes whatever the pattern still wants.
        if rest.isEmpty, isOpen { return true }
        guard let token = tokens.first else { return rest.isEmpty }
        switch token {
        case .any, .variable:
            return fits(tokens.dropFirst(), rest) || (!rest.isEmpty && fits(tokens, rest.dropFirst()))
        case .one: return !rest.isEmpty && fits(tokens.dropFirst(), rest.dropFirst())
        case .literal(let bytes):
            if bytes.count > rest.count { return isOpen && bytes.starts(with: rest) }
            return rest.starts(with: bytes) && fits(tokens.dropFirst(), rest.dropFirst(bytes.count))
        }
    }

    /// Whether every text of the family is matched by the pattern: its open end must be met by a `*` at the pattern's.
    private func covers(_ tokens: ArraySlice<PolicyPattern.Token>, _ rest: ArraySlice<UInt8>) -> Bool {
        guard let token = tokens.first else { return rest.isEmpty && !isOpen }
        switch token {
        case .any:
            if tokens.count == 1 { return true }
            return covers(tokens.dropFirst(), rest) || (!rest.isEmpty && covers(tokens, rest.dropFirst()))
        case .one: return !rest.isEmpty && covers(tokens.dropFirst(), rest.dropFirst())
        case .literal(let bytes):
            return rest.starts(with: bytes) && covers(tokens.dropFirst(), rest.dropFirst(bytes.count))
        case .variable: return false
        }
    }
}
