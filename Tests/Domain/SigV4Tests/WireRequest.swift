import Base
import Crypto
import TestKit
import Testing

@testable import SigV4

/// An HTTP request in text form, as AWS's vectors print them.
struct WireRequest {
    var method: String
    var target: String
    var fields: [SigV4Signer.Field]
    var body: [UInt8]

    init(method: String, target: String, fields: [SigV4Signer.Field], body: [UInt8] = []) {
        self.method = method
        self.target = target
        self.fields = fields
        self.body = body
    }

    init(parsing text: String) throws {
        let end = text.firstRange(of: "\n\n")
        let head = end.map { text[..<$0.lowerBound] } ?? text[...]
        body = end.map { Array(text[$0.upperBound...].utf8) } ?? []
        var lines = head.split(separator: "\n").map(String.init)
        let first = lines.removeFirst()
        let methodEnd = try #require(first.firstIndex(of: " "))
        let targetEnd = try #require(first.lastIndex(of: " "))
        method = String(first[..<methodEnd])
        target = String(first[first.index(after: methodEnd)..<targetEnd])
        fields = []
        for line in lines {
            if line.hasPrefix(" "), let last = fields.last {
                fields[fields.count - 1].value = last.value + "\n" + line
            } else {
                let colon = try #require(line.firstIndex(of: ":"))
                fields.append((String(line[..<colon]), String(line[line.index(after: colon)...])))
            }
        }
    }

    /// The request as a server would hand it to the verifier.
    var signedRequest: SignedRequest {
        var request = SignedRequest()
        request.reset(method: method, target: target)
        for field in fields { request.append(name: field.name, value: field.value) }
        request.bodyDigest = SHA256.hash(body)
        return request
    }

    func verify(
        secret: String, service: SigV4Service = .dynamodb, now: Timestamp, rules: SigV4Rules = SigV4Rules()
    ) throws(SigV4Error) -> SigV4Authorization {
        var request = signedRequest
        let authorization = try SigV4Authorization(parsing: &request)
        try SigV4Verifier(rules: rules).verify(
            request, authorization, secret: SigningSecret(secret), service: service, now: now)
        return authorization
    }
}

/// What boto3 sends for a GetItem.
enum Example {
    static let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
    static let accessKeyID = "ASIAIOSFODNN7EXAMPLE"
    static let now = Timestamp(milliseconds: 1_767_225_600_000)

    static func unsigned() -> WireRequest {
        WireRequest(
            method: "POST", target: "/",
            fields: [
                ("Host", "127.0.0.1:8000"), ("X-Amz-Target", "DynamoDB_20120810.GetItem"),
                ("Content-Type", "application/x-amz-json-1.0"),
                ("User-Agent", "Boto3/1.40 md/Botocore#1.40 ua/2.1"),
                ("Content-Length", "39"),
            ],
            body: Array(#"{"TableName":"school-table","Key":{...}}"#.utf8))
    }

    static func signer(token: String? = "session-token/+=") -> SigV4Signer {
        SigV4Signer(
            credentials: SigV4Credentials(
                accessKeyID: accessKeyID, secretAccessKey: secret, sessionToken: token),
            region: "us-east-1", service: .dynamodb)
    }

    static func signed(token: String? = "session-token/+=", at moment: Timestamp = now) -> WireRequest {
        var request = unsigned()
        request.fields += signer(token: token).sign(
            method: request.method, target: request.target, fields: request.fields, body: request.body,
            now: moment)
        return request
    }

    static func presigned(expiresSeconds: Int = 60) -> WireRequest {
        var request = unsigned()
        request.target = signer().presign(
            method: request.method, target: request.target, fields: request.fields, body: request.body,
            expiresSeconds: expiresSeconds, now: now)
        return request
    }
}
