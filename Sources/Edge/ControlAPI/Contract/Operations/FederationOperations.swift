import Base
import Issuing

/// The identity providers of districts.
enum FederationOperations {
    static let schemas: KeyValuePairs<String, Schema> = [
        "IdentityProvider": provider, "SubjectTokenVerdict": verdict, "RefusedPerson": refused,
    ]

    private static let claim = Schema.text(1...Limits.claimNameBytesMax)
    private static let value = Schema.text(1...Limits.claimValueBytesMax)
    private static let url = Schema.text(1...Limits.providerURLBytesMax)

    private static let schoolLines = Schema.list(
        .object(["value": .text, "school": Schema.text.saying("its id; the tenant's own for the district")]))
    private static let roleLines = Schema.list(.object(["value": .text, "role": .text]))

    private static let provider = Schema.object([
        "name": .text, "tenant": .tenantID, "issuer": .text, "audiences": .list(.text), "keysUrl?": .text,
        "sharedBy?": .text, "required": .texts, "schoolClaim?": .text, "schools": schoolLines,
        "defaultSchool?": .text, "studentClaim?": .text, "roleClaim?": .text, "roles": roleLines,
        "defaultRole?": .text,
        "createdAt": .moment,
    ])

    private static let verdict = Schema.object([
        "accepted": .flag,
        "steps": Schema.list(
            .object(["step": .text, "outcome": .words(["right", "wrong"]), "finding": .text])
        ).saying("what was looked at, in order, as far as it was right"),
        "subject?": .text, "role?": .text,
        "school?": Schema.text.saying("a school's id; the tenant's own for the district"),
        "student?": Schema.text.saying("whose record the token would be for"),
    ])

    private static let refused = Schema.object([
        "id": Schema.text.saying("what tokens, the audit and events name them by"), "tenant": .tenantID,
        "person": Schema.text.saying("the provider's name, a slash, and what it calls them"), "reason": .text,
        "state": .words(["refused", "allowed"]), "refusedAt": .moment,
    ])

    private static let audiences = Schema.list(value, max: Limits.providerAudiencesMax)
    private static let keysURL = url.saying(
        "where its keys are; as its discovery document says where it is missing")
    private static let sharedBy = claim.saying("the required claim that tells the issuer's customers apart")
    private static let requiredClaims = Schema.map(value).saying(
        "claims that must be there, with these values")
    private static let schoolClaim = claim.saying("which claim names the school")
    private static let schools = Schema.list(
        .request(["value": value, "school": .name]), max: Limits.providerSchoolsMax
    ).saying("the provider's names for schools; ids and exact names need none")
    private static let defaultSchool = Schema.name.saying(
        "the school of those whose token names none; or `district`")
    private static let studentClaim = claim.saying(
        "which claim names whose records are theirs to read: their own, or a list of their children")
    private static let roleClaim = claim.saying("which claim says what somebody is")
    private static let roles = Schema.list(
        .request(["value": value, "role": .text(1...64)]), max: Limits.providerRolesMax
    ).saying("the first that applies is the one")
    private static let defaultRole = Schema.text(1...64).saying("the role of those to whom none applies")

    private static let registration = Schema.request([
        "name": Schema.text(pattern: "^[0-9a-z][0-9a-z-]{0,\(Limits.providerNameBytesMax - 1)}$"),
        "issuer": url.saying("exactly as tokens have it in `iss`"), "audiences": audiences,
        "keysUrl?": keysURL, "sharedBy?": sharedBy, "required?": requiredClaims, "schoolClaim?": schoolClaim,
        "schools?": schools, "defaultSchool?": defaultSchool, "studentClaim?": studentClaim,
        "roleClaim?": roleClaim, "roles?": roles, "defaultRole?": defaultRole,
    ])

    private static let change = Schema.request([
        "issuer?": url.saying("as it is: another one is another provider"), "audiences": audiences,
        "keysUrl?": keysURL, "sharedBy?": claim.saying("as it is"),
        "required?": Schema.map(value).saying(
            "claims that must be there, with these values; that of `sharedBy` stays as it is, and may be left out"
        ),
        "schoolClaim?": schoolClaim, "schools?": schools, "defaultSchool?": defaultSchool,
        "studentClaim?": studentClaim, "roleClaim?": roleClaim, "roles?": roles,
        "defaultRole?": defaultRole,
        "refuseIssued?": Schema.flag.saying(
            "whether tokens and sessions from before are refused from now on; else they are good until they end"
        ),
    ])

    static let operations: [Operation] = [
        Operation(
            "POST /v1/tenants/{tenant}/identity-providers", "addIdentityProvider",
            "Let a district's own identity provider say who its people are", body: registration,
            .created(.reference("IdentityProvider"))),
        Operation(
            "GET /v1/tenants/{tenant}/identity-providers", "listIdentityProviders",
            "List a district's identity providers",
            query: ["sort": .sort(IdentityProviderRoutes.order.names), "cursor": .cursor, "limit": .limit],
            .ok(.page("providers", of: .reference("IdentityProvider")))),
        Operation(
            "GET /v1/tenants/{tenant}/identity-providers/{provider}", "getIdentityProvider",
            "Show an identity provider", .ok(.reference("IdentityProvider"))),
        Operation(
            "PUT /v1/tenants/{tenant}/identity-providers/{provider}", "updateIdentityProvider",
            "Change whom an identity provider lets in and as what, from the next exchange on; what is left out is taken away",
            body: change, guarded: "/v1/tenants/{}/identity-providers/{}",
            .ok(.reference("IdentityProvider"))),
        Operation(
            "DELETE /v1/tenants/{tenant}/identity-providers/{provider}", "removeIdentityProvider",
            "Remove an identity provider, and refuse the tokens that its people have from now on",
            guarded: "/v1/tenants/{}/identity-providers/{}", .ok(.object(["name": .text]))),
        Operation(
            "POST /v1/tenants/{tenant}/identity-providers/{provider}/test", "testIdentityProvider",
            "Say step by step what a token of it would come to, and issue none",
            body: .request([
                "token": Schema.text.saying("the provider's token, or any text; it is not kept"),
                "scope?": Schema.text(1...64).saying("as at the token endpoint"),
                "student?": Schema.studentID.saying("as `student_id` at the token endpoint"),
            ]), .ok(.reference("SubjectTokenVerdict"))),
        Operation(
            "POST /v1/tenants/{tenant}/refused-people", "refusePerson",
            "Refuse somebody whom an identity provider lets in, and all that was issued to them, from now on",
            body: .request([
                "person": Schema.text(3...Limits.claimValueBytesMax).saying(
                    "the subject of their tokens: the provider's name, a slash, and what it calls them"),
                "reason?": .text(0...Limits.refusalReasonBytesMax),
            ]), .ok(.reference("RefusedPerson"))),
        Operation(
            "GET /v1/tenants/{tenant}/refused-people", "listRefusedPeople",
            "List whom a district refuses, and whom it has let in again",
            query: ["cursor": .cursor, "limit": .limit],
            .ok(.page("people", of: .reference("RefusedPerson")))),
        Operation(
            "DELETE /v1/tenants/{tenant}/refused-people/{person}", "allowPerson",
            "Let somebody in again; what was issued to them before stays refused",
            .ok(.reference("RefusedPerson"))),
    ]
}
