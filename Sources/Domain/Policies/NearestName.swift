/// Finds the name that somebody who made a slip meant.
enum NearestName {
    /// The candidate with the fewest edits, in any case of its letters; nil where none is near.
    static func nearest(to name: String, among candidates: some Sequence<String>) -> String? {
        let wanted = Array(name.lowercased().utf8.prefix(lengthMax))
        var best: (name: String, edits: Int)?
        for candidate in candidates {
            let edits = distance(wanted, Array(candidate.lowercased().utf8.prefix(lengthMax)))
            if edits < best?.edits ?? .max { best = (candidate, edits) }
        }
        guard let best, best.edits <= max(2, wanted.count / 4) else { return nil }
        return best.name
    }

    private static let lengthMax = 80

    /// The number of bytes to insert, delete or replace (Levenshtein).
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var row = Array(0...right.count)
        for (index, byte) in left.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for column in right.indices {
                let replaced = diagonal + (byte == right[column] ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(replaced, diagonal + 1, row[column] + 1)
            }
        }
        return row[right.count]
    }
}

extension ConditionKeyName {
    /// The name that somebody who wrote `name` may have meant; for a tag with the tag's name.
    static func suggestion(for name: String) -> String? {
        if ConditionKeyTable.families[name.lowercased() + "/"] != nil { return name + "/school_id" }
        if ConditionKeyTable.families[name.lowercased()] != nil { return name + "school_id" }
        guard let slash = name.firstIndex(of: "/") else {
            return NearestName.nearest(to: name, among: ConditionKeyTable.plainNames)
        }
        let families = ConditionKeyTable.familyNames
        return NearestName.nearest(to: String(name[...slash]), among: families)
            .map { $0 + name[name.index(after: slash)...] }
    }
}
