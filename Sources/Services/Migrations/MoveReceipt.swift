import Base
import Crypto
import FoundationEssentials
import Registry
import Tables
import Tenancy
import Tokens
import Workflows

/// What of a tenant stays in a store that it has left: changes that streams still show and restores are made of.
public struct MoveRemainder: Hashable, Sendable, Codable {
    /// The store.
    public let store: StoreID
    /// Entries of its journal.
    public let journalEntries: Int
    /// When the last of them is trimmed.
    public let until: Timestamp
}

/// What a finished move leaves to be checked. Each receipt holds the digest of the one before, so none can be changed or
/// removed without breaking the chain.
public struct MoveReceipt: RegistryRecord, Hashable {
    /// How a move ended.
    public enum Outcome: String, Hashable, Sendable, Codable {
        /// The tenant is at the target.
        case moved
        /// The tenant was at the target and is back at the source.
        case rolledBack
        /// The tenant never left the source.
        case cancelled
    }

    /// Where receipts lie in the registry.
    public static let partition = "receipt"

    /// The run.
    public let id: RunID
    /// How it ended.
    public let outcome: Outcome
    /// From where to where.
    public let route: MoveRoute
    /// Who asked for it.
    public let actor: AuditActor
    /// Items and bytes that the copy took over.
    public let copied: Extent
    /// Items that the verification compared.
    public let verifiedItems: Int
    /// SHA-256 over what the verification compared, chunk by chunk: hexadecimal.
    public let verifiedDigest: String
    /// Items that the comparison after the switch found equal.
    public let confirmedItems: Int
    /// Entries of the change log that were applied, forward and back.
    public let changesApplied: Int
    /// How often the fence was raised before the switch.
    public let fences: Int
    /// How long writes waited at the switch, in milliseconds; nil where there was none, and where the process ended right behind it.
    public let writePauseMilliseconds: Double?
    /// The same of the switch back.
    public let rollbackPauseMilliseconds: Double?
    /// Items that the clean-up removed from the side that the tenant left.
    public let cleanedItems: Int
    /// When the move was planned.
    public let startedAt: Timestamp
    /// When the placement was switched.
    public let switchedAt: Timestamp?
    /// When the receipt was written.
    public let finishedAt: Timestamp
    /// What stays for a while where the tenant was; nil where nothing does, and in receipts of earlier versions.
    public var remains: [MoveRemainder]?
    /// Its place in the chain, from 1.
    public let number: Int
    /// The digest of the receipt before; empty for the first.
    public let previousDigest: String
    /// SHA-256 of this receipt without this field, the statement and the version: its JSON with sorted keys, hexadecimal.
    public internal(set) var digest: String
    /// The same, signed: what is handed out (a JWS in compact form). Nil in receipts of earlier versions.
    public internal(set) var statement: String?
    /// 1 once it is recorded.
    public var version: Int64 = 0

    /// The type of the signed statement.
    public static let statementType = "homeroom-move-receipt+jws"

    /// The run's id.
    public static func sortKey(of id: RunID) -> String { id.text }

    /// The digest that belongs to the receipt's content.
    public func computedDigest() throws -> String {
        var plain = self
        plain.digest = ""
        return SHA256Hasher().hash(try plain.plainText()).hex
    }

    /// The receipt as it is signed: JSON with sorted keys, without the statement.
    func plainText() throws -> [UInt8] {
        var plain = self
        plain.statement = nil
        plain.version = 0
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return [UInt8](try encoder.encode(plain))
    }
}

/// The newest receipt of the chain.
struct ReceiptHead: RegistryRecord {
    static let partition = "receipt-head"
    static let only = "head"

    let id: String
    var number: Int
    var digest: String
    var version: Int64 = 0

    static func sortKey(of id: String) -> String { id }
}

/// Writes receipts.
struct Receipts {
    let environment: MoveEnvironment

    private func remains(_ context: RunContext) throws -> [MoveRemainder]? {
        let found = try context.value(for: MoveMemory.remains, as: [MoveRemainder].self) ?? []
        return found.isEmpty ? nil : found
    }

    /// Adds the run's receipt to what is to be committed, and makes it the run's result.
    func add(
        _ outcome: MoveReceipt.Outcome, of context: RunContext, route: MoveRoute,
        to transaction: inout RegistryTransaction
    ) throws {
        guard try environment.registry.read(MoveReceipt.self, context.run) == nil else { return }
        let head = try environment.registry.read(ReceiptHead.self, ReceiptHead.only)
        let copy = try context.value(for: MoveMemory.copy, as: RangeCursor.self) ?? RangeCursor()
        let verification =
            try context.value(for: MoveMemory.verification, as: Verification.self) ?? Verification()
        let confirmation =
            try context.value(for: MoveMemory.confirmation, as: Verification.self) ?? Verification()
        let forward = try Move.handOver(.forward, of: route.tenant, in: context)
        let backward = try Move.handOver(.backward, of: route.tenant, in: context)
        let now = context.clock.now()
        var receipt = MoveReceipt(
            id: context.run, outcome: outcome, route: route, actor: context.actor,
            copied: Extent(items: copy.items, bytes: copy.bytes), verifiedItems: verification.cursor.items,
            verifiedDigest: verification.digest, confirmedItems: confirmation.cursor.items,
            changesApplied: forward.applied + backward.applied,
            fences: forward.fences, writePauseMilliseconds: forward.writePauseMilliseconds,
            rollbackPauseMilliseconds: backward.writePauseMilliseconds,
            cleanedItems: try context.value(for: MoveMemory.cleanedItems, as: Int.self) ?? 0,
            startedAt: try context.value(for: MoveMemory.startedAt, as: Timestamp.self) ?? now,
            switchedAt: forward.switchedAt, finishedAt: now, remains: try remains(context),
            number: (head?.number ?? 0) + 1,
            previousDigest: head?.digest ?? "", digest: "")
        receipt.digest = try receipt.computedDigest()
        receipt.statement = try environment.sign?(MoveReceipt.statementType, receipt.plainText()).text
        transaction.changes.append(.insert(receipt))
        if var head {
            head.number = receipt.number
            head.digest = receipt.digest
            transaction.changes.append(.replace(head))
        } else {
            transaction.changes.append(
                .insert(ReceiptHead(id: ReceiptHead.only, number: receipt.number, digest: receipt.digest)))
        }
        transaction.audit.append(
            AuditNote(
                actor: context.actor, action: "tenant.move.\(outcome.rawValue)", subject: route.tenant.text,
                tenant: route.tenant, detail: ["run": context.run.text, "receipt": receipt.digest]))
        try context.setResult(receipt)
    }
}
