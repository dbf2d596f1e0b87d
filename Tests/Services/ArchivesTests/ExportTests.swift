import Archives
import Base
import Compression
import Crypto
import FoundationEssentials
import Glibc
import Items
import JSONText
import LocalTables
import Registry
import RunTestKit
import Tables
import Tenancy
import TestKit
import Testing
import Workflows

/// An export in a world of its own, for the test of all faults.
private final class ExportRunWorld: RunWorld {
    let world: ArchiveWorld
    var folder: RegistryFolder { world.folder }
    var unnoticed: [String: String] { ["verify": "it is the check itself, and the last step"] }

    init() throws { world = try ArchiveWorld(students: 2) }

    func workflow(over registry: Registry) throws -> any Workflow { world.exportWorkflow(registry) }

    func start(_ engine: WorkflowEngine) throws -> RunID {
        try engine.start(
            kind: ExportWorkflow.runKind, input: ExportRequest(tenant: world.district.id),
            tenant: world.district.id)
    }

    func checkCompleted(_ run: RunRecord, registry: Registry) throws {
        let root = world.exports.path + "/" + run.id.text
        guard let bytes = FileManager.default.contents(atPath: root + "/manifest.json") else {
            throw ArchiveWorld.Unmet(description: "there is no manifest")
        }
        let manifest = try ExportManifest(parsing: [UInt8](bytes))
        let lines = try manifest.files.flatMap { try ExportTests.lines(root + "/" + $0.name) }
        let expected = try world.items(of: world.district, registry)
        try world.expect(lines == expected.map(\.item), "\(lines.count) of \(expected.count) items")
        let images = try FileManager.default.contentsOfDirectory(atPath: world.disk.path(of: "images"))
        try world.expect(images.isEmpty, "images are left: \(images)")
        let entries = try registry.audit(AuditQuery()).entries.filter { $0.action == "tenant.exported" }
        try world.expect(entries.count == 1, "\(entries.count) audit entries")
    }

    func checkUndone(_ run: RunRecord, registry: Registry) throws {
        for name in ["exports", "images"] {
            let path = world.disk.path(of: name)
            guard FileManager.default.fileExists(atPath: path) else { continue }
            let left = try FileManager.default.contentsOfDirectory(atPath: path)
            try world.expect(left.isEmpty, "left in \(name): \(left)")
        }
    }
}

@Suite struct ExportTests {
    static func lines(_ path: String) throws -> [Item] {
        let bytes = try #require(FileManager.default.contents(atPath: path))
        let decompressor = ZstdDecompressor(bytesMax: 10_000_000)
        decompressor.feed([UInt8](bytes))
        var text: [UInt8] = []
        while let piece = try decompressor.next() { text += piece }
        try decompressor.finish()
        return try text.split(separator: UInt8(ascii: "\n")).map { line in
            let head = Array("{\"Item\":".utf8)
            #expect(line.starts(with: head) && line.last == UInt8(ascii: "}"))
            return try Item(decoding: Array(line.dropFirst(head.count).dropLast()))
        }
    }

    @Test func survivesEveryFault() throws {
        let count = try RunFaults(of: ExportWorkflow.runKind) { try ExportRunWorld() }.exhaust()
        #expect(count > 60)
    }

    @Test func writesAllItemsInDynamoDBsForm() throws {
        let world = try ArchiveWorld()
        let registry = try world.folder.open()
        let (run, manifest) = try world.export(registry)
        #expect(run.state == .completed)
        #expect(manifest.tenant == world.district.id)
        #expect(manifest.name == "District")
        #expect(manifest.schools.map(\.id) == world.district.schools.map(\.id))
        #expect(manifest.catalog == world.catalog.name)
        #expect(manifest.tables.map(\.name) == world.catalog.tables.map(\.name.text))
        let root = world.exports.path + "/" + run.id.text
        let expected = try world.items(of: world.district, registry)
        #expect(expected.count == 10)
        #expect(
            try manifest.files.flatMap { try ExportTests.lines(root + "/" + $0.name) } == expected.map(\.item)
        )
        let students = try #require(manifest.tables.first { $0.name == "student-table" })
        #expect(students.files.count > 2)
        #expect(students.items == 8)
        #expect(
            students.itemBytes
                == expected.filter { $0.table == "student-table" }.reduce(0) { $0 + $1.item.sizeBytes })
        let result = try JSONDecoder().decode(ExportResult.self, from: Data(try #require(run.result).utf8))
        #expect(result.extent.items == 10)
        #expect(result.fileBytes == manifest.files.reduce(0) { $0 + $1.bytes })
        let bytes = try #require(FileManager.default.contents(atPath: root + "/manifest.json"))
        #expect(result.manifestSHA256 == Hex.encode(SHA256.hash(bytes).bytes))
    }

    private func text(_ value: JSONText.Value?) -> String? {
        switch value {
        case .string(let text), .number(let text): text
        default: nil
        }
    }

    /// As the Developer Guide shows them: "DynamoDB table export output format".
    @Test func writesTheManifestsThatAWSDocuments() throws {
        let world = try ArchiveWorld()
        let registry = try world.folder.open()
        let (run, manifest) = try world.export(registry)
        let root = world.exports.path + "/" + run.id.text + "/student-table/"
        func object(_ bytes: some Sequence<UInt8>) throws -> [String: JSONText.Value] {
            guard case .object(let members) = try JSONText(parsing: Array(bytes)).root.value else {
                return [:]
            }
            return Dictionary(uniqueKeysWithValues: members.map { ($0.name, $0.node.value) })
        }
        let summaryBytes = try #require(FileManager.default.contents(atPath: root + "manifest-summary.json"))
        let summary = try object(summaryBytes)
        #expect(text(summary["outputFormat"]) == "DYNAMODB_JSON")
        #expect(text(summary["itemCount"]) == "8")
        #expect(text(summary["exportTime"]) == manifest.instant.iso8601)
        #expect(text(summary["manifestFilesS3Key"]) == "student-table/manifest-files.json")
        let files = try #require(FileManager.default.contents(atPath: root + "manifest-files.json"))
        let lines = try files.split(separator: UInt8(ascii: "\n")).map { try object($0) }
        let parts = try #require(manifest.tables.first { $0.name == "student-table" }).files
        #expect(lines.map { text($0["dataFileS3Key"]) } == parts.map(\.name))
        #expect(lines.map { text($0["itemCount"]) } == parts.map { String($0.items) })
        for (line, part) in zip(lines, parts) {
            let hasher = MD5Hasher()
            let path = world.exports.path + "/" + run.id.text + "/" + part.name
            hasher.update([UInt8](try #require(FileManager.default.contents(atPath: path))))
            let digest = hasher.finish()
            #expect(text(line["md5Checksum"]) == Crypto.Base64.encode(digest))
            #expect(text(line["etag"]) == Hex.encode(digest) + "-1")
        }
        for (name, bytes) in [("manifest-summary", summaryBytes), ("manifest-files", files)] {
            let hasher = MD5Hasher()
            hasher.update([UInt8](bytes))
            let checksum = try #require(FileManager.default.contents(atPath: root + name + ".checksum"))
            #expect(String(decoding: checksum, as: UTF8.self) == Crypto.Base64.encode(hasher.finish()))
        }
    }

    @Test func filesAreTheOwnersAlone() throws {
        let world = try ArchiveWorld()
        let (run, _) = try world.export(try world.folder.open())
        let root = world.exports.path + "/" + run.id.text
        for name in [""] + (try FileManager.default.subpathsOfDirectory(atPath: root)) {
            let attributes = try FileManager.default.attributesOfItem(atPath: root + "/" + name)
            let mode = try #require(attributes[.posixPermissions] as? Int)
            let isFolder = attributes[.type] as? FileAttributeType == .typeDirectory
            #expect(mode & 0o777 == (isFolder ? 0o700 : 0o600), "\(name)")
        }
    }

    @Test func showsAPastMomentWhereTheJournalReaches() throws {
        let world = try ArchiveWorld()
        let registry = try world.folder.open()
        let engine = world.engine(registry, [world.exportWorkflow(registry)])
        let desk = ExportDesk(images: world.images(registry), folder: world.exports, engine: engine)
        let run = try desk.start(
            ExportRequest(tenant: world.district.id, asOf: world.folder.clock.now()), actor: .system)
        try world.drive(engine)
        guard case .failed(let reason) = try engine.get(run).state else {
            Issue.record("it is \(try engine.get(run).state)")
            return
        }
        #expect(reason.contains("keeps no journal to go back by"))
        #expect(throws: ExportError.noSuchExport(run)) { try desk.manifest(of: run) }
    }

    @Test func refusesWhoIsNotThere() throws {
        let world = try ArchiveWorld()
        let registry = try world.folder.open()
        let desk = ExportDesk(
            images: world.images(registry), folder: world.exports,
            engine: world.engine(registry, [world.exportWorkflow(registry)]))
        let nobody = TenantID(random: SeededRandom(seed: 77))
        #expect(throws: ExportError.noSuchTenant(nobody)) {
            try desk.start(ExportRequest(tenant: nobody), actor: .system)
        }
    }

    @Test func nothingIsMadeWithoutRoomForIt() throws {
        let world = try ArchiveWorld()
        let registry = try world.folder.open()
        let engine = world.engine(registry, [world.exportWorkflow(registry)])
        let desk = ExportDesk(images: world.images(registry), folder: world.exports, engine: engine)
        let request = ExportRequest(tenant: world.district.id)
        let run = try desk.start(request, actor: .system)
        world.room.freeBytes = Limits.freeBytesMin
        #expect(throws: NoCapacity.self) { try desk.start(request, actor: .system) }
        // What was started while there was room is refused before there is an image.
        _ = try engine.runUntilIdle()
        guard case .failed(let reason) = try engine.get(run).state else {
            Issue.record("it is \(try engine.get(run).state)")
            return
        }
        #expect(reason.contains("MiB free"))
        #expect(try world.keeper.images { _, _ in }.isEmpty)
        world.room.freeBytes = Int.max
        try engine.retry(run, actor: .system)
        _ = try engine.runUntilIdle()
        #expect(try engine.get(run).state == .completed)
    }

    @Test func handsOutFilesPieceByPieceAndNothingElse() throws {
        let world = try ArchiveWorld()
        let registry = try world.folder.open()
        let (run, manifest) = try world.export(registry)
        let desk = ExportDesk(
            images: world.images(registry), folder: world.exports,
            engine: world.engine(registry, [world.exportWorkflow(registry)]))
        let part = try #require(manifest.files.last)
        let whole = try desk.read(part.name, of: run.id, from: 0)
        #expect(Hex.encode(SHA256.hash(whole).bytes) == part.sha256)
        #expect(try desk.read(part.name, of: run.id, from: 10) == Array(whole.dropFirst(10)))
        #expect(try desk.read(part.name, of: run.id, from: part.bytes) == [])
        for (name, offset) in [
            (part.name, part.bytes + 1), (part.name, -1), ("../" + part.name, 0), ("/etc/passwd", 0),
            ("none", 0),
            ("student-table/../manifest.json", 0), ("", 0),
        ] {
            #expect(throws: ExportError.noSuchFile(run.id, name: name)) {
                try desk.read(name, of: run.id, from: offset)
            }
        }
        let other = RunID(random: SeededRandom(seed: 5))
        #expect(throws: ExportError.noSuchExport(other)) { try desk.read(part.name, of: other, from: 0) }
    }

    @Test func removesWhatIsTooOldAndWhatNoRunOwns() throws {
        let world = try ArchiveWorld()
        let registry = try world.folder.open()
        let (run, _) = try world.export(registry)
        let desk = ExportDesk(
            images: world.images(registry), folder: world.exports,
            engine: world.engine(registry, [world.exportWorkflow(registry)]))
        let orphan = world.exports.path + "/" + RunID(random: SeededRandom(seed: 5)).text
        try FileManager.default.createDirectory(atPath: orphan, withIntermediateDirectories: false)
        #expect(try desk.removeExpired(at: world.folder.clock.now()) == 1)
        #expect(!FileManager.default.fileExists(atPath: orphan))
        let end = try #require(run.endedAt)
        #expect(try desk.removeExpired(at: end.advanced(bySeconds: 30 * 86_400)) == 0)
        #expect(try desk.removeExpired(at: end.advanced(bySeconds: 30 * 86_400 + 1)) == 1)
        #expect(throws: ExportError.noSuchExport(run.id)) { try desk.manifest(of: run.id) }
    }

    /// With a file system of its own in memory; only root may mount one.
    @Test(.enabled(if: getuid() == 0)) func aFullDiskStopsItAndARetryGoesOn() throws {
        let world = try ArchiveWorld(partBytes: 100_000, students: 40)
        let registry = try world.folder.open()
        let noise = SeededRandom(seed: 3)
        for number in 0..<30 {
            let entity = try world.student(number, of: world.district.schools[0].id)
            var large = entity.item
            large["filler"] = .binary(noise.bytes(10_000))
            try world.put(
                [ArchiveWorld.Entity(table: entity.table, item: large)], of: world.district, registry)
        }
        let path = world.exports.path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        guard system("mount -t tmpfs -o size=200k tmpfs '\(path)' 2>/dev/null") == 0 else { return }
        defer { #expect(system("umount '\(path)'") == 0) }
        let engine = world.engine(registry, [world.exportWorkflow(registry)])
        let desk = ExportDesk(images: world.images(registry), folder: world.exports, engine: engine)
        let run = try desk.start(ExportRequest(tenant: world.district.id), actor: .system)
        try world.drive(engine)
        guard case .failed(let reason) = try engine.get(run).state else {
            Issue.record("it is \(try engine.get(run).state)")
            return
        }
        #expect(reason.contains("the disk is full at `"), "\(reason)")
        let left = try FileManager.default.subpathsOfDirectory(atPath: path)
        #expect(!left.contains { $0.hasSuffix(".part") }, "\(left)")
        #expect(system("mount -o remount,size=8m '\(path)'") == 0)
        try engine.retry(run, actor: .system)
        try world.drive(engine)
        #expect(try engine.get(run).state == .completed)
        let manifest = try desk.manifest(of: run).manifest
        let root = path + "/" + run.text
        let lines = try manifest.files.flatMap { try ExportTests.lines(root + "/" + $0.name) }
        #expect(try lines == world.items(of: world.district, registry).map(\.item))
    }
}
