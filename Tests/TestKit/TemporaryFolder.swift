import FoundationEssentials

/// A folder that exists as long as the value does, for tests that need real files.
public final class TemporaryFolder: Sendable {
    /// The folder's path, without a slash at the end.
    public let path: String

    /// A new, empty folder.
    /// - Throws: the file system's error where it cannot be made.
    public init() throws {
        path = FileManager.default.temporaryDirectory.path + "/homeroom-test-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        do { try FileManager.default.removeItem(atPath: path) } catch {
            print("left behind: \(path): \(error)")
        }
    }

    /// The path of `name` in the folder.
    public func path(of name: String) -> String { path + "/" + name }

    /// The bytes of the file `name` in the folder.
    public func bytes(of name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: path(of: name))))
    }

    /// Makes the bytes those of the file `name` in the folder.
    public func write(_ bytes: [UInt8], to name: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path(of: name)))
    }
}
