import Base
import FoundationEssentials
import Tables

/// A restore that is under way. It is kept with the table that is being filled, which has a name of its own until it is
/// complete: so a restore that was interrupted goes on, and nobody sees a part of a table.
public struct RestoreJob: Hashable, Sendable, Codable {
    /// What the table is to be.
    public var target: TableRecord
    /// The snapshot that it is filled from; a restore to a past moment takes it first.
    public var snapshot: SnapshotManifest
    /// The backup's ARN behind the account, where it is filled from one.
    public var backup: String?

    private static let tag = "homeroom:restore"

    /// The table's name until it is complete.
    var workingName: TableName {
        guard let name = TableName(TableName.restoringPrefix + target.id) else {
            preconditionFailure("an id is a name")
        }
        return name
    }

    /// The table until it is complete.
    func workingRecord() throws(BackupError) -> TableRecord {
        var record = target
        record.schema = target.schema.renamed(workingName)
        record.options = TableOptions()
        do {
            record.options.tags[Self.tag] = String(decoding: try JSONEncoder().encode(self), as: UTF8.self)
        } catch {
            throw .table(.storage("a restore does not encode: \(error)"))
        }
        return record
    }

    /// The job of a table that is being filled; nil for any other table.
    init?(_ record: TableRecord) throws {
        guard record.schema.name.isRestoring, let text = record.options.tags[Self.tag] else {
            return nil
        }
        self = try JSONDecoder().decode(RestoreJob.self, from: Data(text.utf8))
    }

    init(target: TableRecord, snapshot: SnapshotManifest, backup: String?) {
        self.target = target
        self.snapshot = snapshot
        self.backup = backup
    }
}
