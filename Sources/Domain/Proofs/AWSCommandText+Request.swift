import Base
import JSONText
import Policies

extension AWSCommandText {
    /// What the command of a request sends: the operation's name (`GetItem`) and the body, in DynamoDB's JSON protocol; nil where
    /// no command of DynamoDB's makes the request.
    ///
    /// The CLI's options are the members of the API in other letters (`--table-name` is `TableName`), and a value that is an
    /// object or a list is the member's JSON. Source: AWS CLI User Guide, "Specify parameter values".
    public func wireRequest(of request: DecisionRequest) -> (operation: String, body: [UInt8])? {
        let asked = AskedRequest(request, catalog: catalog)
        guard let words = itemWords(asked) ?? statementWords(asked), let command = words.words.first,
            words.service == "dynamodb"
        else { return nil }
        var json = JSONWriter(reserving: 256)
        json.beginObject()
        var rest = words.words.dropFirst()
        while let option = rest.popFirst() {
            guard option.hasPrefix("--"), let value = rest.popFirst() else { return nil }
            json.name(text: AWSCommandText.joined(option.dropFirst(2)))
            if value.hasPrefix("{") || value.hasPrefix("[") {
                json.raw(value.utf8)
            } else {
                json.string(value)
            }
        }
        json.endObject()
        return (AWSCommandText.joined(command[...]), json.bytes)
    }

    /// `GetItem` of `get-item`.
    private static func joined(_ name: Substring) -> String {
        name.split(separator: "-").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }
}
