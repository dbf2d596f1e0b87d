import Base
import Items
import Registry
import Tables

/// What was erased of some owners' keys, to hold keys against.
public struct ErasedPatterns: Sendable {
    /// There are more than one look holds.
    struct TooMany: Error {}

    private let digests: ErasureDigests
    private var shapes: Set<ErasureMark.Shape> = []
    private var known: Set<String> = []

    /// The marks of these tenants and schools.
    /// - Throws: `TooMany` beyond `Limits.erasureMarksMax`; what the registry throws.
    public init(of owners: Set<String>, in registry: Registry, digests: ErasureDigests) throws {
        self.digests = digests
        var shapes: Set<ErasureMark.Shape> = []
        var known: Set<String> = []
        for owner in owners.sorted() {
            try registry.forEach(ErasureMark.self, prefix: ErasureMark.prefix(of: owner)) { mark in
                guard known.count <= Limits.erasureMarksMax else { return }
                shapes.insert(mark.shape)
                known.insert(mark.id.digest)
            }
        }
        guard known.count <= Limits.erasureMarksMax else { throw TooMany() }
        (self.shapes, self.known) = (shapes, known)
    }

    /// Whether a key of a logical table is under a pattern that was erased.
    public func contains(_ key: EncodedKey, table: String) -> Bool {
        shapes.contains { shape in
            guard shape.table == table, shape.partition.ends(in: key.partition) else { return false }
            if let sort = shape.sort, !sort.ends(in: key.sort) { return false }
            return known.contains(
                digests.digest(
                    of: shape, partition: key.partition[..<shape.partition.bytes],
                    sort: key.sort[..<(shape.sort?.bytes ?? 0)]))
        }
    }
}

/// Where imports look for what was erased.
public struct ErasureGuard: Sendable {
    private let registry: Registry
    private let digests: ErasureDigests

    /// The marks of this registry, made with these digests.
    public init(registry: Registry, digests: ErasureDigests) {
        self.registry = registry
        self.digests = digests
    }

    /// What was erased of these owners' keys.
    func patterns(of owners: Set<String>) throws -> ErasedPatterns {
        try ErasedPatterns(of: owners, in: registry, digests: digests)
    }
}
