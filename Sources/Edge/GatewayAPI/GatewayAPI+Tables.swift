import Base
import Gateway
import Items
import Tables

/// DescribeTable and ListTables.
extension GatewayAPI {
    func describeTable(_ body: [UInt8], _ caller: GatewayCaller, _ reply: Reply) throws(WireError) {
        let request = try WireRequest(parsing: body)
        let name = try requireTableName(request)
        let found: Gateway.TableDescription
        do throws(GatewayError) {
            guard let table = try gateway.table(named: name, for: caller.session) else {
                throw .tableNotFound("Requested resource not found: Table: \(name) not found")
            }
            found = try gateway.describeTable(table, by: caller)
        } catch { throw WireError(error) }
        let arn = "arn:aws:dynamodb:\(caller.regionName):\(GatewaySession.account):table/\(name)"
        var json = JSONWriter(reserving: 1024)
        json.beginObject()
        json.name("Table")
        json.describe(found, arn: arn)
        json.endObject()
        reply.send(json.bytes)
    }

    func listTables(_ body: [UInt8], _ caller: GatewayCaller, _ reply: Reply) throws(WireError) {
        let request = try WireRequest(parsing: body)
        var check = ConstraintCheck()
        check.range(request.limit, "limit", min: 1, max: Limits.listedTablesMax)
        check.name(request.exclusiveStartTableName, "exclusiveStartTableName")
        try check.finish()
        var names: [String]
        do throws(GatewayError) {
            names = try gateway.listTables(by: caller).map(\.name.text)
        } catch { throw WireError(error) }
        if let start = request.exclusiveStartTableName { names = names.filter { $0 > start } }
        let page = names.prefix(request.limit ?? Limits.listedTablesMax)
        var json = JSONWriter(reserving: 256)
        json.beginObject()
        json.name("TableNames")
        json.beginArray()
        for name in page { json.string(name) }
        json.endArray()
        if page.count < names.count, let last = page.last {
            json.name("LastEvaluatedTableName")
            json.string(last)
        }
        json.endObject()
        reply.send(json.bytes)
    }
}

extension JSONWriter {
    /// A TableDescription structure.
    fileprivate mutating func describe(_ description: Gateway.TableDescription, arn: String) {
        let schema = description.table.schema
        beginObject()
        name("TableName")
        string(schema.name.text)
        name("TableArn")
        string(arn)
        name("TableId")
        string(Self.tableID(arn))
        name("TableStatus")
        string("ACTIVE")
        name("CreationDateTime")
        double(Double(description.createdAt.milliseconds) / 1000)
        keySchema(schema.key)
        attributeDefinitions(schema)
        name("BillingModeSummary")
        beginObject()
        name("BillingMode")
        string("PAY_PER_REQUEST")
        endObject()
        throughput()
        // The table is shared or grows by the second: its true size is the control API's to tell.
        sizes()
        indexes(schema, of: .local, "LocalSecondaryIndexes", arn)
        indexes(schema, of: .global, "GlobalSecondaryIndexes", arn)
        endObject()
    }

    private mutating func indexes(
        _ schema: TableSchema, of kind: IndexSchema.Kind, _ member: String, _ arn: String
    ) {
        let indexes = schema.indexes.filter { $0.kind == kind }
        guard !indexes.isEmpty else { return }
        name(text: member)
        beginArray()
        for index in indexes { describe(index, arn: "\(arn)/index/\(index.name)") }
        endArray()
    }

    private mutating func describe(_ index: IndexSchema, arn: String) {
        beginObject()
        name("IndexName")
        string(index.name)
        name("IndexArn")
        string(arn)
        if index.kind == .global {
            name("IndexStatus")
            string("ACTIVE")
        }
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
        if index.kind == .global { throughput() }
        name("IndexSizeBytes")
        int(0)
        name("ItemCount")
        int(0)
        endObject()
    }

    private mutating func sizes() {
        name("TableSizeBytes")
        int(0)
        name("ItemCount")
        int(0)
    }

    private mutating func throughput() {
        name("ProvisionedThroughput")
        beginObject()
        name("NumberOfDecreasesToday")
        int(0)
        name("ReadCapacityUnits")
        int(0)
        name("WriteCapacityUnits")
        int(0)
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
        var seen: Set<String> = []
        name("AttributeDefinitions")
        beginArray()
        for attribute in schema.key.attributes + schema.indexes.flatMap(\.key.attributes)
        where seen.insert(attribute.name).inserted {
            beginObject()
            name("AttributeName")
            string(attribute.name)
            name("AttributeType")
            string(attribute.type.rawValue)
            endObject()
        }
        endArray()
    }

    /// A UUID that is always the same for a table.
    private static func tableID(_ arn: String) -> String {
        let hash = { (seed: UInt64) in arn.utf8.reduce(seed) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 } }
        return RequestID(high: hash(0xCBF2_9CE4_8422_2325), low: hash(0x9E37_79B9_7F4A_7C15)).uuidText
    }
}
