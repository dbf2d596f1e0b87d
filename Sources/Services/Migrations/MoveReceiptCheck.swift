import Base
import FoundationEssentials
import Tokens

/// Whether a receipt of a move is what this service signed: from the receipt and the published keys alone.
public struct MoveReceiptCheck: Sendable {
    /// Whose place was changed.
    public enum Receipt: Sendable {
        /// A tenant's.
        case tenant(MoveReceipt)
        /// A school's.
        case school(SchoolMoveReceipt)
    }

    /// The receipt that the statement holds.
    public let receipt: Receipt
    /// The key that signed it.
    public let keyID: String

    /// Checks a signed receipt, a JWS in compact form.
    /// - Throws: `TokenError` where the signature is not that of one of the keys, `TokenError.header` where it is of another type;
    ///   `MoveReceiptFault` where what is signed is no receipt or its digest is not its own.
    public init(_ text: String, keys: JSONWebKeySet) throws {
        let compact = text.filter { !$0.isWhitespace }
        do {
            let statement = try SignedStatement(
                verifying: compact, type: MoveReceipt.statementType, keys: keys)
            let found = try Self.read(MoveReceipt.self, statement)
            guard try found.computedDigest() == found.digest else { throw MoveReceiptFault.digest }
            receipt = .tenant(found)
            keyID = statement.keyID
        } catch TokenError.header(name: "typ") {
            let statement = try SignedStatement(
                verifying: compact, type: SchoolMoveReceipt.statementType, keys: keys)
            let found = try Self.read(SchoolMoveReceipt.self, statement)
            guard try found.computedDigest() == found.digest else { throw MoveReceiptFault.digest }
            receipt = .school(found)
            keyID = statement.keyID
        }
    }

    private static func read<Found: Decodable>(
        _ type: Found.Type, _ statement: SignedStatement
    ) throws -> Found {
        do { return try JSONDecoder().decode(type, from: Data(statement.payload)) } catch {
            throw MoveReceiptFault.unreadable
        }
    }
}

/// Why something is no receipt of a move.
public enum MoveReceiptFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// The signed text is not that of a receipt.
    case unreadable
    /// The receipt's digest is another than its content's.
    case digest

    /// What is wrong.
    public var description: String {
        switch self {
        case .unreadable: "the signed text is no receipt of a move"
        case .digest: "the receipt's digest is not that of its content"
        }
    }
}
