import Base

/// Whom a partition key belongs to.
public enum KeyOwner: Hashable, Sendable {
    /// The district itself.
    case tenant(TenantID)
    /// One school, and by it the school's district.
    case school(SchoolID)
}

/// The ids that a partition key may hold if it is to belong to one tenant: the tenant's and its schools'.
///
/// Made once per session; asking it costs no allocation and does not depend on how many schools there are.
public struct KeyOwners: Sendable, Equatable {
    private let tenant: PackedID
    private let schools: Set<PackedID>

    /// The tenant and these of its schools.
    public init(tenant: TenantID, schools: some Sequence<SchoolID>) {
        self.tenant = PackedID(tenant.text)
        self.schools = Set(schools.map { PackedID($0.text) })
    }

    func contains(_ id: PackedID, as variable: OwnedKeyPattern.Variable) -> Bool {
        switch variable {
        case .tenantID: id == tenant
        case .schoolID: schools.contains(id)
        }
    }
}

/// The sixteen bytes of an id in two words: comparing and hashing it allocates nothing, unlike a string of 16
/// bytes.
struct PackedID: Hashable, Sendable {
    static let byteCount = 16
    private let high: UInt64
    private let low: UInt64

    /// The id that begins at `offset`, which need not be aligned.
    init(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
        precondition(offset >= 0 && offset + PackedID.byteCount <= bytes.count, "an id past the end of a key")
        high = bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        low = bytes.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self)
    }

    /// An id's text. INVARIANT (prefix-free ids): always sixteen bytes.
    init(_ text: String) {
        let bytes = Array(text.utf8)
        precondition(bytes.count == PackedID.byteCount, "an id of another length")
        self = bytes.withUnsafeBytes { PackedID($0, at: 0) }
    }
}
