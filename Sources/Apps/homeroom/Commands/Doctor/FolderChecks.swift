#if canImport(Glibc)
    import Glibc
#endif

/// The data folder, where it is on this machine: who may look into it, whose it is, and how much room there is.
struct FolderChecks {
    private static let roomBytesWrong: UInt64 = 100 * 1000 * 1000
    private static let roomBytesDoubtful: UInt64 = 1000 * 1000 * 1000
    /// How many files are named in one finding.
    private static let namesMax = 3

    let path: String

    func run() -> [Diagnosis] {
        var status = stat()
        guard stat(path, &status) == 0 else {
            return [
                .ok(
                    "folder",
                    "there is none at `\(path)`: the server is elsewhere, or another is meant (--data)")
            ]
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            return [.wrong("folder", "`\(path)` is no folder", "name the data folder with --data")]
        }
        return [owner(status), permissions(status), room()]
    }

    private func owner(_ status: stat) -> Diagnosis {
        let me = geteuid()
        guard status.st_uid == me || me == 0 else {
            return .wrong(
                "folder", "`\(path)` belongs to user \(status.st_uid), and this is \(me)",
                "run the server and these commands as the same user, or `chown -R` the folder while it is stopped"
            )
        }
        // Root reads what is another's; what it would write there the server could not read.
        guard status.st_uid == me else {
            return .doubtful(
                "folder", "`\(path)` belongs to user \(status.st_uid), and this is root",
                "run these commands as that user: files that root makes there the server cannot open")
        }
        return .ok("folder", "`\(path)` is yours")
    }

    private func permissions(_ status: stat) -> Diagnosis {
        var open = status.st_mode & 0o077 == 0 ? [] : [path]
        let inside = [
            "admin-key", "master-key", "master-key.next", "address", "master-secret", "signing-keys.json",
            "stores", "backups", "exports", "imports",
        ]
        for name in inside {
            var inner = stat()
            let place = "\(path)/\(name)"
            if stat(place, &inner) == 0, inner.st_mode & 0o077 != 0 { open.append(place) }
        }
        guard !open.isEmpty else { return .ok("permissions", "only its owner looks into it") }
        let names = open.prefix(FolderChecks.namesMax).map { "`\($0)`" }.joined(separator: ", ")
        return .wrong(
            "permissions",
            "other users of this machine may open \(names)"
                + (open.count > FolderChecks.namesMax
                    ? " and \(open.count - FolderChecks.namesMax) more" : ""),
            "`chmod -R go= \(ShellText.posix(path))`")
    }

    private func room() -> Diagnosis {
        var figures = statvfs()
        guard statvfs(path, &figures) == 0 else {
            return .doubtful(
                "disk", "cannot tell how much room is left: \(String(cString: strerror(errno)))",
                "look with `df`")
        }
        let free = UInt64(figures.f_bavail) * UInt64(figures.f_frsize)
        let text = "\(Figures.bytes(Int(clamping: free))) are free"
        if free < FolderChecks.roomBytesWrong {
            return .wrong("disk", text, "make room: on a full disk writes are refused, and moves stop")
        }
        if free < FolderChecks.roomBytesDoubtful {
            return .doubtful(
                "disk", text, "make room: a move or a backup of a large tenant needs as much as it has")
        }
        return .ok("disk", text)
    }
}
