import Base
import Crypto
import Registry
import Tables
import Tenancy
import Workflows

/// Writes the manifests; the top one under another name until all was read back.
struct ExportManifestStep: WorkflowStep {
    /// What the top manifest is called until then.
    static let unverified = ExportManifest.fileName + ".new"

    let environment: ExportEnvironment
    let name = "manifest"

    func perform(_ context: RunContext) throws -> StepResult {
        guard let image = try context.value(for: ExportMemory.image, as: ExportedImage.self),
            let written = try context.value(for: ExportMemory.tables, as: [ExportedTable].self),
            written.count == image.tables.count
        else { return .fail(reason: "the run does not know what it has written") }
        let root = environment.folder(context.run)
        do {
            var tables: [ExportManifest.Table] = []
            for (table, known) in zip(image.tables, written) {
                tables.append(
                    ExportManifest.Table(
                        name: table.name, items: known.items, itemBytes: table.extent.bytes,
                        lineBytes: known.lineBytes, linesSHA256: known.linesSHA256,
                        files: try ExportIndexFile.parts(in: root.folder(table.name), count: known.parts)))
            }
            let manifest = ExportManifest(
                run: context.run, tenant: try context.input(as: ExportRequest.self).tenant, name: image.name,
                schools: image.schools, tier: image.tier,
                catalog: environment.images.placements.catalog.name, instant: image.instant,
                imageDigest: image.digest, tables: tables)
            for table in tables {
                try ExportIndexFile.seal(table, of: manifest, in: root.folder(table.name))
                try root.folder(table.name).folder("data").sync()
                try root.folder(table.name).sync()
            }
            try root.write(try manifest.encoded(), to: ExportManifestStep.unverified)
            try environment.folder.sync()
        } catch let error as ArchiveError { return try context.outcome(of: error) }
        return .done
    }
}

/// Reads all of it back, lets the image go, and gives the manifest its name.
struct ExportVerifyStep: WorkflowStep {
    let environment: ExportEnvironment
    let name = "verify"

    func perform(_ context: RunContext) throws -> StepResult {
        guard let image = try context.value(for: ExportMemory.image, as: ExportedImage.self) else {
            return .fail(reason: "the run does not know its image")
        }
        let root = environment.folder(context.run)
        do {
            let isNamed = root.has(ExportManifest.fileName)
            let file = isNamed ? ExportManifest.fileName : ExportManifestStep.unverified
            let bytes = try root.read(file, bytesMax: Limits.archiveManifestBytesMax)
            let manifest = try ExportManifest(parsing: bytes)
            var done = 0
            for (table, expected) in zip(manifest.tables, image.tables) {
                let hasher = SHA256Hasher()
                for part in table.files {
                    if context.isInterrupted { return .again(afterMilliseconds: 0) }
                    try part.verify(in: root, table: hasher)
                    done += part.items
                    context.progress = RunProgress(phase: name, done: done, total: image.items)
                }
                guard table.items == expected.extent.items, table.name == expected.name,
                    Hex.encode(hasher.finish().bytes) == table.linesSHA256
                else {
                    throw ArchiveError.damaged(
                        file: table.name, line: nil,
                        reason: "it does not hold what the image does; export again")
                }
            }
            if !isNamed { try root.rename(file, to: ExportManifest.fileName) }
            try environment.images.keeper.remove(image.id)
            let extent = Extent(
                items: manifest.items, bytes: manifest.tables.reduce(0) { $0 + $1.itemBytes })
            try context.setResult(
                ExportResult(
                    extent: extent, instant: manifest.instant,
                    manifestSHA256: Hex.encode(SHA256.hash(bytes).bytes),
                    fileBytes: manifest.files.reduce(0) { $0 + $1.bytes }))
            if try context.value(for: ExportMemory.isTold, as: Bool.self) == nil {
                try context.set(true, for: ExportMemory.isTold)
                context.stage(Self.announcement(context, manifest, extent))
            }
        } catch let error as ArchiveError { return try context.outcome(of: error) }
        return .done
    }

    private static func announcement(
        _ context: RunContext, _ manifest: ExportManifest, _ extent: Extent
    ) -> RegistryTransaction {
        let detail = [
            "run": context.run.text, "instant": manifest.instant.iso8601, "items": "\(extent.items)",
            "bytes": "\(extent.bytes)",
        ]
        let note = AuditNote(
            actor: context.actor, action: "tenant.exported", subject: manifest.tenant.text,
            tenant: manifest.tenant, detail: detail, kind: .access)
        let payload =
            "{\"items\":\(extent.items),\"run\":\"\(context.run)\",\"tenant\":\"\(manifest.tenant)\"}"
        let event = Announcement(type: "tenant.exported", tenant: manifest.tenant, payload: payload)
        return RegistryTransaction([], audit: [note], events: [event])
    }
}
