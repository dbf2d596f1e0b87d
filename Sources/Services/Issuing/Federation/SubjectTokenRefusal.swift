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
    /// What was expected, what was found and what to do: for anybody who asks.
    public let description: String
    /// What else there is to say to those who run the server and the provider: of URLs, and of what answers there; nil where there
    /// is nothing.
    public let particulars: String?

    init(_ kind: Kind, _ description: String, particulars: String? = nil) {
        self.kind = kind
        self.description = description
        self.particulars = particulars
    }

    /// All that is known.
    public var whole: String { particulars.map { "\(description): \($0)" } ?? description }

    init(_ error: TokenError) { self.init(.token, error.description) }
}
