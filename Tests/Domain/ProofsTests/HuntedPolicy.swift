import Policies

/// A role's policies as the hunt makes them up: plain data that is written as JSON, and cut down where it fails.
struct HuntedPolicy: Sendable, CustomStringConvertible {
    /// An operator, a key and its values.
    struct Condition: Sendable {
        var comparison: String
        var key: String
        var values: [String]
    }

    struct Statement: Sendable {
        var isAllow = true
        var isActionNegated = false
        var actions: [String]
        var isResourceNegated = false
        var resources: [String]
        var conditions: [Condition] = []
    }

    struct Document: Sendable {
        var hasVariables = true
        var statements: [Statement]
    }

    var policies: [Document]
    var boundary: Document?

    /// The documents as files, the boundary last.
    var description: String {
        policies.map(\.json).joined(separator: "\n")
            + (boundary.map { "\nboundary: " + $0.json } ?? "")
    }

    /// Ready to decide.
    func compiled() throws -> CompiledPolicySet {
        try CompiledPolicySet(
            role: "hunted",
            policies: policies.enumerated().map { try $0.element.parsed(file: "p\($0.offset).json") },
            boundary: boundary.map { try $0.parsed(file: "boundary.json") })
    }
}

extension HuntedPolicy.Document {
    func parsed(file: String) throws -> PolicyDocument {
        try PolicyDocument(parsing: Array(json.utf8), file: file)
    }

    var json: String {
        let version = hasVariables ? "2012-10-17" : "2008-10-17"
        return "{\"Version\": \"\(version)\", \"Statement\": [\n  "
            + statements.map(\.json).joined(separator: ",\n  ") + "]}"
    }
}

extension HuntedPolicy.Statement {
    var json: String {
        var parts = ["\"Effect\": \"\(isAllow ? "Allow" : "Deny")\""]
        parts.append("\"\(isActionNegated ? "NotAction" : "Action")\": \(HuntedPolicy.list(actions))")
        parts.append("\"\(isResourceNegated ? "NotResource" : "Resource")\": \(HuntedPolicy.list(resources))")
        if !conditions.isEmpty {
            var order: [String] = []
            var blocks: [String: [String]] = [:]
            for condition in conditions {
                if blocks[condition.comparison] == nil { order.append(condition.comparison) }
                blocks[condition.comparison, default: []]
                    .append("\"\(condition.key)\": \(HuntedPolicy.list(condition.values))")
            }
            let text = order.map { "\"\($0)\": {\(blocks[$0, default: []].joined(separator: ", "))}" }
            parts.append("\"Condition\": {\(text.joined(separator: ", "))}")
        }
        return "{" + parts.joined(separator: ", ") + "}"
    }

    /// Adds a condition unless its operator has that key already, which a document may not say twice.
    mutating func add(_ condition: HuntedPolicy.Condition) {
        let isThere = conditions.contains {
            $0.comparison == condition.comparison && $0.key.lowercased() == condition.key.lowercased()
        }
        if !isThere { conditions.append(condition) }
    }
}

extension HuntedPolicy {
    /// One text, or a list of several; nothing that is made up here needs an escape.
    fileprivate static func list(_ values: [String]) -> String {
        let quoted = values.map { "\"\($0)\"" }
        return quoted.count == 1 ? quoted[0] : "[\(quoted.joined(separator: ", "))]"
    }
}

extension HuntedPolicy {
    /// The policy without what is not needed for `fails` to stay true: statements, conditions and values go one by one
    /// until none can.
    func shrunk(where fails: (HuntedPolicy) -> Bool) -> HuntedPolicy {
        var best = self
        while let smaller = best.cuts.first(where: fails) { best = smaller }
        return best
    }

    /// Every policy that lacks one thing of this one; the larger cuts come first.
    private var cuts: [HuntedPolicy] {
        var found: [HuntedPolicy] = []
        if boundary != nil {
            var cut = self
            cut.boundary = nil
            found.append(cut)
        }
        for index in policies.indices where policies.count > 1 {
            var cut = self
            cut.policies.remove(at: index)
            found.append(cut)
        }
        for index in policies.indices {
            for document in policies[index].cuts {
                var cut = self
                cut.policies[index] = document
                found.append(cut)
            }
        }
        for document in boundary?.cuts ?? [] {
            var cut = self
            cut.boundary = document
            found.append(cut)
        }
        return found
    }
}

extension HuntedPolicy.Document {
    fileprivate var cuts: [HuntedPolicy.Document] {
        var found: [HuntedPolicy.Document] = []
        for index in statements.indices where statements.count > 1 {
            var cut = self
            cut.statements.remove(at: index)
            found.append(cut)
        }
        for index in statements.indices {
            for statement in statements[index].cuts {
                var cut = self
                cut.statements[index] = statement
                found.append(cut)
            }
        }
        return found
    }
}

extension HuntedPolicy.Statement {
    fileprivate var cuts: [HuntedPolicy.Statement] {
        var found: [HuntedPolicy.Statement] = []
        for index in conditions.indices {
            var cut = self
            cut.conditions.remove(at: index)
            found.append(cut)
        }
        for index in actions.indices where actions.count > 1 {
            var cut = self
            cut.actions.remove(at: index)
            found.append(cut)
        }
        for index in resources.indices where resources.count > 1 {
            var cut = self
            cut.resources.remove(at: index)
            found.append(cut)
        }
        for index in conditions.indices {
            for value in conditions[index].values.indices where conditions[index].values.count > 1 {
                var cut = self
                cut.conditions[index].values.remove(at: value)
                found.append(cut)
            }
        }
        return found
    }
}
