import Base
import Items
import Tenancy

/// Puts ids of this tenant in the place of others, in every text that is part of a key: of the table and of its indexes, partition
/// and sort keys alike, wherever the whole id stands. Other attributes stay as they are.
struct IDMapping {
    private let pairs: [(old: [UInt8], new: [UInt8])]

    init(_ mappings: [String: String]) {
        pairs = mappings.sorted { $0.key < $1.key }.map { (Array($0.key.utf8), Array($0.value.utf8)) }
    }

    /// The item with its ids mapped; nil where there was nothing to map.
    func mapped(_ item: Item, of table: LogicalTable) -> Item? {
        guard !pairs.isEmpty else { return nil }
        var result = item
        var names = Set(table.key.attributes.map(\.name))
        for index in table.indexes { names.formUnion(index.key.attributes.map(\.name)) }
        for name in names {
            guard case .string(let text)? = item[name], let new = mapped(text) else { continue }
            result[name] = .string(new)
        }
        return result == item ? nil : result
    }

    private func mapped(_ text: String) -> String? {
        let bytes = Array(text.utf8)
        var output: [UInt8] = []
        var isChanged = false
        var place = 0
        while place < bytes.count {
            let rest = bytes[place...]
            // Only a whole id: a longer word that begins or ends so is another one.
            let isBegin = place == 0 || !IDMapping.isWord(bytes[place - 1])
            if isBegin,
                let pair = pairs.first(where: { pair in
                    rest.starts(with: pair.old)
                        && (place + pair.old.count == bytes.count
                            || !IDMapping.isWord(bytes[place + pair.old.count]))
                })
            {
                output += pair.new
                place += pair.old.count
                isChanged = true
            } else {
                output.append(bytes[place])
                place += 1
            }
        }
        return isChanged ? String(decoding: output, as: UTF8.self) : nil
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5A) || (byte >= 0x61 && byte <= 0x7A)
            || byte >= 0x80
    }
}
