import Base
import Items
import Policies
import Tenancy

/// A request that policies decide, as the AWS CLI command that makes it: a reader can type it and see.
///
///     aws dynamodb get-item --table-name student-table --key '{"recordKey":{"S":"TENANT#…"},"entityKey":{"S":"example"}}'
///
/// What a decision does not depend on is filled in plausibly: a sort key, an item's other attributes, a bucket. Words are
/// quoted for a POSIX shell. Source of the commands and their options: AWS CLI Command Reference.
public struct AWSCommandText: Sendable {
    let catalog: Catalog

    /// Commands against the tables of a catalog, which says what their key attributes are named.
    public init(catalog: Catalog) { self.catalog = catalog }

    /// The command, in one line; a shell's comment where no command makes such a request.
    /// - Parameter endpoint: the URL to send it to; nil for the one that is configured.
    public func text(of request: DecisionRequest, endpoint: String? = nil) -> String {
        let asked = AskedRequest(request, catalog: catalog)
        guard let words = itemWords(asked) ?? statementWords(asked) ?? otherWords(asked) else {
            return "# no command of the AWS CLI asks for \(request.action.name) on \(asked.arn) by itself"
        }
        let service = words.service
        let place = endpoint.map { ["--endpoint-url", $0] } ?? []
        return (["aws", service] + words.words + place).map(AWSCommandText.quoted).joined(separator: " ")
    }

    /// The commands of one service of the CLI.
    struct Words {
        var service = "dynamodb"
        let words: [String]
    }

    /// A word as a POSIX shell reads it back: as it stands where nothing in it means more than itself, else in single quotes.
    static func quoted(_ word: String) -> String {
        let isPlain = word.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "-_./:=,@%+".utf8.contains(byte)
            }
        }
        if isPlain, !word.isEmpty { return word }
        return "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
            + "'"
    }

    /// JSON that `body` writes.
    static func json(_ body: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter(reserving: 128)
        body(&writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

/// A request's parts as commands name them.
struct AskedRequest {
    let action: PolicyAction
    let arn: String
    /// The table's name; where the resource is none, all of it.
    let table: String
    let index: String?
    /// The key attributes of the table, and of what is asked for: the index, or the table again.
    let tableKey: KeySchema
    let key: KeySchema
    /// The partition keys; where the request names none, one that is plausible.
    let partitions: [String]
    let context: ContextValues

    init(_ request: DecisionRequest, catalog: Catalog) {
        action = request.action
        context = request.context
        arn = request.resource.text
        let parts = arn.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        let path = (parts.last ?? "").split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let isTable = path.count >= 2 && ["table", "global-table"].contains(path[0])
        table = isTable ? path[1] : arn
        index = isTable && path.count >= 4 && path[2] == "index" ? path[3...].joined(separator: "/") : nil
        let known = catalog.tables.first { $0.name.text == path.dropFirst().first }
        tableKey = known?.key ?? AskedRequest.unknownKey
        key = index.flatMap { known?.index(named: $0)?.key } ?? tableKey
        let named = AskedRequest.texts(.leadingKeys, context)
        partitions = named.isEmpty ? [AskedRequest.example(key.partition.type)] : named
    }

    /// The key of a table that the catalog does not know.
    private static let unknownKey = KeySchema(partition: KeyAttribute(name: "PARTITION-KEY", type: .string))

    /// What stands where any value would do.
    static func example(_ type: KeyType) -> String {
        switch type {
        case .string: "example"
        case .number: "1"
        case .binary: Base64.encode(Array("example".utf8))
        }
    }

    private static func texts(_ key: ConditionKey, _ context: ContextValues) -> [String] {
        ConditionKeyName(key).map { context.texts(of: $0) } ?? []
    }

    /// The values of a key of the context.
    func texts(_ key: ConditionKey) -> [String] { AskedRequest.texts(key, context) }

    /// The one value of a key of the context.
    func text(_ key: ConditionKey) -> String? { texts(key).first }

    /// The attributes that the request names beside the keys.
    var otherAttributes: [String] {
        let keys = Set((tableKey.attributes + key.attributes).map(\.name))
        return texts(.attributes).filter { !keys.contains($0) }
    }

    /// Writes `{"S": "…"}`.
    static func write(_ text: String, _ type: KeyType, to json: inout JSONWriter) {
        json.beginObject()
        json.name(text: type.rawValue)
        json.string(text)
        json.endObject()
    }

    /// Writes the members of an item's key, with `partition` as its first attribute.
    func writeKey(_ partition: String, to json: inout JSONWriter) {
        for (place, attribute) in tableKey.attributes.enumerated() {
            json.name(text: attribute.name)
            AskedRequest.write(
                place == 0 ? partition : AskedRequest.example(attribute.type), attribute.type, to: &json)
        }
    }

    /// Writes `{"Key attribute": …}`.
    func writeKeyObject(_ partition: String, to json: inout JSONWriter) {
        json.beginObject()
        writeKey(partition, to: &json)
        json.endObject()
    }

    /// Writes an item of the key and the attributes that the request names.
    func writeItem(_ partition: String, to json: inout JSONWriter) {
        json.beginObject()
        writeKey(partition, to: &json)
        for name in otherAttributes {
            json.name(text: name)
            AskedRequest.write("example", .string, to: &json)
        }
        json.endObject()
    }
}
