import Synchronization

/// A dictionary in 256 parts, each under its own lock: a change touches one entry and copies nothing, a
/// lookup holds a lock for the time of one hash lookup.
final class ShardedTable<Value: Sendable>: Sendable {
    private final class Shard: Sendable {
        let values = Mutex<[DirectoryKey: Value]>([:])
    }

    private let shards = (0..<256).map { _ in Shard() }

    subscript(key: DirectoryKey) -> Value? {
        get { shards[key.shard].values.withLock { $0[key] } }
        set { shards[key.shard].values.withLock { $0[key] = newValue } }
    }

    /// All values, in no order.
    func all() -> [Value] { shards.flatMap { $0.values.withLock { Array($0.values) } } }

    /// How many there are.
    var count: Int { shards.reduce(0) { $0 + $1.values.withLock { $0.count } } }
}
