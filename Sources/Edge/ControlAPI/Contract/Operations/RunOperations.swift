import Base
import Migrations
import Registry
import Tenancy

/// Runs, moves, pools and stores.
enum RunOperations {
    static let schemas: KeyValuePairs<String, Schema> = [
        "Run": run, "RunSummary": summary, "RunStep": step, "RunProgress": progress, "Pool": pool,
        "PoolTenant": poolTenant, "Store": store,
    ]

    // MARK: Schemas

    private static let state = Schema.words(RunState.names)
    private static let stuck = Schema.object(["since": .moment, "step": .text, "reason": .text])
    private static let turn = Schema.object([
        "runsBefore": .integer, "limit": .words(["kind", "tenant"]), "max": .integer,
    ])

    static let summary = Schema.object([
        "id": .runID, "kind": .text, "tenant?": .tenantID, "state": state, "reason?": .text,
        "waitingUntil?": .moment, "wanted?": .text, "stuck?": stuck, "waitsForTurn?": turn, "step?": .text,
        "actor": .text, "why?": Schema.text.saying("why it was started, where somebody said"),
        "traceId?": Schema.text.saying("the trace of the request that started it"),
        "createdAt": .moment, "endedAt?": .moment, "itemsPerSecondMax?": .integer,
        "progress?": .reference("RunProgress"),
    ])

    static let run = Schema(
        .object(
            summary.members
                + Schema.object([
                    "definition": .integer, "input": .any, "result?": .any,
                    "steps": .list(.reference("RunStep")),
                    "requests?": .list(
                        .object(["time": .moment, "actor": .text, "what": .text, "reason?": .text])),
                    "requestsDropped?": .integer,
                    "notes": .list(.object(["time": .moment, "step": .text, "text": .text])),
                ]).members, isClosed: false))

    static let progress = Schema.object([
        "phase": .text, "done": .integer, "total?": .integer,
        "unit?": Schema.text.saying("what is counted, in the plural; items where nothing is said"),
        "ratePerSecond?": .number,
        "secondsLeft?": .number, "text?": .text,
        "pace?": .object(["itemsPerSecond": .integer, "reason": .text]),
    ])

    static let step = Schema.object([
        "name": .text, "state": .text, "attempts": .integer, "lastError?": .text, "startedAt?": .moment,
        "endedAt?": .moment,
        "skipped?": .object(["by": .text, "reason": .text, "time": .moment, "direction": .text]),
        "history?": .list(
            .object([
                "startedAt": .moment, "endedAt": .moment, "direction": .text, "outcome": .text,
                "error?": .text,
            ])),
        "historyDropped?": .integer,
    ])

    static let pool = Schema.object([
        "pool": .text, "tier": .text, "occupants": .integer, "capacity": .integer, "diskBytes": .integer,
        "writeP99Microseconds?": .integer, "closedBy?": .text,
    ])

    static let poolTenant = Schema.object([
        "tenant": .tenantID, "name": .text, "items": .integer, "bytes": .integer, "writesPerSecond": .number,
        "stays?": .text,
    ])

    static let store = Schema.object([
        "id": .text, "tier": .text, "isolation": .isolation, "number?": .integer, "tenant?": .tenantID,
        "occupants": .integer, "capacity": .integer, "diskBytes": .integer,
    ])

    // MARK: Operations

    static let operations: [Operation] = runs + control + moves + pools + places

    private static let places: [Operation] = [
        Operation(
            "GET /v1/placements", "listPlacements", "List in which store and tables each tenant's items are",
            query: [
                "tenant": .tenantID, "store": .text, "tier": .text(1...64), "isolation": .isolation,
                "sort": .sort(PlacementRoutes.placementOrder.names), "cursor": .cursor, "limit": .limit,
            ],
            .ok(
                .page(
                    "placements",
                    of: .object([
                        "tenant": .tenantID, "tenantName": .text, "tier": .text,
                        "placement": .reference("Placement"),
                    ])))),
        Operation(
            "GET /v1/tables", "listTables", "List the physical tables and in which store each is",
            query: [
                "tenant": Schema.tenantID.saying("those that have its items"), "store": .text,
                "tier": .text(1...64),
                "name": Schema.text.saying("the name that applications use"),
                "sort": .sort(PlacementRoutes.tableOrder.names), "cursor": .cursor, "limit": .limit,
            ], .ok(.page("tables", of: table))),
    ]

    private static let table = Schema.object([
        "table": .text, "name": Schema.text.saying("the name that applications use"), "store": .text,
        "tier": .text, "isolation": .isolation, "tenant?": .tenantID, "tenants": .count,
    ])

    private static let runs: [Operation] = [
        Operation(
            "GET /v1/runs", "listRuns", "List runs",
            query: [
                "tenant": .tenantID, "kind": .text, "state": state, "stuck": .trueOnly,
                "since": .past, "until": .past,
                "sort": .sort(RunRoutes.fields, standard: RunRoutes.standardSort), "cursor": .cursor,
                "limit": .limit,
            ], .ok(.page("runs", of: .reference("RunSummary")))),
        Operation(
            "GET /v1/runs/{run}", "getRun", "Show a run with its steps and notes", .ok(.reference("Run"))),
        Operation(
            "GET /v1/runs/{run}/events", "followRun",
            "Follow a run until it ends: an event with the run as it stands whenever it stands otherwise, the last one called `end`",
            .bytes("text/event-stream", "Server-sent events; Last-Event-ID says which was the last one seen")),
        Operation(
            "GET /v1/runs/{run}/receipt", "getRunReceipt", "Show the receipt of a move that has ended",
            .ok(.object(["run": .runID, "outcome": .text, "receipt": .any]))),
    ]

    private static let accepted = Operation.Answer(
        status: 202, what: "The run as it is now", schema: .reference("Run"), hasLocation: true)

    private static let control: [Operation] = [
        Operation(
            "POST /v1/runs/{run}/pause", "pauseRun", "Hold a run where it is", body: .request([:]), accepted),
        Operation(
            "POST /v1/runs/{run}/resume", "resumeRun", "Let a held run go on", body: .request([:]), accepted),
        Operation(
            "POST /v1/runs/{run}/cancel", "cancelRun", "Take a run back, step by step", body: .request([:]),
            accepted),
        Operation(
            "POST /v1/runs/{run}/rollback", "rollBackRun", "Take a move back, the writes made since included",
            body: .request([:]), accepted),
        Operation(
            "POST /v1/runs/{run}/retry", "retryRun", "Let a failed run try its step again",
            body: .request([:]), accepted),
        Operation(
            "POST /v1/runs/{run}/skip", "skipRunStep", "Let a failed or stuck run go on without its step",
            body: .request(["reason": .reason]), accepted),
        Operation(
            "POST /v1/runs/{run}/throttle", "throttleRun", "Set how many items a second a run does at most",
            body: .request(["itemsPerSecond?": .integer(1...Limits.copyItemsPerSecondMax), "off?": .flag]),
            accepted),
    ]

    private static let undoWindow = Schema.integer(0...Limits.undoWindowSecondsMax)

    private static let started = Operation.Answer(
        status: 202, what: "The run that does it; or, for a window, where the tenant stands",
        schema: .either(.reference("Run"), .reference("Upgrade")), hasLocation: true)

    private static let moves: [Operation] = [
        Operation(
            "POST /v1/tenants/{tenant}/moves", "moveTenant",
            "Move a tenant to another tier or pool while it is used",
            body: .request([
                "tier?": .text(1...64), "pool?": .text(1...64), "dryRun?": .dryRun,
                "undoWindowSeconds?": undoWindow,
                "when?": Schema.words(MoveRoutes.When.allCases.map(\.rawValue)).saying(
                    "at once, or in the tenant's next window"),
                "reason?": .reason,
            ]), started, .ok(plan, "The plan of a dry run"))
    ]

    private static let end = Schema.object([
        "tier": .text, "store": .text, "isolation": .isolation, "tables": .texts,
    ])

    private static let idleSeconds = Schema.number.saying(
        "an estimate of copy and verification where nobody writes to the stores")
    private static let loadedSeconds = Schema.number.saying(
        "the same where somebody writes there all the time")

    static let plan = Schema.object([
        "tenant": .tenantID, "from": end, "to": end, "items": .integer, "bytes": .integer,
        "expectedSeconds": idleSeconds, "expectedSecondsUnderLoad": loadedSeconds,
        "undoWindowSeconds": .integer, "writePauseMaxMilliseconds": .integer,
        "streamsCutShort?": Schema.list(.text).saying(
            "tables whose streams lose what nobody has read by the end of the undo window"),
        "currency?": .text, "monthBeforeMicros?": .integer, "monthAfterMicros?": .integer,
        "window?": .either(.object(["from": .moment, "to": .moment, "hasRoom": .flag]), .null),
    ])

    private static let poolPlan = Schema.object([
        "pool": .text, "into?": .text, "tier": .text,
        "moves": .list(
            .object(["tenant": .tenantID, "name?": .text, "to": .text, "items": .integer, "bytes": .integer])),
        "hindered": .list(.reference("PoolTenant")), "items": .integer, "bytes": .integer,
        "expectedSeconds": idleSeconds, "expectedSecondsUnderLoad": loadedSeconds,
        "undoWindowSeconds": .integer,
    ])

    private static let pools: [Operation] = [
        Operation(
            "GET /v1/pools", "listPools", "List the pools: how full and how large they are",
            query: [
                "tier": .text(1...64), "sort": .sort(PoolRoutes.order.names), "cursor": .cursor,
                "limit": .limit,
            ], .ok(.page("pools", of: .reference("Pool")))),
        Operation(
            "GET /v1/pools/{pool}", "getPool", "Show a pool and what each of its tenants has in it",
            .ok(
                Schema(
                    .object(
                        pool.members + Schema.object(["tenants": .list(.reference("PoolTenant"))]).members,
                        isClosed: false)))),
        Operation(
            "POST /v1/pools/{pool}/rebalance", "rebalancePool", "Spread the tenants of a full or busy pool",
            body: .request(["dryRun?": .dryRun, "undoWindowSeconds?": undoWindow]), .run,
            .ok(poolPlan, "The plan of a dry run")),
        Operation(
            "POST /v1/pools/{pool}/merge", "mergePool",
            "Move all tenants of a pool into another and remove it",
            body: .request(["into": .text(1...64), "dryRun?": .dryRun, "undoWindowSeconds?": undoWindow]),
            .run,
            .ok(poolPlan, "The plan of a dry run")),
        Operation(
            "GET /v1/stores", "listStores", "List the stores: tenants, room and size of each",
            query: [
                "tier": .text(1...64), "isolation": .isolation, "sort": .sort(ReadingRoutes.order.names),
                "cursor": .cursor, "limit": .limit,
            ], .ok(.page("stores", of: .reference("Store")))),
    ]
}
