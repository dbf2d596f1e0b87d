import Base
import Gateway
import Items
import Tables

extension JSONWriter {
    /// A TableDescription structure.
    mutating func describe(_ table: TableDescription, arn: String) {
        let (record, schema, options) = (table.record, table.record.schema, table.record.options)
        beginObject()
        attributeDefinitions(schema)
        name("TableName")
        string(schema.name.text)
        keySchema(schema.key)
        name("TableStatus")
        string(table.status.rawValue)
        name("CreationDateTime")
        seconds(record.createdAt)
        throughput(options.throughput)
        name("TableSizeBytes")
        int(table.sizes.table.bytes)
        name("ItemCount")
        int(table.sizes.table.items)
        name("TableArn")
        string(arn)
        name("TableId")
        string(record.id.isEmpty ? Self.tableID(arn) : record.id)
        billing(options)
        indexes(table, arn: arn)
        stream(options.stream, arn: arn)
        if let encryption = options.encryption {
            name("SSEDescription")
            beginObject()
            name("Status")
            string("ENABLED")
            name("SSEType")
            string("KMS")
            name("KMSMasterKeyArn")
            string(encryption.keyARN)
            endObject()
        }
        if let tableClass = options.tableClass {
            name("TableClassSummary")
            beginObject()
            name("TableClass")
            string(tableClass)
            endObject()
        }
        if let most = options.onDemandMax {
            name("OnDemandThroughput")
            beginObject()
            name("MaxReadRequestUnits")
            int(most.readUnits ?? -1)
            name("MaxWriteRequestUnits")
            int(most.writeUnits ?? -1)
            endObject()
        }
        warmThroughput(options.warmThroughput ?? options.throughput)
        name("DeletionProtectionEnabled")
        bool(options.isDeletionProtected)
        endObject()
    }

    /// A moment as the protocol has it: seconds since 1970 with a fraction.
    mutating func seconds(_ moment: Timestamp) { double(Double(moment.milliseconds) / 1000) }

    private mutating func billing(_ options: TableOptions) {
        // A table that has always been provisioned has no summary.
        guard options.throughput == nil || options.billedByRequestSince != nil else { return }
        name("BillingModeSummary")
        beginObject()
        name("BillingMode")
        string(options.throughput == nil ? "PAY_PER_REQUEST" : "PROVISIONED")
        if let since = options.billedByRequestSince {
            name("LastUpdateToPayPerRequestDateTime")
            seconds(since)
        }
        endObject()
    }

    private mutating func indexes(_ table: TableDescription, arn: String) {
        let indexes = table.record.schema.indexes
        let local = indexes.filter { $0.kind == .local }
        if !local.isEmpty {
            name("LocalSecondaryIndexes")
            beginArray()
            for index in local {
                beginObject()
                describe(index, table, arn: arn)
                endObject()
            }
            endArray()
        }
        let global = indexes.filter { $0.kind == .global } + (table.removedIndex.map { [$0] } ?? [])
        guard !global.isEmpty else { return }
        name("GlobalSecondaryIndexes")
        beginArray()
        for index in global {
            beginObject()
            describe(index, table, arn: arn)
            name("IndexStatus")
            string(table.status(of: index).rawValue)
            if table.builds.contains(where: { $0.index == index.name }) {
                name("Backfilling")
                bool(true)
            }
            let units = table.record.options.indexThroughput[index.name]
            throughput(units)
            warmThroughput(units)
            endObject()
        }
        endArray()
    }

    private mutating func describe(_ index: IndexSchema, _ table: TableDescription, arn: String) {
        let extent = table.sizes.indexes[index.name] ?? Extent()
        name("IndexName")
        string(index.name)
        keySchema(index.key)
        name("Projection")
        beginObject()
        name("ProjectionType")
        switch index.projection {
        case .all: string("ALL")
        case .keysOnly: string("KEYS_ONLY")
        case .include(let names):
            string("INCLUDE")
            name("NonKeyAttributes")
            beginArray()
            for attribute in names { string(attribute) }
            endArray()
        }
        endObject()
        name("IndexSizeBytes")
        int(extent.bytes)
        name("ItemCount")
        int(extent.items)
        name("IndexArn")
        string("\(arn)/index/\(index.name)")
    }

    private mutating func stream(_ stream: TableOptions.Stream?, arn: String) {
        guard let stream else { return }
        name("StreamSpecification")
        beginObject()
        name("StreamEnabled")
        bool(true)
        name("StreamViewType")
        string(stream.viewType.rawValue)
        endObject()
        let label = TableStream.label(stream.startedAt)
        name("LatestStreamLabel")
        string(label)
        name("LatestStreamArn")
        string("\(arn)/stream/\(label)")
    }

    /// What is ready at once. Tools wait until it is said to be active.
    private mutating func warmThroughput(_ throughput: TableOptions.Throughput?) {
        name("WarmThroughput")
        beginObject()
        name("ReadUnitsPerSecond")
        int(throughput?.readUnits ?? Limits.warmReadUnits)
        name("WriteUnitsPerSecond")
        int(throughput?.writeUnits ?? Limits.warmWriteUnits)
        name("Status")
        string("ACTIVE")
        endObject()
    }

    private mutating func throughput(_ throughput: TableOptions.Throughput?) {
        name("ProvisionedThroughput")
        beginObject()
        name("NumberOfDecreasesToday")
        int(0)
        name("ReadCapacityUnits")
        int(throughput?.readUnits ?? 0)
        name("WriteCapacityUnits")
        int(throughput?.writeUnits ?? 0)
        endObject()
    }

    private mutating func keySchema(_ key: KeySchema) {
        name("KeySchema")
        beginArray()
        for attribute in key.partitions { keyElement(attribute, "HASH") }
        for attribute in key.sorts { keyElement(attribute, "RANGE") }
        endArray()
    }

    private mutating func keyElement(_ attribute: KeyAttribute, _ kind: String) {
        beginObject()
        name("AttributeName")
        string(attribute.name)
        name("KeyType")
        string(kind)
        endObject()
    }

    private mutating func attributeDefinitions(_ schema: TableSchema) {
        var seen: MemberSet<String> = []
        name("AttributeDefinitions")
        beginArray()
        for attribute in schema.key.attributes + schema.indexes.flatMap(\.key.attributes)
        where seen.insert(attribute.name) {
            beginObject()
            name("AttributeName")
            string(attribute.name)
            name("AttributeType")
            string(attribute.type.rawValue)
            endObject()
        }
        endArray()
    }

    /// A UUID that is always the same for a tenant's table, wherever its items lie.
    private static func tableID(_ arn: String) -> String {
        let hash = { (seed: UInt64) in arn.utf8.reduce(seed) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 } }
        return RequestID(high: hash(0xCBF2_9CE4_8422_2325), low: hash(0x9E37_79B9_7F4A_7C15)).uuidText
    }
}
