import Base
import FoundationEssentials
import LocalTables
import Tables

/// `homeroom store check`.
enum StoreCheckCommand {
    static let command = Command(
        path: ["store", "check"], summary: "look the stores' files over while the server is stopped",
        options: [
            CommandOption(
                name: "data", value: "DIR", help: "the data folder", variable: "HOMEROOM_DATA",
                standard: DataFolder.standardPath),
            CommandOption(name: "store", value: "STORE", help: "this one only; otherwise all"),
            CommandOption(name: "json", help: "print what was found as JSON"),
        ],
        notes: [
            "Pages hang together, every item reads and lies under its own key, every index holds just what building it anew from "
                + "its table would give. Nothing is changed. Ends with 0 where all is sound, with 1 where something is not: put "
                + "a backup in the place of a damaged file before the server is started again."
        ],
        examples: ["homeroom store check", "homeroom store check --store pool-basic-1 --json"],
        run: { try run($0) })

    private static func run(_ invocation: Invocation) throws -> ExitCode {
        let path = invocation.value("data") ?? DataFolder.standardPath
        guard FileManager.default.fileExists(atPath: path + "/stores") else {
            throw CommandFailure.failed(
                "--data: `\(path)` is no data folder: there is no folder `stores` in it")
        }
        // The lock keeps a server from starting on what is being read.
        let folder = try DataFolder(path: path)
        let stores = try LocalStores(folder: folder.storesPath)
        let wanted: [StoreID]
        if let name = invocation.value("store") {
            guard let id = StoreID(name), try stores.list().contains(id) else {
                throw CommandFailure.failed("--store: there is no store `\(name)` in `\(path)`")
            }
            wanted = [id]
        } else {
            wanted = try stores.list()
        }
        let checks = try wanted.map { try stores.check($0) }
        if invocation.isSet("json") {
            invocation.terminal.line(json(checks))
        } else {
            show(checks, invocation)
        }
        return checks.allSatisfy(\.isSound) ? .done : .failed
    }

    private static func show(_ checks: [StoreCheck], _ invocation: Invocation) {
        var table = TextTable([
            .init("STORE", leastWidth: 10), .init("TABLES", isNumber: true), .init("ITEMS", isNumber: true),
            .init("INDEX ENTRIES", isNumber: true), .init("STATE"),
        ])
        for check in checks {
            table.add([
                check.store.text, Figures.count(check.tables), Figures.count(check.items),
                Figures.count(check.indexEntries), check.isSound ? "sound" : "damaged",
            ])
        }
        let output = Output(invocation)
        _ = output.table(table, empty: "no stores yet")
        for check in checks where !check.isSound {
            invocation.terminal.line()
            for finding in check.findings { _ = output.line("\(check.store): \(finding)") }
        }
    }

    private static func json(_ checks: [StoreCheck]) -> [UInt8] {
        var json = JSONWriter(reserving: 1024)
        json.beginObject()
        json.name("stores")
        json.beginArray()
        for check in checks {
            json.beginObject()
            json.member("store", check.store.text)
            for (name, number) in [
                ("tables", check.tables), ("items", check.items), ("indexEntries", check.indexEntries),
            ] {
                json.name(text: name)
                json.int(number)
            }
            json.name("isSound")
            json.bool(check.isSound)
            json.name("findings")
            json.beginArray()
            for finding in check.findings { json.string(finding) }
            json.endArray()
            json.endObject()
        }
        json.endArray()
        json.endObject()
        return json.bytes
    }
}
