import Archives
import Base
import Departures
import Tenancy

/// Backups, exports and imports of tenants; tenants that leave.
enum ArchiveOperations {
    static let schemas: KeyValuePairs<String, Schema> = [
        "Backup": backup, "OffboardPlan": offboardPlan, "ErasurePlan": erasurePlan,
        "RemovalReceipt": receipt,
    ]

    // MARK: Schemas

    private static let tables = Schema.list(.object(["name": .text, "items": .integer, "bytes": .integer]))

    private static let backupState = Schema.words(BackupRoutes.states)
    private static let purpose = Schema.words(TenantBackup.Purpose.allCases.map(\.rawValue))
    private static let made = Schema.past.saying("those made then or later: \(Schema.past.note ?? "")")

    static let backup = Schema.object([
        "id": .text, "tenant": .tenantID, "state": backupState,
        "reason?": .text,
        "purpose": purpose, "createdAt": .moment,
        "instant?": .moment, "expiresAt?": .moment, "items": .integer, "bytes": .integer,
        "diskBytes": .integer,
        "digest": .text, "verifiedAt?": .moment, "run": .runID, "actor": .text, "tables": tables,
    ])

    private static let schedule = Schema.object([
        "interval": .moment, "madeAt?": .moment, "run?": .runID, "missed": .integer, "failures": .integer,
        "failedAt?": .moment, "failure?": .text,
    ])

    private static let holdings = Schema.list(
        .object(["what": .text, "name": .text, "until?": .moment, "remedy?": .text]))

    static let offboardPlan = Schema.object([
        "tenant": .tenantID, "store": .text, "isolation": .isolation,
        "tables": .list(.object(["name": .text, "physical": .text, "items": .integer, "bytes": .integer])),
        "historyEntries": .integer, "credentials": .integer, "decisions": .integer, "removed": holdings,
        "stays": holdings, "export": .flag, "keepableUntil": .moment,
    ])

    static let erasurePlan = Schema.object([
        "items": .integer, "tables": tables, "keysDigest": .text, "historyEntries": .integer,
        "decisions": .integer,
        "unfinished?": Schema.list(.text).saying(
            "which of the figures there was no time to count to their end: they are the least it can be"),
        "copies": holdings,
    ])

    static let receipt = Schema.object([
        "run": .runID, "kind": .text, "finishedAt": .moment, "digest": .text, "receipt": .any,
        "statement": Schema.text.saying("the receipt signed, as a JWT"),
    ])

    // MARK: Operations

    static let operations: [Operation] = backups + exports + imports + departures

    private static let backups: [Operation] = [
        Operation(
            "GET /v1/backups", "listBackups", "List backups of tenants",
            query: [
                "tenant": .tenantID, "state": backupState, "purpose": purpose, "since": made, "until": .past,
                "sort": .sort(BackupRoutes.order.names), "cursor": .cursor, "limit": .limit,
            ], .ok(.page("backups", of: .reference("Backup")))),
        Operation(
            "GET /v1/tenants/{tenant}/backups", "listTenantBackups",
            "List a tenant's backups and how its schedule stands",
            query: [
                "state": backupState, "purpose": purpose, "since": made, "until": .past,
                "sort": .sort(BackupRoutes.order.names), "cursor": .cursor, "limit": .limit,
            ],
            .ok(.page("backups", of: .reference("Backup"), and: ["schedule?": schedule]))),
        Operation(
            "POST /v1/tenants/{tenant}/backups", "backUpTenant", "Back a tenant up now",
            body: .request(["keptForDays?": .integer(1...Limits.backupKeptDaysMax)]), .run),
        Operation(
            "GET /v1/tenants/{tenant}/recovery-window", "getRecoveryWindow",
            "Show to which moments a tenant can be taken back",
            .ok(.object(["from": .moment, "to": .moment, "beginning": .text]))),
        Operation(
            "POST /v1/tenants/{tenant}/restores", "restoreTenant",
            "Take a tenant back to a backup or to a moment",
            body: .request([
                "backup?": .text(1...64), "to?": .past, "dryRun?": .dryRun,
            ]), .run),
        Operation("GET /v1/backups/{backup}", "getBackup", "Show a backup", .ok(.reference("Backup"))),
        Operation(
            "DELETE /v1/backups/{backup}", "deleteBackup", "Delete a backup", guarded: "/v1/backups/{}",
            .ok(.reference("Backup"), "The backup as it was")),
        Operation(
            "POST /v1/backups/{backup}/verify", "verifyBackup", "Read a backup and compare its digests",
            body: .request([:]), .run),
    ]

    private static let exports: [Operation] = [
        Operation(
            "POST /v1/tenants/{tenant}/exports", "exportTenant", "Write all items of a tenant to files",
            body: .request(["asOf?": .past]), .run),
        Operation(
            "GET /v1/exports/{run}", "getExport", "Show the manifest of an export that is complete",
            .ok(.open)),
        Operation(
            "GET /v1/exports/{run}/files/{file}", "readExportFile", "Read up to 1 MiB of a file of an export",
            query: ["offset": .count], .bytes("application/octet-stream", "The bytes from `offset` on")),
        Operation(
            "DELETE /v1/exports/{run}", "deleteExport", "Delete an export", guarded: "/v1/exports/{}",
            .ok(.object(["removed": .runID]))),
    ]

    private static let imports: [Operation] = [
        Operation(
            "POST /v1/tenants/{tenant}/imports", "openImport", "Open an upload for an archive",
            body: .request([:]), .created(.object(["upload": .text, "pieceBytesMax": .integer]))),
        Operation(
            "GET /v1/tenants/{tenant}/imports/{upload}", "getImport", "Show how much of each file is there",
            .ok(
                .object(["upload": .text, "files": .list(.object(["name": .text, "bytes": .integer]))]))),
        upload,
        Operation(
            "POST /v1/tenants/{tenant}/imports/{upload}/runs", "startImport",
            "Put the items of an upload into the tenant",
            body: .request([
                "table?": .text(1...255), "onConflict?": .words(["fail", "skip", "replace"]),
                "skipForeign?": .flag,
                "allowErased?": .flag, "dryRun?": .dryRun, "mappings?": .texts,
            ]), .run),
    ]

    private static let upload: Operation = {
        var operation = Operation(
            "PUT /v1/tenants/{tenant}/imports/{upload}/files/{file}", "uploadImportFile",
            "Send up to 1 MiB of a file, at `offset`", query: ["offset": .count], body: .any,
            .ok(.object(["name": .text, "bytes": .integer])))
        operation.bodyType = "application/octet-stream"
        return operation
    }()

    private static let grace = Schema.integer(0...Limits.graceDaysMax * 86_400)

    private static let departures: [Operation] = [
        Operation(
            "POST /v1/tenants/{tenant}/offboard", "offboardTenant",
            "Let a tenant leave: export, grace period, removal everywhere, signed receipt",
            body: .request([
                "reason": .reason, "graceSeconds?": grace, "export?": .flag,
                "exportDays?": .integer(1...Limits.departureExportDaysMax), "dryRun?": .dryRun,
            ]), .run, .ok(.reference("OffboardPlan"), "The plan of a dry run")),
        Operation(
            "POST /v1/tenants/{tenant}/grace", "changeGrace", "Make the grace period longer or shorter",
            body: .request(["reason": .reason, "graceSeconds": grace]), .run),
        Operation(
            "POST /v1/tenants/{tenant}/keep", "keepTenant", "Keep a tenant that is leaving",
            body: .request([:]), .run),
        Operation(
            "POST /v1/tenants/{tenant}/erasures", "eraseItems",
            "Erase all items under some keys, backups included",
            body: .request([
                "reason?": .reason, "keys": .list(.text(1...2048), max: Limits.erasurePatternsMax),
                "dryRun?": .dryRun,
            ]), .run, .ok(.reference("ErasurePlan"), "The counts of a dry run")),
        Operation(
            "GET /v1/tenants/{tenant}/receipts", "listRemovalReceipts",
            "List the receipts of what was removed, also of a tenant that is gone",
            query: ["cursor": .cursor, "limit": .limit],
            .ok(.page("receipts", of: .reference("RemovalReceipt"), and: ["tenant": .tenantID]))),
    ]
}
