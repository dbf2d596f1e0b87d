/// The nearest known name to one that is not known, for messages that say what was probably meant.
enum Suggestion {
    /// `did you mean …?` where a known name is near, else the list of them.
    static func remedy(for name: String, among known: [String]) -> String {
        if let near = nearest(to: name, among: known) { return "did you mean `\(near)`?" }
        return "use " + list(known)
    }

    /// `a`, `b` or `c`, each in backticks.
    static func list(_ names: [String], joinedBy word: String = "or") -> String {
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

    /// Levenshtein's distance: insertions, deletions and replacements.
    private static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
        var row = Array(0...right.count)
        for (index, letter) in left.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for column in right.indices {
                let replaced = diagonal + (letter == right[column] ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(replaced, diagonal + 1, row[column] + 1)
            }
        }
        return row[right.count]
    }
}
