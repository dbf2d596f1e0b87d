import Base
import JSONText

extension RequestBody {
    /// Names and values of a member that is an object of strings, or of lists of strings; empty where it is missing.
    func textsByName(_ name: String) throws(Problem) -> [(name: String, value: String)] {
        guard let node = value(name) else { return [] }
        guard case .object(let members) = node.value else {
            throw .invalid("expected `\(name)` as an object", field: name)
        }
        var texts: [(name: String, value: String)] = []
        for member in members {
            let place = "\(name).\(member.name)"
            switch member.node.value {
            case .array(let nodes):
                for node in nodes { texts.append((member.name, try RequestBody.scalar(node, place))) }
            case .string, .number, .bool:
                texts.append((member.name, try RequestBody.scalar(member.node, place)))
            case .object, .null: throw .invalid("expected a text or a list of texts", field: place)
            }
        }
        guard texts.count <= Limits.simulationValuesMax else {
            throw .invalid("at most \(Limits.simulationValuesMax) values", field: name)
        }
        return texts
    }

    private static func scalar(_ node: JSONText.Node, _ field: String) throws(Problem) -> String {
        switch node.value {
        case .string(let text), .number(let text): return text
        case .bool(let flag): return flag ? "true" : "false"
        case .object, .array, .null: throw .invalid("expected a text", field: field)
        }
    }

    /// The member as JSON again; nil where it is missing.
    func json(_ name: String) -> [UInt8]? {
        value(name).map { node in
            var json = JSONWriter(reserving: 256)
            node.write(to: &json)
            return json.bytes
        }
    }
}
