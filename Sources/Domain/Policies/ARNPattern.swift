/// An ARN of a policy, compared segment by segment: a wildcard stays inside its segment.
///
/// Source: IAM JSON policy reference, "Resource" and "Condition operators", ARN operators.
/// `arn:partition:service:region: account:resource`; the sixth segment may hold colons.
public enum ARNPattern: Hashable, Sendable {
    /// `*` alone: every resource.
    case everything
    /// The six segments.
    case segments([PolicyPattern])
    /// Fewer than six segments, so many: it matches nothing. Source: Homeroom's rule; lint says so.
    case incomplete(count: Int)

    static let segmentCount = 6

    /// Reads `text`.
    /// - Throws: `PolicyPattern.Fault` for a faulty variable, or one before the fifth colon where
    ///   `isResource`.
    init(parsing text: String, variables: Bool, isResource: Bool) throws(PolicyPattern.Fault) {
        if text == "*" {
            self = .everything
            return
        }
        let pattern = try PolicyPattern(parsing: text, variables ? [.wildcards, .variables] : .wildcards)
        let segments = ARNPattern.split(pattern)
        guard segments.count == ARNPattern.segmentCount else {
            self = .incomplete(count: segments.count)
            return
        }
        if isResource, let early = segments.dropLast().flatMap(\.variables).first {
            throw .init(
                message: "the variable `${\(early.key.text)}` stands before the fifth colon of `\(text)`",
                remedy: "use variables only in the last segment of a Resource, and `*` in the others",
                kind: .variablePlace)
        }
        self = .segments(segments)
    }

    private static func split(_ pattern: PolicyPattern) -> [PolicyPattern] {
        var segments = [PolicyPattern()]
        for token in pattern.tokens {
            guard case .literal(let bytes) = token else {
                segments[segments.count - 1].append(token)
                continue
            }
            let parts = bytes.split(
                separator: UInt8(ascii: ":"), maxSplits: segmentCount - segments.count,
                omittingEmptySubsequences: false)
            for (index, part) in parts.enumerated() {
                if index > 0 { segments.append(PolicyPattern()) }
                if !part.isEmpty { segments[segments.count - 1].append(.literal(Array(part))) }
            }
        }
        return segments
    }
}
