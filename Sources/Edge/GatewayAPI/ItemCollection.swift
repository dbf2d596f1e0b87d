import Base
import Gateway
import Items
import Tables

/// The items of one partition key in a table with local indexes. Source: DynamoDB API reference,
/// ItemCollectionMetrics.
struct ItemCollection: Hashable {
    /// The partition key attribute.
    let key: Item

    /// The collection of the item of this key, nil where it is not asked for or the table has no local index.
    /// - Parameter item: the item or its key, as the request gives it.
    init?(of item: Item?, _ request: WireRequest, _ table: GatewayTable) {
        guard request.returnItemCollectionMetrics == "SIZE", table.schema.hasLocalIndexes else { return nil }
        let name = table.schema.key.partition.name
        guard let value = item?[name] else { return nil }
        key = [name: value]
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
