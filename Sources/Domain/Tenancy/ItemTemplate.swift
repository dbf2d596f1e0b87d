import Base
import Items

/// An item that each new tenant, or each new school, starts with: the table, and attributes whose texts hold
/// variables.
public struct ItemTemplate: Hashable, Sendable {
    /// An item and the logical table it goes to.
    public struct Filled: Hashable, Sendable {
        /// The logical table.
        public let table: TableName
        /// The item.
        public let item: Item
    }

    /// The logical table.
    public let table: TableName
    let attributes: [String: TemplateValue]

    /// The item for these values. The catalog has checked that it has the table's keys and stays with its
    /// owner.
    public func filled(with values: TemplateValues) -> Filled {
        Filled(table: table, item: Item(attributes: attributes.mapValues { $0.filled(with: values) }))
    }
}

/// An attribute value whose texts hold variables.
indirect enum TemplateValue: Hashable, Sendable {
    case text(TemplateText)
    case texts([TemplateText])
    case list([TemplateValue])
    case map([String: TemplateValue])
    /// A value without variables.
    case fixed(AttributeValue)

    var variables: [TemplateVariable] {
        switch self {
        case .text(let text): text.variables
        case .texts(let texts): texts.flatMap(\.variables)
        case .list(let values): values.flatMap(\.variables)
        case .map(let values): values.values.flatMap(\.variables)
        case .fixed: []
        }
    }

    func filled(with values: TemplateValues) -> AttributeValue {
        switch self {
        case .text(let text): .string(text.filled(with: values))
        case .texts(let texts): .stringSet(MemberSet(texts.map { $0.filled(with: values) }))
        case .list(let elements): .list(elements.map { $0.filled(with: values) })
        case .map(let members): .map(members.mapValues { $0.filled(with: values) })
        case .fixed(let value): value
        }
    }
}
