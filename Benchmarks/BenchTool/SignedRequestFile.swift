import Base
import SigV4

#if canImport(Glibc)
    import Glibc
#endif

/// Whole HTTP requests, signed, in a file: each with its length before it, as eight digits and a line break. A signature is good
/// for 15 minutes.
struct SignedRequestFile {
    private let kind: RequestBodies.Kind
    private let host: String
    private let bodies: RequestBodies
    private let numbers: [Int]
    private let path: String
    private let signer: SigV4Signer

    init(_ arguments: inout Arguments) throws {
        let name = try arguments.next("kind")
        guard let kind = RequestBodies.Kind(rawValue: name) else {
            throw UsageError(text: "there is no kind `\(name)`")
        }
        self.kind = kind
        host = try arguments.option("host")
        path = try arguments.option("out")
        let items = BenchItems(school: try arguments.option("school"), count: try arguments.number("items"))
        bodies = RequestBodies(items: items)
        let (count, seed) = (try arguments.number("count"), try arguments.number("seed"))
        numbers =
            switch kind {
            case .load, .loadClasses: Array(0..<items.count)
            case .put, .transact, .batch: items.writtenNumbers(count, seed: seed)
            case .get, .query, .update: items.numbers(count, seed: seed)
            }
        signer = SigV4Signer(
            credentials: SigV4Credentials(
                accessKeyID: try Self.environment("BENCH_KEY_ID"),
                secretAccessKey: try Self.environment("BENCH_SECRET"),
                sessionToken: try Self.environment("BENCH_TOKEN")),
            region: "us-east-1", service: .dynamodb)
    }

    func write() throws {
        guard let file = fopen(path, "w") else { throw UsageError(text: "cannot write `\(path)`") }
        defer { fclose(file) }
        let step = kind.step
        for start in stride(from: 0, to: numbers.count, by: step) {
            let request = signed(numbers[start..<min(start + step, numbers.count)], version: start)
            let digits = String(request.count)
            let head = String(repeating: "0", count: 8 - digits.utf8.count) + digits + "\n"
            fwrite(head, 1, head.utf8.count, file)
            fwrite(request, 1, request.count, file)
        }
        guard ferror(file) == 0 else { throw UsageError(text: "cannot write `\(path)`: is the disk full?") }
    }

    private func signed(_ numbers: ArraySlice<Int>, version: Int) -> [UInt8] {
        let bytes = Array(bodies.body(kind, numbers, version: version + 1).utf8)
        var fields: [SigV4Signer.Field] = [
            ("Host", host), ("Content-Type", "application/x-amz-json-1.0"),
            ("X-Amz-Target", "DynamoDB_20120810.\(kind.operation)"),
        ]
        fields += signer.sign(
            method: "POST", target: "/", fields: fields, body: bytes, now: SystemClock().now())
        fields.append(("Content-Length", String(bytes.count)))
        let head = fields.map { "\($0.name): \($0.value)\r\n" }.joined()
        return Array("POST / HTTP/1.1\r\n\(head)\r\n".utf8) + bytes
    }

    private static func environment(_ name: String) throws -> String {
        guard let value = getenv(name) else { throw UsageError(text: "\(name) is missing") }
        return String(cString: value)
    }
}
