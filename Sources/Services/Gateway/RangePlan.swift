import Base
import Items
import Tables

/// A query or scan that has been checked against its table, ready to be authorized and routed.
struct RangePlan: Sendable {
    let call: ReadRangeCall
    /// The index that is read, or nil for the table.
    let index: GatewayIndex?
    /// The key of what is read: the index's or the table's.
    let key: KeySchema
    /// The partition that a query stays in.
    let partition: [UInt8]?
    /// What is asked of each item, defaults filled in.
    let select: ReadRangeCall.Select
    /// The read, with the logical table's name.
    let range: ReadRange
    /// Whether every row looked at is looked at by the second wall too, so that the engine must not filter. A
    /// query of the table itself, or of a local index, stays in one partition of the table, and that has been checked.
    var isCheckedByRow: Bool { partition == nil || index?.schema.kind == .global }

    /// - Throws: `invalid` where the request contradicts the table or itself, in AWS's words.
    init(_ call: ReadRangeCall) throws(GatewayError) {
        do throws(ItemError) {
            try self.init(checking: call)
        } catch { throw .invalid(error) }
    }

    private init(checking call: ReadRangeCall) throws(ItemError) {
        self.call = call
        let schema = call.table.schema
        if let name = call.index {
            guard let found = call.table.index(named: name) else {
                throw .validation("The table does not have the specified index: \(name)")
            }
            index = found
            key = found.schema.key
            guard !call.isConsistent || found.schema.kind == .local else {
                throw .validation("Consistent reads are not supported on global secondary indexes")
            }
        } else {
            index = nil
            key = schema.key
        }
        select = try RangePlan.select(call, index)
        var range = ReadRange(table: call.table.name, index: call.index)
        if let condition = call.keyCondition {
            let resolved = try condition.resolve(schema: key)
            partition = resolved.partitionBytes
            range.partition = resolved.partitionBytes
            range.sort = resolved.sort
            if !call.isStatement { try RangePlan.checkFilter(call.filter, key) }
        } else {
            partition = nil
        }
        try call.filter?.checkKeyAccess(schema.key)
        range.isForward = call.isForward
        range.itemsMax = call.limit
        range.segment = call.segment
        if let start = call.exclusiveStartKey {
            range.after = try RangePlan.position(start, schema.key, index, range)
        }
        range.fetchesItems = RangePlan.needsItems(call, select, index)
        if partition != nil, index?.schema.kind != .global {
            range.filter = call.filter
            range.projection = call.projection
            range.isCountOnly = select == .count
        }
        self.range = range
    }

    private static func select(
        _ call: ReadRangeCall, _ index: GatewayIndex?
    ) throws(ItemError) -> ReadRangeCall.Select {
        guard let select = call.select else {
            if call.projection != nil {
                try checkProjection(call, index)
                return .specificAttributes
            }
            return index == nil ? .allAttributes : .allProjectedAttributes
        }
        if call.projection != nil, select != .specificAttributes {
            let what = select == .count ? "only the Count" : select.rawValue
            // The service itself answers a query so, and a scan without the beginning.
            let beginning = call.keyCondition == nil ? "" : "1 validation error detected: "
            let parameter = call.projection?.isLegacy == true ? "AttributesToGet" : "ProjectionExpression"
            throw .validation("\(beginning)Cannot specify the \(parameter) when choosing to get \(what)")
        }
        switch select {
        case .specificAttributes:
            guard call.projection != nil else {
                throw .validation(
                    "Must specify the AttributesToGet or ProjectionExpression when choosing to get "
                        + "SPECIFIC_ATTRIBUTES")
            }
            try checkProjection(call, index)
        case .allProjectedAttributes:
            guard index != nil else {
                throw .validation(
                    "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName")
            }
        case .allAttributes:
            guard let index, index.schema.kind == .global, index.schema.projection != .all else { break }
            throw .validation(
                "One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global "
                    + "secondary index \(index.schema.name) because its projection type is not ALL")
        case .count: break
        }
        return select
    }

    /// A global index gives only what it holds.
    private static func checkProjection(_ call: ReadRangeCall, _ index: GatewayIndex?) throws(ItemError) {
        guard let index, index.schema.kind == .global, let wanted = call.projection?.attributeNames else {
            return
        }
        let missing = notHeld(of: wanted, by: index, call.table)
        guard missing.isEmpty else {
            throw .validation(
                "One or more parameter values were invalid: Global secondary index \(index.schema.name) does not "
                    + "project [\(missing.joined(separator: ", "))]")
        }
    }

    private static func notHeld(
        of names: MemberSet<String>, by index: GatewayIndex, _ table: GatewayTable
    ) -> MemberSet<String> {
        guard let held = index.schema.heldAttributes(tableKey: table.schema.key) else { return [] }
        return names.subtracting(held)
    }

    /// Whether a local index lacks something that is asked for, so that it is to be had of the table.
    private static func needsItems(
        _ call: ReadRangeCall, _ select: ReadRangeCall.Select, _ index: GatewayIndex?
    ) -> Bool {
        guard let index, index.schema.kind == .local, index.schema.projection != .all else { return false }
        // A statement's filter finds in an index what the index has: without a key it matches nothing else.
        var names = (call.isStatement ? nil : call.filter?.attributeNames) ?? []
        switch select {
        case .allAttributes: return true
        case .specificAttributes: names = names.union(call.projection?.attributeNames ?? [])
        case .allProjectedAttributes, .count: break
        }
        return !notHeld(of: names, by: index, call.table).isEmpty
    }

    private static func checkFilter(_ filter: ConditionExpression?, _ key: KeySchema) throws(ItemError) {
        guard let filter else { return }
        for attribute in key.attributes where filter.attributeNames.contains(attribute.name) {
            throw .validation(
                "\(filter.isLegacy ? "QueryFilter" : "Filter Expression") can only contain non-primary key "
                    + "attributes: Primary key attribute: \(attribute.name)")
        }
    }

    /// The place that an ExclusiveStartKey names.
    private static func position(
        _ start: Item, _ table: KeySchema, _ index: GatewayIndex?, _ range: ReadRange
    ) throws(ItemError) -> ReadRange.Position {
        let names = MemberSet((table.attributes + (index?.schema.key.attributes ?? [])).map(\.name))
        guard start.attributes.count == names.count else { throw invalidStart }
        let position: ReadRange.Position
        do throws(ItemError) {
            let tableKey = try table.key(ofKey: start.keeping(table))
            let indexKey = try index.map { index throws(ItemError) in
                try index.schema.key.key(ofKey: start.keeping(index.schema.key))
            }
            position = ReadRange.Position(key: tableKey, indexKey: indexKey)
        } catch { throw invalidStart }
        guard let partition = range.partition else { return position }
        let place = position.indexKey ?? position.key
        guard place.partition == partition, range.sort?.contains(place.sort) ?? true else {
            throw .validation(
                "The provided starting key is outside query boundaries based on provided conditions")
        }
        return position
    }

    private static let invalidStart = ItemError.validation("The provided starting key is invalid")

    /// The key attributes of a place, as LastEvaluatedKey gives them: the table's, and the index's where one
    /// was read.
    func keyAttributes(of place: ReadRange.Position) -> Item {
        var item = call.table.schema.key.attributes(of: place.key)
        if let index, let indexKey = place.indexKey {
            for (name, value) in index.schema.key.attributes(of: indexKey).attributes { item[name] = value }
        }
        return item
    }
}

extension Item {
    /// The item with only the attributes of a key.
    fileprivate func keeping(_ key: KeySchema) -> Item {
        var kept = Item()
        for attribute in key.attributes { kept[attribute.name] = self[attribute.name] }
        return kept
    }
}
