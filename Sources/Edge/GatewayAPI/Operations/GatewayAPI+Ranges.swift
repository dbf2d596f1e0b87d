import Base
import Gateway
import Items
import Tables

/// Query and Scan.
extension GatewayAPI {
    func query(_ body: [UInt8], _ caller: GatewayCaller, _ reply: Reply) throws(WireError) {
        let request = try WireRequest(parsing: body)
        let name = try requireTableName(request)
        try rangeCheck(request).finish()
        try request.checkStyles(WireRequest.queryStyles)
        try throwDeferred(request)
        let legacy = request.legacy
        let older = (
            filter: try legacy?.filter(legacy?.queryFilter), projection: try legacy?.projection(),
            condition: try legacy?.keyCondition()
        )
        var expressions = try WireExpressions(names: request.names, values: request.values)
        try expressions.begin(
            request.keyConditionExpression, request.filterExpression, request.projectionExpression)
        guard request.keyConditionExpression != nil || older.condition != nil else {
            throw .validation(
                "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request."
            )
        }
        let (filter, projection) = try readCommon(request, &expressions)
        let condition = try expressions.parse(request.keyConditionExpression, KeyConditionExpression.parse)
        try expressions.finish()
        var call = ReadRangeCall(table: try table(name, caller))
        call.keyCondition = condition ?? older.condition
        call.isForward = request.isForward ?? true
        try read(request, &call, filter ?? older.filter, projection ?? older.projection, caller, reply)
    }

    func scan(_ body: [UInt8], _ caller: GatewayCaller, _ reply: Reply) throws(WireError) {
        let request = try WireRequest(parsing: body)
        let name = try requireTableName(request)
        var check = rangeCheck(request)
        check.range(request.segment, "segment", min: 0, max: Limits.segmentsMax - 1)
        check.range(request.totalSegments, "totalSegments", min: 1, max: Limits.segmentsMax)
        try check.finish()
        try request.checkStyles(WireRequest.scanStyles)
        try throwDeferred(request)
        let legacy = request.legacy
        let older = (filter: try legacy?.filter(legacy?.scanFilter), projection: try legacy?.projection())
        let segment = try segment(request)
        var expressions = try WireExpressions(names: request.names, values: request.values)
        try expressions.begin(request.filterExpression, request.projectionExpression)
        let (filter, projection) = try readCommon(request, &expressions)
        try expressions.finish()
        var call = ReadRangeCall(table: try table(name, caller))
        call.segment = segment
        try read(request, &call, filter ?? older.filter, projection ?? older.projection, caller, reply)
    }

    private func rangeCheck(_ request: WireRequest) -> ConstraintCheck {
        var check = ConstraintCheck()
        check.oneOf(
            request.select, "select", "SPECIFIC_ATTRIBUTES", "COUNT", "ALL_ATTRIBUTES",
            "ALL_PROJECTED_ATTRIBUTES")
        check.oneOf(request.returnConsumedCapacity, "returnConsumedCapacity", "INDEXES", "TOTAL", "NONE")
        check.range(request.limit, "limit", min: 1)
        check.name(request.indexName, "indexName")
        request.legacy?.check(&check)
        return check
    }

    private func segment(_ request: WireRequest) throws(WireError) -> ReadRange.Segment? {
        switch (request.segment, request.totalSegments) {
        case (nil, nil): return nil
        case (_?, nil):
            throw .validation(
                "The TotalSegments parameter is required but was not present in the request when Segment parameter is "
                    + "present")
        case (nil, _?):
            throw .validation(
                "The Segment parameter is required but was not present in the request when parameter TotalSegments is "
                    + "present")
        case (let number?, let total?):
            guard number < total else {
                throw .validation(
                    "The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: "
                        + "\(number) is not less than TotalSegments: \(total)")
            }
            return ReadRange.Segment(number: number, total: total)
        }
    }

    private func readCommon(
        _ request: WireRequest, _ expressions: inout WireExpressions
    ) throws(WireError) -> (ConditionExpression?, ProjectionExpression?) {
        let filter = try expressions.parse(request.filterExpression) { text, attributes throws(ItemError) in
            try ConditionExpression.parse(text, kind: .filter, &attributes)
        }
        return (filter, try expressions.parse(request.projectionExpression, ProjectionExpression.parse))
    }

    private func read(
        _ request: WireRequest, _ call: inout ReadRangeCall, _ filter: ConditionExpression?,
        _ projection: ProjectionExpression?, _ caller: GatewayCaller, _ reply: Reply
    ) throws(WireError) {
        call.index = request.indexName
        call.filter = filter
        call.projection = projection
        call.select = request.select.flatMap(ReadRangeCall.Select.init(rawValue:))
        call.limit = request.limit
        call.exclusiveStartKey = request.exclusiveStartKey
        call.isConsistent = request.isConsistent ?? false
        let reports = reported(request.returnConsumedCapacity)
        call.reportsCapacity = reports
        let table = call.table
        gateway.readRange(call, by: caller) { result in
            switch result {
            case .success(let page): reply.send(Self.body(of: page, table, reports: reports))
            case .failure(let error): reply.fail(error)
            }
        }
    }

    private static func body(of page: ReadRangeResult, _ table: GatewayTable, reports: String?) -> [UInt8] {
        let bytes = page.items.reduce(0) { $0 + $1.bytes.count + 1 }
        var json = JSONWriter(reserving: bytes + 256)
        json.beginObject()
        if page.hasItems {
            json.name("Items")
            json.beginArray()
            for item in page.items { json.raw(item.bytes) }
            json.endArray()
        }
        json.name("Count")
        json.int(page.count)
        json.name("ScannedCount")
        json.int(page.scannedCount)
        if let last = page.lastEvaluatedKey {
            json.name("LastEvaluatedKey")
            json.value { last.append(to: &$0) }
        }
        if let reports {
            json.name("ConsumedCapacity")
            json.capacity(page.capacity, of: table, reports: reports)
        }
        json.endObject()
        return json.bytes
    }
}
