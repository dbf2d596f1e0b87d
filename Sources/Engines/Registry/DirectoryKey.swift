import Base

/// The sixteen bytes of a tenant's or a school's id as two words: quick to hash and to compare.
///
/// Relies on INVARIANT (prefix-free ids): all ids have sixteen bytes.
struct DirectoryKey: Hashable {
    private let high: UInt64
    private let low: UInt64

    /// Nil unless there are sixteen bytes.
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count == 16 else { return nil }
        high = bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self)
        low = bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
    }

    init(_ tenant: TenantID) { self.init(text: tenant.text) }

    init(_ school: SchoolID) { self.init(text: school.text) }

    private init(text: String) {
        var text = text
        let key = text.withUTF8 { DirectoryKey(UnsafeRawBufferPointer($0)) }
        guard let key else { preconditionFailure("ids have sixteen bytes") }
        self = key
    }

    /// A number below 256 that spreads the ids evenly.
    var shard: Int {
        Int(truncatingIfNeeded: ((high &* 0x9E37_79B9_7F4A_7C15) ^ (low &* 0xBF58_476D_1CE4_E5B9)) >> 56)
    }

    static func == (left: DirectoryKey, right: DirectoryKey) -> Bool {
        left.low == right.low && left.high == right.high
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(high)
        hasher.combine(low)
    }
}
