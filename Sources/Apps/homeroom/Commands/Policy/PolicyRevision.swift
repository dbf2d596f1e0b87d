import Base
import FoundationEssentials
import Reviews

/// A folder of policies as a revision of a git repository has it.
struct PolicyRevision {
    /// The revision as it was named.
    let name: String
    /// The folder as it was named.
    let folder: String
    private let environment: [String: String]

    /// - Parameter environment: the process's own, which says where `git` is.
    init(name: String, folder: String, environment: [String: String]) {
        self.name = name
        self.folder = folder
        self.environment = environment.merging(
            // Paths are taken as they are; nothing is fetched, nobody is asked. A partial clone's configuration names the
            // program that fetches what it lacks: no protocol is allowed, since git before 2.44 does not know the first of the two.
            [
                "GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "none", "GIT_LITERAL_PATHSPECS": "1",
                "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C",
            ]
        ) { $1 }
    }

    /// A file of the revision.
    private struct Entry {
        let path: String
        let object: String
        let bytes: Int
    }

    /// Reads the files that a review looks at; paths of the folder are shown as `main:Policies`, as git writes them.
    /// - Throws: `ReviewFailure` where git is missing, where there is no repository, revision or folder, or too much.
    func read() throws(ReviewFailure) -> PolicyFolder {
        guard !name.isEmpty, !name.hasPrefix("-") else {
            throw ReviewFailure("`\(name)` is no revision; name a branch, a tag or a commit")
        }
        let place = place()
        let prefix = try line(in: place.base, ["rev-parse", "--show-prefix"])
        let commit = try commit(in: place.base)
        let path = prefix + place.rest
        let entries = try entries(of: commit, at: path, in: place.base)
        guard !entries.isEmpty else {
            throw ReviewFailure(
                "there is no folder `\(folder)` at `\(name)`; name the one that holds `roles` and `policies` there "
                    + "(--folder)")
        }
        let files = try contents(entries.filter { isRead($0.path) }, in: place.base)
        try PolicyFolder.check(files)
        return PolicyFolder(path: "\(name):\(folder)", files: PolicyFiles(files: files))
    }

    /// The nearest folder above that is there now, and the rest of the path below it.
    private func place() -> (base: String, rest: String) {
        var base = folder[...]
        while base.count > 1, base.hasSuffix("/") { base = base.dropLast() }
        var rest: [Substring] = []
        var isFolder = false
        while !(FileManager.default.fileExists(atPath: String(base), isDirectory: &isFolder) && isFolder) {
            guard let slash = base.lastIndex(of: "/") else {
                return (".", ([base] + rest).joined(separator: "/"))
            }
            rest.insert(base[base.index(after: slash)...], at: 0)
            base = slash == base.startIndex ? "/" : base[..<slash]
        }
        return (String(base), rest.joined(separator: "/"))
    }

    private func commit(in base: String) throws(ReviewFailure) -> String {
        let words = ["rev-parse", "--verify", "--quiet", "--end-of-options", name + "^{commit}"]
        let result = try git(in: base, words)
        guard result.exitCode == 0 else {
            throw ReviewFailure(
                "there is no revision `\(name)`; name a branch, a tag or a commit, or a folder")
        }
        return String(decoding: result.output, as: UTF8.self).trimmed
    }

    /// The files below a path. Source: git-ls-tree(1), "OUTPUT FORMAT", with `-l` and `-z`.
    private func entries(of commit: String, at path: String, in base: String) throws(ReviewFailure) -> [Entry]
    {
        let folder = path.hasSuffix("/") || path.isEmpty ? path : path + "/"
        let result = try succeeding(
            in: base,
            ["ls-tree", "-r", "-l", "-z", "--full-tree", commit] + (folder.isEmpty ? [] : ["--", folder]))
        var entries: [Entry] = []
        for line in result.split(separator: 0) {
            let text = String(decoding: line, as: UTF8.self)
            guard let tab = text.firstIndex(of: "\t") else { continue }
            let fields = text[..<tab].split(separator: " ")
            let path = String(text[text.index(after: tab)...].dropFirst(folder.count))
            // INVARIANT (nothing passed over): a file that is left out would be missing from what is compared.
            guard isRead(path) || PolicyFolder.parts.contains(path) else {
                entries.append(Entry(path: path, object: "", bytes: 0))
                continue
            }
            guard fields.count == 4, fields[1] == "blob", fields[0] != "120000" else {
                throw ReviewFailure(
                    "`\(path)` at `\(name)` is a link, whose target is not of that revision; commit the file itself"
                )
            }
            guard let bytes = Int(fields[3]) else {
                throw ReviewFailure(
                    "git could not read `\(path)` at `\(name)`, which this clone lacks; `git fetch --refetch` gets it"
                )
            }
            entries.append(Entry(path: path, object: String(fields[2]), bytes: bytes))
        }
        return entries
    }

    /// What a folder on disk is read for too.
    private func isRead(_ path: String) -> Bool {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count == 2 && PolicyFolder.parts.contains(String(parts[0])) && path.hasSuffix(".json")
    }

    private func contents(_ entries: [Entry], in base: String) throws(ReviewFailure) -> [String: [UInt8]] {
        let bytes = entries.reduce(0) { $0 + $1.bytes }
        guard bytes <= Limits.reviewBytesMax, entries.count <= Limits.reviewFilesMax else {
            throw ReviewFailure(
                "`\(folder)` at `\(name)` has \(entries.count) files with \(bytes) bytes, which is more than is read"
            )
        }
        var files: [String: [UInt8]] = [:]
        var rest = entries[...]
        while !rest.isEmpty {
            let part = rest.prefix(PolicyRevision.filesAtOnce)
            rest = rest.dropFirst(part.count)
            let names = part.map { $0.object + "\n" }.joined()
            var output = try succeeding(in: base, ["cat-file", "--batch"], input: Array(names.utf8))[...]
            for entry in part {
                // `<object> blob <size>`, the contents, and a line's end.
                guard let end = output.firstIndex(of: UInt8(ascii: "\n")), output.count >= entry.bytes else {
                    throw ReviewFailure("git does not give `\(entry.path)` of `\(name)`")
                }
                let start = end + 1
                guard output[..<end].starts(with: Array("\(entry.object) blob \(entry.bytes)".utf8)) else {
                    throw ReviewFailure("git does not give `\(entry.path)` of `\(name)`")
                }
                guard output.endIndex - start > entry.bytes else {
                    throw ReviewFailure("git does not give all of `\(entry.path)` of `\(name)`")
                }
                files[entry.path] = Array(output[start..<start + entry.bytes])
                output = output[(start + entry.bytes + 1)...]
            }
        }
        return files
    }

    /// So many names of objects, of 64 digits at the most, fit into a pipe.
    private static let filesAtOnce = Limits.childInputBytesMax / 65

    private func line(in base: String, _ words: [String]) throws(ReviewFailure) -> String {
        let output = try succeeding(in: base, words)
        return String(decoding: output, as: UTF8.self).trimmed
    }

    private func succeeding(in base: String, _ words: [String], input: [UInt8] = []) throws(ReviewFailure)
        -> [UInt8]
    {
        let result = try git(in: base, words, input: input)
        guard result.exitCode == 0 else {
            let said = result.errors.trimmed
            guard !said.contains("not a git repository") else {
                throw ReviewFailure(
                    "`\(folder)` is in no git repository; name two folders, or go to where the repository is")
            }
            throw ReviewFailure("git could not \(words[0]): \(said)")
        }
        return result.output
    }

    private func git(in base: String, _ words: [String], input: [UInt8] = []) throws(ReviewFailure)
        -> ChildProgram.Result
    {
        do throws(ChildProgram.Failure) {
            return try ChildProgram.run(
                ["git", "-C", base] + words, input: input, environment: environment,
                outputBytesMax: 2 * Limits.reviewBytesMax)
        } catch {
            switch error {
            case .notFound:
                throw ReviewFailure("there is no program `git` in PATH; install it, or name two folders")
            case .system(let text): throw ReviewFailure("git cannot be run: \(text)")
            case .tooMuch: throw ReviewFailure("git gives more of `\(name)` than is read")
            }
        }
    }
}

extension String {
    /// Without the line's end.
    fileprivate var trimmed: String {
        var text = self[...]
        while let last = text.last, last.isNewline { text.removeLast() }
        return String(text)
    }
}
