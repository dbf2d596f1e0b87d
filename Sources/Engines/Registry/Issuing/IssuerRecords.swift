import Base
import Crypto

/// An issuer that is registered somewhere: for one tenant alone, or for several that one claim tells apart.
///
/// INVARIANT (one tenant of a token): no issuer is registered both ways or by two claims, and each share of one has one holder,
/// so that whatever a token says at most one tenant's provider believes it.
public struct IssuerRecord: RegistryRecord {
    /// Where the records of this kind lie.
    public static let partition = "issuer"

    /// SHA-256 of the issuer's URL without differences that mean nothing, in lower case hex.
    public let id: String
    /// The claim whose value tells its customers apart; nil where it speaks for one tenant alone.
    public let sharedBy: String?
    /// How many providers hold a share.
    public var count: Int
    /// How many times the record was written.
    public var version: Int64 = 0

    /// The id itself.
    public static func sortKey(of id: String) -> String { id }

    /// An issuer that is registered for the first time.
    public init(issuer: String, sharedBy: String?) {
        id = Self.id(of: issuer)
        self.sharedBy = sharedBy
        count = 1
    }

    /// The id of an issuer: scheme and host in any case, and a slash at the end or none, are the same one.
    public static func id(of issuer: String) -> String {
        var plain = issuer
        while plain.hasSuffix("/") { plain.removeLast() }
        let start = plain.firstRange(of: "://")?.upperBound ?? plain.startIndex
        let end = plain[start...].firstIndex(of: "/") ?? plain.endIndex
        return SHA256.hash(plain[..<end].lowercased() + plain[end...]).hex
    }
}

/// What one tenant's provider holds of an issuer: all of it, or the people of whom a claim has one value.
public struct IssuerShareRecord: RegistryRecord {
    /// Where the records of this kind lie.
    public static let partition = "issuer-share"

    /// The issuer's id, a slash, and SHA-256 of the claim's value; nothing behind the slash where it is all of it.
    public let id: String
    /// The provider's id.
    public let provider: String
    /// How many times the record was written.
    public var version: Int64 = 0

    /// The id itself.
    public static func sortKey(of id: String) -> String { id }

    /// The share of an issuer with this value of the claim that tells its customers apart; all of it where that is nil.
    public init(issuer: String, value: String?, provider: String) {
        id = Self.id(of: issuer, value: value)
        self.provider = provider
    }

    /// The id of a share.
    public static func id(of issuer: String, value: String?) -> String {
        IssuerRecord.id(of: issuer) + "/" + (value.map { SHA256.hash($0).hex } ?? "")
    }
}

extension IdentityProviderRecord {
    /// The value of the claim that tells its people from those of others; nil where the issuer speaks for its tenant alone.
    public var share: String? { sharedBy.flatMap { mapping.required[$0] } }
}

extension Registry {
    /// The changes that remove a provider together with what it holds of its issuer.
    /// - Throws: `RegistryError`.
    public func removal(
        of provider: IdentityProviderRecord
    ) throws(RegistryError) -> [RegistryChange] {
        var changes: [RegistryChange] = [.delete(provider)]
        let share = IssuerShareRecord.id(of: provider.issuer, value: provider.share)
        if let record = try read(IssuerShareRecord.self, share) { changes.append(.delete(record)) }
        if var issuer = try read(IssuerRecord.self, IssuerRecord.id(of: provider.issuer)) {
            issuer.count -= 1
            changes.append(issuer.count > 0 ? .replace(issuer) : .delete(issuer))
        }
        return changes
    }
}
