import Base
import JSONText
import Policies

/// A DynamoDB request as somebody recorded it.
public struct RecordedRequest: Sendable {
    /// The operation: `GetItem`.
    public let operation: String
    /// The request's body.
    public let body: [UInt8]

    private static let members = ["operation", "target", "body"]

    /// A request.
    public init(operation: String, body: [UInt8]) {
        self.operation = operation
        self.body = body
    }

    /// Reads `{"operation": "GetItem", "body": {…}}`; in the place of `operation` there may be `target` with what the field
    /// `X-Amz-Target` held (`DynamoDB_20120810.GetItem`), and the body may be a text.
    /// - Throws: `PolicyProblem` with what is wrong with it.
    public static func parse(_ bytes: [UInt8], file: String) throws(PolicyProblem) -> RecordedRequest {
        do throws(JSONTextError) { return try read(try JSONText(parsing: bytes).root) } catch {
            throw PolicyProblem(
                file: file, position: error.position, message: error.message,
                remedy: "write {\"operation\": \"GetItem\", \"body\": {…}}")
        }
    }

    /// The same of a value that has been read already.
    /// - Throws: `JSONTextError` with the place of what is wrong.
    public static func read(_ node: JSONText.Node) throws(JSONTextError) -> RecordedRequest {
        guard case .object(let found) = node.value else {
            throw JSONTextError(position: node.position, message: "a recorded request is an object")
        }
        for member in found where !members.contains(member.name) {
            throw JSONTextError(
                position: member.namePosition, message: "`\(member.name)` is no member of a recorded request")
        }
        guard let named = found.first(where: { $0.name != "body" }), case .string(let name) = named.node.value
        else {
            throw JSONTextError(position: node.position, message: "the recorded request names no `operation`")
        }
        guard let body = found.first(where: { $0.name == "body" })?.node else {
            throw JSONTextError(position: node.position, message: "the recorded request has no `body`")
        }
        let operation = name.split(separator: ".").last.map(String.init) ?? name
        if case .string(let text) = body.value {
            return RecordedRequest(operation: operation, body: Array(text.utf8))
        }
        var json = JSONWriter(reserving: 1024)
        body.write(to: &json)
        return RecordedRequest(operation: operation, body: json.bytes)
    }
}
