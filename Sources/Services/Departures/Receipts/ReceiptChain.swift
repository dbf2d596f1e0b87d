import Base
import Registry
import Tokens

/// The newest receipt of the chain.
struct RemovalReceiptHead: RegistryRecord {
    static let partition = "removal-receipt-head"
    static let only = "head"

    let id: String
    var number: Int
    var digest: String
    var version: Int64 = 0

    static func sortKey(of id: String) -> String { id }
}

/// Finds a tenant's receipt by the tenant, also when the run is long forgotten.
struct RemovalReceiptOf: RegistryRecord {
    struct ID: Hashable, Sendable, Codable {
        let tenant: TenantID
        let run: RunID
    }

    static let partition = "removal-receipt-of"

    let id: ID
    var version: Int64 = 0

    static func sortKey(of id: ID) -> String { prefix(of: id.tenant) + id.run.text }
    static func prefix(of tenant: TenantID) -> String { tenant.text + "#" }
}

/// What a receipt says, before it has its place in the chain.
struct ReceiptDraft {
    let kind: RemovalReceipt.Kind
    let tenant: TenantID
    let reason: String
    var graceUntil: Timestamp?
    var tables: [RemovalReceipt.Table] = []
    var others: [String: Int] = [:]
    var export: ArchivedExport?
    var rewritten: [Rewriting] = []
    var keysDigest: String?
    var remainders: [RemovalReceipt.Remainder] = []
    var search = RemovalReceipt.Search()

    /// The receipt of the run of `run`, numbered, chained and signed, and the changes that record it.
    func signed(
        of run: RunRecord, at now: Timestamp, registry: Registry, sign: SignStatement
    ) throws -> (receipt: RemovalReceipt, changes: [RegistryChange]) {
        let head = try registry.read(RemovalReceiptHead.self, RemovalReceiptHead.only)
        var receipt = RemovalReceipt(
            id: run.id, kind: kind, tenant: tenant, actor: run.actor.text, reason: reason,
            requestedAt: run.createdAt, graceUntil: graceUntil, finishedAt: now, tables: tables,
            others: others,
            export: export, rewritten: rewritten, keysDigest: keysDigest, remainders: remainders,
            search: search, number: (head?.number ?? 0) + 1, previousDigest: head?.digest ?? "", digest: "",
            statement: "")
        receipt.digest = try receipt.computedDigest()
        receipt.statement = sign(RemovalReceipt.statementType, try receipt.plainText()).text
        var changes: [RegistryChange] = [
            .insert(receipt),
            .insert(RemovalReceiptOf(id: RemovalReceiptOf.ID(tenant: tenant, run: run.id))),
        ]
        if var head {
            head.number = receipt.number
            head.digest = receipt.digest
            changes.append(.replace(head))
        } else {
            changes.append(
                .insert(
                    RemovalReceiptHead(
                        id: RemovalReceiptHead.only, number: receipt.number, digest: receipt.digest)))
        }
        return (receipt, changes)
    }
}
