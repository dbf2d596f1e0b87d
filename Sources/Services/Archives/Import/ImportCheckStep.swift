import Base
import Items
import Registry
import Tables
import Tenancy
import Workflows

/// Reads all of the archive and says what an import would do; refuses it where it must not be made.
struct ImportCheckStep: WorkflowStep {
    let environment: ImportEnvironment
    let name = "check"

    func perform(_ context: RunContext) throws -> StepResult {
        do { return try check(context) } catch let error as ArchiveError {
            return try context.outcome(of: error)
        }
    }

    private func check(_ context: RunContext) throws -> StepResult {
        let importing = try Importing(context, environment)
        let request = importing.request
        if let fault = importing.mappingFault { return .fail(reason: fault) }
        guard let place = try importing.place(context) else {
            return .again(afterMilliseconds: Limits.archiveRouteDelayMilliseconds)
        }
        var report = ImportReport()
        report.isDryRun = request.isDryRun
        let rows = importing.rows()
        let erased: ErasedPatterns
        do { erased = try importing.erased() } catch is ErasedPatterns.TooMany {
            return .fail(reason: "more was erased of this tenant than an import can be held against")
        }
        let total = importing.source.items
        var newBytes = 0
        var chunk: [ImportRow] = []
        func look() throws {
            for (row, item) in zip(chunk, try importing.existing(chunk, at: place)) {
                guard let item else {
                    newBytes += row.item.sizeBytes
                    continue
                }
                if item == row.item {
                    report.same += 1
                } else {
                    report.conflicts += 1
                    report.name(importing.named(row), in: \.conflictRows)
                }
            }
            chunk = []
        }
        while let row = try rows.next() {
            report.items += 1
            if row.isMapped { report.mapped += 1 }
            if row.isErased(by: erased) { report.noteErased(importing.named(row)) }
            if row.isOwn {
                chunk.append(row)
            } else {
                report.foreign += 1
                report.name(importing.named(row), in: \.foreignRows)
            }
            if chunk.count == Limits.importChunkItems { try look() }
            if report.items % 5000 == 0 {
                context.progress = RunProgress(phase: name, done: report.items, total: total)
                // It has written nothing: it begins again.
                if context.isInterrupted { return .again(afterMilliseconds: 0) }
            }
        }
        try look()
        if let refusal = report.refusal(of: request) { return .fail(reason: refusal) }
        // The items, and as much again for indexes and logs.
        do { try environment.capacity.require(bytes: 2 * newBytes) } catch {
            return .fail(reason: error.description)
        }
        try context.set(report, for: ImportMemory.report)
        try context.setResult(report)
        return .done
    }
}

extension Importing {
    /// What is wrong with the mappings, or nil: each leads to this tenant or to one of its schools.
    fileprivate var mappingFault: String? {
        guard request.mappings.count <= Limits.importMappingsMax else {
            return
                "\(request.mappings.count) ids are to be mapped; at most \(Limits.importMappingsMax) can be"
        }
        for (old, new) in request.mappings.sorted(by: { $0.key < $1.key }) {
            if TenantID(old) != nil, new == request.tenant.text { continue }
            if SchoolID(old) != nil, let school = SchoolID(new), schools.contains(school) { continue }
            return
                "`\(old)` cannot become `\(new)`: map a tenant's id to `\(request.tenant)`, and a school's to one of its schools"
        }
        return nil
    }
}

extension ImportRow {
    /// Whether its key was erased, as the archive has it or as it would be written.
    fileprivate func isErased(by patterns: ErasedPatterns) -> Bool {
        [key, readKey].contains { patterns.contains($0, table: table.name.text) }
    }
}

extension ImportReport {
    /// Names a row among the first.
    mutating func name(_ row: Row, in rows: WritableKeyPath<ImportReport, [Row]>) {
        if self[keyPath: rows].count < Limits.importRowsNamedMax { self[keyPath: rows].append(row) }
    }

    fileprivate mutating func noteErased(_ row: Row) {
        erased = (erased ?? 0) + 1
        if (erasedRows ?? []).count < Limits.importRowsNamedMax { erasedRows = (erasedRows ?? []) + [row] }
    }

    /// Why the import is not made, or nil.
    fileprivate func refusal(of request: ImportRequest) -> String? {
        if request.isDryRun { return nil }
        if foreign > 0, !request.skipsForeign {
            return refusal(
                foreign, foreignRows, "belong to another tenant or to nobody",
                "map ids with --map-tenant and --map-school, or leave them out with --skip-foreign")
        }
        if let erased, request.takesErased != true {
            return refusal(
                erased, erasedRows ?? [], "are under keys that were erased",
                "take an export from after the erasure, or say --allow-erased if they may come back")
        }
        if conflicts > 0, request.onConflict == .fail {
            return refusal(
                conflicts, conflictRows, "have keys that other items have",
                "say --on-conflict skip or replace")
        }
        return nil
    }

    /// Why nothing is written.
    private func refusal(_ count: Int, _ rows: [Row], _ what: String, _ remedy: String) -> String {
        let named = rows.prefix(5).map { "`\($0.file)` line \($0.line)" }.joined(separator: ", ")
        let more = count > 5 ? " and \(count - 5) more" : ""
        return "nothing was written: \(count) of \(items) rows \(what): \(named)\(more); \(remedy)"
    }
}
