import Base
import Items
import Tables

/// How items lie in a chunk of a backup: for each the lengths of partition key, sort key and image and its size by DynamoDB's rule,
/// each in four bytes, little end first; then partition key, sort key and image.
enum BackupChunk {
    private static let headBytes = 16

    static func append(_ row: ItemRow, to bytes: inout [UInt8]) {
        for number in [
            row.key.partition.count, row.key.sort.count, row.image.bytes.count, row.image.sizeBytes,
        ] {
            withUnsafeBytes(of: UInt32(number).littleEndian) { bytes.append(contentsOf: $0) }
        }
        bytes += row.key.partition
        bytes += row.key.sort
        bytes += row.image.bytes
    }

    /// The items of a chunk; nil where the bytes are none.
    static func rows(_ bytes: [UInt8], items: Int) -> [ItemRow]? {
        guard items <= bytes.count / headBytes else { return nil }
        var rows: [ItemRow] = []
        rows.reserveCapacity(items)
        var position = 0
        func take(_ count: Int) -> [UInt8]? {
            guard count <= bytes.count - position else { return nil }
            defer { position += count }
            return Array(bytes[position..<position + count])
        }
        func number() -> Int? {
            guard bytes.count - position >= 4 else { return nil }
            defer { position += 4 }
            return bytes.withUnsafeBytes {
                Int(UInt32(littleEndian: $0.loadUnaligned(fromByteOffset: position, as: UInt32.self)))
            }
        }
        for _ in 0..<items {
            guard let partitionBytes = number(), let sortBytes = number(), let imageBytes = number(),
                let size = number(), let partition = take(partitionBytes), let sort = take(sortBytes),
                let image = take(imageBytes)
            else { return nil }
            rows.append(
                ItemRow(
                    key: EncodedKey(partition: partition, sort: sort),
                    image: ItemImage(bytes: image, sizeBytes: size)))
        }
        return position == bytes.count ? rows : nil
    }
}
