import JSONText

/// All roles of a deployment, read and made ready to decide: immutable, replaced whole.
public struct PolicyCatalog: Sendable {
    /// A role and its policies, ready to decide.
    public struct Role: Sendable {
        /// As the file describes it.
        public let definition: RoleDefinition
        /// Its policies and its boundary.
        public let policies: CompiledPolicySet
    }

    /// By name.
    public let roles: [String: Role]
    /// Every policy document of the folder, used or not, by file name without `policies/`.
    public let documents: [String: PolicyDocument]

    /// No roles: nobody may do anything.
    public static let none = PolicyCatalog(roles: [:], documents: [:])

    /// Reads a folder of policies.
    /// - Parameter files: contents by path below the folder: `roles/<name>.json`, `policies/<name>.json`;
    ///   other files, such as `cases/` and `README.md`, are passed over.
    /// - Throws: `PolicyProblems` with everything that is wrong in any file; nothing is half loaded.
    public static func load(files: [String: [UInt8]]) throws(PolicyProblems) -> PolicyCatalog {
        var problems: [PolicyProblem] = []
        var documents: [String: PolicyDocument] = [:]
        var faulty: Set<String> = []
        for (path, name) in names(files, in: "policies/") {
            var reader = PolicyReader(file: path)
            let document = reader.readDocument(files[path] ?? [])
            if let document { reader.reportUnsupplied(document) }
            problems += reader.problems
            if let document, reader.problems.isEmpty {
                documents[name] = document
            } else {
                faulty.insert(name)
            }
        }
        var roles: [String: Role] = [:]
        let rolePaths = names(files, in: "roles/")
        for (path, name) in rolePaths {
            var reader = PolicyReader(file: path)
            let definition = reader.readRole(files[path] ?? [], name: String(name.dropLast(".json".count)))
            if let definition {
                roles[definition.name] = compile(definition, documents, faulty, &reader)
            }
            problems += reader.problems
        }
        if rolePaths.isEmpty {
            problems.append(
                PolicyProblem(
                    file: "roles", position: TextPosition(line: 1, column: 1), message: "there is no role",
                    remedy: "add `roles/<name>.json`", kind: .noRole))
        }
        guard problems.isEmpty else { throw PolicyProblems(problems: problems.sorted()) }
        return PolicyCatalog(roles: roles, documents: documents)
    }

    private static func names(_ files: [String: [UInt8]], in folder: String) -> [(path: String, name: String)]
    {
        files.keys.sorted().filter { $0.hasPrefix(folder) && $0.hasSuffix(".json") }
            .map { ($0, String($0.dropFirst(folder.count))) }
    }

    private static func compile(
        _ definition: RoleDefinition, _ documents: [String: PolicyDocument], _ faulty: Set<String>,
        _ reader: inout PolicyReader
    ) -> Role? {
        let wanted = definition.policies + (definition.permissionBoundary.map { [$0] } ?? [])
        var isComplete = true
        for name in wanted where documents[name.value] == nil {
            isComplete = false
            // A file that is there but wrong has its own problems.
            guard !faulty.contains(name.value) else { continue }
            let nearest = NearestName.nearest(to: name.value, among: documents.keys.sorted())
            reader.report(
                name.position, "there is no policy file `policies/\(name.value)`",
                remedy: nearest.map { "did you mean `\($0)`?" } ?? "add it, or name another",
                kind: .missingPolicyFile)
        }
        guard isComplete else { return nil }
        do throws(PolicyProblems) {
            return Role(
                definition: definition,
                policies: try CompiledPolicySet(
                    role: definition.name, policies: definition.policies.compactMap { documents[$0.value] },
                    boundary: definition.permissionBoundary.flatMap { documents[$0.value] }))
        } catch {
            for problem in error.problems {
                reader.report(
                    definition.policies[0].position, problem.message, remedy: problem.remedy,
                    kind: problem.kind)
            }
            return nil
        }
    }
}
