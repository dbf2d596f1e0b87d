import Base

/// Why a request to an OAuth endpoint is refused, in the protocol's own words. Source: RFC 6749 section 5.2.
struct OAuthError: Error, Equatable {
    enum Code: String, CaseIterable {
        case invalidRequest = "invalid_request"
        case invalidClient = "invalid_client"
        case invalidGrant = "invalid_grant"
        case unauthorizedClient = "unauthorized_client"
        case unsupportedGrantType = "unsupported_grant_type"
        case invalidScope = "invalid_scope"
        /// Source: RFC 8693 section 2.2.2.
        case invalidTarget = "invalid_target"
        case serverError = "server_error"
        case temporarilyUnavailable = "temporarily_unavailable"
    }

    let code: Code
    /// For the developer of the client, in the characters that section 5.2 allows.
    let description: String
    var status = 400
    /// Whether the client has shown itself by the `Authorization` field, and is told how to.
    var isBasic = false
    /// When to come again.
    var retryAfterSeconds: Int?

    init(_ code: Code, _ description: String) {
        self.code = code
        // Section 5.2: no quotation mark, no backslash, printable ASCII alone.
        self.description = String(
            decoding: description.utf8.filter { (0x20...0x7E).contains($0) && $0 != 0x22 && $0 != 0x5C },
            as: UTF8.self)
    }

    /// The client is not known, or not by these credentials: one text for all.
    static func client(isBasic: Bool) -> OAuthError {
        var error = OAuthError(
            .invalidClient, "the client is not known, its secret is wrong, or it is disabled or has expired")
        error.status = 401
        error.isBasic = isBasic
        return error
    }

    /// Too many requests.
    static func slower(_ seconds: Int) -> OAuthError {
        var error = OAuthError(.temporarilyUnavailable, "too many requests; wait before the next one")
        error.status = 429
        error.retryAfterSeconds = seconds
        return error
    }

    /// Somebody else, on whom it depends, does not answer.
    static func unavailable(_ description: String, retryAfterSeconds: Int) -> OAuthError {
        var error = OAuthError(.temporarilyUnavailable, description)
        error.status = 503
        error.retryAfterSeconds = retryAfterSeconds
        return error
    }

    /// The error as it is sent.
    var response: ControlResponse {
        var response = ControlResponse.oauth(status: status) { json in
            json.beginObject()
            json.member("error", code.rawValue)
            json.member("error_description", description)
            json.endObject()
        }
        if isBasic { response = response.adding("WWW-Authenticate", "Basic realm=\"homeroom\"") }
        if let retryAfterSeconds { response = response.adding("Retry-After", String(retryAfterSeconds)) }
        return response
    }
}

extension ControlResponse {
    /// A JSON document that nobody may keep. Source: RFC 6749 section 5.1.
    static func oauth(status: Int = 200, _ write: (inout JSONWriter) -> Void) -> ControlResponse {
        ControlResponse.json(status: status, write).adding("Pragma", "no-cache")
    }
}
