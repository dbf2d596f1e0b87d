import Base
import FoundationEssentials
import JSONText
import Policies
import PolicyLint
import Reviews
import Tenancy

/// What `policy lint` is to look at: folders, files, or both, read once.
struct LintSubject {
    private var folders: [PolicyFolder] = []
    /// Documents by themselves, by path.
    private var documents: [String: [UInt8]] = [:]
    /// Of these folders only these files are wanted, by path; nil for all of them.
    private var wanted: [Set<String>?] = []

    /// What the command's arguments name; the folder `Policies` where there are none.
    init(_ invocation: Invocation) throws(ReviewFailure) {
        guard !invocation.arguments.isEmpty else {
            folders = [try PolicyFolder.read(invocation)]
            wanted = [nil]
            return
        }
        for argument in invocation.arguments { try add(argument) }
    }

    private mutating func add(_ argument: String) throws(ReviewFailure) {
        var isFolder = false
        guard FileManager.default.fileExists(atPath: argument, isDirectory: &isFolder) else {
            throw ReviewFailure("there is nothing at `\(argument)`")
        }
        guard isFolder else { return try add(file: argument) }
        let folder = try PolicyFolder(reading: argument)
        if folder.files.files.isEmpty {
            // A folder of bare documents, as they are found elsewhere.
            for name in try PolicyFolder.names(in: folder.path) where name.hasSuffix(".json") {
                documents[folder.shown(name)] = try PolicyFolder.contents(of: folder.shown(name))
            }
            guard documents.isEmpty else { return }
            throw ReviewFailure(
                "there is nothing to look at",
                problems: [
                    .init(
                        file: folder.shown("roles"), position: TextPosition(line: 1, column: 1),
                        message: "there is no role", remedy: "add `roles/<name>.json`")
                ])
        }
        folders.append(folder)
        wanted.append(nil)
    }

    /// A role and a case mean something only beside the rest of their folder; a policy stands by itself.
    private mutating func add(file: String) throws(ReviewFailure) {
        let parts = file.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        if parts.count >= 2, ["roles", "cases"].contains(parts[parts.count - 2]) {
            let path = parts.dropLast(2).joined(separator: "/")
            let folder = try PolicyFolder(reading: path.isEmpty ? (file.hasPrefix("/") ? "/" : ".") : path)
            folders.append(folder)
            wanted.append([parts.suffix(2).joined(separator: "/")])
        } else {
            documents[file] = try PolicyFolder.contents(of: file)
        }
    }

    /// All files that are looked at, by their paths as the reader can open them.
    var files: PolicyFiles {
        var files = documents
        for (folder, wanted) in zip(folders, wanted) {
            for (file, bytes) in folder.files.files where wanted?.contains(file) ?? true {
                files[folder.shown(file)] = bytes
            }
        }
        return PolicyFiles(files: files)
    }

    /// What comes of them when everything is put right that can be put right safely.
    func fixes(of findings: [LintFinding], catalog: Catalog) -> LintFixes {
        let linter = PolicyLinter(catalog: catalog)
        var after: [String: [UInt8]] = [:]
        for (folder, wanted) in zip(folders, wanted) {
            for (file, bytes) in linter.fixed(files: folder.files.files) where wanted?.contains(file) ?? true {
                after[folder.shown(file)] = bytes
            }
        }
        for (file, bytes) in documents { after[file] = linter.fixed(document: bytes, file: file) }
        return LintFixes(before: files.files, after: after, findings: findings)
    }

    /// What lint finds in them, the files named as the reader can open them.
    func lint(catalog: Catalog) -> LintReport {
        let linter = PolicyLinter(catalog: catalog)
        var findings: [LintFinding] = []
        for (folder, wanted) in zip(folders, wanted) {
            for finding in linter.lint(files: folder.files.files) where wanted?.contains(finding.file) ?? true
            {
                findings.append(finding.named(folder.shown(finding.file)))
            }
        }
        for (file, bytes) in documents { findings += linter.lint(document: bytes, file: file) }
        return LintReport(findings: findings.sorted(), filesCount: files.files.count)
    }
}

extension LintFinding {
    /// The same in a file of another name.
    fileprivate func named(_ file: String) -> LintFinding {
        LintFinding(check, file: file, position: position, message: message, remedy: remedy, fix: fix)
    }
}
