import Base
import Items
import Registry
import Tables
import Tenancy
import Workflows

/// Puts the items of an upload into a tenant. All of the archive is looked at before anything is written.
///
/// An undo removes the items that the import has made, where they are still exactly as it made them. Items that it has replaced
/// (`ImportConflict.replace`) stay as they are: what was there before is not kept.
public struct ImportWorkflow: Workflow {
    /// The name that its runs are stored with.
    public static let runKind = "tenant.import"

    /// The name that its runs are stored with.
    public let kind: String = ImportWorkflow.runKind
    /// Its steps.
    public let steps: [any WorkflowStep]

    /// Imports of the uploads in `folder`.
    /// - Parameter erased: what no import brings back unless that is allowed.
    public init(
        registry: Registry, placements: Placements, stores: any StoreProvider, folder: ArchiveFolder,
        capacity: CapacityCheck = .unlimited, erased: ErasureGuard
    ) {
        let environment = ImportEnvironment(
            placements: placements, stores: stores, folder: folder, capacity: capacity, erased: erased)
        steps = [
            ImportCheckStep(environment: environment), ImportWriteStep(environment: environment),
            ImportVerifyStep(environment: environment),
        ]
    }
}

/// What the steps of an import work with.
struct ImportEnvironment: Sendable {
    let placements: Placements
    let stores: any StoreProvider
    let folder: ArchiveFolder
    let capacity: CapacityCheck
    let erased: ErasureGuard

    var catalog: Catalog { placements.catalog }
}

/// What an import remembers, by name in the run's record. No key and no item is among it.
enum ImportMemory {
    static let report = "report"
    static let cursor = "cursor"
    static let isTold = "isTold"
}

/// How far an import has written.
struct ImportCursor: Hashable, Codable {
    /// The file under way, by its place, and its last line that is done.
    var file = 0
    var line = 0
    var items = 0
    var replaced = 0
    var skipped = 0
}

/// An import under way: what each step begins with.
struct Importing {
    /// The store that is in charge of the tenant now.
    struct Place {
        let store: any MovableStore
        let route: WriteRoute
        let tables: [String: TableName]
        let rate: Int

        func table(_ row: ImportRow) throws(TableError) -> TableName {
            guard let table = tables[row.table.name.text] else { throw .noSuchTable(row.table.name) }
            return table
        }
    }

    let environment: ImportEnvironment
    let request: ImportRequest
    let folder: ArchiveFolder
    let source: ImportSource
    private let record: TenantRecord

    /// - Throws: `ArchiveError` where the manifests do not read; `RegistryError.notFound` where the tenant is gone.
    init(_ context: RunContext, _ environment: ImportEnvironment) throws {
        self.environment = environment
        request = try context.input(as: ImportRequest.self)
        folder = environment.folder.folder(request.upload.text)
        guard folder.isThere else { throw ArchiveError.missing(file: request.upload.text) }
        source = try ImportSource(folder, table: request.table, catalog: environment.catalog)
        record = try context.registry.require(TenantRecord.self, request.tenant)
    }

    var schools: [SchoolID] { record.schools.map(\.id) }

    /// The archive's rows behind a place in it.
    func rows(file: Int = 0, line: Int = 0) -> ImportRows {
        ImportRows(
            folder, source, mapping: IDMapping(request.mappings),
            owners: KeyOwners(tenant: request.tenant, schools: schools), file: file, line: line)
    }

    /// What was erased of the tenant's keys, and of those that the archive has under ids that are mapped.
    func erased() throws -> ErasedPatterns {
        let owners = [request.tenant.text] + schools.map(\.text) + request.mappings.keys
        return try environment.erased.patterns(of: Set(owners))
    }

    /// Where the tenant is; nil while it is being moved.
    func place(_ context: RunContext) throws -> Place? {
        let placement = try context.registry.require(PlacementRecord.self, request.tenant)
        guard placement.state == .active else { return nil }
        let store: any MovableStore
        do throws(TableError) { store = try environment.stores.store(placement.store) } catch {
            // Its move has switched since the placement was read, and has removed the store.
            if case .noSuchStore = error { return nil }
            throw error
        }
        let wall = ImportWall(environment.catalog, placement: placement, schools: schools)
        let rate = environment.catalog.tier(named: record.tier)?.copyRateItemsPerSecond
        return Place(
            store: store, route: WriteRoute(tenant: request.tenant, epoch: placement.epoch, wall: wall),
            tables: placement.tables, rate: rate ?? Limits.importItemsPerSecondMax)
    }

    /// What lies under the rows' keys now.
    func existing(_ rows: [ImportRow], at place: Place) throws -> [Item?] {
        let gets = try rows.map { row throws(TableError) in GetItem(table: try place.table(row), key: row.key)
        }
        let found: [ItemRow?] = try Waiting.forResult { place.store.getTogether(gets, completion: $0) }
        return try found.map { try $0?.image.item() }
    }

    /// How a row is named to people.
    func named(_ row: ImportRow) -> ImportReport.Row {
        ImportReport.Row(file: source.files[row.file].name, line: row.line, table: row.table.name.text)
    }
}

/// The items that an import has made, by file and line: in a file beside the upload, on the disk before they are.
struct ImportLog {
    private let folder: ArchiveFolder
    private let name: String

    init(_ environment: ImportEnvironment, _ run: RunID) {
        folder = environment.folder
        name = "\(run).created"
    }

    /// Adds rows, which are about to be written.
    func add(_ rows: [ImportRow]) throws(ArchiveError) {
        guard !rows.isEmpty else { return }
        // A line feed first and a mark at the end of each: what the end of a process has cut short is told from what is whole.
        let text = "\n" + rows.map { "\($0.file) \($0.line) .\n" }.joined()
        try folder.append(Array(text.utf8), to: name)
    }

    /// All rows that are in it: lines by file.
    func rows() throws(ArchiveError) -> [Int: Set<Int>] {
        guard folder.has(name) else { return [:] }
        var rows: [Int: Set<Int>] = [:]
        let lines = try ArchiveLines(folder, name)
        while let line = try lines.next() {
            let words = line.split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) }
            // What was cut short was followed by no write.
            guard words.count == 3, words[2] == ".", let file = Int(words[0]), let number = Int(words[1])
            else { continue }
            rows[file, default: []].insert(number)
        }
        return rows
    }

    func remove() throws(ArchiveError) { try folder.remove(name) }
}
