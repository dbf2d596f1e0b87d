import Base
import Departures
import FoundationEssentials
import Migrations
import Tokens

/// A signed receipt that has been checked: of a removal, of a tenant's move or of a school's.
enum ReceiptVerdict {
    case removal(ReceiptCheck)
    case move(MoveReceiptCheck)

    /// Checks the receipt's signature and digest.
    /// - Throws: `TokenError`, `ReceiptFault`, `MoveReceiptFault` where it is not what these keys signed.
    init(_ text: String, keys: JSONWebKeySet) throws {
        do { self = .removal(try ReceiptCheck(text, keys: keys)) } catch TokenError.header(name: "typ") {
            self = .move(try MoveReceiptCheck(text, keys: keys))
        }
    }

    /// Prints what was signed: for people, or the receipt itself with `--json`.
    func show(_ invocation: Invocation) throws {
        guard !invocation.isSet("json") else { return invocation.terminal.line(try json()) }
        Output(invocation).pairs([("receipt", "signed with key \(keyID)")] + pairs)
    }

    private var keyID: String {
        switch self {
        case .removal(let check): check.keyID
        case .move(let check): check.keyID
        }
    }

    private func json() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        switch self {
        case .removal(let check): return [UInt8](try encoder.encode(check.receipt))
        case .move(let check):
            switch check.receipt {
            case .tenant(let receipt): return [UInt8](try encoder.encode(receipt))
            case .school(let receipt): return [UInt8](try encoder.encode(receipt))
            }
        }
    }

    private var pairs: [(String, String)] {
        switch self {
        case .removal(let check):
            let receipt = check.receipt
            return [
                ("tenant", receipt.tenant.text), ("what", receipt.kind.rawValue),
                ("finished", receipt.finishedAt.iso8601), ("number", String(receipt.number)),
                ("digest", receipt.digest), ("follows", receipt.previousDigest),
            ]
        case .move(let check):
            switch check.receipt {
            case .tenant(let receipt):
                return [
                    ("tenant", receipt.route.tenant.text), ("what", "move, \(receipt.outcome.rawValue)"),
                    ("from", receipt.route.source.store.text), ("to", receipt.route.target.store.text),
                    ("verified", "\(receipt.verifiedItems) items, \(receipt.verifiedDigest)"),
                    ("finished", receipt.finishedAt.iso8601), ("number", String(receipt.number)),
                    ("digest", receipt.digest), ("follows", receipt.previousDigest),
                ]
            case .school(let receipt):
                return [
                    ("school", receipt.school.text), ("what", "move of a school"),
                    ("from", receipt.from.text), ("to", receipt.to.text),
                    ("verified", "\(receipt.verifiedItems) items, \(receipt.verifiedDigest)"),
                    ("finished", receipt.finishedAt.iso8601), ("number", String(receipt.number ?? 0)),
                    ("digest", receipt.digest), ("follows", receipt.previousDigest ?? ""),
                ]
            }
        }
    }
}
