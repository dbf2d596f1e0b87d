import Base
import Crypto

/// The parameters of a request to an OAuth endpoint, in the body. Source: RFC 6749 section 3.2 and appendix B.
struct OAuthForm {
    private let values: RequestQuery

    /// - Throws: `OAuthError.invalidRequest` where the body is no form, or has a parameter twice.
    init(_ request: ControlRequest) throws(OAuthError) {
        guard request.body.count <= Limits.oauthFormBytesMax else {
            throw OAuthError(
                .invalidRequest, "expected a body of at most \(Limits.oauthFormBytesMax) bytes")
        }
        let type = request.contentType?.split(separator: ";").first ?? ""
        guard type.lowercased().filter({ $0 != " " }) == "application/x-www-form-urlencoded" else {
            throw OAuthError(
                .invalidRequest, "expected a body of the type application/x-www-form-urlencoded")
        }
        do throws(Problem) { values = try RequestQuery(parsing: request.body[...]) } catch {
            throw OAuthError(.invalidRequest, error.detail)
        }
    }

    /// The parameter's value; nil where it is absent or empty, which is the same. Source: RFC 6749 section 3.2.
    subscript(name: String) -> String? { values[name].flatMap { $0.isEmpty ? nil : $0 } }

    /// A parameter that must be there.
    func needed(_ name: String) throws(OAuthError) -> String {
        guard let value = self[name] else {
            throw OAuthError(.invalidRequest, "the parameter \(name) is missing")
        }
        return value
    }
}

extension Limits {
    /// The largest form that an OAuth endpoint reads, in bytes: two tokens fit.
    static let oauthFormBytesMax = 64 * 1024
}

/// How a client has shown who it is. Source: RFC 6749 section 2.3.1.
struct OAuthCredentials {
    let id: String
    let secret: String
    /// Whether by HTTP's Basic authentication.
    let isBasic: Bool

    /// - Throws: `OAuthError`: none given, given twice, or malformed.
    init(_ authorization: String?, _ form: OAuthForm) throws(OAuthError) {
        let (id, secret) = (form["client_id"], form["client_secret"])
        guard let authorization else {
            guard let id, let secret else { throw .client(isBasic: false) }
            (self.id, self.secret, isBasic) = (id, secret, false)
            return
        }
        let parts = authorization.split(separator: " ", omittingEmptySubsequences: true)
        guard parts.count == 2, parts[0].lowercased() == "basic", let bytes = Base64.decode(parts[1]) else {
            throw .client(isBasic: true)
        }
        guard secret == nil else {
            throw OAuthError(
                .invalidRequest,
                "the client shows who it is in two ways: in the Authorization field and in the body")
        }
        let pair = bytes.split(
            separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
        guard pair.count == 2, let name = PercentText.decode(pair[0], isForm: true),
            let password = PercentText.decode(pair[1], isForm: true)
        else { throw .client(isBasic: true) }
        if let id, id != name {
            throw OAuthError(.invalidRequest, "client_id names another client than the Authorization field")
        }
        (self.id, self.secret, isBasic) = (name, password, true)
    }
}
