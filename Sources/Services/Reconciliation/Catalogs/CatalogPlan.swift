import Base
import Tenancy

/// What it would mean to put a catalog in force.
public struct CatalogPlan: Sendable, Equatable {
    /// SHA-256 of its text, in hexadecimal.
    public let digest: String
    /// That of the catalog in force.
    public let digestInForce: String
    /// What changes, and what speaks against it.
    public let change: CatalogChange
    /// The runs under way that it waits for, because they are at the tables that it changes.
    public let waitsFor: [RunID]

    /// Whether it is the one in force.
    public var isInForce: Bool { digest == digestInForce }
}

/// Why a catalog was not taken.
public enum CatalogDeskError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What is wrong with its text, fault by fault.
    case faulty(String)
    /// It has more bytes than are kept.
    case tooLarge(bytes: Int)
    /// It could expose or orphan data: what speaks against it.
    case refused(CatalogPlan)
    /// There is no catalog in force yet.
    case nothingInForce

    /// What happened and what to do.
    public var description: String {
        switch self {
        case .faulty(let faults): "the catalog cannot be used:\n\(faults)"
        case .tooLarge(let bytes):
            "the catalog has \(bytes) bytes; at most \(Limits.catalogBytesMax) can be put in force"
        case .refused(let plan):
            "the catalog is not put in force:"
                + plan.change.entries.filter { $0.weight == .refused }.map { "\n\($0.subject) \($0.text)" }
                .joined()
        case .nothingInForce: "no catalog is in force yet; start the server with one first"
        }
    }
}
