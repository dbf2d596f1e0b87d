import Base
import FoundationEssentials

@testable import Policies

/// Files of the package and of the data beside it.
enum TestFiles {
    static let package: String = {
        var parts = #filePath.split(separator: "/")
        parts.removeLast(4)
        return "/" + parts.joined(separator: "/")
    }()

    /// The folder of shared data, or nil where it is absent: a test that wants it says so and passes.
    static let shared: String? = {
        let folder = ProcessInfo.processInfo.environment["HOMEROOM_SHARED"] ?? package + "/../shared"
        if FileManager.default.fileExists(atPath: folder + "/data/iam") { return folder }
        print("no shared data at \(folder): set HOMEROOM_SHARED to run the tests that read it")
        return nil
    }()

    static func read(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path))) }

    /// All files below `folder` with their paths from there.
    static func readAll(_ folder: String) throws -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for path in try FileManager.default.subpathsOfDirectory(atPath: folder) {
            var isFolder = false
            guard FileManager.default.fileExists(atPath: folder + "/" + path, isDirectory: &isFolder),
                !isFolder
            else {
                continue
            }
            files[path] = try read(folder + "/" + path)
        }
        return files
    }
}

/// A document with one statement on every resource whose other elements are given.
func document(_ elements: String, version: String = "2012-10-17") throws -> PolicyDocument {
    try PolicyDocument(
        parsing: Array("{\"Version\": \"\(version)\", \"Statement\": [{\(elements)}]}".utf8), file: "p.json")
}

func compile(_ elements: String, version: String = "2012-10-17") throws -> CompiledPolicySet {
    try CompiledPolicySet(role: "r", policies: [try document(elements, version: version)])
}

/// An Allow of everything under `condition`.
func allow(under condition: String) throws -> CompiledPolicySet {
    try compile("\"Effect\": \"Allow\", \"Action\": \"*\", \"Resource\": \"*\", \"Condition\": \(condition)")
}

/// A Deny of everything under `condition`, beside an Allow of everything.
func deny(under condition: String) throws -> CompiledPolicySet {
    let text = """
        {"Version": "2012-10-17", "Statement": [
          {"Effect": "Allow", "Action": "*", "Resource": "*"},
          {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": \(condition)}]}
        """
    return try CompiledPolicySet(
        role: "r", policies: [PolicyDocument(parsing: Array(text.utf8), file: "p.json")])
}

/// A request whose context is taken as given, on `student-table` by default.
func request(
    _ action: PolicyAction = .getItem,
    on arn: String = "arn:aws:dynamodb:us-east-1:000000000000:table/student-table",
    tags: [String: String] = [:], _ context: [(String, String)] = [], isGiven: Bool = true,
    at time: Timestamp? = nil
) throws -> DecisionRequest {
    guard let resource = PolicyResource(arn: arn) else { throw TestFault(text: "no ARN: \(arn)") }
    let attributes = PrincipalAttributes(
        unchecked: tags.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
    var request = DecisionRequest(action, on: resource, by: attributes, at: time)
    request.isContextGiven = isGiven
    for (name, value) in context {
        guard let key = ConditionKeyName(named: name) else { throw TestFault(text: "no key: \(name)") }
        request.context.append(value, to: key)
    }
    return request
}

struct TestFault: Error { let text: String }

/// The problems of a text read as a document, one a line.
func problems(of text: String) -> [String] {
    PolicyDocument.review(Array(text.utf8), file: "p.json").problems.map(\.description)
}
