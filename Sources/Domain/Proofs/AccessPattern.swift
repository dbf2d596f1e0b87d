import Policies

/// A pattern of a policy as a row of characters, wildcards and variables: what two policies say of one value is compared by it.
///
/// It stands for many texts, those of all sessions together: a variable stays a sign of its own, that may be any text.
struct AccessPattern: Hashable, Sendable {
    enum Element: Hashable, Sendable {
        case scalar(Unicode.Scalar)
        /// One character; `isInSegment` where it cannot be a colon.
        case one(isInSegment: Bool)
        /// Any number of characters; `isInSegment` where none can be a colon.
        case any(isInSegment: Bool)
        case variable(PolicyVariable)
    }

    /// What it is made of; in a run of wildcards those for one character come first.
    let elements: [Element]

    init(elements: [Element]) { self.elements = AccessPattern.inOrder(elements) }

    init(_ pattern: PolicyPattern) {
        self.init(elements: AccessPattern.elements(pattern, isInSegment: false))
    }

    /// A whole ARN; nil where the pattern matches nothing. `*` alone is every text.
    init?(_ pattern: ARNPattern) {
        switch pattern {
        case .everything: self.init(elements: [.any(isInSegment: false)])
        case .incomplete: return nil
        case .segments(let segments):
            var elements: [Element] = []
            for (place, segment) in segments.enumerated() {
                if place > 0 { elements.append(.scalar(":")) }
                elements += AccessPattern.elements(segment, isInSegment: place < segments.count - 1)
            }
            self.init(elements: elements)
        }
    }

    private static func elements(_ pattern: PolicyPattern, isInSegment: Bool) -> [Element] {
        pattern.tokens.flatMap { token -> [Element] in
            switch token {
            case .literal(let bytes):
                String(decoding: bytes, as: UTF8.self).unicodeScalars.map { .scalar($0) }
            case .any: [.any(isInSegment: isInSegment)]
            case .one: [.one(isInSegment: isInSegment)]
            case .variable(let variable): [.variable(variable)]
            }
        }
    }

    /// `*?` and `?*` mean the same.
    private static func inOrder(_ elements: [Element]) -> [Element] {
        var ordered = elements
        var place = 1
        while place < ordered.count {
            if case .one = ordered[place], case .any = ordered[place - 1] {
                ordered.swapAt(place, place - 1)
                if place > 1 { place -= 1 } else { place += 1 }
            } else if ordered[place] == ordered[place - 1], case .any = ordered[place] {
                ordered.remove(at: place)
            } else {
                place += 1
            }
        }
        return ordered
    }

    /// The variables in it.
    var variables: [PolicyVariable] {
        elements.compactMap { if case .variable(let variable) = $0 { variable } else { nil } }
    }

    /// With the variables' values in their places; nil where one has none, so that nothing matches.
    func filled(_ value: (PolicyVariable) -> String?) -> AccessPattern? {
        var filled: [Element] = []
        for element in elements {
            guard case .variable(let variable) = element else {
                filled.append(element)
                continue
            }
            guard let text = value(variable) else { return nil }
            filled += text.unicodeScalars.map { .scalar($0) }
        }
        return AccessPattern(elements: filled)
    }
}

extension AccessPattern {
    /// Whether every text of this pattern is one of `other`, whatever values the variables have.
    ///
    /// A yes is certain. A no can be wrong where several wildcards together come to the same.
    func isWithin(_ other: AccessPattern) -> Bool {
        let (mine, theirs) = (elements, other.elements)
        guard mine.count * theirs.count <= AccessPattern.comparisonsMax else { return self == other }
        // `row[j]`: what is left of mine from the place at hand is within theirs from j on.
        var row = [Bool](repeating: false, count: theirs.count + 1)
        for place in stride(from: mine.count, through: 0, by: -1) {
            var next = [Bool](repeating: false, count: theirs.count + 1)
            for their in stride(from: theirs.count, through: 0, by: -1) {
                if their == theirs.count {
                    next[their] = place == mine.count
                } else if case .any(let isInSegment) = theirs[their] {
                    next[their] =
                        next[their + 1]
                        || (place < mine.count
                            && AccessPattern.canBeTaken(mine[place], isInSegment: isInSegment)
                            && row[their])
                } else {
                    next[their] =
                        place < mine.count && AccessPattern.isWithin(mine[place], theirs[their])
                        && row[their + 1]
                }
            }
            row = next
        }
        return row[0]
    }

    /// How much work a comparison of two patterns may be.
    private static let comparisonsMax = 1 << 22

    private static func canBeTaken(_ element: Element, isInSegment: Bool) -> Bool {
        guard isInSegment else { return true }
        switch element {
        case .scalar(let scalar): return scalar != ":"
        case .one(let isMineInSegment), .any(let isMineInSegment): return isMineInSegment
        case .variable: return false
        }
    }

    private static func isWithin(_ mine: Element, _ theirs: Element) -> Bool {
        switch (mine, theirs) {
        case (.scalar(let left), .scalar(let right)): left == right
        case (.scalar(let left), .one(let isInSegment)): !isInSegment || left != ":"
        case (.one(let left), .one(let right)): left || !right
        case (.variable(let left), .variable(let right)):
            // Without a default it matches less: nothing where the key is absent.
            left.key == right.key && (left.defaultValue == nil || left.defaultValue == right.defaultValue)
        default: false
        }
    }

    /// Whether no text is in both, whatever values the variables have. A yes is certain.
    func isApart(from other: AccessPattern) -> Bool {
        if AccessPattern.areApart(elements[...], other.elements[...]) { return true }
        if AccessPattern.areApart(elements.reversed()[...], other.elements.reversed()[...]) { return true }
        // A plain text is in the other or it is not.
        if isPlainText, other.variables.isEmpty { return !isWithin(other) }
        if other.isPlainText, variables.isEmpty { return !other.isWithin(self) }
        return false
    }

    private var isPlainText: Bool {
        elements.allSatisfy { if case .scalar = $0 { true } else { false } }
    }

    /// Whether the characters at the beginning differ, before anything that is open.
    private static func areApart(_ left: ArraySlice<Element>, _ right: ArraySlice<Element>) -> Bool {
        for (mine, theirs) in zip(left, right) {
            switch (mine, theirs) {
            case (.scalar(let one), .scalar(let other)): if one != other { return true }
            case (.scalar, .one), (.one, .scalar), (.one, .one): continue
            default: return false
            }
        }
        // One of them ends here: the other one may go on with what can be empty only.
        let rest = left.count > right.count ? left.dropFirst(right.count) : right.dropFirst(left.count)
        return rest.contains { if case .scalar = $0 { true } else if case .one = $0 { true } else { false } }
    }
}
