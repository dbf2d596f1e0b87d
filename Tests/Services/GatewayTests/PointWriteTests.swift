import Base
import GatewayTestKit
import Items
import Registry
import Tables
import Testing

@testable import Gateway

/// The short way of a PutItem: it does what `writeItem` does, and leaves to it what it would refuse.
struct PointWriteTests {
    private let deployment: TestDeployment
    private let caller: GatewayCaller

    init() throws {
        deployment = try TestDeployment(writeUnits: 1)
        caller = try deployment.caller(deployment.own)
    }

    /// Puts the item by the short way; nil where that leaves it to the other.
    private func put(
        _ item: Item, table: String = "student-table", by other: GatewayCaller? = nil
    ) throws -> WriteItemResult? {
        let image = item.encoded()
        var offset = 0
        let text = try #require(image.withUnsafeBytes { ItemText(reading: $0, from: &offset) })
        var isTaken = false
        let result = try Waiting.forResult {
            (done: @escaping @Sendable (Result<WriteItemResult?, GatewayError>) -> Void) in
            isTaken = Array(table.utf8).withUnsafeBytes { table in
                deployment.gateway.putAtOnce(
                    table, text, by: other ?? caller, at: deployment.clock.now(),
                    monotonic: deployment.clock.monotonicNanoseconds()
                ) { done($0.map { $0 }) }
            }
            if !isTaken { done(.success(nil)) }
        }
        return result
    }

    private func stored(_ district: TestDeployment.District) throws -> [UInt8]? {
        let call = GetItemCall(table: deployment.students, key: deployment.key(of: district))
        return try deployment.gateway.getItem(call, by: try deployment.caller(district)).image?.bytes
    }

    @Test func storesWhatWriteItemStores() throws {
        for note in ["first", "second"] {
            let item = deployment.student(of: deployment.own, note: note)
            let result = try #require(try put(item))
            #expect(result.attributes == nil)
            #expect(result.capacity.halfUnits == 2)
            #expect(try stored(deployment.own) == item.encoded())
        }
    }

    @Test func leavesOtherTablesAndOperatorsToWriteItem() throws {
        let item = deployment.student(of: deployment.own)
        #expect(try put(item, table: "student-tables") == nil)
        let session = try GatewaySession(operatorKey: "AKIAOPERATOR")
        let operators = GatewayCaller(session: session, remoteAddress: "192.0.2.1", isSecure: false)
        operators.begin(session, region: Array("us-east-1".utf8)[...])
        #expect(try put(item, by: operators) == nil)
        #expect(try stored(deployment.own) == nil)
    }

    @Test func saysNoToAnothersKey() throws {
        #expect(try put(deployment.student(of: deployment.other)) == nil)
        // The policies have nothing against it now; the wall has, and writeItem raises the alarm.
        deployment.policies.replace(by: try TestPolicies.faulty())
        #expect(try put(deployment.student(of: deployment.other)) == nil)
        #expect(try put(deployment.student(of: deployment.own)) != nil)
        #expect(deployment.gateway.metrics.wallAlarms.value == 0)
    }

    @Test func goesByThePoliciesInForce() throws {
        #expect(try put(deployment.student(of: deployment.own)) != nil)
        deployment.policies.replace(by: try TestPolicies.closed())
        #expect(try put(deployment.student(of: deployment.own)) == nil)
    }

    @Test func servesNoSuspendedTenant() throws {
        #expect(try put(deployment.student(of: deployment.own)) != nil)
        try deployment.setState(.suspended(Suspension(reason: "a test")), of: deployment.own)
        #expect(try put(deployment.student(of: deployment.own)) == nil)
    }

    @Test func isChargedAndThrottledLikeAnyWrite() throws {
        // 300 seconds of one unit are 300 writes.
        for _ in 0..<300 { #expect(try put(deployment.student(of: deployment.own)) != nil) }
        #expect(try put(deployment.student(of: deployment.own)) == nil)
        deployment.clock.advance(byMilliseconds: 1000)
        #expect(try put(deployment.student(of: deployment.own)) != nil)
    }
}
