import Base
import FoundationEssentials
import Policies
import Proofs
import Tenancy
import TestKit

/// Files of the package, read by the tests.
enum ProofFiles {
    static let package: String = {
        var parts = URL(filePath: #filePath).resolvingSymlinksInPath().path.split(separator: "/")
        parts.removeLast(4)
        return "/" + parts.joined(separator: "/")
    }()

    static func read(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path))) }

    /// The files of the folder `Policies`, by path.
    static func policies() throws -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for folder in ["roles", "policies"] {
            for name in try FileManager.default.contentsOfDirectory(atPath: "\(package)/Policies/\(folder)") {
                files["\(folder)/\(name)"] = try read("\(package)/Policies/\(folder)/\(name)")
            }
        }
        return files
    }

    static func catalog() throws -> Catalog {
        try Catalog(parsing: read(package + "/Templates/catalogs/default.json"), file: "default.json")
    }
}
