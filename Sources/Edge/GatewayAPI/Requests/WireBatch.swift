import Base
import Items

/// The `RequestItems` of a batch: for each table what is asked of it.
struct WireBatch {
    enum Kind { case get, write }

    /// What of BatchGetItem concerns one table.
    struct Gets {
        var keys: [Item] = []
        /// Whether there is `Keys` at all.
        var hasKeys = false
        var projectionExpression: String?
        var names: [String: String]?
        /// The older form of `projectionExpression`.
        var attributesToGet: [String]?
        var isConsistent: Bool?
    }

    /// One write of BatchWriteItem.
    enum Write {
        case put(Item)
        case delete(Item)
        /// A value in it broke a rule: the request is refused for it later.
        case faulty
        /// Neither a put nor a delete, or both.
        case malformed
    }

    var gets: [(table: String, request: Gets)] = []
    var writes: [(table: String, requests: [Write])] = []

    init?(
        parsing reader: inout JSONReader, _ kind: Kind, deferring deferred: inout ItemError?
    ) throws(WireError) {
        guard try reader.wireObject() else { return nil }
        while let table = try reader.wireMemberName() {
            switch kind {
            case .get: gets.append((table, try readGets(&reader, &deferred)))
            case .write: writes.append((table, try readWrites(&reader, &deferred)))
            }
        }
    }

    private mutating func readGets(
        _ reader: inout JSONReader, _ deferred: inout ItemError?
    ) throws(WireError) -> Gets {
        var gets = Gets()
        guard try reader.wireObject() else { return gets }
        while try reader.wireMember() {
            if reader.isMember("Keys") {
                guard try reader.wireArray() else { continue }
                gets.hasKeys = true
                while try reader.wireElement() {
                    let key = try reader.wireValue(deferring: &deferred) { reader throws(ItemError) in
                        try Item.read(from: &reader)
                    }
                    gets.keys.append(key ?? Item())
                }
            } else if reader.isMember("ProjectionExpression") {
                gets.projectionExpression = try reader.wireString()
            } else if reader.isMember("ExpressionAttributeNames") {
                gets.names = try reader.wireValue(deferring: &deferred) { reader throws(ItemError) in
                    try ExpressionAttributes.readNames(from: &reader)
                }
            } else if reader.isMember("ConsistentRead") {
                gets.isConsistent = try reader.wireBool()
            } else if reader.isMember("AttributesToGet") {
                gets.attributesToGet = try WireLegacy.readNames(&reader)
            } else {
                try reader.wireSkip()
            }
        }
        return gets
    }

    private func readWrites(
        _ reader: inout JSONReader, _ deferred: inout ItemError?
    ) throws(WireError) -> [Write] {
        var writes: [Write] = []
        guard try reader.wireArray() else { return writes }
        while try reader.wireElement() { writes.append(try readWrite(&reader, &deferred)) }
        return writes
    }

    private func readWrite(
        _ reader: inout JSONReader, _ deferred: inout ItemError?
    ) throws(WireError) -> Write {
        var found: [Write] = []
        guard try reader.wireObject() else { return .malformed }
        while try reader.wireMember() {
            if reader.isMember("PutRequest") {
                if let item = try readInner(&reader, "Item", &deferred) {
                    found.append(item.map { .put($0) } ?? .faulty)
                }
            } else if reader.isMember("DeleteRequest") {
                if let key = try readInner(&reader, "Key", &deferred) {
                    found.append(key.map { .delete($0) } ?? .faulty)
                }
            } else {
                try reader.wireSkip()
            }
        }
        return found.count == 1 ? found[0] : .malformed
    }

    /// The item in `{"Item": …}`; nil where there is no such object, nil in nil where the item breaks a rule
    /// or is missing.
    private func readInner(
        _ reader: inout JSONReader, _ name: StaticString, _ deferred: inout ItemError?
    ) throws(WireError) -> Item?? {
        guard try reader.wireObject() else { return nil }
        var item: Item?
        while try reader.wireMember() {
            guard reader.isMember(name) else {
                try reader.wireSkip()
                continue
            }
            item = try reader.wireValue(deferring: &deferred) { reader throws(ItemError) in
                try Item.read(from: &reader)
            }
        }
        return .some(item)
    }
}
