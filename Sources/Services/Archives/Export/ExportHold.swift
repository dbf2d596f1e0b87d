import Base
import Registry

/// That an export is kept longer or shorter than others: the one that a tenant which leaves takes along. No tenant is in it.
public struct ExportHold: RegistryRecord {
    /// Where the records of this kind lie.
    public static let partition = "export-hold"

    /// The run that makes the export.
    public let id: RunID
    /// Until when it is kept; nil while the departure is under way.
    public var until: Timestamp?
    /// How many times the record was written.
    public var version: Int64 = 0

    /// The run's id.
    public static func sortKey(of id: RunID) -> String { id.text }

    /// A hold that is not recorded yet.
    public init(id: RunID, until: Timestamp? = nil) {
        self.id = id
        self.until = until
    }
}
