import Base
import Gateway
import GatewayTestKit
import HTTPClient
import TestKit
import Testing

@testable import GatewayAPI

/// Credentials that nobody sends: nothing crashes, nothing is an internal error, nobody else's data comes out.
struct BearerFuzzTests {
    private static let pieces = [
        " ", "\t", ".", "..", ",", "=", "Bearer ", "bearer ", "BEARER ", "AWS4-HMAC-SHA256 ",
        "Credential=a/b/c/d/e",
        "eyJhbGciOiJub25lIn0", "é", "\u{7F}", "\u{1}", "-", "_", "{}",
    ]

    @Test func changedCredentialsOpenNothing() throws {
        let server = try TestServer()
        let own = server.deployment.own
        try server.deployment.plant(
            server.deployment.student(of: server.deployment.other, note: "others-secret"), in: "student-table"
        )
        let token = try server.token(own)
        let body = Array(
            #"{"TableName":"student-table","Key":{"recordKey":{"S":"\#(server.deployment.other.studentKey)"},"entityKey":{"S":"PROFILE"}}}"#
                .utf8)
        try Fuzzer("bearer credentials", rounds: 600, accepting: 0.01...0.6).runParser { random in
            var value = Array("Bearer \(token)".utf8)
            if !random.oneIn(8) {
                value = value.mutated(random, changesMax: random.oneIn(2) ? 1 : 3, pieces: Self.pieces)
            }
            // What no client can put into a field: a server's HTTP library never hands it on.
            value.removeAll { $0 == 0 || $0 == 0x0A || $0 == 0x0D }
            guard let text = String(validating: value, as: UTF8.self) else { return .refused }
            let answer = try server.send(
                [
                    ("Content-Type", "application/x-amz-json-1.0"),
                    ("X-Amz-Target", "DynamoDB_20120810.GetItem"), ("Authorization", text),
                ], body)
            try #require(answer.status == 400, "\(text): \(answer.text)")
            try #require(!answer.text.contains("others-secret") && !answer.text.contains(token))
            // Only who the token speaks for is told that the item is not theirs.
            return answer.text.contains("AccessDeniedException") ? .accepted : .refused
        }
    }

    @Test func changedRolesAreErrors() throws {
        let server = try TestServer()
        let token = try server.token(server.deployment.own)
        try Fuzzer("roles of bearers", rounds: 300, accepting: 0.02...0.9).runParser { random in
            var value = Array("arn:aws:iam::000000000000:role/teacher".utf8)
            if random.oneIn(2) { value = Array("teacher".utf8) }
            if !random.oneIn(4) { value = value.mutated(random, pieces: Self.pieces) }
            value.removeAll { $0 < 0x20 }
            guard let text = String(validating: value, as: UTF8.self) else { return .refused }
            let answer = try server.call("ListTables", "{}", bearer: token, [("X-Homeroom-Role", text)])
            try #require([200, 400].contains(answer.status), "\(text): \(answer.text)")
            let isKnown = ["teacher", "arn:aws:iam::000000000000:role/teacher"].contains {
                text.split(separator: " ") == [$0[...]]
            }
            try #require(isKnown || answer.status == 400, "\(text)")
            return answer.status == 200 ? .accepted : .refused
        }
    }
}
