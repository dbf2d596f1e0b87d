import Base
import Registry

/// Why a member of a district was not invited, found or changed. What has to do with passwords is an `AccountError`.
public enum MemberError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The tenant has no such member.
    case noSuchMember(String, TenantID)
    /// The tenant has a member of that name.
    case taken(MemberName)
    /// It cannot be what somebody signs in with.
    case badName(String)
    /// They cannot be the students whose records are a member's to read; the text says why.
    case badStudents(String)

    /// What is wrong and what to do.
    public var description: String {
        switch self {
        case .noSuchMember(let text, let tenant):
            "tenant `\(tenant)` has no member `\(text)`; `homeroom member list \(tenant)` shows those it has"
        case .taken(let name):
            "the tenant has a member `\(name)` already; `homeroom member reset` invites them anew"
        case .badStudents(let reason): "the students cannot be this member's: \(reason)"
        case .badName(let text):
            "expected 1 to 128 letters, digits and `._+-@` as the member's name, found `\(text)`"
        }
    }
}
