extension ContextValues {
    /// The keys that have a value, in the order in which they came to be known.
    public var names: [ConditionKeyName] {
        entries.compactMap { entry in
            guard entry.key.isFamily else { return ConditionKeyName(entry.key) }
            let tag = bytes[entry.tag.start..<entry.tag.start + entry.tag.count]
            return ConditionKeyName(entry.key, tag: String(decoding: tag, as: UTF8.self))
        }
    }
}
