import Base
import Reconciliation
import Tenancy
import Tokens

/// The server itself: its health, its keys and tokens, its catalog, what it costs and whether all is as it should be.
enum SystemOperations {
    static let schemas: KeyValuePairs<String, Schema> = [
        "Key": key, "Catalog": catalog, "CatalogPlan": catalogPlan, "Cost": cost, "CostReport": costs,
        "TierReport": tierReport, "ReconcileReport": reconciliation,
    ]

    static let operations: [Operation] = health + keys + catalogs + money + reconciling

    // MARK: Health and documents

    private static let html = Operation.Answer.bytes("text/html", "The page")

    private static let health: [Operation] = [
        Operation(
            "GET /healthz", "getHealth", "Say that the server runs", .ok(.object(["status": .words(["ok"])]))),
        Operation(
            "GET /readyz", "getReadiness", "Say that registry and gateway answer",
            .ok(.object(["status": .words(["ready"]), "version": .text]))),
        Operation(
            "GET /metrics", "getMetrics", "Show figures for Prometheus",
            .bytes("text/plain", "Prometheus' text")),
        Operation("GET /openapi.json", "getContract", "Show this document", .ok(.open)),
        Operation("GET /docs", "getReference", "Show the reference that is made of this document", html),
        Operation(
            "GET /.well-known/jwks.json", "getKeySet", "Show the keys that verify tokens",
            .ok(.object(["keys": .list(.open)]))),
        Operation(
            "GET /.well-known/openid-configuration", "getDiscovery",
            "Show where keys and tokens are to be had",
            .ok(.open)),
        Operation(
            "GET /.well-known/oauth-authorization-server", "getServerMetadata",
            "Show the same to clients of OAuth (RFC 8414)", .ok(.open)),
        Operation(
            "GET /.well-known/statement-keys.json", "getStatementKeys",
            "Show the keys that verify statements: receipts, and heads of the audit",
            .ok(.object(["keys": .list(.open)]))),
    ]

    // MARK: Keys and tokens

    private static let key = Schema.object([
        "id": .text, "kind": .words(KeyRoutes.kinds),
        "tenant?": .tenantID, "opens": .words(["gateway", "control"]), "role": .text, "label": .text,
        "createdAt": .moment, "expiresAt?": .moment, "rotatedAt?": .moment,
        "formerSecretUntil?": Schema.moment.saying("the secret before the last rotation is good until then"),
        "lastUsedAt?": .moment, "state": .words(KeyRoutes.states),
        "knownTo?": Schema.text.saying("of a tenant's key: who of those who run the platform was shown it"),
    ])

    private static let secret = Schema.text.saying("only this answer has it")

    private static let keys: [Operation] = [
        Operation(
            "POST /v1/keys", "createKey",
            "Make a key for a program or a person: for the control API, or an operator's for the gateway",
            body: Schema.request([
                "role?": .platformRole, "roles?": Schema.platformRoles.saying("in the place of `role`"),
                "opens?": Schema.words(["gateway", "control"]).saying(
                    "where nobody says: the gateway for an operator, else the control API"),
                "label?": .text(0...Limits.keyLabelBytesMax),
                "expires?": .text(1...64),
            ]).example(#"{"role": "reviewer", "label": "Ada"}"#),
            .created(
                .object([
                    "key": .reference("Key"), "accessKeyId?": .text, "secretAccessKey?": secret,
                    "endpoint?": .text, "controlKey?": secret,
                ]))),
        Operation(
            "GET /v1/keys", "listKeys", "List keys of all kinds, without their secrets",
            query: [
                "tenant": .tenantID, "kind": .words(KeyRoutes.kinds),
                "role": Schema.text.saying("of those who run the platform, or of a tenant's key"),
                "state": .words(KeyRoutes.states), "sort": .sort(KeyRoutes.order.names), "cursor": .cursor,
                "limit": .limit,
            ], .ok(.page("keys", of: .reference("Key")))),
        Operation("GET /v1/keys/{key}", "getKey", "Show a key without its secret", .ok(.reference("Key"))),
        Operation(
            "POST /v1/keys/{key}/rotate", "rotateKey",
            "Give a key another secret; the one before stays good for a while",
            body: .request([
                "graceSeconds?": Schema.integer(0...Limits.keyGraceSecondsMax).saying(
                    "how long the secret before stays good; \(Limits.keyGraceSeconds) where nobody says")
            ]), guarded: "/v1/keys/{}", .ok(.object(["key": .reference("Key"), "controlKey": secret]))),
        Operation(
            "DELETE /v1/keys/{key}", "revokeKey", "Refuse a key from now on", guarded: "/v1/keys/{}",
            .ok(.reference("Key"))),
        Operation(
            "POST /v1/tokens", "issueToken", "Issue a token that says which school its holder acts for",
            body: .request([
                "tenant": .tenantID, "school?": .name,
                "student?": Schema.studentID.saying(
                    "of the school: whose record it is for, as it stands in keys"),
                "role": .text(1...64), "subject?": .text(1...256),
                "lifetimeSeconds?": .integer(1...Int(Limits.tokenLifetimeSecondsMax)),
                "algorithm?": .algorithm,
            ]),
            .created(
                .object([
                    "token": secret, "tenant": .tenantID, "school": .text, "student?": .text, "role": .text,
                    "subject": .text, "issuer": .text, "audience": .text, "expiresAt": .moment,
                    "roleArn": .text,
                    "endpoint": .text,
                ]))),
    ]

    // MARK: Catalogs

    private static let tier = Schema.object([
        "name": .text, "isolation": .isolation, "tenantsPerPool?": .integer, "schoolsMax?": .integer,
        "readUnitsPerSecond": .integer, "writeUnitsPerSecond": .integer, "undoWindowSeconds": .integer,
        "writePauseMaxMilliseconds": .integer, "copyRateItemsPerSecond": .integer,
        "backups?": .object(["everyHours": .integer, "keptForDays": .integer, "recoveryHours": .integer]),
        "upgrade?": .object([
            "to": .text, "mode": .text, "rules": .list(rule), "schoolsGrace": .integer,
            "coolDownHours": .integer,
        ]),
    ])

    private static let rule = Schema.object([
        "metric": .text, "above": .integer, "forMinutes": .integer, "clearsAt": .integer, "text": .text,
    ])

    private static let table = Schema.object([
        "name": .text, "partitionKey": .text, "sortKey?": .text,
        "indexes": .list(.object(["name": .text, "partitionKey": .text, "sortKey?": .text])),
    ])

    private static let maintenance = Schema.object([
        "windows": .list(.object(["days": .list(.text), "from": .text, "to": .text])),
        "blackouts": .list(.object(["from": .text, "to": .text, "reason": .text])),
        "movesAtOnce": .integer, "movesPerNight": .integer,
    ])

    private static let catalog = Schema.object([
        "name": .text, "tiers": .list(tier), "tables": .list(table), "maintenance": maintenance,
        "prices?": .open,
    ])

    private static let catalogPlan = Schema.object([
        "digest": .text, "digestInForce": .text, "isInForce": .flag, "isRefused": .flag,
        "changes": .list(
            .object([
                "weight": .text, "subject": .text, "text": .text, "tenantCount": .integer,
                "tenants": .list(.tenantID),
            ])), "waitsFor": .list(.runID),
    ])

    private static let content = Schema.request(["content": Schema.text.saying("the catalog file's text")])

    private static let catalogs: [Operation] = [
        Operation("GET /v1/catalog", "getCatalog", "Show tiers and tables", .ok(.reference("Catalog"))),
        Operation(
            "POST /v1/catalog/plan", "planCatalog", "Show what another catalog would mean", body: content,
            .ok(.reference("CatalogPlan"))),
        Operation(
            "POST /v1/catalog/apply", "applyCatalog", "Put another catalog in force at the next start",
            body: content, .ok(.reference("CatalogPlan"))),
        Operation(
            "POST /v1/imports/check", "checkImport", "Look over the rows of an import; makes nothing",
            body: .request([
                "rows": .list(
                    Schema(
                        .object(
                            Schema.object([
                                "key": .text, "name": .text, "tier": .text, "admin": .text, "timezone": .text,
                                "schools?": .list(.text),
                            ]).members, isClosed: true)), max: Limits.importCheckRowsMax)
            ]),
            .ok(
                .object([
                    "faults": .list(.object(["row": .integer, "field": .text, "message": .text]))
                ]))),
    ]

    // MARK: Costs

    /// Amounts in millionths of the currency's unit, by what they are for.
    private static let cost = Schema.map(.integer)

    private static let costs = Schema.object([
        "month": .text, "currency": .text,
        "lines": .list(
            .object([
                "id": .text, "name?": .text, "tier": .text, "tenants": .integer, "cost": .reference("Cost"),
                "projected?": .reference("Cost"),
            ])), "lineCount": .integer, "cost": .reference("Cost"), "projected?": .reference("Cost"),
    ])

    private static let figure: [Schema.Member] = Schema.object([
        "tenants": .integer, "schools": .integer, "items": .integer, "bytes": .integer,
        "readUnitsPerSecond": .number, "writeUnitsPerSecond": .number, "cost?": .reference("Cost"),
        "projected?": .reference("Cost"),
    ]).members

    private static func figures(_ more: KeyValuePairs<String, Schema>) -> Schema {
        Schema(.object(Schema.object(more).members + figure, isClosed: false))
    }

    private static let poolLine = figures(["store": .text, "tier": .text, "capacity": .integer])

    private static let tierReport = Schema.object([
        "month": .text, "currency?": .text, "total": figures([:]),
        "tiers": .list(figures(["tier": .text, "isolation?": .isolation, "pools": .integer])),
        "poolCount": .integer, "fullest": .list(poolLine), "hottest": .list(poolLine),
        "growers": .list(
            .object([
                "tenant": .tenantID, "name": .text, "tier": .text, "metric": .text, "limit": .number,
                "now": .number, "perDay": .number, "days": .integer,
            ])), "growerCount": .integer,
        "moves": .object([
            "days": .integer, "done": .integer, "undone": .integer, "underWay": .integer,
            "waiting": Schema.integer.saying("held or failed"),
            "waitingForWindow": Schema.integer.saying("tenants whose move has not begun"),
            "waitingForApproval": Schema.integer.saying("likewise, until an operator agrees"),
            "recommended": Schema.integer.saying("tenants whose move is only recommended"),
            "isPartial": .flag,
        ]),
    ])

    private static let money: [Operation] = [
        Operation(
            "GET /v1/costs", "getCosts", "Show what tenants cost in a month",
            query: [
                "month": .text(pattern: "^(19[7-9][0-9]|[2-9][0-9]{3})-(0[1-9]|1[0-2])$"),
                "tenant": .tenantID,
                "tier": .text(1...64),
                "by": .words(["tenant", "tier", "school"]),
            ], .ok(.reference("CostReport"))),
        Operation(
            "GET /v1/tiers/report", "reportTiers",
            "Show the fleet: tenants, rates and money by tier and pool",
            .ok(.reference("TierReport"))),
    ]

    // MARK: Reconciling

    private static let finding = Schema.object([
        "id": .text, "kind": .text, "subject": .text, "problem": .text, "run?": .runID, "remedy": .text,
        "action": .text,
    ])

    private static let reconciliation = Schema.object([
        "isClean": .flag, "findings": .list(finding), "findingsMore?": .integer, "done": .list(finding),
        "doneMore?": .integer, "failures": .list(.object(["finding": .text, "reason": .text])),
        "failuresMore?": .integer,
        "unfinished?": Schema.list(.text).saying(
            "stores, and tables as table@store, that were not looked at to their end: for want of time, or because there are too many owners"
        ), "unfinishedMore?": .integer,
    ])

    private static let reconciling: [Operation] = [
        Operation(
            "GET /v1/reconcile", "surveyStores", "Show what is not as it should be, by a quick look",
            query: [
                "deep": Schema.words(["false"]).saying("a deep look is a run: POST starts it")
            ],
            .ok(
                .reference("ReconcileReport"),
                "What is not as it should be. Up to \(Limits.reconcileLooksMax) looks of \(Limits.reconcileQuickSecondsMax) s each at whose "
                    + "the items are, of at most \(Limits.reconcileOwnersMax) owners a table: `unfinished` names the rest"
            )),
        Operation(
            "POST /v1/reconcile", "repairStores",
            "Start a run that repairs or removes what is not as it should be, or with `deep` alone looks at every owner",
            body: .request([
                "repair?": .flag, "remove?": .list(.text, max: Limits.reconcileRemovalsMax), "deep?": .flag,
            ]), .run),
        Operation(
            "GET /v1/runs/{run}/report", "getRunReport",
            "Show what a run of reconciliation that has completed has found and done",
            .ok(.reference("ReconcileReport"))),
    ]
}
