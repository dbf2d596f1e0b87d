import Base
import Items
import LocalTables
import Tables
import Testing

/// What a move makes room by: how long writes to a store waited for their commits, as the store itself tells.
@Suite struct CommitDelayTests {
    @Test func eachWriteIsToldOnceAndWhatIsOnlyReadIsNot() throws {
        let fixture = try StoreFixture()
        let store = fixture.store
        #expect(
            store.commitDelays(after: 0) == CommitDelays.Sample(), "the making of a table is nobody's write")
        // One after the other, so that each has a commit to itself.
        for number in 1...30 {
            _ = try store.write(WriteRequest(fixture.put(fixture.item("a", number))))
        }
        let sample = store.commitDelays(after: 0)
        #expect(sample.through == 30 && sample.microseconds.count == 30)
        #expect(sample.microseconds.allSatisfy { $0 > 0 }, "a commit takes time: \(sample.microseconds)")
        #expect(try #require(sample.p99) > 0)
        #expect(store.commitDelays(after: 20).microseconds.count == 10)

        for number in 1...30 { #expect(try fixture.get("a", number) != nil) }
        _ = try store.read(ReadRange(table: fixture.table))
        try store.setResident(fixture.tenant, to: Resident(epoch: 1, state: .active))
        #expect(store.commitDelays(after: 30) == CommitDelays.Sample(through: 30))
        _ = try store.write(WriteRequest(fixture.put(fixture.item("a", 31))))
        #expect(store.commitDelays(after: 30).microseconds.count == 1)
    }
}
