/// Builds a map from attributes in any order. A few are put in their places one by one; of many, those out of
/// order wait to be sorted together, since each insertion moves all behind it and a request has room for a
/// million.
struct AttributeMapBuilder {
    private static let insertionsMax = 64

    private var map = AttributeMap()
    private var waiting: [AttributeMap.Element] = []

    init(reserving count: Int) { map.reserveCapacity(count) }

    /// Adds an attribute; where the name is there already, the new value takes its place.
    mutating func append(_ name: String, _ value: AttributeValue) {
        if waiting.isEmpty, map.count < Self.insertionsMax || map.comesLast(name) {
            map.append(name, value)
        } else {
            waiting.append((name, value))
        }
    }

    /// The map; the builder is used up.
    mutating func finish() -> AttributeMap {
        if waiting.isEmpty { return map }
        let sorted = waiting.enumerated().sorted { left, right in
            let order = ByteOrder.compare(left.element.key, right.element.key)
            return order == 0 ? left.offset < right.offset : order < 0
        }
        return map.merging(sorted.lazy.map(\.element))
    }
}
