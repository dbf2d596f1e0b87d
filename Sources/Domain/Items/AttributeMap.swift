/// Attributes by name, ordered by the names' UTF-8 bytes: the content of an item or of a map.
///
/// Used as a dictionary is, but names are compared byte by byte, iteration has an order, and building one
/// from stored bytes needs no hashing. Looking up costs a binary search.
public struct AttributeMap: Sendable {
    /// A name and its value.
    public typealias Element = (key: String, value: AttributeValue)

    // INVARIANT (sorted names): ascending by ByteOrder, none twice.
    private var entries: [Element] = []

    /// No attributes.
    public init() {}

    /// The attributes of a dictionary.
    public init(_ dictionary: [String: AttributeValue]) {
        entries = dictionary.map { ($0.key, $0.value) }
        entries.sort { ByteOrder.compare($0.key, $1.key) < 0 }
    }

    /// The value under a name; setting nil removes it.
    public subscript(name: String) -> AttributeValue? {
        get {
            let (index, isFound) = position(of: name)
            return isFound ? entries[index].value : nil
        }
        set {
            let (index, isFound) = position(of: name)
            switch (newValue, isFound) {
            case (let value?, true): entries[index].value = value
            case (let value?, false): entries.insert((name, value), at: index)
            case (nil, true): entries.remove(at: index)
            case (nil, false): break
            }
        }
    }

    /// Removes a value and gives it back.
    @discardableResult
    public mutating func removeValue(forKey name: String) -> AttributeValue? {
        let (index, isFound) = position(of: name)
        return isFound ? entries.remove(at: index).value : nil
    }

    /// The names, in order.
    public var keys: [String] { entries.map(\.key) }

    /// The values, in the order of their names.
    public var values: [AttributeValue] { entries.map(\.value) }

    /// Makes room for that many.
    mutating func reserveCapacity(_ count: Int) { entries.reserveCapacity(count) }

    /// Adds one that most likely comes last; where the name is there already, the new value takes its place.
    mutating func append(_ name: String, _ value: AttributeValue) {
        if let last = entries.last, ByteOrder.compare(last.key, name) >= 0 {
            self[name] = value
        } else {
            entries.append((name, value))
        }
    }

    /// Whether a name comes behind all others.
    func comesLast(_ name: String) -> Bool {
        entries.last.map { ByteOrder.compare($0.key, name) < 0 } ?? true
    }

    /// The attributes of both: of a name that stands twice, the last value.
    /// - Parameter others: ascending by name; a name may stand in it several times.
    func merging(_ others: some Sequence<Element>) -> AttributeMap {
        var merged = AttributeMap()
        var rest = entries[...]
        for other in others {
            while let first = rest.first, ByteOrder.compare(first.key, other.key) <= 0 {
                merged.append(first.key, first.value)
                rest.removeFirst()
            }
            merged.append(other.key, other.value)
        }
        merged.entries.append(contentsOf: rest)
        return merged
    }

    /// Changes a value where it stands.
    mutating func update<Result>(
        _ name: String, _ body: (inout AttributeValue?) throws(ItemError) -> Result
    ) throws(ItemError) -> Result {
        let (index, isFound) = position(of: name)
        guard isFound else {
            var value: AttributeValue?
            let result = try body(&value)
            if let value { entries.insert((name, value), at: index) }
            return result
        }
        var value: AttributeValue? = entries[index].value
        entries[index].value = .null
        let result = try body(&value)
        if let value { entries[index].value = value } else { entries.remove(at: index) }
        return result
    }

    private func position(of name: String) -> (index: Int, isFound: Bool) {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            let order = ByteOrder.compare(entries[middle].key, name)
            if order == 0 { return (middle, true) }
            if order < 0 { low = middle + 1 } else { high = middle }
        }
        return (low, false)
    }
}

extension AttributeMap: RandomAccessCollection {
    /// The first index.
    public var startIndex: Int { 0 }
    /// The index behind the last.
    public var endIndex: Int { entries.count }
    /// The name and value at an index.
    public subscript(position: Int) -> Element { entries[position] }
}

extension AttributeMap: Hashable {
    /// Whether names and values are the same.
    public static func == (left: AttributeMap, right: AttributeMap) -> Bool {
        guard left.entries.count == right.entries.count else { return false }
        for index in left.entries.indices {
            guard ByteOrder.areEqual(left.entries[index].key, right.entries[index].key),
                left.entries[index].value == right.entries[index].value
            else { return false }
        }
        return true
    }

    /// Feeds names and values to a hasher.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(entries.count)
        for entry in entries {
            ByteOrder.hash(entry.key, into: &hasher)
            hasher.combine(entry.value)
        }
    }
}

extension AttributeMap: ExpressibleByDictionaryLiteral {
    /// The attributes listed; of a name that stands twice, the last value.
    public init(dictionaryLiteral elements: (String, AttributeValue)...) {
        for (name, value) in elements { append(name, value) }
    }
}
