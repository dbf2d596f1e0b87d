import Backups
import Base
import Gateway
import Policies
import Tables

/// RestoreTableFromBackup, RestoreTableToPointInTime, and how a table is described while it is restored.
extension GatewayAPI {
    func restoreTableFromBackup(_ body: [UInt8], _ caller: GatewayCaller, _ reply: Reply) throws(WireError) {
        let desk = try backupDesk()
        let request = try WireBackupRequest(parsing: body)
        let name = try targetName(request) { check in
            check.require(request.backupARN != nil, "backupArn")
        }
        let id = try backupID(request, for: .restoreTableFromBackup, caller)
        try authorizeTarget(name, .restoreTableFromBackup, caller)
        try checkIsFree(name, caller)
        guard let backup = desk.backup(id) else { throw Self.noBackup(request.backupARN) }
        let target = try target(name, of: backup.manifest.table, in: backup.manifest.store, request)
        try begin(desk, arn: request.backupARN, caller, reply) { () throws(BackupError) in
            try desk.restore(id, to: target)
        }
    }

    func restoreTableToPointInTime(
        _ body: [UInt8], _ caller: GatewayCaller, _ reply: Reply
    ) throws(WireError) {
        let desk = try backupDesk()
        let request = try WireBackupRequest(parsing: body)
        let name = try targetName(request)
        guard
            let sourceName = request.sourceTableName
                ?? request.sourceTableARN.map(WireBackupRequest.tableName)
        else { throw .validation("One of SourceTableName or SourceTableArn must be specified") }
        let source = try inGateway { () throws(GatewayError) in
            try gateway.backupSource(sourceName, for: .restoreTableToPointInTime, by: caller)
        }
        try authorizeTarget(name, .restoreTableToPointInTime, caller)
        try checkIsFree(name, caller)
        guard let source else { throw Self.noTable(sourceName) }
        let moment = try moment(request, of: source.record)
        let target = try target(name, of: source.record, in: source.store, request)
        try begin(desk, arn: nil, caller, reply) { () throws(BackupError) in
            try desk.restore(source.record, in: source.store, asOf: moment, to: target)
        }
    }

    /// Answers with what is known of a table that a restore is filling; false where the request names no such table.
    func describeRestoring(_ body: [UInt8], _ caller: GatewayCaller, _ reply: Reply) throws(WireError) -> Bool
    {
        guard caller.session.tenant == nil, let restores = backups?.restores(), !restores.isEmpty else {
            return false
        }
        let request = try WireBackupRequest(parsing: body)
        guard let name = request.tableName.flatMap({ TableName($0) }), let job = restores[name] else {
            return false
        }
        try authorizeTarget(name, .describeTable, caller)
        reply.send(Self.description(job, "Table", region: caller.regionName))
        return true
    }

    // MARK: Parts

    private func targetName(
        _ request: WireBackupRequest, _ more: (inout ConstraintCheck) -> Void = { _ in }
    ) throws(WireError) -> TableName {
        var check = ConstraintCheck()
        check.require(request.targetTableName != nil, "targetTableName")
        check.name(request.targetTableName, "targetTableName")
        more(&check)
        check.oneOf(request.billingModeOverride, "billingModeOverride", "PROVISIONED", "PAY_PER_REQUEST")
        try check.finish()
        guard let name = TableName(request.targetTableName ?? ""), !name.isRestoring else {
            throw .validation("Invalid TargetTableName")
        }
        return name
    }

    private func authorizeTarget(
        _ name: TableName, _ action: PolicyAction, _ caller: GatewayCaller
    ) throws(WireError) {
        try inGateway { () throws(GatewayError) in
            try gateway.authorizeBackups(action, aboutResource: "table/\(name)", by: caller)
        }
    }

    /// A restored table is an operator's own: it must not take the name of one that holds tenants' items.
    private func checkIsFree(_ name: TableName, _ caller: GatewayCaller) throws(WireError) {
        try inGateway { () throws(GatewayError) in try gateway.checkNewName(name) }
        let found = try inGateway { () throws(GatewayError) in
            try gateway.table(named: name.text, for: caller.session)
        }
        if found != nil { throw Self.error(.tableExists(name), arn: nil) }
    }

    /// The table to make: the source's shape and billing, with what the request overrides. Streams, expiry, recovery, tags and
    /// protection are not restored. Source: DynamoDB Developer Guide, "Restoring a DynamoDB table from a backup".
    private func target(
        _ name: TableName, of source: TableRecord, in store: StoreID, _ request: WireBackupRequest
    ) throws(WireError) -> TableRecord {
        for (kind, override) in [
            (IndexSchema.Kind.global, request.globalIndexOverride), (.local, request.localIndexOverride),
        ] {
            for index in override ?? [] where source.schema.index(named: index)?.kind != kind {
                throw .validation("The index \(index) is not an index of the source table")
            }
        }
        let indexes = source.schema.indexes.filter { index in
            let override = index.kind == .global ? request.globalIndexOverride : request.localIndexOverride
            return override?.contains(index.name) ?? true
        }
        var options = TableOptions()
        // Whose items they are does not change with the table's name: looks at a copy are in the audit too.
        options.copiedFrom =
            store == OperatorTables.store
            ? source.options.copiedFrom : .init(store: store, table: source.schema.name)
        options.throughput = source.options.throughput
        options.indexThroughput = source.options.indexThroughput.filter { entry in
            indexes.contains { $0.name == entry.key }
        }
        if let read = request.readUnitsOverride, let write = request.writeUnitsOverride {
            options.throughput = TableOptions.Throughput(readUnits: read, writeUnits: write)
        }
        if request.billingModeOverride == "PAY_PER_REQUEST" {
            options.throughput = nil
            options.indexThroughput = [:]
        } else if request.billingModeOverride == "PROVISIONED", options.throughput == nil {
            throw .validation(
                "ProvisionedThroughputOverride must be specified when BillingModeOverride is PROVISIONED")
        }
        return TableRecord(
            schema: TableSchema(name: name, key: source.schema.key, indexes: indexes), options: options,
            id: TableRecord.newID(random), createdAt: clock.now())
    }

    /// The past moment that is asked for, within the table's recovery.
    private func moment(
        _ request: WireBackupRequest, of source: TableRecord
    ) throws(WireError) -> Timestamp {
        guard let recovery = source.options.recovery else {
            throw WireError(
                "PointInTimeRecoveryUnavailableException", .dynamo,
                "Point in time recovery is not enabled for table '\(source.schema.name)'", outcome: .invalid)
        }
        let now = clock.now()
        switch (request.usesLatestRestorableTime == true, request.restoreDateTime) {
        case (true, nil): return now
        case (false, let seconds?):
            // Beyond these it is no time that a table could have been at.
            guard abs(seconds) < 1e12 else { throw Self.invalidTime }
            let moment = Timestamp(milliseconds: Int64((seconds * 1000).rounded()))
            guard moment >= recovery.earliest(now), moment <= now else { throw Self.invalidTime }
            return moment
        case (true, .some), (false, nil):
            throw .validation("Exactly one of RestoreDateTime and UseLatestRestorableTime must be specified")
        }
    }

    private static let invalidTime = WireError(
        "InvalidRestoreTimeException", .dynamo,
        "RestoreDateTime must be between EarliestRestorableDateTime and LatestRestorableDateTime",
        outcome: .invalid)

    private func begin(
        _ desk: BackupDesk, arn: String?, _ caller: GatewayCaller, _ reply: Reply,
        _ body: @escaping @Sendable () throws(BackupError) -> RestoreJob
    ) throws(WireError) {
        let region = caller.regionName
        let isTaken = desk.submit {
            do throws(BackupError) {
                reply.send(Self.description(try body(), "TableDescription", region: region))
            } catch { reply.fail(Self.error(error, arn: arn)) }
        }
        guard isTaken else { throw WireError(GatewayError.throttled) }
    }

    private static func description(_ job: RestoreJob, _ member: StaticString, region: String) -> [UInt8] {
        var json = JSONWriter(reserving: 1024)
        json.beginObject()
        json.name(member)
        json.describe(job, region: region)
        json.endObject()
        return json.bytes
    }
}
