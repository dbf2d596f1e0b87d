import Items
import Tables

/// A wall that lets everything through.
struct OpenWall: ItemWall {
    func permits(_ item: Item, key: EncodedKey, in schema: TableSchema) -> Bool { true }
}
