import Base
import Departures
import Items
import LocalTables
import Registry
import RunTestKit
import Tables
import Tenancy
import TestKit
import Testing
import Workflows

/// What earlier versions stored of a tenant that leaves.
@Suite struct OldEventTests {
    /// An event in the form and under the key of the version before.
    private func store(_ sequence: Int64, of tenant: TenantID, in world: DepartureWorld) throws {
        let stamp = RecordStamp(time: Timestamp(milliseconds: 5), sequence: sequence)
        let payload = #"{\"admin\":\"grace@district.example\"}"#
        let item: Item = [
            "pk": .string("outbox"), "sk": .string(stamp.sortText), "version": .number(Number(1)),
            "body": .string(
                #"{"id":{"sequence":\#(sequence),"time":5},"payload":"\#(payload)","tenant":"\#(tenant)","#
                    + #""type":"tenant.onboarded","version":1}"#),
        ]
        try world.folder.store.write(
            WriteRequest(
                ItemWrite(
                    table: Registry.tableName,
                    key: EncodedKey(partition: Array("outbox".utf8), sort: Array(stamp.sortText.utf8)),
                    action: .put(item))))
    }

    @Test func theirParticularsAreRemovedAndNoOthers() throws {
        let offboard = try OffboardWorld(graceSeconds: 0)
        let world = offboard.world
        try store(3, of: world.leaver.id, in: world)
        try store(9, of: world.neighbour.id, in: world)
        let registry = try offboard.folder.open()
        #expect(try registry.mentions(of: ["grace@district"], skipping: []) == ["outbox": 2])
        let engine = WorkflowEngine(
            registry: registry,
            workflows: [OffboardWorkflow(environment: try world.environment(registry))],
            clock: offboard.folder.clock, random: SeededRandom(seed: 7), threads: 0)
        let run = try offboard.start(engine)
        while let due = try engine.runUntilIdle() {
            offboard.folder.clock.advance(
                byMilliseconds: due.milliseconds(since: offboard.folder.clock.now()))
        }
        #expect(try engine.get(run).state == .completed)
        let events = try registry.list(OutboxEvent.self).records
        // In their places, with nothing of a person: the neighbour's as they were.
        #expect(events.first { $0.id.sequence == 3 }?.payload == "{}")
        #expect(events.first { $0.id.sequence == 9 }?.payload.contains("grace@district") == true)
        #expect(try registry.mentions(of: ["grace@district"], skipping: []) == ["outbox": 1])
    }
}
