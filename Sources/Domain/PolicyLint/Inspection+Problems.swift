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
        } else if problem.kind == .unknownAction || problem.kind == .unknownKey, let text,
            let service = OtherServices.service(of: text)
        {
            report(
                "other-service", problem.position,
                "`\(text)` is of \(service), and Homeroom answers for DynamoDB and STS alone",
                remedy: "leave it to a policy in AWS and remove it here")
        } else {
            report(
                problem.kind.rawValue, problem.position, problem.message, remedy: problem.remedy,
                fix: fix(for: problem, texts))
        }
    }

    /// The variables of a document without problems that no session has a value for: a folder with one is not
    /// loaded.
    mutating func reportUnsupplied(_ source: LintSource) {
        guard let document = PolicyDocument.review(bytes, file: file).document else { return }
        for problem in PolicyProblem.unsupplied(in: document) { reportProblem(problem, nil) }
    }

    private func isOfTemplate(_ kind: PolicyProblemKind) -> Bool {
        switch kind {
        case .unknownVariable, .variableSyntax, .variablePlace, .unknownKey, .unknownAction: true
        default: false
        }
    }

    private mutating func reportTemplate(_ mark: String, _ position: TextPosition) {
        report(
            "template-mark", position, "\(mark) is a mark of a template that was not rendered",
            remedy: "render the template and look its result over")
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
