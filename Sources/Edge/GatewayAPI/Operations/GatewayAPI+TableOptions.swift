import Base
import Gateway
import Policies
import Tables

/// Tags, expiry and recovery of tables, and what else tools ask of a table.
extension GatewayAPI {
    // MARK: Tags

    func tagResource(_ body: [UInt8], _ caller: GatewayCaller, _ reply: Reply) throws(WireError) {
        let request = try WireTable(parsing: body)
        let name = try TableReference.name(ofResource: request.resourceARN, region: caller.regionName)
        guard let given = request.tags, !given.isEmpty else {
            throw .validation("Atleast one Tag needs to be provided as Input.")
        }
        let tags = try TagRules.tags(given)
        try ofResource(request) { () throws(GatewayError) in
            try gateway.tagTable(name, tags, by: caller) { Self.answerNothing($0, request, reply) }
        }
    }

    func untagResource(_ body: [UInt8], _ caller: GatewayCaller, _ reply: Reply) throws(WireError) {
        let request = try WireTable(parsing: body)
        let name = try TableReference.name(ofResource: request.resourceARN, region: caller.regionName)
        guard let given = request.tagKeys, !given.isEmpty else {
            throw .validation("Atleast one Tag Key needs to be provided as Input.")
        }
        var keys: [String] = []
        for key in given { keys.append(try TagRules.key(key)) }
        try ofResource(request) { () throws(GatewayError) in
            try gateway.untagTable(name, keys, by: caller) { Self.answerNothing($0, request, reply) }
        }
    }

    func listTagsOfResource(_ body: [UInt8], _ caller: GatewayCaller, _ reply: Reply) throws(WireError) {
        let request = try WireTable(parsing: body)
        let name = try TableReference.name(ofResource: request.resourceARN, region: caller.regionName)
        let record = try ofResource(request) { () throws(GatewayError) in
            try gateway.tableRecord(name, for: .listTagsOfResource, by: caller)
        }
        var tags = record.options.tags.sorted { $0.key < $1.key }
        if let token = request.nextToken {
            let last = try Self.key(inToken: token)
            tags = tags.filter { $0.key > last }
        }
        let page = tags.prefix(Limits.listedTagsMax)
        var json = JSONWriter(reserving: 512)
        json.beginObject()
        if page.count < tags.count, let last = page.last {
            json.name("NextToken")
            json.string(Base64.encode(Array(last.key.utf8)))
        }
        json.name("Tags")
        json.beginArray()
        for tag in page {
            json.beginObject()
            json.name("Key")
            json.string(tag.key)
            json.name("Value")
            json.string(tag.value)
            json.endObject()
        }
        json.endArray()
        json.endObject()
        reply.send(json.bytes)
    }

    /// The key behind which a page of tags begins.
    private static func key(inToken token: String) throws(WireError) -> String {
        let bytes: [UInt8]
        do throws(Base64.Fault) { bytes = try Base64.decode(Array(token.utf8).span) } catch {
            throw .validation("Invalid NextToken: \(token)")
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Calls about tags name the ARN where there is no such table.
    private func ofResource<Value>(
        _ request: WireTable, _ body: () throws(GatewayError) -> Value
    ) throws(WireError) -> Value {
        do throws(GatewayError) { return try body() } catch {
            throw Self.error(error, ofResource: request)
        }
    }

    private static func error(_ error: GatewayError, ofResource request: WireTable) -> WireError {
        guard case .tableNotFound = error else { return WireError(error) }
        // The missing letter is AWS's.
        let text = "Requested resource not found: ResourcArn: \(request.resourceARN ?? "") not found"
        return WireError(GatewayError.tableNotFound(text))
    }

    private static func answerNothing(
        _ result: Result<TableRecord, GatewayError>, _ request: WireTable, _ reply: Reply
    ) {
        switch result {
        case .success: reply.send([])
        case .failure(let error): reply.fail(Self.error(error, ofResource: request))
        }
    }

    // MARK: Expiry

    func updateTimeToLive(_ body: [UInt8], _ caller: GatewayCaller, _ reply: Reply) throws(WireError) {
        let request = try WireTable(parsing: body)
        let name = try tableName(request, caller)
        var check = ConstraintCheck()
        check.require(request.timeToLive != nil, "timeToLiveSpecification")
        if let wanted = request.timeToLive {
            check.require(wanted.attribute != nil, "timeToLiveSpecification.attributeName")
            check.length(wanted.attribute, "timeToLiveSpecification.attributeName", max: 255)
            check.require(wanted.isEnabled != nil, "timeToLiveSpecification.enabled")
        }
        try check.finish()
        let attribute = request.timeToLive?.attribute ?? ""
        let isOn = request.timeToLive?.isEnabled ?? false
        try inGateway { () throws(GatewayError) in
            try gateway.setTimeToLive(name, attribute: attribute, isOn: isOn, by: caller) { result in
                if case .failure(let error) = result { return reply.fail(error) }
                var json = JSONWriter(reserving: 128)
                json.beginObject()
                json.name("TimeToLiveSpecification")
                json.beginObject()
                json.name("AttributeName")
                json.string(attribute)
                json.name("Enabled")
                json.bool(isOn)
                json.endObject()
                json.endObject()
                reply.send(json.bytes)
            }
        }
    }

    func describeTimeToLive(_ body: [UInt8], _ caller: GatewayCaller, _ reply: Reply) throws(WireError) {
        let record = try record(body, .describeTimeToLive, caller)
        var json = JSONWriter(reserving: 128)
        json.beginObject()
        json.name("TimeToLiveDescription")
        json.beginObject()
        json.name("TimeToLiveStatus")
        json.string(record.options.timeToLiveAttribute == nil ? "DISABLED" : "ENABLED")
        if let attribute = record.options.timeToLiveAttribute {
            json.name("AttributeName")
            json.string(attribute)
        }
        json.endObject()
        json.endObject()
        reply.send(json.bytes)
    }

    // MARK: Recovery

    func updateContinuousBackups(
        _ body: [UInt8], _ caller: GatewayCaller, _ reply: Reply
    ) throws(WireError) {
        let request = try WireTable(parsing: body)
        let name = try tableName(request, caller)
        var check = ConstraintCheck()
        check.require(request.recovery != nil, "pointInTimeRecoverySpecification")
        if let wanted = request.recovery {
            let place = "pointInTimeRecoverySpecification"
            check.require(wanted.isEnabled != nil, "\(place).pointInTimeRecoveryEnabled")
            check.range(wanted.days, "\(place).recoveryPeriodInDays", min: 1, max: Limits.recoveryDaysMax)
        }
        try check.finish()
        let isOn = request.recovery?.isEnabled ?? false
        let days = request.recovery?.days
        guard isOn || days == nil else {
            throw .validation(
                "Invalid Request: Cannot specify RecoveryPeriodInDays when disabling point-in-time recovery.")
        }
        let now = clock.now()
        do throws(GatewayError) {
            try gateway.setRecovery(name, days: days, isOn: isOn, by: caller) { result in
                switch result {
                case .success(let record): reply.send(Self.recovery(of: record, now: now))
                case .failure(let error): reply.fail(Self.error(error, ofBackups: name))
                }
            }
        } catch { throw Self.error(error, ofBackups: name) }
    }

    func describeContinuousBackups(
        _ body: [UInt8], _ caller: GatewayCaller, _ reply: Reply
    ) throws(WireError) {
        let name = try tableName(try WireTable(parsing: body), caller)
        do throws(GatewayError) {
            let record = try gateway.tableRecord(name, for: .describeContinuousBackups, by: caller)
            reply.send(Self.recovery(of: record, now: clock.now()))
        } catch { throw Self.error(error, ofBackups: name) }
    }

    /// Calls about backups have an error of their own where there is no such table.
    static func error(_ error: GatewayError, ofBackups name: TableName) -> WireError {
        guard case .tableNotFound = error else { return WireError(error) }
        return WireError(
            "TableNotFoundException", .dynamo, "Table not found: \(name)", outcome: error.outcome)
    }

    private static func recovery(of record: TableRecord, now: Timestamp) -> [UInt8] {
        var json = JSONWriter(reserving: 256)
        json.beginObject()
        json.name("ContinuousBackupsDescription")
        json.beginObject()
        json.name("ContinuousBackupsStatus")
        json.string("ENABLED")
        json.name("PointInTimeRecoveryDescription")
        json.beginObject()
        json.name("PointInTimeRecoveryStatus")
        json.string(record.options.recovery == nil ? "DISABLED" : "ENABLED")
        if let recovery = record.options.recovery {
            json.name("RecoveryPeriodInDays")
            json.int(recovery.days)
            json.name("EarliestRestorableDateTime")
            json.seconds(recovery.earliest(now))
            json.name("LatestRestorableDateTime")
            json.seconds(max(recovery.startedAt, now))
        }
        json.endObject()
        json.endObject()
        json.endObject()
        return json.bytes
    }

    // MARK: What is not there, said in the form in which tools ask for it

    func describeContributorInsights(
        _ body: [UInt8], _ caller: GatewayCaller, _ reply: Reply
    ) throws(WireError) {
        let record = try record(body, .describeContributorInsights, caller)
        var json = JSONWriter(reserving: 128)
        json.beginObject()
        json.name("ContributorInsightsStatus")
        json.string("DISABLED")
        json.name("TableName")
        json.string(record.schema.name.text)
        json.endObject()
        reply.send(json.bytes)
    }

    func describeKinesisStreamingDestination(
        _ body: [UInt8], _ caller: GatewayCaller, _ reply: Reply
    ) throws(WireError) {
        let record = try record(body, .describeKinesisStreamingDestination, caller)
        var json = JSONWriter(reserving: 128)
        json.beginObject()
        json.name("KinesisDataStreamDestinations")
        json.beginArray()
        json.endArray()
        json.name("TableName")
        json.string(record.schema.name.text)
        json.endObject()
        reply.send(json.bytes)
    }

    private func record(
        _ body: [UInt8], _ action: PolicyAction, _ caller: GatewayCaller
    ) throws(WireError) -> TableRecord {
        let name = try tableName(try WireTable(parsing: body), caller)
        return try inGateway { () throws(GatewayError) in
            try gateway.tableRecord(name, for: action, by: caller)
        }
    }
}

extension Limits {
    /// For how many days back a table can be restored. Source: DynamoDB API reference, PointInTimeRecoverySpecification.
    static let recoveryDaysMax = 35
}
