import JSONText
import Policies

extension Inspection {
    /// Shows what the reader of documents refuses, and says more where it can: a template, another service.
    mutating func reportProblem(_ problem: PolicyProblem, _ texts: TextsByPlace?) {
        let text = texts?.text(at: problem.position)
        if let node = texts?.nodes[problem.position], let function = TemplateMark.function(node) {
            reportTemplate("`\(function)`", problem.position)
        } else if let text, isOfTemplate(problem.kind), let mark = TemplateMark.find(in: text) {
            reportTemplate("`\(mark)`", problem.position)
        } else {
            report(
                problem.kind.rawValue, problem.position, problem.message,
                remedy: problem.kind == .syntax ? syntaxRemedy(problem) : problem.remedy,
                fix: fix(for: problem, texts))
        }
    }

    /// Takes note of an action or key of a service that Homeroom does not answer for.
    mutating func isOfOtherService(_ problem: PolicyProblem, _ texts: TextsByPlace?) -> Bool {
        guard problem.kind == .unknownAction || problem.kind == .unknownKey,
            let text = texts?.text(at: problem.position), let service = OtherServices.service(of: text)
        else { return false }
        let known = otherServices[service] ?? (text, problem.position, 0)
        otherServices[service] = (known.text, known.position, known.count + 1)
        return true
    }

    /// One finding for each service: what to do about them is the same.
    mutating func reportOtherServices() {
        for (service, found) in otherServices.sorted(by: { $0.value.position < $1.value.position }) {
            let others = found.count > 1 ? " and \(found.count - 1) more are" : " is"
            report(
                "other-service", found.position,
                "`\(found.text)`\(others) of \(service), and Homeroom answers for DynamoDB and STS alone",
                remedy: "leave \(found.count > 1 ? "them" : "it") to a policy in AWS, out of this folder")
        }
    }

    /// Shows the marks of templates that the reader of documents takes for plain text.
    mutating func checkTemplates(_ statement: LintStatement) {
        for text in (statement.resources?.texts ?? []) + statement.conditions.flatMap(\.values) {
            guard let mark = text.mark else { continue }
            reportTemplate("`\(mark)`", text.position)
        }
    }

    /// Shows the variables that no session has a value for: a folder with one is not loaded.
    mutating func checkVariables(_ statement: LintStatement, in source: LintSource) {
        guard source.hasVariables else { return }
        let texts = (statement.resources?.texts ?? []) + statement.conditions.flatMap(\.values)
        for text in texts where text.value.contains("${") && !text.isTemplate {
            guard let pattern = PolicyPattern.read(text.value, wildcards: true, variables: true) else {
                continue
            }
            for problem in PolicyProblem.unsupplied(pattern.variables, file: file, position: text.position) {
                reportProblem(problem, nil)
            }
        }
    }

    private func isOfTemplate(_ kind: PolicyProblemKind) -> Bool {
        switch kind {
        case .unknownVariable, .variableSyntax, .variablePlace, .unknownKey, .unknownAction: true
        default: false
        }
    }

    private mutating func reportTemplate(_ mark: String, _ position: TextPosition) {
        guard templates.insert(position).inserted else { return }
        report(
            "template-mark", position, "\(mark) is a mark of a template that was not rendered",
            remedy: "render the template and look its result over")
    }

    private func syntaxRemedy(_ problem: PolicyProblem) -> String {
        if !trailingComma(before: problem.position).isEmpty { return "remove the comma before it" }
        if let offset = offset(of: problem.position), offset < bytes.count,
            Character(Unicode.Scalar(bytes[offset])).isLetter
        {
            return "put the text into double quotes, or render the template it comes from"
        }
        return problem.remedy
    }

    private func fix(for problem: PolicyProblem, _ texts: TextsByPlace?) -> [TextEdit] {
        switch problem.kind {
        case .syntax: return trailingComma(before: problem.position)
        case .unknownEffect:
            guard let node = texts?.nodes[problem.position], case .string(let text) = node.value,
                let effect = [PolicyStatement.Effect.allow, .deny].first(where: {
                    $0.rawValue.lowercased() == text.lowercased()
                })
            else { return [] }
            return [TextEdit(range: node.range, replacement: "\"\(effect.rawValue)\"")]
        default: return []
        }
    }

    /// Removes a comma that only white space parts from the bracket at `position`.
    private func trailingComma(before position: TextPosition) -> [TextEdit] {
        guard let offset = offset(of: position), offset < bytes.count, offset > 0,
            bytes[offset] == UInt8(ascii: "]") || bytes[offset] == UInt8(ascii: "}")
        else { return [] }
        var comma = offset - 1
        while comma > 0, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[comma]) { comma -= 1 }
        guard bytes[comma] == UInt8(ascii: ",") else { return [] }
        return [TextEdit(range: comma..<comma + 1, replacement: "")]
    }

    private func offset(of position: TextPosition) -> Int? {
        var line = 1
        var start = 0
        while line < position.line {
            guard let end = bytes[start...].firstIndex(of: 0x0A) else { return nil }
            line += 1
            start = end + 1
        }
        return start + position.column - 1
    }
}
