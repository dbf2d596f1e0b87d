import Items
import JSONText

extension CatalogReader {
    /// The attributes of an item in DynamoDB's JSON, by name.
    mutating func templateAttributes(_ members: [JSONText.Member]) -> [String: TemplateValue] {
        var attributes: [String: TemplateValue] = [:]
        for member in members {
            if member.name.isEmpty { fault(member.namePosition, "an attribute has no name", "name it") }
            if let value = templateValue(member.node) { attributes[member.name] = value }
        }
        return attributes
    }

    private mutating func templateValue(_ node: JSONText.Node) -> TemplateValue? {
        guard case .object(let members) = node.value, members.count == 1, let member = members.first else {
            expected("a value such as `{\"S\": \"text\"}`", node)
            return nil
        }
        let type = AttributeType(rawValue: member.name)
        let known = AttributeType.allCases.map(\.rawValue)
        switch (type, member.node.value) {
        case (.string, .string(let text)): return templateText(text, member.node).map { .text($0) }
        case (.number, .string(let text)): return number(text, member.node).map { .fixed(.number($0)) }
        case (.bool, .bool(let flag)): return .fixed(.bool(flag))
        case (.null, .bool(true)): return .fixed(.null)
        case (.list, .array(let elements)):
            let values = elements.compactMap { templateValue($0) }
            return values.count == elements.count ? .list(values) : nil
        case (.map, .object(let members)): return .map(templateAttributes(members))
        case (.stringSet, .array(let elements)): return stringSet(elements, member.node)
        case (.numberSet, .array(let elements)): return numberSet(elements, member.node)
        case (.binary, _), (.binarySet, _):
            fault(member.namePosition, "first items hold no binary values", "use `S`")
        case (nil, _):
            fault(
                member.namePosition, "`\(member.name)` is no type of DynamoDB's",
                Suggestion.remedy(for: member.name, among: known))
        default: fault(member.node.position, "the value does not fit the type `\(member.name)`", "correct it")
        }
        return nil
    }

    private mutating func templateText(_ text: String, _ node: JSONText.Node) -> TemplateText? {
        do throws(TemplateText.UnknownVariable) {
            return try TemplateText(parsing: text)
        } catch {
            fault(
                node.position, "`{\(error.name)}` is no variable of first items",
                Suggestion.remedy(for: error.name, among: TemplateVariable.allCases.map(\.rawValue)))
            return nil
        }
    }

    private mutating func number(_ text: String, _ node: JSONText.Node) -> Number? {
        do throws(ItemError) {
            return try Number(parsing: text)
        } catch {
            fault(node.position, "`\(text.prefix(60))` is no number of DynamoDB's", "correct it")
            return nil
        }
    }

    private mutating func stringSet(_ elements: [JSONText.Node], _ node: JSONText.Node) -> TemplateValue? {
        var texts: [TemplateText] = []
        for element in elements {
            guard let text = string(element, "a member of a string set") else { continue }
            if let text = templateText(text, element) { texts.append(text) }
        }
        return isSet(texts, elements, node) ? .texts(texts) : nil
    }

    private mutating func numberSet(_ elements: [JSONText.Node], _ node: JSONText.Node) -> TemplateValue? {
        var numbers: [Number] = []
        for element in elements {
            guard let text = string(element, "a member of a number set") else { continue }
            if let number = number(text, element) { numbers.append(number) }
        }
        return isSet(numbers, elements, node) ? .fixed(.numberSet(MemberSet(numbers))) : nil
    }

    private mutating func isSet<Member: Hashable>(
        _ members: [Member], _ elements: [JSONText.Node], _ node: JSONText.Node
    ) -> Bool {
        guard members.count == elements.count else { return false }
        guard !members.isEmpty, Set(members).count == members.count else {
            fault(node.position, "a set has at least one member and none twice", "correct it")
            return false
        }
        return true
    }
}
