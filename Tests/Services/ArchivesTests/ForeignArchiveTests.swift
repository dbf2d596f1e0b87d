import Archives
import Base
import Compression
import Crypto
import FoundationEssentials
import Items
import Registry
import RunTestKit
import Tables
import TestKit
import Testing
import Workflows

/// Archives as others make them, and damaged ones.
@Suite struct ForeignArchiveTests {
    private let world: ArchiveWorld
    private let registry: Registry

    init() throws {
        world = try ArchiveWorld()
        registry = try world.folder.open()
    }

    private func lines(_ range: Range<Int>) -> [UInt8] {
        let school = world.district.schools[0].id
        return range.flatMap { number in
            Array(
                #"{"Item":{"recordKey":{"S":"TENANT#\#(school)#GRADE#\#(number)"},"entityKey":{"S":"GRADE"},"points":{"N":"\#(number).50"},"tags":{"SS":["b","a"]}}}"#
                    .utf8) + [10]
        }
    }

    private func md5(_ bytes: [UInt8]) -> String {
        let hasher = MD5Hasher()
        hasher.update(bytes)
        return Crypto.Base64.encode(hasher.finish())
    }

    /// In the shape of the Developer Guide, "DynamoDB table export output format": `AWSDynamoDB/<id>/…`, parts in gzip, an empty
    /// file for an empty partition.
    private func genuine(
        format: String = "DYNAMODB_JSON", type: String = "FULL_EXPORT", table: String = "student-table",
        change: (inout [String: [UInt8]]) -> Void = { _ in }
    ) -> [String: [UInt8]] {
        let root = "AWSDynamoDB/01693685827463-2d8752fd/"
        let parts = [
            ("aaaa.json.gz", GZip.compress(lines(0..<3))), ("bbbb.json.gz", GZip.compress(lines(3..<5))),
            ("cccc.json.gz", []),
        ]
        let counts = [3, 2, 0]
        var files: [String: [UInt8]] = [:]
        var index = ""
        for ((name, bytes), count) in zip(parts, counts) {
            files[root + "data/" + name] = bytes
            index +=
                #"{"itemCount":\#(count),"md5Checksum":"\#(md5(bytes))","etag":"f8a1-1","dataFileS3Key":"backups/\#(root)data/\#(name)"}"#
                + "\n"
        }
        files[root + "manifest-files.json"] = Array(index.utf8)
        files[root + "manifest-summary.json"] = Array(
            """
            {"version":"2023-08-01","exportArn":"arn:aws:dynamodb:us-east-1:123456789012:table/\(table)/export/01693685827463-2d8752fd",
            "startTime":"2023-09-02T20:17:07.463Z","endTime":"2023-09-02T20:22:00.000Z",
            "tableArn":"arn:aws:dynamodb:us-east-1:123456789012:table/\(table)","tableId":"x","exportTime":"2023-09-02T20:17:07.463Z",
            "s3Bucket":"b","s3Prefix":"backups","s3SseAlgorithm":"AES256","s3SseKmsKeyId":null,
            "manifestFilesS3Key":"backups/\(root)manifest-files.json","billedSizeBytes":600,"itemCount":5,
            "outputFormat":"\(format)","exportType":"\(type)"}
            """.utf8)
        files[root + "_started"] = []
        change(&files)
        return files
    }

    private func outcome(_ files: [String: [UInt8]], table: String? = nil) throws -> (String, ImportReport?) {
        var safe = files
        // Its name begins with a `_`, which is allowed; an upload has no empty files unless they are sent.
        safe["AWSDynamoDB/01693685827463-2d8752fd/_started"] = nil
        let request = ImportRequest(
            tenant: world.district.id, upload: try world.upload(safe, registry), table: table)
        let (run, report) = try world.run(request, registry)
        guard case .backward(let reason) = run.direction else { return ("\(run.state.name)", report) }
        return (reason, report)
    }

    @Test func readsAGenuineExport() throws {
        let (state, report) = try outcome(genuine())
        #expect(state == "completed")
        #expect(report?.created == 5)
        let items = try world.items(of: world.district, registry).filter { $0.item["points"] != nil }
        #expect(items.count == 5)
        #expect(items[4].item["points"] == .number(try Number(parsing: "4.5")))
    }

    @Test func takesTheTablesNameFromTheOptionWhereItHasAnother() throws {
        let (reason, _) = try outcome(genuine(table: "StudentRecords"))
        #expect(
            reason.contains("the catalog has no table `StudentRecords`; name the one it is for with --table"))
        #expect(try outcome(genuine(table: "StudentRecords"), table: "student-table").0 == "completed")
    }

    @Test func refusesWhatItDoesNotRead() throws {
        #expect(
            try outcome(genuine(format: "ION")).0.contains(
                "its format is `ION`; export with `DYNAMODB_JSON` (Ion is not read)"))
        #expect(
            try outcome(genuine(type: "INCREMENTAL_EXPORT")).0.contains(
                "it is an incremental export; make a full one"))
        #expect(try outcome(["note.txt": [65]]).0.contains("at the top of the folder"))
    }

    private static let first = "AWSDynamoDB/01693685827463-2d8752fd/data/aaaa.json.gz"
    private static let index = "AWSDynamoDB/01693685827463-2d8752fd/manifest-files.json"

    @Test func findsEachDamageAndSaysWhere() throws {
        let first = ForeignArchiveTests.first
        let before = try world.items(of: world.district, registry)
        #expect(try outcome(genuine { $0[first] = nil }).0.contains("`\(first)` is missing"))
        #expect(
            try outcome(genuine { $0[first] = Array($0[first]!.dropLast(9)) }).0
                .contains("`\(first)`, line 4: it is damaged, not complete, or of another format"))
        #expect(
            try outcome(genuine { $0[first] = GZip.compress(lines(0..<3) + [10]) }).0
                .contains("`\(first)`, line 4: it is no JSON object"))
        #expect(
            try outcome(genuine { $0[first] = GZip.compress(lines(0..<3), level: 1) }).0
                .contains("`\(first)`: its MD5 is not what the manifest says; get it anew"))
        #expect(
            try outcome(
                genuine { files in
                    files[first] = GZip.compress(lines(0..<2))
                    let index = String(decoding: files[ForeignArchiveTests.index]!, as: UTF8.self)
                    files[ForeignArchiveTests.index] = Array(
                        index.replacing(md5(GZip.compress(lines(0..<3))), with: md5(files[first]!)).utf8)
                }
            ).0.contains("`\(first)`, line 2: it ends here; the manifest says that it has 3 lines"))
        #expect(
            try outcome(genuine { $0[ForeignArchiveTests.index]!.removeLast(5) }).0
                .contains("manifest-files.json`, line 3: it is no entry of a data file"))
        #expect(try world.items(of: world.district, registry) == before)
    }

    @Test(
        arguments: [
            (#"{"Item":{"recordKey":{"S":"x"},"entityKey":{"S":"e"},"s":{"SS":[]}}}"#, "it holds no item"),
            (#"{"Item":{"entityKey":{"S":"e"}}}"#, "a key attribute of `student-table` is missing"),
            (
                #"{"Item":{"recordKey":{"N":"1"},"entityKey":{"S":"e"}}}"#,
                "a key attribute of `student-table`"
            ),
            (#"{"Keys":{}}"#, "expected one member, `Item`"), ("{}", "expected `{\"Item\":{…}}`"),
            (#"{"Item":{"recordKey":{"S":"x"}}} x"#, "it is no JSON object"),
            (
                #"{"Item":{"recordKey":{"S":"x"},"entityKey":{"S":"e"},"n":{"N":"1e999"}}}"#,
                "it holds no item"
            ),
            ("$ion_1_0 {Item:{a:\"b\"}}", "it is no JSON object"),
        ])
    func refusesLinesThatAreNoItems(line: String, expected: String) throws {
        let root = "AWSDynamoDB/01693685827463-2d8752fd/"
        let (reason, _) = try outcome(
            genuine { files in
                let bytes = GZip.compress(lines(0..<1) + Array(line.utf8) + [10])
                files[root + "data/aaaa.json.gz"] = bytes
            })
        #expect(reason.contains("aaaa.json.gz`, line 2: \(expected)"), "\(reason)")
    }

    @Test func fuzzedArchivesWriteNothingForeign() throws {
        let files = genuine()
        let neighbours = try world.items(of: world.neighbour, registry)
        try Fuzzer("archives", rounds: 60, accepting: 0...0.9).runParser { random in
            var changed = files
            let name = random.pick(files.keys.sorted())
            changed[name] = try #require(files[name]).mutated(random, changesMax: 3)
            let (state, _) = try outcome(changed)
            return state == "completed" ? .accepted : .refused
        }
        #expect(try world.items(of: world.neighbour, registry) == neighbours)
    }
}
