import Base
import Registry
import Tables
import Workflows

/// Why an export cannot be started or handed out.
public enum ExportError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is no such tenant.
    case noSuchTenant(TenantID)
    /// The tenant is not far enough.
    case notApplicable(TenantID, state: String)
    /// A tenant that is leaving takes it along.
    case isTakenAlong(RunID)
    /// There is no such export, not any more, or not yet.
    case noSuchExport(RunID)
    /// The export has no such file, or none so long.
    case noSuchFile(RunID, name: String)

    /// One sentence that says what to do.
    public var description: String {
        switch self {
        case .noSuchTenant(let tenant):
            "there is no tenant `\(tenant)`; `homeroom tenant list` shows those there are"
        case .notApplicable(let tenant, let state):
            "tenant `\(tenant)` is \(state); it can be exported when it is active"
        case .isTakenAlong(let run):
            "the export of run `\(run)` is what a tenant that leaves takes along; it can be removed when that has left"
        case .noSuchExport(let run):
            "there is no export of run `\(run)` (yet, or any more: they stay for \(Limits.exportDaysMax) days, unless a departure said otherwise); "
                + "`homeroom run show \(run)` says how far it is"
        case .noSuchFile(let run, let name):
            "the export of run `\(run)` has no file `\(name)` of that length; its manifest lists them"
        }
    }
}

/// Starts exports, hands out what they left, and removes it when its time is over.
public final class ExportDesk: Sendable {
    /// The folder beside the exports that the images they are made from lie in.
    public static let imagesName = "images"

    let images: TenantImages
    let folder: ArchiveFolder
    private let engine: WorkflowEngine

    /// Exports in `folder`, made by an engine that knows `ExportWorkflow`.
    public init(images: TenantImages, folder: ArchiveFolder, engine: WorkflowEngine) {
        self.images = images
        self.folder = folder
        self.engine = engine
    }

    /// Starts an export, or finds the one that was started with this key.
    /// - Throws: `ExportError.noSuchTenant`, `.notApplicable`; `NoCapacity`; what the engine throws.
    public func start(
        _ request: ExportRequest, actor: AuditActor, idempotencyKey: String? = nil
    ) throws -> RunID {
        guard let record = try images.registry.read(TenantRecord.self, request.tenant) else {
            throw ExportError.noSuchTenant(request.tenant)
        }
        guard record.state != .onboarding else {
            throw ExportError.notApplicable(request.tenant, state: "being onboarded")
        }
        try images.requireRoom(for: record)
        return try engine.start(
            kind: ExportWorkflow.runKind, input: request, tenant: request.tenant,
            idempotencyKey: idempotencyKey, actor: actor)
    }

    /// What the run's export holds; the bytes are the file's own.
    /// - Throws: `ExportError.noSuchExport` where it is not complete or no longer there.
    public func manifest(of run: RunID) throws -> (manifest: ExportManifest, bytes: [UInt8]) {
        let own = folder.folder(run.text)
        guard own.has(ExportManifest.fileName) else { throw ExportError.noSuchExport(run) }
        let bytes = try own.read(ExportManifest.fileName, bytesMax: Limits.archiveManifestBytesMax)
        return (try ExportManifest(parsing: bytes), bytes)
    }

    /// Bytes of a file of the run's export from `offset` on: at most `Limits.archivePieceBytes`, none at its end.
    /// - Throws: `ExportError.noSuchExport`, `.noSuchFile`.
    public func read(_ name: String, of run: RunID, from offset: Int) throws -> [UInt8] {
        let own = folder.folder(run.text)
        guard own.has(ExportManifest.fileName) else { throw ExportError.noSuchExport(run) }
        guard ArchiveNames.isSafe(name), own.has(name) else { throw ExportError.noSuchFile(run, name: name) }
        let reader = try ArchiveFileReader(own, name)
        guard (0...reader.count).contains(offset) else { throw ExportError.noSuchFile(run, name: name) }
        try reader.seek(to: offset)
        return try reader.next(bytesMax: Limits.archivePieceBytes) ?? []
    }

    /// Removes the run's export, or does nothing where there is none.
    /// - Throws: `ExportError.isTakenAlong` while the departure that it belongs to is under way.
    public func remove(_ run: RunID) throws {
        let hold = try images.registry.read(ExportHold.self, run)
        if let hold, hold.until == nil { throw ExportError.isTakenAlong(run) }
        try folder.folder(run.text).remove()
        if let hold { try images.registry.transact(RegistryTransaction([.delete(hold)])) }
    }

    /// Removes exports whose time is over, and what runs left that have ended without one. Answers how many.
    /// - Parameter isStopping: asked between two exports.
    public func removeExpired(at now: Timestamp, isStopping: () -> Bool = { false }) throws -> Int {
        guard folder.isThere else { return 0 }
        let oldest = now.advanced(bySeconds: -Int64(Limits.exportDaysMax) * 86_400)
        var removed = 0
        for name in try folder.names() where !isStopping() {
            guard let run = RunID(name) else { continue }
            let record = try images.registry.read(RunRecord.self, run)
            if let record, !record.state.isFinal { continue }
            let own = folder.folder(name)
            var isKept = false
            let hold = try images.registry.read(ExportHold.self, run)
            if let hold {
                isKept = hold.until.map { $0 > now } ?? true
            } else if own.has(ExportManifest.fileName) {
                // By the run's end; where that is forgotten, by the moment that the export shows.
                let made = try record?.endedAt ?? manifest(of: run).manifest.instant
                isKept = made >= oldest
            }
            guard !isKept else { continue }
            try own.remove()
            if let hold { try images.registry.transact(ExportDesk.ending(hold)) }
            removed += 1
        }
        return removed
    }

    private static func ending(_ hold: ExportHold) -> RegistryTransaction {
        let note = AuditNote(
            actor: .system, action: "export.removed", subject: hold.id.text,
            detail: ["run": hold.id.text, "until": hold.until?.iso8601 ?? ""],
            before: ["state": "kept"], after: ["state": "removed"])
        return RegistryTransaction([.delete(hold)], audit: [note])
    }
}
