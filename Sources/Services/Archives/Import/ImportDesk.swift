import Base
import FoundationEssentials
import Registry
import Tables
import Workflows

/// Why an upload or an import is refused.
public enum ImportError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is no such tenant.
    case noSuchTenant(TenantID)
    /// The tenant cannot take items now.
    case notApplicable(TenantID, state: String)
    /// There is no such upload of this tenant, or not any more.
    case noSuchUpload(UploadID)
    /// The file's name leads elsewhere.
    case badName(String)
    /// The piece does not begin where the file ends.
    case wrongOffset(name: String, bytes: Int)
    /// There are too many files, or they are too large.
    case tooLarge(limit: String)

    /// One sentence that says what to do.
    public var description: String {
        switch self {
        case .noSuchTenant(let tenant):
            "there is no tenant `\(tenant)`; `homeroom tenant list` shows those there are"
        case .notApplicable(let tenant, let state):
            "tenant `\(tenant)` is \(state); items can be imported when it is active"
        case .noSuchUpload(let upload):
            "there is no upload `\(upload)` of this tenant (any more: unused ones stay for \(Limits.uploadDaysMax) days)"
        case .badName(let name):
            "`\(name)` is no name of a file in an archive: use letters, digits, `-`, `_` and `.`, with `/` between"
        case .wrongOffset(let name, let bytes):
            "`\(name)` has \(bytes) bytes so far; go on from there"
        case .tooLarge(let limit): "an upload has at most \(limit); split it"
        }
    }
}

/// Takes uploads, starts imports of them, and removes them when they are done with.
public final class ImportDesk: Sendable {
    /// A file of an upload.
    public struct File: Hashable, Sendable {
        /// Its name.
        public let name: String
        /// How much of it is there.
        public let bytes: Int
    }

    private let registry: Registry
    private let folder: ArchiveFolder
    private let engine: WorkflowEngine
    private let capacity: CapacityCheck
    private let clock: any Clock
    private let random: any RandomSource

    /// Uploads in `folder`, imported by an engine that knows `ImportWorkflow`.
    public init(
        registry: Registry, folder: ArchiveFolder, engine: WorkflowEngine,
        capacity: CapacityCheck = .unlimited, clock: any Clock, random: any RandomSource
    ) {
        self.capacity = capacity
        self.registry = registry
        self.folder = folder
        self.engine = engine
        self.clock = clock
        self.random = random
    }

    // MARK: Uploads

    /// Makes an empty upload for the tenant.
    public func open(for tenant: TenantID) throws -> UploadID {
        try check(tenant)
        let upload = UploadID(now: clock.now(), random: random)
        try folder.make()
        // Whose it is first: what is found of a tenant that leaves is found by that.
        try folder.write(Array(tenant.text.utf8), to: ImportUploads.owner(upload))
        try folder.folder(upload.text).make()
        return upload
    }

    /// The files of the upload, by name, with how much of each is there.
    public func files(of upload: UploadID, for tenant: TenantID) throws -> [File] {
        let own = try own(upload, tenant)
        return try own.fileSizes().map { File(name: $0.name, bytes: $0.bytes) }
    }

    /// Adds bytes to a file, which begins with the first piece. Answers how many it has then.
    /// - Parameter offset: how many bytes of it were sent before.
    /// - Throws: `ImportError.wrongOffset` where that is not how much there is: go on from what it says. `NoCapacity`.
    public func add(
        _ bytes: [UInt8], to name: String, at offset: Int, of upload: UploadID, for tenant: TenantID
    ) throws -> Int {
        let own = try own(upload, tenant)
        guard ArchiveNames.isSafe(name) else { throw ImportError.badName(name) }
        let there = try own.size(of: name) ?? 0
        guard offset == there else { throw ImportError.wrongOffset(name: name, bytes: there) }
        guard there + bytes.count <= Limits.archiveFileBytesMax else {
            throw ImportError.tooLarge(limit: "\(Limits.archiveFileBytesMax) bytes a file")
        }
        try capacity.require(bytes: bytes.count)
        if offset == 0 {
            let files = try own.fileSizes()
            guard files.count < Limits.uploadFilesMax else {
                throw ImportError.tooLarge(limit: "\(Limits.uploadFilesMax) files")
            }
            guard files.reduce(0, { $0 + $1.bytes }) <= Limits.uploadBytesMax else {
                throw ImportError.tooLarge(limit: "\(Limits.uploadBytesMax) bytes")
            }
            let parent = name.split(separator: "/").dropLast().joined(separator: "/")
            if !parent.isEmpty { try own.folder(parent).make() }
        }
        try own.append(bytes, to: name)
        return there + bytes.count
    }

    // MARK: Imports

    /// Starts an import, or finds the one that was started with this key.
    /// - Throws: `ImportError`; what the engine throws.
    public func start(
        _ request: ImportRequest, actor: AuditActor, idempotencyKey: String? = nil
    ) throws -> RunID {
        try check(request.tenant)
        _ = try own(request.upload, request.tenant)
        let run = try engine.start(
            kind: ImportWorkflow.runKind, input: request, tenant: request.tenant,
            idempotencyKey: idempotencyKey, actor: actor)
        return run
    }

    /// Removes uploads whose imports have all ended, and those that no run has used for days. Answers how many.
    /// - Parameter isStopping: asked between two uploads.
    public func removeExpired(at now: Timestamp, isStopping: () -> Bool = { false }) throws -> Int {
        guard folder.isThere else { return 0 }
        var runs: [(input: String, isFinal: Bool)] = []
        try registry.forEach(RunRecord.self) { record in
            if record.kind == ImportWorkflow.runKind { runs.append((record.input, record.state.isFinal)) }
        }
        var using: [UploadID: Bool] = [:]
        for run in runs {
            let request = try JSONDecoder().decode(ImportRequest.self, from: Data(run.input.utf8))
            // A dry run is followed by another run of the same upload.
            if run.isFinal, request.isDryRun { continue }
            using[request.upload] = (using[request.upload] ?? false) || !run.isFinal
        }
        let oldest = now.advanced(bySeconds: -Int64(Limits.uploadDaysMax) * 86_400)
        var removed = 0
        for name in try folder.names() where !isStopping() {
            if let run = name.hasSuffix(".created") ? RunID(String(name.dropLast(8))) : nil {
                let record = try registry.read(RunRecord.self, run)
                if record?.state.isFinal ?? true { try folder.remove(name) }
                continue
            }
            guard let upload = UploadID(name) else { continue }
            let isOver = using[upload].map { !$0 } ?? (ImportDesk.time(of: upload) < oldest)
            guard isOver else { continue }
            try ImportUploads(folder: folder).remove(upload)
            removed += 1
        }
        return removed
    }

    /// When the upload was opened, which its id begins with.
    private static func time(of upload: UploadID) -> Timestamp {
        Timestamp(milliseconds: Int64(upload.text.prefix(14)) ?? 0)
    }

    private func check(_ tenant: TenantID) throws {
        guard let record = try registry.read(TenantRecord.self, tenant) else {
            throw ImportError.noSuchTenant(tenant)
        }
        guard record.state == .active else {
            throw ImportError.notApplicable(tenant, state: record.state.name.rawValue)
        }
    }

    /// The upload's folder, where it is this tenant's.
    private func own(_ upload: UploadID, _ tenant: TenantID) throws -> ArchiveFolder {
        let name = ImportUploads.owner(upload)
        guard folder.has(name), try folder.read(name, bytesMax: 100) == Array(tenant.text.utf8) else {
            throw ImportError.noSuchUpload(upload)
        }
        return folder.folder(upload.text)
    }
}
