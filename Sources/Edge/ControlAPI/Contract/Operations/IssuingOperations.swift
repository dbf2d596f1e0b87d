import Base
import Registry

/// Who gets tokens and what signs them: signing keys, service accounts, OAuth's endpoints.
enum IssuingOperations {
    static let schemas: KeyValuePairs<String, Schema> = [
        "SigningKey": signingKey, "SigningKeys": signingKeys, "ServiceAccount": account,
        "ServiceAccountSecret": secret, "OAuthError": oauthError,
    ]

    static let operations: [Operation] = keys + accounts + oauth

    // MARK: Signing keys

    private static let signingKey = Schema.object([
        "id": .text, "algorithm": .algorithm,
        "state": .words(SigningKeyRecord.State.allCases.map(\.rawValue)), "createdAt": .moment,
        "signsFrom?": .moment, "signedUntil?": .moment, "revokedAt?": .moment,
    ])

    private static let signingKeys = Schema.object(["keys": .list(.reference("SigningKey"))])

    private static let keys: [Operation] = [
        Operation(
            "GET /v1/signing-keys", "listSigningKeys",
            "List the keys that sign tokens, or did, the newest first",
            query: ["cursor": .cursor, "limit": .limit], .ok(.page("keys", of: .reference("SigningKey")))),
        Operation(
            "POST /v1/signing-keys/rotate", "rotateSigningKeys", "Sign with the next keys from now on",
            body: .request([:]), .ok(.reference("SigningKeys"))),
        Operation(
            "POST /v1/signing-keys/{key}/revoke", "revokeSigningKey",
            "Refuse all tokens of a key from now on, and their sessions", body: .request([:]),
            .ok(.reference("SigningKey"))),
        Operation(
            "POST /v1/signing-keys/rewrap", "rewrapSecrets",
            "Seal all secrets anew under the next master key", body: .request([:]),
            .ok(.object(["masterKey": .text, "secrets": .count]))),
    ]

    // MARK: Service accounts

    private static let account = Schema.object([
        "id": .text, "tenant": .tenantID,
        "schools": Schema.list(.schoolID).saying("those it may act for; none: for the district"),
        "role": .text, "algorithm": .algorithm, "label": .text, "createdAt": .moment, "expiresAt?": .moment,
        "state": .words(ServiceAccountRoutes.states),
    ])

    private static let secret = Schema.object([
        "clientId": .text, "clientSecret": Schema.text.saying("only this answer has it"),
        "account": .reference("ServiceAccount"),
    ])

    /// What `If-Match` of a change is compared with.
    private static let one = "/v1/service-accounts/{}"

    private static let accounts: [Operation] = [
        Operation(
            "POST /v1/service-accounts", "createServiceAccount",
            "Let a program of a tenant get tokens by its own credentials",
            body: .request([
                "tenant": .tenantID, "schools?": .list(.name, max: Limits.accountSchoolsMax),
                "role": .text(1...64), "label?": .text(0...Limits.keyLabelBytesMax),
                "algorithm?": .algorithm, "days?": .integer(1...Limits.accountDaysMax),
            ]), .created(.reference("ServiceAccountSecret"))),
        Operation(
            "GET /v1/service-accounts", "listServiceAccounts", "List service accounts",
            query: [
                "tenant": .tenantID, "role": .text, "school": .schoolID,
                "state": .words(ServiceAccountRoutes.states), "sort": .sort(ServiceAccountRoutes.order.names),
                "cursor": .cursor, "limit": .limit,
            ],
            .ok(.page("accounts", of: .reference("ServiceAccount")))),
        Operation(
            "GET /v1/service-accounts/{account}", "getServiceAccount", "Show a service account",
            .ok(.reference("ServiceAccount"))),
        Operation(
            "DELETE /v1/service-accounts/{account}", "removeServiceAccount",
            "Remove a service account, and refuse what was issued to it from now on", guarded: one,
            .ok(.object(["id": .text]))),
        Operation(
            "POST /v1/service-accounts/{account}/rotate", "rotateServiceAccount",
            "Give a service account another secret",
            body: .request([
                "graceSeconds?": Schema.integer(0...Limits.secretGraceSecondsMax).saying(
                    "how long the secret before stays good")
            ]), guarded: one,
            .ok(.reference("ServiceAccountSecret"))),
        Operation(
            "POST /v1/service-accounts/{account}/disable", "disableServiceAccount",
            "Refuse a service account and all its tokens from now on", body: .request([:]), guarded: one,
            .ok(.reference("ServiceAccount"))),
        Operation(
            "POST /v1/service-accounts/{account}/enable", "enableServiceAccount",
            "Let a service account get tokens again", body: .request([:]), guarded: one,
            .ok(.reference("ServiceAccount"))),
    ]

    // MARK: OAuth

    private static let oauthError = Schema.object([
        "error": .words(OAuthError.Code.allCases.map(\.rawValue)), "error_description": .text,
    ])

    private static let tokenAnswer = Schema.object([
        "access_token": Schema.text.saying("a JWT"), "token_type": .words(["Bearer"]), "expires_in": .count,
        "issued_token_type?": Schema.text.saying("of an exchange"), "scope": .text,
        "refresh_token?": Schema.text.saying("good for one use"),
        "device?": Schema.text.saying("of a password: what the device keeps, and sends the next time"),
    ])

    private static let introspection = Schema.object([
        "active": .flag, "client_id?": .text, "token_type?": .text, "scope?": .text, "exp?": .integer,
        "iat?": .integer, "nbf?": .integer, "sub?": .text, "aud?": .text, "iss?": .text, "jti?": .text,
        "tenant_id?": .tenantID, "school_id?": .text, "student_id?": .text, "role?": .text,
        "tier?": .text,
    ])

    private static let oauth: [Operation] = [
        form(
            OAuthTokenRoute.path, "getToken", "Get a token (RFC 6749, sections 4.3, 4.4 and 6; RFC 8693)",
            [
                "grant_type": .words(OAuthTokenRoute.grantTypes),
                "scope?": Schema.text.saying("`school:ID` or `district`, and `offline_access`"),
                "student_id?": Schema.text.saying(
                    "whose record the token is for, where the holder may read several"),
                "refresh_token?": .text,
                "tenant?": Schema.text.saying("of a password: the district's id"), "username?": .text,
                "password?": Schema.text.saying("a member's who has one of their own"),
                "device?": Schema.text.saying("of a password: what an earlier answer gave this device"),
                "subject_token?": Schema.text.saying("of an exchange: the identity provider's token"),
                "subject_token_type?": .text, "requested_token_type?": .text, "audience?": .text,
            ], tokenAnswer),
        form(
            OAuthRoutes.introspectionPath, "introspectToken", "Say whether a token is good (RFC 7662)",
            ["token": .text(1...Int.max), "token_type_hint?": .text], introspection),
        form(
            OAuthRoutes.revocationPath, "revokeToken", "Refuse a token from now on (RFC 7009)",
            ["token": .text(1...Int.max), "token_type_hint?": .text], .object([:])),
    ]

    /// An operation that takes a form. Others than these parameters are passed over. Source: RFC 6749 section 3.2.
    private static func form(
        _ path: String, _ id: String, _ summary: String, _ parameters: KeyValuePairs<String, Schema>,
        _ answer: Schema
    ) -> Operation {
        let credentials = Schema.object(["client_id?": .text, "client_secret?": .text])
        let body = Schema(
            .object(Schema.object(parameters).members + credentials.members, isClosed: false))
        var operation = Operation("POST \(path)", id, summary, body: body, .ok(answer))
        operation.bodyType = "application/x-www-form-urlencoded"
        return operation
    }
}
