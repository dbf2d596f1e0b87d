import FoundationEssentials

/// The folder of published vectors and reference tables beside the package, which is not part of it.
public enum SharedData {
    /// The folder's path: `HOMEROOM_SHARED`'s `data`, or `../shared/data` seen from the package; nil where
    /// absent.
    public static let folder: String? = {
        let package = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let root = ProcessInfo.processInfo.environment["HOMEROOM_SHARED"] ?? "/\(package)/../shared"
        let folder = root + "/data"
        if FileManager.default.fileExists(atPath: folder) { return folder }
        print(
            "skipped: tests that read published vectors, as \(folder) is absent; HOMEROOM_SHARED can name another"
        )
        return nil
    }()

    /// Whether the folder is there: for `@Test(.enabled(if: SharedData.isPresent))`.
    public static var isPresent: Bool { folder != nil }

    /// The bytes of a file in the folder; nil where the folder is absent.
    /// - Throws: the file system's error where the folder is there and the file is not.
    public static func bytes(of path: String) throws -> [UInt8]? {
        guard let folder else { return nil }
        return try Array(Data(contentsOf: URL(filePath: folder + "/" + path)))
    }

    /// The sorted names in a folder of the folder; none where it is absent.
    public static func names(in path: String) -> [String] {
        guard let folder else { return [] }
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder + "/" + path).sorted()
        } catch {
            return []
        }
    }
}
