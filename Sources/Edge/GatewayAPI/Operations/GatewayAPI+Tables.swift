import Base
import Gateway
import HTTPServer
import Items
import Policies
import Tables

/// Looking at tables.
extension GatewayAPI {
    func describeTable(_ body: [UInt8], _ caller: GatewayCaller, _ reply: Reply) throws(WireError) {
        let name = try tableName(try WireTable(parsing: body), caller)
        let region = caller.regionName
        try inGateway { () throws(GatewayError) in
            try gateway.describeTable(name, by: caller) { result in
                Self.answer(result, "Table", region, reply)
            }
        }
    }

    func listTables(_ body: [UInt8], _ caller: GatewayCaller, _ reply: Reply) throws(WireError) {
        let request = try WireRequest(parsing: body)
        var check = ConstraintCheck()
        check.range(request.limit, "limit", min: 1, max: Limits.listedTablesMax)
        check.name(request.exclusiveStartTableName, "exclusiveStartTableName")
        try check.finish()
        var names = try inGateway { () throws(GatewayError) in
            try gateway.listTables(by: caller).map(\.name.text)
        }
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

    /// DescribeLimits: what AWS answers for a new account; the tiers' rates are what is enforced.
    func describeLimits(_ caller: GatewayCaller, _ reply: Reply) throws(WireError) {
        try inGateway { () throws(GatewayError) in try gateway.authorize(.describeLimits, by: caller) }
        var json = JSONWriter(reserving: 200)
        json.beginObject()
        json.name("AccountMaxReadCapacityUnits")
        json.int(80_000)
        json.name("AccountMaxWriteCapacityUnits")
        json.int(80_000)
        json.name("TableMaxReadCapacityUnits")
        json.int(40_000)
        json.name("TableMaxWriteCapacityUnits")
        json.int(40_000)
        json.endObject()
        reply.send(json.bytes)
    }

    /// DescribeEndpoints: this one, as the client has named it.
    func describeEndpoints(_ caller: GatewayCaller, _ reply: Reply) throws(WireError) {
        try inGateway { () throws(GatewayError) in try gateway.authorize(.describeEndpoints, by: caller) }
        let host = reply.exchange?.fields.value(of: "host").map { String(decoding: $0, as: UTF8.self) }
        var json = JSONWriter(reserving: 128)
        json.beginObject()
        json.name("Endpoints")
        json.beginArray()
        json.beginObject()
        json.name("Address")
        json.string(host ?? "dynamodb.\(caller.regionName).amazonaws.com")
        json.name("CachePeriodInMinutes")
        json.int(1440)
        json.endObject()
        json.endArray()
        json.endObject()
        reply.send(json.bytes)
    }

    // MARK: Parts that calls about tables share

    /// The table that a request names, which is answered first and alone where it is none.
    func tableName(_ request: WireTable, _ caller: GatewayCaller) throws(WireError) -> TableName {
        guard let text = request.tableName else {
            throw .validation("The parameter 'TableName' is required but was not present in the request")
        }
        var check = ConstraintCheck()
        check.table(text, "tableName")
        try check.finish()
        let name = try TableReference.name(text, region: caller.regionName)
        guard let name = TableName(name) else {
            throw .validation("1 validation error detected: Invalid resource type in '\(text)'")
        }
        return name
    }

    /// Does what the gateway may refuse.
    func inGateway<Value>(_ body: () throws(GatewayError) -> Value) throws(WireError) -> Value {
        do throws(GatewayError) { return try body() } catch { throw WireError(error) }
    }

    /// Answers with a table's description as the only member, or with the error.
    static func answer(
        _ result: Result<TableDescription, GatewayError>, _ member: StaticString, _ region: String,
        _ reply: Reply
    ) {
        switch result {
        case .success(let table):
            var json = JSONWriter(reserving: 1024)
            json.beginObject()
            json.name(member)
            json.describe(table, arn: TableReference.arn(table.record.schema.name, region: region))
            json.endObject()
            reply.send(json.bytes)
        case .failure(let error): reply.fail(error)
        }
    }
}
