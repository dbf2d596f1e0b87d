import Base
import Items
import Registry
import Tables
import Tenancy
import Workflows

/// Looks whether what is to be restored is there and whole, before anything is changed: reads all of a backup and compares its
/// digests, or takes the image of the past moment.
struct PrepareRestoreStep: WorkflowStep {
    let environment: BackupEnvironment
    let name = "prepare"

    func perform(_ context: RunContext) throws -> StepResult {
        if try context.value(for: Restore.source, as: RestoreSource.self) != nil { return .done }
        let restore = try Restore(context, environment)
        do {
            let tenant = try environment.settledTenant(restore.input.tenant)
            if case .offboarding = tenant.state { throw RestoreError.leaving(tenant.id) }
            let source: RestoreSource?
            switch restore.input.point {
            case .backup(let id): source = try backup(id, of: tenant, restore)
            case .moment(let moment): source = try image(of: moment, tenant, restore)
            }
            guard let source else { return .again(afterMilliseconds: 0) }
            // The backup of the tenant as it is now.
            let extent = try environment.wholeCoverage(try restore.placement(), tenant)
                .extent(in: try restore.store())
            try environment.folder.checkRoom(forBytes: extent.bytes)
            try context.set(source, for: Restore.source)
            context.progress = RunProgress(phase: name, done: source.items, total: source.items)
        } catch let error as RestoreError {
            return .fail(reason: error.description)
        } catch let error as TenantBackupError {
            guard case .storage = error else { return .fail(reason: error.description) }
            throw error
        } catch TableError.invalid(let error) {
            return .fail(reason: error.text)
        }
        return .done
    }

    private func backup(
        _ id: BackupID, of tenant: TenantRecord, _ restore: Restore
    ) throws -> RestoreSource? {
        guard id.tenant == tenant.id else { throw RestoreError.otherTenant(id, tenant.id) }
        guard let backup = try environment.registry.read(TenantBackup.self, id) else {
            throw TenantBackupError.noSuchBackup(id.text)
        }
        switch backup.state {
        case .complete: break
        case .writing: throw TenantBackupError.notComplete(id, state: backup.state.name)
        case .damaged(let reason): throw TenantBackupError.damaged(id, reason)
        }
        // From here on nobody deletes it.
        let holder = try backup.heldBy.flatMap { try environment.registry.read(OpenRun.self, $0) }
        if holder == nil {
            var held = backup
            held.heldBy = restore.context.run
            try restore.context.checkpoint(with: RegistryTransaction([.replace(held)]))
        }
        let reader = try environment.folder.reader(of: backup)
        for table in reader.manifest.tables where table.extent.items > 0 {
            guard let known = environment.catalog.tables.first(where: { $0.name.text == table.name }),
                known.key == table.key
            else { throw RestoreError.tableChanged(table.name) }
        }
        guard try restore.context.readBack(reader) else { return nil }
        return RestoreSource(
            place: .backup(id), instant: reader.manifest.instant, schools: reader.manifest.schools,
            tables: reader.manifest.tables.map(\.name), items: backup.extent.items)
    }

    private func image(
        of moment: Timestamp, _ tenant: TenantRecord, _ restore: Restore
    ) throws -> RestoreSource {
        let context = restore.context
        let window = try environment.window(of: tenant.id, now: context.clock.now())
        guard moment >= window.from, moment <= window.to else {
            throw RestoreError.outsideWindow(tenant.id, moment: moment, from: window.from, to: window.to)
        }
        let id = try context.value(for: Restore.imageID, as: SnapshotID.self) ?? context.newSnapshotID()
        try context.set(id, for: Restore.imageID)
        try context.checkpoint()
        let placement = try restore.placement()
        // A school that came later had no items then, and what came with it is not to be taken away.
        let schools = tenant.schools.filter { $0.createdAt <= moment }.map(\.id)
        let coverage = RestoreCoverage(
            placement: placement, tenant: tenant, catalog: environment.catalog,
            tables: Set(placement.tables.keys), schools: Set(schools))
        let image = try environment.images.take(
            TenantImage(
                id: id, tenant: tenant.id, store: placement.store, epoch: placement.epoch,
                tables: environment.imageTables(coverage), createdAt: context.clock.now(), asOf: moment,
                historyFrom: placement.historyFrom == nil ? nil : window.from))
        return RestoreSource(
            place: .image(id), instant: moment, schools: schools, tables: coverage.tables.map(\.name),
            items: image.tables.reduce(0) { $0 + $1.extent.items })
    }

    func undo(_ context: RunContext) throws -> StepResult {
        try environment.tidy(context)
        return .done
    }
}

extension BackupEnvironment {
    /// Removes the image that a restore was made from, and lets its backup go.
    func tidy(_ context: RunContext) throws {
        if let id = try context.value(for: Restore.imageID, as: SnapshotID.self) { try images.remove(id) }
        guard case .backup(let id) = try context.input(as: RestoreInput.self).point,
            let backup = try registry.read(TenantBackup.self, id), backup.heldBy == context.run
        else { return }
        var free = backup
        free.heldBy = nil
        context.stage(RegistryTransaction([.replace(free)]))
    }
}

extension RunContext {
    /// Reads all of a backup and compares every digest; false where the run is wanted to do something else.
    /// - Throws: `TenantBackupError.damaged`.
    func readBack(_ reader: BackupReader) throws -> Bool {
        let digest = ContentDigest()
        let manifest = reader.manifest
        var chunk = 0
        var done = 0
        let total = manifest.tables.reduce(0) { $0 + $1.extent.items }
        for (number, table) in manifest.tables.enumerated() {
            digest.begin(table.name)
            while chunk < manifest.chunks.count, manifest.chunks[chunk].table == number {
                if isInterrupted { return false }
                let rows = try reader.rows(ofChunk: chunk)
                for row in rows { digest.add(row) }
                chunk += 1
                done += rows.count
                progress = RunProgress(phase: record.step?.name ?? "", done: done, total: total)
            }
        }
        guard digest.finish() == manifest.digest else {
            throw TenantBackupError.damaged(manifest.id, "its items are not those that were written")
        }
        return true
    }
}
