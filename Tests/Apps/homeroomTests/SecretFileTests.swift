import Dispatch
import FoundationEssentials
import Synchronization
import TestKit
import Testing

@testable import homeroom

/// Files that only their owner reads.
@Suite struct SecretFileTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    private func text(_ path: String) -> String? {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }

    private func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }

    /// As two terminals do that sign in at the same time.
    @Test func manyMayReplaceAFileAtOnce() throws {
        let path = folder.path(of: "credentials.json")
        let failures = Mutex<[String]>([])
        DispatchQueue.concurrentPerform(iterations: 64) { number in
            do throws(CommandFailure) {
                try SecretFile.replace(path, with: String(repeating: "\(number % 10)", count: 5000))
            } catch { failures.withLock { $0.append(error.message) } }
        }
        #expect(failures.withLock { $0 } == [])
        let found = try #require(text(path))
        #expect(found.count == 5000 && Set(found).count == 1)
        #expect(try mode(path) == 0o600 && names() == ["credentials.json"])
    }

    /// In a folder that others may write to, as the one of `--master-key-file` can be.
    @Test func whatLiesWhereItIsPreparedIsNotWrittenTo() throws {
        let (path, prepared) = (folder.path(of: "key"), folder.path(of: "key.new"))
        for number in 0..<2 {
            let others = folder.path(of: "others")
            try Data("theirs".utf8).write(to: URL(filePath: others))
            if number == 0 {
                try FileManager.default.createSymbolicLink(atPath: prepared, withDestinationPath: others)
            } else {
                try Data("old".utf8).write(to: URL(filePath: prepared))
                try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: prepared)
            }
            try SyncedFile.write(Array("secret".utf8), to: path)
            #expect(text(path) == "secret" && text(others) == "theirs")
            #expect(try mode(path) == 0o600 && names() == ["key", "others"])
        }
    }

    @Test func whatCannotBePutInPlaceLeavesNothing() throws {
        let path = folder.path(of: "folder")
        try FileManager.default.createDirectory(atPath: path + "/inner", withIntermediateDirectories: true)
        #expect(throws: CommandFailure.self) { try SecretFile.replace(path, with: "x") }
        #expect(throws: CommandFailure.self) { try SyncedFile.write([1], to: path) }
        #expect(try names() == ["folder"])
    }

    @Test(arguments: ["master-key", "master-key.next", "address", "admin-key", "imports"])
    func theDoctorSeesWhichFilesOthersMayRead(name: String) throws {
        let path = folder.path(of: "data")
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        try Data("secret".utf8).write(to: URL(filePath: path + "/" + name))
        func finding(_ mode: Int) throws -> Diagnosis? {
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path + "/" + name)
            return FolderChecks(path: path).run().first { $0.subject == "permissions" }
        }
        #expect(try finding(0o600)?.state == .ok)
        let open = try #require(try finding(0o640))
        #expect(open.state == .wrong && open.text.contains("`\(path)/\(name)`"))
    }
}
