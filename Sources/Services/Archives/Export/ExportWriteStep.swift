import Base
import Crypto
import FoundationEssentials
import Items
import Registry
import Tables
import Tenancy
import Workflows

/// Writes the parts, one after the other: each is whole and on the disk before it counts.
struct ExportWriteStep: WorkflowStep {
    let environment: ExportEnvironment
    let name = "write"

    func perform(_ context: RunContext) throws -> StepResult {
        do { return try write(context) } catch let error as ArchiveError {
            return try context.outcome(of: error)
        }
    }

    private func write(_ context: RunContext) throws -> StepResult {
        guard let image = try context.value(for: ExportMemory.image, as: ExportedImage.self) else {
            return .fail(reason: "the run does not know its image")
        }
        var cursor = try context.value(for: ExportMemory.cursor, as: ExportCursor.self) ?? ExportCursor()
        var tables = try context.value(for: ExportMemory.tables, as: [ExportedTable].self) ?? []
        let begun = context.clock.monotonicNanoseconds()
        let itemsBefore = cursor.items
        while cursor.table < image.tables.count {
            let table = image.tables[cursor.table].name
            let folder = environment.folder(context.run).folder(table)
            try folder.folder("data").make()
            let parts = try ExportIndexFile.parts(in: folder, count: cursor.parts)
            var writer = ExportTableWriter(environment, context.run, table, image: image.id, parts: parts)
            try writer.resume()
            while let part = try writer.next(isInterrupted: { context.isInterrupted }) {
                cursor.parts += 1
                cursor.items += part.items
                cursor.lineBytes += part.lineBytes
                try context.set(cursor, for: ExportMemory.cursor)
                let seconds = Double(context.clock.monotonicNanoseconds() - begun) / 1e9
                context.progress = RunProgress(
                    phase: name, done: cursor.items, total: max(image.items, cursor.items),
                    ratePerSecond: seconds > 0 ? Double(cursor.items - itemsBefore) / seconds : nil,
                    text: "\(cursor.lineBytes) bytes of lines")
                try context.checkpoint()
            }
            guard writer.isAtEnd else { return .again(afterMilliseconds: 0) }
            try ExportIndexFile.write(writer.parts, in: folder)
            tables.append(writer.exported)
            try context.set(tables, for: ExportMemory.tables)
            cursor.table += 1
            cursor.parts = 0
            try context.set(cursor, for: ExportMemory.cursor)
            try context.checkpoint()
        }
        return .done
    }

    func undo(_ context: RunContext) throws -> StepResult {
        try environment.folder(context.run).remove()
        return .done
    }
}

/// Writes the parts of one table.
private struct ExportTableWriter {
    private let environment: ExportEnvironment
    private let run: RunID
    private let table: String
    private let image: SnapshotID
    private let hasher = SHA256Hasher()
    private var after: EncodedKey?
    private(set) var parts: [ExportManifest.File]
    private(set) var isAtEnd = false

    init(
        _ environment: ExportEnvironment, _ run: RunID, _ table: String, image: SnapshotID,
        parts: [ExportManifest.File]
    ) {
        self.environment = environment
        self.run = run
        self.table = table
        self.image = image
        self.parts = parts
    }

    private var root: ArchiveFolder { environment.folder(run) }

    /// Learns from the parts that are whole what was hashed, and behind which key to go on: no key is kept in the run.
    mutating func resume() throws {
        for (number, part) in parts.enumerated() {
            let lines = try ArchiveLines(root, part.name, table: hasher)
            var last: [UInt8]?
            while let line = try lines.next() { last = Array(line) }
            guard number == parts.count - 1, let last else { continue }
            guard let name = TableName(table),
                let key = environment.images.placements.catalog.table(named: name)?.key
            else {
                throw ArchiveError.unsupported(file: table, reason: "the catalog has no such table any more")
            }
            after = try key.key(ofItem: ArchiveItemLine.item(last[...], part.name, lines.line))
        }
    }

    /// Writes the next part; nil where there are no more rows, and where it was interrupted: then nothing is left of it.
    mutating func next(isInterrupted: () -> Bool) throws -> ExportManifest.File? {
        guard !isInterrupted() else { return nil }
        var rows = try page()
        guard !rows.isEmpty else {
            isAtEnd = true
            return nil
        }
        let number = String(parts.count + 1)
        let padded = String(repeating: "0", count: max(0, 5 - number.utf8.count)) + number
        let writer = try ExportPartWriter(root, "\(table)/data/part-\(padded).json.zst")
        var last = after
        while !rows.isEmpty {
            try writer.add(rows, table: hasher)
            last = rows.last?.key
            if isInterrupted() { return nil }
            guard writer.lineBytes < environment.partBytes else { break }
            rows = try page(after: last)
        }
        let part = try writer.finish()
        after = last
        parts.append(part)
        try ExportIndexFile.write(parts, in: root.folder(table))
        return part
    }

    private func page(after key: EncodedKey? = nil) throws(TableError) -> [ItemRow] {
        try environment.images.keeper.rows(
            of: image, table: table, after: key ?? after, itemsMax: Limits.exportPageItems,
            bytesMax: min(Limits.exportPageBytes, environment.partBytes))
    }

    /// The table, when all its parts are written.
    var exported: ExportedTable {
        ExportedTable(
            parts: parts.count, items: parts.reduce(0) { $0 + $1.items },
            lineBytes: parts.reduce(0) { $0 + $1.lineBytes }, linesSHA256: Hex.encode(hasher.finish().bytes))
    }
}
