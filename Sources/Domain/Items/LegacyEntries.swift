/// What an older parameter says of each attribute, in the order of the names' bytes: so that errors do not
/// depend on chance, and names are told apart as items tell them apart.
public struct LegacyEntries<Value: Sendable>: Sendable {
    /// The attributes' names with what is said of them: ascending by bytes, none twice.
    public let entries: [(name: String, value: Value)]

    /// The entries of a request; of a name that stands twice, the last counts.
    public init(_ entries: [(name: String, value: Value)]) {
        let sorted = entries.enumerated().sorted { left, right in
            let order = ByteOrder.compare(left.element.name, right.element.name)
            return order == 0 ? left.offset < right.offset : order < 0
        }
        var distinct: [(name: String, value: Value)] = []
        distinct.reserveCapacity(sorted.count)
        for (_, entry) in sorted {
            if let last = distinct.last, ByteOrder.areEqual(last.name, entry.name) { distinct.removeLast() }
            distinct.append(entry)
        }
        self.entries = distinct
    }

    /// How many attributes are named.
    public var count: Int { entries.count }

    /// Checks that attributes may have these names.
    /// - Throws: `validation` in AWS's words.
    func checkNames() throws(ItemError) {
        for (name, _) in entries { try ItemError.check(attributeName: name) }
    }

    /// The attributes' names.
    var names: MemberSet<String> { MemberSet(entries.map(\.name)) }
}

extension LegacyEntries: ExpressibleByDictionaryLiteral {
    /// The entries listed.
    public init(dictionaryLiteral elements: (String, Value)...) {
        self.init(elements.map { (name: $0.0, value: $0.1) })
    }
}
