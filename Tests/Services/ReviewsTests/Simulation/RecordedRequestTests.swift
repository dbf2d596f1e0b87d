import JSONText
import Policies
import TestKit
import Testing

@testable import Reviews

@Suite struct RecordedRequestTests {
    private func parse(_ text: String) throws(PolicyProblem) -> RecordedRequest {
        try RecordedRequest.parse(Array(text.utf8), file: "r.json")
    }

    @Test(arguments: [
        #"{"operation": "GetItem", "body": {"a": [1.50, true, null, "x"]}}"#,
        #"{"target": "DynamoDB_20120810.GetItem", "body": {"a": [1.50, true, null, "x"]}}"#,
        #"{"body": "{\"a\":[1.50,true,null,\"x\"]}", "operation": "GetItem"}"#,
    ])
    func readsWhatWasRecorded(text: String) throws {
        let request = try parse(text)
        #expect(request.operation == "GetItem")
        #expect(String(decoding: request.body, as: UTF8.self) == #"{"a":[1.50,true,null,"x"]}"#)
    }

    @Test(arguments: [
        ("[]", 1, 1, "a recorded request is an object"),
        (#"{"operation": "GetItem"}"#, 1, 1, "the recorded request has no `body`"),
        (#"{"body": {}}"#, 1, 1, "the recorded request names no `operation`"),
        (#"{"operation": 1, "body": {}}"#, 1, 1, "the recorded request names no `operation`"),
        ("{\"operation\": \"GetItem\",\n \"bdy\": {}}", 2, 2, "`bdy` is no member of a recorded request"),
    ])
    func refusesWhatIsNone(text: String, line: Int, column: Int, message: String) {
        #expect(
            throws: PolicyProblem(
                file: "r.json", position: TextPosition(line: line, column: column), message: message,
                remedy: "write {\"operation\": \"GetItem\", \"body\": {…}}")
        ) { try parse(text) }
    }
}
