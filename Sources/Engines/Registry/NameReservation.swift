import Base

/// Holds a tenant's name, so that a second tenant cannot take it by accident.
public struct NameReservation: RegistryRecord {
    /// Where the records of this kind lie.
    public static let partition = "name"

    /// The folded name.
    public let id: String
    /// Who has it.
    public var tenant: TenantID
    /// How many times the record was written.
    public var version: Int64 = 0

    /// The folded name.
    public static func sortKey(of id: String) -> String { id }

    /// The reservation of `name` (folded here) for a tenant.
    public init(name: String, tenant: TenantID) {
        id = Self.folded(name)
        self.tenant = tenant
    }

    /// The name in lower case, each run of white space one space, none at the ends.
    public static func folded(_ name: String) -> String {
        name.lowercased().split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}
