import Base
import Crypto
import JSONText

/// What a caller may act for.
public enum TokenScope: Hashable, Sendable {
    /// One school of the tenant.
    case school(SchoolID)
    /// The district itself, which owns `{tenantId}` and no school's keys.
    case district
}

/// What Homeroom's own tokens say: who calls, for which tenant and school, as what, and until when.
public struct TokenClaims: Sendable, Equatable {
    /// `iss`: the issuer's URL.
    public let issuer: String
    /// `sub`: the person or program.
    public let subject: String
    /// `aud`: what the token is for.
    public let audience: String
    /// `exp`.
    public let expires: Timestamp
    /// `nbf` and `iat`.
    public let issuedAt: Timestamp
    /// `jti`: unique for each token.
    public let tokenID: String
    /// `tenant_id`.
    public let tenantID: TenantID
    /// `school_id` and `custom:school_id`; for a district-level role they hold the tenant's own id.
    public let scope: TokenScope
    /// `student_id`: whose record the token is for, within its school; nil where it is no one student's.
    public let student: StudentID?
    /// `tier`: the name of a tier of the catalog.
    public let tier: String
    /// `role`: the name of a role.
    public let role: String
    /// `homeroom_issued_by`: whether somebody who runs the service has issued it, not the tenant itself: sessions that are opened
    /// with it are in the audit one by one.
    public let isOperators: Bool
    /// `client_id`: the service account or the member that it was issued to; nil for others. Source: RFC 9068 section 2.2.
    public let clientID: String?
    /// `homeroom_grant`: what it was issued by and is revoked with: a family of refresh tokens; nil where there is none.
    public let grant: String?

    static let issuedByClaim = "homeroom_issued_by"
    static let issuedByOperator = "operator"
    static let clientClaim = "client_id"
    static let grantClaim = "homeroom_grant"
    static let studentClaim = "student_id"

    /// The text of `school_id`.
    public var schoolIDText: String {
        switch scope {
        case .school(let school): school.text
        case .district: tenantID.text
        }
    }

    /// The tags for the session; all of them are transitive, so that a chained role keeps its tenant.
    public var sessionTags: SessionTags {
        get throws(TokenError) {
            var tags = ["tenant_id": tenantID.text, "school_id": schoolIDText, "role": role, "tier": tier]
            tags[Self.studentClaim] = student?.text
            return try SessionTags(principalTags: tags, transitiveTagKeys: tags.keys.sorted())
        }
    }

    /// The claims of a new token that is good from `now` for `lifetimeSeconds`, with an id from `random`.
    /// - Throws: `TokenError.claim` where a text has other characters than letters, digits, spaces and
    ///   `_.:/=+-@`, the lifetime is not between 1 second and `Limits.tokenLifetimeSecondsMax`, or a student is named for
    ///   the district itself.
    public init(
        issuer: String, subject: String, audience: String, tenantID: TenantID, scope: TokenScope,
        student: StudentID? = nil, tier: String, role: String, isOperators: Bool = false,
        clientID: String? = nil, grant: String? = nil,
        lifetimeSeconds: Int64 = Limits.tokenLifetimeSecondsDefault, now: Timestamp, random: some RandomSource
    ) throws(TokenError) {
        guard (1...Limits.tokenLifetimeSecondsMax).contains(lifetimeSeconds) else {
            throw .claim(
                name: "exp", expected: "a lifetime of 1 to \(Limits.tokenLifetimeSecondsMax) seconds")
        }
        for (name, value) in [
            ("iss", issuer), ("sub", subject), ("aud", audience), ("tier", tier), ("role", role),
            (Self.clientClaim, clientID ?? "-"), (Self.grantClaim, grant ?? "-"),
        ] where !ClaimText.isValid(value) {
            throw .claim(name: name, expected: ClaimText.words)
        }
        try Self.check(student, scope)
        self.issuer = issuer
        self.subject = subject
        self.audience = audience
        self.tenantID = tenantID
        self.scope = scope
        self.student = student
        self.tier = tier
        self.role = role
        self.isOperators = isOperators
        self.clientID = clientID
        self.grant = grant
        issuedAt = Timestamp(milliseconds: now.seconds * 1000)
        expires = issuedAt.advanced(bySeconds: lifetimeSeconds)
        tokenID = Base64URL.encode(random.bytes(16))
    }

    /// Whether a claim of ours may be that text: its characters and its length.
    public static func isText(_ text: String) -> Bool { ClaimText.isValid(text) }

    /// Homeroom's claims of a verified token.
    /// - Throws: `TokenError.claim` where one is missing or of another form, or the session tags say anything
    ///   else than the claims.
    public init(_ token: VerifiedToken) throws(TokenError) {
        func text(_ name: String) throws(TokenError) -> String {
            guard let text = token.text(name), ClaimText.isValid(text) else {
                throw .claim(name: name, expected: ClaimText.words)
            }
            return text
        }
        issuer = try text("iss")
        subject = try text("sub")
        guard let audience = token.audiences.first, token.audiences.count == 1 else {
            throw .claim(name: "aud", expected: "one audience")
        }
        self.audience = audience
        expires = token.expires
        guard let issuedAt = token.issuedAt else { throw .claim(name: "iat", expected: "the time of issue") }
        self.issuedAt = issuedAt
        guard let tokenID = token.tokenID else { throw .claim(name: "jti", expected: "the token's id") }
        self.tokenID = tokenID
        guard let tenantID = TenantID(try text("tenant_id")) else {
            throw .claim(name: "tenant_id", expected: "a tenant's id")
        }
        self.tenantID = tenantID
        let school = try text("school_id")
        if school == tenantID.text {
            scope = .district
        } else if let schoolID = SchoolID(school) {
            scope = .school(schoolID)
        } else {
            throw .claim(name: "school_id", expected: "a school's id or the tenant's own")
        }
        guard token.text("custom:school_id") == school else {
            throw .claim(name: "custom:school_id", expected: "the same as `school_id`")
        }
        student = try token.has(Self.studentClaim) ? Self.student(try text(Self.studentClaim)) : nil
        try Self.check(student, scope)
        tier = try text("tier")
        role = try text("role")
        if token.has(Self.issuedByClaim) {
            guard token.text(Self.issuedByClaim) == Self.issuedByOperator else {
                throw .claim(name: Self.issuedByClaim, expected: "`\(Self.issuedByOperator)`")
            }
            isOperators = true
        } else {
            isOperators = false
        }
        clientID = token.has(Self.clientClaim) ? try text(Self.clientClaim) : nil
        grant = token.has(Self.grantClaim) ? try text(Self.grantClaim) : nil
        guard try SessionTags(token) == sessionTags else {
            throw .claim(name: SessionTags.claim, expected: "the same as the claims")
        }
    }

    private static func student(_ text: String) throws(TokenError) -> StudentID {
        guard let student = StudentID(text) else {
            throw .claim(name: studentClaim, expected: StudentID.words)
        }
        return student
    }

    /// Two schools may call two students the same: only with a school it is known which is meant.
    private static func check(_ student: StudentID?, _ scope: TokenScope) throws(TokenError) {
        guard student == nil || scope != .district else {
            throw .claim(name: studentClaim, expected: "a school whose student it is, not the district")
        }
    }
}
