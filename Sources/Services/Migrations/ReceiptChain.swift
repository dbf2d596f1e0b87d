import Base
import Registry

/// The chain of the receipts of moves: each holds the digest of the one before, the newest is the head's.
public struct ReceiptChain: Sendable {
    /// What is wrong with a receipt or with its place.
    public struct Fault: Hashable, Sendable {
        /// The run whose receipt it is, or nil for the head.
        public let run: RunID?
        /// What should be and what is.
        public let problem: String
    }

    private let registry: Registry

    /// The chain in a registry.
    public init(registry: Registry) { self.registry = registry }

    /// What is wrong; empty where every receipt is as it was written and in its place.
    /// - Throws: what the registry throws.
    public func faults() throws -> [Fault] {
        var faults: [Fault] = []
        var receipts: [(number: Int, run: RunID, digest: String, previous: String)] = []
        // The head first: a receipt that comes meanwhile is behind it, and is left to the next look.
        let head = try registry.read(ReceiptHead.self, ReceiptHead.only)
        var all: [MoveReceipt] = []
        try registry.forEach(MoveReceipt.self) { all.append($0) }
        for receipt in all where receipt.number <= head?.number ?? Int.max {
            if try receipt.computedDigest() != receipt.digest {
                faults.append(
                    Fault(run: receipt.id, problem: "receipt \(receipt.number) is not as it was written"))
            }
            receipts.append((receipt.number, receipt.id, receipt.digest, receipt.previousDigest))
        }
        receipts.sort { $0.number < $1.number }
        var expected = 1
        var digest = ""
        for receipt in receipts {
            if receipt.number != expected {
                faults.append(
                    Fault(
                        run: receipt.run, problem: "receipt \(expected) is missing before \(receipt.number)"))
            } else if receipt.previous != digest {
                faults.append(
                    Fault(
                        run: receipt.run, problem: "receipt \(receipt.number) does not follow the one before")
                )
            }
            expected = receipt.number + 1
            digest = receipt.digest
        }
        if (head?.number ?? 0) != expected - 1 || (head?.digest ?? "") != digest {
            faults.append(
                Fault(
                    run: nil,
                    problem:
                        "the newest receipt is \(head?.number ?? 0), the last one there is \(expected - 1)"))
        }
        return faults
    }
}
