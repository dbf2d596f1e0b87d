import Tokens

/// Why a provider's token is not exchanged. It never holds the token.
public struct SubjectTokenRefusal: Error, Equatable, Sendable, CustomStringConvertible {
    /// Whose business it is.
    public enum Kind: Sendable {
        /// The token is none, or not one that the provider's registration lets in.
        case token
        /// The token is right, and lets its holder act for several schools or for others than the one that was asked for.
        case scope
        /// The provider's keys cannot be had now.
        case provider
    }

    /// Whose business it is.
    public let kind: Kind
    /// What was expected, what was found and what to do.
    public let description: String

    init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }

    init(_ error: TokenError) { self.init(.token, error.description) }
}
