/// What an operation answers. The model's and the engine's must be the same, but for texts of refusals, of which the model
/// may allow several.
enum ModelAnswer: Equatable {
    /// The bytes of an entry that was removed, and of one that was stored (or replaced, where that was larger).
    struct IndexWrite: Equatable {
        let index: String
        let removed: Int?
        let stored: Int?
    }

    /// What became of a write.
    struct Outcome: Equatable {
        var old: ModelItem?
        var new: ModelItem?
        var touched: [ModelPath] = []
        /// What was written of each index's entry that does not stay as it was.
        var indexWrites: [IndexWrite] = []
        /// Whether nothing was written, as the transaction had been carried out before.
        var isReplay = false
    }

    /// A page of a query.
    struct Page: Equatable {
        var rows: [ModelItem] = []
        var count = 0
        var scannedCount = 0
        var scannedBytes = 0
        /// Blocks of 4 KB of items that were fetched beside an index's entries.
        var fetchedBlocks = 0
        /// The table's key of the item that the next page begins behind.
        var next: ModelItem?
    }

    /// A scan from end to end, whose order is nobody's promise.
    struct Scanned: Equatable {
        /// The rows and how often each was found.
        var rows: [ModelItem: Int] = [:]
        var count = 0
        var scannedCount = 0
        var scannedBytes = 0
    }

    enum Refusal: Equatable {
        case conditionFailed(ModelItem?)
        case invalid(Set<String>)
        case cancelled([Reason])
        case tokenMismatch
        case other(String)
    }

    /// Why one write of a transaction stopped it, or did not.
    enum Reason: Equatable {
        case none
        case conditionFailed(ModelItem?)
        case invalid(Set<String>)
    }

    case item(ModelItem?)
    case items([ModelItem?])
    case outcomes([Outcome])
    case pages([Page])
    case scanned(Scanned)
    case reopened
    case refused(Refusal)

    /// Whether the engine's answer is one that the model allows.
    func allows(_ answer: ModelAnswer) -> Bool {
        switch (self, answer) {
        case (.refused(.invalid(let allowed)), .refused(.invalid(let texts))): texts.isSubset(of: allowed)
        case (.refused(.cancelled(let reasons)), .refused(.cancelled(let others))):
            reasons.count == others.count && zip(reasons, others).allSatisfy { $0.allows($1) }
        default: self == answer
        }
    }
}

extension ModelAnswer.Reason {
    fileprivate func allows(_ other: ModelAnswer.Reason) -> Bool {
        switch (self, other) {
        case (.invalid(let allowed), .invalid(let texts)): texts.isSubset(of: allowed)
        default: self == other
        }
    }
}

extension ModelAnswer: CustomStringConvertible {
    var description: String {
        switch self {
        case .item(let item): item?.text ?? "no item"
        case .items(let items): items.map { $0?.text ?? "no item" }.joined(separator: ", ")
        case .outcomes(let outcomes):
            outcomes.map {
                "old \($0.old?.text ?? "none") new \($0.new?.text ?? "none")"
                    + ($0.touched.isEmpty ? "" : " touched \($0.touched)")
                    + ($0.isReplay ? " replayed" : "")
                    + $0.indexWrites.map { " \($0.index) \($0.removed ?? 0)-\($0.stored ?? 0)" }.joined()
            }.joined(separator: "; ")
        case .pages(let pages):
            pages.map {
                "[\($0.rows.map(\.text).joined(separator: ", "))] count \($0.count) of \($0.scannedCount), "
                    + "\($0.scannedBytes) bytes, next \($0.next?.text ?? "none")"
            }.joined(separator: " | ")
        case .scanned(let scanned):
            "{\(scanned.rows.map { "\($0.value)x \($0.key.text)" }.sorted().joined(separator: ", "))} "
                + "count \(scanned.count) of \(scanned.scannedCount), \(scanned.scannedBytes) bytes"
        case .reopened: "reopened"
        case .refused(let refusal): "refused: \(refusal)"
        }
    }
}
