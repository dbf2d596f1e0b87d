import FoundationEssentials
import Policies

/// The roles of a policy folder.
enum PolicyFolder {
    static func load(_ folder: String) throws -> PolicyCatalog {
        var files: [String: [UInt8]] = [:]
        for part in ["roles", "policies"] {
            for name in try FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(part)")
            where name.hasSuffix(".json") {
                files["\(part)/\(name)"] = try bytes("\(folder)/\(part)/\(name)")
            }
        }
        return try PolicyCatalog.load(files: files)
    }

    static func bytes(_ path: String) throws -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw UsageError(text: "`\(path)` cannot be read")
        }
        return [UInt8](data)
    }
}
