import Base
import Crypto
import FoundationEssentials
import Tables
import Workflows

/// What a complete comparison of the two sides leaves. The switch, the keeping of the source and the clean-up go by it and by nothing
/// else: by what was compared with what and up to where, not by a flag that says that somebody did.
struct VerificationReceipt: Hashable, Codable {
    /// The run that compared.
    let run: RunID
    /// Whose items.
    let tenant: TenantID
    /// The side that was read first: the one in charge.
    let from: StoreID
    /// The side that was compared with it.
    let to: StoreID
    /// Items that were compared.
    let items: Int
    /// SHA-256 over what was compared, chunk by chunk: hexadecimal.
    let compared: String
    /// The change log's last entry that was applied when the last chunk was compared.
    let sequence: Int64
    /// SHA-256 over all of the above: hexadecimal.
    let digest: String

    init(
        run: RunID, tenant: TenantID, from: StoreID, to: StoreID, verification: Verification, sequence: Int64
    ) {
        self.run = run
        self.tenant = tenant
        self.from = from
        self.to = to
        items = verification.cursor.items
        compared = verification.digest
        self.sequence = sequence
        digest = VerificationReceipt.digest([
            run.text, tenant.text, from.text, to.text, String(verification.cursor.items), verification.digest,
            String(sequence),
        ])
    }

    /// Whether it is of this comparison, as it was made.
    func isGenuine(of verification: Verification) -> Bool {
        items == verification.cursor.items && compared == verification.digest
            && digest
                == VerificationReceipt.digest([
                    run.text, tenant.text, from.text, to.text, String(items), compared, String(sequence),
                ])
    }

    private static func digest(_ parts: [String]) -> String {
        SHA256Hasher().hash(Array(parts.joined(separator: "\n").utf8)).hex
    }
}

extension Move {
    /// Whether the two sides of this very move have been compared in this direction, and nothing of the log that the comparison had
    /// seen is unapplied.
    func isVerified(_ direction: Direction) throws -> Bool {
        let verification = try verification(direction)
        guard verification.isComplete, let receipt = verification.receipt else { return false }
        let ends = ends(direction)
        let applied = try handOver(direction).sequence
        return receipt.isGenuine(of: verification) && receipt.run == context.run
            && receipt.tenant == route.tenant && receipt.from == ends.from.store
            && receipt.to == ends.to.store && receipt.sequence <= applied
    }
}
