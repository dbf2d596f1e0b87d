/// What a tenant has used since it was taken last: counted where its budget is, under the same lock.
public struct TenantUsage: Hashable, Sendable {
    /// Halves of read units.
    public var readHalfUnits = 0
    /// Halves of write units.
    public var writeHalfUnits = 0
    /// Requests that used something, also those whose condition did not hold.
    public var requests = 0
    /// Requests that were turned away because the tenant had used up its rate.
    public var throttled = 0
    /// Items that were added, less those that were removed.
    public var items = 0
    /// How much larger all items have become, in bytes as DynamoDB counts an item's size.
    public var bytes = 0

    /// Nothing.
    public init() {}

    /// Whether nothing was used.
    public var isEmpty: Bool { self == TenantUsage() }

    /// The two together.
    public mutating func add(_ other: TenantUsage) {
        readHalfUnits += other.readHalfUnits
        writeHalfUnits += other.writeHalfUnits
        requests += other.requests
        throttled += other.throttled
        items += other.items
        bytes += other.bytes
    }
}
