import Issuing

extension Problem {
    /// The problem that an error about service accounts comes to.
    init(serviceAccount error: ServiceAccountError) {
        switch error {
        case .tooMany: self = Problem(.limitReached, error.description)
        }
    }

    /// The problem that an error about identity providers comes to.
    init(provider error: IdentityProviderError) {
        switch error {
        case .noSuchProvider: self = Problem(.notFound, error.description, field: "provider")
        case .noSuchPerson: self = Problem(.notFound, error.description, field: "person")
        case .tooManyRefused: self = Problem(.limitReached, error.description)
        case .nameTaken: self = Problem(.nameTaken, error.description, field: "name")
        case .issuerTaken: self = Problem(.nameTaken, error.description, field: "issuer")
        case .notShared: self = .invalid(error.description, field: "sharedBy")
        case .tooMany: self = Problem(.limitReached, error.description)
        case .fixed(let field), .invalid(let field, _): self = .invalid(error.description, field: field)
        }
    }
}
