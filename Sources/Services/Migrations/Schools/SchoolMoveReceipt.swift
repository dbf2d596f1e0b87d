import Base
import Crypto
import FoundationEssentials
import Registry
import Tables
import Tenancy
import Tokens
import Workflows

/// What a school's move leaves to be checked.
public struct SchoolMoveReceipt: RegistryRecord {
    /// Where receipts lie in the registry.
    public static let partition = "school-receipt"

    /// The run.
    public let id: RunID
    /// The school.
    public let school: SchoolID
    /// Its name.
    public let name: String
    /// The tenant that it left.
    public let from: TenantID
    /// The tenant that it came to.
    public let to: TenantID
    /// The store that it left.
    public let fromStore: StoreID
    /// The store that it came to: the same where both tenants are in one.
    public let toStore: StoreID
    /// Who asked for it.
    public let actor: AuditActor
    /// What was brought to the target: the school's own items where that is another store, and those that hang on it.
    public let copied: Extent
    /// Items that were compared with their copies, one by one.
    public let verifiedItems: Int
    /// SHA-256 over what was compared, chunk by chunk: hexadecimal.
    public let verifiedDigest: String
    /// Items that were removed from the source.
    public let removedItems: Int
    /// Items of the old district that name the school and stay there: they hang on it by no rule of the catalog.
    public let unrecognisedItems: Int
    /// What still holds older images of the school's items, and for how long.
    public let remains: [String]
    /// When its writes were refused.
    public let frozenAt: Timestamp
    /// When they went on, at the new tenant.
    public let switchedAt: Timestamp
    /// When the receipt was written.
    public let finishedAt: Timestamp
    /// Its place in the chain of the receipts of schools' moves, from 1; nil in receipts of earlier versions, which are in none.
    public private(set) var number: Int?
    /// The digest of the receipt before; empty for the first of the chain.
    public private(set) var previousDigest: String?
    /// SHA-256 of this receipt without this field, the statement and the version: its JSON with sorted keys, hexadecimal.
    public private(set) var digest: String
    /// The same, signed: what is handed out (a JWS in compact form). Nil in receipts of earlier versions.
    public private(set) var statement: String?
    /// 1 once it is recorded.
    public var version: Int64 = 0

    /// The type of the signed statement.
    public static let statementType = "homeroom-school-move-receipt+jws"

    /// The run's id.
    public static func sortKey(of id: RunID) -> String { id.text }

    init(of move: SchoolMove, following head: SchoolReceiptHead?, sign: SignStatement?) throws {
        let (context, route) = (move.context, move.route)
        let now = context.clock.now()
        let copy = try context.value(for: SchoolMemory.copy, as: RangeCursor.self) ?? RangeCursor()
        let seen = try context.value(for: SchoolMemory.verification, as: Verification.self) ?? Verification()
        let plan = try context.value(for: SchoolMemory.plan, as: SchoolMovePlan.self)
        id = context.run
        school = route.school
        name = route.name
        from = route.source.tenant
        to = route.target.tenant
        fromStore = route.source.store
        toStore = route.target.store
        actor = context.actor
        copied = Extent(items: copy.items, bytes: copy.bytes)
        verifiedItems = seen.cursor.items
        verifiedDigest = seen.digest
        removedItems = try context.value(for: SchoolMemory.removed, as: Int.self) ?? 0
        unrecognisedItems = plan?.unrecognised ?? 0
        remains = [
            "the streams of store `\(route.source.store)` show changes of the last day",
            "its point-in-time history and the backups that were made before hold the items until they expire",
            "the audit log and the runs name the school, without its items",
        ]
        frozenAt = try context.value(for: SchoolMemory.frozenAt, as: Timestamp.self) ?? now
        switchedAt = try context.value(for: SchoolMemory.switchedAt, as: Timestamp.self) ?? now
        finishedAt = now
        number = (head?.number ?? 0) + 1
        previousDigest = head?.digest ?? ""
        digest = ""
        digest = try computedDigest()
        statement = try sign?(Self.statementType, plainText()).text
    }

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

/// The newest receipt of the chain of schools' moves.
struct SchoolReceiptHead: RegistryRecord {
    static let partition = "school-receipt-head"
    static let only = "head"

    let id: String
    var number: Int
    var digest: String
    var version: Int64 = 0

    static func sortKey(of id: String) -> String { id }

    /// The change that makes a receipt the newest.
    static func change(
        from head: SchoolReceiptHead?, to receipt: SchoolMoveReceipt
    ) -> RegistryChange {
        guard var head else {
            return .insert(
                SchoolReceiptHead(id: only, number: receipt.number ?? 0, digest: receipt.digest))
        }
        head.number = receipt.number ?? 0
        head.digest = receipt.digest
        return .replace(head)
    }
}
