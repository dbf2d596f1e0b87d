import HTTPServer
import SigV4

/// A token that a request brings by itself, without having been to STS, and the role that it is to open.
/// Sources: RFC 6750 section 2.1; RFC 9110 section 11.1, by which the scheme's case does not matter.
struct BearerCredential {
    /// Names a role as STS does, by its name or its ARN, where it is not the token's own.
    static let roleFieldName = "X-Homeroom-Role"

    /// As it was sent: whatever its bytes are.
    let token: ArraySlice<UInt8>
    /// The role's name; nil for the one that the token names.
    let role: String?
}

extension BearerCredential {
    /// Nil where no `Authorization` field is of this kind.
    /// - Throws: IncompleteSignatureException where the request brings more than this one credential, ValidationException where
    ///   it names no role as it should be named.
    init?(_ exchange: HTTPExchange) throws(WireError) {
        let fields = exchange.fields
        guard Self.brings(fields) else { return nil }
        let value = try Self.only("authorization", "Authorization", of: fields)
        guard exchange.target == Self.target else {
            throw Self.ambiguous(
                "A request with a bearer token is sent to `/` without a query: its credential is in the "
                    + "Authorization header alone.")
        }
        guard fields.range(of: "x-amz-security-token") == nil else {
            throw Self.ambiguous(
                "A request has a bearer token or is signed with an X-Amz-Security-Token, not both: leave one out."
            )
        }
        token = value.dropFirst(Self.scheme.utf8CodeUnitCount).drop { $0 == UInt8(ascii: " ") }
        role = try Self.role(fields)
    }

    private static let scheme: StaticString = "bearer"
    private static let target = Array("/".utf8)

    /// Whether any of the fields is of this scheme, be there others beside it.
    private static func brings(_ fields: HTTPFields) -> Bool {
        var index = fields.firstIndex(of: "authorization")
        while let found = index {
            let value = fields.bytes[fields.value(at: found)]
            let name = value.prefix { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }
            let isScheme =
                name.count == scheme.utf8CodeUnitCount
                && zip(name, 0..<name.count).allSatisfy { $0 | 0x20 == scheme.utf8Start[$1] }
            if isScheme { return true }
            index = fields.firstIndex(of: "authorization", from: found + 1)
        }
        return false
    }

    private static func only(
        _ name: StaticString, _ words: String, of fields: HTTPFields
    ) throws(WireError) -> ArraySlice<UInt8> {
        guard let index = fields.firstIndex(of: name) else { return [] }
        guard fields.firstIndex(of: name, from: index + 1) == nil else {
            throw ambiguous("\(words) header must not be repeated.")
        }
        return fields.bytes[fields.value(at: index)]
    }

    /// The value is not repeated to the caller: people put the token there by mistake.
    private static func role(_ fields: HTTPFields) throws(WireError) -> String? {
        guard fields.range(of: "x-homeroom-role") != nil else { return nil }
        let text = String(decoding: try only("x-homeroom-role", roleFieldName, of: fields), as: UTF8.self)
        if AssumeRoleParameters.isRoleName(text) { return text }
        guard let name = AssumeRoleParameters.role(ofARN: text) else {
            throw .validation(
                "\(roleFieldName) is invalid: a role is named as `teacher` or as "
                    + "`arn:aws:iam::000000000000:role/teacher`")
        }
        return name
    }

    private static func ambiguous(_ text: String) -> WireError { WireError(.incompleteSignature(text)) }
}
