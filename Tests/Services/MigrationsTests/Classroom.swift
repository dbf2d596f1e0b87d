import Base
import Items
import LocalTables
import Registry
import RunTestKit
import Synchronization
import Tables
import Tenancy
import TestKit
import Testing

/// Somebody who uses the students of the moving district in every way that has a rule of its own, one act at a time, and who knows what
/// must be there: counts on conditions, transactions with tokens, items that end, an index.
final class Classroom: Sendable {
    private struct State {
        var acts = 0
        /// What is there, by record key; each value that it had, nil where it was removed.
        var items: [String: MoveWorld.Entity] = [:]
        var history: [String: [Int?]] = [:]
        var ended: Set<String> = []
        var transactions: [WriteToken] = []
    }

    private let world: MoveWorld
    private let registry: Registry
    private let state = Mutex(State())

    init(_ world: MoveWorld) throws {
        self.world = world
        registry = try world.folder.open()
    }

    /// The next act, where writes pass now; the gateway would let a write wait else.
    func act() {
        do {
            let placement = try registry.require(PlacementRecord.self, world.mover.id)
            let store = try world.stores.store(placement.store)
            try endItems()
            try checkIndex(placement, store)
            guard case .active = try store.resident(world.mover.id)?.state else { return }
            // Until the switch: afterwards the window of the undo would be over at once.
            if placement.earlier?.isEmpty ?? true { world.folder.clock.advance(byMilliseconds: 700) }
            let act = state.withLock { state in
                state.acts += 1
                return state.acts
            }
            switch act % 4 {
            case 0: try putEnding(act, placement, store)
            case 1: try count(placement, store)
            default: try transact(placement, store)
            }
        } catch { Issue.record("\(error)") }
    }

    // MARK: Acts

    private func key(_ name: String) -> String {
        "TENANT#\(world.mover.schools[0].id)#STUDENT#\(name)"
    }

    private func value(_ name: String) -> Int {
        state.withLock { $0.history[key(name)]?.last ?? nil } ?? 0
    }

    private func write(
        _ entity: MoveWorld.Entity, if condition: ConditionExpression?, _ placement: PlacementRecord
    ) throws -> ItemWrite {
        var write = try world.write(entity, placement, tenant: world.mover.id).writes[0]
        write.condition = condition
        return write
    }

    private func isLatest(_ name: String) -> ConditionExpression? {
        state.withLock { $0.items[key(name)] }.map { .isExactly($0.item) }
    }

    private func note(_ name: String, _ entity: MoveWorld.Entity, _ value: Int) {
        state.withLock { state in
            state.items[key(name)] = entity
            state.history[key(name), default: []].append(value)
        }
    }

    /// Counts on from what was acknowledged last: a count that is lost or made twice refuses the next.
    private func count(_ placement: PlacementRecord, _ store: any MovableStore) throws {
        let next = value("COUNT") + 1
        let entity = try MoveWorld.student(key: key("COUNT"), value: next)
        let write = try write(entity, if: isLatest("COUNT"), placement)
        try store.write(WriteRequest(write, route: route(placement)))
        note("COUNT", entity, next)
    }

    private func route(_ placement: PlacementRecord) -> WriteRoute {
        WriteRoute(tenant: world.mover.id, epoch: placement.epoch, wall: OpenWall())
    }

    private static let members = ["A", "B", "C"]

    /// Three items at once, on condition that none was changed since; then the same once more, and the oldest that was ever sent: both
    /// are known and do nothing, or their conditions would fail.
    private func transact(_ placement: PlacementRecord, _ store: any MovableStore) throws {
        let next = value("A") + 1
        let entities = try Self.members.map { try MoveWorld.student(key: key($0), value: next) }
        let writes = try zip(Self.members, entities).map { try write($1, if: isLatest($0), placement) }
        let token = WriteToken(text: "round \(next)", digest: [UInt8(truncatingIfNeeded: next)])
        try store.write(request(writes, token, placement))
        for (name, entity) in zip(Self.members, entities) { note(name, entity, next) }
        let first = state.withLock { state in
            state.transactions.append(token)
            return state.transactions[0]
        }
        // Never true: a transaction that was carried out anew would be refused.
        let impossible = ConditionExpression.isExactly(try MoveWorld.student(key: key("A"), value: -1).item)
        for token in [token, first] {
            let again = try entities.map { try write($0, if: impossible, placement) }
            try store.write(request(again, token, placement))
        }
        // Half of a transaction does nothing at all.
        let half = try zip(Self.members, entities).map {
            try write($1, if: $0 == "C" ? impossible : nil, placement)
        }
        let other = WriteToken(text: "half \(next)", digest: [1])
        #expect(throws: TableError.self) { try store.write(self.request(half, other, placement)) }
    }

    private func request(
        _ writes: [ItemWrite], _ token: WriteToken, _ placement: PlacementRecord
    ) -> WriteRequest {
        var request = WriteRequest(.transaction, writes, route: route(placement))
        request.token = token
        return request
    }

    private func putEnding(
        _ act: Int, _ placement: PlacementRecord, _ store: any MovableStore
    ) throws {
        let name = "END\(act)"
        let end = world.folder.clock.now().milliseconds / 1000 + 2
        let plain = try MoveWorld.student(key: key(name), value: act)
        var item = plain.item
        item["until"] = .number(Number(Int(end)))
        let entity = MoveWorld.Entity(table: plain.table, item: item)
        try store.write(WriteRequest(try write(entity, if: nil, placement), route: route(placement)))
        note(name, entity, act)
    }

    /// What upkeep does, at every store, and by its word that each item is the tenant's: the stores know better.
    private func endItems() throws {
        let mover = world.mover.id
        for id in try world.stores.list() {
            guard let keeper = try world.stores.store(id) as? any HistoryKeeper else { continue }
            _ = try keeper.expireItems(itemsMax: 1000) { _, _ in .tenant(mover) }
        }
        let placement = try registry.require(PlacementRecord.self, mover)
        let store = try world.stores.store(placement.store)
        for (key, entity) in state.withLock({ $0.items }) where entity.item["until"] != nil {
            let write = try write(entity, if: nil, placement)
            guard try store.get(GetItem(table: write.table, key: write.key)) == nil else { continue }
            state.withLock { state in
                state.items[key] = nil
                state.ended.insert(key)
                state.history[key, default: []].append(nil)
            }
        }
    }

    /// Each item is in the index once, under its teacher of now.
    private func checkIndex(_ placement: PlacementRecord, _ store: any MovableStore) throws {
        guard let table = placement.tables["student-table"] else { return }
        var range = ReadRange(table: table, index: "teacher-index")
        range.bytesMax = .max
        let rows = try store.read(range).rows.map { try $0.image.item() }
        let own = rows.filter { $0["recordKey"]?.string?.contains("#STUDENT#") == true }
        let known = state.withLock { $0.items }
        for (key, entity) in known {
            let found = own.filter { $0["recordKey"]?.string == key }
            #expect(found == [entity.item], "\(key) is in the index \(found.count) times")
        }
        for key in state.withLock({ $0.ended }) {
            #expect(!own.contains { $0["recordKey"]?.string == key }, "\(key) has ended and come back")
        }
    }

    // MARK: Afterwards

    /// All that was acknowledged is there and nowhere else, and the stream tells each change once, in order.
    func check(isIn tier: String, hasSwitched switches: Int) throws {
        try checkItems(isIn: tier)
        try checkStreams(hasSwitched: switches)
    }

    /// All that was acknowledged is there and nowhere else.
    func checkItems(isIn tier: String) throws {
        let (items, ended, transactions) = state.withLock { ($0.items, $0.ended, $0.transactions) }
        #expect(ended.count > 3 && transactions.count > 5)
        try world.check(
            world.mover, isIn: try #require(TierName(tier)), registry: registry,
            items: try world.items + items.values)
    }

    /// Whoever reads the streams of all places that the tenant has been in finds each change once and in order.
    func checkStreams(hasSwitched switches: Int) throws {
        let (history, ended) = state.withLock { ($0.history, $0.ended) }
        let placement = try registry.require(PlacementRecord.self, world.mover.id)
        #expect(placement.earlier?.count == switches)
        var told: [String: [Int?]] = [:]
        var endings: [String: Int] = [:]
        for change in try changes(by: placement) {
            let key = String(decoding: change.key.partition, as: UTF8.self)
            guard history[key] != nil else { continue }
            let before = try change.old.flatMap { try Self.value($0) }
            #expect(before == told[key]?.last ?? nil, "\(key)")
            told[key, default: []].append(try change.new.flatMap { try Self.value($0) })
            if change.cause == .expiry { endings[key, default: 0] += 1 }
        }
        for (key, values) in history {
            #expect(told[key] == values, "\(key)")
            #expect(endings[key] == (ended.contains(key) ? 1 : nil), "\(key)")
        }
    }

    private static func value(_ image: ItemImage) throws -> Int? {
        guard case .number(let number)? = try image.item()["value"] else { return nil }
        return Int(number.text)
    }

    /// What a reader of the stream sees: each place the tenant has been in, in the epochs in which it was in charge.
    private func changes(by placement: PlacementRecord) throws -> [ItemChange] {
        var places = (placement.earlier ?? []).map { ($0.store, $0.tables, $0.epochs) }
        places.append((placement.store, placement.tables, (placement.sinceEpoch ?? 0)...Int64.max))
        var found: [ItemChange] = []
        for (store, tables, epochs) in places {
            let source = try #require(try world.stores.store(store) as? any StreamSource)
            let table = try #require(tables["student-table"])
            let stream = try #require(try source.streams().first { $0.table == table })
            var after: Int64 = 0
            while true {
                let part = try source.streamChanges(
                    ChangeSelection(
                        table: table, startedAt: stream.startedAt, tenant: world.mover.id, epochs: epochs,
                        after: after))
                guard let last = part.last else { break }
                found += part
                after = last.sequence
            }
        }
        return found
    }
}
