import Base
import Gateway

/// `Policy` and `PolicyArns` of AssumeRoleWithWebIdentity: what narrows the session. Source of lengths and characters: AWS STS
/// API reference.
struct SessionPolicyParameters {
    /// The inline policy as it was sent.
    let inline: String?
    /// The deployment's documents that were named, by their file names.
    let documentNames: [String]

    var isEmpty: Bool { inline == nil && documentNames.isEmpty }

    init(_ parameters: FormParameters) throws(STSError) {
        inline = parameters["Policy"]
        if let inline { try Self.check(inline) }
        var names: [String] = []
        for number in 1...Limits.sessionPolicyARNsMax + 1 {
            guard let arn = parameters["PolicyArns.member.\(number).arn"] else { break }
            guard number <= Limits.sessionPolicyARNsMax else {
                throw Self.constraint(
                    "policyArns",
                    "Member must have length less than or equal to \(Limits.sessionPolicyARNsMax)")
            }
            names.append(try Self.documentName(arn))
        }
        // INVARIANT (narrow stays narrow): what is not understood of a wish to be narrowed is refused, never passed over.
        guard parameters.count(prefix: "PolicyArns") == names.count else {
            throw .validation(
                "PolicyArns cannot be read: expected PolicyArns.member.1.arn to PolicyArns.member."
                    + "\(Limits.sessionPolicyARNsMax).arn")
        }
        documentNames = names
    }

    private static func check(_ policy: String) throws(STSError) {
        let count = policy.unicodeScalars.count
        guard count <= Limits.sessionPolicyCharactersMax else {
            throw constraint(
                "policy",
                "Member must have length less than or equal to \(Limits.sessionPolicyCharactersMax)")
        }
        guard count >= 1 else {
            throw constraint("policy", "Member must have length greater than or equal to 1")
        }
        let isPrintable = policy.unicodeScalars.allSatisfy { scalar in
            scalar == "\t" || scalar == "\n" || scalar == "\r" || (0x20...0xFF).contains(scalar.value)
        }
        guard isPrintable else {
            throw constraint(
                "policy",
                "Member must satisfy regular expression pattern: [\\u0009\\u000A\\u000D\\u0020-\\u00FF]+")
        }
    }

    /// `arn:aws:iam::000000000000:policy/read` is the deployment's `policies/read.json`.
    private static func documentName(_ arn: String) throws(STSError) -> String {
        let prefix = "arn:aws:iam::\(GatewaySession.account):policy/"
        let name = arn.dropFirst(prefix.count)
        guard (20...2048).contains(arn.utf8.count), arn.hasPrefix(prefix),
            (1...Limits.policyNameCharactersMax).contains(name.utf8.count), !name.contains("/")
        else {
            throw .validation(
                "\(arn.prefix(200)) is invalid: a policy's ARN is `\(prefix)<name>`, for the file `policies/<name>.json`"
            )
        }
        return "\(name).json"
    }

    private static func constraint(_ member: String, _ rule: String) -> STSError {
        .validation("1 validation error detected: Value at '\(member)' failed to satisfy constraint: \(rule)")
    }
}

extension Limits {
    /// Characters of an inline session policy. Source: AWS STS API reference, like the others here.
    static let sessionPolicyCharactersMax = 2048
    /// Policy documents that one session can name.
    static let sessionPolicyARNsMax = 10
    /// Characters of a policy's name. Source: AWS IAM API reference, CreatePolicy.
    static let policyNameCharactersMax = 128
    /// What session policies and tags may take up in a session's token, in bytes. AWS has such a limit and does not say which.
    static let packedPolicyBytesMax = 3072
}
