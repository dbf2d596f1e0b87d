import Base
import Policies
import TestKit
import Testing

@testable import Proofs

@Suite struct AccessPatternTests {
    /// A pattern of a StringLike, as a document has it.
    private static func pattern(_ text: String) throws -> AccessPattern {
        let document = try PolicyDocument(
            parsing: Array(
                """
                {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*",
                 "Condition": {"StringLike": {"aws:PrincipalTag/x": "\(text)"}}}]}
                """.utf8), file: "p.json")
        guard case .text(let pattern) = document.statements[0].conditions[0].values[0] else {
            throw AccessPatternError.noText
        }
        return AccessPattern(pattern)
    }

    enum AccessPatternError: Error { case noText }

    @Test(arguments: [
        ("abc", "a*", true), ("a*", "abc", false), ("a*", "a*", true), ("*a*", "*", true), ("?", "*", true),
        ("*", "?", false), ("?*", "*?", true), ("*?", "?*", true), ("a?c", "a*c", true), ("ab*", "a?*", true),
        ("a*", "a?*", false), ("", "*", true),
        ("T#${aws:PrincipalTag/s}#*", "T#${aws:PrincipalTag/s}*", true),
        ("T#${aws:PrincipalTag/s}*", "T#${aws:PrincipalTag/s}#*", false),
        ("T#${aws:PrincipalTag/s}#*", "T#*", true), ("T#*", "T#${aws:PrincipalTag/s}#*", false),
        ("${aws:PrincipalTag/s}", "${aws:PrincipalTag/s, 'x'}", true),
        ("${aws:PrincipalTag/s, 'x'}", "${aws:PrincipalTag/s}", false),
        ("${aws:PrincipalTag/s, 'x'}", "${aws:PrincipalTag/s, 'y'}", false),
        ("${aws:PrincipalTag/s}", "${aws:PrincipalTag/t}", false), ("${aws:PrincipalTag/s}", "?", false),
        ("${aws:principaltag/S}", "${aws:PrincipalTag/s}", true),
    ]) func saysWhetherOneIsWithinTheOther(_ mine: String, _ theirs: String, _ isWithin: Bool) throws {
        #expect(try Self.pattern(mine).isWithin(try Self.pattern(theirs)) == isWithin)
    }

    @Test(arguments: [
        ("abc", "abd", true), ("a*", "b*", true), ("*a", "*b", true), ("a*", "*b", false),
        ("abc", "a?c", false),
        ("abc", "a?d", true), ("a", "ab", true), ("a", "a*", false), ("T#${aws:PrincipalTag/s}", "U#*", true),
        ("T#${aws:PrincipalTag/s}", "T#a", false), ("?", "", true), ("*", "", false),
    ]) func saysWhetherTheyAreApart(_ mine: String, _ theirs: String, _ isApart: Bool) throws {
        #expect(try Self.pattern(mine).isApart(from: try Self.pattern(theirs)) == isApart)
        #expect(try Self.pattern(theirs).isApart(from: try Self.pattern(mine)) == isApart)
    }

    private static func random(_ letters: [String], upTo length: Int, _ random: SeededRandom) -> String {
        var random = random
        let count = Int.random(in: 0...length, using: &random)
        return (0..<count).map { _ in letters[Int.random(in: 0..<letters.count, using: &random)] }.joined()
    }

    /// Every word of a small alphabet, and every value of the variable, against both answers.
    @Test func fuzzAnswersAreTrueOfEveryWord() throws {
        let words = SmallWorld.words(over: "ab#", upTo: 4).map { String(decoding: $0, as: UTF8.self) }
        let letters = ["a", "b", "#", "*", "?", "${aws:PrincipalTag/s}", "${aws:PrincipalTag/s, 'b'}"]
        try Fuzzer("patterns", rounds: 150).run { random in
            let (left, right) = (
                try Self.pattern(Self.random(letters, upTo: 5, random)),
                try Self.pattern(Self.random(letters, upTo: 5, SeededRandom(seed: random.seedOfAnother)))
            )
            for value in ["a", "ab", nil] {
                let fill: (PolicyVariable) -> String? = { value ?? $0.defaultValue }
                let both = [left.filled(fill), right.filled(fill)]
                let classes = AccessClasses(both.compactMap(\.self), forms: [])
                for word in words {
                    var matches = classes.matches(word)[...]
                    let found = both.map { $0 == nil ? false : matches.popFirst() ?? false }
                    if left.isWithin(right) { try #require(!found[0] || found[1]) }
                    if left.isApart(from: right) { try #require(!found[0] || !found[1]) }
                }
            }
        }
    }

    /// The sorts of texts that are found are just those that short words have.
    @Test func fuzzFindsEverySort() throws {
        let words = SmallWorld.words(over: "ab#", upTo: 5).map { String(decoding: $0, as: UTF8.self) }
        try Fuzzer("sorts", rounds: 100).run { random in
            let texts = (0..<3).map { _ in Self.random(["a", "b", "#", "*", "?"], upTo: 4, random) }
            let classes = AccessClasses(try texts.map(Self.pattern), forms: [])
            let all = classes.find(in: .anything, statesMax: 10_000)
            try #require(all.isComplete)
            for sort in all.found { try #require(classes.matches(sort.text) == sort.matches) }
            let known = Set(all.found.map(\.matches))
            for word in words { try #require(known.contains(classes.matches(word)), "\(word) of \(texts)") }
        }
    }
}

extension SeededRandom {
    /// A seed drawn from it.
    fileprivate var seedOfAnother: UInt64 {
        let copy = self
        return copy.next()
    }
}
