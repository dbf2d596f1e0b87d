import JSONText

extension PolicyReader {
    private static let roleElements = [
        "name", "description", "policies", "permissionBoundary", "trust", "maxSessionSeconds",
    ]

    /// Reads a role's file; nil where there are reports.
    mutating func readRole(_ bytes: [UInt8], name expected: String) -> RoleDefinition? {
        guard isSmallEnough(bytes), let root = readText(bytes), let members = readObject(root, "a role")
        else { return nil }
        let before = problems.count
        reportUnknown(members, known: PolicyReader.roleElements, of: "a role")
        for name in ["name", "policies", "trust"] where members[name] == nil {
            report(root.position, "the role has no `\(name)`", remedy: "add it", kind: .missingElement)
        }
        let name = members["name"].flatMap { readString($0.node, "`name`") } ?? ""
        if let member = members["name"], name != expected {
            report(
                member.node.position, "the role `\(name)` stands in a file named for `\(expected)`",
                remedy: "rename one of them", kind: .roleName)
        }
        let description = members["description"].flatMap { readString($0.node, "`description`") } ?? ""
        let policies = members["policies"].flatMap { readStrings($0.node, "`policies`") } ?? []
        if let member = members["policies"], policies.isEmpty {
            report(
                member.node.position, "the role has no policy and could do nothing",
                remedy: "name a policy file", kind: .roleWithoutPolicy)
        }
        let boundary = members["permissionBoundary"].flatMap { member in
            readString(member.node, "`permissionBoundary`").map { Located($0, member.node.position) }
        }
        let trust = members["trust"].flatMap { readTrust($0.node, role: expected) }
        let seconds = members["maxSessionSeconds"].map { readSessionSeconds($0.node) }
        guard problems.count == before, let trust else { return nil }
        return RoleDefinition(
            file: file, name: name, description: description, policies: policies,
            permissionBoundary: boundary,
            trust: trust, maxSessionSeconds: seconds ?? RoleDefinition.defaultSessionSeconds)
    }

    private mutating func readSessionSeconds(_ node: JSONText.Node) -> Int {
        if case .number(let text) = node.value, let seconds = Int(text), (900...43200).contains(seconds) {
            return seconds
        }
        report(
            node.position, "`maxSessionSeconds` is \(PolicyReader.kind(of: node))",
            remedy: "write a whole number from 900 to 43200", kind: .sessionSeconds)
        return RoleDefinition.defaultSessionSeconds
    }

    private mutating func readTrust(_ node: JSONText.Node, role: String) -> RoleTrust? {
        guard let members = readObject(node, "`trust`") else { return nil }
        reportUnknown(members, known: ["issuer", "audience", "conditions"], of: "`trust`")
        let issuers = members["issuer"].map { readNames($0) } ?? []
        let audiences = members["audience"].map { readNames($0) } ?? []
        guard let member = members["conditions"] else {
            report(
                node.position, "the role trusts every token, whatever its claims",
                remedy: "add `\"conditions\": {\"StringEquals\": {\"homeroom:role\": \"\(role)\"}}`",
                kind: .trustsEveryToken)
            return nil
        }
        let conditions = readConditions(member.node, variables: true, isTrust: true)
        if conditions.isEmpty, case .object(let operators) = member.node.value, operators.isEmpty {
            report(
                member.node.position, "the role trusts every token, whatever its claims",
                remedy: "write `{\"StringEquals\": {\"homeroom:role\": \"\(role)\"}}`",
                kind: .trustsEveryToken)
        }
        let statement = PolicyStatement(
            position: node.position, sid: nil, effect: .allow,
            actions: .init(
                isNegated: false,
                patterns: [Located(PolicyAction.assumeRoleWithWebIdentity.name, node.position)],
                set: ActionSet([.assumeRoleWithWebIdentity])),
            resources: .init(isNegated: false, texts: [Located("*", node.position)], patterns: [.everything]),
            conditions: conditions)
        let document = PolicyDocument(file: file, version: .variables, id: nil, statements: [statement])
        do throws(PolicyProblems) {
            let compiled = try CompiledPolicySet(role: role, policies: [document])
            return RoleTrust(
                issuers: issuers, audiences: audiences, conditions: conditions, compiled: compiled)
        } catch {
            for problem in error.problems {
                report(problem.position, problem.message, remedy: problem.remedy, kind: problem.kind)
            }
            return nil
        }
    }

    /// Issuers or audiences: plain texts, of which there must be one at least.
    private mutating func readNames(_ member: JSONText.Member) -> [String] {
        guard let names = readStrings(member.node, "`\(member.name)`") else { return [] }
        if names.isEmpty {
            report(
                member.node.position, "`\(member.name)` is an empty list",
                remedy: "name one, or leave the element out for the deployment's own",
                kind: .trustsEveryIssuer)
        }
        for name in names where name.value.isEmpty || name.value.contains(where: { $0 == "*" || $0 == "?" }) {
            report(
                name.position, "`\(name.value)` names no single \(member.name): every one would be trusted",
                remedy: "write it in full; it is compared byte by byte", kind: .trustsEveryIssuer)
        }
        return names.map(\.value)
    }
}
