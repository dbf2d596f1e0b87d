import FoundationEssentials
import JSONText
import Policies
import Tenancy
import TestKit

@testable import PolicyLint

/// The folder of the package.
let package = "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/")

func read(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path))) }

/// All files below a folder, by their paths from there.
func readAll(_ folder: String) throws -> [String: [UInt8]] {
    var files: [String: [UInt8]] = [:]
    for path in try FileManager.default.subpathsOfDirectory(atPath: folder) {
        var isFolder = false
        guard FileManager.default.fileExists(atPath: folder + "/" + path, isDirectory: &isFolder), !isFolder
        else { continue }
        files[path] = try read(folder + "/" + path)
    }
    return files
}

func linter() throws -> PolicyLinter {
    PolicyLinter(
        catalog: try Catalog(
            parsing: read(package + "/Templates/catalogs/default.json"), file: "default.json"))
}

extension LintExample {
    /// The files as bytes, the mark taken out.
    var folder: [String: [UInt8]] {
        files.mapValues { Array($0.filter { $0 != LintExample.mark }.utf8) }
    }

    /// Where the mark stands.
    var marked: (file: String, position: TextPosition)? {
        for (path, text) in files {
            guard let place = text.firstIndex(of: LintExample.mark) else { continue }
            let lines = text[..<place].split(separator: "\n", omittingEmptySubsequences: false)
            return (path, TextPosition(line: lines.count, column: (lines.last?.utf8.count ?? 0) + 1))
        }
        return nil
    }

    func findings(_ linter: PolicyLinter) -> [LintFinding] {
        if !isFolder { return linter.lint(document: folder[path] ?? [], file: path) }
        return linter.lint(files: folder)
    }
}

extension LintFinding {
    /// `file:line:column severity id: message; remedy`.
    var line: String {
        "\(file):\(position.line):\(position.column) \(check.severity.rawValue) \(check.id): \(message); \(remedy)"
    }
}
