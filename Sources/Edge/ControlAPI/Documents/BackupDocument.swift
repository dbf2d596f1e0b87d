import Archives
import Base
import Registry
import Tables

/// A tenant's backup as the API shows it.
struct BackupDocument {
    let backup: TenantBackup

    func write(to json: inout JSONWriter) {
        json.beginObject()
        json.member("id", backup.id.text)
        json.member("tenant", backup.tenant.text)
        json.member("state", backup.state.name)
        if case .damaged(let reason) = backup.state { json.member("reason", reason) }
        json.member("purpose", backup.purpose.rawValue)
        json.member("createdAt", backup.createdAt.iso8601)
        json.member("instant", ifPresent: backup.instant?.iso8601)
        json.member("expiresAt", ifPresent: backup.expiresAt?.iso8601)
        json.member("items", backup.extent.items)
        json.member("bytes", backup.extent.bytes)
        json.member("diskBytes", backup.diskBytes)
        json.member("digest", backup.digest)
        json.member("verifiedAt", ifPresent: backup.verifiedAt?.iso8601)
        json.member("run", backup.run.text)
        json.member("actor", backup.actor.text)
        json.name("tables")
        json.beginArray()
        for table in backup.tables {
            json.beginObject()
            json.member("name", table.name)
            json.member("items", table.extent.items)
            json.member("bytes", table.extent.bytes)
            json.endObject()
        }
        json.endArray()
        json.endObject()
    }
}

extension BackupSchedule {
    /// How a tenant's scheduled backups stand, as the API shows it.
    func write(to json: inout JSONWriter) {
        json.beginObject()
        json.member("interval", interval.iso8601)
        json.member("madeAt", ifPresent: madeAt?.iso8601)
        json.member("run", ifPresent: run?.text)
        json.member("missed", missed)
        json.member("failures", failures)
        json.member("failedAt", ifPresent: failedAt?.iso8601)
        json.member("failure", ifPresent: failure)
        json.endObject()
    }
}
