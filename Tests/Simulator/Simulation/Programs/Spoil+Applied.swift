import Items
import Tables

extension Program.Spoil {
    /// A value that no request has.
    private static let strangeValue = 999_999_999

    /// The chunk's changes as they are to come to the target.
    func applied(to changes: [MovedItem]) throws -> [MovedItem] {
        guard !changes.isEmpty else { return changes }
        let place = item % changes.count
        var spoiled = changes
        switch kind {
        case .missing: spoiled.remove(at: place)
        case .changed:
            guard var item = try changes[place].image?.item() else { return changes }
            item["value"] = .number(Number(Self.strangeValue))
            spoiled[place].image = ItemImage(item)
        case .added:
            guard var item = try changes[place].image?.item() else { return changes }
            // Both tables name it so, and order their items by it.
            item["entityKey"] = .string("STRANGE")
            spoiled.append(
                MovedItem(
                    table: changes[place].table,
                    key: EncodedKey(partition: changes[place].key.partition, sort: Array("STRANGE".utf8)),
                    image: ItemImage(item)))
        }
        return spoiled
    }
}
