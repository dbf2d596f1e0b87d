import Crypto
import Items
import Tables

/// SHA-256 over tables, keys and images in their order, each with its length before it: what a tenant's items are compared by, in
/// an image, a backup and a store alike.
struct ContentDigest {
    private let hasher = SHA256Hasher()

    /// A table begins.
    func begin(_ table: String) { add(Array(table.utf8)) }

    /// The next item of the table.
    func add(_ row: ItemRow) {
        add(row.key.partition)
        add(row.key.sort)
        add(row.image.bytes)
    }

    /// The digest in base 16.
    func finish() -> String { hasher.finish().hex }

    private func add(_ bytes: [UInt8]) {
        withUnsafeBytes(of: UInt64(bytes.count).littleEndian) { hasher.update($0) }
        hasher.update(bytes)
    }
}
