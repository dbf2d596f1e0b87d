import Base
import JSONText
import Policies

extension Inspection {
    /// Looks for elements of lists that others of the list cover.
    mutating func checkLists(_ statement: LintStatement) {
        if let actions = statement.actions {
            reportCovered(actions.member.node, actions.texts, "redundant-action") { outer, inner in
                let (left, right) = (ActionSet(matching: outer), ActionSet(matching: inner))
                // Of other services nothing is known but their names.
                guard !right.isEmpty else { return Glob.covers(outer.lowercased(), inner.lowercased()) }
                return right.isSubset(of: left)
            }
        }
        if let resources = statement.resources {
            reportCovered(resources.member.node, resources.texts, "redundant-resource", Glob.coversARN)
        }
        for condition in statement.conditions {
            let hasWildcards: Bool
            switch condition.comparison?.comparison {
            case .stringLike, .stringNotLike: hasWildcards = true
            case .bool, .null, nil: continue
            default: hasWildcards = false
            }
            reportCovered(condition.keyMember.node, condition.values, "redundant-value") { outer, inner in
                outer == inner || (hasWildcards && Glob.covers(outer, inner))
            }
        }
    }

    private mutating func reportCovered(
        _ node: JSONText.Node, _ texts: [LintText], _ id: String, _ covers: (String, String) -> Bool
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
            let value = texts[place].value
            let cover = unique.first { other in
                guard other != place, covers(texts[other].value, value) else { return false }
                // Of two that cover each other the first stays.
                return other < place || !covers(value, texts[other].value)
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
                    "\(cover.name) covers all that \(statement.name) says", remedy: "remove one of the two")
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
            innerActions.texts.allSatisfy({ text in
                !ActionSet(matching: text.value).isEmpty
                    || outerActions.texts.contains {
                        Glob.covers($0.value.lowercased(), text.value.lowercased())
                    }
            })
        else { return false }
        return right.texts.allSatisfy { text in left.texts.contains { Glob.coversARN($0.value, text.value) } }
    }
}
