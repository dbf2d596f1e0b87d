import Base
import FoundationEssentials
import JSONText
import Reviews
import TestKit
import Testing

@testable import homeroom

#if canImport(Glibc)
    import Glibc
#endif

@Suite struct PolicyFolderTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func write(_ text: String, to name: String) throws {
        let path = folder.path + "/" + name
        let parent = path.split(separator: "/").dropLast().joined(separator: "/")
        try FileManager.default.createDirectory(atPath: "/" + parent, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(filePath: path))
    }

    @Test func readsTheJSONFilesOfItsThreePartsAndNothingElse() throws {
        try write("r", to: "roles/a.json")
        try write("p", to: "policies/b.json")
        try write("c", to: "cases/c.json")
        try write("x", to: "cases/README.md")
        try write("x", to: "other/d.json")
        try write("x", to: "roles/below/e.json")
        let read = try PolicyFolder(reading: folder.path + "//")
        #expect(read.path == folder.path)
        #expect(
            read.files.files.mapValues { String(decoding: $0, as: UTF8.self) } == [
                "roles/a.json": "r", "policies/b.json": "p", "cases/c.json": "c",
            ])
    }

    @Test func aFolderWithoutPartsHasNoFilesAndAFileIsNoFolder() throws {
        #expect(try PolicyFolder(reading: folder.path).files.files.isEmpty)
        try write("x", to: "file")
        #expect(
            throws: ReviewFailure(
                "there is no folder `\(folder.path)/file`; name the one that holds `roles` and `policies`")
        ) { try PolicyFolder(reading: folder.path + "/file") }
    }

    @Test func refusesAFileThatIsTooLarge() throws {
        try write(String(repeating: " ", count: Limits.fileBytesMax + 1), to: "roles/a.json")
        #expect(
            throws: ReviewFailure(
                "`\(folder.path)/roles/a.json` has \(Limits.fileBytesMax + 1) bytes; at most \(Limits.fileBytesMax) are read"
            )
        ) { try PolicyFolder(reading: folder.path) }
    }

    @Test(arguments: [("Policies", "Policies/a:2:3"), ("", "a:2:3"), (".", "a:2:3"), ("/", "/a:2:3")])
    func namesPlacesAsAReaderOpensThem(path: String, place: String) {
        let folder = PolicyFolder(path: path, files: PolicyFiles(files: [:]))
        #expect(folder.place("a", TextPosition(line: 2, column: 3)) == place)
    }

    @Test func aFileIsReplacedWithItsModeAndThroughALink() throws {
        try write("old", to: "policies/a.json")
        let path = folder.path + "/policies/a.json"
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
        try FileManager.default.createSymbolicLink(
            atPath: folder.path + "/link.json", withDestinationPath: path)
        try PolicyFile.replace(folder.path + "/link.json", with: Array("new".utf8))
        #expect(FileManager.default.contents(atPath: path) == Data("new".utf8))
        var status = stat()
        #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o640)
        #expect(
            try FileManager.default.destinationOfSymbolicLink(atPath: folder.path + "/link.json") == path)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/policies") == ["a.json"])
        #expect(throws: ReviewFailure.self) {
            try PolicyFile.replace(folder.path + "/none.json", with: [])
        }
    }
}
