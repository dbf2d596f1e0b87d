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
        func seconds(copyItemsPerSecond: Double, verifyItemsPerSecond: Double) -> Double {
            let copyRate = min(Double(max(1, tier?.copyRateItemsPerSecond ?? 1)), copyItemsPerSecond)
            let items = Double(extent.items)
            return items / copyRate + items / verifyItemsPerSecond + Limits.expectedMoveOverheadSeconds
        }
        idleSeconds = seconds(
            copyItemsPerSecond: Limits.expectedCopyItemsPerSecond,
            verifyItemsPerSecond: Limits.expectedVerifyItemsPerSecond)
        loadedSeconds = seconds(
            copyItemsPerSecond: Limits.expectedLoadedCopyItemsPerSecond,
            verifyItemsPerSecond: Limits.expectedLoadedVerifyItemsPerSecond)
    }

    /// Of several, some of them at the same time.
    init(_ moves: [MoveEstimate], atOnce: Int) {
        let turns = Double(max(1, min(moves.count, atOnce)))
        idleSeconds = moves.reduce(0) { $0 + $1.idleSeconds } / turns
        loadedSeconds = moves.reduce(0) { $0 + $1.loadedSeconds } / turns
    }
}
