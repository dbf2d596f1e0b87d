import Base
import Items
import Tables

/// A write request whose tables are found and whose images are made, so that the writer's thread does neither.
struct PreparedWrite: Sendable {
    struct Write: Sendable {
        let table: LocalTable
        let key: EncodedKey
        let action: ItemWrite.Action
        let condition: ConditionExpression?
        /// The image of the item that a put or store stores.
        let image: ItemImage?
    }

    let kind: WriteRequest.Kind
    let writes: [Write]
    let route: WriteRoute?
    let token: WriteToken?
    let sequel: WriteSequel?
    /// Which set of tables the writes' are of: where the writer has a newer one by then, it finds them anew.
    let generation: Int

    /// - Throws: `.noSuchTable`; `.invalid` where the items of a batch or transaction are not all different or too many.
    init(_ request: WriteRequest, tables: TableSet) throws(TableError) {
        kind = request.kind
        route = request.route
        token = request.token
        sequel = request.sequel
        precondition(sequel == nil || kind == .transaction, "a sequel is a transaction's")
        generation = tables.generation
        if request.writes.count > 1 { try PreparedWrite.checkDistinct(request.writes) }
        writes = try PreparedWrite.prepared(request.writes, tables)
    }

    /// What the transaction's sequel writes, as a transaction of its own.
    /// - Throws: as where a request is prepared, of the writes of both together.
    func followed(by more: [ItemWrite], tables: TableSet) throws(TableError) -> PreparedWrite {
        let own = writes.map { ItemWrite(table: $0.table.schema.name, key: $0.key, action: .check) }
        try PreparedWrite.checkDistinct(own + more)
        return PreparedWrite(
            self, writes: try PreparedWrite.prepared(more, tables), generation: tables.generation)
    }

    private static func prepared(_ writes: [ItemWrite], _ tables: TableSet) throws(TableError) -> [Write] {
        var prepared: [Write] = []
        prepared.reserveCapacity(writes.count)
        for write in writes {
            let image: ItemImage? =
                switch write.action {
                case .put(let item): ItemImage(item)
                case .store(let image): image
                case .delete, .update, .check: nil
                }
            prepared.append(
                Write(
                    table: try tables.table(write.table), key: write.key, action: write.action,
                    condition: write.condition, image: image))
        }
        return prepared
    }

    private init(_ old: PreparedWrite, writes: [Write], generation: Int) {
        kind = old.kind
        route = old.route
        token = old.token
        sequel = old.sequel
        self.writes = writes
        self.generation = generation
    }

    /// The same writes, with their tables as they are in `tables`.
    /// - Throws: `.noSuchTable`.
    func renewed(_ tables: TableSet) throws(TableError) -> PreparedWrite {
        var renewed: [Write] = []
        for write in writes {
            renewed.append(
                Write(
                    table: try tables.current(write.table), key: write.key, action: write.action,
                    condition: write.condition, image: write.image))
        }
        return PreparedWrite(self, writes: renewed, generation: tables.generation)
    }

    private static func checkDistinct(_ writes: [ItemWrite]) throws(TableError) {
        guard writes.count <= TableLimits.transactionItemsMax else {
            throw .invalid(
                .validation(
                    "Member must have length less than or equal to \(TableLimits.transactionItemsMax)"))
        }
        struct Place: Hashable {
            let table: TableName
            let key: EncodedKey
        }
        var places: Set<Place> = []
        for write in writes where !places.insert(Place(table: write.table, key: write.key)).inserted {
            throw .invalid(
                .validation("Transaction request cannot include multiple operations on one item"))
        }
    }
}
