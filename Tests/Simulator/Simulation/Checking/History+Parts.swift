extension History {
    /// The entries in parts that have no key in common: an order explains all of them where one explains each. Source: Herlihy and
    /// Wing, "Linearizability: a correctness condition for concurrent objects", 1990, theorem 1.
    static func parts(of entries: [Entry], keyCount: Int) -> [[Entry]] {
        var heads = Array(0..<keyCount)
        func head(_ key: Int) -> Int {
            var key = key
            while heads[key] != key { key = heads[key] }
            return key
        }
        for entry in entries {
            guard let first = entry.effects.keys.first else { continue }
            for key in entry.effects.keys { heads[head(key)] = head(first) }
        }
        var parts: [Int: [Entry]] = [:]
        for entry in entries {
            guard let key = entry.effects.keys.first else { continue }
            parts[head(key), default: []].append(entry)
        }
        return parts.sorted { $0.key < $1.key }.map(\.value)
    }
}
