@testable import Policies

extension SmallWorld {
    /// Words over an alphabet, the empty one included, by length.
    static func words(over letters: String, upTo length: Int) -> [[UInt8]] {
        var found: [[UInt8]] = [[]]
        var last: [[UInt8]] = [[]]
        for _ in 0..<length {
            last = last.flatMap { word in letters.utf8.map { word + [$0] } }
            found += last
        }
        return found
    }

    private static let commonKeys: [[UInt8]] =
        words(over: "ab#T", upTo: 2).filter { !$0.isEmpty }
        + words(over: "ab#", upTo: 3).map { Array("T#".utf8) + $0 }
        + ["T#ab#a", "T#ba#b", "T#aa#", "T#a#b#", "T#b#a#b", "T##a#b", "TT#a#", "t#a#a"].map {
            Array($0.utf8)
        }
    private static let fills: [[UInt8]] = ["", "a", "#", "b#a"].map { Array($0.utf8) }
    private static let tagWords: [[UInt8]] = ["a", "b", "ab"].map { Array($0.utf8) }

    /// The keys that are asked about: all short words, and every text that a pattern of the policy stands for when its
    /// wildcards and variables are filled with short words.
    static func keys(for patterns: some Sequence<PolicyPattern>) -> [[UInt8]] {
        var seen = Set(commonKeys)
        var found = commonKeys
        var fromPatterns = patterns.map { texts(of: $0)[...] }
        // One of each in turn, so that every pattern has its share of the room.
        while fromPatterns.contains(where: { !$0.isEmpty }), found.count < KeySet.countMax {
            for index in fromPatterns.indices {
                guard let text = fromPatterns[index].popFirst(), !text.isEmpty, found.count < KeySet.countMax
                else { continue }
                if seen.insert(text).inserted { found.append(text) }
            }
        }
        return found
    }

    /// Some texts that a pattern stands for, at most 64.
    static func texts(of pattern: PolicyPattern) -> [[UInt8]] {
        var found: [[UInt8]] = [[]]
        for token in pattern.tokens {
            let parts: [[UInt8]] =
                switch token {
                case .literal(let bytes): [bytes]
                case .any: fills
                case .one: [[0x61], [0x62], [0x23]]
                case .variable(let variable):
                    tagWords + (variable.defaultValue.map { [Array($0.utf8)] } ?? [])
                }
            found = found.flatMap { head in parts.map { head + $0 } }
            if found.count > 64 { found = Array(found.prefix(64)) }
        }
        return found
    }

    /// Whether a key is the session's own: what stands between the form's literals is the value of its tag.
    ///
    /// Written for itself, without the prover's or the catalog's code.
    static func isOwned(_ key: [UInt8], at place: Place, tags: [(name: String, value: String)]) -> Bool {
        guard let tag = tags.first(where: { $0.name == place.ownerTag })?.value else { return false }
        if place.isOwnedByTenant { return key == Array(tag.utf8) }
        guard key.starts(with: [0x54, 0x23]), let end = key[2...].firstIndex(of: 0x23) else { return false }
        return Array(key[2..<end]) == Array(tag.utf8)
    }
}
