import Base
import ControlAPI
import Crypto
import Tenancy

/// What the server has against the rows of an import, asked before anything is made of them: tiers, limits, names that are taken.
struct ImportCheck {
    /// The columns that the server's fields stand in, where they are named otherwise.
    private static let columns = ["schools": "school"]

    private let client: ControlClient

    init(_ client: ControlClient) { self.client = client }

    /// The faults, with line and column.
    func faults(of file: DistrictFile) throws(CommandFailure) -> [CSVFault] {
        var faults: [CSVFault] = []
        var start = 0
        while start < file.rows.count {
            let rows = Array(file.rows[start..<min(start + Limits.importCheckRowsMax, file.rows.count)])
            let answer = try client.post("/v1/imports/check") { json in
                json.name("rows")
                json.beginArray()
                for row in rows { ImportCheck.write(row, to: &json) }
                json.endArray()
            }
            for fault in answer.json["faults"]?.elements ?? [] {
                let field = fault.text("field")
                faults.append(
                    CSVFault(
                        line: rows[fault.number("row")].line,
                        column: file.columns[ImportCheck.columns[field] ?? field],
                        message: fault.text("message")))
            }
            start += rows.count
        }
        return faults
    }

    /// The key that makes a second import of the row answer what the first made.
    static func key(of row: DistrictRow) -> String {
        row.idempotencyKey { Hex.encode(SHA256.hash($0).bytes) }
    }

    private static func write(_ row: DistrictRow, to json: inout JSONWriter) {
        json.beginObject()
        json.member("key", key(of: row))
        DistrictImport.write(row, to: &json)
        json.endObject()
    }
}
