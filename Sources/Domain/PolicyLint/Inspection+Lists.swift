import Base
import JSONText
import Policies

extension Inspection {
    /// Looks for elements of lists that others of the list cover.
    mutating func checkLists(_ statement: LintStatement) {
        if let actions = statement.actions {
            reportCovered(actions.member.node, actions.texts, "redundant-action") { outer, inner in
                let (left, right) = (actions.sets[outer], actions.sets[inner])
                guard right.isEmpty else { return right.isSubset(of: left) }
                // Of other services nothing is known but their names.
                return Glob.covers(actions.texts[outer].value, actions.texts[inner].value)
            }
        }
        if let resources = statement.resources {
            reportCovered(resources.member.node, resources.texts, "redundant-resource") { outer, inner in
                Inspection.covers(resources, outer, resources, inner)
            }
        }
        for condition in statement.conditions {
            let hasWildcards: Bool
            switch condition.comparison?.comparison {
            case .stringLike, .stringNotLike: hasWildcards = true
            case .bool, .null, nil: continue
            default: hasWildcards = false
            }
            reportCovered(condition.keyMember.node, condition.values, "redundant-value") { outer, inner in
                hasWildcards
                    && Glob.covers(condition.values[outer].value, condition.values[inner].value)
            }
        }
    }

    private mutating func reportCovered(
        _ node: JSONText.Node, _ texts: [LintText], _ id: String, _ covers: (Int, Int) -> Bool
    ) {
        guard case .array(let elements) = node.value, texts.count > 1, texts.count == elements.count else {
            return
        }
        let ranges = elements.map(\.range)
        var first: [String: Int] = [:]
        for (place, text) in texts.enumerated() {
            if let before = first[text.value] {
                reportCovered(id, text, by: texts[before].value, removal(of: place, in: ranges))
            } else {
                first[text.value] = place
            }
        }
        guard first.count <= Limits.lintPairsMax else { return }
        let unique = first.values.sorted()
        for place in unique {
            let cover = unique.first { other in
                guard other != place, covers(other, place) else { return false }
                // Of two that cover each other the first stays.
                return other < place || !covers(place, other)
            }
            guard let cover else { continue }
            reportCovered(id, texts[place], by: texts[cover].value, removal(of: place, in: ranges))
        }
    }

    private mutating func reportCovered(_ id: String, _ text: LintText, by cover: String, _ fix: [TextEdit]) {
        report(
            id, text.position,
            text.value == cover
                ? "`\(text.value)` stands here a second time" : "`\(cover)` covers `\(text.value)`",
            remedy: "remove it", fix: fix)
    }

    /// Looks for statements that another one covers.
    mutating func checkPairs(_ source: LintSource) {
        let statements = source.statements.prefix(Limits.lintPairsMax)
        let conditions = statements.map { statement in
            statement.conditionMember.map {
                String(decoding: bytes[$0.node.range].filter { $0 > 0x20 }, as: UTF8.self)
            }
                ?? "{}"
        }
        for (place, statement) in statements.enumerated() {
            for (other, cover) in statements.enumerated() where other != place {
                guard conditions[place] == conditions[other], covers(cover, statement),
                    other < place || !covers(statement, cover)
                else { continue }
                report(
                    "redundant-statement", statement.node.position,
                    "the statement of line \(cover.node.position.line) covers all that \(statement.name) says",
                    remedy: "remove one of the two")
                break
            }
        }
    }

    private func covers(_ outer: LintStatement, _ inner: LintStatement) -> Bool {
        guard outer.effect == inner.effect, outer.effect != nil, let left = outer.resources,
            let right = inner.resources, !left.isNegated, !right.isNegated, !left.hasOthers, !right.hasOthers,
            let outerActions = outer.actions, let innerActions = inner.actions, !innerActions.hasOthers,
            !outerActions.hasOthers, !right.texts.isEmpty, !inner.actionSet.isEmpty,
            inner.actionSet.isSubset(of: outer.actionSet),
            zip(innerActions.texts, innerActions.sets).allSatisfy({ text, set in
                !set.isEmpty || outerActions.texts.contains { Glob.covers($0.value, text.value) }
            })
        else { return false }
        return right.texts.indices.allSatisfy { inner in
            left.texts.indices.contains { outer in Inspection.covers(left, outer, right, inner) }
        }
    }

    private static func covers(_ left: LintList, _ outer: Int, _ right: LintList, _ inner: Int) -> Bool {
        if left.texts[outer].value == "*" { return true }
        guard let pattern = left.arns[outer], let text = right.arns[inner] else {
            return left.texts[outer].value == right.texts[inner].value
        }
        return zip(pattern.segments, text.segments).allSatisfy { Glob.covers($0, $1) }
    }
}
