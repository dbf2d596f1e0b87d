import Base
import Crypto
import Registry

extension PolicyFiles {
    /// The folders whose files count, and what those files' names end with.
    private static let folders = ["roles", "policies", "cases"]
    private static let ending = ".json"

    /// All files as one text: for each, by the bytes of its path, a line with the path, a line with the number of its bytes, and
    /// the bytes. It is what the digest is taken of and what the registry keeps.
    public var archive: [UInt8] {
        var bytes: [UInt8] = []
        for (path, content) in files.sorted(by: { Array($0.key.utf8).lexicographicallyPrecedes($1.key.utf8) })
        {
            bytes += Array("\(path)\n\(content.count)\n".utf8)
            bytes += content
        }
        return bytes
    }

    /// SHA-256 of the archive, in lower case hex: two folders have the same one where they have the same files.
    public var digest: String { SHA256.hash(archive).hex }

    /// The files of an archive.
    /// - Returns: nil where the bytes are none.
    public init?(archive bytes: [UInt8]) {
        var files: [String: [UInt8]] = [:]
        var rest = bytes[...]
        func line() -> String? {
            guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
            defer { rest = rest[(end + 1)...] }
            return String(validating: rest[..<end], as: UTF8.self)
        }
        while !rest.isEmpty {
            guard let path = line(), let count = line().flatMap({ Int($0) }), count >= 0, count <= rest.count,
                files[path] == nil
            else { return nil }
            files[path] = Array(rest.prefix(count))
            rest = rest.dropFirst(count)
        }
        self.init(files: files)
    }

    /// Why these files cannot be put in force whatever is in them, as a sentence without a full stop; nil where they can.
    ///
    /// A name is part of a path that somebody's `policy show --out` writes to: it holds nothing that leads out of a folder.
    public var fault: String? {
        guard files.count <= Limits.policyFolderFilesMax else {
            return "there are \(files.count) files, at most \(Limits.policyFolderFilesMax) are taken"
        }
        for path in files.keys.sorted() where !PolicyFiles.isPath(path) {
            return "`\(path)` is no file of policies: expected `roles/NAME.json`, `policies/NAME.json` or "
                + "`cases/NAME.json`, the name of letters, digits, `.`, `_` and `-`"
        }
        let bytes = archive.count
        guard bytes <= Limits.policyFolderBytesMax else {
            return "the files come to \(bytes) bytes, at most \(Limits.policyFolderBytesMax) are taken"
        }
        return nil
    }

    private static func isPath(_ path: String) -> Bool {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, folders.contains(String(parts[0])), parts[1].hasSuffix(ending) else {
            return false
        }
        let name = parts[1].dropLast(ending.count)
        return (1...Limits.policyFileNameBytesMax).contains(name.utf8.count) && !name.hasPrefix(".")
            && name.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
            }
    }

    /// What is otherwise here than in `old`.
    public func changes(since old: PolicyFiles) -> PolicyFileChanges {
        PolicyFileChanges(
            added: files.keys.filter { old.files[$0] == nil }.sorted(),
            changed: files.filter { path, bytes in old.files[path].map { $0 != bytes } ?? false }.keys
                .sorted(),
            removed: old.files.keys.filter { files[$0] == nil }.sorted())
    }
}
