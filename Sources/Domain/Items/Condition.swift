/// A parsed condition.
package indirect enum Condition: Sendable {
    package enum Comparator: String, Sendable {
        case equal = "="
        case notEqual = "<>"
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="

        /// The comparator that a token is, if it is one.
        init?(_ kind: ExpressionToken.Kind) {
            switch kind {
            case .sign(.equal): self = .equal
            case .sign(.notEqual): self = .notEqual
            case .sign(.less): self = .less
            case .sign(.lessOrEqual): self = .lessOrEqual
            case .sign(.greater): self = .greater
            case .sign(.greaterOrEqual): self = .greaterOrEqual
            default: return nil
            }
        }

        /// The comparator for the operands the other way round.
        package var mirrored: Comparator {
            switch self {
            case .equal, .notEqual: self
            case .less: .greater
            case .lessOrEqual: .greaterOrEqual
            case .greater: .less
            case .greaterOrEqual: .lessOrEqual
            }
        }
    }

    case compare(Comparator, Operand, Operand)
    case between(Operand, Operand, Operand)
    case isIn(Operand, [Operand])
    case and(Condition, Condition)
    case or(Condition, Condition)
    case not(Condition)
    case exists(DocumentPath)
    case notExists(DocumentPath)
    case hasType(Operand, AttributeType)
    case beginsWith(Operand, Operand)
    case contains(Operand, Operand)
    /// The whole item is this one.
    case isItem(Item)
}

extension Condition {
    /// Whether it holds for an item; one that does not exist has no attributes.
    func matches(_ item: Item) -> Bool {
        switch self {
        case .isItem(let other): return item == other
        case .compare(let comparator, let left, let right):
            return Condition.compare(comparator, left.value(in: item), right.value(in: item))
        case .between(let operand, let lower, let upper):
            let value = operand.value(in: item)
            return Condition.compare(.greaterOrEqual, value, lower.value(in: item))
                && Condition.compare(.lessOrEqual, value, upper.value(in: item))
        case .isIn(let operand, let others):
            guard let value = operand.value(in: item) else { return false }
            return others.contains { $0.value(in: item) == value }
        case .and(let left, let right): return left.matches(item) && right.matches(item)
        case .or(let left, let right): return left.matches(item) || right.matches(item)
        case .not(let inner): return !inner.matches(item)
        case .exists(let path): return path.value(in: item) != nil
        case .notExists(let path): return path.value(in: item) == nil
        case .hasType(let operand, let type): return operand.value(in: item)?.type == type
        case .beginsWith(let operand, let prefix):
            switch (operand.value(in: item), prefix.value(in: item)) {
            case (.string(let text)?, .string(let prefix)?): return text.utf8.starts(with: prefix.utf8)
            case (.binary(let bytes)?, .binary(let prefix)?): return bytes.starts(with: prefix)
            default: return false
            }
        case .contains(let operand, let part):
            guard let value = operand.value(in: item), let part = part.value(in: item) else { return false }
            return value.contains(part)
        }
    }

    /// Compares two values; a missing one equals nothing, and values of two kinds have no order.
    static func compare(_ comparator: Comparator, _ left: AttributeValue?, _ right: AttributeValue?) -> Bool {
        switch comparator {
        case .equal: return left != nil && left == right
        case .notEqual: return left == nil || left != right
        case .less, .lessOrEqual, .greater, .greaterOrEqual: break
        }
        guard let left, let right, let order = left.order(to: right) else { return false }
        switch comparator {
        case .less: return order < 0
        case .lessOrEqual: return order <= 0
        case .greater: return order > 0
        default: return order >= 0
        }
    }
}

extension Operand {
    /// The value for an item, or nil where there is none. For conditions, in which only paths, values and
    /// size stand.
    func value(in item: Item) -> AttributeValue? {
        switch self {
        case .path(let path): path.value(in: item)
        case .value(let value): value
        case .size(let operand): operand.value(in: item)?.count.map { .number(Number($0)) }
        case .ifNotExists, .listAppend, .sum, .difference: nil
        }
    }
}

extension AttributeValue {
    /// Negative, zero or positive as it comes before, equals or comes after `other`; nil where the two have
    /// no order.
    package func order(to other: AttributeValue) -> Int? {
        switch (self, other) {
        case (.string(let left), .string(let right)): ByteOrder.compare(left, right)
        case (.number(let left), .number(let right)): Number.order(left, right)
        case (.binary(let left), .binary(let right)): ByteOrder.compare(left, right)
        default: nil
        }
    }

    /// What the function `size` gives: of a string UTF-16 units, as the service's own answers show; of a
    /// binary bytes, of the others elements; nil for kinds that have no size.
    fileprivate var count: Int? {
        switch self {
        case .string(let text): text.utf16.count
        case .binary(let bytes): bytes.count
        case .list(let values): values.count
        case .map(let map): map.count
        case .stringSet(let members): members.count
        case .numberSet(let members): members.count
        case .binarySet(let members): members.count
        case .number, .bool, .null: nil
        }
    }

    /// What the function `contains` finds: a part of a string or binary, a set's member, a list's element.
    fileprivate func contains(_ part: AttributeValue) -> Bool {
        switch (self, part) {
        case (.string(let text), .string(let part)): Array(text.utf8).contains(Array(part.utf8))
        case (.binary(let bytes), .binary(let part)): bytes.contains(part)
        case (.stringSet(let members), .string(let member)): members.contains(member)
        case (.numberSet(let members), .number(let member)): members.contains(member)
        case (.binarySet(let members), .binary(let member)): members.contains(member)
        case (.list(let values), _): values.contains(part)
        default: false
        }
    }
}

extension [UInt8] {
    /// Whether `part` stands somewhere in the bytes.
    fileprivate func contains(_ part: [UInt8]) -> Bool {
        guard let first = part.first else { return true }
        guard count >= part.count else { return false }
        if part.count > 32 { return containsLong(part) }
        for start in 0...(count - part.count) where self[start] == first && self[start...].starts(with: part)
        {
            return true
        }
        return false
    }

    /// The same in time that grows with the sum of the lengths, not with their product: Knuth, Morris and
    /// Pratt's search.
    private func containsLong(_ part: [UInt8]) -> Bool {
        // How long a beginning of `part` ends at each place of it.
        var borders = [Int](repeating: 0, count: part.count)
        var length = 0
        for index in 1..<part.count {
            while length > 0, part[length] != part[index] { length = borders[length - 1] }
            if part[length] == part[index] { length += 1 }
            borders[index] = length
        }
        length = 0
        for byte in self {
            while length > 0, part[length] != byte { length = borders[length - 1] }
            if part[length] == byte { length += 1 }
            if length == part.count { return true }
        }
        return false
    }
}
