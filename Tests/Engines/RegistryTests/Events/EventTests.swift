import Base
import Dispatch
import Items
import Registry
import RunTestKit
import Synchronization
import Tables
import Testing

/// Events have their places by their commits: who reads on behind the last one misses none.
@Suite struct EventTests {
    let folder: RegistryFolder
    let registry: Registry

    init() throws {
        folder = try RegistryFolder()
        registry = try folder.open()
    }

    private func announce(_ type: String, _ tenant: Int? = nil) throws {
        folder.clock.advance(byMilliseconds: 1000)
        try registry.transact(
            RegistryTransaction([], events: [Announcement(type: type, tenant: try tenant.map(tenantID))]))
    }

    @Test func pagesByTenantAndType() throws {
        for number in 0..<20 { try announce(number % 2 == 0 ? "tenant.a" : "run.b", number % 3) }
        var found: [Int64] = []
        var after: Int64 = 0
        while true {
            let page = try registry.events(after: after, tenant: try tenantID(1), type: "tenant.", limit: 2)
            found += page.events.map(\.id.sequence)
            after = page.next
            if page.isEnd { break }
        }
        #expect(found == [5, 11, 17])
        #expect(after == 20)
        #expect(try registry.events(after: 20).events.isEmpty)
        #expect(try registry.events(after: 18).events.map(\.id.sequence) == [19, 20])
    }

    @Test func beginsAtAMoment() throws {
        for number in 0..<30 { try announce("e\(number)") }
        let times = try registry.events(after: 0).events.map(\.id.time)
        for place in [0, 1, 17, 29] {
            var query = EventQuery()
            query.from = times[place]
            #expect(try registry.events(query).events.first?.id.sequence == Int64(place + 1))
        }
        var query = EventQuery()
        query.from = folder.clock.now().advanced(bySeconds: 1)
        #expect(try registry.events(query).events.isEmpty)
    }

    @Test func oldOnesGoAndTheSequenceGoesOn() throws {
        for _ in 0..<200 { try announce("old") }
        folder.clock.advance(byMilliseconds: 8 * 86_400_000)
        try announce("new")
        #expect(try registry.trimEvents() == 200)
        #expect(try registry.events(after: 0).events.map(\.id.sequence) == [201])
        var query = EventQuery()
        query.from = Timestamp(milliseconds: 0)
        #expect(try registry.events(query).events.map(\.id.sequence) == [201])
        #expect(try registry.trimEvents() == 0)
        try announce("newer")
        #expect(try registry.events(after: 201).events.map(\.type) == ["newer"])
    }

    @Test func eventsOfTheVersionBeforeComeFirst() throws {
        for sequence in [3, 9] as [Int64] {
            let stamp = RecordStamp(time: Timestamp(milliseconds: 1_700_000_000_000), sequence: sequence)
            let item: Item = [
                "pk": .string("outbox"), "sk": .string(stamp.sortText), "version": .number(Number(1)),
                "body": .string(
                    #"{"id":{"sequence":\#(sequence),"time":1700000000000},"payload":"{}","type":"old","version":1}"#
                ),
            ]
            try folder.store.write(
                WriteRequest(
                    ItemWrite(
                        table: Registry.tableName,
                        key: EncodedKey(partition: Array("outbox".utf8), sort: Array(stamp.sortText.utf8)),
                        action: .put(item))))
        }
        let registry = try folder.open()
        for _ in 0..<3 { try registry.transact(RegistryTransaction([], events: [Announcement(type: "new")])) }
        #expect(try registry.events(after: 0).events.map(\.id.sequence) == [3, 9, 10, 11, 12])
        #expect(try registry.events(after: 3).events.map(\.id.sequence) == [9, 10, 11, 12])
        #expect(try registry.events(after: 10).events.map(\.id.sequence) == [11, 12])
        for event in try registry.list(OutboxEvent.self).records.prefix(3) {
            try registry.transact(RegistryTransaction([.replace(event.scrubbed())]))
        }
        #expect(try registry.events(after: 0).events.map(\.id.sequence) == [3, 9, 10, 11, 12])
    }

    @Test func whoWaitsIsWokenByTheCommit() throws {
        let found = Mutex<EventPage?>(nil)
        let done = DispatchSemaphore(value: 0)
        let (registry, clock) = (registry, folder.clock)
        DispatchQueue.global().async {
            do {
                let page = try registry.awaitEvents(EventQuery(), milliseconds: 20_000)
                found.withLock { $0 = page }
            } catch { Issue.record("\(error)") }
            done.signal()
        }
        _ = clock
        try announce("e")
        done.wait()
        #expect(found.withLock { $0?.events.map(\.type) } == ["e"])
    }

    @Test func whoWaitsIsLetGoAtTheEnd() throws {
        let done = DispatchSemaphore(value: 0)
        let registry = registry
        DispatchQueue.global().async {
            do { #expect(try registry.awaitEvents(EventQuery(), milliseconds: 20_000).events.isEmpty) } catch
            {
                Issue.record("\(error)")
            }
            done.signal()
        }
        registry.stopWaiting()
        done.wait()
        #expect(try registry.awaitEvents(EventQuery(), milliseconds: 20_000).events.isEmpty)
    }

    @Test func aTailSeesEachCommitOnceWhileManyCommit() throws {
        let registry = registry
        let writers = 6
        let each = 40
        let isDone = Atomic<Int>(0)
        let seen = Mutex<[OutboxEvent]>([])
        concurrently(writers + 1) { thread in
            do {
                guard thread == writers else {
                    for number in 0..<each {
                        try registry.transact(
                            RegistryTransaction(
                                [],
                                events: [
                                    Announcement(
                                        type: "e", tenant: try tenantID(thread), payload: "{\"n\":\(number)}")
                                ]))
                    }
                    isDone.wrappingAdd(1, ordering: .sequentiallyConsistent)
                    return
                }
                var after: Int64 = 0
                while true {
                    let areAllDone = isDone.load(ordering: .sequentiallyConsistent) == writers
                    let page = try registry.events(after: after, limit: 17)
                    seen.withLock { $0 += page.events }
                    after = page.next
                    if areAllDone, page.isEnd { return }
                }
            } catch { Issue.record("\(error)") }
        }
        let events = seen.withLock { $0 }
        #expect(events.map(\.id.sequence) == (1...Int64(writers * each)).map { $0 })
        for thread in 0..<writers {
            let own = try events.filter { $0.tenant == (try tenantID(thread)) }.map(\.payload)
            #expect(own == (0..<each).map { "{\"n\":\($0)}" })
        }
    }
}
