import Base
import Registry

/// What a run of reconciliation keeps beside its record, until that is forgotten: its report, and before that what it set out to put
/// right.
public struct ReconcileRecord: RegistryRecord {
    /// Where the records of this kind lie.
    public static let partition = "reconcile-report"

    /// The run.
    public let id: RunID
    /// What it set out to put right: what of that is not found any more after a crash, where all was looked at, was put right before it.
    var begun: [Finding] = []
    /// The report; nil until it has ended.
    public var report: ReconcileReport?
    /// How many times the record was written.
    public var version: Int64 = 0

    init(id: RunID) { self.id = id }
}

/// That a run is putting right what is not as it should be: one at a time does.
struct ReconcileMark: RegistryRecord {
    static let partition = "reconcile-mark"
    /// There is one.
    static let name = "repair"

    let id: String
    let run: RunID
    var version: Int64 = 0

    init(run: RunID) {
        id = ReconcileMark.name
        self.run = run
    }

    static func sortKey(of id: String) -> String { id }
}
