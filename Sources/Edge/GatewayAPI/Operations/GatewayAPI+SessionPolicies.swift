import Base
import Gateway
import Policies

/// How far a session's own policies narrow it.
extension GatewayAPI {
    /// Adds the session policies that were handed in; answers how much of the room for them they and the tags take up, in
    /// percent, or nil where there are none.
    /// - Throws: MalformedPolicyDocument, PackedPolicyTooLarge, ValidationError.
    func narrow(
        _ contents: inout SessionContents, by asked: SessionPolicyParameters, _ role: PolicyCatalog.Role
    ) throws(STSError) -> Int? {
        guard !asked.isEmpty else { return nil }
        let narrowing = SessionContents.Narrowing(policy: asked.inline, documents: asked.documentNames)
        let bytes = narrowing.packedBytes(with: contents.tags)
        let percent = (bytes * 100 + Limits.packedPolicyBytesMax - 1) / Limits.packedPolicyBytesMax
        guard percent <= 100 else { throw .packedPolicyTooLarge(percent: percent) }
        let catalog = gateway.policies.catalog
        if let missing = asked.documentNames.first(where: { catalog.documents[$0] == nil }) {
            throw .validation("there is no policy file `policies/\(missing)`: name another in PolicyArns")
        }
        do throws(PolicyProblems) {
            var documents = asked.documentNames.compactMap { catalog.documents[$0] }
            if let inline = asked.inline {
                documents.append(
                    try PolicyDocument(
                        parsing: Array(inline.utf8), file: SessionContents.Narrowing.inlineName))
            }
            _ = try role.policies.narrowed(by: documents)
        } catch { throw .malformedPolicy(Self.words(error)) }
        contents.narrowing = narrowing
        return percent
    }

    /// The first of the problems; the others come up when it is mended.
    private static func words(_ problems: PolicyProblems) -> String {
        guard let first = problems.problems.first else { return "Syntax errors in policy." }
        let more = problems.problems.count > 1 ? " (and \(problems.problems.count - 1) more)" : ""
        return "Syntax errors in policy. \(first)\(more)"
    }
}
