import Base
import Policies
import Testing

@testable import PolicyLint

/// Large files are looked over in time that grows with their length.
@Suite struct SpeedTests {
    private static func document(_ statements: String) -> [UInt8] {
        Array("{\"Version\": \"2012-10-17\", \"Statement\": [\(statements)]}".utf8)
    }

    /// The largest documents that are read, each of another kind.
    static let large: [(name: String, bytes: [UInt8])] = [
        (
            "actions",
            document(
                "{\"Effect\": \"Allow\", \"Resource\": \"*\", \"Action\": ["
                    + (0..<9000).map { "\"dynamodb:G*t\($0)*\"" }.joined(separator: ",") + "]}")
        ),
        (
            "unknown actions",
            document(
                "{\"Effect\": \"Allow\", \"Resource\": \"*\", \"Action\": ["
                    + (0..<9000).map { "\"dynamodb:GetIt\($0)\"" }.joined(separator: ",") + "]}")
        ),
        (
            "resources",
            document(
                "{\"Effect\": \"Allow\", \"Action\": \"dynamodb:GetItem\", \"Resource\": ["
                    + (0..<5000).map { "\"arn:aws:dynamodb:*:*:table/t*\($0)\"" }.joined(separator: ",")
                    + "]}")
        ),
        (
            "statements",
            document(
                (0..<1900).map {
                    "{\"Sid\": \"S\($0)\", \"Effect\": \"Allow\", \"Action\": \"dynamodb:GetItem\", \"Resource\": "
                        + "\"arn:aws:dynamodb:*:*:table/t\($0)\"}"
                }.joined(separator: ","))
        ),
        (
            "values",
            document(
                "{\"Effect\": \"Allow\", \"Action\": \"dynamodb:GetItem\", \"Resource\": \"*\", \"Condition\": "
                    + "{\"StringLike\": {\"dynamodb:LeadingKeys\": ["
                    + (0..<9000).map { "\"K*\($0)*\"" }.joined(separator: ",") + "]}}}")
        ),
        (
            "stars",
            document(
                "{\"Effect\": \"Allow\", \"Action\": \"dynamodb:\(String(repeating: "a*", count: 100_000))\", "
                    + "\"Resource\": \"*\"}")
        ),
    ]

    @Test(arguments: large.indices) func aLargeDocumentTakesNoNoticeableTime(index: Int) {
        let (name, bytes) = SpeedTests.large[index]
        #expect(bytes.count < Limits.policyFileBytesMax)
        let clock = ContinuousClock()
        let start = clock.now
        let found = PolicyLinter(catalog: nil).lint(document: bytes, file: "f.json")
        let elapsed = start.duration(to: clock.now)
        #expect(!found.isEmpty)
        // Unoptimized, and beside other work: a square of nine thousand would take minutes.
        #expect(elapsed < .seconds(60), "\(name) took \(elapsed)")
        print("lint of \(bytes.count) bytes of \(name): \(elapsed)")
    }
}
