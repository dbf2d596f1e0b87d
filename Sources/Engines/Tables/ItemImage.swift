import Base
import Items

/// An item as it lies in a store and goes over the wire: its JSON text (see `Item.encoded`) and its size.
public struct ItemImage: Hashable, Sendable {
    /// The item's JSON text.
    public var bytes: [UInt8]
    /// The item's size by DynamoDB's rule, in bytes; of the whole item, also where `bytes` hold a part.
    public var sizeBytes: Int

    /// An image as it was read.
    public init(bytes: [UInt8], sizeBytes: Int) {
        self.bytes = bytes
        self.sizeBytes = sizeBytes
    }

    /// The image of `item`.
    public init(_ item: Item) {
        bytes = item.encoded()
        sizeBytes = item.sizeBytes
    }

    /// Whether both are there and of the same bytes: then they are of equal items. Faster than comparing arrays.
    public static func areSame(_ left: ItemImage?, _ right: ItemImage?) -> Bool {
        guard let left, let right else { return false }
        return left.bytes.withUnsafeBytes { $0.isSame(as: right.bytes) }
    }

    /// The item.
    /// - Throws: `.storage` where the bytes are not an item's, which only a damaged file can cause.
    public func item() throws(TableError) -> Item {
        do { return try Item(decoding: bytes) } catch {
            throw .storage("an item's image does not read: \(error)")
        }
    }
}
