import Base
import Tenancy

/// Somebody at a district; part of the tenant's record.
public struct TenantContact: Hashable, Sendable, Codable {
    /// What tells it from the tenant's other contacts, from 1; not given away again.
    public let number: Int
    /// The person's name.
    public var name: String
    /// What the person does: `billing`, `technology`.
    public var role: String
    /// Where to write to.
    public var email: EmailAddress
    /// Where to call, as people write it; nil where nobody said.
    public var phone: String?

    /// A contact.
    public init(number: Int, name: String, role: String, email: EmailAddress, phone: String? = nil) {
        self.number = number
        self.name = name
        self.role = role
        self.email = email
        self.phone = phone
    }
}
