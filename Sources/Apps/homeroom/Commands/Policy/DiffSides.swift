import FoundationEssentials
import Reviews

/// What `policy diff` compares: two folders, each on disk or as a revision has it.
struct DiffSides: Equatable {
    enum Side: Equatable {
        case folder(String)
        case revision(String, folder: String)
    }

    let old: Side
    let new: Side

    /// Reads the words behind the command's name.
    ///
    /// | words | compared |
    /// |---|---|
    /// | `OLD NEW` | two folders, two revisions, or one of each |
    /// | `A..B` | the folder at A and at B |
    /// | `A..`, or `A` alone | the folder at A, and as it is on disk |
    /// | `A.. FOLDER`, `A FOLDER` | the same of another folder |
    ///
    /// A word that names a folder on disk is that folder, any other one a revision. `..B` begins at `HEAD`, as in git.
    /// - Parameters:
    ///   - folder: which folder of a revision is meant where no word names one.
    ///   - isFolder: whether there is such a folder on disk.
    init(
        _ words: [String], folder named: String?, isFolder: (String) -> Bool
    ) throws(CommandFailure) {
        let first = words[0]
        let second = words.count > 1 ? words[1] : nil
        let folder = named ?? PolicyFolder.standardPath
        guard !isFolder(first), let dots = first.firstRange(of: "..") else {
            guard let second else {
                guard !isFolder(first) else {
                    throw .usage(
                        "NEW is missing: name a folder or a revision to compare `\(first)` with, or write `main..`"
                    )
                }
                self.init(old: .revision(first, folder: folder), new: .folder(folder))
                return
            }
            let (isOldFolder, isNewFolder) = (isFolder(first), isFolder(second))
            // The folder on disk says which one of the other's revision is meant.
            self.init(
                old: isOldFolder
                    ? .folder(first) : .revision(first, folder: named ?? (isNewFolder ? second : folder)),
                new: isNewFolder
                    ? .folder(second) : .revision(second, folder: named ?? (isOldFolder ? first : folder)))
            return
        }
        guard !first[dots.upperBound...].hasPrefix(".") else {
            throw .usage(
                "`\(first)` has three dots; write `A..B`, with the commit to begin at: git merge-base says which"
            )
        }
        if let second {
            guard named == nil || named == second else {
                throw .usage("`\(second)` and --folder both name a folder; leave one out")
            }
        }
        let place = second ?? folder
        let (from, to) = (String(first[..<dots.lowerBound]), String(first[dots.upperBound...]))
        self.init(
            old: .revision(from.isEmpty ? "HEAD" : from, folder: place),
            new: to.isEmpty ? .folder(place) : .revision(to, folder: place))
    }

    init(old: Side, new: Side) {
        self.old = old
        self.new = new
    }

    /// Whether a path names a folder on disk.
    static func isFolder(_ path: String) -> Bool {
        var isFolder = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder
    }
}

extension DiffSides.Side {
    /// Reads the files.
    func read(environment: [String: String]) throws(ReviewFailure) -> PolicyFolder {
        switch self {
        case .folder(let path): return try PolicyFolder(reading: path)
        case .revision(let name, let folder):
            return try PolicyRevision(name: name, folder: folder, environment: environment).read()
        }
    }
}
