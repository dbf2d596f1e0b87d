import Base
import Gateway
import Items
import Policies
import Tables

/// DynamoDB Streams: ListStreams, DescribeStream, GetShardIterator and GetRecords.
extension GatewayAPI {
    func listStreams(_ body: [UInt8], _ caller: GatewayCaller, _ reply: Reply) throws(WireError) {
        let request = try WireStreamRequest(parsing: body)
        var check = ConstraintCheck()
        check.name(request.tableName, "tableName")
        check.range(request.limit, "limit", min: 1)
        check.length(request.exclusiveStartStreamARN, "exclusiveStartStreamArn", min: 37, max: 1024)
        try check.finish()
        var streams: [GatewayStream]
        do throws(GatewayError) {
            streams = try gateway.listStreams(ofTable: request.tableName, by: caller)
        } catch { throw WireError(error) }
        if let start = request.exclusiveStartStreamARN {
            let (table, label) = try WireStreamRequest.parts(ofARN: start)
            streams = streams.filter { ($0.table.name.text, $0.label) > (table, label) }
        }
        let page = streams.prefix(min(request.limit ?? Limits.listedStreamsMax, Limits.listedStreamsMax))
        var json = JSONWriter(reserving: 512)
        json.beginObject()
        json.name("Streams")
        json.beginArray()
        for stream in page {
            json.beginObject()
            json.member("StreamArn", caller.arn(of: stream))
            json.member("StreamLabel", stream.label)
            json.member("TableName", stream.table.name.text)
            json.endObject()
        }
        json.endArray()
        if page.count < streams.count, let last = page.last {
            json.member("LastEvaluatedStreamArn", caller.arn(of: last))
        }
        json.endObject()
        reply.send(json.bytes)
    }

    func describeStream(_ body: [UInt8], _ caller: GatewayCaller, _ reply: Reply) throws(WireError) {
        let request = try WireStreamRequest(parsing: body)
        var check = ConstraintCheck()
        check.require(request.streamARN != nil, "streamArn")
        check.length(request.streamARN, "streamArn", min: 37, max: 1024)
        check.range(request.limit, "limit", min: 1)
        check.length(request.exclusiveStartShardID, "exclusiveStartShardId", min: 28, max: 65)
        try check.finish()
        let (table, label) = try WireStreamRequest.parts(ofARN: request.streamARN ?? "")
        let stream: GatewayStream
        do throws(GatewayError) {
            stream = try gateway.stream(ofTable: table, label: label, for: .describeStream, by: caller)
        } catch { throw WireError(error) }
        var shards = stream.shards[...]
        if let start = request.exclusiveStartShardID {
            // Ids begin with the epoch, so their order is the order of the shards.
            shards = shards.drop { $0.id <= start }
        }
        let page = shards.prefix(min(request.limit ?? Limits.listedShardsMax, Limits.listedShardsMax))
        var json = JSONWriter(reserving: 1024)
        json.beginObject()
        json.name("StreamDescription")
        json.describe(
            stream, arn: caller.arn(of: stream), shards: page,
            next: page.count < shards.count ? page.last?.id : nil)
        json.endObject()
        reply.send(json.bytes)
    }

    func getShardIterator(_ body: [UInt8], _ caller: GatewayCaller, _ reply: Reply) throws(WireError) {
        let request = try WireStreamRequest(parsing: body)
        var check = ConstraintCheck()
        check.require(request.streamARN != nil, "streamArn")
        check.length(request.streamARN, "streamArn", min: 37, max: 1024)
        check.require(request.shardID != nil, "shardId")
        check.length(request.shardID, "shardId", min: 28, max: 65)
        check.require(request.shardIteratorType != nil, "shardIteratorType")
        check.oneOf(
            request.shardIteratorType, "shardIteratorType", "AFTER_SEQUENCE_NUMBER", "LATEST",
            "AT_SEQUENCE_NUMBER", "TRIM_HORIZON")
        check.length(request.sequenceNumber, "sequenceNumber", min: 21, max: 40)
        try check.finish()
        let (table, label) = try WireStreamRequest.parts(ofARN: request.streamARN ?? "")
        let stream: GatewayStream
        do throws(GatewayError) {
            stream = try gateway.stream(ofTable: table, label: label, for: .getShardIterator, by: caller)
        } catch { throw WireError(error) }
        guard let shard = stream.shard(request.shardID ?? "") else { throw Self.noShard(request.shardID) }
        let place = try place(request, in: shard)
        guard place >= shard.bounds.trimHorizon else { throw Self.trimmed }
        var json = JSONWriter(reserving: 512)
        json.beginObject()
        json.member("ShardIterator", iterator(stream, shard, after: place, caller))
        json.endObject()
        reply.send(json.bytes)
    }

    private func place(
        _ request: WireStreamRequest, in shard: GatewayShard
    ) throws(WireError) -> Int64 {
        let isBySequence = request.shardIteratorType?.hasSuffix("SEQUENCE_NUMBER") == true
        guard isBySequence else {
            guard request.sequenceNumber == nil else {
                throw .validation(
                    "SequenceNumber must not be specified for ShardIteratorType \(request.shardIteratorType ?? "")"
                )
            }
            return request.shardIteratorType == "LATEST" ? shard.bounds.latest : shard.bounds.trimHorizon
        }
        guard let text = request.sequenceNumber else {
            throw .validation(
                "SequenceNumber is required for ShardIteratorType \(request.shardIteratorType ?? "")")
        }
        guard let sequence = GatewayShard.sequence(text), sequence > 0 else {
            throw .validation("Invalid SequenceNumber: \(text)")
        }
        return request.shardIteratorType == "AT_SEQUENCE_NUMBER" ? sequence - 1 : sequence
    }

    func getRecords(_ body: [UInt8], _ caller: GatewayCaller, _ reply: Reply) throws(WireError) {
        let request = try WireStreamRequest(parsing: body)
        var check = ConstraintCheck()
        check.require(request.shardIterator != nil, "shardIterator")
        check.length(request.shardIterator, "shardIterator", min: 1, max: 2048)
        check.range(request.limit, "limit", min: 1, max: TableLimits.streamRecordsMax)
        try check.finish()
        guard let place = iterators.open(request.shardIterator ?? "", for: caller.session) else {
            throw .validation("Invalid ShardIterator")
        }
        guard !place.isExpired(at: clock.now()) else { throw Self.expired }
        let page: GatewayStreamPage?
        let stream: GatewayStream
        let shard: GatewayShard
        do throws(GatewayError) {
            stream = try gateway.stream(
                ofTable: place.table, label: place.label, for: .getRecords, by: caller)
            // A store that was removed meanwhile took its records with it.
            guard let found = stream.shard(place.shard) else { return reply.fail(Self.trimmed) }
            shard = found
            page = try gateway.records(
                of: stream, shard, after: place.after,
                itemsMax: request.limit ?? TableLimits.streamRecordsMax, by: caller)
        } catch { throw WireError(error) }
        guard let page else { throw Self.trimmed }
        var json = JSONWriter(reserving: 4096)
        json.beginObject()
        json.name("Records")
        json.beginArray()
        for change in page.changes { json.record(change, of: stream, shard, region: caller.regionName) }
        json.endArray()
        if let next = page.next {
            json.member("NextShardIterator", iterator(stream, shard, after: next, caller))
        }
        json.endObject()
        reply.send(json.bytes)
    }

    private func iterator(
        _ stream: GatewayStream, _ shard: GatewayShard, after place: Int64, _ caller: GatewayCaller
    ) -> String {
        iterators.seal(
            ShardIterator(
                table: stream.table.name.text, label: stream.label, shard: shard.id, after: place,
                issuedAt: clock.now()), for: caller.session)
    }

    // MARK: Errors

    private static func noShard(_ id: String?) -> WireError {
        WireError(
            "ResourceNotFoundException", .dynamo,
            "Requested resource not found: Shard does not exist: \(id ?? "")", outcome: .invalid)
    }

    private static let expired = WireError(
        "ExpiredIteratorException", .dynamo,
        "Iterator expired. The iterator was created more than 15 minutes ago.",
        outcome: .invalid)

    private static let trimmed = WireError(
        "TrimmedDataAccessException", .dynamo,
        "The operation attempted to read past the oldest stream record in a shard.", outcome: .invalid)
}

extension GatewayCaller {
    /// A stream's ARN in the caller's region.
    fileprivate func arn(of stream: GatewayStream) -> String {
        "arn:aws:dynamodb:\(regionName):\(GatewaySession.account):\(stream.resource)"
    }
}

extension Limits {
    /// Streams in one answer. Source: DynamoDB API reference, ListStreams.
    static let listedStreamsMax = 100
    /// Shards in one answer. Source: DynamoDB API reference, DescribeStream.
    static let listedShardsMax = 100
}
