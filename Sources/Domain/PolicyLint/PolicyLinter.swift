import JSONText
import Policies
import Tenancy

/// Looks policies over for what IAM accepts and nobody means.
public struct PolicyLinter: Sendable {
    /// The tables that policies are about; nil where nobody knows them.
    let catalog: Catalog?

    /// A linter that knows the tables of a catalog, or none.
    public init(catalog: Catalog?) { self.catalog = catalog }

    /// Looks a whole folder over: roles, policies, cases.
    /// - Parameter files: contents by path below the folder, as `PolicyCatalog.load` takes them.
    /// - Returns: by file and place; what cannot be read is among them as an error.
    public func lint(files: [String: [UInt8]]) -> [LintFinding] {
        var folder = FolderInspection(files: files, catalog: catalog)
        folder.inspect()
        return folder.findings.sorted()
    }

    /// Looks one policy document over.
    public func lint(document bytes: [UInt8], file: String) -> [LintFinding] {
        var inspection = Inspection(file: file, bytes: bytes, catalog: catalog)
        inspection.inspectDocument()
        return inspection.findings.sorted()
    }
}
