import Base

/// Policies: looked over, tried, tested, proved, compared, put in force.
enum PolicyOperations {
    static let schemas: KeyValuePairs<String, Schema> = [
        "PolicyVersion": version, "PolicyActivation": activation, "LintReport": lint, "ProofReport": proofs,
        "CaseReport": cases,
    ]

    // MARK: Schemas

    private static let changes = Schema.object([
        "added": .list(.text), "changed": .list(.text), "removed": .list(.text),
    ])

    private static let gateRecord = Schema.object([
        "lint": .map(.integer), "cases": .integer,
        "roles": .list(.object(["role": .text, "verdict": .text, "milliseconds": .number])),
        "milliseconds": .number,
    ])

    static let version = Schema.object([
        "version": .integer, "state": .words(["active", "past"]), "digest": .text, "activatedAt": .moment,
        "by": .text, "origin": .words(["first-start", "activation", "rollback"]), "rollbackOf?": .integer,
        "note?": .text, "acceptedRisk?": .object(["reason": .text, "by": .text]), "gate": gateRecord,
        "changes": changes, "files?": .texts,
    ])

    private static let gate = Schema.object([
        "problems": .list(.open), "lint": .reference("LintReport"), "cases": .integer,
        "failedCases": .list(
            .object(["file": .text, "line": .integer, "column": .integer, "name": .text, "failure": .text])),
        "proofs": .reference("ProofReport"), "obstacles": .list(.text), "milliseconds": .number,
    ])

    static let activation = Schema.object([
        "outcome": .words(["activated", "unchanged", "possible", "refused"]),
        "version?": .reference("PolicyVersion"),
        "refusal?": .words(["faulty", "risky", "reviewer-needed"]), "rollbackOf?": .integer,
        "before": .integer,
        "digest": .text, "changes": changes, "gate": gate,
    ])

    static let lint = Schema.object([
        "isClean": .flag, "files": .integer, "counts": .map(.integer), "findings": .list(finding),
    ])

    private static let finding = Schema.object([
        "id": .text, "severity": .text, "title": .text, "file": .text, "line": .integer, "column": .integer,
        "message": .text, "why": .text, "remedy": .text, "link": .text,
        "fix": .list(.object(["start": .integer, "end": .integer, "replacement": .text])),
    ])

    static let proofs = Schema.object(["isClean": .flag, "roles": .list(.open)])

    static let cases = Schema.object([
        "isClean": .flag, "passed": .integer, "failed": .integer,
        "roles": .list(.object(["role": .text, "passed": .integer, "failed": .integer])),
        "cases": .list(.open),
    ])

    private static let side = Schema.either(.files, .words(["active"]))
    private static let sources: [Schema.Member] = Schema.request(["files?": .files, "active?": .flag]).members

    /// A request about files that are sent along, or about those in force.
    private static func request(_ members: KeyValuePairs<String, Schema>) -> Schema {
        Schema(.object(sources + Schema.request(members).members, isClosed: true))
    }

    private static let wishes: KeyValuePairs<String, Schema> = [
        "acceptRisk?": Schema.text.saying("why a risk is accepted: a reviewer's word"), "note?": .text,
        "expectedVersion?": .integer(1...Int(Int32.max)), "dryRun?": .dryRun,
    ]

    private static func wish(_ first: KeyValuePairs<String, Schema>) -> Schema {
        Schema(.object(Schema.request(first).members + Schema.request(wishes).members, isClosed: true))
    }

    // MARK: Operations

    static let operations: [Operation] = reviews + versions

    private static let texts = Schema.either(
        .list(.any, max: Limits.simulationValuesMax), .text, .number, .flag)

    private static let reviews: [Operation] = [
        Operation(
            "POST /v1/policies/lint", "lintPolicies", "Look policies over", body: request([:]),
            .ok(.reference("LintReport"))),
        Operation(
            "POST /v1/policies/simulate", "simulatePolicies", "Ask what the policies say to a request",
            body: request([
                "role?": .text, "policy?": .text, "tenant?": .text, "school?": .text, "student?": .text,
                "tags?": .map(texts), "action?": .text, "table?": .text, "index?": .text, "resource?": .text,
                "keys?": .list(.text, max: Limits.simulationValuesMax),
                "attributes?": .list(.text, max: Limits.simulationValuesMax), "context?": .map(texts),
                "request?": .any, "question?": .any,
            ]),
            .ok(
                .object([
                    "decision": .text, "isAllowed": .flag, "subject": .text, "tags": .open,
                    "answers": .list(.open),
                ]))),
        Operation(
            "POST /v1/policies/test", "testPolicies", "Try the decision cases", body: request([:]),
            .ok(.reference("CaseReport"))),
        Operation(
            "POST /v1/policies/prove", "provePolicies",
            "Prove that no district can read another's, or show the request that does",
            body: request(["roles?": .list(.text), "policy?": .text]), .ok(.reference("ProofReport"))),
        Operation(
            "POST /v1/policies/diff", "diffPolicies", "Show what one version allows and another does not",
            body: .request(["old": side, "new": side, "roles?": .list(.text)]),
            .ok(
                .object([
                    "isClean": .flag, "milliseconds": .number, "roles": .list(.open),
                    "assumptions": .list(.text),
                ]))),
        Operation(
            "POST /v1/policies/report", "reportPolicies", "Make the audit of policies as a page",
            body: .request(["files?": .files, "folder?": .text]), .bytes("text/html", "The page")),
    ]

    private static let versions: [Operation] = [
        Operation(
            "GET /v1/policies/versions", "listPolicyVersions",
            "List versions of the policies, the newest first",
            query: ["cursor": .cursor, "limit": .limit],
            .ok(.page("versions", of: .reference("PolicyVersion"), and: ["active": .integer]))),
        Operation(
            "GET /v1/policies/versions/{version}", "getPolicyVersion",
            "Show a version with its files, or `active`",
            .ok(.reference("PolicyVersion"))),
        Operation(
            "POST /v1/policies/activations", "activatePolicies", "Put policies in force",
            body: wish(["files": .files]), .created(.reference("PolicyActivation"), "They are in force"),
            .ok(.reference("PolicyActivation"), "Nothing changed, or what a dry run found")),
        Operation(
            "POST /v1/policies/rollbacks", "rollBackPolicies", "Put an earlier version in force again",
            body: wish(["version?": .integer(1...Int(Int32.max))]),
            .created(.reference("PolicyActivation"), "It is in force"),
            .ok(.reference("PolicyActivation"), "Nothing changed, or what a dry run found")),
    ]
}
