import Base

/// An item: attributes by name.
public struct Item: Hashable, Sendable {
    /// The attributes.
    public var attributes: AttributeMap

    /// An item of these attributes.
    public init(attributes: AttributeMap = AttributeMap()) { self.attributes = attributes }

    /// An item of these attributes.
    public init(attributes: [String: AttributeValue]) { self.attributes = AttributeMap(attributes) }

    /// Reads an item's stored image, or any item's JSON.
    /// - Throws: as `read(from:)`, and `serialization` where something stands behind the item.
    public init(decoding stored: [UInt8]) throws(ItemError) {
        var reader = JSONReader(stored)
        self = try Item.read(from: &reader)
        do throws(JSONError) { try reader.expectEnd() } catch { throw ItemError(error) }
    }

    /// The value under a name.
    public subscript(name: String) -> AttributeValue? {
        get { attributes[name] }
        set { attributes[name] = newValue }
    }

    /// The bytes that DynamoDB counts: names and values. Source: Developer Guide, "DynamoDB item sizes and
    /// formats".
    public var sizeBytes: Int { attributes.reduce(0) { $0 + $1.key.utf8.count + $1.value.sizeBytes } }

    /// Checks that it is no larger than DynamoDB allows.
    /// - Throws: `itemTooLarge`.
    public func checkSize() throws(ItemError) {
        guard sizeBytes <= Limits.itemBytesMax else { throw .itemTooLarge }
    }
}

extension Item: ExpressibleByDictionaryLiteral {
    /// An item of the attributes listed.
    public init(dictionaryLiteral elements: (String, AttributeValue)...) {
        attributes = AttributeMap()
        for (name, value) in elements { attributes[name] = value }
    }
}
