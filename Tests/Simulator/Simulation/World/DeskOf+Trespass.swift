import Base
import Gateway
import Items
import Tables

/// Requests for what is another district's.
extension DeskOf {
    /// A way to ask for it.
    enum Trespass: CaseIterable {
        case get
        case put
        case delete
        /// In one transaction with an item of its own.
        case transaction
        /// In one reading with an item of its own.
        case together
        /// The other's key of an index.
        case query
        /// An item of its own that would come up in the other's part of an index.
        case plant
    }

    /// Asks for what is under the key of the other district.
    func trespass(
        _ way: Trespass, _ key: Int, of other: Home, _ server: Server, _ done: @escaping Done
    ) throws {
        let caller = try caller()
        let (table, otherKey) = place(key, of: other, server)
        switch way {
        case .get:
            server.gateway.getItem(GetItemCall(table: table, key: otherKey), by: caller) { result in
                done(.init(reading: result.map { [$0.image] }))
            }
        case .put:
            server.gateway.writeItem(
                WriteItemCall(table: table, action: .put(strange(otherKey))), by: caller
            ) { done(.init(writing: $0)) }
        case .delete:
            server.gateway.writeItem(WriteItemCall(table: table, action: .delete(key: otherKey)), by: caller)
            {
                done(.init(writing: $0))
            }
        case .transaction:
            let call = TransactWriteCall(
                actions: [
                    .init(table: known(server.gateway.tables["school-table"]), kind: .put(own(server))),
                    .init(table: table, kind: .put(strange(otherKey))),
                ], token: nil)
            server.gateway.transactWrite(call, by: caller) { done(.init(writing: $0)) }
        case .together:
            let (ownTable, ownKey) = place(0, server)
            server.gateway.transactGet(
                [TransactGet(table: ownTable, key: ownKey), TransactGet(table: table, key: otherKey)],
                reportsCapacity: nil, by: caller
            ) { result in done(.init(reading: result.map(\.images))) }
        case .query:
            var call = ReadRangeCall(table: known(server.gateway.tables["student-table"]))
            call.index = "teacher-index"
            var attributes = ExpressionAttributes(
                names: ["#t": "teacherKey"],
                values: [":t": .string("TENANT#\(other.school)#TEACHER#\(key % 2)")])
            call.keyCondition = try KeyConditionExpression.parse("#t = :t", &attributes)
            server.gateway.readRange(call, by: caller) { result in
                done(.init(reading: result.map { $0.items.map { $0 } }))
            }
        case .plant:
            let (ownTable, ownKey) = place(max(1, key), server)
            var item = strange(ownKey)
            item["teacherKey"] = .string("TENANT#\(other.school)#TEACHER#0")
            server.gateway.writeItem(WriteItemCall(table: ownTable, action: .put(item)), by: caller) {
                done(.init(writing: $0))
            }
        }
    }

    /// An item that nobody may put there.
    private func strange(_ key: Item) -> Item {
        var item = key
        item["value"] = .number(Number(0))
        item["count"] = .number(Number(0))
        return item
    }

    private func own(_ server: Server) -> Item { strange(place(0, server).key) }
}
