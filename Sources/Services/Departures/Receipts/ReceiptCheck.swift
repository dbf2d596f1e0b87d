import Base
import FoundationEssentials
import Tokens

/// Whether a receipt is what this service signed: from the receipt and the published keys alone.
public struct ReceiptCheck: Sendable {
    /// The receipt that the statement holds.
    public let receipt: RemovalReceipt
    /// The key that signed it.
    public let keyID: String

    /// Checks a signed receipt, a JWS in compact form.
    /// - Throws: `TokenError` where the signature is not that of one of the keys; `ReceiptFault` where what is signed is no
    ///   receipt or its digest is not its own.
    public init(_ text: String, keys: JSONWebKeySet) throws {
        let compact = text.filter { !$0.isWhitespace }
        let statement = try SignedStatement(
            verifying: compact, type: RemovalReceipt.statementType, keys: keys)
        do {
            receipt = try JSONDecoder().decode(RemovalReceipt.self, from: Data(statement.payload))
        } catch { throw ReceiptFault.unreadable }
        guard try receipt.computedDigest() == receipt.digest else { throw ReceiptFault.digest }
        keyID = statement.keyID
    }
}

/// Why something is no receipt.
public enum ReceiptFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// The signed text is not that of a receipt.
    case unreadable
    /// The receipt's digest is another than its content's.
    case digest

    /// What is wrong.
    public var description: String {
        switch self {
        case .unreadable: "the signed text is no receipt of a removal"
        case .digest: "the receipt's digest is not that of its content"
        }
    }
}
