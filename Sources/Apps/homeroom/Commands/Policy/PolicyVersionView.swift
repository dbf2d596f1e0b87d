import Base
import FoundationEssentials
import Reviews

/// A version of the policies as the server sent it, with its files.
struct PolicyVersionView {
    let answer: JSONAnswer

    /// For people.
    var pairs: [(String, String)] {
        let gate = answer["gate"]
        let roles = gate?["roles"]?.elements ?? []
        let lint = gate?["lint"]?.members.map { "\($0.value.int ?? 0) \($0.name)" }.joined(separator: ", ")
        var pairs = [
            ("version", "\(answer.number("version")) (\(answer.text("state")))"),
            ("digest", answer.text("digest")),
            ("since", Figures.moment(answer.text("activatedAt")) + " UTC"), ("by", answer.text("by")),
            ("files of", answer["rollbackOf"]?.int.map { "version \($0)" } ?? ""),
            ("note", answer.text("note")),
            ("lint", lint.flatMap { $0.isEmpty ? nil : $0 } ?? "nothing found"),
            ("cases", "\(gate?.number("cases") ?? 0) passed"),
        ]
        for role in roles { pairs.append(("role", "\(role.text("role")): \(role.text("verdict"))")) }
        if let risk = answer["acceptedRisk"] {
            pairs.append(("accepted risk", "\(risk.text("reason")) (\(risk.text("by")))"))
        }
        for file in answer["files"]?.members ?? [] { pairs.append(("file", file.name)) }
        return pairs
    }

    /// Writes the files to a new or empty folder.
    /// - Throws: `CommandFailure` where there is something already, where the files are not those of the digest, or where they
    ///   cannot be written.
    func write(to folder: String) throws(CommandFailure) {
        var contents: [String: [UInt8]] = [:]
        for file in answer["files"]?.members ?? [] {
            contents[file.name] = Array((file.value.string ?? "").utf8)
        }
        let files = PolicyFiles(files: contents)
        // The names come from the server: none may lead out of the folder.
        guard files.fault == nil, files.digest == answer.text("digest") else {
            throw .failed("the files that the server sent are not those of the digest; nothing was written")
        }
        let manager = FileManager.default
        do {
            if manager.fileExists(atPath: folder) {
                guard try manager.contentsOfDirectory(atPath: folder).isEmpty else {
                    throw CommandFailure.failed("--out: `\(folder)` is not empty; name a new folder")
                }
            }
            for (path, bytes) in contents.sorted(by: { $0.key < $1.key }) {
                let target = folder + "/" + path
                guard let slash = target.lastIndex(of: "/") else { continue }
                try manager.createDirectory(
                    atPath: String(target[..<slash]), withIntermediateDirectories: true)
                try Data(bytes).write(to: URL(filePath: target))
            }
        } catch let failure as CommandFailure { throw failure } catch {
            throw .failed("--out: cannot write to `\(folder)`: \(error)")
        }
    }
}
