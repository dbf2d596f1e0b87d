import Items
import Tables

/// What an index holds of items, worked out once for its table.
struct IndexProjection: Sendable {
    /// The names of the attributes held, ascending; nil for all.
    private let names: [String]?

    init(_ index: IndexSchema, tableKey: KeySchema) {
        names = index.heldAttributes(tableKey: tableKey)?.members
    }

    /// The entry of an item: its whole image, or one of the attributes held.
    func entry(of item: WholeItem) -> ItemImage {
        guard let names else { return item.image }
        return ItemImage(item.item.keeping(names))
    }

    /// The size of the entry of an item.
    func entryBytes(of item: WholeItem) -> Int {
        guard let names else { return item.image.sizeBytes }
        var bytes = 0
        for name in names {
            if let value = item.item.attributes[name] { bytes += name.utf8.count + value.sizeBytes }
        }
        return bytes
    }

    /// Whether the entries of two items are the same.
    func isSame(_ old: WholeItem, _ new: WholeItem) -> Bool {
        guard let names else {
            return old.image == new.image
                || (old.image.sizeBytes == new.image.sizeBytes && old.item == new.item)
        }
        return names.allSatisfy { old.item.attributes[$0] == new.item.attributes[$0] }
    }
}

/// An item with its image.
struct WholeItem {
    let image: ItemImage
    let item: Item

    /// The item of an image.
    /// - Throws: `.storage` where the image does not read.
    init(_ image: ItemImage) throws(TableError) {
        self.image = image
        item = try image.item()
    }

    init(_ image: ItemImage, _ item: Item) {
        self.image = image
        self.item = item
    }

    /// Nil where there is none of both.
    init?(_ image: ItemImage?, _ item: Item?) {
        guard let image, let item else { return nil }
        self.init(image, item)
    }
}

extension Item {
    /// The item with only the attributes of these names.
    fileprivate func keeping(_ names: [String]) -> Item {
        var kept = AttributeMap()
        for name in names { if let value = attributes[name] { kept[name] = value } }
        return Item(attributes: kept)
    }
}

extension IndexSchema {
    /// What the index holds of `item`: the whole image, or one of the projected attributes.
    func image(of item: Item, whole: ItemImage, table: TableSchema) -> ItemImage {
        IndexProjection(self, tableKey: table.key).entry(of: WholeItem(whole, item))
    }
}
