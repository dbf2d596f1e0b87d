import Items

/// The sort keys that a condition leaves, all or some.
struct SortBounds: Sendable, Equatable {
    var lower: AttributeValue?
    var isLowerIncluded = true
    var upper: AttributeValue?
    var isUpperIncluded = true
    /// What the keys begin with; then there are no bounds.
    var prefix: AttributeValue?

    /// Every sort key.
    static let all = SortBounds()

    /// One sort key.
    init(point value: AttributeValue) {
        lower = value
        upper = value
    }

    private init() {}

    /// What a comparison leaves; nil for one that leaves no single range.
    init?(_ term: KeyTerm) {
        switch term {
        case .compare(let comparator, let value):
            switch comparator {
            case .equal: (lower, upper) = (value, value)
            case .less: (upper, isUpperIncluded) = (value, false)
            case .lessOrEqual: upper = value
            case .greater: (lower, isLowerIncluded) = (value, false)
            case .greaterOrEqual: lower = value
            case .notEqual: return nil
            }
        case .between(let first, let last): (lower, upper) = (first, last)
        case .beginsWith(let value): prefix = value
        case .isIn: return nil
        }
    }

    /// The only key, where there is only one.
    var point: AttributeValue? {
        guard let lower, lower == upper, isLowerIncluded, isUpperIncluded else { return nil }
        return lower
    }

    /// The values that it has.
    var values: [AttributeValue] { [lower, upper, prefix].compactMap { $0 } }

    /// The keys that both leave, or more of them where that cannot be said in one range; never fewer.
    func intersection(_ other: SortBounds) -> SortBounds {
        if self == .all { return other }
        if other == .all || prefix != nil || other.prefix != nil { return self }
        var result = self
        if let bound = other.lower {
            guard let mine = lower else {
                (result.lower, result.isLowerIncluded) = (bound, other.isLowerIncluded)
                return result.narrowed(byUpperOf: other) ?? self
            }
            guard let order = mine.order(to: bound) else { return self }
            if order < 0 || (order == 0 && !other.isLowerIncluded) {
                (result.lower, result.isLowerIncluded) = (bound, other.isLowerIncluded)
            }
        }
        return result.narrowed(byUpperOf: other) ?? self
    }

    private func narrowed(byUpperOf other: SortBounds) -> SortBounds? {
        var result = self
        if let bound = other.upper {
            if let mine = upper {
                guard let order = mine.order(to: bound) else { return nil }
                if order > 0 || (order == 0 && !other.isUpperIncluded) {
                    (result.upper, result.isUpperIncluded) = (bound, other.isUpperIncluded)
                }
            } else {
                (result.upper, result.isUpperIncluded) = (bound, other.isUpperIncluded)
            }
        }
        guard let lower = result.lower, let upper = result.upper else { return result }
        guard let order = lower.order(to: upper), order <= 0 else { return nil }
        return result
    }

    /// The keys that `term` leaves, as an engine compares them: between two bounds both are read.
    var range: SortRange {
        if let prefix { return SortRange(prefix: KeySchema.bytes(of: prefix) ?? []) }
        if let lower, let upper {
            return SortRange(lower: KeySchema.bytes(of: lower), upper: KeySchema.bytes(of: upper))
        }
        return SortRange(
            lower: lower.flatMap(KeySchema.bytes), isLowerIncluded: isLowerIncluded,
            upper: upper.flatMap(KeySchema.bytes), isUpperIncluded: isUpperIncluded)
    }

    /// The term of a key condition that leaves these keys, or more where only the ends differ; nil for all.
    var term: KeyConditionExpression.Term? {
        if let prefix { return .beginsWith(prefix) }
        switch (lower, upper) {
        case (nil, nil): return nil
        case (let lower?, nil): return .compare(isLowerIncluded ? .greaterOrEqual : .greater, lower)
        case (nil, let upper?): return .compare(isUpperIncluded ? .lessOrEqual : .less, upper)
        case (let lower?, let upper?):
            return point == nil ? .between(lower, upper) : .compare(.equal, lower)
        }
    }
}

extension SortRange {
    /// Whether a key may belong to both.
    func overlaps(_ other: SortRange) -> Bool { !ends(before: other) && !other.ends(before: self) }

    /// Whether the first key of this one may come before the other's. In this order, ranges of which any two
    /// overlap have two neighbours that do.
    func begins(before other: SortRange) -> Bool {
        let (mine, theirs) = (lower ?? [], other.lower ?? [])
        return mine == theirs
            ? isLowerIncluded && !other.isLowerIncluded : mine.lexicographicallyPrecedes(theirs)
    }

    private func ends(before other: SortRange) -> Bool {
        guard let upper, let lower = other.lower else { return false }
        if upper.lexicographicallyPrecedes(lower) { return true }
        return upper == lower && !(isUpperIncluded && other.isLowerIncluded)
    }
}
