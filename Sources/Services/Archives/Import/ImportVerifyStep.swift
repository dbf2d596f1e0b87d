import Base
import Crypto
import Items
import Registry
import Tables
import Tenancy
import Workflows

/// Reads back what was written, and says in the result whether it is so.
struct ImportVerifyStep: WorkflowStep {
    let environment: ImportEnvironment
    let name = "verify"

    func perform(_ context: RunContext) throws -> StepResult {
        guard var report = try context.value(for: ImportMemory.report, as: ImportReport.self) else {
            return .fail(reason: "the run does not know what it has checked")
        }
        guard !report.isDryRun else { return .done }
        do {
            let importing = try Importing(context, environment)
            guard let place = try importing.place(context) else {
                return .again(afterMilliseconds: Limits.archiveRouteDelayMilliseconds)
            }
            let cursor = try context.value(for: ImportMemory.cursor, as: ImportCursor.self) ?? ImportCursor()
            guard cursor.items == report.items else {
                return .fail(
                    reason: "\(cursor.items) of \(report.items) rows were gone through; import again")
            }
            let created = try ImportLog(environment, context.run).rows()
            report.created = created.values.reduce(0) { $0 + $1.count }
            report.replaced = cursor.replaced
            report.skipped = cursor.skipped
            guard try readBack(importing, at: place, context, &report) else {
                return .again(afterMilliseconds: 0)
            }
        } catch let error as ArchiveError { return try context.outcome(of: error) }
        try context.setResult(report)
        if try context.value(for: ImportMemory.isTold, as: Bool.self) == nil {
            try context.set(true, for: ImportMemory.isTold)
            context.stage(Self.announcement(context, report))
        }
        return .done
    }

    /// False where it was interrupted: it begins again.
    private func readBack(
        _ importing: Importing, at place: Importing.Place, _ context: RunContext, _ report: inout ImportReport
    ) throws -> Bool {
        let (archive, stored) = (SHA256Hasher(), SHA256Hasher())
        let rows = importing.rows()
        var (chunk, seen): ([ImportRow], Int) = ([], 0)
        func look() throws {
            for (row, found) in zip(chunk, try importing.existing(chunk, at: place)) {
                // What was skipped is not what the archive says, and was not to be.
                if importing.request.onConflict == .skip, found != nil, found != row.item { continue }
                archive.update(row.item.encoded())
                stored.update(found?.encoded() ?? [])
                if found == row.item { report.verified += 1 } else { report.changedSince += 1 }
            }
            chunk = []
        }
        while let row = try rows.next() {
            seen += 1
            if row.isOwn { chunk.append(row) }
            if chunk.count == Limits.importChunkItems { try look() }
            if seen % 5000 == 0 {
                context.progress = RunProgress(phase: name, done: seen, total: importing.source.items)
                if context.isInterrupted { return false }
            }
        }
        try look()
        report.archiveSHA256 = Hex.encode(archive.finish().bytes)
        report.storedSHA256 = Hex.encode(stored.finish().bytes)
        return true
    }

    private static func announcement(_ context: RunContext, _ report: ImportReport) -> RegistryTransaction {
        guard let tenant = context.tenant else { return RegistryTransaction() }
        let note = AuditNote(
            actor: context.actor, action: "tenant.imported", subject: tenant.text, tenant: tenant,
            detail: [
                "run": context.run.text, "created": "\(report.created)", "replaced": "\(report.replaced)",
                "skipped": "\(report.skipped)",
            ].merging(report.erased.map { ["underErasedKeys": "\($0)"] } ?? [:]) { $1 })
        let payload =
            "{\"created\":\(report.created),\"replaced\":\(report.replaced),\"run\":\"\(context.run)\",\"tenant\":\"\(tenant)\"}"
        return RegistryTransaction(
            [], audit: [note],
            events: [Announcement(type: "tenant.imported", tenant: tenant, payload: payload)])
    }
}
