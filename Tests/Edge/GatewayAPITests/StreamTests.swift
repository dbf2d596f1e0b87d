import Base
import Gateway
import GatewayTestKit
import HTTPClient
import Items
import LocalTables
import Registry
import SigV4
import Tables
import TestKit
import Testing

@testable import GatewayAPI

/// Streams over the wire, as tenants see them.
struct StreamTests {
    private let server: TestServer
    private let credentials: SigV4Credentials
    private let foreign: SigV4Credentials
    private var deployment: TestDeployment { server.deployment }

    init() throws {
        server = try TestServer()
        server.deployment.policies.replace(by: try TestPolicies.faulty())
        credentials = try server.credentials(server.deployment.own)
        foreign = try server.credentials(server.deployment.other)
        let startedAt = server.deployment.clock.now()
        for id in [TestDeployment.pool, TestDeployment.target] {
            let store = try #require(try server.deployment.store(id) as? LocalStore)
            try store.updateOptions(
                of: server.deployment.physical(server.deployment.students, id)
            ) { $0.stream = TableOptions.Stream(viewType: .newAndOldImages, startedAt: startedAt) }
        }
    }

    private func answer(
        _ operation: String, _ body: String, as who: SigV4Credentials? = nil
    ) throws -> HTTPClientResponse {
        try server.call(
            operation, bytes: Array(body.utf8), as: who ?? credentials, api: "DynamoDBStreams_20120810")
    }

    private func call(_ operation: String, _ body: String, as who: SigV4Credentials? = nil) throws -> String {
        let answer = try answer(operation, body, as: who)
        guard answer.status == 200 else { throw TestServer.Failure(text: answer.text) }
        return answer.text
    }

    private func put(_ value: Int, as who: SigV4Credentials? = nil) throws {
        let district = who == nil ? deployment.own : deployment.other
        let body =
            #"{"TableName":"student-table","Item":{"recordKey":{"S":"\#(district.studentKey)"},"#
            + #""entityKey":{"S":"A"},"v":{"N":"\#(value)"}}}"#
        let answer = try server.call("PutItem", body, as: who ?? credentials)
        #expect(answer.status == 200)
    }

    /// The values of a text member, in order.
    private func all(_ member: String, in json: String) -> [String] {
        json.split(separator: "\"\(member)\":\"").dropFirst().map { String($0.prefix { $0 != "\"" }) }
    }

    private func arn() throws -> String {
        try #require(all("StreamArn", in: try call("ListStreams", "{}")).first)
    }

    private func shards() throws -> [String] {
        all("ShardId", in: try call("DescribeStream", #"{"StreamArn":"\#(arn())"}"#))
    }

    private func iterator(
        _ type: String, shard: Int = 0, _ more: String = "", as who: SigV4Credentials? = nil
    ) throws -> String {
        let body =
            #"{"StreamArn":"\#(try arn())","ShardId":"\#(try shards()[shard])","ShardIteratorType":"\#(type)"\#(more)}"#
        return try #require(all("ShardIterator", in: try call("GetShardIterator", body, as: who)).first)
    }

    private func records(_ iterator: String, _ more: String = "") throws -> String {
        try call("GetRecords", #"{"ShardIterator":"\#(iterator)"\#(more)}"#)
    }

    /// The new values in an answer, in order.
    private func values(_ answer: String) -> [String] {
        answer.split(separator: #""NewImage":"#).dropFirst().compactMap { part in
            part.split(separator: #""v":{"N":""#).dropFirst().first.map { String($0.prefix { $0 != "\"" }) }
        }
    }

    @Test func aTenantSeesItsOwnRecordsOfTheLogicalTable() throws {
        try put(1)
        try put(7, as: foreign)
        try put(2)
        let text = try records(try iterator("TRIM_HORIZON"))
        #expect(values(text) == ["1", "2"])
        #expect(!text.contains(deployment.other.school.text))
        #expect(all("eventName", in: text) == ["INSERT", "MODIFY"])
        let numbers = all("SequenceNumber", in: text)
        #expect(numbers.allSatisfy { $0.utf8.count == 30 } && numbers.sorted() == numbers)
        let listed = try call("ListStreams", #"{"TableName":"student-table"}"#)
        let label = all("StreamLabel", in: listed)[0]
        #expect(
            listed
                == #"{"Streams":[{"StreamArn":"arn:aws:dynamodb:us-east-1:000000000000:table/student-table/"#
                + #"stream/\#(label)","StreamLabel":"\#(label)","TableName":"student-table"}]}"#)
        #expect(try call("ListStreams", #"{"TableName":"school-table"}"#) == #"{"Streams":[]}"#)
    }

    @Test func aRecordHasTheFormThatClientsRead() throws {
        try put(1)
        let text = try records(try iterator("TRIM_HORIZON"))
        let number = all("SequenceNumber", in: text)[0]
        let id = all("eventID", in: text)[0]
        let key = #"{"entityKey":{"S":"A"},"recordKey":{"S":"\#(deployment.own.studentKey)"}}"#
        let image =
            #"{"entityKey":{"S":"A"},"recordKey":{"S":"\#(deployment.own.studentKey)"},"v":{"N":"1"}}"#
        let record = try #require(text.split(separator: #""ApproximateCreationDateTime":"#).last)
        let rest = String(record.drop { $0.isNumber })
        let size = (rest.split(separator: #""SizeBytes":"#).last ?? "").prefix { $0.isNumber }
        #expect(
            rest.hasPrefix(
                #","Keys":\#(key),"NewImage":\#(image),"SequenceNumber":"\#(number)","SizeBytes":\#(size),"#
                    + #""StreamViewType":"NEW_AND_OLD_IMAGES"},"eventID":"\#(id)","eventName":"INSERT","#
                    + #""eventSource":"aws:dynamodb","eventVersion":"1.1"}],"NextShardIterator":""#))
        #expect(id.utf8.count == 32)
    }

    @Test func iteratorsBeginWhereTheirTypeSays() throws {
        for value in 1...4 { try put(value) }
        let text = try records(try iterator("TRIM_HORIZON"), #","Limit":3"#)
        #expect(values(text) == ["1", "2", "3"])
        let second = all("SequenceNumber", in: text)[1]
        let at = try iterator("AT_SEQUENCE_NUMBER", #","SequenceNumber":"\#(second)""#)
        #expect(values(try records(at)) == ["2", "3", "4"])
        let after = try iterator("AFTER_SEQUENCE_NUMBER", #","SequenceNumber":"\#(second)""#)
        #expect(values(try records(after)) == ["3", "4"])
        let latest = try iterator("LATEST")
        #expect(values(try records(latest)) == [])
        try put(5)
        #expect(values(try records(latest)) == ["5"])
        #expect(values(try records(try #require(all("NextShardIterator", in: text).first))) == ["4", "5"])
    }

    @Test func anIteratorIsGoodForItsTenantAndFifteenMinutes() throws {
        try put(1)
        let mine = try iterator("TRIM_HORIZON")
        let stolen = try answer("GetRecords", #"{"ShardIterator":"\#(mine)"}"#, as: foreign)
        #expect(stolen.status == 400)
        #expect(stolen.text.contains("Invalid ShardIterator"))
        let changed = String(mine.dropLast()) + (mine.last == "A" ? "B" : "A")
        #expect(
            try answer("GetRecords", #"{"ShardIterator":"\#(changed)"}"#).text.contains(
                "Invalid ShardIterator"))
        deployment.clock.advance(byMilliseconds: 15 * 60_000)
        #expect(values(try records(mine)) == ["1"])
        deployment.clock.advance(byMilliseconds: 1)
        let late = try answer("GetRecords", #"{"ShardIterator":"\#(mine)"}"#)
        #expect(late.text.contains("#ExpiredIteratorException"))
    }

    @Test func theSecondWallStopsAForeignRecord() throws {
        // A foreign key under the tenant's own name, as no request can make it.
        let table = deployment.physical(deployment.students, TestDeployment.pool)
        let item = deployment.student(of: deployment.other)
        let key = try deployment.students.schema.key.key(ofItem: item)
        struct OpenWall: ItemWall {
            func permits(_ item: Item, key: EncodedKey, in schema: TableSchema) -> Bool { true }
        }
        try deployment.store().write(
            WriteRequest(
                ItemWrite(table: table, key: key, action: .put(item)),
                route: WriteRoute(tenant: deployment.own.tenant, epoch: 1, wall: OpenWall())))
        let answer = try answer("GetRecords", #"{"ShardIterator":"\#(try iterator("TRIM_HORIZON"))"}"#)
        #expect(answer.status == 500)
        #expect(!answer.text.contains(deployment.other.school.text))
        #expect(deployment.gateway.metrics.wallAlarms.value == 1)
    }

    /// Where a school was withdrawn what was written for it is nobody's, and what was written after it can still be read.
    @Test func recordsOfASchoolThatWasWithdrawnAreLeftOut() throws {
        let gone = deployment.own.school
        let kept = SchoolID(random: SeededRandom(seed: 77))
        func put(_ school: SchoolID, _ value: Int) throws {
            let body =
                #"{"TableName":"student-table","Item":{"recordKey":{"S":"TENANT#\#(school)#STUDENT#1"},"#
                + #""entityKey":{"S":"A"},"v":{"N":"\#(value)"}}}"#
            #expect(try server.call("PutItem", body, as: credentials).status == 200)
        }
        func setSchools(_ schools: [SchoolID], of district: TestDeployment.District) throws {
            try deployment.registry.update(TenantRecord.self, district.tenant) { record, _ in
                record.schools = schools.map {
                    SchoolRecord(id: $0, name: "School", createdAt: record.createdAt)
                }
            }
        }
        try setSchools([gone, kept], of: deployment.own)
        try put(gone, 1)
        try put(kept, 2)
        let start = try iterator("TRIM_HORIZON")
        #expect(values(try records(start)) == ["1", "2"])
        try setSchools([kept], of: deployment.own)
        #expect(values(try records(start)) == ["2"])
        let first = try records(start, #","Limit":1"#)
        #expect(values(first) == [])
        #expect(values(try records(try #require(all("NextShardIterator", in: first).first))) == ["2"])
        #expect(deployment.gateway.metrics.wallAlarms.value == 0)

        // As soon as it is another's, the wall stands again.
        try setSchools([deployment.other.school, gone], of: deployment.other)
        #expect(try answer("GetRecords", #"{"ShardIterator":"\#(start)"}"#).status == 500)
        #expect(deployment.gateway.metrics.wallAlarms.value == 1)
    }

    /// A tenant names logical tables: the physical ones, which many share, and their streams are not there for it.
    @Test func aPhysicalTablesStreamIsNoTenants() throws {
        let label = all("StreamLabel", in: try call("ListStreams", "{}"))[0]
        let physical = deployment.physical(deployment.students, TestDeployment.pool)
        #expect(try call("ListStreams", #"{"TableName":"\#(physical)"}"#) == #"{"Streams":[]}"#)
        let arn = "arn:aws:dynamodb:us-east-1:000000000000:table/\(physical)/stream/\(label)"
        for (who, answer) in [
            ("tenant", try answer("DescribeStream", #"{"StreamArn":"\#(arn)"}"#)),
            // Nor is it an operator's: a tenant's changes are the tenant's to read.
            (
                "operator",
                try answer("DescribeStream", #"{"StreamArn":"\#(arn)"}"#, as: server.operatorCredentials)
            ),
        ] {
            #expect(answer.status == 400)
            #expect(answer.text.contains("ResourceNotFoundException"), "\(who)")
        }
        let listed = try call("ListStreams", "{}", as: server.operatorCredentials)
        #expect(listed == #"{"Streams":[]}"#)
    }

    @Test func aMoveClosesAShardAndGoesOnInItsChild() throws {
        try put(1)
        let open = try iterator("TRIM_HORIZON")
        let target = try deployment.store(TestDeployment.target)
        try deployment.store().setResident(deployment.own.tenant, to: Resident(epoch: 2, state: .fenced))
        try target.setResident(deployment.own.tenant, to: Resident(epoch: 3, state: .active))
        let beforeSwitch = try records(open)
        #expect(all("NextShardIterator", in: beforeSwitch).count == 1)
        try deployment.place(deployment.own, in: TestDeployment.target, epoch: 3)
        try put(2)

        let description = try call("DescribeStream", #"{"StreamArn":"\#(try arn())"}"#)
        let shards = all("ShardId", in: description)
        #expect(shards.count == 2)
        #expect(all("ParentShardId", in: description) == [shards[0]])
        #expect(all("EndingSequenceNumber", in: description).count == 1)
        let first = try #require(all("NextShardIterator", in: beforeSwitch).first)
        #expect(try records(first) == #"{"Records":[]}"#)
        let old = try records(try iterator("TRIM_HORIZON", shard: 0))
        #expect(values(old) == ["1"])
        #expect(all("NextShardIterator", in: old) == [])
        let new = try records(try iterator("TRIM_HORIZON", shard: 1))
        #expect(values(new) == ["2"])
        #expect(all("SequenceNumber", in: old)[0] < all("SequenceNumber", in: new)[0])

        let page = try call("DescribeStream", #"{"StreamArn":"\#(try arn())","Limit":1}"#)
        #expect(all("LastEvaluatedShardId", in: page) == [shards[0]])
        let next = try call(
            "DescribeStream", #"{"StreamArn":"\#(try arn())","ExclusiveStartShardId":"\#(shards[0])"}"#)
        #expect(all("ShardId", in: next) == [shards[1]])
        #expect(all("LastEvaluatedShardId", in: next) == [])
    }

    @Test(arguments: [
        (
            "DescribeStream", "{}",
            "1 validation error detected: Value null at 'streamArn' failed to satisfy constraint: Member must not be null"
        ),
        (
            "GetRecords", #"{"ShardIterator":"x","Limit":1001}"#,
            "1 validation error detected: Value '1001' at 'limit' failed to satisfy constraint: "
                + "Member must have value less than or equal to 1000"
        ),
        (
            "DescribeStream",
            #"{"StreamArn":"arn:aws:dynamodb:us-east-1:000000000000:table/student-table/stream/2026-01-01T00:00:00.001"}"#,
            "Requested resource not found: Stream: arn:aws:dynamodb:us-east-1:000000000000:table/student-table/"
                + "stream/2026-01-01T00:00:00.001 not found"
        ),
        (
            "GetShardIterator",
            #"{"StreamArn":"arn:aws:dynamodb:us-east-1:000000000000:table/student-table","#
                + #""ShardId":"shardId-00000000000000000000-00000000","ShardIteratorType":"LATEST"}"#,
            "Invalid StreamArn: arn:aws:dynamodb:us-east-1:000000000000:table/student-table"
        ),
    ])
    func refuses(_ operation: String, _ body: String, _ message: String) throws {
        let answer = try answer(operation, body)
        #expect(answer.status == 400)
        #expect(all("message", in: answer.text) == [message])
    }

    @Test func operationsBelongToTheirOwnService() throws {
        let answer = try server.call("ListStreams", "{}", as: credentials)
        #expect(answer.text.contains("UnknownOperationException"))
        let other = try server.call(
            "ListTables", bytes: Array("{}".utf8), as: credentials, api: "DynamoDBStreams_20120810")
        #expect(other.text.contains("UnknownOperationException"))
    }

    @Test func policiesDecide() throws {
        let name = try arn()
        deployment.policies.replace(by: try TestPolicies.proper())
        let answer = try answer("DescribeStream", #"{"StreamArn":"\#(name)"}"#)
        #expect(
            answer.text.contains("is not authorized to perform: dynamodb:DescribeStream on resource: \(name)")
        )
    }
}
