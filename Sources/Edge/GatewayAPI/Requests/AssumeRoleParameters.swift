/// The parameters of AssumeRoleWithWebIdentity, checked. Source of lengths and characters: AWS STS API
/// reference.
struct AssumeRoleParameters {
    /// The role's name, the last part of `RoleArn`.
    let role: String
    let sessionName: String
    let token: String
    let durationSeconds: Int?
    let policies: SessionPolicyParameters

    init(_ parameters: FormParameters) throws(STSError) {
        let arn = try Self.required(parameters, "RoleArn", "roleArn")
        sessionName = try Self.required(parameters, "RoleSessionName", "roleSessionName")
        token = try Self.required(parameters, "WebIdentityToken", "webIdentityToken")
        guard (20...2048).contains(arn.utf8.count), let role = Self.role(ofARN: arn) else {
            throw .validation(
                "\(arn.prefix(200)) is invalid: a role's ARN is `arn:aws:iam::000000000000:role/<name>`")
        }
        self.role = role
        guard Self.isSessionName(sessionName) else {
            throw .validation(
                "1 validation error detected: Value '\(sessionName.prefix(200))' at 'roleSessionName' failed to satisfy "
                    + "constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*")
        }
        if let text = parameters["DurationSeconds"] {
            guard let seconds = Int(text), (900...43_200).contains(seconds) else {
                throw .validation(
                    "1 validation error detected: Value '\(text.prefix(40))' at 'durationSeconds' failed to satisfy "
                        + "constraint: Member must have value between 900 and 43200")
            }
            durationSeconds = seconds
        } else {
            durationSeconds = nil
        }
        policies = try SessionPolicyParameters(parameters)
        if parameters["ProviderId"] != nil {
            throw .validation("ProviderId is for OAuth 2.0 access tokens, which are not supported: remove it")
        }
    }

    private static func required(
        _ parameters: FormParameters, _ name: String, _ member: String
    ) throws(STSError) -> String {
        guard let value = parameters[name], !value.isEmpty else {
            throw .validation(
                "1 validation error detected: Value null at '\(member)' failed to satisfy constraint: Member must not "
                    + "be null")
        }
        return value
    }

    /// The role's name in its ARN; nil where the text is no role's ARN of this deployment.
    static func role(ofARN arn: String) -> String? {
        let prefix = "arn:aws:iam::000000000000:role/"
        guard arn.hasPrefix(prefix) else { return nil }
        let name = String(arn.dropFirst(prefix.count))
        return isRoleName(name) ? name : nil
    }

    /// Whether a role may be called so.
    static func isRoleName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count) && text.utf8.allSatisfy(isNameByte)
    }

    /// Whether a session may be called so.
    static func isSessionName(_ text: String) -> Bool {
        (2...64).contains(text.utf8.count) && text.utf8.allSatisfy(isNameByte)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "_+=,.@-".utf8.contains(byte)
        }
    }
}
