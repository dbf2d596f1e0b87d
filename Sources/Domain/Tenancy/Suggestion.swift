/// The nearest known name to one that is not known, for messages that say what was probably meant.
public enum Suggestion {
    /// `did you mean …?` where a known name is near, else the list of them.
    public static func remedy(for name: String, among known: [String]) -> String {
        if let near = nearest(to: name, among: known) { return "did you mean `\(near)`?" }
        return "use " + list(known)
    }

    /// `a`, `b` or `c`, each in backticks.
    public static func list(_ names: [String], joinedBy word: String = "or") -> String {
        let quoted = names.map { "`\($0)`" }
        guard let last = quoted.last, quoted.count > 1 else { return quoted.first ?? "nothing" }
        return quoted.dropLast().joined(separator: ", ") + " \(word) " + last
    }

    /// The known name with the fewest edits, if those are at most a third of its letters (and at least one is
    /// allowed).
    static func nearest(to name: String, among known: [String]) -> String? {
        guard name.utf8.count <= 128 else { return nil }
        let wanted = Array(name.lowercased().unicodeScalars)
        var best: (name: String, edits: Int)?
        for candidate in known {
            let letters = Array(candidate.lowercased().unicodeScalars)
            let edits = distance(wanted, letters)
            let allowed = max(1, letters.count / 3)
            if edits <= allowed, edits < best?.edits ?? Int.max { best = (candidate, edits) }
        }
        return best?.name
    }

    /// Insertions, deletions, replacements and swaps of neighbours that make one of the other (optimal string alignment): the
    /// commonest slip is a swap, and counts once.
    private static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
        var before: [Int] = []
        var row = Array(0...right.count)
        for index in left.indices {
            var next = [index + 1]
            next.reserveCapacity(right.count + 1)
            for column in right.indices {
                let replaced = row[column] + (left[index] == right[column] ? 0 : 1)
                var best = min(replaced, row[column + 1] + 1, next[column] + 1)
                let isSwap =
                    index > 0 && column > 0 && left[index] == right[column - 1]
                    && left[index - 1] == right[column]
                if isSwap { best = min(best, before[column - 1] + 1) }
                next.append(best)
            }
            before = row
            row = next
        }
        return row[right.count]
    }
}
