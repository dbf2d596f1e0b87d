import Base
import Registry
import RunTestKit
import Tables

extension BackupWorld {
    /// Adds a student, changes one and deletes one.
    func changeEverything() throws {
        let school = tenant.schools[0].id
        try put(
            [
                BackupWorld.student(100, of: school, value: 5), BackupWorld.student(1, of: school, value: 7),
            ], of: tenant.id)
        try delete([BackupWorld.student(2, of: school, value: 0)], of: tenant.id)
    }

    /// Removes the records of runs that made this world, so that only the tested one is there.
    func forgetRuns() throws {
        let registry = try registryFolder.open()
        for record in try registry.list(RunRecord.self).records {
            try registry.transact(RegistryTransaction([.delete(record)]))
        }
    }
}
