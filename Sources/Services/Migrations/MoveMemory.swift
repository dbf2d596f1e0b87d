import Base
import FoundationEssentials
import Items
import Workflows

/// What a move remembers between the calls of its steps, by name in the run's record.
enum MoveMemory {
    static let route = "route"
    static let copy = "copy"
    static let verification = "verification"
    static let confirmation = "confirmation"
    static let forward = "forward"
    static let backward = "backward"
    static let startedAt = "startedAt"
    static let cleanedItems = "cleanedItems"
    static let removedItems = "removedItems"
    static let planned = "planned"
    static let remains = "remains"
    static let pace = "pace"
    static let past = "past"
    static let pastBack = "pastBack"
}

/// A key that can be remembered.
struct StoredKey: Hashable, Codable {
    let partition: Data
    let sort: Data

    init(_ key: EncodedKey) {
        partition = Data(key.partition)
        sort = Data(key.sort)
    }

    var key: EncodedKey { EncodedKey(partition: [UInt8](partition), sort: [UInt8](sort)) }
}

/// How far a walk over the tenant's key ranges has come.
struct RangeCursor: Hashable, Codable {
    /// The lower ends of the ranges that are done, by table: ranges may be added while the walk is under way, when a
    /// school is.
    var finished: Set<String> = []
    /// The range under way and its last key that is done.
    var current: String?
    var after: StoredKey?
    /// Items and bytes so far.
    var items = 0
    var bytes = 0
}

/// How far the verification has come.
struct Verification: Hashable, Codable {
    var cursor = RangeCursor()
    /// SHA-256 over the chunks' digests so far, each with the one before: hexadecimal.
    var digest = ""
    var isComplete = false
    /// What the comparison leaves once it is complete; nil before, and in runs of earlier versions.
    var receipt: VerificationReceipt?
}

/// How a change of hands, forward or back, is getting on.
struct HandOver: Hashable, Codable {
    /// The change log's last entry that is applied, but for those behind a fence where a crash came right behind the switch.
    var sequence: Int64 = 0
    /// Entries applied in all, but for the same.
    var applied = 0
    /// How often the fence was raised.
    var fences = 0
    /// How many of them there were when the move was given up last; nil where it was not, and in runs of earlier versions.
    var fencesGivenUp: Int?
    /// When the last of the tokens was spent that the other side has; nil where it has none yet, and in runs of earlier versions.
    var tokensFrom: Timestamp?
    /// The epoch that the switch gave the placement, once it has happened.
    var epoch: Int64?
    /// How long writes waited at the switch, in milliseconds.
    var writePauseMilliseconds: Double?
    /// When it happened; not in what is remembered with the switch itself, whose time is in the placement (`Move.handOver`).
    var switchedAt: Timestamp?
    /// From when on the journal of the side that was left knows the tenant's changes; nil where it keeps none, and in runs of earlier
    /// versions.
    var historyFrom: Timestamp?
}

/// How far the tenant's past has come along after a change of hands.
struct PastCursor: Hashable, Codable {
    /// The last entry that was looked at of the journal of the side that was left.
    var sequence: Int64 = 0
    /// Changes that came along.
    var changes = 0
    /// When somebody else last wrote under one of the tenant's keys there.
    var foreignAt: Timestamp?
    var isDone = false
}
