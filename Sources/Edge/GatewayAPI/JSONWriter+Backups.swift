import Backups
import Base
import Gateway
import Items
import Tables

/// How backups are written. Source: DynamoDB API reference, BackupDetails, SourceTableDetails, SourceTableFeatureDetails.
extension JSONWriter {
    /// The members of a BackupDetails structure.
    mutating func details(_ backup: BackupDesk.Backup, arn: String) {
        let manifest = backup.manifest
        beginObject()
        member("BackupArn", arn)
        name("BackupCreationDateTime")
        time(manifest.createdAt)
        member("BackupName", manifest.name)
        name("BackupSizeBytes")
        int(manifest.extent.bytes)
        member("BackupStatus", backup.isAvailable ? "AVAILABLE" : "CREATING")
        member("BackupType", "USER")
        endObject()
    }

    /// A BackupDescription structure.
    mutating func describe(_ backup: BackupDesk.Backup, status: String? = nil, region: String) {
        let manifest = backup.manifest
        let table = manifest.table
        beginObject()
        name("BackupDetails")
        if let status {
            beginObject()
            member("BackupArn", BackupARN.text(backup, region: region))
            name("BackupCreationDateTime")
            time(manifest.createdAt)
            member("BackupName", manifest.name)
            name("BackupSizeBytes")
            int(manifest.extent.bytes)
            member("BackupStatus", status)
            member("BackupType", "USER")
            endObject()
        } else {
            details(backup, arn: BackupARN.text(backup, region: region))
        }
        name("SourceTableDetails")
        beginObject()
        member("BillingMode", table.options.throughput == nil ? "PAY_PER_REQUEST" : "PROVISIONED")
        name("ItemCount")
        int(manifest.extent.items)
        name("KeySchema")
        backedUpKey(table.schema.key)
        backedUpThroughput(table.options.throughput)
        member("TableArn", BackupARN.table(table.schema.name, region: region))
        name("TableCreationDateTime")
        time(table.createdAt)
        member("TableId", table.id)
        member("TableName", table.schema.name.text)
        name("TableSizeBytes")
        int(manifest.extent.bytes)
        endObject()
        features(table)
        endObject()
    }

    private mutating func features(_ table: TableRecord) {
        name("SourceTableFeatureDetails")
        beginObject()
        for (kind, title) in [
            (IndexSchema.Kind.global, "GlobalSecondaryIndexes"), (.local, "LocalSecondaryIndexes"),
        ] {
            let indexes = table.schema.indexes.filter { $0.kind == kind }
            guard !indexes.isEmpty else { continue }
            name(text: title)
            beginArray()
            for index in indexes {
                beginObject()
                backedUpIndex(index)
                if kind == .global { backedUpThroughput(table.options.indexThroughput[index.name]) }
                endObject()
            }
            endArray()
        }
        if let stream = table.options.stream {
            name("StreamDescription")
            beginObject()
            name("StreamEnabled")
            bool(true)
            member("StreamViewType", stream.viewType.rawValue)
            endObject()
        }
        if let attribute = table.options.timeToLiveAttribute {
            name("TimeToLiveDescription")
            beginObject()
            member("AttributeName", attribute)
            member("TimeToLiveStatus", "ENABLED")
            endObject()
        }
        endObject()
    }

    /// A TableDescription structure of a table that is being restored.
    mutating func describe(_ job: RestoreJob, region: String) {
        let table = job.target
        let arn = BackupARN.table(table.schema.name, region: region)
        beginObject()
        definitions(table.schema)
        name("BillingModeSummary")
        beginObject()
        member("BillingMode", table.options.throughput == nil ? "PAY_PER_REQUEST" : "PROVISIONED")
        endObject()
        name("CreationDateTime")
        time(table.createdAt)
        name("ItemCount")
        int(0)
        name("KeySchema")
        backedUpKey(table.schema.key)
        for (kind, title) in [
            (IndexSchema.Kind.global, "GlobalSecondaryIndexes"), (.local, "LocalSecondaryIndexes"),
        ] {
            let indexes = table.schema.indexes.filter { $0.kind == kind }
            guard !indexes.isEmpty else { continue }
            name(text: title)
            beginArray()
            for index in indexes {
                beginObject()
                backedUpIndex(index)
                member("IndexArn", "\(arn)/index/\(index.name)")
                if kind == .global {
                    member("IndexStatus", "CREATING")
                    backedUpThroughput(table.options.indexThroughput[index.name])
                }
                endObject()
            }
            endArray()
        }
        backedUpThroughput(table.options.throughput)
        name("RestoreSummary")
        beginObject()
        name("RestoreDateTime")
        time(job.snapshot.asOf ?? job.snapshot.createdAt)
        name("RestoreInProgress")
        bool(true)
        if let backup = job.backup {
            member("SourceBackupArn", BackupARN.text(resource: backup, region: region))
        }
        member("SourceTableArn", BackupARN.table(job.snapshot.table.schema.name, region: region))
        endObject()
        member("TableArn", arn)
        member("TableId", table.id)
        member("TableName", table.schema.name.text)
        name("TableSizeBytes")
        int(0)
        member("TableStatus", "CREATING")
        endObject()
    }

    // MARK: Parts

    /// Seconds since 1970, with milliseconds.
    mutating func time(_ moment: Timestamp) { double(Double(moment.milliseconds) / 1000) }

    private mutating func backedUpIndex(_ index: IndexSchema) {
        member("IndexName", index.name)
        name("KeySchema")
        backedUpKey(index.key)
        name("Projection")
        beginObject()
        switch index.projection {
        case .all: member("ProjectionType", "ALL")
        case .keysOnly: member("ProjectionType", "KEYS_ONLY")
        case .include(let names):
            name("NonKeyAttributes")
            beginArray()
            for attribute in names { string(attribute) }
            endArray()
            member("ProjectionType", "INCLUDE")
        }
        endObject()
    }

    private mutating func backedUpKey(_ key: KeySchema) {
        beginArray()
        for (attributes, kind) in [(key.partitions, "HASH"), (key.sorts, "RANGE")] {
            for attribute in attributes {
                beginObject()
                member("AttributeName", attribute.name)
                member("KeyType", kind)
                endObject()
            }
        }
        endArray()
    }

    private mutating func definitions(_ schema: TableSchema) {
        var seen: MemberSet<String> = []
        name("AttributeDefinitions")
        beginArray()
        for attribute in schema.key.attributes + schema.indexes.flatMap(\.key.attributes)
        where seen.insert(attribute.name) {
            beginObject()
            member("AttributeName", attribute.name)
            member("AttributeType", attribute.type.rawValue)
            endObject()
        }
        endArray()
    }

    private mutating func backedUpThroughput(_ throughput: TableOptions.Throughput?) {
        name("ProvisionedThroughput")
        beginObject()
        name("ReadCapacityUnits")
        int(throughput?.readUnits ?? 0)
        name("WriteCapacityUnits")
        int(throughput?.writeUnits ?? 0)
        endObject()
    }
}

/// The ARNs of backups and their tables.
enum BackupARN {
    static func text(_ backup: BackupDesk.Backup, region: String) -> String {
        text(resource: backup.resource, region: region)
    }

    static func text(resource: String, region: String) -> String {
        "arn:aws:dynamodb:\(region):\(GatewaySession.account):\(resource)"
    }

    static func table(_ name: TableName, region: String) -> String {
        text(resource: "table/\(name)", region: region)
    }

    /// The table and the id that a backup's ARN names, or nil where it is no backup's ARN.
    static func parts(_ arn: String) -> (resource: String, id: SnapshotID)? {
        let segments = arn.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard segments.count == 6, segments[0] == "arn", segments[2] == "dynamodb" else { return nil }
        let names = segments[5].split(separator: "/", omittingEmptySubsequences: false)
        guard names.count == 4, names[0] == "table", names[2] == "backup", TableName(String(names[1])) != nil,
            let id = SnapshotID(String(names[3]))
        else { return nil }
        return (String(segments[5]), id)
    }
}
