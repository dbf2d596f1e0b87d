import Base
import Registry

/// What happened: the audit, decisions of the gateway, events.
enum AuditOperations {
    static let schemas: KeyValuePairs<String, Schema> = [
        "AuditEntry": entry, "AuditHead": head, "Decision": decision, "Event": event, "AccessReport": report,
    ]

    // MARK: Schemas

    private static let kind = Schema.words(AuditKind.allCases.map(\.rawValue))
    private static let outcome = Schema.words(AuditOutcome.allCases.map(\.rawValue))

    static let entry = Schema.object([
        "id": .text, "time": .moment, "kind": kind, "number?": .integer, "previous?": .text, "actor": .text,
        "signIn?": .text, "address?": .text, "requestId?": .text, "traceId?": .text, "action": .text,
        "subject": .text,
        "tenant?": .tenantID, "outcome": outcome, "before?": .texts, "after?": .texts, "detail": .texts,
    ])

    static let head = Schema.object(["kind": kind, "number": .integer, "digest": .text, "time": .moment])

    private static let place = Schema.object(["file": .text, "line": .integer, "sid?": .text])

    static let decision = Schema.object([
        "time": .moment, "decision": .text, "count": .integer, "tenant?": .tenantID, "role": .text,
        "principal": .text, "action": .text, "resource": .text, "decidedBy": .text, "statement?": place,
        "summary": .text, "findings": .list(finding), "requestId": .text,
    ])

    private static let finding = Schema.object([
        "statement": place, "effect": .text, "text": .text, "key?": .text, "found?": .list(.text),
    ])

    static let event = Schema.object([
        "sequence": .integer, "time": .moment, "type": .text, "tenant?": .tenantID, "payload": .open,
    ])

    private static let entries = Schema.list(.reference("AuditEntry"))

    static let report = Schema.object([
        "tenant": .tenantID, "name?": .text, "from": .moment, "to": .moment, "madeAt": .moment,
        "entries": .integer, "cutShort": .flag, "keptFrom": .map(.moment), "holders": .list(holder),
        "holdersLeftOut": .integer,
        "policies": .list(policy), "tokens": .list(tokens), "deeds": .list(deed), "accesses": entries,
        "accessesLeftOut": .integer, "disclosures": entries, "disclosuresLeftOut": .integer,
        "denials": .map(.integer), "heads": .list(.reference("AuditHead")),
    ])

    private static let holder = Schema.object([
        "key": .text, "kind": .text, "role": .text, "label": .text, "from": .moment, "to?": .moment,
        "revoked": .flag,
        "knownTo?": Schema.text.saying(
            "who of those who run the platform was shown its secret, or has registered it"),
    ])
    private static let policy = Schema.object([
        "version": .integer, "digest": .text, "from": .moment, "to?": .moment, "by": .text, "roles": .texts,
        "acceptedRisk?": .text,
    ])
    private static let tokens = Schema.object([
        "school": .text, "role": .text, "by": .text, "count": .integer, "first": .moment, "last": .moment,
        "until": .text,
    ])
    private static let deed = Schema.object([
        "actor": .text, "action": .text, "outcome": outcome, "count": .integer, "first": .moment,
        "last": .moment,
    ])

    // MARK: Operations

    static let operations: [Operation] = [
        Operation(
            "GET /v1/audit", "searchAudit", "Search the audit",
            query: [
                "tenant": .tenantID, "actor": .text,
                "action": Schema.text.saying("a name, or its beginning with `*` behind it"),
                "since": .past, "until": .past, "outcome": outcome, "kind": kind,
                "order": Schema.words(["newest", "oldest"]).saying("`sort` in other words"),
                "sort": .sort(AuditRoutes.fields, standard: AuditRoutes.standardSort), "cursor": .cursor,
                "limit": .limit,
            ], .ok(.page("entries", of: .reference("AuditEntry")))),
        Operation(
            "GET /v1/audit/entries/{entry}", "getAuditEntry", "Show an entry of the audit",
            .ok(.reference("AuditEntry"))),
        Operation(
            "GET /v1/audit/export", "exportAudit", "Take a chain of the audit along, page by page",
            query: [
                "kind!": kind, "since": .past, "until": .past, "cursor": .cursor,
                "limit": .integer(1...Limits.auditPageEntriesMax),
            ],
            .bytes("application/x-ndjson", "Lines; the field Homeroom-Next says where the next page begins")),
        Operation(
            "GET /v1/audit/heads", "listAuditHeads",
            "Show where the chains end, and the heads that were sealed",
            query: ["kind": kind, "cursor": .cursor, "limit": .limit],
            .ok(
                .page(
                    "heads",
                    of: .object(["kind": kind, "number": .integer, "signedAt": .moment, "statement": .text]),
                    and: ["ends": .list(.reference("AuditHead"))]))),
        Operation(
            "GET /v1/audit/access-report", "reportAccess", "Report who had access to a tenant's data",
            query: ["tenant!": .tenantID, "from!": .past, "to": .past], .ok(.reference("AccessReport"))),
        Operation(
            "GET /v1/decisions", "listDecisions", "List what the gateway decided, the newest first",
            query: [
                "tenant": .tenantID, "decision": .words(["denied", "allowed"]), "since": .past,
                "until": .past,
                "action": .text, "role": .text, "cursor": .cursor, "limit": .limit,
            ], .ok(.page("decisions", of: .reference("Decision")))),
        Operation(
            "GET /v1/events", "listEvents", "List events in the order of their commits, the oldest first",
            query: [
                "cursor": .integer(0...Int.max).saying("the `next` of the page before"), "since": .past,
                "tenant": .tenantID, "type": Schema.text.saying("a type, or its beginning"),
                "limit": .limit,
                "wait": Schema.integer(0...Limits.eventWaitMillisecondsMax / 1000)
                    .saying("how many seconds to wait for one"),
            ],
            .ok(
                .object([
                    "events": .list(.reference("Event")), "next": .text,
                    "isEnd": Schema.flag.saying("whether there is nothing behind these yet"),
                ]))),
    ]
}
