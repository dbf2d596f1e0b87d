import Base
import Items
import Tables

extension Registry {
    /// How many records hold one of these texts, by kind of record. Whole kinds whose partition, with a zero behind it, begins with
    /// one of `skipping` are not looked at: of a long audit log nothing is read.
    public func mentions(
        of texts: [String], skipping: [String]
    ) throws(RegistryError) -> [String: Int] {
        let needles = texts.map { Array($0.utf8) }
        var found: [String: Int] = [:]
        var range = ReadRange(table: Registry.tableName)
        range.itemsMax = Limits.registryPageRecordsMax
        repeat {
            let page: ReadPage
            do throws(TableError) { page = try engine.read(range) } catch { throw .table(error) }
            range.after = page.next
            for row in page.rows {
                let partition = String(decoding: row.key.partition, as: UTF8.self)
                if skipping.contains(where: (partition + "\0").hasPrefix) {
                    // On behind all of the kind.
                    range.after = ReadRange.Position(
                        key: EncodedKey(partition: row.key.partition + [0], sort: []))
                    break
                }
                guard needles.contains(where: { row.image.bytes.holds($0) || row.key.sort.holds($0) }) else {
                    continue
                }
                found[partition, default: 0] += 1
            }
        } while range.after != nil
        return found
    }
}

extension [UInt8] {
    /// Whether `text` stands somewhere in these bytes.
    func holds(_ text: [UInt8]) -> Bool {
        guard let first = text.first, text.count <= count else { return false }
        return withUnsafeBufferPointer { bytes in
            (0...(bytes.count - text.count)).contains { start in
                bytes[start] == first && text.indices.allSatisfy { bytes[start + $0] == text[$0] }
            }
        }
    }
}
