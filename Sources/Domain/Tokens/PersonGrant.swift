/// The grant of a token that somebody got whom an identity provider knows: it can be refused with all of the provider's, or by itself.
public struct PersonGrant: Hashable, Sendable {
    /// The registration of the provider that let them in.
    public let provider: String
    /// The person: another one for each person of each tenant.
    public let person: String

    /// The grant of a person that a provider let in. Neither has a dot.
    public init(provider: String, person: String) {
        self.provider = provider
        self.person = person
    }

    /// The grant that a token names; nil where it is of another kind.
    public init?(_ text: String?) {
        guard let parts = text?.split(separator: ".", omittingEmptySubsequences: false), parts.count == 2
        else { return nil }
        (provider, person) = (String(parts[0]), String(parts[1]))
    }

    /// As tokens name it.
    public var text: String { provider + "." + person }
}
