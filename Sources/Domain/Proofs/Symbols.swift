import Policies

/// The characters that a question can tell apart: those that its patterns name, each by itself, and the others in
/// classes.
struct Symbols {
    /// Characters that a question cannot tell apart, by one of them, and a second where there are several.
    struct Symbol {
        let first: Unicode.Scalar
        let second: Unicode.Scalar?
    }

    /// Where the characters for those that nobody names are taken from: of tags and not of tags, of ASCII and not.
    private static let pools: [[Unicode.Scalar]] = [
        Array("xyz0123456789abcdefghijklmnopqrstuvwXYZABCDEFGHIJKLMNOPQRSTUVW-_.@=+/: ".unicodeScalars),
        Array("!~%&;,|^()<>[]{}#'`$\"\\*?\u{1}\u{2}".unicodeScalars),
        (0x4E00..<0x5E00).compactMap { Unicode.Scalar($0 as UInt32) },
        (0x2200..<0x22FF).compactMap { Unicode.Scalar($0 as UInt32) },
    ]

    private(set) var symbols: [Symbol] = []

    init(_ question: TextQuestion) {
        var named: Set<Unicode.Scalar> = []
        let patterns = (question.groups + question.unknowns.flatMap(\.groups)).flatMap(\.patterns)
        for pattern in patterns { named.formUnion(pattern.scalars) }
        let characters = Set(
            ([question.language] + question.unknowns.map(\.language)).flatMap(\.forms)
                .flatMap { $0.lead + [$0.rest] })
        let known = Array(characters)
        var listed: Set<Unicode.Scalar> = []
        for case .oneOf(let set) in known { listed.formUnion(set) }
        for case .tagText(let set) in known { listed.formUnion(set) }
        for scalar in named.sorted() { symbols.append(Symbol(first: scalar, second: nil)) }
        appendListed(listed.subtracting(named).sorted(), known)
        let taken = listed.union(named)
        let knowsForeign = patterns.contains { $0.parts.contains(.foreign) }
        let pools = Symbols.pools
        for pool in knowsForeign ? pools : [pools[0] + pools[2], pools[1] + pools[3]] {
            let free = Array(pool.filter { !taken.contains($0) }.prefix(2))
            if let first = free.first {
                symbols.append(Symbol(first: first, second: free.count > 1 ? free[1] : nil))
            }
        }
    }

    /// Characters of languages that no pattern names, those together that are in the same ones.
    private mutating func appendListed(_ scalars: [Unicode.Scalar], _ known: [TagLanguage.Characters]) {
        var classes: [[Bool]: Int] = [:]
        for scalar in scalars {
            let membership = known.map { $0.contains(scalar) } + [PrincipalAttributes.isTagCharacter(scalar)]
            if let place = classes[membership] {
                if symbols[place].second == nil {
                    symbols[place] = Symbol(first: symbols[place].first, second: scalar)
                }
            } else {
                classes[membership] = symbols.count
                symbols.append(Symbol(first: scalar, second: nil))
            }
        }
    }
}

extension TagLanguage.Characters {
    /// Whether a character can stand here.
    func contains(_ scalar: Unicode.Scalar) -> Bool {
        switch self {
        case .oneOf(let set): set.contains(scalar)
        case .tagText(let set): !set.contains(scalar) && PrincipalAttributes.isTagCharacter(scalar)
        case .any: true
        }
    }
}
