#if canImport(Glibc)
    import Glibc
#endif

/// The file with the key: whether others may read it.
struct KeyChecks {
    private let path: String?

    init(_ invocation: Invocation) {
        let folder = invocation.value("data") ?? DataFolder.standardPath
        let isInVariable = !(invocation.environment["HOMEROOM_KEY"] ?? "").isEmpty
        path = invocation.value("key-file") ?? (isInVariable ? nil : DataFolder.adminKeyPath(in: folder))
    }

    func run() -> [Diagnosis] {
        guard let path else { return [.ok("key file", "none: the key is in HOMEROOM_KEY")] }
        return FileMode.check("key file", path, missing: nil)
    }
}

/// Files that hold a secret.
enum FileMode {
    /// Whether the file is its owner's alone; nothing is said of one that is not there, unless `missing` says what to do.
    static func check(_ subject: String, _ path: String, missing: String?) -> [Diagnosis] {
        var status = stat()
        guard stat(path, &status) == 0 else {
            return missing.map { [Diagnosis.wrong(subject, "there is no `\(path)`", $0)] } ?? []
        }
        guard access(path, R_OK) == 0 else {
            return [.wrong(subject, "`\(path)` cannot be read by you", "run as its owner")]
        }
        guard status.st_mode & 0o077 == 0 else {
            return [
                .wrong(
                    subject, "other users of this machine may read `\(path)`",
                    "`chmod 600 \(ShellText.posix(path))`, and take it for known to them")
            ]
        }
        return [.ok(subject, "`\(path)` is read by its owner only")]
    }
}
