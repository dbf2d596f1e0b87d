import JSONText
import Policies
import Tenancy

/// A folder of policies under the eyes of the checks.
struct FolderInspection {
    /// A role and the places in its file.
    struct RoleFile {
        let name: String
        let path: String
        let definition: RoleDefinition
        let root: JSONText.Node?
    }

    let files: [String: [UInt8]]
    let catalog: Catalog?
    private(set) var findings: [LintFinding] = []
    private var documents: [String: PolicyDocument] = [:]
    private var roles: [RoleFile] = []

    init(files: [String: [UInt8]], catalog: Catalog?) {
        self.files = files
        self.catalog = catalog
    }

    mutating func inspect() {
        let policies = names(in: "policies/")
        for (path, name) in policies {
            documents[name] = PolicyDocument.review(files[path] ?? [], file: path).document
        }
        readRoles(Set(policies.map(\.name)))
        let tenantless = tenantlessPolicies()
        for (path, name) in policies {
            var inspection = Inspection(
                file: path, bytes: files[path] ?? [], catalog: catalog,
                isTenantless: tenantless.contains(name))
            inspection.inspectDocument()
            findings += inspection.findings
        }
        checkUse(policies)
        checkCases()
        checkStrays()
    }

    private func names(in folder: String) -> [(path: String, name: String)] {
        files.keys.sorted().filter { $0.hasPrefix(folder) && $0.hasSuffix(".json") }
            .map { ($0, String($0.dropFirst(folder.count))) }
    }

    private mutating func report(
        _ id: String, _ path: String, _ position: TextPosition, _ message: String, remedy: String
    ) {
        findings.append(
            LintFinding(
                LintRule.named(id).check, file: path, position: position, message: message, remedy: remedy))
    }

    private static let start = TextPosition(line: 1, column: 1)

    private mutating func readRoles(_ policyNames: Set<String>) {
        let paths = names(in: "roles/")
        if paths.isEmpty {
            report(
                "no-role", "roles", FolderInspection.start, "there is no role",
                remedy: "add `roles/<name>.json`")
        }
        for (path, file) in paths {
            let name = String(file.dropLast(".json".count))
            let bytes = files[path] ?? []
            let (definition, problems) = PolicyProblem.problems(ofRole: bytes, file: path, name: name)
            var inspection = Inspection(file: path, bytes: bytes, catalog: catalog)
            let root = inspection.inspectRole(definition, problems)
            if let definition {
                for wanted in definition.policies + (definition.permissionBoundary.map { [$0] } ?? [])
                where !policyNames.contains(wanted.value) {
                    inspection.report(
                        "missing-policy-file", wanted.position,
                        "there is no policy file `policies/\(wanted.value)`",
                        remedy: Suggestion.remedy(for: wanted.value, among: policyNames.sorted()))
                }
                inspection.checkReach(definition, documents, root)
                roles.append(RoleFile(name: name, path: path, definition: definition, root: root))
            }
            findings += inspection.findings
        }
    }

    /// The policies that only roles of no tenant have: what reaches every tenant's data is their task.
    private func tenantlessPolicies() -> Set<String> {
        var tenantless: Set<String> = []
        var others: Set<String> = []
        for role in roles {
            let isTenantless = role.definition.trust.conditions.contains { condition in
                condition.key.value.key == .tokenTenantId && condition.comparison.value.comparison == .null
                    && condition.values == [.bool(true)]
            }
            for policy in role.definition.policies {
                if isTenantless { tenantless.insert(policy.value) } else { others.insert(policy.value) }
            }
        }
        return tenantless.subtracting(others)
    }

    private mutating func checkUse(_ policies: [(path: String, name: String)]) {
        // A role that cannot be read may be the one that uses it.
        guard roles.count == names(in: "roles/").count, !roles.isEmpty else { return }
        let used = Set(
            roles.flatMap { role in
                role.definition.policies.map(\.value)
                    + (role.definition.permissionBoundary.map { [$0.value] } ?? [])
            })
        for (path, name) in policies where !used.contains(name) {
            report(
                "unused-policy", path, FolderInspection.start, "no role has `\(name)`",
                remedy: "add it to a role, or remove it")
        }
    }

    private mutating func checkCases() {
        var covered: Set<String> = []
        for path in files.keys.sorted() where path.hasPrefix("cases/") && path.hasSuffix(".json") {
            let bytes = files[path] ?? []
            do throws(PolicyProblems) {
                let cases = try DecisionCase.parse(bytes, file: path)
                covered.formUnion(cases.map(\.role))
                checkCases(cases, path, bytes)
            } catch {
                var inspection = Inspection(file: path, bytes: bytes, catalog: catalog)
                for problem in error.problems { inspection.reportProblem(problem, nil) }
                findings += inspection.findings
            }
        }
        for role in roles where !covered.contains(role.name) {
            report(
                "role-without-cases", role.path, role.root?.position ?? FolderInspection.start,
                "no case asks the role `\(role.name)`", remedy: "add `cases/\(role.name).json`")
        }
    }

    private mutating func checkCases(_ cases: [DecisionCase], _ path: String, _ bytes: [UInt8]) {
        guard let name = cases.first?.role else { return }
        guard let role = roles.first(where: { $0.name == name }) else {
            // A role whose file cannot be read has findings of its own.
            guard files["roles/\(name).json"] == nil else { return }
            let place = Inspection.place(of: "role", in: bytes) ?? FolderInspection.start
            return report(
                "case-without-role", path, place, "there is no role `\(name)`",
                remedy: Suggestion.remedy(for: name, among: roles.map(\.name)))
        }
        let wanted = role.definition.policies + (role.definition.permissionBoundary.map { [$0] } ?? [])
        let sids = Set(wanted.flatMap { documents[$0.value]?.statements.compactMap(\.sid) ?? [] })
        guard wanted.allSatisfy({ documents[$0.value] != nil }) else { return }
        for item in cases {
            if let statement = item.statement, !sids.contains(statement) {
                report(
                    "case-without-statement", path, item.position,
                    "the role `\(name)` has no statement `\(statement)`",
                    remedy: Suggestion.remedy(for: statement, among: sids.sorted()))
            }
        }
    }

    private mutating func checkStrays() {
        for path in files.keys.sorted() where path.hasPrefix("policies/") || path.hasPrefix("roles/") {
            guard !path.hasSuffix(".json"), !path.hasSuffix(".md"),
                path.split(separator: "/").last?.first != "."
            else { continue }
            report(
                "stray-file", path, FolderInspection.start, "nothing reads `\(path)`",
                remedy: "name it `….json`, or move it out of the folder")
        }
    }
}
