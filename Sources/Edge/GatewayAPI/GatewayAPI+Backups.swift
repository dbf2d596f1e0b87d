import Backups
import Base
import Gateway
import Policies
import Tables

/// CreateBackup, DescribeBackup, ListBackups and DeleteBackup.
extension GatewayAPI {
    /// Carries an operation on backups out.
    func performOnBackups(
        _ operation: GatewayOperation, _ body: [UInt8], _ caller: GatewayCaller, _ reply: Reply
    ) throws(WireError) {
        switch operation {
        case .createBackup: try createBackup(body, caller, reply)
        case .describeBackup: try describeBackup(body, caller, reply)
        case .listBackups: try listBackups(body, caller, reply)
        case .deleteBackup: try deleteBackup(body, caller, reply)
        case .restoreTableFromBackup: try restoreTableFromBackup(body, caller, reply)
        case .restoreTableToPointInTime: try restoreTableToPointInTime(body, caller, reply)
        default: throw .unknownOperation
        }
    }

    func createBackup(_ body: [UInt8], _ caller: GatewayCaller, _ reply: Reply) throws(WireError) {
        let desk = try backupDesk()
        let request = try WireBackupRequest(parsing: body)
        var check = ConstraintCheck()
        check.require(request.tableName != nil, "tableName")
        check.name(request.tableName, "tableName")
        check.require(request.backupName != nil, "backupName")
        check.name(request.backupName, "backupName")
        try check.finish()
        let name = request.tableName ?? ""
        let source = try inGateway { () throws(GatewayError) in
            try gateway.backupSource(name, for: .createBackup, by: caller)
        }
        guard let source else { throw Self.noTable(name) }
        let backup = desk.create(named: request.backupName ?? "", of: source.record, in: source.store)
        var json = JSONWriter(reserving: 512)
        json.beginObject()
        json.name("BackupDetails")
        json.details(backup, arn: BackupARN.text(backup, region: caller.regionName))
        json.endObject()
        reply.send(json.bytes)
    }

    func describeBackup(_ body: [UInt8], _ caller: GatewayCaller, _ reply: Reply) throws(WireError) {
        let desk = try backupDesk()
        let request = try WireBackupRequest(parsing: body)
        let id = try backupID(request, for: .describeBackup, caller)
        guard let backup = desk.backup(id) else { throw Self.noBackup(request.backupARN) }
        var json = JSONWriter(reserving: 1024)
        json.beginObject()
        json.name("BackupDescription")
        json.describe(backup, region: caller.regionName)
        json.endObject()
        reply.send(json.bytes)
    }

    func deleteBackup(_ body: [UInt8], _ caller: GatewayCaller, _ reply: Reply) throws(WireError) {
        let desk = try backupDesk()
        let request = try WireBackupRequest(parsing: body)
        let id = try backupID(request, for: .deleteBackup, caller)
        let (arn, region) = (request.backupARN, caller.regionName)
        let isTaken = desk.submit {
            do throws(BackupError) {
                let backup = try desk.delete(id)
                var json = JSONWriter(reserving: 1024)
                json.beginObject()
                json.name("BackupDescription")
                json.describe(backup, status: "DELETED", region: region)
                json.endObject()
                reply.send(json.bytes)
            } catch { reply.fail(Self.error(error, arn: arn)) }
        }
        guard isTaken else { throw WireError(GatewayError.throttled) }
    }

    func listBackups(_ body: [UInt8], _ caller: GatewayCaller, _ reply: Reply) throws(WireError) {
        let desk = try backupDesk()
        let request = try WireBackupRequest(parsing: body)
        var check = ConstraintCheck()
        check.name(request.tableName, "tableName")
        check.range(request.limit, "limit", min: 1, max: Limits.listedBackupsMax)
        check.oneOf(request.backupType, "backupType", "USER", "SYSTEM", "AWS_BACKUP", "ALL")
        check.length(request.exclusiveStartBackupARN, "exclusiveStartBackupArn", min: 37, max: 1024)
        try check.finish()
        try inGateway { () throws(GatewayError) in
            try gateway.authorizeBackups(.listBackups, aboutResource: nil, by: caller)
        }
        // All are of the kind USER.
        var backups =
            request.backupType == "SYSTEM" || request.backupType == "AWS_BACKUP" ? [] : desk.backups()
        if let name = request.tableName {
            backups = backups.filter { $0.manifest.table.schema.name.text == name }
        }
        if let lower = request.lowerBound {
            backups = backups.filter { Double($0.manifest.createdAt.milliseconds) >= lower * 1000 }
        }
        if let upper = request.upperBound {
            backups = backups.filter { Double($0.manifest.createdAt.milliseconds) < upper * 1000 }
        }
        if let start = request.exclusiveStartBackupARN {
            guard let parts = BackupARN.parts(start) else { throw Self.invalidARN(start) }
            backups = backups.filter { $0.manifest.id > parts.id }
        }
        let page = backups.prefix(request.limit ?? Limits.listedBackupsMax)
        var json = JSONWriter(reserving: 1024)
        json.beginObject()
        json.name("BackupSummaries")
        json.beginArray()
        for backup in page { json.summary(backup, region: caller.regionName) }
        json.endArray()
        if page.count < backups.count, let last = page.last {
            json.member("LastEvaluatedBackupArn", BackupARN.text(last, region: caller.regionName))
        }
        json.endObject()
        reply.send(json.bytes)
    }

    // MARK: Parts that restores share

    func backupDesk() throws(WireError) -> BackupDesk {
        guard let backups else { throw .unknownOperation }
        return backups
    }

    /// The backup that the request names, where the session may do this with it.
    func backupID(
        _ request: WireBackupRequest, for action: PolicyAction, _ caller: GatewayCaller
    ) throws(WireError) -> SnapshotID {
        var check = ConstraintCheck()
        check.require(request.backupARN != nil, "backupArn")
        check.length(request.backupARN, "backupArn", min: 37, max: 1024)
        try check.finish()
        guard let parts = BackupARN.parts(request.backupARN ?? "") else {
            throw Self.invalidARN(request.backupARN)
        }
        try inGateway { () throws(GatewayError) in
            try gateway.authorizeBackups(action, aboutResource: parts.resource, by: caller)
        }
        // The policies were asked about this table's backup: an id of another's must not come in under its name.
        if let backup = backups?.backup(parts.id), backup.resource != parts.resource {
            throw Self.noBackup(request.backupARN)
        }
        return parts.id
    }

    // MARK: Errors

    static func error(_ error: BackupError, arn: String?) -> WireError {
        switch error {
        case .notFound: noBackup(arn)
        case .inUse:
            WireError(
                "BackupInUseException", .dynamo,
                "The backup is being created, or a table is being restored from it: \(arn ?? "")",
                outcome: .invalid)
        case .tableExists(let name):
            WireError(
                "TableAlreadyExistsException", .dynamo, "Table already exists: \(name)", outcome: .invalid)
        case .table(let error): WireError(GatewayError.fault("\(error)"))
        }
    }

    static func noBackup(_ arn: String?) -> WireError {
        WireError("BackupNotFoundException", .dynamo, "Backup not found: \(arn ?? "")", outcome: .invalid)
    }

    static func noTable(_ name: String) -> WireError {
        WireError("TableNotFoundException", .dynamo, "Table not found: \(name)", outcome: .invalid)
    }

    private static func invalidARN(_ arn: String?) -> WireError {
        .validation("Invalid BackupArn: \((arn ?? "").prefix(200))")
    }
}

extension JSONWriter {
    /// A BackupSummary structure.
    fileprivate mutating func summary(_ backup: BackupDesk.Backup, region: String) {
        let manifest = backup.manifest
        beginObject()
        member("BackupArn", BackupARN.text(backup, region: region))
        name("BackupCreationDateTime")
        time(manifest.createdAt)
        member("BackupName", manifest.name)
        name("BackupSizeBytes")
        int(manifest.extent.bytes)
        member("BackupStatus", backup.isAvailable ? "AVAILABLE" : "CREATING")
        member("BackupType", "USER")
        member("TableArn", BackupARN.table(manifest.table.schema.name, region: region))
        member("TableId", manifest.table.id)
        member("TableName", manifest.table.schema.name.text)
        endObject()
    }
}

extension Limits {
    /// Backups in one answer. Source: DynamoDB API reference, ListBackups.
    static let listedBackupsMax = 100
}
