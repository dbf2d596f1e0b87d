import Base
import Gateway
import Items
import PartiQL
import Tables

/// ExecuteStatement.
extension GatewayAPI {
    func executeStatement(_ body: [UInt8], _ caller: GatewayCaller, _ reply: Reply) throws(WireError) {
        let request = try WireStatements(parsing: body)
        let statement = request.single
        var check = ConstraintCheck()
        statement.check(&check)
        check.oneOf(request.returnConsumedCapacity, "returnConsumedCapacity", "INDEXES", "TOTAL", "NONE")
        check.range(request.limit, "limit", min: 1)
        try check.finish()
        let parsed = try statement.parsed()
        let reports = reported(request.returnConsumedCapacity)
        if case .select(let select) = parsed {
            return try execute(select, request, reports, caller, reply)
        }
        guard request.nextToken == nil else { throw .validation("Invalid NextToken") }
        let table = try table(named: parsed.table, caller)
        let call = try writeCall(parsed, table, reports)
        gateway.writeItem(call, by: caller) { result in
            switch result {
            case .success(let written):
                reply.send(
                    Self.statementBody(
                        written.attributes.map { [$0] } ?? [], nil, written.capacity, table, reports))
            case .failure(let error): reply.fail(WireError(error, of: parsed, statement))
            }
        }
    }

    private func execute(
        _ select: PartiQLSelect, _ request: WireStatements, _ reports: String?, _ caller: GatewayCaller,
        _ reply: Reply
    ) throws(WireError) {
        let statement = request.single
        let table = try table(named: select.table, caller)
        var call = try selectCall(select, table)
        call.isConsistent = statement.isConsistent ?? false
        call.reportsCapacity = reports
        call.limit = request.limit
        let session = caller.session
        if let token = request.nextToken {
            call.start = try pageTokens.position(token, of: statement, session)
        }
        let projection = select.projection
        let tokens = pageTokens
        gateway.select(call, by: caller) { result in
            do throws(GatewayError) {
                let page = try result.get()
                let items = try Self.shown(page.items, projection)
                let next = page.next.map { (tokens.token($0, of: statement, session), $0.startKey) }
                reply.send(Self.statementBody(items, next, page.capacity, table, reports))
            } catch { reply.fail(error) }
        }
    }

    /// What a SELECT shows of its items.
    static func shown(
        _ images: [ItemImage], _ projection: PartiQLProjection?
    ) throws(GatewayError) -> [[UInt8]] {
        guard let projection else { return images.map(\.bytes) }
        var shown: [[UInt8]] = []
        shown.reserveCapacity(images.count)
        for image in images {
            do throws(TableError) {
                shown.append(projection.project(try image.item()).encoded())
            } catch { throw .fault("\(error)") }
        }
        return shown
    }

    private static func statementBody(
        _ items: [[UInt8]], _ next: (token: String, key: Item?)?, _ capacity: CapacityUsed,
        _ table: GatewayTable, _ reports: String?
    ) -> [UInt8] {
        var json = JSONWriter(reserving: items.reduce(256) { $0 + $1.count + 1 })
        json.beginObject()
        json.name("Items")
        json.beginArray()
        for item in items { json.raw(item) }
        json.endArray()
        if let next {
            json.name("NextToken")
            json.string(next.token)
            if let key = next.key {
                json.name("LastEvaluatedKey")
                json.value { key.append(to: &$0) }
            }
        }
        if let reports {
            json.name("ConsumedCapacity")
            json.capacity(capacity, of: table, reports: reports)
        }
        json.endObject()
        return json.bytes
    }

    // MARK: What statements are to the gateway

    /// The table of a statement.
    func table(named name: String, _ caller: GatewayCaller) throws(WireError) -> GatewayTable {
        guard name.utf8.allSatisfy(TableName.isNameByte), (3...255).contains(name.utf8.count) else {
            throw .validation(
                "Table name should be within the length [3, 255] and only contain 'a-z', 'A-Z', '0-9', '-', '_', '.'."
            )
        }
        return try table(name, caller)
    }

    /// A SELECT, by the keys that it names.
    func selectCall(_ select: PartiQLSelect, _ table: GatewayTable) throws(WireError) -> SelectCall {
        var key = table.schema.key
        if let name = select.index {
            guard let index = table.schema.index(named: name) else {
                throw .validation("The table does not have the specified index")
            }
            guard !index.key.isMultiAttribute else {
                throw .validation(
                    "PartiQL statements cannot be executed on tables with multi-attribute HASH keys or "
                        + "multi-attribute RANGE keys.")
            }
            key = index.key
        }
        let plan = try checked { () throws(ItemError) in try select.plan(for: key) }
        let access: SelectCall.Access =
            switch plan.access {
            case .items(let keys): .items(keys)
            case .ranges(let conditions): .ranges(conditions)
            case .scan: .scan
            }
        var call = SelectCall(table: table, access: access)
        call.index = select.index
        call.filter = plan.filter
        call.projection = select.projection?.expression
        call.isForward = plan.isForward
        return call
    }

    /// A statement that writes.
    func writeCall(
        _ statement: PartiQLStatement, _ table: GatewayTable, _ reports: String?
    ) throws(WireError) -> WriteItemCall {
        let key = table.schema.key
        return try checked { () throws(ItemError) in
            var call: WriteItemCall
            switch statement {
            case .insert(let insert):
                call = WriteItemCall(table: table, action: .put(insert.item))
                call.condition = try insert.condition(for: key)
            case .update(let update):
                let target = try update.target(of: key)
                call = WriteItemCall(table: table, action: .update(key: target.key, update.update))
                call.condition = target.condition
            case .delete(let delete):
                let target = try delete.target(of: key)
                call = WriteItemCall(table: table, action: .delete(key: target.key))
                call.condition = target.condition
            case .exists:
                throw .validation("EXISTS can only be used in ExecuteTransaction write requests.")
            case .select: preconditionFailure("a SELECT writes nothing")
            }
            call.returned =
                switch statement.returning {
                case nil: .none
                case .allOld: .allOld
                case .allNew: .allNew
                case .modifiedOld: .updatedOld
                case .modifiedNew: .updatedNew
                }
            call.reportsCapacity = reports
            call.isStatement = true
            return call
        }
    }
}

extension WireError {
    /// The error of a statement that writes: an INSERT that meets an item fails as a duplicate.
    init(_ error: GatewayError, of parsed: PartiQLStatement, _ statement: WireStatement) {
        guard case .conditionFailed(let item) = error else {
            self.init(error)
            return
        }
        if case .insert = parsed {
            self.init(
                "DuplicateItemException", .dynamo, "Duplicate primary key exists in table",
                outcome: .conditionFailed)
        } else {
            self.init(error)
            let returnsItem = statement.returnValuesOnConditionCheckFailure == "ALL_OLD"
            self.item = returnsItem ? item : nil
        }
    }
}
