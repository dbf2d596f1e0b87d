import Base
import FoundationEssentials
import JSONText
import Policies
import Reviews

/// A folder of policies on disk, read whole: what the reviewer's commands work on, without a server.
struct PolicyFolder: Sendable {
    /// The folder as it was named, without a slash at its end.
    let path: String
    /// What was in it.
    let files: PolicyFiles

    /// The folders below it that are read.
    static let parts = ["roles", "policies", "cases"]
    /// What is looked at where nobody names a folder.
    static let standardPath = "Policies"

    /// The argument of commands that work on one folder.
    static let argument = CommandArgument(
        name: "FOLDER", help: "the folder of policies (default: \(standardPath))", isOptional: true)

    /// Files that have been read already, such as those of a revision, under the name of `path`.
    init(path: String, files: PolicyFiles) {
        self.path = path
        self.files = files
    }

    /// Reads `roles/`, `policies/` and `cases/` below the folder, of each the files whose names end in `.json`.
    ///
    /// A folder that is missing below it has no files: what that means the caller tells.
    /// - Throws: `ReviewFailure` where there is no such folder, where a file cannot be read, or where there are too many.
    init(reading path: String) throws(ReviewFailure) {
        let trimmed = PolicyFolder.trimmed(path)
        var isFolder = false
        guard FileManager.default.fileExists(atPath: trimmed, isDirectory: &isFolder), isFolder else {
            throw ReviewFailure(
                "there is no folder `\(path)`; name the one that holds `roles` and `policies`")
        }
        var files: [String: [UInt8]] = [:]
        for part in PolicyFolder.parts {
            let folder = trimmed + "/" + part
            var isFolder = false
            guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder else {
                continue
            }
            for name in try PolicyFolder.names(in: folder) where name.hasSuffix(".json") {
                files[part + "/" + name] = try PolicyFolder.contents(of: folder + "/" + name)
            }
        }
        try PolicyFolder.check(files)
        self.init(path: trimmed, files: PolicyFiles(files: files))
    }

    /// Refuses more than a review takes.
    static func check(_ files: [String: [UInt8]]) throws(ReviewFailure) {
        let bytes = files.values.reduce(0) { $0 + $1.count }
        guard files.count <= Limits.reviewFilesMax, bytes <= Limits.reviewBytesMax else {
            throw ReviewFailure(
                "\(files.count) files with \(bytes) bytes; at most \(Limits.reviewFilesMax) files with "
                    + "\(Limits.reviewBytesMax) bytes are looked at in one go")
        }
    }

    /// The names in a folder, sorted.
    static func names(in folder: String) throws(ReviewFailure) -> [String] {
        do { return try FileManager.default.contentsOfDirectory(atPath: folder).sorted() } catch {
            throw ReviewFailure("cannot read the folder `\(folder)`")
        }
    }

    /// The bytes of a file.
    static func contents(of path: String) throws(ReviewFailure) -> [UInt8] {
        let size: Int
        do {
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            size = (attributes[.size] as? UInt64).map { Int(clamping: $0) } ?? 0
        } catch {
            throw ReviewFailure("there is no file `\(path)`")
        }
        guard size <= Limits.fileBytesMax else {
            throw ReviewFailure("`\(path)` has \(size) bytes; at most \(Limits.fileBytesMax) are read")
        }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ReviewFailure("cannot read `\(path)`")
        }
        return [UInt8](data)
    }

    /// The folder that the command's first argument names, else `Policies` in the working directory.
    static func read(_ invocation: Invocation) throws(ReviewFailure) -> PolicyFolder {
        if let named = invocation.arguments.first { return try PolicyFolder(reading: named) }
        var isFolder = false
        guard FileManager.default.fileExists(atPath: standardPath, isDirectory: &isFolder), isFolder else {
            throw ReviewFailure("there is no folder `\(standardPath)` here; name the folder of policies")
        }
        return try PolicyFolder(reading: standardPath)
    }

    /// A file's path as the reader of the output can open it.
    func shown(_ file: String) -> String {
        switch path {
        case "", ".": file
        case "/": "/" + file
        default: path + "/" + file
        }
    }

    /// `Policies/roles/teacher.json:3:5`.
    func place(_ file: String, _ position: TextPosition) -> String {
        "\(shown(file)):\(position.line):\(position.column)"
    }

    /// Why nothing can be said about these files: what is wrong with which.
    func failure(_ error: PolicyProblems) -> ReviewFailure {
        let problems = error.problems.map {
            PolicyProblem(file: shown($0.file), position: $0.position, message: $0.message, remedy: $0.remedy)
        }
        return ReviewFailure("the policies cannot be read", problems: problems)
    }

    private static func trimmed(_ path: String) -> String {
        var path = path[...]
        while path.count > 1, path.hasSuffix("/") { path = path.dropLast() }
        return String(path)
    }
}
