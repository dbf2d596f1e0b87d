import Base
import Items
import Policies

extension AWSCommandText {
    /// The command of an action of PartiQL; nil for any other.
    ///
    /// Values are handed over as parameters, so that no key needs quoting inside of the statement.
    func statementWords(_ asked: AskedRequest) -> Words? {
        guard let statement = statement(asked) else { return nil }
        let values = isFullScan(asked) ? [] : asked.partitions
        switch asked.text(.enclosingOperation) {
        case "ExecuteTransaction":
            return Words(words: [
                "execute-transaction", "--transact-statements", list(statement, values, asked),
            ])
        case "BatchExecuteStatement":
            return Words(words: ["batch-execute-statement", "--statements", list(statement, values, asked)])
        default:
            let parameters = AWSCommandText.json { writeParameters(values.first, asked, to: &$0) }
            return Words(
                words: ["execute-statement", "--statement", statement]
                    + (values.isEmpty ? [] : ["--parameters", parameters]))
        }
    }

    private func isFullScan(_ asked: AskedRequest) -> Bool {
        asked.action == .partiQLSelect && asked.texts(.leadingKeys).isEmpty
    }

    private func statement(_ asked: AskedRequest) -> String? {
        let table = name(asked.table)
        let whole = asked.tableKey.attributes.map { "\(name($0.name)) = ?" }.joined(separator: " AND ")
        switch asked.action {
        case .partiQLSelect:
            let from = table + (asked.index.map { "." + name($0) } ?? "")
            let names = asked.otherAttributes.map(name)
            let what = names.isEmpty ? "*" : names.joined(separator: ", ")
            guard !isFullScan(asked) else { return "SELECT \(what) FROM \(from)" }
            let parts = asked.key.partitions.map { "\(name($0.name)) = ?" }
            return "SELECT \(what) FROM \(from) WHERE \(parts.joined(separator: " AND "))"
        case .partiQLInsert:
            let members =
                asked.tableKey.attributes.map { "'\($0.name)': ?" }
                + asked.otherAttributes.map { "'\($0)': 'example'" }
            return "INSERT INTO \(table) VALUE {\(members.joined(separator: ", "))}"
        case .partiQLUpdate:
            let names = asked.otherAttributes.isEmpty ? ["example"] : asked.otherAttributes
            let sets = names.map { "SET \(name($0)) = 'example'" }.joined(separator: " ")
            return "UPDATE \(table) \(sets) WHERE \(whole)"
        case .partiQLDelete: return "DELETE FROM \(table) WHERE \(whole)"
        default: return nil
        }
    }

    private func name(_ text: String) -> String {
        "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }

    /// The attributes whose values are parameters: the partition key of a select, the whole key of a write.
    private func writeParameters(_ partition: String?, _ asked: AskedRequest, to json: inout JSONWriter) {
        let attributes = asked.action == .partiQLSelect ? asked.key.partitions : asked.tableKey.attributes
        json.beginArray()
        for (place, attribute) in attributes.enumerated() {
            let text = place == 0 ? partition : nil
            AskedRequest.write(text ?? AskedRequest.example(attribute.type), attribute.type, to: &json)
        }
        json.endArray()
    }

    private func list(_ statement: String, _ values: [String], _ asked: AskedRequest) -> String {
        AWSCommandText.json { json in
            json.beginArray()
            for value in values.isEmpty ? [nil] : values.map(Optional.some) {
                json.beginObject()
                json.name("Statement")
                json.string(statement)
                if let value {
                    json.name("Parameters")
                    writeParameters(value, asked, to: &json)
                }
                json.endObject()
            }
            json.endArray()
        }
    }
}
