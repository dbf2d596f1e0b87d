/// What is known of a request or a session: condition keys and their values, as bytes of UTF-8.
///
/// Made to be filled again and again without allocating: `removeAll` keeps the room. A key without a value is
/// absent.
public struct ContextValues: Sendable {
    /// A piece of a buffer.
    struct Slice: Sendable {
        let start: Int
        let count: Int
    }

    struct Entry: Sendable {
        let key: ConditionKey
        let tagHash: UInt64
        let tag: Slice
        let first: Int
        var last: Int
    }

    /// A value and the next one of its key, or -1.
    struct Value: Sendable {
        let slice: Slice
        var next: Int
    }

    private(set) var bytes: [UInt8] = []
    private(set) var entries: [Entry] = []
    private(set) var values: [Value] = []

    /// Nothing known.
    public init() {}

    /// Forgets everything and keeps the room.
    public mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        entries.removeAll(keepingCapacity: true)
        values.removeAll(keepingCapacity: true)
    }

    /// How much is known at a moment, to go back to.
    public struct Mark: Sendable {
        fileprivate let bytes: Int
        fileprivate let entries: Int
        fileprivate let values: Int
    }

    /// What is known now, for `restore`.
    public var mark: Mark { Mark(bytes: bytes.count, entries: entries.count, values: values.count) }

    /// Forgets what became known since `mark`, which must have been keys that were absent then; keeps the room.
    public mutating func restore(_ mark: Mark) {
        bytes.removeLast(bytes.count - mark.bytes)
        entries.removeLast(entries.count - mark.entries)
        values.removeLast(values.count - mark.values)
    }

    /// Gives `key`, which is no family, one more value.
    public mutating func append(_ value: String, to key: ConditionKey) {
        let start = bytes.count
        bytes.append(contentsOf: value.utf8)
        link(key, Slice(start: start, count: bytes.count - start))
    }

    /// Gives `key`, which is no family, one more value.
    public mutating func append(_ value: [UInt8], to key: ConditionKey) {
        let start = bytes.count
        bytes.append(contentsOf: value)
        link(key, Slice(start: start, count: value.count))
    }

    /// Gives `key`, which is no family, one more value.
    public mutating func append(_ value: Span<UInt8>, to key: ConditionKey) {
        let start = bytes.count
        value.withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
        link(key, Slice(start: start, count: value.count))
    }

    /// Gives `key` the value `true` or `false`.
    public mutating func append(_ value: Bool, to key: ConditionKey) {
        append(value ? "true" : "false", to: key)
    }

    /// Gives a key or a tag one more value.
    public mutating func append(_ value: String, to name: ConditionKeyName) {
        guard let tag = name.tag else { return append(value, to: name.key) }
        let tagStart = bytes.count
        bytes.append(contentsOf: tag.utf8)
        let tagSlice = Slice(start: tagStart, count: bytes.count - tagStart)
        let start = bytes.count
        bytes.append(contentsOf: value.utf8)
        link(
            name.key, Slice(start: start, count: bytes.count - start), tag: tagSlice,
            tagHash: ContextValues.hash(tag))
    }

    private mutating func link(
        _ key: ConditionKey, _ slice: Slice, tag: Slice = Slice(start: 0, count: 0), tagHash: UInt64 = 0
    ) {
        precondition(
            key.isFamily == (tag.count > 0), "a tag's value wants the tag's name, any other key none")
        let value = values.count
        values.append(Value(slice: slice, next: -1))
        let found = tag.count == 0 ? find(key) : find(key, tagHash: tagHash, tag: tag, in: bytes)
        if found >= 0 {
            values[entries[found].last].next = value
            entries[found].last = value
        } else {
            entries.append(Entry(key: key, tagHash: tagHash, tag: tag, first: value, last: value))
        }
    }

    /// The entry of a key that is no family; -1 where it is absent.
    @inline(__always) func find(_ key: ConditionKey) -> Int {
        for index in entries.indices where entries[index].key == key { return index }
        return -1
    }

    /// The entry of a key, whose tag's name stands in `pool`; -1 where it is absent.
    @inline(__always) func find(_ key: ConditionKey, tagHash: UInt64, tag: Slice, in pool: [UInt8]) -> Int {
        for index in entries.indices where entries[index].key == key && entries[index].tagHash == tagHash {
            if tag.count == 0 || isSame(entries[index].tag, tag, pool) { return index }
        }
        return -1
    }

    private func isSame(_ own: Slice, _ tag: Slice, _ pool: [UInt8]) -> Bool {
        guard own.count == tag.count else { return false }
        for offset in 0..<own.count where bytes[own.start + offset] != pool[tag.start + offset] {
            return false
        }
        return true
    }

    /// FNV-1a of a tag's name: only to skip other tags fast, the names are compared as well.
    static func hash(_ tag: String) -> UInt64 {
        tag.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    /// The values of a key as text, for explanations; empty where it is absent.
    public func texts(of name: ConditionKeyName) -> [String] {
        let tag = Array((name.tag ?? "").utf8)
        let hash = name.tag.map(ContextValues.hash) ?? 0
        let index = find(name.key, tagHash: hash, tag: Slice(start: 0, count: tag.count), in: tag)
        guard index >= 0 else { return [] }
        var texts: [String] = []
        var value = entries[index].first
        while value >= 0 {
            let slice = values[value].slice
            texts.append(String(decoding: bytes[slice.start..<slice.start + slice.count], as: UTF8.self))
            value = values[value].next
        }
        return texts
    }
}
