import Base
import Gateway
import Items
import Tables

/// The items of one partition key in a table with local indexes. Source: DynamoDB API reference,
/// ItemCollectionMetrics.
struct ItemCollection: Hashable {
    /// The partition key attribute.
    let key: Item

    /// The collection of the item of this key, nil where the table has no local index.
    /// - Parameter item: the item or its key, as the request gives it.
    init?(of item: Item?, in table: GatewayTable) {
        guard table.schema.hasLocalIndexes else { return nil }
        let name = table.schema.key.partition.name
        guard let value = item?[name] else { return nil }
        key = [name: value]
    }
}

/// The collections that a request for several items changes, each once, by table in the request's order.
struct ItemCollections {
    private var tables: [(name: String, collections: [ItemCollection])] = []

    /// Whether there are none.
    var isEmpty: Bool { tables.isEmpty }

    /// Adds the collection of an item, where its table has local indexes.
    mutating func add(_ item: Item, in table: GatewayTable) {
        guard let collection = ItemCollection(of: item, in: table) else { return }
        let name = table.name.text
        guard let place = tables.firstIndex(where: { $0.name == name }) else {
            return tables.append((name, [collection]))
        }
        if !tables[place].collections.contains(collection) { tables[place].collections.append(collection) }
    }

    /// Appends ItemCollectionMetrics structures by table.
    func write(to json: inout JSONWriter) {
        json.beginObject()
        for (name, collections) in tables {
            json.name(text: name)
            json.beginArray()
            for collection in collections { json.metrics(collection) }
            json.endArray()
        }
        json.endObject()
    }
}

extension JSONWriter {
    /// An ItemCollectionMetrics structure. The size is AWS's estimate too, between two whole GB; a collection is not measured
    /// here, and 10 GB are no limit.
    mutating func metrics(_ collection: ItemCollection) {
        beginObject()
        name("ItemCollectionKey")
        value { collection.key.append(to: &$0) }
        name("SizeEstimateRangeGB")
        beginArray()
        double(0)
        double(1)
        endArray()
        endObject()
    }
}
