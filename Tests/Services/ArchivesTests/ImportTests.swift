import Archives
import Base
import Compression
import Crypto
import FoundationEssentials
import Items
import Registry
import RunTestKit
import Tables
import Tenancy
import TestKit
import Testing
import Workflows

extension ArchiveWorld {
    static let digests = ErasureDigests(secret: [UInt8](repeating: 7, count: 32))

    var uploads: ArchiveFolder { ArchiveFolder(disk.path(of: "imports")) }

    func importWorkflow(_ registry: Registry) -> ImportWorkflow {
        ImportWorkflow(
            registry: registry, placements: Placements(registry: registry, catalog: catalog), stores: stores,
            folder: uploads, capacity: capacity,
            erased: ErasureGuard(registry: registry, digests: ArchiveWorld.digests))
    }

    func importDesk(_ registry: Registry, _ engine: WorkflowEngine) -> ImportDesk {
        ImportDesk(
            registry: registry, folder: uploads, engine: engine, capacity: capacity, clock: folder.clock,
            random: SeededRandom(seed: 21))
    }

    /// An upload of these files.
    func upload(_ files: [String: [UInt8]], _ registry: Registry, for tenant: TenantID? = nil) throws
        -> UploadID
    {
        let desk = importDesk(registry, engine(registry, [importWorkflow(registry)]))
        // An id is of the moment and of chance, which is the same for each desk here.
        folder.clock.advance(byMilliseconds: 1)
        let upload = try desk.open(for: tenant ?? district.id)
        for (name, bytes) in files {
            _ = try desk.add(bytes, to: name, at: 0, of: upload, for: tenant ?? district.id)
        }
        return upload
    }

    /// All files of a run's export.
    func files(of run: RunID) throws -> [String: [UInt8]] {
        let root = exports.path + "/" + run.text
        var files: [String: [UInt8]] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: root) {
            if let data = FileManager.default.contents(atPath: root + "/" + name) {
                files[name] = [UInt8](data)
            }
        }
        return files
    }

    /// Runs an import to its end.
    func run(_ request: ImportRequest, _ registry: Registry) throws -> (run: RunRecord, report: ImportReport?)
    {
        let engine = engine(registry, [importWorkflow(registry)])
        let run = try importDesk(registry, engine).start(request, actor: .system)
        try drive(engine)
        let record = try engine.get(run)
        let report = try record.result.map {
            try JSONDecoder().decode(ImportReport.self, from: Data($0.utf8))
        }
        return (record, report)
    }
}

/// An import into an empty district in a world of its own, for the test of all faults.
private final class ImportRunWorld: RunWorld {
    let world: ArchiveWorld
    private let upload: UploadID
    private let expected: [ArchiveWorld.Entity]
    private let neighbours: [ArchiveWorld.Entity]
    var folder: RegistryFolder { world.folder }
    var unnoticed: [String: String] { ["verify": "it is the check itself, and the last step"] }

    init() throws {
        world = try ArchiveWorld(students: 2)
        let registry = try world.folder.open()
        let (run, _) = try world.export(registry)
        let exported = try registry.require(RunRecord.self, run.id)
        expected = try world.items(of: world.district, registry)
        neighbours = try world.items(of: world.neighbour, registry)
        upload = try world.upload(world.files(of: run.id), registry)
        try world.removeItems(of: world.district, registry)
        // The only run that is looked for afterwards is the import.
        try registry.transact(RegistryTransaction([.delete(exported)]))
    }

    func workflow(over registry: Registry) throws -> any Workflow { world.importWorkflow(registry) }

    func start(_ engine: WorkflowEngine) throws -> RunID {
        try engine.start(
            kind: ImportWorkflow.runKind, input: ImportRequest(tenant: world.district.id, upload: upload),
            tenant: world.district.id)
    }

    func checkCompleted(_ run: RunRecord, registry: Registry) throws {
        let items = try world.items(of: world.district, registry)
        try world.expect(items == expected, "\(items.count) of \(expected.count) items")
        try checkNeighbour(registry)
        let report = try JSONDecoder().decode(ImportReport.self, from: Data((run.result ?? "").utf8))
        try world.expect(
            report.created == expected.count && report.verified == expected.count && report.changedSince == 0
                && report.archiveSHA256 == report.storedSHA256, "the report says \(report)")
    }

    func checkUndone(_ run: RunRecord, registry: Registry) throws {
        let items = try world.items(of: world.district, registry)
        try world.expect(items.isEmpty, "\(items.count) items are left")
        try checkNeighbour(registry)
        let left = try FileManager.default.contentsOfDirectory(atPath: world.uploads.path)
        try world.expect(!left.contains { $0.hasSuffix(".created") }, "left: \(left)")
    }

    private func checkNeighbour(_ registry: Registry) throws {
        let items = try world.items(of: world.neighbour, registry)
        try world.expect(items == neighbours, "the neighbour's items are other")
    }
}

@Suite struct ImportTests {
    private let world: ArchiveWorld
    private let registry: Registry
    private let expected: [ArchiveWorld.Entity]
    private let files: [String: [UInt8]]

    init() throws {
        world = try ArchiveWorld()
        registry = try world.folder.open()
        expected = try world.items(of: world.district, registry)
        files = try world.files(of: world.export(registry).run.id)
    }

    private func request(_ files: [String: [UInt8]], _ change: (inout ImportRequest) -> Void = { _ in })
        throws
        -> ImportRequest
    {
        var request = ImportRequest(tenant: world.district.id, upload: try world.upload(files, registry))
        change(&request)
        return request
    }

    private func reason(_ run: RunRecord) -> String {
        guard case .backward(let reason) = run.direction, run.state == .undone else {
            return "it is \(run.state)"
        }
        return reason
    }

    @Test func survivesEveryFault() throws {
        let count = try RunFaults(of: ImportWorkflow.runKind) { try ImportRunWorld() }.exhaust()
        #expect(count > 50)
    }

    @Test func bringsBackAllItemsOfEveryType() throws {
        let (_, before) = try world.export(registry)
        try world.removeItems(of: world.district, registry)
        let (run, report) = try world.run(request(files), registry)
        #expect(run.state == .completed)
        #expect(try world.items(of: world.district, registry) == expected)
        #expect(report?.created == 10)
        let (_, after) = try world.export(registry)
        #expect(after.tables.map(\.linesSHA256) == before.tables.map(\.linesSHA256))
        #expect(after.imageDigest == before.imageDigest)
    }

    @Test func aDryRunWritesNothingAndTellsWhatItWould() throws {
        try world.removeItems(of: world.district, registry)
        try world.put(
            [expected[0], world.student(1, of: world.district.schools[0].id, value: 9)], of: world.district,
            registry)
        let before = try world.items(of: world.district, registry)
        let (run, report) = try world.run(request(files) { $0.isDryRun = true }, registry)
        #expect(run.state == .completed)
        #expect(report?.items == 10)
        #expect(report?.same == 1)
        #expect(report?.conflicts == 1)
        #expect(report?.conflictRows.first?.table == "student-table")
        #expect(report?.created == 0)
        #expect(try world.items(of: world.district, registry) == before)
    }

    @Test func nothingIsWrittenWithoutRoomForIt() throws {
        try world.removeItems(of: world.district, registry)
        let request = try request(files)
        world.room.freeBytes = Limits.freeBytesMin
        #expect(throws: NoCapacity.self) { try world.upload(files, registry) }
        let (run, _) = try world.run(request, registry)
        #expect(reason(run).contains("MiB free"))
        #expect(try world.items(of: world.district, registry).isEmpty)
    }

    @Test(arguments: ImportConflict.allCases) func keysThatAreTaken(policy: ImportConflict) throws {
        try world.removeItems(of: world.district, registry)
        let other = try world.student(1, of: world.district.schools[0].id, value: 9)
        try world.put([other], of: world.district, registry)
        let (run, report) = try world.run(request(files) { $0.onConflict = policy }, registry)
        let items = try world.items(of: world.district, registry)
        switch policy {
        case .fail:
            #expect(
                reason(run).contains(
                    "nothing was written: 1 of 10 rows have keys that other items have: `student-table/data/part-"
                ))
            #expect(items == [other])
        case .skip:
            #expect(report?.skipped == 1)
            #expect(items.count == 10 && items.contains(other))
            #expect(report?.verified == 9)
        case .replace:
            #expect(report?.replaced == 1)
            #expect(items == expected)
        }
    }

    @Test func importingTwiceChangesNothing() throws {
        let (run, report) = try world.run(request(files), registry)
        #expect(run.state == .completed)
        #expect(report?.same == 10)
        #expect(report?.created == 0)
        #expect(try world.items(of: world.district, registry) == expected)
    }

    @Test func anotherTenantsRowsAreRefusedWithFileAndLine() throws {
        let neighbours = try world.items(of: world.neighbour, registry)
        let (run, _) = try world.run(
            ImportRequest(
                tenant: world.neighbour.id, upload: try world.upload(files, registry, for: world.neighbour.id)
            ),
            registry)
        #expect(
            reason(run).contains(
                "10 of 10 rows belong to another tenant or to nobody: `school-table/data/part-00001.json.zst` line 1"
            ))
        #expect(try world.items(of: world.neighbour, registry) == neighbours)
        let (skipped, report) = try world.run(
            ImportRequest(
                tenant: world.neighbour.id,
                upload: try world.upload(files, registry, for: world.neighbour.id),
                skipsForeign: true), registry)
        #expect(skipped.state == .completed)
        #expect(report?.foreign == 10)
        #expect(report?.skipped == 10)
        #expect(try world.items(of: world.neighbour, registry) == neighbours)
    }

    @Test func idsAreMappedInAllKeysAndOnlyThere() throws {
        try world.removeItems(of: world.neighbour, registry)
        var mappings = [world.district.id.text: world.neighbour.id.text]
        for (old, new) in zip(world.district.schools, world.neighbour.schools) {
            mappings[old.id.text] = new.id.text
        }
        let (run, report) = try world.run(
            ImportRequest(
                tenant: world.neighbour.id,
                upload: try world.upload(files, registry, for: world.neighbour.id),
                mappings: mappings), registry)
        #expect(run.state == .completed, "\(run.notes)")
        #expect(report?.mapped == 10)
        let wanted = try world.items(of: world.neighbour, students: 4)
        #expect(try Set(world.items(of: world.neighbour, registry)) == Set(wanted))
        #expect(try world.items(of: world.district, registry) == expected)
    }

    @Test func mappingsLeadToThisTenantAlone() throws {
        for (old, new) in [
            (world.neighbour.id.text, world.neighbour.id.text),
            (world.neighbour.schools[0].id.text, world.neighbour.schools[1].id.text),
            (world.neighbour.id.text, world.district.schools[0].id.text), ("x", world.district.id.text),
        ] {
            let (run, _) = try world.run(request(files) { $0.mappings = [old: new] }, registry)
            #expect(reason(run).contains("`\(old)` cannot become `\(new)`"))
        }
    }

    @Test func anUndoLeavesWhatPeopleHaveChangedSince() throws {
        try world.removeItems(of: world.district, registry)
        let engine = world.engine(registry, [world.importWorkflow(registry)])
        let run = try world.importDesk(registry, engine).start(try request(files), actor: .system)
        // To the boundary before the last step.
        let changed = try world.student(2, of: world.district.schools[1].id, value: 77)
        let holder = WorkflowEngine(
            registry: registry, workflows: [world.importWorkflow(registry)], clock: world.folder.clock,
            random: SeededRandom(seed: 7), threads: 0,
            onBoundary: { boundary in
                guard boundary.step == "verify", boundary.point == .before else { return }
                try self.world.put([changed], of: self.world.district, self.registry)
                throw Killed()
            })
        try holder.resumeAll()
        do { try world.drive(holder) } catch is Killed {}
        let last = world.engine(registry, [world.importWorkflow(registry)])
        try last.resumeAll()
        try last.cancel(run, actor: .system)
        try world.drive(last)
        #expect(try last.get(run).state == .undone)
        #expect(try world.items(of: world.district, registry) == [changed])
    }

    private struct Killed: Error {}
}
