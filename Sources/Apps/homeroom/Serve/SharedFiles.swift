import FoundationEssentials

/// Finds the files that ship with the executable (catalogs, policies), whatever the working directory is.
///
/// They are looked for in `../share/homeroom` beside the executable's folder, as an installation has them, then in the folders
/// above the executable, as a checkout has them (`.build/…/homeroom`).
enum SharedFiles {
    private static let levelsMax = 8

    /// Where the folder or file of that name is, such as `Policies`; nil where it is nowhere.
    static func path(of name: String) -> String? {
        guard let executable = executablePath else { return nil }
        var folder = parent(of: executable)
        var candidates = [parent(of: folder) + "/share/homeroom/" + name]
        for _ in 0..<levelsMax {
            candidates.append(folder + "/" + name)
            guard folder != "/" else { break }
            folder = parent(of: folder)
        }
        return candidates.first { FileManager.default.fileExists(atPath: $0) }
    }

    private static var executablePath: String? {
        do { return try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") } catch {
            return nil
        }
    }

    private static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return "/" }
        return String(path[..<slash])
    }
}
