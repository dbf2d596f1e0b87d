import Base
import Tables
import Tenancy

/// How long the copies and the verifications of so many items are expected to take, in seconds.
public struct MoveEstimate: Hashable, Sendable, Codable {
    /// Where nobody writes to the stores.
    public var idleSeconds: Double
    /// Where somebody writes there all the time, and the move makes room for them.
    public var loadedSeconds: Double

    /// Of one tenant that moves, at the rate of the tier that it is in.
    init(_ extent: Extent, by tier: Tier?) {
        let items = Double(extent.items)
        let copyRate = Double(max(1, tier?.copyRateItemsPerSecond ?? 1))
        idleSeconds =
            items / min(copyRate, Limits.expectedCopyItemsPerSecond)
            + items / Limits.expectedVerifyItemsPerSecond + Limits.expectedMoveOverheadSeconds
        loadedSeconds = max(
            idleSeconds,
            items / Limits.expectedLoadedItemsPerSecond + Limits.expectedMoveOverheadSeconds)
    }

    /// Of several, some of them at the same time.
    init(_ moves: [MoveEstimate], atOnce: Int) {
        let turns = Double(max(1, min(moves.count, atOnce)))
        idleSeconds = moves.reduce(0) { $0 + $1.idleSeconds } / turns
        loadedSeconds = moves.reduce(0) { $0 + $1.loadedSeconds } / turns
    }
}
