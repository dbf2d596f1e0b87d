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

    /// A receipt as its chain sees it.
    private struct Link {
        let run: RunID
        let number: Int
        let digest: String
        let previous: String
        let isAsWritten: Bool
    }

    /// What is wrong with the receipts of tenants' moves and of schools'; empty where every one is as it was written and in its place.
    /// - Throws: what the registry throws.
    public func faults() throws -> [Fault] {
        // The heads first: a receipt that comes meanwhile is behind its head, and is left to the next look.
        let head = try registry.read(ReceiptHead.self, ReceiptHead.only)
        let schoolHead = try registry.read(SchoolReceiptHead.self, SchoolReceiptHead.only)
        var moves: [MoveReceipt] = []
        try registry.forEach(MoveReceipt.self) { moves.append($0) }
        var schools: [SchoolMoveReceipt] = []
        try registry.forEach(SchoolMoveReceipt.self) { schools.append($0) }
        let links = try moves.map {
            Link(
                run: $0.id, number: $0.number, digest: $0.digest, previous: $0.previousDigest,
                isAsWritten: try $0.computedDigest() == $0.digest)
        }
        // Those of earlier versions are in no chain.
        let schoolLinks = try schools.filter { $0.number != nil }.map {
            Link(
                run: $0.id, number: $0.number ?? 0, digest: $0.digest, previous: $0.previousDigest ?? "",
                isAsWritten: try $0.computedDigest() == $0.digest)
        }
        return faults(links, number: head?.number ?? 0, digest: head?.digest ?? "")
            + faults(schoolLinks, number: schoolHead?.number ?? 0, digest: schoolHead?.digest ?? "")
    }

    private func faults(_ all: [Link], number newest: Int, digest newestDigest: String) -> [Fault] {
        var faults: [Fault] = []
        var expected = 1
        var digest = ""
        for link in all.filter({ $0.number <= newest || newest == 0 }).sorted(by: { $0.number < $1.number }) {
            if !link.isAsWritten {
                faults.append(
                    Fault(run: link.run, problem: "receipt \(link.number) is not as it was written"))
            }
            if link.number != expected {
                faults.append(
                    Fault(run: link.run, problem: "receipt \(expected) is missing before \(link.number)"))
            } else if link.previous != digest {
                faults.append(
                    Fault(run: link.run, problem: "receipt \(link.number) does not follow the one before"))
            }
            expected = link.number + 1
            digest = link.digest
        }
        if newest != expected - 1 || newestDigest != digest {
            faults.append(
                Fault(
                    run: nil,
                    problem: "the newest receipt is \(newest), the last one there is \(expected - 1)"))
        }
        return faults
    }
}
