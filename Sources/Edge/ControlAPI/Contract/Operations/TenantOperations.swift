import Base
import Registry
import Tenancy

/// Tenants, their schools, contacts, overrides and usage.
enum TenantOperations {
    static let schemas: KeyValuePairs<String, Schema> = [
        "Tenant": tenant, "TenantSummary": summary, "School": school, "Contact": contact,
        "Override": override,
        "Placement": placement, "SchoolGrace": grace, "Onboarded": onboarded, "Upgrade": upgrade,
    ]

    // MARK: Schemas

    private static let state = Schema.words(TenantStateName.allCases.map(\.rawValue))

    static let summary = Schema.object([
        "id": .tenantID, "name": .text, "tier": .text, "state": state, "mode?": mode, "reason?": .text,
        "admin": .text, "timezone": .text, "createdAt": .moment, "schoolCount": .count,
        "placement?": .reference("Placement"),
    ])

    static let tenant = Schema.object([
        "id": .tenantID, "name": .text, "tier": .text, "state": state, "mode?": mode, "reason?": .text,
        "admin": .text, "timezone": .text, "createdAt": .moment, "schoolCount": .count,
        "schools": .list(.reference("School")), "contacts": .list(.reference("Contact")),
        "blackouts": .blackouts,
        "limits?": .map(.either(.integer, .null)), "overrides?": .list(.reference("Override")),
        "placement?": .reference("Placement"),
    ])

    static let mode = Schema.words(Suspension.Mode.allCases.map(\.rawValue))

    private static let schoolState = Schema.words(SchoolRoutes.states)

    /// A school and whose it is.
    private static let owned = Schema.object([
        "tenant": .tenantID, "tenantName": .text, "school": .reference("School"),
    ])

    static let school = Schema.object([
        "id": .schoolID, "name": .text, "createdAt": .moment, "state": schoolState,
        "reason?": .text, "run?": .runID,
    ])

    static let contact = Schema.object([
        "number": .integer, "name": .text, "role": .text, "email": .text, "phone?": .text,
    ])

    static let override = Schema.object([
        "limit": .words(TierLimit.allCases.map(\.rawValue)), "value": .integer,
        "tierValue": .either(.integer, .null), "until?": .moment, "reason": .text,
    ])

    static let placement = Schema.object([
        "store": .text, "isolation": .isolation, "epoch": .integer,
        "tables?": Schema.texts.saying("physical tables by the names that applications use"),
    ])

    static let grace = Schema.object([
        "tier": .text, "schoolsMax": .integer, "schools": .integer, "schoolsEnd": .integer, "target": .text,
        "mode": .words(UpgradePlan.Mode.allCases.map(\.rawValue)), "text": .text,
    ])

    static let onboarded = Schema.object([
        "tenant": .reference("Tenant"), "run": .runID,
        "credentials?": .object(["id": .text, "key": Schema.text.saying("only this answer has it")]),
    ])

    private static let started = Schema.object(["run": .runID])
    private static let contacts = Schema.object(["contacts": .list(.reference("Contact"))])
    private static let overrides = Schema.object(["overrides?": .list(.reference("Override"))])
    static let changedTenant = Operation.Answer.ok(.reference("Tenant"), "The tenant as it is now")

    private static let waited = Operation.Answer(
        status: 202, what: "Not finished in time: the run goes on", schema: started, hasLocation: true)

    // MARK: Operations

    static let operations: [Operation] = tenants + life + blackouts + schools + usage + upgrades

    private static let onboarding = Schema.request([
        "name": .name, "tier": .text(1...64), "admin": .text(3...254), "timezone": .text(1...64),
        "schools?": .list(.name, max: Limits.schoolsPerRequestMax), "allowDuplicateName?": .flag,
    ]).example(
        #"{"name": "Oak Hill ISD", "tier": "basic", "admin": "it@oakhill.example", "timezone": "America/Chicago", "#
            + #""schools": ["Oak Hill High"]}"#)

    private static let tenants: [Operation] = [
        Operation(
            "POST /v1/tenants", "onboardTenant",
            "Onboard a district: record, place, tables, first items, first key",
            body: onboarding, .created(.reference("Onboarded"), "It is onboarded", hasLocation: true),
            Operation.Answer(
                status: 200, what: "An earlier request with this Idempotency-Key made it",
                schema: .reference("Onboarded"), hasLocation: true), waited),
        Operation(
            "GET /v1/tenants", "listTenants", "List tenants",
            query: [
                "tier": .text(1...64), "state": state, "name": .text, "since": .past, "until": .past,
                "sort": .sort(TenantRoutes.order.names), "cursor": .cursor, "limit": .limit,
            ], .ok(.page("tenants", of: .reference("TenantSummary")))),
        Operation(
            "GET /v1/tenants/{tenant}", "getTenant", "Show a tenant with schools, contacts, place and limits",
            .ok(.reference("Tenant"))),
        Operation(
            "POST /v1/tenants/{tenant}/suspend", "suspendTenant", "Refuse a tenant's requests, or its writes",
            body: .request(["reason": .reason, "mode?": mode]), guarded: "/v1/tenants/{}", changedTenant),
        Operation(
            "POST /v1/tenants/{tenant}/resume", "resumeTenant", "Serve a suspended tenant again",
            body: .request([:]), guarded: "/v1/tenants/{}", changedTenant),
    ]

    private static let life: [Operation] = [
        Operation(
            "GET /v1/tenant-states", "listTenantStates", "Show which state leads to which",
            .ok(
                .object([
                    "changes": .list(.object(["from": .text, "to": .text, "means": .text]))
                ]))),
        Operation(
            "PATCH /v1/tenants/{tenant}", "changeTenant", "Change a tenant's name or its time zone",
            body: .request([
                "name?": .name, "timezone?": .text(1...64), "allowDuplicateName?": .flag,
                "tier?": Schema.text(1...64).saying("refused: a tier is changed by a move"),
            ]), guarded: "/v1/tenants/{}", changedTenant),
        Operation(
            "GET /v1/tenants/{tenant}/contacts", "listContacts", "List a tenant's contacts",
            query: ["sort": .sort(LifeRoutes.contactOrder.names), "cursor": .cursor, "limit": .limit],
            .ok(.page("contacts", of: .reference("Contact")))),
        Operation(
            "POST /v1/tenants/{tenant}/contacts", "addContact", "Add somebody to write to or to call",
            body: .request([
                "name": .name, "role": .name, "email": .text(3...254), "phone?": .name,
            ]),
            guarded: "/v1/tenants/{}/contacts", .created(.reference("Contact"))),
        Operation(
            "DELETE /v1/tenants/{tenant}/contacts/{contact}", "removeContact", "Remove a contact",
            guarded: "/v1/tenants/{}/contacts", .ok(contacts)),
        Operation(
            "GET /v1/tenants/{tenant}/overrides", "listOverrides",
            "Show where a tenant has other limits than its tier's",
            .ok(overrides)),
        Operation(
            "PUT /v1/tenants/{tenant}/overrides/{limit}", "setOverride",
            "Let a tenant have another limit than its tier's",
            body: .request([
                "value": .count, "reason": .reason,
                "until?": Schema.text(1...64).saying(
                    "a day, a moment in UTC, or a time from now such as `30d`"),
            ]), guarded: "/v1/tenants/{}/overrides", .ok(overrides)),
        Operation(
            "DELETE /v1/tenants/{tenant}/overrides/{limit}", "clearOverride",
            "Let the tier's limit hold again",
            guarded: "/v1/tenants/{}/overrides", .ok(overrides)),
        Operation(
            "DELETE /v1/tenants/{tenant}/overrides", "clearOverrides",
            "Let all limits of the tier hold again",
            guarded: "/v1/tenants/{}/overrides", .ok(overrides)),
    ]

    private static let ownBlackouts = Schema.object([
        "timezone": .text, "blackouts": .blackouts,
        "catalog": Schema.blackouts.saying("those of all tenants"),
    ])

    private static let blackouts: [Operation] = [
        Operation(
            "GET /v1/tenants/{tenant}/blackouts", "listBlackouts",
            "List the days on which a tenant is not moved by itself", .ok(ownBlackouts)),
        Operation(
            "PUT /v1/tenants/{tenant}/blackouts/{from}", "setBlackout",
            "Keep a tenant from being moved by itself from this day on",
            body: .request(["to?": Schema.day.saying("the last day"), "reason": .reason]),
            guarded: "/v1/tenants/{}/blackouts", .ok(ownBlackouts)),
        Operation(
            "DELETE /v1/tenants/{tenant}/blackouts/{from}", "clearBlackout",
            "Let a tenant be moved by itself on the days of this blackout",
            guarded: "/v1/tenants/{}/blackouts", .ok(ownBlackouts)),
        Operation(
            "DELETE /v1/tenants/{tenant}/blackouts", "clearBlackouts",
            "Let a tenant be moved by itself on the days of all its own blackouts",
            guarded: "/v1/tenants/{}/blackouts", .ok(ownBlackouts)),
    ]

    private static let schools: [Operation] = [
        Operation(
            "POST /v1/tenants/{tenant}/schools", "addSchool", "Add a school to a tenant",
            body: .request(["name": .name, "allowDuplicateName?": .flag]),
            .created(
                .object([
                    "tenant": .tenantID, "school": .reference("School"), "run": .runID,
                    "grace?": .reference("SchoolGrace"),
                ])), waited),
        Operation(
            "POST /v1/tenants/{tenant}/schools/{school}/close", "closeSchool",
            "Refuse a school's tokens and sessions from now on", body: .request(["reason": .reason]),
            guarded: "/v1/tenants/{}", changedTenant),
        Operation(
            "POST /v1/tenants/{tenant}/schools/{school}/reopen", "reopenSchool",
            "Serve a closed school again",
            body: .request([:]), guarded: "/v1/tenants/{}", changedTenant),
        Operation(
            "POST /v1/tenants/{tenant}/schools/{school}/moves", "moveSchool",
            "Move a school with its items to another tenant",
            body: .request(["to": .tenantID, "dryRun?": .dryRun, "allowDuplicateName?": .flag]), .run,
            .ok(
                .object([
                    "school": .schoolID, "name": .text, "from": .tenantID, "to": .tenantID,
                    "fromStore": .text,
                    "toStore": .text, "items": .integer, "bytes": .integer, "copied": .flag,
                    "hangingItems": .integer, "unrecognisedItems": .integer, "unrecognisedKeys": .list(.text),
                ]), "The plan of a dry run")),
        Operation(
            "GET /v1/schools", "listSchools", "List schools and whose they are",
            query: [
                "tenant": .tenantID, "state": schoolState, "name": .text, "since": .past, "until": .past,
                "sort": .sort(SchoolRoutes.order.names), "cursor": .cursor, "limit": .limit,
            ], .ok(.page("schools", of: owned))),
        Operation(
            "GET /v1/schools/{school}", "getSchool", "Show a school and whose it is",
            .ok(owned)),
    ]

    private static let units = Schema.number
    private static let usage: [Operation] = [
        Operation(
            "GET /v1/tenants/{tenant}/usage", "getUsage",
            "Show what a tenant uses, by the hour or by the day",
            query: ["period": .words(["hour", "day"]), "from": .past, "to": .past],
            .ok(
                .object([
                    "tenant": .tenantID, "period": .text, "current": current, "usage": .list(used),
                ]))),
        Operation(
            "POST /v1/tenants/{tenant}/usage/recount", "recountUsage",
            "Count all of a tenant's items and correct what was reckoned: the run's result has what was counted, reckoned, and the drift",
            body: .request([:]), .run),
    ]

    private static let current = Schema.object([
        "schools": .integer, "items": .integer, "bytes": .integer,
        "lastMinute": .object([
            "readUnits": units, "writeUnits": units, "requests": .integer, "throttled": .integer,
        ]),
        "recount?": .object(["at": .moment, "driftItems?": .integer, "driftBytes?": .integer]),
    ])

    private static let used = Schema.object([
        "start": .moment, "readUnits": units, "writeUnits": units, "requests": .integer,
        "throttled": .integer,
        "busiestMinuteReadUnits": units, "busiestMinuteWriteUnits": units, "schools": .integer,
        "items": .integer, "bytes": .integer,
    ])

    // MARK: Upgrades

    static let upgrade = Schema.object([
        "tenant": .tenantID, "name": .text, "tier": .text, "target?": .text,
        "mode?": .words(UpgradePlan.Mode.allCases.map(\.rawValue)), "state": .text, "next": .text,
        "nextAt?": .moment, "schools": .integer, "schoolsMax?": .integer, "schoolsGrace": .integer,
        "blackouts": Schema.blackouts.saying("the tenant's own, beside the catalog's"),
        "since?": .moment, "approvedBy?": .text, "now?": .flag, "run?": .text,
        "order?": .object(["tier": .text, "by": .text, "at": .moment, "reason": .text]),
        "smaller?": .object(["tier": .text, "since": .moment, "recommended": .flag]),
        "coolsUntil?": .moment, "failures": .integer, "failure?": .text,
        "rules": .list(.object(["rule": .text, "holds": .flag, "value": .number, "explanation": .text])),
    ])

    private static let upgrades: [Operation] = [
        Operation(
            "GET /v1/upgrades", "listUpgrades", "List the tenants on their way to another tier",
            query: ["sort": .sort(UpgradeRoutes.order.names), "cursor": .cursor, "limit": .limit],
            .ok(.page("upgrades", of: .reference("Upgrade")))),
        Operation(
            "GET /v1/tenants/{tenant}/upgrade", "getUpgrade",
            "Show where a tenant stands on its way to another tier",
            .ok(.reference("Upgrade"))),
        Operation(
            "GET /v1/tenants/{tenant}/upgrade/plan", "planUpgrade",
            "Show what a move to another tier would do and cost; changes nothing",
            query: [
                "tier": Schema.text(1...64).saying("left out: the tier that it is on its way to"),
                "when": Schema.words(MoveRoutes.When.allCases.map(\.rawValue)).saying("left out: window"),
            ], .ok(RunOperations.plan)),
        Operation(
            "POST /v1/tenants/{tenant}/upgrade/request", "requestUpgrade", "Ask for another tier",
            body: .request(["tier": .text(1...64), "reason": .reason]), .ok(.reference("Upgrade"))),
        Operation(
            "POST /v1/tenants/{tenant}/upgrade/approve", "approveUpgrade", "Agree to another tier",
            body: .request(["tier": .text(1...64), "now?": .flag]), .ok(.reference("Upgrade"))),
        Operation(
            "POST /v1/tenants/{tenant}/upgrade/refuse", "refuseUpgrade", "Keep a tenant where it is",
            body: .request(["reason": .reason]), .ok(.reference("Upgrade"))),
    ]
}
