import Archives
import Base
import FoundationEssentials
import Reconciliation

#if canImport(Glibc)
    import Glibc
#endif

/// What lies in a data folder that nothing there is known to be, or that was not written to its end.
struct FolderLook: Sendable {
    /// What a server keeps in its folder; a name that ends in `/` is a folder, with the endings of the files in it.
    private static let known: [String: [String]?] = [
        "stores": [".sqlite", ".sqlite-wal", ".sqlite-shm"], "backups": nil, "images": nil, "exports": nil,
        "imports": nil,
        "master-key": nil, "master-key.next": nil, "admin-key": nil, "homeroom.json": nil,
        "address": nil,
        "lock": nil,
    ]
    /// What the writing of a file leaves if it is ended.
    private static let unfinishedEndings = [
        ".part", ".new", ".new-journal", ".new-shm", ".new-wal", ".tmp",
    ]

    let path: String
    let clock: any Clock

    /// The files that should not be there.
    func candidates() throws -> [Candidate] {
        var found: [Candidate] = []
        for name in try FileManager.default.contentsOfDirectory(atPath: path).sorted() {
            if isUnfinished(name) {
                found += try unfinished(name)
            } else if let endings = FolderLook.known[name] {
                found += try contents(of: name, endings: endings)
            } else if !FolderLook.known.keys.contains(name) {
                found.append(stray(name))
            }
        }
        return found
    }

    private func contents(of folder: String, endings: [String]?) throws -> [Candidate] {
        var isFolder = false
        guard FileManager.default.fileExists(atPath: path + "/" + folder, isDirectory: &isFolder), isFolder
        else { return [] }
        var found: [Candidate] = []
        for name in try FileManager.default.contentsOfDirectory(atPath: path + "/" + folder).sorted() {
            let relative = folder + "/" + name
            if isUnfinished(name) {
                found += try unfinished(relative)
            } else if let endings, !endings.contains(where: name.hasSuffix) {
                found.append(stray(relative))
            }
        }
        return found
    }

    private func isUnfinished(_ name: String) -> Bool {
        FolderLook.unfinishedEndings.contains(where: name.hasSuffix)
    }

    private func stray(_ name: String) -> Candidate {
        candidate(
            .fileStray, name, "nothing in the data folder is known to be `\(name)`",
            "remove it")
    }

    /// Where it has lain there for so long that nobody can be writing it.
    private func unfinished(_ name: String) throws -> [Candidate] {
        guard isOld(name) else { return [] }
        return [candidate(.fileUnfinished, name, "`\(name)` was not written to its end", "remove it")]
    }

    private func isOld(_ name: String) -> Bool {
        var status = stat()
        // Gone since: finished, or removed by whoever wrote it.
        guard lstat(path + "/" + name, &status) == 0 else { return false }
        let age = clock.now().milliseconds / 1000 - Int64(status.st_mtim.tv_sec)
        return age >= Limits.reconcileFileAgeSecondsMin
    }

    /// What is wrong with the files of backups or exports, which lie in `folder` of the data folder. A stray one only where it has
    /// lain there for so long that nobody can be writing it.
    func candidates(_ troubles: [ArchiveTrouble], in folder: String) -> [Candidate] {
        troubles.compactMap { trouble in
            let name = folder + "/" + trouble.name
            switch trouble.kind {
            case .stray:
                guard isOld(name), !isUnfinished(name) else { return nil }
                return candidate(
                    .fileStray, name, "nothing that is recorded has the file or folder `\(name)`", "remove it"
                )
            case .missing:
                return byHand(.fileMissing, name, "`\(name)` of \(trouble.owner) is not there", trouble)
            case .differs(let expected, let found):
                return byHand(
                    .fileDiffers, name,
                    "\(trouble.owner) was written with \(expected) bytes, its files have \(found): `\(name)`",
                    trouble)
            }
        }
    }

    private func byHand(
        _ kind: FindingKind, _ name: String, _ problem: String, _ trouble: ArchiveTrouble
    ) -> Candidate {
        Candidate(
            Finding(kind: kind, subject: name, problem: problem, remedy: .byHand(trouble.remedy)))
    }

    private func candidate(
        _ kind: FindingKind, _ name: String, _ problem: String, _ remedy: String
    ) -> Candidate {
        let finding = Finding(kind: kind, subject: name, problem: problem, remedy: .removal(remedy))
        let target = path + "/" + name
        return Candidate(finding) { fixer in
            guard FileManager.default.fileExists(atPath: target) else { return false }
            try fixer.commit([], fixer.note(finding))
            try FileManager.default.removeItem(atPath: target)
            return true
        }
    }
}
