import Base
import Registry

/// Why an identity provider was not registered, found, changed or removed.
public enum IdentityProviderError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The tenant has none of that name.
    case noSuchProvider(String, TenantID)
    /// Nobody of that name was ever refused.
    case noSuchPerson(String, TenantID)
    /// As many people were refused as may be.
    case tooManyRefused(max: Int)
    /// The tenant has one of that name.
    case nameTaken(String)
    /// The issuer, or this share of it, is registered already: an issuer speaks for one tenant, and each share of it for one.
    case issuerTaken(String)
    /// The issuer speaks for the customers of many, and no claim was named that tells them apart.
    case notShared(String, by: String)
    /// The tenant has as many as it may have.
    case tooMany(max: Int)
    /// What a provider is does not change: its issuer, and its share of it.
    case fixed(field: String)
    /// A member is not of its form.
    case invalid(field: String, String)

    /// What is wrong and what to do.
    public var description: String {
        switch self {
        case .noSuchProvider(let name, let tenant):
            "tenant `\(tenant)` has no identity provider `\(name)`; `homeroom identity-provider list \(tenant)` shows those it has"
        case .noSuchPerson(let text, let tenant):
            "nobody called `\(text)` was refused; `homeroom person list \(tenant)` shows who was"
        case .tooManyRefused(let max):
            "the tenant has refused \(max) people already; let some in again who cannot come any more, or remove the provider"
        case .nameTaken(let name):
            "the tenant has an identity provider `\(name)` already; choose another name, or remove that one first"
        case .issuerTaken(let issuer):
            "the issuer `\(issuer)` is registered already, and speaks for its own tenant alone; where it serves several districts, each "
                + "names the same claim that tells them apart, with a value of its own (--shared-by CLAIM --require CLAIM=VALUE)"
        case .notShared(let issuer, let claim):
            "`\(issuer)` speaks for everybody's users: name the claim that tells the district's apart (--shared-by \(claim) "
                + "--require \(claim)=VALUE)"
        case .tooMany(let max): "the tenant has \(max) identity providers already; remove one first"
        case .fixed(let field):
            "a provider's issuer does not change, nor the claim that tells a shared issuer's customers apart and its value (`\(field)`): "
                + "that is another provider. Add that one under a name of its own, then remove this one"
        case .invalid(_, let expected): expected
        }
    }
}
